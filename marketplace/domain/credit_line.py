"""A credit line: what a team may draw from the mint where its own credits do not suffice.

What is drawn is a grant of its own, which has the line's id: it is spent after all others, and has
nothing free. Drawn are the credits that it holds, and those that were spent of it and are owed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Self

from marketplace.domain.grant import Grant, check_credits, check_reason, spending_order
from marketplace.domain.transfer import MINT, Movement, Transfer
from marketplace.errors import BadField, LedgerBroken, NotAllowedNow
from marketplace.rules import check_spell, checked_instant
from marketplace.words import Credits

OPEN: Final = datetime(2999, 12, 31, tzinfo=UTC)
"""When the grant of a line ends that was given no end."""

UNSPENT: Final = "draw-unspent"
"""Why credits go back to the mint: the hold that drew them did not spend them."""

REPAID: Final = "draw-repaid"
"""Why credits go to the mint: they pay for what was drawn and spent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLineRequest:
    """So many credits that a team may draw at most, in [start, end): without a start from now on,
    without an end until the line is closed."""

    team: str
    limit_ucr: int
    reason: str
    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        check_credits(self.limit_ucr)
        check_reason(self.reason)
        for name in ("start", "end"):
            at: datetime | None = getattr(self, name)
            if at is not None:
                checked_instant(name, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLineChange:
    """What of a line is to be other, and why; what is not named stays."""

    reason: str
    limit_ucr: int | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        check_reason(self.reason)
        if self.limit_ucr is not None:
            check_credits(self.limit_ucr)
        if self.end is not None:
            checked_instant("end", self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLine:
    """A line as the market keeps it. ``drawn_ucr``: what is drawn and not repaid, held or owed;
    never more than the limit. ``repayments``: how often something went back; names the next."""

    id: str
    team: str
    limit_ucr: int
    start: datetime
    end: datetime | None
    reason: str
    set_at: datetime
    set_by: str
    closed_at: datetime | None = None
    drawn_ucr: int = 0
    repayments: int = 0
    version: int = 1

    def __post_init__(self) -> None:
        check_spell("a credit line", self.start, self.end or OPEN)

    @property
    def rest_ucr(self) -> int:
        """What can still be drawn of it, while it is open."""
        return self.limit_ucr - self.drawn_ucr

    def over(self, at: datetime) -> bool:
        """Whether nothing can be drawn any more, from ``at`` on."""
        return self.closed_at is not None or (self.end or OPEN) <= at

    def state(self, at: datetime) -> str:
        """Where it stands at ``at``: not-started, open, ended or closed."""
        if self.closed_at is not None:
            return "closed"
        if self.over(at):
            return "ended"
        return "open" if self.start <= at else "not-started"

    def says(self, asked: CreditLineRequest) -> bool:
        """Whether it is what a request asks for."""
        mine = (self.limit_ucr, self.end, self.reason)
        same = mine == (asked.limit_ucr, asked.end, asked.reason)
        return same and asked.start in (None, self.start)

    def grant(self) -> Grant:
        """The grant that is drawn, before anything is."""
        return Grant(
            id=self.id,
            team=self.team,
            amount_ucr=0,
            start=self.start,
            end=self.end or OPEN,
            purpose=self.reason,
            created_at=self.set_at,
            credit_line=True,
        )

    def changed(self, change: CreditLineChange, now: datetime) -> Self:
        """It, other from now on; itself where nothing is.

        Raises ``NotAllowedNow`` where it is over; ``BadField`` for an end that has come, and for a
        limit below what is drawn.
        """
        self._check_goes_on(now)
        limit_ucr = self.limit_ucr if change.limit_ucr is None else change.limit_ucr
        end = self.end if change.end is None else change.end
        if (limit_ucr, end) == (self.limit_ucr, self.end):
            return self
        if end is not None and end <= now:
            raise BadField("end", end, "in-the-past")
        if limit_ucr < self.drawn_ucr:
            facts = {"drawn": Credits(self.drawn_ucr)}
            raise BadField("credits", Credits(limit_ucr), "below-drawn", facts)
        return replace(
            self, limit_ucr=limit_ucr, end=end, reason=change.reason, version=self.version + 1
        )

    def closed(self, now: datetime, reason: str) -> Self:
        """It, closed. Raises ``NotAllowedNow`` where it has ended."""
        self._check_goes_on(now)
        return replace(self, closed_at=now, reason=reason, version=self.version + 1)

    def _check_goes_on(self, now: datetime) -> None:
        if self.over(now):
            raise NotAllowedNow("credit line", self.id, self.state(now), "ended")

    def drawing(self, amount_ucr: int) -> Self:
        """It, with so much more drawn. Raises ``LedgerBroken`` beyond the limit."""
        drawn_ucr = self.drawn_ucr + amount_ucr
        if drawn_ucr > self.limit_ucr:
            facts = {"drawn": Credits(drawn_ucr), "limit": Credits(self.limit_ucr)}
            raise LedgerBroken("credit line", self.id, "beyond-limit", facts)
        return replace(self, drawn_ucr=drawn_ucr)


@dataclass(slots=True, kw_only=True)
class Repaying:
    """What goes back to the mint of what one team has drawn; mutable while it is found out."""

    lines: dict[str, CreditLine]
    grants: dict[str, Grant]  # the team's, by id
    balances: Mapping[str, int]  # of their accounts
    moves: list[Transfer] = field(default_factory=list)
    unspent: dict[str, int] = field(default_factory=dict)  # by line
    repaid: dict[str, int] = field(default_factory=dict)

    def repay(self, at: datetime) -> None:
        """First what holds drew and did not spend; then what is owed, the older line first, of what
        is free of grants that can be spent at ``at``, the earliest-ending one first."""
        valid = [one for one in self.grants.values() if one.valid_at(at) and not one.credit_line]
        free = {one.id: self.balances.get(one.free, 0) for one in valid}
        for id_ in sorted(self.lines, key=lambda id_: (self.lines[id_].start, id_)):
            drawn = self.grants[id_]
            unspent_ucr = self.balances.get(drawn.free, 0)
            if unspent_ucr:
                self.unspent[id_] = unspent_ucr
                self.grants[id_] = replace(drawn, amount_ucr=drawn.amount_ucr - unspent_ucr)
                self._back(id_, drawn, unspent_ucr, UNSPENT)
            for grant in spending_order(valid):
                owed_ucr = self.lines[id_].drawn_ucr - self.balances.get(drawn.held, 0)
                part = min(owed_ucr, free[grant.id])
                if part <= 0:
                    continue
                free[grant.id] -= part
                self.repaid[id_] = self.repaid.get(id_, 0) + part
                known = self.grants[grant.id]
                self.grants[grant.id] = replace(known, repaid_ucr=known.repaid_ucr + part)
                self._back(id_, grant, part, REPAID)

    def _back(self, id_: str, source: Grant, amount_ucr: int, reason: str) -> None:
        line = self.lines[id_]
        number = line.repayments + 1
        self.moves.append(
            Transfer(
                key=f"repay:{id_}:{number}",
                movement=Movement.REPAY,
                source=source.free,
                target=MINT,
                amount_ucr=amount_ucr,
                rule=id_,
                reason=reason,
            )
        )
        self.lines[id_] = replace(line, drawn_ucr=line.drawn_ucr - amount_ucr, repayments=number)


def drawn_by(transfers: Iterable[Transfer]) -> dict[str, int]:
    """What transfers draw, by line."""
    found: dict[str, int] = {}
    for one in transfers:
        if one.movement is Movement.DRAW:
            found[one.rule] = found.get(one.rule, 0) + one.amount_ucr
    return found
