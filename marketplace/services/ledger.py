"""Grants and their expiry; balances."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.domain.event import Event
from marketplace.domain.ledger import MINT, Grant, expiry_transfers, grant_transfer
from marketplace.errors import BadField, Duplicate, NotFound
from marketplace.store import event as event_store
from marketplace.store import ledger as ledger_store
from marketplace.store import team as team_store
from marketplace.store.engine import Store, Tx
from pricing.units import MAX_UCR, credits_from_ucr


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantBalance:
    """What is left of a grant."""

    grant: Grant
    free_ucr: int
    held_ucr: int


def grant(store: Store, grants: Sequence[Grant], now: datetime) -> list[Grant]:
    """Give teams credits: all of the grants or none.

    Raises ``NotFound`` for a team, ``Duplicate`` for an id that was used, ``BadField`` for a
    grant that has ended already.
    """
    with store.begin() as tx:
        teams, known = team_store.all_of(tx), set(ledger_store.grants(tx))
        for one in grants:
            if one.team not in teams:
                raise NotFound("team", one.team, tuple(teams)[:8])
            if one.id in known:
                raise Duplicate("grant", one.id)
            if one.end <= now:
                raise BadField("end", one.end.isoformat(), "the grant would have ended already")
            known.add(one.id)
        given_ucr = -ledger_store.balances_of(tx, [MINT]).get(MINT, 0)
        total_ucr = given_ucr + sum(one.amount_ucr for one in grants)
        if total_ucr > MAX_UCR:
            because = f"all grants together stay below {credits_from_ucr(MAX_UCR)} credits"
            raise BadField("amount", credits_from_ucr(total_ucr - given_ucr), because)
        ledger_store.add_grants(tx, grants)
        ledger_store.post(tx, [grant_transfer(one) for one in grants], now)
        event_store.add(
            tx,
            [
                Event(
                    kind="grant.created",
                    subject=one.id,
                    at=now,
                    team=one.team,
                    data={"amount_ucr": one.amount_ucr, "end": one.end.isoformat()},
                )
                for one in grants
            ],
        )
        return list(grants)


def expire(store: Store, now: datetime) -> int:
    """Take the free credits of ended grants out of circulation; how many micro-credits."""
    with store.begin() as tx:
        over = [one for one in ledger_store.grants(tx).values() if one.end <= now]
        balances = ledger_store.balances_of(tx, [one.free for one in over])
        due = [one for one in over if balances.get(one.free, 0) > 0]
        before = ledger_store.expiries(tx, [one.free for one in due])
        transfers = expiry_transfers(
            due,
            {one.id: balances[one.free] for one in due},
            {one.id: before.get(one.free, 0) for one in due},
        )
        ledger_store.post(tx, transfers, now)
        event_store.add(
            tx,
            [
                Event(
                    kind="grant.expired",
                    subject=one.id,
                    at=now,
                    team=one.team,
                    data={"amount_ucr": balances[one.free]},
                )
                for one in due
            ],
        )
        return sum(transfer.amount_ucr for transfer in transfers)


def balances(store: Store, team: str = "") -> list[GrantBalance]:
    """What is left of each grant: of a team or of all, by team and end."""
    with store.read() as tx:
        if team:
            check_team(tx, team)
        grants = ledger_store.grants(tx, [team] if team else None)
        left = ledger_store.balances_of(
            tx, [account for one in grants.values() for account in (one.free, one.held)]
        )
        ordered = sorted(grants.values(), key=lambda one: (one.team, one.end, one.id))
        return [
            GrantBalance(grant=one, free_ucr=left.get(one.free, 0), held_ucr=left.get(one.held, 0))
            for one in ordered
        ]


def check_team(tx: Tx, team: str) -> None:
    """Raises ``NotFound`` where there is no such team."""
    teams = team_store.all_of(tx)
    if team not in teams:
        raise NotFound("team", team, tuple(teams)[:8])
