"""Insight: what was spent on what, how it moved, how even it was, and what bids were worth."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Self

from pydantic import Field

from api.wire.shape import Credits, Instant, Shape, SignedCredits, credits_of
from api.wire.statement import HOUR_S
from marketplace.domain import insight as domain
from marketplace.domain import usage

NAMELESS = "Of all teams together, whoever asks."


class SpendRow(Shape):
    """What a team paid for a theme in a pool."""

    team: str
    theme: str
    pool: str
    charge_credits: Credits
    refund_credits: Credits
    spent_credits: SignedCredits
    unit_hours: float

    @classmethod
    def of(cls, one: domain.Spend) -> Self:
        """A row as data."""
        return cls(
            team=one.team,
            theme=one.theme,
            pool=one.pool,
            charge_credits=credits_of(one.charged_ucr),
            refund_credits=credits_of(one.refunded_ucr),
            spent_credits=credits_of(one.spent_ucr),
            unit_hours=one.unit_seconds / HOUR_S,
        )


class PoolSpend(Shape):
    """What all teams paid in a pool."""

    pool: str
    spent_credits: SignedCredits
    unit_hours: float


class Mover(Shape):
    """Where spend changed against the period before."""

    team: str
    theme: str
    pool: str
    before_credits: SignedCredits
    now_credits: SignedCredits
    change_credits: SignedCredits

    @classmethod
    def of(cls, one: domain.Mover) -> Self:
        """A change as data."""
        return cls(
            team=one.team,
            theme=one.theme,
            pool=one.pool,
            before_credits=credits_of(one.before_ucr),
            now_credits=credits_of(one.now_ucr),
            change_credits=credits_of(one.change_ucr),
        )


class Against(Shape):
    """A team's price beside the market's."""

    team: str
    paid_credits: Credits
    market_credits: Credits = Field(description="The same pools and hours at their average price.")
    share_above: float | None = Field(description="0.1: a tenth dearer; below zero: cheaper.")
    unit_hours: float

    @classmethod
    def of(cls, one: domain.Against) -> Self:
        """A comparison as data."""
        return cls(
            team=one.team,
            paid_credits=credits_of(one.paid_ucr),
            market_credits=credits_of(one.market_ucr),
            share_above=one.share_above,
            unit_hours=one.unit_seconds / HOUR_S,
        )


class Evenness(Shape):
    """How spend lies over teams."""

    teams: int
    hhi: float | None = Field(description="From 1/teams, all alike, to 1, all of one.")
    gini: float | None = Field(description="From 0, all alike.")
    jain: float | None = Field(description="1, all alike, down to 1/teams.")

    @classmethod
    def of(cls, one: domain.Evenness) -> Self:
        """Measures as data."""
        return cls(teams=one.teams, hhi=one.hhi, gini=one.gini, jain=one.jain)


class Resold(Shape):
    """Time that was released, and what of it was sold again."""

    released_hours: float
    resold_hours: float
    share: float | None

    @classmethod
    def of(cls, one: domain.Resold) -> Self:
        """A share as data."""
        return cls(
            released_hours=one.released / HOUR_S,
            resold_hours=one.resold / HOUR_S,
            share=one.share,
        )


class BoughtBack(Shape):
    """Time-boxes that the market bought back, and what that came to."""

    boxes: int
    refunded_credits: Credits = Field(description="What was paid for them, and came back.")
    gained_credits: Credits = Field(description="What the pools' tills added to that.")
    worth_credits: Credits = Field(
        description="What their time cost at the prices of the cycles that took it."
    )
    kept_credits: SignedCredits = Field(
        description="That, less all that their holders got: what the tills kept, or added."
    )

    @classmethod
    def of(cls, one: domain.BoughtBack) -> Self:
        """Sums as data."""
        return cls(
            boxes=one.boxes,
            refunded_credits=credits_of(one.refunded_ucr),
            gained_credits=credits_of(one.gained_ucr),
            worth_credits=credits_of(one.worth_ucr),
            kept_credits=credits_of(one.kept_ucr),
        )


class Idle(Shape):
    """Reserved time of a team in a pool that was measured, and what of it was not used."""

    team: str
    pool: str
    measured_hours: float = Field(description="Unit-hours that the team had, where measured.")
    used_hours: float
    idle_hours: float = Field(description="Measured and not used.")
    idle_share: float | None = Field(description="Of what was measured; 0.1: a tenth.")

    @classmethod
    def of(cls, one: usage.Idle) -> Self:
        """Idle time as data."""
        return cls(
            team=one.team,
            pool=one.pool,
            measured_hours=one.measured / usage.MICRO / HOUR_S,
            used_hours=one.used / usage.MICRO / HOUR_S,
            idle_hours=one.idle / usage.MICRO / HOUR_S,
            idle_share=one.share,
        )


class Spend(Shape):
    """What was spent in a period."""

    start: Instant
    end: Instant
    teams: list[str] | None = Field(description="Whose rows stand here; null: of all teams.")
    rows: list[SpendRow]
    movers: list[Mover]
    against_market: list[Against]
    idle: list[Idle] = Field(description="Of reserved time that was measured, and no other.")
    pools: list[PoolSpend] = Field(description=NAMELESS)
    spent_credits: SignedCredits = Field(description=NAMELESS)
    concentration: Evenness = Field(description=NAMELESS)
    resold: Resold = Field(description=NAMELESS)
    bought_back: BoughtBack = Field(description=NAMELESS)

    @classmethod
    def of(
        cls,
        period: tuple[datetime, datetime],
        teams: Collection[str] | None,
        found: domain.Spending,
    ) -> Self:
        """What those teams may see of it, or whoever sees all, as data."""

        def seen(team: str) -> bool:
            return teams is None or team in teams

        spent, time = defaultdict[str, int](int), defaultdict[str, int](int)
        for row in found.rows:
            spent[row.pool] += row.spent_ucr
            time[row.pool] += row.unit_seconds
        return cls(
            start=period[0],
            end=period[1],
            teams=None if teams is None else sorted(teams),
            rows=[SpendRow.of(one) for one in found.rows if seen(one.team)],
            movers=[Mover.of(one) for one in found.movers(teams=teams)],
            against_market=[Against.of(one) for one in found.against_market if seen(one.team)],
            idle=[Idle.of(one) for one in found.idle if seen(one.team)],
            pools=[
                PoolSpend(
                    pool=pool,
                    spent_credits=credits_of(spent[pool]),
                    unit_hours=time[pool] / HOUR_S,
                )
                for pool in sorted(spent)
            ],
            spent_credits=credits_of(sum(spent.values())),
            concentration=Evenness.of(found.concentration),
            resold=Resold.of(found.resold),
            bought_back=BoughtBack.of(found.bought_back),
        )


class Worth(Shape):
    """Bid value won and lost for a theme in a pool in a week."""

    week: Instant = Field(description="The Monday that it begins with.")
    theme: str
    pool: str
    won_credits: Credits
    lost_credits: Credits
    paid_credits: Credits
    unit_hours: float
    mean_price_credits: Credits | None = Field(description="Paid for a unit-hour.")

    @classmethod
    def of(cls, one: domain.Worth) -> Self:
        """A cell as data."""
        mean_ucr = one.mean_price_ucr
        return cls(
            week=one.week,
            theme=one.theme,
            pool=one.pool,
            won_credits=credits_of(one.won_ucr),
            lost_credits=credits_of(one.lost_ucr),
            paid_credits=credits_of(one.paid_ucr),
            unit_hours=one.unit_seconds / HOUR_S,
            mean_price_credits=None if mean_ucr is None else credits_of(mean_ucr),
        )


class ValueMap(Shape):
    """What bids were worth: by week, theme and pool, of cycles that are settled."""

    start: Instant
    end: Instant
    teams: list[str] | None = Field(description="Whose bids stand in rows; null: of all teams.")
    rows: list[Worth]
    won_credits: Credits = Field(description=NAMELESS)
    lost_credits: Credits = Field(description=NAMELESS)
    paid_credits: Credits = Field(description=NAMELESS)

    @classmethod
    def of(
        cls,
        period: tuple[datetime, datetime],
        teams: Collection[str] | None,
        bids: Sequence[domain.BidPart],
    ) -> Self:
        """The rows of those teams, or of all, with the sums of everybody, as data."""
        rows = everybody = domain.value_map(bids)
        if teams is not None:
            rows = domain.value_map(one for one in bids if one.team in teams)
        return cls(
            start=period[0],
            end=period[1],
            teams=None if teams is None else sorted(teams),
            rows=[Worth.of(one) for one in rows],
            won_credits=credits_of(sum(one.won_ucr for one in everybody)),
            lost_credits=credits_of(sum(one.lost_ucr for one in everybody)),
            paid_credits=credits_of(sum(one.paid_ucr for one in everybody)),
        )
