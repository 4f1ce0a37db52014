"""``explain``: why a team's order won or lost, on a database and through a service."""

import pytest

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = BOTH_WAYS

MIDNIGHT = "2026-11-24T00:00Z"
THREE = ("--earliest", "2026-11-24T03:00Z", "--latest", "2026-11-24T03:00Z")


@pytest.fixture
def bids(counter: Counter) -> tuple[Counter, str, str]:
    """A market whose first cycle is over, the order that won, and one that lost."""
    won = counter.sees("bid --team vision -p h100 -q 16 -d 2h --value 40", *THREE)["id"]
    lost = counter.sees("bid --team nlp -p h100 -q 16 -d 2h --value 9", *THREE)["id"]
    counter.later(MIDNIGHT).does("cycle run")
    return counter.later("2026-11-24T00:30Z"), won, lost


def test_a_loser_is_told_what_would_have_won_and_a_winner_what_it_saved(
    bids: tuple[Counter, str, str],
) -> None:
    counter, won, lost = bids
    said = counter.does(f"explain {lost} --team nlp").out
    assert f"In the files of cyc_000001 order {lost} is " in said
    assert "lost: outbid" in said
    assert "Who holds it" in said
    assert "cleared again so, it wins option 0 from 2026-11-24T03:00Z" in said
    told = counter.sees(f"explain {lost} --team nlp --no-confirm")
    assert (told["reason"], told["raise"], told["finished"]) == ("outbid", None, True)
    assert "won option 0 from 2026-11-24T03:00Z" in counter.does(f"explain {won} --team vision").out


def test_what_was_not_cleared_and_another_teams_order_are_not_explained(
    bids: tuple[Counter, str, str],
) -> None:
    """§7.11"""
    counter, won, lost = bids
    assert f"there is no order '{won}'" in counter.fails(1, f"explain {won} --team nlp")
    assert "no cycle" in counter.fails(1, f"explain {lost} --team nlp --cycle 7")
    waits = counter.sees("bid --team nlp -p h100 -q 1 -d 1h --value 1")["id"]
    assert "no cycle has cleared" in counter.fails(1, f"explain {waits} --team nlp")
    assert "is open: its files" in counter.fails(1, f"explain {waits} --team nlp --cycle 2")


def test_finance_reads_what_has_ended_of_all_teams_and_why(bids: tuple[Counter, str, str]) -> None:
    """§7.11"""
    counter, won, lost = bids
    waits = counter.sees("bid --team nlp -p h100 -q 1 -d 1h --value 1")["id"]
    finance = counter.as_role("finance")
    listed = finance.lists("orders list --all")
    assert {(one["id"], one["team"], one["state"]) for one in listed} == {
        *((won, "vision", "filled"), (lost, "nlp", "lost")),
    }
    assert [one["id"] for one in finance.lists("orders list --all --state lost")] == [lost]
    said = finance.does("orders list --all").out
    assert "Orders of all teams" in said
    assert "vision" in said
    assert f"Order {lost} of nlp is lost" in finance.does("orders", "show", lost).out
    assert "lost: outbid" in finance.does("explain", lost, "--no-confirm").out
    if counter.service:
        assert f"there is no order '{waits}'" in finance.fails(1, f"orders show {waits}")
        assert f"there is no order '{waits}'" in finance.fails(1, f"explain {waits}")
        assert {one["id"] for one in finance.lists("orders list --team nlp")} == {lost}
    assert "one of them" in finance.fails(2, "orders list --all --team nlp")


def test_an_order_that_no_start_had_room_for_is_told_which_hours_were_full(
    counter: Counter,
) -> None:
    order = counter.sees("bid --team nlp -p h100 -q 16 -d 2h --value 99", *THREE)["id"]
    counter.does(
        *("pool", "maintenance", "h100", "--capacity", "1", "--reason", "fans", "--yes"),
        *("--from", "2026-11-24T04:00Z", "--until", "2026-11-24T05:00Z"),
    )
    counter.later(MIDNIGHT).does("cycle run")
    later = counter.later("2026-11-24T00:30Z")
    said = later.types(f"explain {order} --team nlp")
    assert said.code == 1, "no raise wins it"
    assert "lost: capacity-not-available. Price was not the cause" in said.out
    full = "Missing there: 1 unit of h100, 2026-11-24T04:00Z to 2026-11-24T05:00Z."
    assert full in said.out
    told = later.types(f"explain {order} --team nlp --json").data
    assert (told["reason"], told["raise"], told["finished"]) == (
        *("capacity-not-available", None),
        True,
    )
    [missing] = told["missing"]
    assert (missing["pool"], missing["units"]) == ("h100", 1)
    assert missing["start_time"] == "2026-11-24T04:00:00Z"
    assert "no start in its window had room for it" in later.does("orders list --team nlp").out
