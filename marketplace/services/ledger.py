"""Grants and their expiry; balances."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from marketplace.domain.command import GiveGrants
from marketplace.domain.cycle import next_closing
from marketplace.domain.event.grant import GrantCreated
from marketplace.domain.journal import Call
from marketplace.domain.ledger import Grant, grant_transfer
from marketplace.domain.transfer import MINT, Movement, Posted, Transfer
from marketplace.errors import BadField, Duplicate
from marketplace.services.market import rules_and_cycle
from marketplace.services.team import check_team
from marketplace.store import event as event_store
from marketplace.store import ledger as ledger_store
from marketplace.store import team as team_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx
from marketplace.words import Credits
from pricing.units import MAX_UCR


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantBalance:
    """What is left of a grant."""

    grant: Grant
    free_ucr: int
    held_ucr: int
    expired_ucr: int = 0

    @property
    def spent_ucr(self) -> int:
        """What was paid from it, less what came back."""
        return self.grant.amount_ucr - self.free_ucr - self.held_ucr - self.expired_ucr

    def at(self, now: datetime) -> "GrantBalance":
        """As it is at ``now``: what an ended grant has free has expired, posted or not yet."""
        if now < self.grant.end:
            return self
        return replace(self, free_ucr=0, expired_ucr=self.expired_ucr + self.free_ucr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """A team's credits: ``free_ucr`` are what an order placed now can hold.

    Others wait for their grant's start, or belong to a grant that ends before the next cycle.
    """

    team: str
    free_ucr: int = 0
    later_ucr: int = 0
    ending_ucr: int = 0
    held_ucr: int = 0


def give(tx: Tx, command: GiveGrants, call: Call) -> tuple[Grant, ...]:
    """Give teams credits: all of the grants or none.

    Raises ``NotFound`` for a team, ``Duplicate`` for an id that was used, ``BadField`` for a
    grant that has ended already.
    """
    grants, known = command.grants, set(ledger_store.grants(tx))
    for one in grants:
        check_team(tx, one.team)
        if one.id in known:
            raise Duplicate("grant", one.id)
        if one.end <= call.at:
            raise BadField("end", one.end, "ended-already")
        known.add(one.id)
    given_ucr = -ledger_store.balances_of(tx, [MINT]).get(MINT, 0)
    total_ucr = given_ucr + sum(one.amount_ucr for one in grants)
    if total_ucr > MAX_UCR:
        amount, most = Credits(total_ucr - given_ucr), {"most": Credits(MAX_UCR)}
        raise BadField("amount", amount, "too-much-in-all", most)
    grants = tuple(replace(one, created_at=call.at) for one in grants)
    ledger_store.add_grants(tx, grants)
    ledger_store.post(tx, [grant_transfer(one) for one in grants], call.at)
    event_store.add(tx, [_created(one, call.at) for one in grants])
    return grants


def recall(tx: Tx, ids: Sequence[str]) -> tuple[Grant, ...]:
    """Those grants as they are."""
    known = ledger_store.grants(tx)
    return tuple(known[id_] for id_ in ids)


def _created(grant: Grant, now: datetime) -> GrantCreated:
    return GrantCreated(
        at=now,
        grant=grant.id,
        team=grant.team,
        amount_ucr=grant.amount_ucr,
        start=grant.start,
        end=grant.end,
        purpose=grant.purpose,
    )


def balances(store: Store, team: str = "") -> list[GrantBalance]:
    """What is left of each grant: of a team or of all, by team and end."""
    with store.read() as tx:
        if team:
            check_team(tx, team)
        grants = ledger_store.grants(tx, [team] if team else None)
        left = ledger_store.balances_of(
            tx, [account for one in grants.values() for account in (one.free, one.held)]
        )
        expired = transfer_store.expired(tx, [one.free for one in grants.values()])
        ordered = sorted(grants.values(), key=lambda one: (one.team, one.end, one.id))
        return [
            GrantBalance(
                grant=one,
                free_ucr=left.get(one.free, 0),
                held_ucr=left.get(one.held, 0),
                expired_ucr=expired.get(one.free, 0),
            )
            for one in ordered
        ]


def purses(store: Store, now: datetime) -> dict[str, Purse]:
    """Every team's credits at ``now``, by team. Raises ``NotFound`` where there is no market."""
    with store.read() as tx:
        rules, cycle = rules_and_cycle(tx)
        found = {team: Purse(team=team) for team in team_store.all_of(tx)}
    settled_at = next_closing(cycle, rules, now)
    for one in balances(store):
        grant, purse = one.grant, found[one.grant.team]
        spendable, later = grant.spendable(now, settled_at), now < grant.start
        found[grant.team] = replace(
            purse,
            free_ucr=purse.free_ucr + one.free_ucr * spendable,
            later_ucr=purse.later_ucr + one.free_ucr * later,
            ending_ucr=purse.ending_ucr + one.free_ucr * (not spendable and not later),
            held_ucr=purse.held_ucr + one.held_ucr,
        )
    return found


def refunds(store: Store, team: str = "") -> list[Transfer]:
    """What came back for failed and for released time, to a team or to all."""
    with store.read() as tx:
        found = transfer_store.posted(tx, team=team, movement=Movement.REFUND)
        return [posted.transfer for posted in found]


def posted(
    store: Store, account: str = "", start: datetime | None = None, end: datetime | None = None
) -> list[Posted]:
    """The transfers in [start, end) to or from an account or any below it (``team/nlp``), or all
    of them, in the order they were posted."""

    def inside(address: str) -> bool:
        return not account or f"{address}/".startswith(f"{account.rstrip('/')}/")

    with store.read() as tx:
        return [
            one
            for one in transfer_store.posted(tx)
            if (inside(one.transfer.source) or inside(one.transfer.target))
            and (start is None or start <= one.at)
            and (end is None or one.at < end)
        ]
