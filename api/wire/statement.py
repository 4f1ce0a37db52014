"""Statements: the account of a team, or of what work is tagged with, line by line or added up."""

from collections.abc import Iterable
from typing import Final, Self

from pydantic import Field

from api import cursors
from api.wire.ledger import Facts, facts_of
from api.wire.shape import Credits, Instant, Shape, SignedCredits, credits_of
from marketplace.domain import hours as time
from marketplace.domain import statement as domain
from marketplace.domain.page import Page
from marketplace.domain.transfer import Tag
from marketplace.domain.usage import MICRO
from marketplace.services import statement as statements

HOUR_S: Final = 3600


class PoolHours(Shape):
    """A pool's unit-hours in a period."""

    pool: str
    reserved_hours: float = Field(description="Bought ahead.")
    allocated_hours: float = Field(
        description="What was theirs to use after releases and failures, spot included."
    )
    used_hours: float | None = Field(
        description="What was measured as used; empty: nothing was imported of any of it."
    )

    @classmethod
    def of(cls, one: time.PoolHours) -> Self:
        """A pool's time as data."""
        return cls(
            pool=one.pool,
            reserved_hours=one.reserved / HOUR_S,
            allocated_hours=one.allocated / HOUR_S,
            used_hours=None if one.used_micro is None else one.used_micro / MICRO / HOUR_S,
        )


class Changed(Shape):
    """By how much a team's credits changed, and when."""

    seq: int
    at: Instant
    type: str
    team: str
    credits: SignedCredits = Field(description="Above zero: the team has more.")


class Line(Facts, Changed):
    """One line of a statement. (The fields of the last-named class stand first.)"""

    @classmethod
    def of(cls, line: domain.Line) -> Self:
        """A line as data."""
        return cls(
            seq=line.seq,
            at=line.at,
            type=line.type.value,
            team=line.transfer.team,
            credits=credits_of(line.amount_ucr),
            **facts_of(line.transfer),
        )


class Statement(Shape):
    """A team's account for a period, and a page of its lines."""

    team: str
    start: Instant
    end: Instant
    opening_credits: Credits
    lines: list[Line]
    next: str | None = Field(description="What to ask for as ``after`` to have more lines.")
    closing_credits: Credits
    held_credits: Credits = Field(description="Of the closing balance, held at the period's end.")
    hours: list[PoolHours] = Field(description="By pool; what lies in the period.")

    @classmethod
    def of(
        cls, account: domain.Account, lines: Page[domain.Line], hours: Iterable[time.PoolHours]
    ) -> Self:
        """An account, a page of its lines and its hours as data."""
        return cls(
            team=account.team,
            start=account.start,
            end=account.end,
            opening_credits=credits_of(account.opening_ucr),
            lines=[Line.of(line) for line in lines],
            next=cursors.text_of("statement", lines),
            closing_credits=credits_of(account.closing_ucr),
            held_credits=credits_of(account.held_ucr),
            hours=[PoolHours.of(one) for one in hours],
        )


class TagStatement(Shape):
    """What work with a project, theme or cost centre cost in a period, and a page of its lines."""

    by: Tag
    name: str
    teams: list[str] | None = Field(description="Only the work of these; null: of all teams.")
    start: Instant
    end: Instant
    before_credits: SignedCredits = Field(description="Spent before the period.")
    lines: list[Line]
    next: str | None = Field(description="What to ask for as ``after`` to have more lines.")
    spent_credits: SignedCredits = Field(
        description="Spent in the period, less refunds and as adjusted."
    )
    in_all_credits: SignedCredits = Field(description="Spent until the period's end.")
    held_credits: SignedCredits = Field(description="Held for it at the period's end.")
    hours: list[PoolHours] = Field(description="By pool; what lies in the period.")

    @classmethod
    def of(
        cls, account: domain.TagAccount, lines: Page[domain.Line], hours: Iterable[time.PoolHours]
    ) -> Self:
        """A tag's account, a page of its lines and its hours as data."""
        tagged = account.tagged
        return cls(
            by=tagged.tag,
            name=tagged.name,
            teams=None if tagged.teams is None else list(tagged.teams),
            start=account.start,
            end=account.end,
            before_credits=credits_of(account.before_ucr),
            lines=[Line.of(line) for line in lines],
            next=cursors.text_of("tag-statement", lines),
            spent_credits=credits_of(account.spent_ucr),
            in_all_credits=credits_of(account.in_all_ucr),
            held_credits=credits_of(account.held_ucr),
            hours=[PoolHours.of(one) for one in hours],
        )


def _nothing(value: object) -> bool:
    return value is None


class TagSum(Shape):
    """What the work of one project, theme or cost centre cost; one of the three is named."""

    project: str | None = Field(default=None, exclude_if=_nothing)
    theme: str | None = Field(default=None, exclude_if=_nothing)
    cost_centre: str | None = Field(default=None, exclude_if=_nothing)
    charge_credits: SignedCredits
    refund_credits: SignedCredits
    adjustment_credits: SignedCredits = Field(
        description="What adjustments of its charges gave back, less what they took."
    )
    orders: int

    @property
    def name(self) -> str:
        """Of which project, theme or cost centre; empty for work without one."""
        return self.project or self.theme or self.cost_centre or ""

    @classmethod
    def of(cls, tag: Tag, one: statements.TagSum) -> Self:
        """A sum by that tag as data."""
        return cls(
            project=one.name if tag is Tag.PROJECT else None,
            theme=one.name if tag is Tag.THEME else None,
            cost_centre=one.name if tag is Tag.COST_CENTRE else None,
            charge_credits=credits_of(one.charged_ucr),
            refund_credits=credits_of(one.refunded_ucr),
            adjustment_credits=credits_of(one.adjusted_ucr),
            orders=one.orders,
        )


class Sums(Shape):
    """What a team's work cost in a period, by what it was for."""

    team: str
    start: Instant
    end: Instant
    items: list[TagSum]

    @classmethod
    def of(cls, found: domain.Statement, by: Tag) -> Self:
        """A statement added up by a tag, as data."""
        sums = [TagSum.of(by, one) for one in statements.sums_by(found, by)]
        return cls(team=found.team, start=found.start, end=found.end, items=sums)
