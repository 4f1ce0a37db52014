"""What teams can still spend while a batch goes on."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from marketplace.domain.credit_transfer import CreditTransfer
from marketplace.domain.grant import Grant
from marketplace.domain.ledger import Hold, plan_hold
from marketplace.domain.order import Order
from marketplace.domain.spot import SpotRequest
from marketplace.domain.transfer import MINT
from marketplace.errors import InsufficientCredits
from marketplace.store import credit_line as line_store
from marketplace.store import grant as grant_store
from marketplace.store import ledger as ledger_store
from marketplace.store.transaction import Tx
from pricing.units import MAX_UCR


class FreeCredits:
    """Free credits as a batch goes on: what one hold locks, the next cannot.

    Grants count that may be spent ``now`` and can still be settled at ``settled_at``. What they do
    not cover is drawn of the team's credit line, as far as that reaches.
    """

    def __init__(self, tx: Tx, teams: Iterable[str], now: datetime, settled_at: datetime) -> None:
        self._all: dict[str, list[Grant]] = {
            team: list(grant_store.of_teams(tx, [team]).values()) for team in teams
        }
        self.now, self.settled_at = now, settled_at
        accounts = {grant.id: grant.free for own in self._all.values() for grant in own}
        free = ledger_store.balances_of(tx, accounts.values())
        self.free_ucr = {grant: free.get(account, 0) for grant, account in accounts.items()}
        self._rest_ucr = self._to_draw(tx)

    def _to_draw(self, tx: Tx) -> dict[str, int]:
        """What can be drawn of each line, within what the market can count."""
        known = [one.id for own in self._all.values() for one in own if one.credit_line]
        if not known:
            return {}
        most_ucr = MAX_UCR + ledger_store.balances_of(tx, [MINT]).get(MINT, 0)
        lines = line_store.every(tx)
        return {id_: min(lines[id_].rest_ucr, most_ucr) for id_ in known}

    def most_ucr(self, team: str) -> int:
        """All that a team can spend at once, with what it can draw."""
        own = self._spendable(team, self.settled_at)
        return sum(self._there_ucr(one) for one in own)

    def _spendable(self, team: str, settled_at: datetime) -> list[Grant]:
        return [one for one in self._all[team] if one.spendable(self.now, settled_at)]

    def _there_ucr(self, grant: Grant) -> int:
        return self.free_ucr[grant.id] + self._rest_ucr.get(grant.id, 0)

    def lock(
        self,
        one: Order | SpotRequest | CreditTransfer,
        amount_ucr: int,
        settled_at: datetime | None = None,
    ) -> Hold:
        """A new hold for an order, a spot request, or a transfer to another team, for which nothing
        is drawn.

        Raises ``InsufficientCredits`` where the free credits and the credit line do not cover it.
        """
        until = settled_at or self.settled_at
        draws = not isinstance(one, CreditTransfer)
        grants = [
            each for each in self._spendable(one.team, until) if draws or not each.credit_line
        ]
        there = {grant.id: self._there_ucr(grant) for grant in grants}
        try:
            hold = plan_hold(one.hold_id, one.payer, one.team, amount_ucr, grants, there)
        except InsufficientCredits as lacking:
            line = next((grant.id for grant in grants if grant.credit_line), "")
            rest_ucr = there.get(line, 0)
            free_ucr = lacking.free_ucr - rest_ucr
            raise InsufficientCredits(one.team, amount_ucr, free_ucr, line, rest_ucr) from lacking
        hold = self._drawing(hold)
        for grant, amount in hold.parts:
            self.free_ucr[grant] -= amount
        return hold

    def _drawing(self, hold: Hold) -> Hold:
        """It, with what it draws: that is free from now on, until the hold locks it."""
        line, amount = hold.parts[-1] if hold.parts else ("", 0)
        if line not in self._rest_ucr:
            return hold
        draws_ucr = max(amount - self.free_ucr[line], 0)
        self._rest_ucr[line] -= draws_ucr
        self.free_ucr[line] += draws_ucr
        return replace(hold, draws_ucr=draws_ucr)

    def undo(self, hold: Hold) -> None:
        """A hold was not locked after all, nor what it draws drawn."""
        self.unlock(hold)
        line, draws_ucr = hold.draws
        if draws_ucr:
            self.free_ucr[line] -= draws_ucr
            self._rest_ucr[line] += draws_ucr

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
