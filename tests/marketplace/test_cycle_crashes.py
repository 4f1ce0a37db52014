"""A process may die at any write of a cycle, and several may run it at once: it settles once."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from allocator import clearing
from allocator.outcome import ClearingRefused, Outcome
from marketplace.domain.cycle import CycleState
from marketplace.domain.page import every
from marketplace.errors import NotDue
from marketplace.services import capacity, check, cycle, order, reservation
from marketplace.services import clearing as clearing_service
from marketplace.store import ledger as ledger_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store, open_store
from tests import forked
from tests.marketplace import grounds, hands
from tests.marketplace.bazaar import (
    CLOSE,
    DAY,
    HOUR,
    NOW,
    SALT,
    TEAMS,
    a_grant,
    a_market,
    assert_clean,
    leg,
    maintain,
    open_market,
    option,
    placed,
    request,
    won,
)

TOMORROW = CLOSE + DAY


each_write = pytest.mark.parametrize("every", [0, pytest.param(1, marks=pytest.mark.drill)])
"""Each write is the drill's; elsewhere those around each commit are tried, and some between: writes
of one transaction all leave what was before it."""

SOME = 8
"""One of so many writes between, where a database is fast."""


class PowerCut(Exception):
    """The machine stops here."""


@contextmanager
def power_cut(store: Store, write: int) -> Iterator[list[str]]:
    """Stop at the ``write``-th write or commit; gives the list of those that were made."""
    made: list[str] = []

    def count(what: str) -> None:
        if len(made) + 1 == write:
            raise PowerCut(what)
        made.append(what)

    def statement(_c: object, _cursor: object, sql: str, *_rest: object) -> None:
        if not sql.lstrip().upper().startswith(("SELECT", "BEGIN", "PRAGMA", "SET")):
            count(sql)

    def commit(_connection: object) -> None:
        count("COMMIT")

    sa.event.listen(store.engine, "before_cursor_execute", statement)
    sa.event.listen(store.engine, "commit", commit)
    try:
        yield made
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", statement)
        sa.event.remove(store.engine, "commit", commit)


def eventful() -> Store:
    """A market at the close of a cycle in which everything happens: fills of one and two legs,
    losses, a standing order, an expiry, a resale, ended grants, maintenance behind its back."""
    return grounds.like("an eventful close", _fill)


def _fill(store: Store) -> None:
    open_market(store, credit=300)
    hands.grant(store, [a_grant("brief", "rl", 40, days=1)], NOW)
    wide = leg(units=16)
    placed(store, request("rl", "g", option(9, 24 * 9), standing=True))
    boxes = won(store, request("nlp", "a", option(90, 40, None, wide)))
    for box in boxes:
        hands.release(store, box.id, CLOSE, team="nlp")
    placed(
        store,
        request("rl", "b", option(80, 40, None, wide)),
        request("vision", "c", option(70, 40, None, wide), standing=True),
        request("vision", "d", option(60, 40, 80, wide), standing=True),
        request("rl", "e", option(50, 44, 60, leg(), leg("a100", 2, 3, after=2))),
        request("nlp", "f", option(1, 44, 60, leg())),
        now=CLOSE,
    )


def story(store: Store) -> object:
    """All that a cycle decides."""
    with store.read() as tx:
        moves = [posted.transfer for posted in transfer_store.posted(tx)]
        accounts = ledger_store.all_balances(tx)
    orders = [one for team in TEAMS for one in every(order.listed, store, team=team)]
    return moves, accounts, orders, every(reservation.listed, store), every(cycle.listed, store)


def finish(store: Store) -> None:
    """Run the cycle to its end; where it had ended, only expire what is left to expire."""
    try:
        done = hands.run(store, TOMORROW, SALT)
    except NotDue:
        hands.expire(store, TOMORROW)
    else:
        assert done.cycle.number == 2
        assert done.cycle.settled_at == TOMORROW


def crash_everywhere(before: Store, every: int) -> int:
    """Run a cycle with a power cut at every so many of its writes and around each commit, and again
    to the end. Gives how many writes it has."""
    replica = grounds.lend(ground=grounds.MEMORY)
    assert check.check(before, replica=replica).faults == ()
    picture, proven = grounds.picture(before), grounds.picture(replica)
    with power_cut(before, 0) as made:
        finish(before)
    expected = story(before)
    commits = {at for at, what in enumerate(made, 1) if what == "COMMIT"}
    around = {1} | commits | {at + 1 for at in commits if at < len(made)}
    for write in sorted(around | set(range(1, len(made) + 1, every))):
        store, replica = grounds.lend(picture), grounds.lend(proven, grounds.MEMORY)
        with pytest.raises(PowerCut), power_cut(store, write):
            finish(store)
        assert check.check(store, replica=replica).faults == ()
        finish(store)
        assert story(store) == expected
        assert check.check(store, replica=replica).faults == ()
        grounds.give_back(store)
        grounds.give_back(replica)
    return len(made)


@pytest.mark.slow
@each_write
def test_a_crash_at_any_write_of_a_cycle_is_cured_by_running_it_again(every: int) -> None:
    """§7.4, §7.5, §7.7"""
    assert crash_everywhere(eventful(), every or SOME * grounds.here.slower) > 20


@pytest.mark.slow
@each_write
def test_a_crash_at_any_write_of_a_failing_cycle_is_cured_too(
    every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> Outcome:
        raise ClearingRefused("no proven optimum")

    before = eventful()
    monkeypatch.setattr(clearing, "clear", refuse)
    assert crash_everywhere(before, every or SOME * grounds.here.slower) > 5


@pytest.mark.both
def test_settling_three_times_posts_once() -> None:
    store = eventful()
    finish(store)
    once = story(store)
    for _ in range(2):
        again, here = hands.settle(store, 2, TOMORROW)
        assert (again.state, here) == (CycleState.SETTLED, False)
    assert story(store) == once
    assert_clean(store)


@pytest.fixture
def cleared(tmp_path: Path) -> Path:
    """A database with a cycle that is cleared and waits to be settled."""
    file = tmp_path / "market.db"
    store = a_market(str(file))
    placed(store, *(request(team, "a", option(40, 8, 20)) for team in TEAMS))
    closed = hands.freeze(store, CLOSE, SALT)
    problem, rules = cycle.frozen(store, closed)
    outcome, _ = clearing_service.attempt(problem, rules, closed.seed, clearing_service.never)
    assert outcome is not None
    assert len(outcome.awards) == 3
    hands.record(store, closed, outcome, CLOSE)
    store.close()
    return file


@pytest.mark.sqlite
def test_eight_threads_settling_at_once_settle_once(cleared: Path) -> None:
    store = open_store(str(cleared))
    gate = threading.Barrier(8)
    here: list[bool] = []

    def settle() -> None:
        gate.wait()
        here.append(hands.settle(store, 1, CLOSE)[1])

    threads = [threading.Thread(target=settle) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(here) == [False] * 7 + [True]
    assert len(every(reservation.listed, store)) == 3
    assert_clean(store)
    store.close()


SETTLE = """
import sys, time
from pathlib import Path
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE
from marketplace.store.engine import open_store
store = open_store(sys.argv[1])
print("ready", flush=True)
while not Path(sys.argv[2]).exists():
    time.sleep(0.001)
settled, here = hands.settle(store, 1, CLOSE)
print(settled.id, settled.state.value, "settled here" if here else "settled elsewhere")
"""


@pytest.mark.slow
@pytest.mark.sqlite
def test_two_processes_settling_at_once_settle_once(cleared: Path, tmp_path: Path) -> None:
    go = tmp_path / "go"
    line = [sys.executable, "-c", SETTLE, str(cleared), str(go)]
    both = [forked.Told(line) for _ in range(2)]
    while any("ready" not in one.said() for one in both):
        assert all(one.program.poll() is None for one in both)
        time.sleep(0.01)
    go.touch()
    said = sorted(one.ended().stdout for one in both)
    assert said == [
        "ready\ncyc_000001 settled settled elsewhere\n",
        "ready\ncyc_000001 settled settled here\n",
    ]
    store = open_store(str(cleared))
    assert len(every(reservation.listed, store)) == 3
    assert_clean(store)
    store.close()


@pytest.mark.both
def test_a_second_runner_finishes_the_same_cycle_and_says_it_was_settled_elsewhere() -> None:
    """Two clocks may differ, and a time limit may give two outcomes: the first one kept counts."""
    store = eventful()
    closed = hands.freeze(store, TOMORROW, SALT)
    again = hands.freeze(store, TOMORROW + HOUR / 2, b"another salt, not used")
    assert again == closed
    problem, rules = cycle.frozen(store, closed)
    slow, _ = clearing_service.attempt(problem, rules, closed.seed, clearing_service.never)
    hurried, _ = clearing_service.attempt(problem, rules, closed.seed, lambda: True)
    assert slow is not None
    assert hurried is not None
    hands.record(store, closed, slow, TOMORROW)
    hands.record(store, closed, hurried, TOMORROW)
    first, here = hands.settle(store, 2, TOMORROW)
    second, elsewhere = hands.settle(store, 2, TOMORROW + HOUR / 2)
    assert (first, here, elsewhere) == (second, True, False)
    assert cycle.kept(store, second) == slow
    assert hands.fail(store, closed, "too slow", TOMORROW) == (second, False)
    assert_clean(store)


@pytest.mark.both
def test_maintenance_that_meets_the_crash_is_settled_once_too() -> None:
    store = eventful()
    hands.freeze(store, TOMORROW, SALT)
    maintain(store, "m", CLOSE + 40 * HOUR, 16, 4, TOMORROW)
    before = every(capacity.listed, store)
    with pytest.raises(PowerCut), power_cut(store, 12):
        finish(store)
    finish(store)
    assert every(capacity.listed, store) == before
    assert_clean(store)
