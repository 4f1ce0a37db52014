"""Propose transfers of credits between teams, accept, refuse, withdraw them; let them lapse."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from marketplace.domain.actor import IN_TEAM, Actor, Role
from marketplace.domain.credit_transfer import (
    NOT_ANSWERED,
    CreditTransfer,
    CreditTransferState,
    number_of,
    passed_on,
    passing_transfers,
)
from marketplace.domain.credit_transfer_command import (
    AcceptTransfer,
    ProposeTransfer,
    RefuseTransfer,
    WithdrawTransfer,
)
from marketplace.domain.event.credit_transfer import (
    TransferClosed,
    TransferEnded,
    TransferOffered,
    TransferProposed,
)
from marketplace.domain.event.grant import GrantCreated
from marketplace.domain.grant import check_reason
from marketplace.domain.journal import Call
from marketplace.domain.ledger import Hold, HoldState, hold_transfers
from marketplace.domain.page import LIMIT, LIMIT_MAX, Cursor, Page
from marketplace.errors import Forbidden, NotFound
from marketplace.services.free_credits import FreeCredits
from marketplace.services.team import LEADS, check_team
from marketplace.store import credit_transfer as store_of
from marketplace.store import event as event_store
from marketplace.store import grant as grant_store
from marketplace.store import ledger as ledger_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

State = CreditTransferState


def propose(tx: Tx, command: ProposeTransfer, call: Call) -> CreditTransfer:
    """Set credits aside for another team: those that end first. What a team proposed last, and
    waits for its answer, is not proposed again in the same words, unless a key tells it from that.

    Raises ``NotFound`` for a team, ``Forbidden``, ``InsufficientCredits`` where not so many are
    free.
    """
    asked, now = command.request, call.at
    check_team(tx, asked.team)
    _check_gives(asked.team, call.actor)
    check_team(tx, asked.receiver)
    newest = None if call.key else store_of.newest_from(tx, asked.team)
    if newest is not None and newest.open and newest.request == asked:
        return newest
    one = CreditTransfer.of(asked, store_of.next_number(tx), call.actor.name, now)
    hold = FreeCredits(tx, [one.team], now, now).lock(one, asked.amount_ucr)
    store_of.add(tx, one)
    ledger_store.add_holds(tx, [hold])
    ledger_store.post(tx, hold_transfers(hold), now)
    said: dict[str, Any] = {
        "at": now,
        "transfer": one.id,
        "amount_ucr": asked.amount_ucr,
        "reason": asked.reason,
        "lapses_at": one.lapses_at,
    }
    event_store.add(
        tx,
        [
            TransferProposed(team=one.team, other=one.receiver, **said),
            TransferOffered(team=one.receiver, other=one.team, **said),
        ],
    )
    return one


def accept(tx: Tx, command: AcceptTransfer, call: Call) -> CreditTransfer:
    """Take what another team gives: a grant for each end that its credits have. One that was
    accepted stays so. Raises ``NotFound``, ``Forbidden``, and ``NotAllowedNow`` where it ended."""
    one, now = _there(tx, command.transfer, call.actor), call.at
    _check_receives(one, call.actor)
    if one.state is State.ACCEPTED:
        return one
    after = one.ended(State.ACCEPTED, now)
    [hold] = ledger_store.pending_holds(tx, [one])
    known = grant_store.of_teams(tx)
    before, made = passed_on(one, hold, known, now, set(known))
    ledger_store.end_holds(tx, [replace(hold, state=HoldState.POSTED)])
    grant_store.put(tx, before)
    grant_store.add(tx, made)
    ledger_store.post(tx, passing_transfers(one, hold, made), now)
    after = replace(after, grants=tuple(grant.id for grant in made))
    store_of.put(tx, [after])
    event_store.add(tx, [GrantCreated.of(grant, grant.amount_ucr, now) for grant in made])
    _tell_ended(tx, after, now)
    return after


def refuse(tx: Tx, command: RefuseTransfer, call: Call) -> CreditTransfer:
    """Do without what another team would give; it has its credits back. Raises as ``accept``, and
    ``BadField`` without a reason."""
    check_reason(command.reason)
    one = _there(tx, command.transfer, call.actor)
    _check_receives(one, call.actor)
    if one.state is State.REFUSED:
        return one
    after = one.ended(State.REFUSED, call.at, answer=command.reason)
    return _given_back(tx, one, after, call.at)


def withdraw(tx: Tx, command: WithdrawTransfer, call: Call) -> CreditTransfer:
    """Take back what was not answered. Raises as ``accept``."""
    one = _there(tx, command.transfer, call.actor)
    _check_gives(one.team, call.actor)
    if one.state is State.WITHDRAWN:
        return one
    return _given_back(tx, one, one.ended(State.WITHDRAWN, call.at), call.at)


def lapse(tx: Tx, ids: Sequence[str], at: datetime) -> None:
    """End what nobody answered in time."""
    found = store_of.get(tx, [number_of(id_) for id_ in ids])
    for one in found.values():
        if one.open:
            _given_back(tx, one, one.ended(State.LAPSED, at, code=NOT_ANSWERED), at)


def _given_back(
    tx: Tx, before: CreditTransfer, after: CreditTransfer, at: datetime
) -> CreditTransfer:
    [hold] = ledger_store.pending_holds(tx, [before])
    give_back(tx, after, hold, at)
    return after


def give_back(tx: Tx, ended: CreditTransfer, hold: Hold, at: datetime) -> None:
    """Write that a transfer ended without being accepted: its giver has the credits back."""
    ledger_store.void(tx, [hold], ended.code, at)
    store_of.put(tx, [ended])
    _tell_ended(tx, ended, at)


def _tell_ended(tx: Tx, one: CreditTransfer, at: datetime) -> None:
    said: dict[str, Any] = {
        "at": at,
        "transfer": one.id,
        "amount_ucr": one.request.amount_ucr,
        "state": one.state.value,
        "reason": one.code,
    }
    ended = TransferEnded(team=one.team, other=one.receiver, answer=one.answer, **said)
    closed = TransferClosed(team=one.receiver, other=one.team, grants=one.grants, **said)
    event_store.add(tx, [ended, closed])


def _there(tx: Tx, id_: str, actor: Actor) -> CreditTransfer:
    """A transfer that the actor may see. Raises ``NotFound``."""
    number = number_of(id_)
    found = store_of.get(tx, [number]).get(number)
    if found is None or not _sees(found, actor):
        raise NotFound("transfer", id_)
    return found


def _sees(one: CreditTransfer, actor: Actor) -> bool:
    its = (one.team, one.receiver)
    return Role.FINANCE in actor.roles or any(actor.in_team(team, IN_TEAM) for team in its)


def _check_gives(team: str, actor: Actor) -> None:
    if Role.FINANCE not in actor.roles and not actor.in_team(team, LEADS):
        raise Forbidden(actor.name, f"give credits of {team}", ("lead", "finance"))


def _check_receives(one: CreditTransfer, actor: Actor) -> None:
    if not actor.in_team(one.receiver, LEADS):
        raise Forbidden(actor.name, f"answer for {one.receiver}", ("lead",))


def recall(tx: Tx, ids: Sequence[str]) -> tuple[CreditTransfer, ...]:
    """Those transfers as they are."""
    numbers = [number_of(id_) for id_ in ids]
    known = store_of.get(tx, numbers)
    return tuple(known[number] for number in numbers)


def get(store: Store, id_: str, by: Actor) -> CreditTransfer:
    """One transfer, for its two teams and finance. Raises ``NotFound``."""
    with store.read() as tx:
        return _there(tx, id_, by)


def listed(
    store: Store,
    team: str = "",
    state: State | None = None,
    *,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[CreditTransfer]:
    """Transfers, the newest first: those that a team gives or is given, or all; in one state, or in
    any. Raises ``NotFound``."""
    with store.read() as tx:
        if team:
            check_team(tx, team)
        return store_of.listed(tx, team, state, after=after, limit=limit)


def waiting(store: Store, team: str, now: datetime) -> list[CreditTransfer]:
    """What waits for an answer of those that a team gives or is given, or of all, the newest first;
    what nobody answered by ``now`` does not, also where no clock has let it lapse yet. Raises
    ``NotFound``."""
    with store.read() as tx:
        if team:
            check_team(tx, team)
        found = store_of.waiting(tx, team, LIMIT_MAX)
    return [one for one in found if now < one.lapses_at]
