"""Give grants by a schedule: make it, change it, end it; let its grants fall due."""

from collections.abc import Sequence
from datetime import datetime

from marketplace.domain.event.audience import Event
from marketplace.domain.event.grant import GrantCreated
from marketplace.domain.event.grant_schedule import ScheduleChanged, ScheduleEnded, ScheduleMade
from marketplace.domain.grant import NAMES_MAX, check_reason, grant_transfer, made_id
from marketplace.domain.grant_schedule import TOO_MUCH, GrantSchedule
from marketplace.domain.grant_schedule_command import ChangeSchedule, EndSchedule, ScheduleGrants
from marketplace.domain.journal import Call
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.errors import BadField, Duplicate, NotFound
from marketplace.services.grant import check_countable
from marketplace.services.team import check_team
from marketplace.store import event as event_store
from marketplace.store import grant as grant_store
from marketplace.store import grant_schedule as store_of
from marketplace.store import ledger as ledger_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


def schedule(tx: Tx, command: ScheduleGrants, call: Call) -> GrantSchedule:
    """Give a team credits in each period from now on. What was said before is not said again, the
    same under the same id, or without an id and a key in the same words.

    Raises ``NotFound`` for a team, ``Duplicate`` for an id that was used, ``BadField`` where no
    period begins before its end.
    """
    asked = command.request
    check_team(tx, asked.team)
    known = store_of.by_id(tx, [asked.id]) if asked.id else store_of.of_team(tx, asked.team)
    if asked.id or not call.key:
        found = next((one for one in known.values() if one.says(asked)), None)
        if found is not None:
            return found
    if asked.id in known:
        raise Duplicate("schedule", asked.id)
    stem = f"{asked.team[:NAMES_MAX]}-{asked.every.value}"
    one = GrantSchedule.of(asked, asked.id or made_id(stem, store_of.named_like(tx, stem)), call.at)
    store_of.add(tx, one)
    event_store.add(tx, [ScheduleMade.of(one, call.at)])
    return one


def change(tx: Tx, command: ChangeSchedule, call: Call) -> GrantSchedule:
    """Let a schedule be other from its next period on. Raises ``NotFound``, and as ``changed``."""
    before = _there(tx, command.schedule)
    after = before.changed(command.change)
    if after is before:
        return before
    store_of.put(tx, before, after)
    event_store.add(tx, [ScheduleChanged.of(after, call.at, command.change.reason)])
    return after


def end(tx: Tx, command: EndSchedule, call: Call) -> GrantSchedule:
    """Give nothing more by it; what was given stays. One that has ended stays so. Raises
    ``NotFound``, ``BadField`` without a reason."""
    check_reason(command.reason)
    before = _there(tx, command.schedule)
    if before.ended_at is not None:
        return before
    return _ended(tx, before, before.ended(call.at, "ended", command.reason), call.at)


def _ended(tx: Tx, before: GrantSchedule, after: GrantSchedule, at: datetime) -> GrantSchedule:
    store_of.put(tx, before, after)
    event_store.add(tx, [_told_end(after, at)])
    return after


def _told_end(one: GrantSchedule, at: datetime) -> ScheduleEnded:
    return ScheduleEnded(at=at, schedule=one.id, team=one.team, code=one.code, reason=one.reason)


def give_due(tx: Tx, ids: Sequence[str], at: datetime) -> None:
    """Give what falls due at ``at``, the beginning of a period; a schedule whose credits the market
    could no longer count ends."""
    for one in store_of.by_id(tx, ids).values():
        if one.next_at != at:
            continue
        try:
            check_countable(tx, one.terms.amount_ucr)
        except BadField:
            _ended(tx, one, one.ended(at, TOO_MUCH), at)
            continue
        made = one.given(at, grant_store.named_like(tx, f"{one.id}-"))
        grant_store.add(tx, [made])
        ledger_store.post(tx, [grant_transfer(made)], at)
        after = one.after(at)
        store_of.put(tx, one, after)
        told: list[Event] = [GrantCreated.of(made, made.amount_ucr, at)]
        event_store.add(tx, told + ([_told_end(after, at)] if after.ended_at else []))


def _there(tx: Tx, id_: str) -> GrantSchedule:
    found = store_of.by_id(tx, [id_]).get(id_)
    if found is None:
        raise NotFound("schedule", id_)
    return found


def recall(tx: Tx, ids: Sequence[str]) -> tuple[GrantSchedule, ...]:
    """Those schedules as they are."""
    return tuple(_there(tx, id_) for id_ in ids)


def get(store: Store, id_: str) -> GrantSchedule:
    """One schedule. Raises ``NotFound``."""
    with store.read() as tx:
        return _there(tx, id_)


def listed(
    store: Store, team: str = "", *, after: Cursor | None = None, limit: int = LIMIT
) -> Page[GrantSchedule]:
    """Schedules by id, those that ended too: of a team, or of all."""
    with store.read() as tx:
        if team:
            check_team(tx, team)
        return store_of.listed(tx, team, after=after, limit=limit)
