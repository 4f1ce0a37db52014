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


THURSDAY = ("--earliest", "2026-11-26T12:00Z", "--latest", "2026-11-26T12:00Z")
FRIDAY = ("--earliest", "2026-11-27T12:00Z", "--latest", "2026-11-27T12:00Z")
LATER = ("--earliest", "2026-11-26T12:00Z", "--latest", "2026-11-26T20:00Z")
SECOND = "2026-11-25T00:00Z"


def changed(counter: Counter, *terms: str) -> tuple[Counter, str, str]:
    """All of h100 for four hours, won by nlp on Monday for 16 credits, and by vision the day after;
    what each ordered. What nlp has on Friday it keeps."""
    counter.does("bid --team nlp -p h100 -q 16 -d 4h --value 60", *FRIDAY)
    mine = counter.sees("bid --team nlp -p h100 -q 16 -d 4h --value 60", *terms)["id"]
    counter.later(MIDNIGHT).does("cycle run")
    at = counter.later("2026-11-24T00:30Z")
    other = at.sees("bid --team vision -p h100 -q 16 -d 4h --value 90", *THURSDAY)["id"]
    at.later(SECOND).does("cycle run")
    return at.later("2026-11-25T00:30Z"), mine, other


def test_who_was_moved_is_told_when_whence_whither_and_for_whom(counter: Counter) -> None:
    """Worth 60, with a least gain of 5 %: 3 credits, which whoever has its place pays beyond what
    the time costs elsewhere, 16."""
    at, mine, other = changed(counter, *LATER, "--guarantee", "movable")
    said = " ".join(at.does(f"explain {mine} --team nlp --no-confirm").out.split())
    assert "won option 0 from 2026-11-26T12:00Z" in said
    assert (
        "In cyc_000002 the market moved it from 2026-11-26T12:00Z to 2026-11-26T16:00Z. Its place "
        "has gone to 1 bid of another team, worth 90.00 credits and paying 19.00. Staying "
        "would have counted for 3.00 credits more than moving: the least gain."
    ) in said
    [change] = at.sees(f"explain {mine} --team nlp --no-confirm")["changes"]
    assert (change["cycle"], change["to_time"]) == ("cyc_000002", "2026-11-26T16:00:00Z")
    assert (change["at"], change["buy_out_credits"]) == ("2026-11-25T00:00:00Z", None)
    said = " ".join(at.does(f"explain {other} --team vision --no-confirm").out.split())
    assert "It won 16 × h100 from 2026-11-26T12:00Z to 2026-11-26T16:00Z that the movable" in said
    assert "of another team gave up, which was moved to 2026-11-26T16:00Z." in said
    assert mine not in said
    assert "nlp" not in said


def test_who_was_bought_back_is_told_for_how_much_and_for_whom(counter: Counter) -> None:
    """A buy-out of 20: the 16 that were paid and 4 more. The least gain is 3, so it counted for
    23, and whoever has its place pays as much."""
    at, mine, other = changed(counter, *THURSDAY, "--guarantee", "recallable", "--buy-out", "20")
    said = " ".join(at.does(f"explain {mine} --team nlp --no-confirm").out.split())
    assert (
        "In cyc_000002 the market bought it back for 20.00 credits: the 16.00 that it had paid, "
        "and 4.00 more. Its place has gone to 1 bid of another team, worth 90.00 credits and "
        "paying 23.00. Where it was it counted for 23.00 credits: its buy-out, and the least gain."
    ) in said
    told = at.sees(f"explain {other} --team vision --no-confirm")
    assert told["changes"] == []
    [part] = told["made_room"]
    assert (part["guarantee"], part["units"], part["to_time"]) == ("recallable", 16, None)


def test_a_cycle_in_which_it_stood_is_asked_for_by_its_name(counter: Counter) -> None:
    at, mine, _ = changed(counter, *LATER, "--guarantee", "movable")
    told = at.sees(f"explain {mine} --team nlp --cycle 2")
    assert (told["standing"], told["critical"], len(told["changes"])) == ("movable", None, 1)
    said = " ".join(at.does(f"explain {mine} --team nlp --cycle 2").out.split())
    assert "stood there as what was won in an earlier cycle, movable." in said
    assert "In cyc_000002 the market moved it" in said
    first = at.sees(f"explain {mine} --team nlp --cycle 1 --no-confirm")
    assert (first["standing"], len(first["changes"])) == (None, 1)
    at.fails(1, f"explain {mine} --team vision --cycle 2")


def test_what_stood_and_stayed_says_so(counter: Counter) -> None:
    mine = counter.sees("bid --team nlp -p h100 -q 8 -d 4h --value 60 --guarantee movable", *LATER)[
        "id"
    ]
    counter.later(MIDNIGHT).does("cycle run")
    counter.later(SECOND).does("cycle run")
    at = counter.later("2026-11-25T00:30Z")
    said = " ".join(at.does(f"explain {mine} --team nlp --cycle 2").out.split())
    assert "movable, and nothing was changed of it." in said
    assert at.sees(f"explain {mine} --team nlp --no-confirm")["changes"] == []
