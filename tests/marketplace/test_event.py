"""Events have readers: what each command tells, to whom, and who has read how far."""

import pytest

from marketplace.domain.actor import CLOCK, Actor, Role, Standing
from marketplace.domain.clock_command import Advance, PruneEvents
from marketplace.domain.command import RegisterConsumer, RemoveConsumer
from marketplace.domain.commands import COMMANDS, kind_of
from marketplace.domain.event.audience import Circle, OneTeam, Reader, readers_of, team_of
from marketplace.domain.event.kinds import EVENTS
from marketplace.domain.journal import Line
from marketplace.domain.page import LIMIT_MAX
from marketplace.errors import BadField, Duplicate, Forbidden, NotFound
from marketplace.services import clock, event
from marketplace.services.runner import Runner
from marketplace.store import event as event_store
from marketplace.store import journal as journal_store
from marketplace.store.engine import Store
from tests.marketplace import grounds, hands
from tests.marketplace.bazaar import (
    CLOSE,
    DAY,
    NOW,
    TEAMS,
    a_market,
    assert_clean,
    open_market,
    option,
    placed,
    request,
)
from tests.marketplace.told import END, everything, prune, told

pytestmark = pytest.mark.both

NLP, RL, OPERATORS = OneTeam("nlp"), OneTeam("rl"), Circle.OPERATORS
EVERY_READER: tuple[Reader, ...] = (*Circle, *(OneTeam(team) for team in TEAMS))


def accepted(store: Store) -> list[Line]:
    with store.read() as tx:
        return [line for line in journal_store.lines(tx) if line.accepted]


def newest_of(store: Store) -> int:
    with store.read() as tx:
        return event_store.newest(tx)


def test_every_command_tells_and_every_kind_of_event_is_told() -> None:
    store = everything()
    found, lines = told(store, *EVERY_READER), accepted(store)
    assert prune(store) > 0
    found, lines = [*found, *told(store, *EVERY_READER)], accepted(store)
    assert {line.kind for line in lines} == {kind_of(command) for command in COMMANDS}
    heard = {one.line for one in found}
    silent = {line.kind for line in lines if line.seq not in heard}
    assert silent <= {kind_of(Advance)}  # an hour in which no threshold was passed
    assert {one.event.kind for one in found} == {kind.kind for kind in EVENTS}
    assert_clean(store)


def test_a_team_reads_no_other_teams_events() -> None:
    """§7.11"""
    eventful = everything()
    for one in told(eventful, NLP):
        assert team_of(one.event) in (None, "nlp")
    for one in told(eventful, *Circle):
        assert one.event.kind not in {"order.placed", "order.amended", "order.lost"}
        assert one.event.kind not in {"spot.requested", "spot.limit-changed"}
    assert {one.event.kind for one in told(eventful, Circle.EVERYBODY)} <= {
        kind.kind for kind in EVENTS if kind.audience.value == "everybody"
    }


def test_two_readers_in_one_are_told_each_event_once_and_in_its_order() -> None:
    eventful = everything()
    both = [one.id for one in told(eventful, *EVERY_READER)]
    assert both == sorted(set(both))
    with eventful.read() as tx:
        assert both == list(range(1, event_store.newest(tx) + 1))
    apart = {one.id for reader in EVERY_READER for one in told(eventful, reader)}
    assert set(both) == apart


def test_without_a_position_the_newest_are_read() -> None:
    eventful = everything()
    whole = told(eventful, NLP)
    assert event.after(eventful, [NLP], None, 3) == whole[-3:]
    assert event.after(eventful, [NLP], 0, 3) == whole[:3]
    assert event.after(eventful, [NLP], whole[2].id, 3) == whole[3:6]
    assert event.after(eventful, [NLP], whole[-1].id, 3) == []
    filled = [one for one in whole if one.event.kind == "order.filled"]
    assert event.after(eventful, [NLP], 0, 9, ["order.filled"]) == filled
    for limit in (0, LIMIT_MAX + 1):
        with pytest.raises(BadField, match="limit"):
            event.after(eventful, [NLP], 0, limit)
    with pytest.raises(NotFound, match="team 'nobody'"):
        event.after(eventful, [OneTeam("nobody")], 0, 3)


@pytest.mark.parametrize("position", [0, None])
def test_what_comes_after_a_cursor_is_found_in_an_index(position: int | None) -> None:
    query, values = event_store.query_after([NLP, RL, *Circle], position, 100)
    with grounds.like("a market", open_market, grounds.MEMORY).read() as tx:
        words = query.params(values).compile(
            tx.connection(), compile_kwargs={"literal_binds": True}
        )
        plan = tx.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {words}")
        steps = [str(row.detail) for row in plan]
    of_the_outbox = [step for step in steps if "outbox" in step]
    assert [step for step in of_the_outbox if not step.startswith("SEARCH")] == []
    for index in ("ix_outbox_audience_id (audience=?", "ix_outbox_team_id (team=?"):
        found = [step for step in of_the_outbox if index in step]
        assert found
        assert all("id>?" in step for step in found) == (position is not None)


def test_roles_tell_as_whom_somebody_reads() -> None:
    """§7.11"""
    everybody = Circle.EVERYBODY
    assert readers_of(Actor.person("x")) == {everybody}
    assert readers_of(hands.member("nlp", "rl")) == {everybody, NLP, RL}
    assert readers_of(hands.FINANCE) == {everybody, Circle.FINANCE}
    assert readers_of(hands.PLATFORM) == readers_of(hands.ADMIN) == {everybody, OPERATORS}
    assert readers_of(hands.ROOT) == set(Circle)


def test_a_consumer_reads_from_its_registration_on_and_again_until_it_acknowledges() -> None:
    store = a_market()
    placed(store, request("nlp", "before", option(3)))
    hands.register(store, "hook", NLP, NOW)
    [one] = placed(store, request("nlp", "a", option(3)))
    placed(store, request("rl", "b", option(3)))
    [first] = event.unread(store, "hook", 10)
    assert (first.event.kind, first.event.at) == ("order.placed", NOW)
    assert first.document()["data"] == {"order": one.id, "team": "nlp", "held": "3"}
    assert event.unread(store, "hook", 10) == [first]
    moved = event.acknowledge(store, "hook", first.id, NOW)
    assert (moved.position, moved.moved_at) == (first.id, NOW)
    assert event.unread(store, "hook", 10) == []
    assert event.acknowledge(store, "hook", 1, NOW + DAY) == moved, "it never moves back"
    placed(store, request("nlp", "c", option(3)))
    [later] = event.unread(store, "hook", 10)
    assert event.acknowledge(store, "hook", later.id, NOW + DAY).position == later.id
    assert_clean(store)


def test_nobody_acknowledges_what_is_not_there() -> None:
    store = a_market()
    hands.register(store, "hook", NLP, NOW)
    with pytest.raises(BadField, match="the newest event is"):
        event.acknowledge(store, "hook", 10_000, NOW)
    for call in (event.unread, lambda store, name, n: event.acknowledge(store, name, n, NOW)):
        with pytest.raises(NotFound, match="hook"):
            call(store, "hok", 1)


def test_a_consumer_is_set_up_by_those_who_may_read_that_and_by_a_teams_lead() -> None:
    """§7.11, §7.12"""
    store = a_market()
    lead = Actor.person("lea", Standing(Role.LEAD, "nlp"))
    forbidden: list[tuple[Actor, Reader]] = [
        *((lead, RL), (lead, OPERATORS), (lead, Circle.FINANCE)),
        *((hands.PLATFORM, NLP), (hands.PLATFORM, Circle.FINANCE)),
        *((hands.member("nlp"), NLP), (hands.FINANCE, OPERATORS), (CLOCK, OPERATORS)),
    ]
    for by, reader in forbidden:
        with pytest.raises(Forbidden):
            hands.register(store, "hook", reader, NOW, by)
    allowed: list[tuple[Actor, Reader]] = [
        *((lead, NLP), (hands.PLATFORM, OPERATORS)),
        *((hands.ROOT, RL), (lead, Circle.EVERYBODY)),
    ]
    for number, (by, reader) in enumerate(allowed):
        made = hands.register(store, f"hook-{number}", reader, NOW, by)
        assert made.reader == reader
    for by in (hands.PLATFORM, Actor.person("ron", Standing(Role.LEAD, "rl"))):
        with pytest.raises(NotFound):
            Runner(store).run(RemoveConsumer("hook-0"), by=by, at=NOW)
    assert Runner(store).run(RemoveConsumer("hook-0"), by=lead, at=NOW).name == "hook-0"
    assert_clean(store)


def test_a_name_is_taken_once_and_must_be_one() -> None:
    store = a_market()
    hands.register(store, "hook", NLP, NOW)
    with pytest.raises(Duplicate):
        hands.register(store, "hook", RL, NOW)
    with pytest.raises(NotFound, match="zzz"):
        hands.register(store, "other", OneTeam("zzz"), NOW)
    with pytest.raises(BadField, match="consumer"):
        RegisterConsumer("No Name", NLP)
    command = RegisterConsumer("keyed", NLP)
    first = Runner(store).run(command, by=hands.ROOT, at=NOW, key="k")
    assert Runner(store).run(command, by=hands.ROOT, at=NOW, key="k") == first


def test_a_removed_consumers_cursor_goes_with_it() -> None:
    store = a_market()
    hands.register(store, "hook", NLP, NOW)
    [one, *_] = told(store, NLP)
    event.acknowledge(store, "hook", newest_of(store), NOW)
    Runner(store).run(RemoveConsumer("hook"), by=hands.ROOT, at=NOW)
    assert event.consumers(store).items == ()
    hands.register(store, "hook", NLP, NOW)
    [again] = event.consumers(store)
    assert (again.cursor.moved_at, again.behind) == (None, 1)
    assert one.id < again.cursor.position
    assert_clean(store)


def test_events_go_when_they_are_old_and_all_have_read_them() -> None:
    store = everything()
    hands.register(store, "slow", OPERATORS, END - DAY)
    hands.register(store, "fast", OPERATORS, END - DAY)
    assert event.prunable(store, NOW + 30 * DAY) is None, "less than a day of them is old"
    before = told(store, *EVERY_READER)
    old = [one for one in before if one.event.at < END - 30 * DAY]
    newest = newest_of(store)
    event.acknowledge(store, "fast", newest, END)
    assert prune(store) == old[-1].id
    left = told(store, *EVERY_READER)
    assert left[:-1] == before[len(old) :]
    assert left[-1].document()["data"] == {"through": old[-1].id, "events": len(old)}
    assert event.prunable(store, END) is None
    assert_clean(store)


def test_what_a_consumer_has_not_read_stays_however_old_it_is() -> None:
    store = a_market()
    hands.register(store, "slow", OPERATORS, NOW)
    cursor = event.consumers(store).items[0].cursor.position
    hands.advance(store, END)
    assert prune(store) == cursor
    assert event.prunable(store, END + DAY) is None
    newest = newest_of(store)
    event.acknowledge(store, "slow", newest, END)
    passed = clock.advance(Runner(store), END + DAY, b"salt of the tests")
    assert passed.run is not None
    assert all(one.event.at >= END - 30 * DAY for one in told(store, *EVERY_READER))
    assert_clean(store)


def test_a_backlog_goes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event, "PRUNED_AT_ONCE", 4)
    store = a_market()
    hands.advance(store, END)
    clock.advance(Runner(store), END, b"salt of the tests")
    parts = [one.event for one in told(store, OPERATORS) if one.event.kind == "outbox.pruned"]
    assert len(parts) > 2
    assert all(one.event.at >= END - 30 * DAY for one in told(store, *EVERY_READER))
    assert_clean(store)


def test_young_events_and_those_that_are_not_there_are_not_pruned() -> None:
    store = a_market()
    newest = newest_of(store)
    for through, now in ((1, CLOSE), (newest + 1, NOW + 31 * DAY)):
        hands.advance(store, now)
        with pytest.raises(BadField, match="not yet 30 days old"):
            Runner(store).run(PruneEvents(through + 100 * (now > CLOSE)), by=CLOCK, at=now)
    with pytest.raises(Forbidden):
        Runner(store).run(PruneEvents(1), by=hands.PLATFORM, at=NOW + 31 * DAY)
    assert Runner(store).run(PruneEvents(0), by=CLOCK, at=NOW + 31 * DAY) == 0
    assert_clean(store)
