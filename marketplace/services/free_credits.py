"""What teams can still spend while a batch goes on."""

from collections.abc import Iterable
from datetime import datetime

from marketplace.domain.credit_transfer import CreditTransfer
from marketplace.domain.grant import Grant
from marketplace.domain.ledger import Hold, plan_hold
from marketplace.domain.order import Order
from marketplace.domain.spot import SpotRequest
from marketplace.store import grant as grant_store
from marketplace.store import ledger as ledger_store
from marketplace.store.transaction import Tx


class FreeCredits:
    """Free credits as a batch goes on: what one hold locks, the next cannot.

    Grants count that may be spent ``now`` and can still be settled at ``settled_at``.
    """

    def __init__(self, tx: Tx, teams: Iterable[str], now: datetime, settled_at: datetime) -> None:
        self._all: dict[str, list[Grant]] = {
            team: list(grant_store.of_teams(tx, [team]).values()) for team in teams
        }
        self.now, self.settled_at = now, settled_at
        accounts = {grant.id: grant.free for own in self._all.values() for grant in own}
        free = ledger_store.balances_of(tx, accounts.values())
        self.free_ucr = {grant: free.get(account, 0) for grant, account in accounts.items()}

    def most_ucr(self, team: str) -> int:
        """All that a team can spend at once."""
        own = (one for one in self._all[team] if one.spendable(self.now, self.settled_at))
        return sum(self.free_ucr[grant.id] for grant in own)

    def lock(
        self,
        one: Order | SpotRequest | CreditTransfer,
        amount_ucr: int,
        settled_at: datetime | None = None,
    ) -> Hold:
        """A new hold for an order, a spot request, or a transfer to another team.

        Raises ``InsufficientCredits`` where the free credits do not cover it.
        """
        until = settled_at or self.settled_at
        grants = [grant for grant in self._all[one.team] if grant.spendable(self.now, until)]
        hold = plan_hold(one.hold_id, one.payer, one.team, amount_ucr, grants, self.free_ucr)
        for grant, amount in hold.parts:
            self.free_ucr[grant] -= amount
        return hold

    def unlock(self, hold: Hold) -> None:
        """A hold's credits are free again."""
        for grant, amount in hold.parts:
            self.free_ucr[grant] += amount

    def relock(self, hold: Hold) -> None:
        """A hold that was unlocked stays after all."""
        for grant, amount in hold.parts:
            self.free_ucr[grant] -= amount

    def give_back(self, grant: str, amount_ucr: int) -> None:
        """The rest of a hold is free again."""
        self.free_ucr[grant] += amount_ucr
