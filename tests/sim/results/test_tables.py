"""Tables say what the history holds, for people and for machines."""

from sim.results import tables
from sim.results.findings import TOP_LOSERS
from tests.sim import made_history as made


def test_every_row_has_a_cell_for_each_head() -> None:
    for table in tables.tables(made.history()):
        assert {len(row) for row in table.rows} == {len(table.heads)}


def test_an_amount_is_rounded_for_people_and_exact_for_machines() -> None:
    cell = tables.credit_cell(400_123_456)
    assert (cell.shown, cell.plain, cell.kind) == ("400.12", "400.123456", "number")
    assert tables.credit_cell(None).shown == "–"


def test_only_the_most_valuable_losers_are_listed_and_all_are_counted() -> None:
    found = {one.id: one for one in tables.tables(made.four_weeks())}["losers"]
    assert len(found.rows) == TOP_LOSERS
    values = [float(row[4].plain) for row in found.rows]
    assert values == sorted(values, reverse=True)
    assert f"The {TOP_LOSERS} most valuable of the " in found.caption
