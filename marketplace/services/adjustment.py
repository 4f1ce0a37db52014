"""Adjustments of teams' credits: proposed by one person, posted, refused by another."""

from collections.abc import Iterable, Sequence

from marketplace.domain.adjustment import (
    Adjustment,
    AdjustmentLine,
    AdjustmentRequest,
    AdjustmentState,
    Corrected,
    adjustment_transfers,
    end_of,
    less,
    number_of,
    stem_of,
    taken,
)
from marketplace.domain.adjustment_command import (
    ApproveAdjustment,
    ProposeAdjustment,
    RefuseAdjustment,
    WithdrawAdjustment,
)
from marketplace.domain.event.adjustment import (
    AdjustmentEnded,
    AdjustmentPosted,
    AdjustmentProposed,
)
from marketplace.domain.event.grant import GrantCreated
from marketplace.domain.grant import Grant, made_id
from marketplace.domain.journal import Call
from marketplace.domain.month import month_named
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.transfer import Payer
from marketplace.errors import BadField, NotFound
from marketplace.services.grant import check_countable
from marketplace.services.team import check_team
from marketplace.store import adjustment as adjustment_store
from marketplace.store import event as event_store
from marketplace.store import grant as grant_store
from marketplace.store import ledger as ledger_store
from marketplace.store import order as order_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


def propose(tx: Tx, command: ProposeAdjustment, call: Call) -> Adjustment:
    """Keep what somebody would have put right, for another person to decide.

    Raises ``NotFound`` for a team, a transfer or an order; ``BadField`` for what is another team's,
    for a month to come, and for an end that has come.
    """
    request = command.request
    if request.end is not None and request.end <= call.at:
        raise BadField("end", request.end, "in-the-past")
    for team in sorted({line.team for line in request.lines}):
        check_team(tx, team)
    _payers(tx, request)
    for line in request.lines:
        _check_month(line, call)
    one = Adjustment(
        number=adjustment_store.next_number(tx),
        request=request,
        proposed_at=call.at,
        proposed_by=call.actor.name,
    )
    adjustment_store.add(tx, one)
    given_ucr, taken_ucr = _sums(request.lines)
    told = AdjustmentProposed(
        at=call.at,
        adjustment=one.id,
        by=one.proposed_by,
        lines=len(request.lines),
        given_ucr=given_ucr,
        taken_ucr=taken_ucr,
        reason=request.reason,
    )
    event_store.add(tx, [told])
    return one


def _check_month(line: AdjustmentLine, call: Call) -> None:
    kind, id_ = line.corrected() if line.corrects else (None, "")
    if kind is Corrected.MONTH and month_named(id_) > call.at:
        raise BadField("month", id_, "month-to-come")


def _sums(lines: Sequence[AdjustmentLine]) -> tuple[int, int]:
    """How much lines give, and how much they take."""
    amounts = [line.amount_ucr for line in lines]
    return sum(one for one in amounts if one > 0), -sum(one for one in amounts if one < 0)


def _payers(tx: Tx, request: AdjustmentRequest) -> dict[str, Payer]:
    """Whose payment each thing was that is corrected: its order or spot request, with what that was
    for. Raises ``NotFound``, also for what is another team's."""
    found = dict[str, Payer]()
    asked = {(line.corrects, line.team): line for line in request.lines if line.corrects}
    wanted = {key: line.corrected() for key, line in asked.items()}
    numbers = {int(id_) for kind, id_ in wanted.values() if kind is Corrected.TRANSFER}
    posted = transfer_store.by_number(tx, numbers)
    orders = order_store.get(tx, {id_ for kind, id_ in wanted.values() if kind is Corrected.ORDER})
    for (corrects, team), (kind, id_) in wanted.items():
        if kind is Corrected.TRANSFER:
            one = posted.get(int(id_))
            if one is None or one.transfer.team != team:
                raise NotFound("transfer", id_)
            found[corrects] = one.transfer.payer
        elif kind is Corrected.ORDER:
            order = orders.get(id_)
            if order is None or order.team != team:
                raise NotFound("order", id_)
            found[corrects] = order.payer
    return found


def approve(tx: Tx, command: ApproveAdjustment, call: Call) -> Adjustment:
    """Post what another person proposed: all lines or none, dated now.

    Raises ``NotFound``, and ``NotAllowedNow`` where it has ended, where the actor proposed it,
    where less is free than it takes, or where the end it names has come.
    """
    before = _there(tx, command.adjustment)
    after = before.ended(AdjustmentState.POSTED, call.actor.name, call.at, command.reason)
    lines = before.request.lines
    check_countable(tx, _sums(lines)[0])
    grants = grant_store.of_teams(tx, {line.team for line in lines})
    made = _made(tx, before, grants.values(), call)
    parts = _parts(tx, before, list(grants.values()), call)
    changed = [less(grants[id_], part) for its in parts.values() for id_, part in its.items()]
    payers = _payers(tx, before.request)
    moves = adjustment_transfers(before, made, parts, grants, payers)
    grant_store.put(tx, changed)
    grant_store.add(tx, list(made.values()))
    ledger_store.post(tx, moves, call.at)
    event_store.add(tx, [GrantCreated.of(one, one.amount_ucr, call.at) for one in made.values()])
    _end(tx, after)
    event_store.add(tx, [_posted(after, team) for team in sorted({one.team for one in lines})])
    return after


def _made(tx: Tx, one: Adjustment, grants: Iterable[Grant], call: Call) -> dict[str, Grant]:
    """The grant that is made for each team that is given something."""
    known = list(grants)
    given = dict[str, int]()
    for line in one.request.lines:
        if line.amount_ucr > 0:
            given[line.team] = given.get(line.team, 0) + line.amount_ucr
    made = dict[str, Grant]()
    for team, amount_ucr in sorted(given.items()):
        stem = stem_of(team, one)
        made[team] = Grant(
            id=made_id(stem, grant_store.named_like(tx, stem)),
            team=team,
            amount_ucr=amount_ucr,
            start=call.at,
            end=end_of(one, [grant for grant in known if grant.team == team], call.at),
            purpose=one.request.reason,
            created_at=call.at,
        )
    return made


def _parts(
    tx: Tx, one: Adjustment, grants: Sequence[Grant], call: Call
) -> dict[str, dict[str, int]]:
    """What is taken of each team's grants."""
    teams = sorted({line.team for line in one.request.lines if line.amount_ucr < 0})
    valid = [grant for grant in grants if grant.valid_at(call.at)]
    balances = ledger_store.balances_of(tx, [grant.free for grant in valid])
    free_ucr = {grant.id: balances.get(grant.free, 0) for grant in valid}
    return {
        team: taken(one, team, [grant for grant in valid if grant.team == team], free_ucr)
        for team in teams
    }


def _posted(one: Adjustment, team: str) -> AdjustmentPosted:
    given_ucr, taken_ucr = _sums([line for line in one.request.lines if line.team == team])
    return AdjustmentPosted(
        at=one.ended_at or one.proposed_at,
        adjustment=one.id,
        team=team,
        given_ucr=given_ucr,
        taken_ucr=taken_ucr,
        reason=one.request.reason,
    )


def refuse(tx: Tx, command: RefuseAdjustment, call: Call) -> Adjustment:
    """Turn down what another person proposed. Raises as ``approve``, and ``BadField`` without a
    reason."""
    before = _there(tx, command.adjustment)
    refused = before.ended(AdjustmentState.REFUSED, call.actor.name, call.at, command.reason)
    _end(tx, refused)
    return refused


def withdraw(tx: Tx, command: WithdrawAdjustment, call: Call) -> Adjustment:
    """Take one's own proposal back. Raises ``NotFound``, and ``NotAllowedNow`` where it has ended
    or is another person's."""
    before = _there(tx, command.adjustment)
    gone = before.ended(AdjustmentState.WITHDRAWN, call.actor.name, call.at, command.reason)
    _end(tx, gone)
    return gone


def _end(tx: Tx, ended: Adjustment) -> None:
    adjustment_store.put(tx, ended)
    told = AdjustmentEnded(
        at=ended.ended_at or ended.proposed_at,
        adjustment=ended.id,
        state=ended.state.value,
        by=ended.ended_by,
        reason=ended.ended_for,
    )
    event_store.add(tx, [told])


def _there(tx: Tx, id_: str) -> Adjustment:
    found = adjustment_store.get(tx, number_of(id_))
    if found is None:
        newest = adjustment_store.listed(tx, after=None, limit=8)
        raise NotFound("adjustment", id_, tuple(one.id for one in newest))
    return found


def recall(tx: Tx, ids: Sequence[str]) -> Adjustment:
    """An adjustment as it is."""
    return _there(tx, ids[0])


def get(store: Store, id_: str) -> Adjustment:
    """One adjustment. Raises ``BadField``, and ``NotFound``."""
    with store.read() as tx:
        return _there(tx, id_)


def listed(
    store: Store,
    *,
    state: AdjustmentState | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[Adjustment]:
    """Adjustments in one state or in any, the newest first."""
    with store.read() as tx:
        return adjustment_store.listed(tx, state=state, after=after, limit=limit)
