"""Grants shrink to their line, and end: what is unspent expires, or goes on in a next grant."""

from collections.abc import Sequence
from datetime import datetime

from marketplace.domain.agenda import Due, DueKind
from marketplace.domain.event.credit_line import CreditLineEnded
from marketplace.domain.event.grant import (
    GrantCarriedOver,
    GrantCreated,
    GrantExpired,
    GrantShrinking,
    GrantShrunk,
)
from marketplace.domain.grant import Grant
from marketplace.domain.grant_end import (
    Carried,
    above_line_ucr,
    carried,
    next_checkpoint,
    shrink_transfer,
)
from marketplace.domain.ledger import expiry_transfers
from marketplace.services.hold import move_off
from marketplace.store import agenda as agenda_store
from marketplace.store import credit_line as line_store
from marketplace.store import event as event_store
from marketplace.store import grant as grant_store
from marketplace.store import ledger as ledger_store
from marketplace.store import transfer as transfer_store
from marketplace.store.transaction import Tx


def free_of(tx: Tx, grants: Sequence[Grant]) -> dict[str, int]:
    """What is free of grants, by id."""
    left = ledger_store.balances_of(tx, [one.free for one in grants])
    return {one.id: left.get(one.free, 0) for one in grants}


def _unspent(tx: Tx, grants: Sequence[Grant]) -> dict[str, tuple[int, int]]:
    """What is free of grants, and what is unspent, held too."""
    held = ledger_store.balances_of(tx, [one.held for one in grants])
    free = free_of(tx, grants)
    return {one.id: (free[one.id], free[one.id] + held.get(one.held, 0)) for one in grants}


def tell_shrinking(tx: Tx, ids: Sequence[str], at: datetime) -> None:
    """Tell what will expire at a linear grant's next checkpoint, where no more is spent."""
    grants = list(grant_store.by_id(tx, ids).values())
    unspent, told = _unspent(tx, grants), []
    for one in grants:
        free_ucr, left_ucr = unspent[one.id]
        checkpoint = next_checkpoint(one, at)
        if checkpoint is None or not one.valid_at(at):
            continue
        over_ucr = min(above_line_ucr(one, left_ucr, checkpoint), free_ucr)
        if over_ucr:
            told.append(
                GrantShrinking(
                    at=at,
                    grant=one.id,
                    team=one.team,
                    left_ucr=free_ucr,
                    over_ucr=over_ucr,
                    checkpoint=checkpoint,
                )
            )
    event_store.add(tx, told)


def shrink(tx: Tx, ids: Sequence[str], at: datetime) -> None:
    """Take from linear grants what lies above their line; what is held waits for the next
    checkpoint, or the end."""
    grants = [one for one in grant_store.by_id(tx, ids).values() if one.valid_at(at)]
    unspent = _unspent(tx, grants)
    over = {
        one.id: min(above_line_ucr(one, unspent[one.id][1], at), unspent[one.id][0])
        for one in grants
    }
    gone = [one for one in grants if over[one.id]]
    before = transfer_store.expiries(tx, [one.free for one in gone])
    moves = [shrink_transfer(one, over[one.id], before.get(one.free, 0)) for one in gone]
    ledger_store.post(tx, moves, at)
    told = [
        GrantShrunk(
            at=at,
            grant=one.id,
            team=one.team,
            amount_ucr=over[one.id],
            left_ucr=unspent[one.id][0] - over[one.id],
        )
        for one in gone
    ]
    event_store.add(tx, told)


def end(tx: Tx, ids: Sequence[str], at: datetime) -> None:
    """Carry over what goes on, move holds off ended grants, end what only they could pay, then take
    their free credits out of circulation; held ones wait for their hold."""
    _carry(tx, ids, at)
    move_off(tx, grant_store.by_id(tx, ids).values(), at)
    _carry(tx, ids, at)  # what came back
    grants = grant_store.by_id(tx, ids)
    free = free_of(tx, list(grants.values()))
    over = [grants[id_] for id_ in ids if free.get(id_, 0)]
    before = transfer_store.expiries(tx, [one.free for one in over])
    times = {one.id: before.get(one.free, 0) for one in over}
    ledger_store.post(tx, expiry_transfers(over, free, times), at)
    agenda_store.done(tx, [Due(at, DueKind.GRANT_ENDS, id_) for id_ in ids])
    lines = line_store.every(tx)
    events = [
        CreditLineEnded.of(lines[one.id], at)
        if one.credit_line
        else GrantExpired(at=at, grant=one.id, team=one.team, amount_ucr=free[one.id])
        for one in (grants[id_] for id_ in ids)
        if free[one.id] or one.end == at
    ]
    event_store.add(tx, events)


def _carry(tx: Tx, ids: Sequence[str], at: datetime) -> None:
    own = list(grant_store.by_id(tx, ids).values())
    if not any(one.expiry.carry_ucr for one in own):
        return
    free, known = free_of(tx, own), grant_store.of_teams(tx)
    found = list[Carried]()
    for one in own:
        more = carried(one, free[one.id], known, at)
        if more is not None:
            known[more.onward.id] = more.onward
            found.append(more)
    grant_store.add(tx, [one.onward for one in found if one.made])
    grant_store.put(tx, [one.onward for one in found if not one.made])
    grant_store.put(tx, [one.grant for one in found])
    ledger_store.post(tx, [one.transfer() for one in found], at)
    event_store.add(tx, [event for one in found for event in _told(one, at)])


def _told(one: Carried, at: datetime) -> list[GrantCreated | GrantCarriedOver]:
    onward = one.onward
    made = [GrantCreated.of(onward, one.amount_ucr, at)] if one.made else []
    said = GrantCarriedOver(
        at=at,
        grant=one.grant.id,
        team=onward.team,
        amount_ucr=one.amount_ucr,
        next=onward.id,
        end=onward.end,
    )
    return [*made, said]
