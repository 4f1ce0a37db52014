"""Credits that go back for time that was paid, and where they go: where they can be spent."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

from marketplace.domain.grant import Grant, spending_order
from marketplace.domain.ledger import part_of
from marketplace.domain.transfer import (
    MINT,
    Movement,
    Payer,
    SoldTime,
    Tags,
    Transfer,
    free_of,
    grant_of,
    till,
)

LASTS: Final = timedelta(days=14)
"""So long at least a refund can be spent that finds its own grant at its end."""


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


@dataclass(slots=True, kw_only=True)
class Paid:
    """What was paid for a time-box: by whose free account, less what came back, in the order of
    spending. Mutable: it becomes less as refunds are planned."""

    accounts: dict[str, int]
    tags: Tags

    def take(self, amount_ucr: int) -> list[tuple[str, int]]:
        """Take so much off, of what was paid last first: which account had paid how much of it.

        Raises ``ValueError`` where less was paid.
        """
        if amount_ucr > sum(self.accounts.values()):
            raise ValueError(f"{amount_ucr} ucr are more to refund than was paid")
        taken = []
        for account, left in reversed(list(self.accounts.items())):
            part = min(amount_ucr, left)
            if part > 0:
                self.accounts[account] -= part
                amount_ucr -= part
                taken.append((account, part))
        return taken


def paid_for(posted: Iterable[Transfer]) -> dict[str, Paid]:
    """What was paid for each reservation, by its id, from the transfers that name its order.

    Refunds are taken off what was paid last, wherever they went.
    """
    paid: dict[str, Paid] = {}
    for one in posted:
        if one.movement is Movement.PAY:
            known = paid.setdefault(one.reservation_id, Paid(accounts={}, tags=one.payer.tags))
            account = free_of(one.team, grant_of(one.source))
            known.accounts[account] = known.accounts.get(account, 0) + one.amount_ucr
        elif one.movement is Movement.REFUND:
            paid[one.reservation_id].take(one.amount_ucr)
    return paid


@dataclass(slots=True, kw_only=True)
class Haven:
    """Where a team's refunds go at a moment; mutable: a grant is made for those that find none.

    A refund goes to the grant that paid while that can still be settled with at ``settled_at``;
    else, as where a credit line paid, to the team's grant that ends first of those that last for
    fourteen days; else to a grant of its own, which lasts so long and to the end of its day.
    """

    team: str
    now: datetime
    settled_at: datetime
    grants: dict[str, Grant]  # the team's, by id
    name: str  # of a grant that is made
    received_ucr: dict[str, int] = field(default_factory=dict)  # by grant: what others had paid

    def place(self, account: str, amount_ucr: int) -> str:
        """The account that a refund goes to of what ``account`` had paid."""
        paying = self.grants[grant_of(account)]
        if not paying.credit_line and paying.spendable(self.now, self.settled_at):
            return account
        found = self._lasting()
        self.received_ucr[found] = self.received_ucr.get(found, 0) + amount_ucr
        return free_of(self.team, found)

    def gift(self, account: str, amount_ucr: int) -> str:
        """The account that credits go to which come beyond what ``account`` had paid."""
        paying = self.grants[grant_of(account)]
        if paying.credit_line or not paying.spendable(self.now, self.settled_at):
            return self.place(account, amount_ucr)
        self.received_ucr[paying.id] = self.received_ucr.get(paying.id, 0) + amount_ucr
        return account

    def _lasting(self) -> str:
        lasting = (
            one
            for one in self.grants.values()
            if one.spendable(self.now, self.settled_at)
            and one.end >= self.now + LASTS
            and not one.credit_line
        )
        return next((one.id for one in spending_order(lasting)), self.name)

    def changed(self) -> tuple[list[Grant], Grant | None]:
        """The grants that received something, as they are after it; and the one that was made."""
        old = [
            replace(self.grants[id_], received_ucr=self.grants[id_].received_ucr + amount)
            for id_, amount in sorted(self.received_ucr.items())
            if id_ != self.name
        ]
        if self.name not in self.received_ucr:
            return old, None
        last = (self.now + LASTS).astimezone(UTC).date() + timedelta(days=1)
        new = Grant(
            id=self.name,
            team=self.team,
            amount_ucr=0,
            start=self.now,
            end=datetime.combine(last, time(), UTC),
            purpose="refunds",
            created_at=self.now,
            received_ucr=self.received_ucr[self.name],
        )
        return old, new


@dataclass(slots=True, kw_only=True)
class Tills:
    """What pools' tills have, by account. Mutable: it becomes less as payments out are planned.

    Buy-outs may have taken out what was paid for time that fails later, so what a till lacks comes
    from the mint."""

    balances_ucr: dict[str, int]

    def pay(self, pool: str, amount_ucr: int) -> Iterator[tuple[str, int]]:
        """Out of which account how much of an amount is paid: the pool's till, and the mint."""
        there = min(self.balances_ucr.get(till(pool), 0), amount_ucr)
        self.balances_ucr[till(pool)] = self.balances_ucr.get(till(pool), 0) - there
        for account, part_ucr in ((till(pool), there), (MINT, amount_ucr - there)):
            if part_ucr:
                yield account, part_ucr


def refund_transfers(refund: Refund, paid: Paid, haven: Haven, tills: Tills) -> list[Transfer]:
    """Give back ``refund.amount_ucr``, of what was paid last first, to where it can be spent.

    Raises ``ValueError`` where more would be given back than was paid.
    """
    moves, before = [], 0
    payer = Payer(order_id=refund.order_id, tags=paid.tags)
    for account, back in paid.take(refund.amount_ucr):
        target = haven.place(account, back)
        for source, part_ucr in tills.pay(refund.sold.pool, back):
            part = (before, before + part_ucr)
            moves.append(
                Transfer(
                    key=f"refund:{refund.key}:{account}{':mint' if source == MINT else ''}",
                    movement=Movement.REFUND,
                    source=source,
                    target=target,
                    amount_ucr=part_ucr,
                    payer=payer,
                    reservation_id=refund.reservation_id,
                    cycle_id=refund.cycle_id,
                    rule=refund.rule,
                    reason=refund.reason,
                    sold=refund.sold,
                    whole_ucr=refund.amount_ucr,
                    unit_seconds=part_of(refund.sold, part, refund.amount_ucr),
                )
            )
            before += part_ucr
    return moves
