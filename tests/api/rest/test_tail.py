"""Those who listen for events: told once of each, by one query for all of them."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from api.rest import tail as module
from api.rest.tail import Frame, Interest, Listener, Tail
from marketplace.domain.event.audience import Circle, OneTeam
from marketplace.domain.event.wire import Told
from marketplace.services import event
from marketplace.store.engine import Store
from tests.marketplace.bazaar import option, placed, request

NLP = Interest(frozenset({OneTeam("nlp"), Circle.EVERYBODY}), frozenset())
RL = Interest(frozenset({OneTeam("rl"), Circle.EVERYBODY}), frozenset())
PATIENCE_S = 10.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """They look often."""
    monkeypatch.setattr(module, "LOOK_S", 0.01)


def listened(
    store: Store, interests: list[Interest], act: Callable[[], object]
) -> list[list[Frame]]:
    """What each of some listeners heard first of what was done."""

    async def listen() -> list[list[Frame]]:
        tail = Tail(store)
        listeners = [Listener(one, "tok", asyncio.get_running_loop()) for one in interests]
        for one in listeners:
            tail.join(one)
        await asyncio.to_thread(act)
        found = [await one.heard(PATIENCE_S) for one in listeners]
        for one in listeners:
            tail.leave(one)
        return found

    return asyncio.run(listen())


def test_each_is_told_what_is_for_them(store: Store) -> None:
    """§7.11"""

    def act() -> None:
        placed(store, request("nlp", "a", option(5)))
        placed(store, request("rl", "b", option(5)))

    wanted = Interest(NLP.readers, frozenset({"order.placed"}))
    mine, theirs, few = listened(store, [NLP, RL, wanted], act)
    assert b"event: order.placed\n" in mine[0].text
    assert b'"team":"nlp"' in mine[0].text
    assert all(b'"team":"nlp"' not in one.text for one in theirs)
    assert all(b"order.placed" in one.text for one in few)


def test_a_change_costs_one_query_for_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[int] = []

    ask = event.since

    def since(store: Store, position: int, limit: int) -> list[Told]:
        told = ask(store, position, limit)
        found.append(len(told))
        return told

    monkeypatch.setattr(event, "since", since)
    heard = listened(store, [NLP] * 50, lambda: placed(store, request("nlp", "a", option(5))))
    assert len({tuple(one) for one in heard}) == 1
    assert len([count for count in found if count]) == 1


def test_nobody_asks_the_database_while_nobody_listens(store: Store) -> None:
    listened(store, [NLP], lambda: placed(store, request("nlp", "a", option(5))))
    assert nobody_follows()


def nobody_follows() -> bool:
    """Whether the threads that follow events come to an end."""
    following = [one for one in threading.enumerate() if one.name == "events"]
    for thread in following:
        thread.join(PATIENCE_S)
    return not any(thread.is_alive() for thread in following)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_where_it_cannot_go_on_nobody_waits_for_ever(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(event, "since", fail)
    assert listened(store, [NLP, RL], lambda: None) == [[], []]
    assert nobody_follows()  # and says what it died of while this test may hear it


def test_who_reads_too_slowly_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_MOST", 1)

    async def listen() -> bool:
        listener = Listener(NLP, "tok", asyncio.get_running_loop())
        listener.give([Frame(1, "order.placed", b"a"), Frame(2, "order.lost", b"b")])
        return listener.over

    assert asyncio.run(listen())


def test_at_the_end_all_are_sent_away_and_nobody_is_let_in(store: Store) -> None:
    async def listen() -> tuple[list[Frame], bool, bool]:
        tail = Tail(store)
        before, after = (Listener(NLP, "tok", asyncio.get_running_loop()) for _ in range(2))
        tail.join(before)
        tail.end()
        tail.join(after)
        return await before.heard(PATIENCE_S), before.over, after.over

    assert asyncio.run(listen()) == ([], True, True)
