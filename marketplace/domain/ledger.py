"""Accounts, transfers, grants, holds: the few movements that the market knows.

A transfer has a source and a target, so an unbalanced entry cannot be written. Functions here
return transfers and never post them. Accounts are addresses: ``mint``, ``treasury``,
``team/T/grant/G/free``, ``team/T/grant/G/held``, ``pool/P/till``, ``expired``. The mint alone
goes below zero: minus its balance is all the credit there is.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from marketplace.domain.team import checked_id
from marketplace.errors import BadField, InsufficientCredits, zulu
from marketplace.rules import checked_instant
from marketplace.words import Credits
from pricing.units import MAX_UCR

MINT: Final = "mint"
TREASURY: Final = "treasury"
EXPIRED: Final = "expired"
GENESIS: Final = "0" * 64
"""What the first transfer's hash builds on."""


class Movement(StrEnum):
    """Why credits moved."""

    GRANT = "grant"
    HOLD = "hold"
    VOID = "void"  # a hold's credits go back unspent
    PAY = "pay"
    REFUND = "refund"
    EXPIRE = "expire"


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
            raise BadField("amount", amount, "credits-out-of-range", limits)
        if checked_instant("end", self.end) <= checked_instant("start", self.start):
            facts = {"what": "a grant", "start": self.start}
            raise BadField("end", self.end, "not-after-start", facts)

    @property
    def free(self) -> str:
        """The account of its spendable credits."""
        return f"team/{self.team}/grant/{self.id}/free"

    @property
    def held(self) -> str:
        """The account of its credits locked for orders."""
        return f"team/{self.team}/grant/{self.id}/held"

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
class Transfer:
    """``amount_ucr`` moves from ``source`` to ``target``. A key posts once, for ever."""

    key: str
    movement: Movement
    source: str
    target: str
    amount_ucr: int
    order_id: str = ""
    cycle_id: str = ""
    rule: str = ""
    note: str = ""  # what it was for, in words: pool, units, hours, price

    def __post_init__(self) -> None:
        if not 0 < self.amount_ucr <= MAX_UCR or self.source == self.target:
            raise ValueError(f"this moves no money: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A transfer in the books: its place, its time, and the hash that chains it to the last."""

    seq: int
    at: datetime
    transfer: Transfer
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Credits locked for one version of an order, by grant in the order of spending."""

    id: str  # order id, dot, version
    order_id: str
    team: str
    parts: tuple[tuple[str, int], ...]  # grant id, micro-credits
    state: HoldState = HoldState.PENDING

    @property
    def amount_ucr(self) -> int:
        """All that is locked."""
        return sum(amount for _, amount in self.parts)


def chain_hash(previous: str, seq: int, at: datetime, transfer: Transfer) -> str:
    """The hash of a posted transfer: of its every field and of the one before it (SHA-256)."""
    body = [
        previous,
        seq,
        int(at.timestamp()),
        transfer.key,
        transfer.movement.value,
        transfer.source,
        transfer.target,
        transfer.amount_ucr,
        transfer.order_id,
        transfer.cycle_id,
        transfer.rule,
        transfer.note,
    ]
    return hashlib.sha256(json.dumps(body, separators=(",", ":")).encode()).hexdigest()


def till(pool: str) -> str:
    """The account that a pool's sales go to."""
    return f"pool/{pool}/till"


def team_of(account: str) -> str:
    """The team that an account belongs to, or an empty string."""
    parts = account.split("/")
    return parts[1] if parts[0] == "team" else ""


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
    order_id = hold_id.rpartition(".")[0]
    return Hold(id=hold_id, order_id=order_id, team=team, parts=tuple(parts))


def hold_transfers(hold: Hold) -> list[Transfer]:
    """Lock the hold's credits: free to held, grant by grant."""
    return [
        Transfer(
            key=f"hold:{hold.id}:{grant}",
            movement=Movement.HOLD,
            source=f"team/{hold.team}/grant/{grant}/free",
            target=f"team/{hold.team}/grant/{grant}/held",
            amount_ucr=amount,
            order_id=hold.order_id,
        )
        for grant, amount in hold.parts
    ]


def void_transfers(hold: Hold, why: str, cycle_id: str = "") -> list[Transfer]:
    """Give all of a hold back: held to free, grant by grant."""
    return [
        Transfer(
            key=f"void:{hold.id}:{grant}",
            movement=Movement.VOID,
            source=f"team/{hold.team}/grant/{grant}/held",
            target=f"team/{hold.team}/grant/{grant}/free",
            amount_ucr=amount,
            order_id=hold.order_id,
            cycle_id=cycle_id,
            note=why,
        )
        for grant, amount in hold.parts
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What an award owes one pool: micro-credits, the payment rule, and the words for the line."""

    pool: str
    amount_ucr: int
    rule: str
    note: str


def settle_transfers(hold: Hold, cycle_id: str, dues: Sequence[Due]) -> list[Transfer]:
    """Empty a hold: pay each pool what is due, give back the rest. The hold covers it, always."""
    due_ucr = sum(due.amount_ucr for due in dues)
    if not 0 <= due_ucr <= hold.amount_ucr:
        raise ValueError(f"{hold.id}: {due_ucr} ucr due against a hold of {hold.amount_ucr} ucr")
    moves: list[Transfer] = []
    queue = [(due, due.amount_ucr) for due in dues if due.amount_ucr]
    for grant, amount in hold.parts:
        left = amount
        while left and queue:
            due, owed = queue.pop(0)
            paid = min(left, owed)
            moves.append(_pay(hold, grant, due, paid, cycle_id))
            left -= paid
            if owed > paid:
                queue.insert(0, (due, owed - paid))
        if left:
            moves += void_transfers(_part(hold, grant, left), "rest of the hold", cycle_id)
    return moves


def _part(hold: Hold, grant: str, amount_ucr: int) -> Hold:
    return Hold(id=hold.id, order_id=hold.order_id, team=hold.team, parts=((grant, amount_ucr),))


def _pay(hold: Hold, grant: str, due: Due, amount_ucr: int, cycle_id: str) -> Transfer:
    return Transfer(
        key=f"pay:{hold.id}:{grant}:{due.pool}",
        movement=Movement.PAY,
        source=f"team/{hold.team}/grant/{grant}/held",
        target=till(due.pool),
        amount_ucr=amount_ucr,
        order_id=hold.order_id,
        cycle_id=cycle_id,
        rule=due.rule,
        note=due.note,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Credits that go back from a pool to the team that paid them, once per ``key``."""

    key: str
    pool: str
    order_id: str
    cycle_id: str
    amount_ucr: int
    rule: str  # resale, failure
    note: str


def refund_transfers(refund: Refund, paid_ucr: Mapping[str, int]) -> list[Transfer]:
    """Give back ``refund.amount_ucr``, to the grant that paid last first.

    ``paid_ucr``: what each free account's grant has paid this pool for the order, less what was
    refunded already, in the order of spending. Raises ``ValueError`` where more would be given
    back than was paid.
    """
    moves, left = [], refund.amount_ucr
    for account, paid in reversed(list(paid_ucr.items())):
        back = min(left, paid)
        if back > 0:
            moves.append(
                Transfer(
                    key=f"refund:{refund.key}:{account}",
                    movement=Movement.REFUND,
                    source=till(refund.pool),
                    target=account,
                    amount_ucr=back,
                    order_id=refund.order_id,
                    cycle_id=refund.cycle_id,
                    rule=refund.rule,
                    note=refund.note,
                )
            )
            left -= back
    if left:
        raise ValueError(f"{refund.key}: {left} ucr more to refund than was paid")
    return moves


def reservation_of(refund: Transfer) -> str:
    """The reservation that a refund's transfer is for: its failure, or a release of it."""
    _, why, named, *_ = refund.key.split(":")
    return named.rpartition(".")[0] if why == "resale" else named


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
            note=f"grant {grant.id} ended {zulu(grant.end)}",
        )
        for grant in sorted(grants, key=lambda grant: grant.id)
        if free_ucr.get(grant.id, 0) > 0
    ]
