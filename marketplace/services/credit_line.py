"""Set a team's credit line, change it, close it. What is drawn and repaid, posting sees to."""

from collections.abc import Sequence
from dataclasses import replace

from marketplace.domain.agenda import of_grant
from marketplace.domain.credit_line import OPEN, CreditLine
from marketplace.domain.credit_line_command import (
    ChangeCreditLine,
    CloseCreditLine,
    SetCreditLine,
)
from marketplace.domain.event.credit_line import (
    CreditLineChanged,
    CreditLineEnded,
    CreditLineSet,
)
from marketplace.domain.grant import NAMES_MAX, check_reason, made_id
from marketplace.domain.journal import Call
from marketplace.errors import BadField, NotAllowedNow, NotFound
from marketplace.services.grant import check_countable
from marketplace.services.hold import move_off
from marketplace.services.team import check_team
from marketplace.store import agenda as agenda_store
from marketplace.store import credit_line as store_of
from marketplace.store import event as event_store
from marketplace.store import grant as grant_store
from marketplace.store.transaction import Tx


def set_line(tx: Tx, command: SetCreditLine, call: Call) -> CreditLine:
    """Let a team draw credits, up to a limit. What was set before in the same words is not set
    again.

    Raises ``NotFound`` for a team, ``NotAllowedNow`` where it has a line that is not over,
    ``BadField`` for an end that has come.
    """
    asked, now = command.request, call.at
    check_team(tx, asked.team)
    its = (one for one in store_of.every(tx).values() if one.team == asked.team)
    for one in its:
        if not one.over(now):
            if one.says(asked):
                return one
            facts = {"team": one.team}
            raise NotAllowedNow("credit line", one.id, one.state(now), "has-a-line", facts)
    if asked.end is not None and asked.end <= now:
        raise BadField("end", asked.end, "in-the-past")
    check_countable(tx, asked.limit_ucr)
    stem = f"{asked.team[:NAMES_MAX]}-line"
    made = CreditLine(
        id=made_id(stem, grant_store.named_like(tx, stem)),
        team=asked.team,
        limit_ucr=asked.limit_ucr,
        start=max(asked.start or now, now),
        end=asked.end,
        reason=asked.reason,
        set_at=now,
        set_by=call.actor.name,
    )
    grant_store.add(tx, [made.grant()])
    store_of.add(tx, made)
    event_store.add(tx, [CreditLineSet.of(made, now)])
    return made


def change(tx: Tx, command: ChangeCreditLine, call: Call) -> CreditLine:
    """Let a line be other from now on. Raises ``NotFound``, and as ``changed``."""
    before = _there(tx, command.line)
    after = before.changed(command.change, call.at)
    if after is before:
        return before
    check_countable(tx, after.limit_ucr - before.drawn_ucr)
    grant = grant_store.by_id(tx, [before.id])[before.id]
    moved = replace(grant, end=after.end or OPEN)
    grant_store.put(tx, [moved])
    agenda_store.done(tx, of_grant(grant))
    agenda_store.add(tx, of_grant(moved))
    store_of.put(tx, [after])
    event_store.add(tx, [CreditLineChanged.of(after, call.at)])
    return after


def close(tx: Tx, command: CloseCreditLine, call: Call) -> CreditLine:
    """Let nothing more be drawn. What it holds moves to what else its team has; what waits and
    cannot move ends. What is owed stays owed. One that was closed stays as it is.

    Raises ``NotFound``, ``NotAllowedNow`` for one that has ended, ``BadField`` without a reason.
    """
    check_reason(command.reason)
    before = _there(tx, command.line)
    if before.closed_at is not None:
        return before
    store_of.put(tx, [before.closed(call.at, command.reason)])
    grant = grant_store.by_id(tx, [before.id])[before.id]
    gone = replace(grant, revoked_at=call.at)
    grant_store.put(tx, [gone])
    agenda_store.done(tx, of_grant(grant))
    move_off(tx, [gone], call.at)
    after = _there(tx, before.id)
    event_store.add(tx, [CreditLineEnded.of(after, call.at)])
    return after


def _there(tx: Tx, id_: str) -> CreditLine:
    found = store_of.every(tx).get(id_)
    if found is None:
        raise NotFound("credit line", id_)
    return found


def recall(tx: Tx, ids: Sequence[str]) -> tuple[CreditLine, ...]:
    """Those lines as they are."""
    return tuple(_there(tx, id_) for id_ in ids)
