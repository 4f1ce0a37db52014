"""Give grants."""

from collections.abc import Sequence
from datetime import datetime

from marketplace.domain.command import GiveGrants
from marketplace.domain.event.grant import GrantCreated
from marketplace.domain.grant import Grant, grant_transfer
from marketplace.domain.journal import Call
from marketplace.domain.transfer import MINT
from marketplace.errors import BadField, Duplicate
from marketplace.services.team import check_team
from marketplace.store import event as event_store
from marketplace.store import grant as grant_store
from marketplace.store import ledger as ledger_store
from marketplace.store.transaction import Tx
from marketplace.words import Credits
from pricing.units import MAX_UCR


def give(tx: Tx, command: GiveGrants, call: Call) -> tuple[Grant, ...]:
    """Give teams credits: all of the grants or none.

    Raises ``NotFound`` for a team, ``Duplicate`` for an id that was used, ``BadField`` for a
    grant that has ended already.
    """
    grants, known = list[Grant](), set(grant_store.of_teams(tx))
    for request in command.requests:
        check_team(tx, request.team)
        one = request.given(call.at, known)
        if one.id in known:
            raise Duplicate("grant", one.id)
        if one.end <= call.at:
            raise BadField("end", one.end, "ended-already")
        known.add(one.id)
        grants.append(one)
    given_ucr = -ledger_store.balances_of(tx, [MINT]).get(MINT, 0)
    total_ucr = given_ucr + sum(one.amount_ucr for one in grants)
    if total_ucr > MAX_UCR:
        amount, most = Credits(total_ucr - given_ucr), {"most": Credits(MAX_UCR)}
        raise BadField("credits", amount, "too-much-in-all", most)
    grant_store.add(tx, grants)
    ledger_store.post(tx, [grant_transfer(one) for one in grants], call.at)
    event_store.add(tx, [created(one, one.amount_ucr, call.at) for one in grants])
    return tuple(grants)


def recall(tx: Tx, ids: Sequence[str]) -> tuple[Grant, ...]:
    """Those grants as they are."""
    known = grant_store.of_teams(tx)
    return tuple(known[id_] for id_ in ids)


def created(grant: Grant, amount_ucr: int, now: datetime) -> GrantCreated:
    """That there is a grant, and with how much."""
    return GrantCreated(
        at=now,
        grant=grant.id,
        team=grant.team,
        amount_ucr=amount_ucr,
        start=grant.start,
        end=grant.end,
        purpose=grant.purpose,
    )
