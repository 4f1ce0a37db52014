"""Hold orders against the decision policy; take the words of those who decide; lend one's say."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from marketplace.domain.actor import IN_TEAM, Actor, Role
from marketplace.domain.agenda import Due, DueKind
from marketplace.domain.approval import (
    OF,
    Approval,
    ApprovalState,
    Delegation,
    DelegationRequest,
    asked,
    given,
    refused,
    waits_for,
)
from marketplace.domain.approval_command import ApproveOrder, Delegate, EndDelegation, RefuseOrder
from marketplace.domain.event.approval import (
    ApprovalAsked,
    ApprovalEnded,
    ApprovalGiven,
    DelegationEnded,
    DelegationMade,
)
from marketplace.domain.event.order import OrderRefused
from marketplace.domain.journal import Call
from marketplace.domain.order import (
    Order,
    OrderState,
    check_unchanged,
    dearest_place,
    ended,
)
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.policy import Need, Then, needs_of
from marketplace.errors import BadField, Forbidden, NotAllowedNow, NotFound
from marketplace.services import limits, policy
from marketplace.services.team import check_team
from marketplace.store import agenda as agenda_store
from marketplace.store import approval as approval_store
from marketplace.store import event as event_store
from marketplace.store import ledger as ledger_store
from marketplace.store import order as order_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

REFUSED, LAPSED = "approval-refused", "approval-lapsed"
"""Why an order was refused."""


def weighed(tx: Tx, order: Order, at: datetime, held_ucr: int = 0) -> Order:
    """An order as the policy in force lets it in: open, or waiting for somebody's word.
    ``held_ucr``: what it held before it was changed.

    Raises ``BadField`` for what nobody's word would allow, spending limits passed among it.
    """
    adopted = policy.of_now(tx, at)
    if adopted is None:
        return order
    request = order.request
    adopted.policy.check_allowed(request)
    place = dearest_place(request)
    limits.check(tx, request.tags, order.held_ucr, at, field=place, held_ucr=held_ucr)
    waits = adopted.policy.asking(request, order.held_ucr)
    return replace(order, state=OrderState.PENDING_APPROVAL if waits else OrderState.OPEN)


def asked_of(tx: Tx, order: Order, at: datetime) -> tuple[Need, ...]:
    """Whose word such an order waits for, by the policy in force."""
    adopted = policy.of_now(tx, at)
    if adopted is None:
        return ()
    return needs_of(adopted.policy.asking(order.request, order.held_ucr))


def ask(tx: Tx, order: Order, call: Call) -> None:
    """Ask those whom the policy names for their word, where the order waits for it."""
    if order.state is not OrderState.PENDING_APPROVAL:
        return
    adopted = policy.of_now(tx, call.at)
    if adopted is None:
        return
    tiers = adopted.policy.asking(order.request, order.held_ucr)
    about = (order.id, order.version, order.team, order.held_ucr)
    approval = asked(adopted, tiers, about, call.actor.name, call.at)
    approval_store.add(tx, [approval])
    agenda_store.add(tx, [Due(approval.due_at, DueKind.APPROVAL_DUE, order.id)])
    told = ApprovalAsked(
        **_facts(approval, call.at),
        policy=approval.policy,
        tiers=approval.tiers,
        needs=tuple(need.value for need in approval.needs),
        held_ucr=approval.held_ucr,
        due_at=approval.due_at,
    )
    event_store.add(tx, [told])


def withdraw(tx: Tx, orders: Sequence[Order], by: str, at: datetime, reason: str) -> None:
    """Wait for nobody's word on those orders any more: they are as they were before they changed,
    or ended."""
    ids = [one.id for one in orders if one.state is OrderState.PENDING_APPROVAL]
    if ids:
        found = approval_store.waiting(tx, ids)
        _end(tx, [found[id_].ended(ApprovalState.WITHDRAWN, at, by, reason) for id_ in ids])


def approve(tx: Tx, command: ApproveOrder, call: Call) -> Order:
    """Say yes: the order is open once nobody's word is missing any more.

    Raises ``NotFound``, ``Forbidden`` and ``NotAllowedNow``: nobody approves their own.
    """
    order, approval = _waiting(tx, command.order, command.version, call.actor)
    after = given(approval, call.actor, _lent_to(tx, call.actor), call.at)
    if after.state is ApprovalState.APPROVED:
        _end(tx, [after])
        return _opened(tx, order)
    approval_store.put(tx, [after])
    told = ApprovalGiven(
        **_facts(after, call.at),
        need=after.words[-1].need.value,
        by=call.actor.name,
        left=tuple(need.value for need in after.left),
    )
    event_store.add(tx, [told])
    return order


def refuse(tx: Tx, command: RefuseOrder, call: Call) -> Order:
    """Say no: the order ends, and what it held is free again. Raises as ``approve``."""
    order, approval = _waiting(tx, command.order, command.version, call.actor)
    delegations = _lent_to(tx, call.actor)
    after = refused(approval, call.actor, delegations, call.at, command.reason)
    _end(tx, [after])
    return _refused(tx, [order], REFUSED, call.at)[0]


def lapse(tx: Tx, order_ids: Sequence[str], at: datetime) -> None:
    """Nobody decided in time: what the policy says then."""
    waiting = approval_store.waiting(tx, order_ids)
    late = [one for one in waiting.values() if one.due_at <= at]
    orders = order_store.get(tx, [one.order_id for one in late])
    passing = [one for one in late if one.then is Then.GO_ON]
    failing = [one for one in late if one.then is not Then.GO_ON]
    _end(tx, [one.ended(ApprovalState.PASSED, at, "clock", "not-in-time") for one in passing])
    _end(tx, [one.ended(ApprovalState.LAPSED, at, "clock", "not-in-time") for one in failing])
    for one in passing:
        _opened(tx, orders[one.order_id])
    _refused(tx, [orders[one.order_id] for one in failing], LAPSED, at)


def _opened(tx: Tx, order: Order) -> Order:
    after = replace(order, state=OrderState.OPEN)
    order_store.put(tx, [after])
    return after


def _refused(tx: Tx, orders: Sequence[Order], reason: str, at: datetime) -> list[Order]:
    holds = ledger_store.holds_of(tx, orders).values()
    after = [ended(order, OrderState.REFUSED, reason, at) for order in orders]
    ledger_store.void(tx, holds, reason, at)
    order_store.put(tx, after)
    events = [OrderRefused(at=at, order=one.id, team=one.team, reason=reason) for one in after]
    event_store.add(tx, events)
    return after


def _end(tx: Tx, approvals: Sequence[Approval]) -> None:
    approval_store.put(tx, approvals)
    events = [
        ApprovalEnded(
            **_facts(one, one.ended_at or one.asked_at),
            state=one.state.value,
            by=one.ended_by,
            reason=one.reason,
        )
        for one in approvals
    ]
    event_store.add(tx, events)


def _facts(one: Approval, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "order": one.order_id,
        "order_version": one.order_version,
        "team": one.team,
    }


def _waiting(tx: Tx, id_: str, version: int, actor: Actor) -> tuple[Order, Approval]:
    """An order, and whom it waits for, for somebody who may know of it."""
    order = order_store.get(tx, [id_]).get(id_)
    if order is None or not _may_know(tx, order.team, actor):
        raise NotFound("order", id_)
    check_unchanged(order, version)
    approval = approval_store.waiting(tx, [id_]).get(id_)
    if approval is None:
        raise NotAllowedNow("order", id_, order.state.value, "not-waiting")
    return order, approval


def _may_know(tx: Tx, team: str, actor: Actor) -> bool:
    if Role.FINANCE in actor.roles or actor.in_team(team, IN_TEAM):
        return True
    lent = _lent_to(tx, actor)
    return any(one.request.role is Need.FINANCE or one.request.team == team for one in lent)


def _lent_to(tx: Tx, actor: Actor) -> list[Delegation]:
    kind, _, person = actor.name.partition(":")
    return approval_store.lent_to(tx, person) if kind == "person" else []


def delegate(tx: Tx, command: Delegate, call: Call) -> Delegation:
    """Lend one's say. Raises ``Forbidden`` where one has none, ``BadField`` for oneself or a time
    that is past, ``NotFound`` for a team."""
    request, actor = command.request, call.actor
    if request.team:
        check_team(tx, request.team)
    has = any(
        one.role in (OF[request.role], Role.OPERATOR) and one.team in ("", request.team)
        for one in actor.standings
    )
    if not has:
        raise Forbidden(actor.name, f"lend the say of {request.role.value}", (request.role.value,))
    if f"person:{request.to}" == actor.name:
        raise BadField("to", request.to, "to-oneself")
    if request.end <= call.at:
        raise BadField("end", request.end, "in-the-past")
    made = Delegation(
        id=approval_store.next_lent(tx), person=actor.name, request=request, made_at=call.at
    )
    approval_store.lend(tx, made)
    told = DelegationMade(**_whose(made, call.at), start=request.start, end=request.end)
    event_store.add(tx, [told])
    return made


def end_delegation(tx: Tx, command: EndDelegation, call: Call) -> Delegation:
    """Take it back. Raises ``NotFound`` for another's, ``NotAllowedNow`` where it is over."""
    found = approval_store.lent(tx, command.delegation)
    mine = found is not None and (
        found.person == call.actor.name or bool({Role.ADMIN, Role.OPERATOR} & call.actor.roles)
    )
    if found is None or not mine:
        raise NotFound("delegation", command.delegation)
    if found.ended_at is not None or found.request.end <= call.at:
        raise NotAllowedNow("delegation", found.id, "ended", "ended")
    after = replace(found, ended_at=call.at)
    approval_store.put_lent(tx, after)
    event_store.add(tx, [DelegationEnded(**_whose(after, call.at))])
    return after


def _whose(one: Delegation, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "delegation": one.id,
        "person": one.person,
        "to": one.request.to,
        "role": one.request.role.value,
    }


def recall_delegation(tx: Tx, ids: Sequence[str]) -> Delegation:
    """A delegation as it is."""
    found = approval_store.lent(tx, ids[0])
    if found is None:
        raise NotFound("delegation", ids[0])
    return found


def listed(
    store: Store,
    *,
    team: str = "",
    state: ApprovalState | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[Approval]:
    """What orders of a team, or of all, wait for or waited for: by state, then by when it is
    due."""
    with store.read() as tx:
        if team:
            check_team(tx, team)
        return approval_store.listed(tx, team=team, state=state, after=after, limit=limit)


def orders_of(store: Store, approvals: Iterable[Approval]) -> dict[str, Order]:
    """The orders that those are about, by id: whoever decides sees what on."""
    with store.read() as tx:
        return order_store.get(tx, {one.order_id for one in approvals})


def of_order(store: Store, order_id: str) -> list[Approval]:
    """All that an order waited for, by version: for whoever may see the order."""
    with store.read() as tx:
        return approval_store.of_order(tx, order_id)


def waiting_for(
    store: Store, actor: Actor, approvals: Iterable[Approval], at: datetime
) -> set[str]:
    """The orders among those that wait for somebody's word."""
    with store.read() as tx:
        lent = _lent_to(tx, actor)
    return {one.order_id for one in approvals if waits_for(one, actor, lent, at)}


def lent_says(store: Store, actor: Actor, at: datetime) -> list[DelegationRequest]:
    """The says of others that somebody has now."""
    with store.read() as tx:
        return [one.request for one in _lent_to(tx, actor) if one.good(at)]


def delegations(
    store: Store, person: str, *, after: Cursor | None = None, limit: int = LIMIT
) -> Page[Delegation]:
    """What somebody has lent, by its id; ``person``: the actor's name."""
    with store.read() as tx:
        return approval_store.delegations(tx, person, after=after, limit=limit)
