"""What is told to whom: events after a cursor, the consumers that have one, and the end of events
that are old and that all have read."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from marketplace.domain.clock_command import PruneEvents
from marketplace.domain.command import RegisterConsumer, RemoveConsumer
from marketplace.domain.consumer import Consumer, Cursor, may_set_up, sets_up
from marketplace.domain.event.audience import OneTeam, Reader, text_of
from marketplace.domain.event.market import ConsumerRegistered, ConsumerRemoved, OutboxPruned
from marketplace.domain.event.wire import Told
from marketplace.domain.journal import Call
from marketplace.domain.page import LIMIT, Page, checked_limit
from marketplace.domain.page import Cursor as Place
from marketplace.errors import BadField, Duplicate, Forbidden, NotFound
from marketplace.services.market import rules_and_cycle
from marketplace.services.team import check_team
from marketplace.store import consumer as consumer_store
from marketplace.store import event as event_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

PRUNED_AT_ONCE: Final = 5_000
"""So many go in one command: other writers wait for it."""

DAY: Final = timedelta(days=1)


def register(tx: Tx, command: RegisterConsumer, call: Call) -> Consumer:
    """Let somebody read by a name, from the next event on: never from an earlier one, which might
    be about to be pruned.

    Raises ``Forbidden`` where the actor may not read that, ``NotFound`` for a team, ``Duplicate``
    for a name that is taken.
    """
    reader = command.reader
    if not may_set_up(call.actor, reader):
        needed = tuple(sorted(role.value for role in sets_up(reader)))
        raise Forbidden(call.actor.name, f"read as {text_of(reader)}", needed)
    if isinstance(reader, OneTeam):
        check_team(tx, reader.team)
    if consumer_store.cursor(tx, command.name) is not None:
        raise Duplicate("consumer", command.name)
    consumer = Consumer(
        name=command.name,
        reader=reader,
        registered_at=call.at,
        starts_after=event_store.newest(tx),
    )
    consumer_store.add(tx, consumer)
    told = ConsumerRegistered(at=call.at, consumer=consumer.name, reader=text_of(reader))
    event_store.add(tx, [told])
    return consumer


def recall(tx: Tx, names: tuple[str, ...]) -> Consumer:
    """That consumer, as it is."""
    return _there(tx, names[0]).consumer


def remove(tx: Tx, command: RemoveConsumer, call: Call) -> Consumer:
    """Forget a consumer and its cursor: it keeps no event any more. Raises ``NotFound``, also where
    the actor could not have set it up."""
    consumer = _there(tx, command.name).consumer
    if not may_set_up(call.actor, consumer.reader):
        raise NotFound("consumer", command.name)
    consumer_store.remove(tx, consumer.name)
    event_store.add(tx, [ConsumerRemoved(at=call.at, consumer=consumer.name)])
    return consumer


def prune(tx: Tx, command: PruneEvents, call: Call) -> int:
    """Take away the events up to a number; how many there were.

    The number comes with the command, since it depends on cursors, which are in no journal. Raises
    ``BadField`` where one of them is younger than the rules keep events.
    """
    days = rules_and_cycle(tx)[0].event_days
    kept = event_store.first_since(tx, call.at - days * DAY) or event_store.newest(tx) + 1
    if command.through >= kept:
        facts = {"first": kept, "days": days}
        raise BadField("through", command.through, "not-kept-long", facts)
    gone = event_store.remove_through(tx, command.through)
    if gone:
        event_store.add(tx, [OutboxPruned(at=call.at, through=command.through, events=gone)])
    return gone


def prunable(store: Store, now: datetime) -> int | None:
    """The number up to which events can go: they are older than the rules keep them, and every
    consumer has read them. None while there is less than a day of them: once a day is enough."""
    with store.read() as tx:
        cutoff = now - rules_and_cycle(tx)[0].event_days * DAY
        oldest = event_store.oldest(tx)
        if oldest is None or oldest[1] >= cutoff - DAY:
            return None
        first = event_store.first_since(tx, cutoff)
        ends = [one.position for one in consumer_store.cursors(tx)]
        ends.append(event_store.newest(tx) if first is None else first - 1)
    through = min(oldest[0] + PRUNED_AT_ONCE - 1, *ends)
    return through if through >= oldest[0] else None


def after(
    store: Store,
    readers: Iterable[Reader],
    position: int | None,
    limit: int,
    kinds: Collection[str] = (),
) -> list[Told]:
    """The first events after a number that readers may read, of some kinds or of all; without a
    number the newest ones. The oldest comes first. Raises ``NotFound`` for a team that is not
    there."""
    asked = tuple(readers)
    with store.read() as tx:
        for one in asked:
            if isinstance(one, OneTeam):
                check_team(tx, one.team)
        return event_store.after(tx, asked, position, checked_limit(limit), kinds)


def since(store: Store, position: int, limit: int) -> list[Told]:
    """The first events after a number, whoever may read them: for who tells each to those that
    may."""
    with store.read() as tx:
        return event_store.since(tx, position, checked_limit(limit))


def newest(store: Store) -> int:
    """The number of the newest event, or 0."""
    with store.read() as tx:
        return event_store.newest(tx)


def unread(store: Store, name: str, limit: int) -> list[Told]:
    """The next events that a consumer has not acknowledged. Raises ``NotFound``."""
    with store.read() as tx:
        found = _there(tx, name)
        return event_store.after(tx, [found.consumer.reader], found.position, checked_limit(limit))


def acknowledge(store: Store, name: str, position: int, now: datetime) -> Cursor:
    """A consumer has dealt with all events up to a number: its cursor moves on, never back. It is
    told the same events again where it died before saying so.

    Raises ``NotFound``, and ``BadField`` for an event that is not there yet.
    """
    with store.begin() as tx:
        before = _there(tx, name)
        newest = event_store.newest(tx)
        if position > newest:
            raise BadField("position", position, "not-there-yet", {"newest": newest})
        if position > before.position:
            consumer_store.move(tx, before, position, now)
        return _there(tx, name)


@dataclass(frozen=True, slots=True)
class Reading:
    """A consumer, how far it has read, and how many events were told since."""

    cursor: Cursor
    behind: int


def consumers(store: Store, *, after: Place | None = None, limit: int = LIMIT) -> Page[Reading]:
    """Who reads by a name, by name."""
    with store.read() as tx:
        newest = event_store.newest(tx)
        found = consumer_store.listed(tx, after=after, limit=limit)
        return found.each(lambda one: Reading(one, newest - one.position))


def _there(tx: Tx, name: str) -> Cursor:
    found = consumer_store.cursor(tx, name)
    if found is None:
        some = consumer_store.listed(tx, after=None, limit=8)
        known = tuple(one.consumer.name for one in some)
        raise NotFound("consumer", name, known)
    return found
