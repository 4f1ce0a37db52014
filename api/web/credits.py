"""A team's credits: free, held, ending soon, and how long they will do: facts of My team."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.charts.burn_down import Burn, burn_down
from api.charts.time_axis import Steps
from api.rest.caller import SEES_CREDITS, Caller
from api.web.drawing import Drawing, drawing
from api.web.span import DAY
from api.wire.credit_line import CreditLine
from api.wire.grant_schedule import GrantSchedule
from api.wire.ledger import Grant
from api.wire.team import Balance
from marketplace.domain.burn import Ahead, ahead, daily_ucr
from marketplace.domain.page import every
from marketplace.domain.statement import Day
from marketplace.services import credit_line_seen, grant_schedule, ledger, statement
from marketplace.services.budget import AHEAD, stocks_of
from marketplace.services.ledger import GrantBalance, Purse
from pricing.units import credits_from_ucr

BACK: Final = 28
"""So many days before today are looked at."""

SOON: Final = timedelta(days=7)
MARGIN: Final = 2
"""Days that are drawn beyond the one on which the credits run out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnDay:
    """A day of the burn-down: what is left at its end, today now; ``spent_ucr``: none of a day
    ahead, whose rest is by the rate of late."""

    start: datetime
    left_ucr: int
    spent_ucr: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCredits:
    """What a team has. ``grants``: those that can be spent, now or later, by their end; ``soon``:
    those of them that end within a week; ``rate_ucr``: what it spends in a day of late; ``drawn``:
    its burn-down, and ``days`` the same day by day; ``schedules``: what it is given by in times to
    come; ``lines``: what it may draw beyond its own credits, or owes still, which no grant is."""

    balance: Balance
    grants: tuple[Grant, ...]
    soon: tuple[Grant, ...]
    rate_ucr: int
    ahead: Ahead
    drawn: Drawing | None
    days: tuple[BurnDay, ...]
    schedules: tuple[GrantSchedule, ...]
    lines: tuple[CreditLine, ...]

    @property
    def end(self) -> datetime:
        """When the last grant ends."""
        return max(one.end for one in self.grants)

    @property
    def told(self) -> str:
        """How long the credits will do, in a sentence."""
        if not self.grants:
            return "there is no grant to spend: ask finance for one"
        day, rate = self.ahead.out_on, f"{credits_from_ucr(self.rate_ucr):,.2f} credits a day"
        if not self.rate_ucr:
            return f"nothing was spent in the last week; the last grant ends on {self.end:%a %d %b}"
        if day is None:
            return f"at {rate}, as of late, they last for more than four weeks"
        if self.ahead.lapses:
            end = f"{self.end:%a %d %b}"
            return f"at {rate}, as of late, the last grant ends before it is spent, on {end}"
        return f"at {rate}, as of late, they run out on {day:%a %d %b}"


def credits_of_team(who: Caller, team: str) -> TeamCredits:
    """A team's credits: for its members and for finance."""
    who.check_sees(team, SEES_CREDITS)
    store, now = who.market.store, who.now
    purse = ledger.purses(store, now, [team])[team]
    left = [one.at(now) for one in every(ledger.balances, store, team, now=now)]
    live = [one for one in left if one.grant.end > now and not one.grant.credit_line]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = statement.by_day(store, team, midnight - BACK * DAY, BACK + 1, now=now)
    rate = daily_ucr(days[:-1])
    coming = ahead(stocks_of(live), rate, now, AHEAD)
    drawn, rows = _drawn(purse, days, coming, now)
    grants = tuple(Grant.of(one, now) for one in sorted(live, key=_end))
    return TeamCredits(
        balance=Balance.of(purse),
        grants=grants,
        soon=tuple(one for one in grants if one.end <= now + SOON and one.free_credits),
        rate_ucr=rate,
        ahead=coming,
        drawn=drawn,
        days=rows,
        schedules=_schedules(who, team),
        lines=_lines(who, team),
    )


def _schedules(who: Caller, team: str) -> tuple[GrantSchedule, ...]:
    found = every(grant_schedule.listed, who.market.store, team)
    return tuple(GrantSchedule.of(one) for one in found if one.next_at is not None)


def _lines(who: Caller, team: str) -> tuple[CreditLine, ...]:
    found = every(credit_line_seen.listed, who.market.store, team, now=who.now)
    return tuple(
        CreditLine.of(one, who.now) for one in found if one.drawn_ucr or not one.over(who.now)
    )


def _end(one: GrantBalance) -> tuple[datetime, str]:
    return one.grant.end, one.grant.id


def _drawn(
    purse: Purse, days: Sequence[Day], coming: Ahead, now: datetime
) -> tuple[Drawing | None, tuple[BurnDay, ...]]:
    """The burn-down, from the first day with any credits on; none where there never were any. And
    its days."""
    left = [purse.free_ucr + purse.held_ucr + purse.later_ucr + purse.ending_ucr]
    for one in reversed(days[1:]):
        left.append(left[-1] - one.change_ucr)
    left.reverse()
    first = next((k for k, one in enumerate(days) if left[k] or one.change_ucr), None)
    if first is None:
        return None, ()
    until = AHEAD
    if coming.out_on is not None:
        until = min((coming.out_on - days[-1].start) // DAY + 1 + MARGIN, AHEAD)
    burn = Burn(
        left_ucr=left[first:],
        spent_ucr=[one.spent_ucr for one in days[first:]],
        ahead_ucr=coming.left_ucr[:until],
    )
    steps = Steps(days[first].start, DAY, len(days) - first - 1 + until)
    rows = [
        BurnDay(start=one.start, left_ucr=ends, spent_ucr=one.spent_ucr)
        for one, ends in zip(days[first:], burn.left_ucr, strict=True)
    ]
    rows += [
        BurnDay(start=days[-1].start + (number + 1) * DAY, left_ucr=ends, spent_ucr=None)
        for number, ends in enumerate(burn.ahead_ucr[1:])
    ]
    return drawing("burn", burn_down(steps, burn, f"{now:%Y-%m-%dT%H:%M}")), tuple(rows)
