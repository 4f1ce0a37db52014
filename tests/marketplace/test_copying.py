"""A market on another database by its journal: the same digest of every table, there and back."""

import pytest

from marketplace.errors import Duplicate
from marketplace.services import copying, manual_clock
from marketplace.store.engine import Store, connect
from sim.door import run_demo
from tests.marketplace import bazaar, grounds, hands, planted_changes
from tests.marketplace.bazaar import CLOSE, NOW, option, placed, request
from tests.postgresql import Server


def steps(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def lived() -> Store:
    """A market after a cycle, on a clock that is moved by hand."""
    store = bazaar.a_market(credit=300)
    manual_clock.begin(store, NOW)
    placed(store, request("nlp", "a", option(30, 8, 20)), request("rl", "b", option(40, 8, 20)))
    hands.run(store, CLOSE, bazaar.SALT)
    return store


def test_a_copy_has_the_same_tables_and_the_same_clock() -> None:
    """§7.13; on PostgreSQL too, where the market stands there."""
    store = lived()
    twin = grounds.lend(ground=grounds.here)
    assert copying.copy(store, twin) == ()
    assert copying.digests(twin) == copying.digests(store)
    assert manual_clock.stand(twin) == manual_clock.stand(store)
    with pytest.raises(Duplicate):
        copying.copy(store, twin)


def test_what_is_not_the_same_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    store, twin = lived(), grounds.lend(ground=grounds.MEMORY)
    once = iter([{"grant": "a", "hold": "b"}, {"grant": "a", "hold": "c"}])
    monkeypatch.setattr("marketplace.store.comparison.digests", lambda _tx: next(once))
    assert copying.copy(store, twin) == ("hold says something else there",)


def test_it_is_the_same_where_rows_that_no_order_was_asked_for_come_backwards() -> None:
    """§7.13: a database may give them in any order, and PostgreSQL does after a change. The quarter
    of tests/golden is proved so too."""
    store, twin = planted_changes.eventful(), grounds.backwards()
    assert copying.copy(store, twin) == ()


@pytest.mark.drill
def test_the_demos_market_goes_to_the_other_database_and_back(server: Server) -> None:
    """§7.13: four weeks, from SQLite to PostgreSQL and back."""
    demo, back = (grounds.lend(ground=grounds.MEMORY) for _ in range(2))
    assert run_demo(store=demo, progress=steps).ok
    there = connect(server.new_database())
    try:
        assert copying.copy(demo, there) == ()
        assert copying.copy(there, back) == ()
        assert copying.digests(there) == copying.digests(demo) == copying.digests(back)
    finally:
        there.close()
