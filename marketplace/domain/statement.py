"""A team's account for a period: opening balance, lines, closing balance, holds outstanding."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from marketplace.domain.period import Period
from marketplace.domain.transfer import TEXT_MAX, Movement, Posted, Tag, Transfer, team_of
from marketplace.errors import BadField


class LineType(StrEnum):
    """What a line of a statement is."""

    CHARGE = "charge"
    REFUND = "refund"
    BUY_OUT = "buy-out"
    TRANSFER = "transfer"
    ADJUSTMENT = "adjustment"
    EXPIRY = "expiry"
    GRANT = "grant"
    DRAW = "draw"
    REPAYMENT = "repayment"


LINE_OF: dict[Movement, LineType] = {
    Movement.GRANT: LineType.GRANT,
    Movement.PAY: LineType.CHARGE,
    Movement.REFUND: LineType.REFUND,
    Movement.BUY_OUT: LineType.BUY_OUT,
    Movement.EXPIRE: LineType.EXPIRY,
    Movement.GIVE: LineType.TRANSFER,
    Movement.RECEIVE: LineType.TRANSFER,
    Movement.REVOKE: LineType.ADJUSTMENT,
    Movement.ADJUSTMENT: LineType.ADJUSTMENT,
    Movement.DRAW: LineType.DRAW,
    Movement.REPAY: LineType.REPAYMENT,
}
"""Holds and voids move credits within the team, so they are no lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One credit movement of a team: its signed amount, and the transfer with its facts (§7.10)."""

    seq: int
    at: datetime
    type: LineType
    amount_ucr: int  # above zero: the team has more
    transfer: Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A team's period [start, end)."""

    team: str
    start: datetime
    end: datetime
    opening_ucr: int
    lines: tuple[Line, ...]
    held_ucr: int  # locked for open orders at the end of the period

    @property
    def closing_ucr(self) -> int:
        """Opening balance plus all lines; free and held credits together."""
        return self.opening_ucr + sum(line.amount_ucr for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A team's period [start, end) without its lines."""

    team: str
    start: datetime
    end: datetime
    opening_ucr: int
    closing_ucr: int
    held_ucr: int  # locked for open orders at the end of the period


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """Work that is tagged with a project, theme or cost centre: of some teams, or of all."""

    tag: Tag
    name: str
    teams: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= TEXT_MAX:
            raise BadField(
                "name", self.name, "letters-out-of-range", {"least": 1, "most": TEXT_MAX}
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TagAccount:
    """What work with a tag cost: until [start, end) began, and in it. A tag owns no credits, so it
    has no balance."""

    tagged: Tagged
    start: datetime
    end: datetime
    before_ucr: int
    spent_ucr: int
    held_ucr: int  # locked for its orders and spot requests at the end of the period

    @property
    def in_all_ucr(self) -> int:
        """What it had cost when the period ended."""
        return self.before_ucr + self.spent_ucr


def spent_of(moved: Mapping[Movement, int]) -> int:
    """What sums by movement come to for the work: what was paid, less what came back, by refunds
    and by adjustments of what was paid."""
    back = moved.get(Movement.REFUND, 0) + moved.get(Movement.ADJUSTMENT, 0)
    return moved.get(Movement.PAY, 0) - back


def held_of(moved: Mapping[Movement, int]) -> int:
    """What is held of sums by movement: paid is from what was held."""
    ended = moved.get(Movement.VOID, 0) + moved.get(Movement.PAY, 0)
    return moved.get(Movement.HOLD, 0) - ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What became of a team's credits in one UTC day."""

    start: datetime
    granted_ucr: int  # and what adjustments gave, less what they took
    charged_ucr: int
    refunded_ucr: int
    expired_ucr: int
    drawn_ucr: int = 0  # of a credit line, less what was repaid: neither given nor spent
    gained_ucr: int = 0  # what buy-outs brought beyond what was paid

    @property
    def spent_ucr(self) -> int:
        """What it paid, less what came back."""
        return self.charged_ucr - self.refunded_ucr

    @property
    def change_ucr(self) -> int:
        """By how much it had more at its end."""
        more_ucr = self.granted_ucr + self.drawn_ucr + self.gained_ucr
        return more_ucr - self.spent_ucr - self.expired_ucr


GIVEN: Final = (Movement.GRANT, Movement.RECEIVE, Movement.ADJUSTMENT)
TAKEN: Final = (Movement.REVOKE, Movement.GIVE)
"""What gives a team more to spend, and less, beside what it spends."""


def days_of(sums: Mapping[tuple[datetime, Movement], int], first: datetime, days: int) -> list[Day]:
    """So many UTC days from ``first`` on, which is a midnight. ``sums``: what a team's transfers
    came to, in ucr, by day and by why credits moved."""
    return [
        Day(
            start=at,
            granted_ucr=sum(sums.get((at, kind), 0) for kind in GIVEN)
            - sum(sums.get((at, kind), 0) for kind in TAKEN),
            charged_ucr=sums.get((at, Movement.PAY), 0),
            refunded_ucr=sums.get((at, Movement.REFUND), 0),
            expired_ucr=sums.get((at, Movement.EXPIRE), 0),
            drawn_ucr=sums.get((at, Movement.DRAW), 0) - sums.get((at, Movement.REPAY), 0),
            gained_ucr=sums.get((at, Movement.BUY_OUT), 0),
        )
        for at in (first + timedelta(days=number) for number in range(days))
    ]


def line_of(posted: Posted, team: str) -> Line | None:
    """The team's line for a transfer; ``None`` where its balance does not change."""
    transfer = posted.transfer
    sign = (team_of(transfer.target) == team) - (team_of(transfer.source) == team)
    if sign == 0 or transfer.movement not in LINE_OF:
        return None
    return Line(
        seq=posted.seq,
        at=posted.at,
        type=LINE_OF[transfer.movement],
        amount_ucr=sign * transfer.amount_ucr,
        transfer=transfer,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a team has at a moment: all its credits, and those of them that are held."""

    owned_ucr: int = 0
    held_ucr: int = 0

    def after(self, posted: Iterable[Posted], team: str) -> "Standing":
        """What it has once these are posted too."""
        moved = [change_of(entry.transfer, team) for entry in posted]
        return Standing(
            owned_ucr=self.owned_ucr + sum(owned for owned, _ in moved),
            held_ucr=self.held_ucr + sum(held for _, held in moved),
        )


def statement_of(
    team: str, period: tuple[datetime, datetime], opening: Standing, posted: Sequence[Posted]
) -> Statement:
    """A statement from what the team had when the period began and its transfers in it."""
    lines = (line_of(entry, team) for entry in posted)
    return Statement(
        team=team,
        start=period[0],
        end=period[1],
        opening_ucr=opening.owned_ucr,
        lines=tuple(sorted((one for one in lines if one), key=lambda line: (line.at, line.seq))),
        held_ucr=opening.after(posted, team).held_ucr,
    )


@lru_cache(maxsize=64)
def month_of(at: datetime) -> datetime:
    """The start of the UTC month that ``at`` lies in."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_around(at: datetime) -> tuple[datetime, datetime]:
    """The UTC month that ``at`` lies in: from its start until the next."""
    return Period.MONTH.around(at)


def month_or(
    now: datetime, start: datetime | None, end: datetime | None
) -> tuple[datetime, datetime]:
    """The period that is meant: what of it is not named is the month's that it is."""
    month = month_around(now)
    return start or month[0], end or month[1]


def change_of(transfer: Transfer, team: str) -> tuple[int, int]:
    """How a transfer changes what a team has in all, and what of it is held."""
    owned = held = 0
    for account, sign in ((transfer.target, 1), (transfer.source, -1)):
        if team_of(account) == team:
            owned += sign
            held += sign * account.endswith("/held")
    return owned * transfer.amount_ucr, held * transfer.amount_ucr
