"""A team's account for a period: opening balance, lines, closing balance, holds outstanding."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marketplace.domain.ledger import Grant, Movement, Posted, team_of


class LineType(StrEnum):
    """What a line of a statement is."""

    CHARGE = "charge"
    REFUND = "refund"
    TRANSFER = "transfer"
    ADJUSTMENT = "adjustment"
    EXPIRY = "expiry"
    GRANT = "grant"


LINE_OF: dict[Movement, LineType] = {
    Movement.GRANT: LineType.GRANT,
    Movement.PAY: LineType.CHARGE,
    Movement.REFUND: LineType.REFUND,
    Movement.EXPIRE: LineType.EXPIRY,
}
"""Holds and voids move credits within the team, so they are no lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One credit movement of a team: signed amount, and what caused it (§7.10)."""

    seq: int
    at: datetime
    type: LineType
    amount_ucr: int  # above zero: the team has more
    order_id: str
    cycle_id: str
    rule: str
    note: str


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


def line_of(posted: Posted, team: str, at: datetime | None = None) -> Line | None:
    """The team's line for a transfer, at its own time or at ``at``; ``None`` where its balance
    does not change."""
    transfer = posted.transfer
    sign = (team_of(transfer.target) == team) - (team_of(transfer.source) == team)
    if sign == 0 or transfer.movement not in LINE_OF:
        return None
    return Line(
        seq=posted.seq,
        at=at or posted.at,
        type=LINE_OF[transfer.movement],
        amount_ucr=sign * transfer.amount_ucr,
        order_id=transfer.order_id,
        cycle_id=transfer.cycle_id,
        rule=transfer.rule,
        note=transfer.note,
    )


def statement_of(
    team: str,
    start: datetime,
    end: datetime,
    posted: Iterable[Posted],
    grants: Iterable[Grant] = (),
) -> Statement:
    """Build a statement from all of the team's transfers, in the order they were posted.

    Expired credits count from when their grant ended (or they came back to it later), although
    the next cycle posts it. ``grants``: the team's.
    """
    ends = {grant.free: grant.end for grant in grants}
    fed: dict[str, datetime] = {}
    opening_ucr = held_ucr = 0
    lines = []
    for entry in posted:
        at = _effective(entry, ends, fed)
        fed[entry.transfer.target] = entry.at
        held_ucr += _held_change_ucr(entry, team) if entry.at < end else 0
        line = line_of(entry, team, at)
        if line is None or at >= end:
            continue
        if at < start:
            opening_ucr += line.amount_ucr
        else:
            lines.append(line)
    return Statement(
        team=team,
        start=start,
        end=end,
        opening_ucr=opening_ucr,
        lines=tuple(sorted(lines, key=lambda line: (line.at, line.seq))),
        held_ucr=held_ucr,
    )


def _effective(
    entry: Posted, ends: Mapping[str, datetime], fed: Mapping[str, datetime]
) -> datetime:
    """When a transfer counts; ``fed``: when each account last got something."""
    source = entry.transfer.source
    if entry.transfer.movement is not Movement.EXPIRE or source not in ends:
        return entry.at
    return min(entry.at, max(ends[source], fed.get(source, ends[source])))


def _held_change_ucr(entry: Posted, team: str) -> int:
    def held(account: str) -> bool:
        return team_of(account) == team and account.endswith("/held")

    transfer = entry.transfer
    return (held(transfer.target) - held(transfer.source)) * transfer.amount_ucr
