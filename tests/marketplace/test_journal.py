"""The journal's lines are found by an index, however long it has become."""

import pytest

from marketplace.domain.journal import Sought
from marketplace.domain.page import Cursor
from marketplace.errors import BadField
from marketplace.services import journal
from marketplace.store import journal as journal_store
from marketplace.store.engine import connect, migrate
from tests.marketplace.bazaar import a_market, option, placed, request

pytestmark = pytest.mark.both


def test_keys_are_looked_up_by_their_index() -> None:
    store = connect("sqlite://")
    migrate(store)
    query = journal_store.KEYED.where(journal_store.TABLE.c.scope == "nlp")
    keyed = query.where(journal_store.TABLE.c.key.in_(["a", "b"]))
    words = keyed.compile(store.engine, compile_kwargs={"literal_binds": True})
    with store.read() as tx:
        plan = tx.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {words}").all()
    assert ["USING INDEX ux_journal_scope_key (scope=? AND key=?)" in row[3] for row in plan] == [
        True
    ]
    store.close()


def test_keys_of_many_teams_are_looked_up_together() -> None:
    store = a_market()
    for team, key in (("nlp", "a"), ("rl", "a"), ("nlp", "b")):
        placed(store, request(team, key, option(3)))
    asked = [("nlp", "b"), ("rl", "a"), ("nlp", "a"), ("vision", "a"), ("nlp", "b")]
    with store.read() as tx:
        journal_store.look_up(tx, asked)
        found = {pair: journal_store.keyed(tx, *pair) for pair in asked}
    assert {pair for pair, line in found.items() if line is None} == {("vision", "a")}
    assert all(line is None or (line.scope, line.key) == pair for pair, line in found.items())


def test_lines_are_sought_the_newest_first_a_bounded_part_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = a_market()
    for number in range(4):
        placed(store, request("nlp", f"n{number}", option(3)))
        placed(store, request("rl", f"r{number}", option(3)))
    monkeypatch.setattr(journal_store, "LOOKED_MOST", 3)
    found: list[journal.Told] = []
    after: Cursor | None = None
    pages = 0
    while pages < 50:
        page = journal.sought(store, Sought(scope="rl"), after=after, limit=1)
        found += page.items
        after, pages = page.next, pages + 1
        if after is None:
            break
    assert pages > len(found) == 4
    assert [one.team for one in found] == ["rl"] * 4
    assert [one.seq for one in found] == sorted((one.seq for one in found), reverse=True)
    by = journal.sought(store, Sought(actor="person:nobody", refused=True), limit=1)
    assert (by.items, by.next is None) == ((), False)
    bad: Cursor = ("x",)
    with pytest.raises(BadField):
        journal.sought(store, Sought(), after=bad)
