"""Holds, charges, expiry: the few movements of credits that the market knows.

A transfer has a source and a target, so an unbalanced entry cannot be written. Functions here
return transfers and never post them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from marketplace.domain.grant import Grant, spending_order
from marketplace.domain.transfer import (
    EXPIRED,
    MINT,
    NO_TAGS,
    Movement,
    Payer,
    SoldTime,
    Transfer,
    free_of,
    held_of,
    till,
)
from marketplace.errors import InsufficientCredits
from pricing.units import share_ucr

REST: Final = "rest-of-hold"
"""Why credits go back that a hold had locked beyond what was due."""

MOVED: Final = "hold-moved"
"""Why a hold was voided whose credits ended: others of the team took its place."""


class HoldState(StrEnum):
    """A hold's life: it is emptied exactly once."""

    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Credits locked for one version of an order or a spot request, by grant in the order of
    spending."""

    id: str  # order or spot request id, dot, version
    payer: Payer
    team: str
    parts: tuple[tuple[str, int], ...]  # grant id, micro-credits
    state: HoldState = HoldState.PENDING
    draws_ucr: int = 0  # what of its last part it draws of a credit line, where it is new

    @property
    def amount_ucr(self) -> int:
        """All that is locked."""
        return sum(amount for _, amount in self.parts)

    @property
    def draws(self) -> tuple[str, int]:
        """Of which credit line it draws how much; nothing of none."""
        return (self.parts[-1][0], self.draws_ucr) if self.draws_ucr else ("", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPart:
    """What an order or a spot request locks of one grant now."""

    hold_id: str
    payer: Payer
    team: str
    grant: str
    amount_ucr: int


def plan_hold(
    hold_id: str,
    payer: Payer,
    team: str,
    amount_ucr: int,
    grants: Sequence[Grant],
    free_ucr: Mapping[str, int],
) -> Hold:
    """Lock ``amount_ucr``, the earliest-ending grant first.

    ``grants``: those that may be spent. ``free_ucr``: free balance by grant id. Raises
    ``InsufficientCredits`` where they do not cover it.
    """
    parts, missing_ucr = [], amount_ucr
    for grant in spending_order(grants):
        take = min(missing_ucr, free_ucr.get(grant.id, 0))
        if take > 0:
            parts.append((grant.id, take))
            missing_ucr -= take
    if missing_ucr > 0:
        raise InsufficientCredits(team, amount_ucr, amount_ucr - missing_ucr)
    return Hold(id=hold_id, payer=payer, team=team, parts=tuple(parts))


def hold_transfers(hold: Hold) -> list[Transfer]:
    """Lock the hold's credits: free to held, grant by grant; what it draws is drawn first."""
    return [*_draw(hold), *_lock(hold)]


def _draw(hold: Hold) -> list[Transfer]:
    """Draw of a credit line, for what the hold is for. It is no cost of that: it bears no tags."""
    line, draws_ucr = hold.draws
    if not draws_ucr:
        return []
    return [
        Transfer(
            key=f"draw:{hold.id}",
            movement=Movement.DRAW,
            source=MINT,
            target=free_of(hold.team, line),
            amount_ucr=draws_ucr,
            payer=replace(hold.payer, tags=NO_TAGS),
            hold_id=hold.id,
            rule=line,
        )
    ]


def _lock(hold: Hold) -> list[Transfer]:
    return [
        Transfer(
            key=f"hold:{hold.id}:{grant}",
            movement=Movement.HOLD,
            source=free_of(hold.team, grant),
            target=held_of(hold.team, grant),
            amount_ucr=amount,
            payer=hold.payer,
            hold_id=hold.id,
        )
        for grant, amount in hold.parts
    ]


def void_transfers(hold: Hold, reason: str, cycle_id: str = "") -> list[Transfer]:
    """Give all of a hold back: held to free, grant by grant. ``reason``: a code."""
    return [
        Transfer(
            key=f"void:{hold.id}:{grant}",
            movement=Movement.VOID,
            source=held_of(hold.team, grant),
            target=free_of(hold.team, grant),
            amount_ucr=amount,
            payer=hold.payer,
            hold_id=hold.id,
            cycle_id=cycle_id,
            reason=reason,
        )
        for grant, amount in hold.parts
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is owed for some sold time: micro-credits, and the rule that made them so many."""

    sold: SoldTime
    amount_ucr: int
    rule: str
    reason: str = ""
    reservation_id: str = ""


def settle_transfers(hold: Hold, cycle_id: str, dues: Sequence[Due]) -> list[Transfer]:
    """Empty a hold: pay what is due, give back the rest. The hold covers it, always."""
    return settle_all([hold], cycle_id, dues)


def settle_all(holds: Sequence[Hold], cycle_id: str, dues: Sequence[Due]) -> list[Transfer]:
    """Empty holds, the first one first: pay what is due, give back the rest. They cover it."""
    due_ucr, held_ucr = sum(due.amount_ucr for due in dues), sum(one.amount_ucr for one in holds)
    if not 0 <= due_ucr <= held_ucr:
        names = ", ".join(hold.id for hold in holds)
        raise ValueError(f"{names}: {due_ucr} ucr due against a hold of {held_ucr} ucr")
    moves: list[Transfer] = []
    queue = [(due, 0) for due in dues if due.amount_ucr]  # and what of it is paid
    parts = [(hold, *part) for hold in holds for part in hold.parts]
    for hold, grant, amount in parts:
        left = amount
        while left and queue:
            due, before = queue.pop(0)
            paid = min(left, due.amount_ucr - before)
            moves.append(_pay(hold, grant, due, (before, before + paid), cycle_id))
            left -= paid
            if due.amount_ucr > before + paid:
                queue.insert(0, (due, before + paid))
        if left:
            moves += void_transfers(replace(hold, parts=((grant, left),)), REST, cycle_id)
    return moves


def _pay(hold: Hold, grant: str, due: Due, part: tuple[int, int], cycle_id: str) -> Transfer:
    return Transfer(
        key=f"pay:{hold.id}:{grant}:{due.reservation_id or due.sold.pool}",
        movement=Movement.PAY,
        source=held_of(hold.team, grant),
        target=till(due.sold.pool),
        amount_ucr=part[1] - part[0],
        payer=hold.payer,
        hold_id=hold.id,
        reservation_id=due.reservation_id,
        cycle_id=cycle_id,
        rule=due.rule,
        reason=due.reason,
        sold=due.sold,
        whole_ucr=due.amount_ucr,
        unit_seconds=part_of(due.sold, part, due.amount_ucr),
    )


def part_of(sold: SoldTime, part: tuple[int, int], whole_ucr: int) -> int:
    """The unit-seconds that a part [from, to) of a whole amount stands for; parts sum exactly."""
    total = sold.unit_seconds
    return share_ucr(total, part[1], whole_ucr) - share_ucr(total, part[0], whole_ucr)


def expiry_transfers(
    grants: Iterable[Grant], free_ucr: Mapping[str, int], expired_before: Mapping[str, int]
) -> list[Transfer]:
    """Take the free credits of ended grants out of circulation; what is held waits for its hold.

    ``free_ucr``: free balance by grant id; ``expired_before``: how often a grant has expired
    already (credits may come back to it later, from a hold).
    """
    return [
        Transfer(
            key=f"expire:{grant.id}:{expired_before.get(grant.id, 0)}",
            movement=Movement.EXPIRE,
            source=grant.free,
            target=EXPIRED,
            amount_ucr=free_ucr[grant.id],
            rule=grant.expiry.rule.value,
            reason="grant-expired",
        )
        for grant in sorted(grants, key=lambda grant: grant.id)
        if free_ucr.get(grant.id, 0) > 0
    ]
