"""Grants, holds, charges, refunds: the few movements of credits that the market knows.

A transfer has a source and a target, so an unbalanced entry cannot be written. Functions here
return transfers and never post them.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from marketplace.domain.team import checked_id
from marketplace.domain.transfer import (
    EXPIRED,
    MINT,
    Movement,
    Payer,
    SoldTime,
    Tags,
    Transfer,
    free_of,
    grant_of,
    held_of,
    till,
)
from marketplace.errors import BadField, InsufficientCredits
from marketplace.rules import checked_instant
from marketplace.words import Credits
from pricing.units import MAX_UCR, share_ucr

REST: Final = "rest-of-hold"
"""Why credits go back that a hold had locked beyond what was due."""


class HoldState(StrEnum):
    """A hold's life: it is emptied exactly once."""

    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Credits given to a team, to be spent in [start, end)."""

    id: str
    team: str
    amount_ucr: int
    start: datetime
    end: datetime
    purpose: str = ""
    created_at: datetime

    def __post_init__(self) -> None:
        checked_id("grant", self.id)
        if not 0 < self.amount_ucr <= MAX_UCR:
            amount, most = Credits(self.amount_ucr), Credits(MAX_UCR)
            limits = {"least": Credits(1), "most": most}
            raise BadField("credits", amount, "credits-out-of-range", limits)
        if checked_instant("end", self.end) <= checked_instant("start", self.start):
            facts = {"what": "a grant", "start": self.start}
            raise BadField("end", self.end, "not-after-start", facts)

    def same_gift(self, other: "Grant") -> bool:
        """Whether both give the same to the same team for the same, on one day."""

        def facts(grant: "Grant") -> tuple[object, ...]:
            end, given = grant.end.date(), grant.created_at.date()
            return grant.team, grant.amount_ucr, grant.purpose, end, given

        return facts(self) == facts(other)

    @property
    def free(self) -> str:
        """The account of its spendable credits."""
        return free_of(self.team, self.id)

    @property
    def held(self) -> str:
        """The account of its credits locked for orders."""
        return held_of(self.team, self.id)

    def state(self, at: datetime) -> str:
        """Where it stands at ``at``: not-started, valid or ended."""
        if self.valid_at(at):
            return "valid"
        return "not-started" if at < self.start else "ended"

    def spendable(self, now: datetime, settled_at: datetime) -> bool:
        """Whether an order that is placed ``now`` and settled then can be paid from it."""
        return self.start <= now and self.valid_at(max(settled_at, now))

    def valid_at(self, at: datetime) -> bool:
        """Whether it can be spent at ``at``."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRequest:
    """Credits to give to a team: without a start, to be spent from when they are given; without an
    id, under one that is made."""

    team: str
    amount_ucr: int
    end: datetime
    start: datetime | None = None
    purpose: str = ""
    id: str = ""

    def given(self, at: datetime, taken: Container[str]) -> Grant:
        """The grant that it becomes at ``at``, under no id that is taken: ``TEAM-YEAR-MONTH``, with
        a number where that is."""
        start = self.start or at
        stem, number = f"{self.team}-{start:%Y-%m}", 1
        made = stem
        while made in taken:
            number += 1
            made = f"{stem}-{number}"
        return Grant(
            id=self.id or made,
            team=self.team,
            amount_ucr=self.amount_ucr,
            start=start,
            end=self.end,
            purpose=self.purpose,
            created_at=at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Credits locked for one version of an order or a spot request, by grant in the order of
    spending."""

    id: str  # order or spot request id, dot, version
    payer: Payer
    team: str
    parts: tuple[tuple[str, int], ...]  # grant id, micro-credits
    state: HoldState = HoldState.PENDING

    @property
    def amount_ucr(self) -> int:
        """All that is locked."""
        return sum(amount for _, amount in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPart:
    """What an order or a spot request locks of one grant now."""

    hold_id: str
    payer: Payer
    team: str
    grant: str
    amount_ucr: int


def spending_order(grants: Iterable[Grant]) -> list[Grant]:
    """The earliest-ending grant is spent first; the id breaks ties."""
    return sorted(grants, key=lambda grant: (grant.end, grant.id))


def grant_transfer(grant: Grant) -> Transfer:
    """Give a team its credits."""
    return Transfer(
        key=f"grant:{grant.id}",
        movement=Movement.GRANT,
        source=MINT,
        target=grant.free,
        amount_ucr=grant.amount_ucr,
        note=grant.purpose,
    )


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
    """Lock the hold's credits: free to held, grant by grant."""
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
    due_ucr = sum(due.amount_ucr for due in dues)
    if not 0 <= due_ucr <= hold.amount_ucr:
        raise ValueError(f"{hold.id}: {due_ucr} ucr due against a hold of {hold.amount_ucr} ucr")
    moves: list[Transfer] = []
    queue = [(due, 0) for due in dues if due.amount_ucr]  # and what of it is paid
    for grant, amount in hold.parts:
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
        unit_seconds=_part_of(due.sold, part, due.amount_ucr),
    )


def _part_of(sold: SoldTime, part: tuple[int, int], whole_ucr: int) -> int:
    """The unit-seconds that a part [from, to) of a whole amount stands for; parts sum exactly."""
    total = sold.unit_seconds
    return share_ucr(total, part[1], whole_ucr) - share_ucr(total, part[0], whole_ucr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Credits that go back from a pool to the team that paid for a time-box, once per ``key``."""

    key: str
    reservation_id: str
    order_id: str
    cycle_id: str
    amount_ucr: int
    rule: str  # resale, failure
    reason: str
    sold: SoldTime  # the time that is paid back, at published prices


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What was paid for a time-box: by whose free account, less what came back, in the order of
    spending. The accounts change as refunds are planned."""

    accounts: dict[str, int]
    tags: Tags


def paid_for(posted: Iterable[Transfer]) -> dict[str, Paid]:
    """What was paid for each reservation, by its id, from the transfers that name its order."""
    paid: dict[str, Paid] = {}
    for one in posted:
        if one.movement is Movement.PAY:
            known = paid.setdefault(one.reservation_id, Paid(accounts={}, tags=one.payer.tags))
            account = free_of(one.team, grant_of(one.source))
            known.accounts[account] = known.accounts.get(account, 0) + one.amount_ucr
        elif one.movement is Movement.REFUND:
            paid[one.reservation_id].accounts[one.target] -= one.amount_ucr
    return paid


def refund_transfers(refund: Refund, paid: Paid) -> list[Transfer]:
    """Give back ``refund.amount_ucr``, to the grant that paid last first.

    Raises ``ValueError`` where more would be given back than was paid.
    """
    moves, before = [], 0
    payer = Payer(order_id=refund.order_id, tags=paid.tags)
    for account, left in reversed(list(paid.accounts.items())):
        back = min(refund.amount_ucr - before, left)
        if back > 0:
            part = (before, before + back)
            moves.append(
                Transfer(
                    key=f"refund:{refund.key}:{account}",
                    movement=Movement.REFUND,
                    source=till(refund.sold.pool),
                    target=account,
                    amount_ucr=back,
                    payer=payer,
                    reservation_id=refund.reservation_id,
                    cycle_id=refund.cycle_id,
                    rule=refund.rule,
                    reason=refund.reason,
                    sold=refund.sold,
                    whole_ucr=refund.amount_ucr,
                    unit_seconds=_part_of(refund.sold, part, refund.amount_ucr),
                )
            )
            before += back
    if before < refund.amount_ucr:
        more = refund.amount_ucr - before
        raise ValueError(f"{refund.key}: {more} ucr more to refund than was paid")
    return moves


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
            reason="grant-expired",
        )
        for grant in sorted(grants, key=lambda grant: grant.id)
        if free_ucr.get(grant.id, 0) > 0
    ]
