"""The check proves every row by the journal: what a hand changes, deletes or puts in is found."""

from dataclasses import replace

import pytest

from marketplace.domain.journal import Head
from marketplace.errors import BadField
from marketplace.services import check
from marketplace.services.replay import Replay
from marketplace.store import comparison
from marketplace.store import journal as journal_store
from marketplace.store.engine import migrate
from tests.marketplace import bazaar, grounds, hands
from tests.marketplace.bazaar import CLOSE, DAY, a_market, assert_clean, option, placed, request
from tests.marketplace.planted_changes import closed, eventful, plant_all

pytestmark = pytest.mark.both


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.drill)])
def test_a_change_in_any_column_of_any_table_is_found_and_so_is_a_row_too_few_or_too_many(
    *, whole: bool
) -> None:
    planted = list(plant_all(closed(), whole=whole))
    assert {one.table for one in planted} == set(comparison.NAMES)
    assert [f"{one.table}: {one.what}" for one in planted if not one.found] == []


@pytest.mark.sqlite
def test_a_second_check_goes_on_from_the_first() -> None:
    store, replica = eventful(), grounds.lend(ground=grounds.MEMORY)
    first = check.check(store, replica=replica)
    assert (first.faults, first.replayed) == ((), first.lines)
    placed(store, request("nlp", "late", option(3, 60)), now=CLOSE + DAY)
    second = check.check(store, replica=replica)
    assert (second.faults, second.replayed, second.lines) == ((), 1, first.lines + 1)


def test_tables_and_what_the_journal_makes_of_them_have_equal_fingerprints() -> None:
    """On either database, so that none is compared row by row that is alike."""
    store, replica = eventful(), grounds.lend(ground=grounds.MEMORY)
    assert check.check(store, replica=replica).faults == ()
    with store.read() as there, replica.read() as made:
        unlike = [
            name
            for name in comparison.NAMES
            if comparison.fingerprint(there, name) != comparison.fingerprint(made, name)
        ]
    assert unlike == []


@pytest.mark.sqlite
def test_in_a_large_market_the_rows_that_were_written_since_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(check, "FEW_ROWS", 0)
    store, replica = eventful(), grounds.lend(ground=grounds.MEMORY)
    check.check(store, replica=replica)
    [late] = placed(store, request("nlp", "late", option(3, 60)), now=CLOSE + DAY)
    with store.engine.begin() as plain:
        plain.exec_driver_sql(f"UPDATE market_order SET version = 2 WHERE id = '{late.id}'")  # noqa: S608
    found = check.check(store, replica=replica)
    assert found.faults == (f"market_order {late.id}: version was changed",)
    assert found.rows < 20


@pytest.mark.sqlite
def test_in_a_large_market_small_tables_are_compared_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    store, replica = eventful(), grounds.lend(ground=grounds.MEMORY)
    first = check.check(store, replica=replica)
    monkeypatch.setattr(check, "FEW_ROWS", first.rows_there // 3)
    with store.engine.begin() as plain:
        plain.exec_driver_sql("UPDATE team SET name = 'other' WHERE id = 'nlp'")
        plain.exec_driver_sql("DELETE FROM outbox WHERE id = 1")
    found = check.check(store, replica=replica)
    assert "team nlp: name was changed" in found.faults
    assert any(fault.startswith("outbox has ") for fault in found.faults)
    assert found.rows < found.rows_there


def test_a_past_that_was_written_anew_is_found_by_a_head_kept_elsewhere() -> None:
    store = a_market()
    placed(store, request("nlp", "a", option(3)))
    kept = check.head(store)
    assert check.check(store, since=kept).faults == ()
    other = a_market()
    placed(other, request("nlp", "a", option(4)))
    assert_clean(other)
    seq = Head.read(kept).seq
    assert check.check(other, since=kept).faults == (
        f"journal line {seq} is not the one of the head that you kept",
    )


@pytest.mark.parametrize("text", ["", "x", "12", "12:", ":j1:ab", "x:j1:ab"])
def test_a_head_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadField, match="no head of a journal"):
        Head.read(text)


def test_the_journal_makes_the_same_tables_on_the_other_database() -> None:
    """§7.13; on PostgreSQL too, where the market stands there."""
    source = bazaar.a_market(credit=300)
    placed(source, request("nlp", "a", option(30, 8, 20)), request("rl", "b", option(40, 8, 20)))
    hands.run(source, CLOSE, bazaar.SALT)
    for ground in (grounds.MEMORY, grounds.here):
        copy = grounds.lend(ground=ground)
        migrate(copy)
        replay = Replay()
        with source.read() as tx:
            assert list(replay.through(journal_store.lines(tx), copy)) != []
            with copy.read() as there:
                assert comparison.digests(tx) == comparison.digests(there)
        assert replay.faults == []


@pytest.mark.sqlite
def test_a_line_that_was_changed_is_named() -> None:
    store = eventful()
    with store.read() as tx:
        lines = list(journal_store.lines(tx))
    place = next(k for k, line in enumerate(lines) if line.kind == "place-order")
    lines[place] = replace(lines[place], command=lines[place].command.replace("90", "91"))
    copy = grounds.lend(ground=grounds.MEMORY)
    migrate(copy)
    replay = Replay()
    list(replay.through(lines, copy))
    assert f"journal line {place + 1} does not fit the hash chain" in replay.faults
    assert any("done again, its wrote differs" in fault for fault in replay.faults)
