"""The journal's lines are found by an index, however long it has become."""

import pytest

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
