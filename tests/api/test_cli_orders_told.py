"""What is said of an order: why it lost and what would have won, when it waits, what is odd."""

import json

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = BOTH_WAYS

BID = "bid --team nlp --pool h100 -q 16 -d 2h --value 8"
MIDNIGHT = "2026-11-24T00:00Z"
THREE = ("--earliest", "2026-11-24T03:00Z", "--latest", "2026-11-24T03:00Z")


def test_a_bid_worth_exactly_its_price_is_not_told_to_bid_more(counter: Counter) -> None:
    """§7.10: a lone winner pays what the best loser bid, so that one lacks nothing."""
    counter.does("bid --team vision --pool h100 -q 16 -d 2h --value 40", *THREE)
    level = counter.sees(BID, *THREE)["id"]
    below = counter.sees(BID, *THREE, "--value", "9")["id"]
    counter.later(MIDNIGHT).does("cycle run")
    shown = counter.does("orders", "show", below, "--team", "nlp").out
    assert "outbid, worth exactly its price; the place" in shown
    assert "Bid more" not in shown
    assert "0.00" not in shown
    shown = counter.does("orders", "show", level, "--team", "nlp").out
    assert "outbid, 1.00 below the published price" in shown
    assert "asked 9.00 credits" in shown
    assert "may not be enough to win" in shown
    listed = counter.does("orders list --team nlp").out
    assert "outbid, worth exactly its price" in listed
    assert "outbid, 1.00 below the published price" in listed
    assert "short by" not in listed


def test_what_the_reserve_price_asks_is_told_to_the_credit(counter: Counter) -> None:
    said = counter.does(BID, "--value", "7.5", "--key", "low")
    assert "Its value is below the reserve price of 8.00; it cannot win as it stands" in said.err
    order = counter.lists("orders list --team nlp")[0]["id"]
    assert "below the reserve price" not in counter.does(BID, "--key", "fair").err
    counter.later(MIDNIGHT).does("cycle run")
    assert (
        "The reserve price asks 8.00 credits"
        in counter.sees("orders", "show", order, "--team", "nlp")["advice"]
    )


def test_a_bid_while_the_cycle_is_overdue_meets_the_sale_that_is_left(counter: Counter) -> None:
    late = counter.later("2026-11-25T13:20Z")
    said = late.does(BID)
    assert "may start from 2026-11-25T15:00Z to 2026-11-26T15:00Z" in said.out
    assert (
        "Cycle cyc_000001 closed at 2026-11-24T00:00Z and has not run yet; it runs by "
        "`gpumarket cycle run`, and if it runs now it sells from 2026-11-25T15:00Z on." in said.out
    )
    said = late.types(BID, *THREE)
    assert said.code == 2
    assert "--latest is 2026-11-24T03:00Z: cycle cyc_000001 closed at" in said.err
    assert "has not run yet" in said.err
    late.does("cycle run")
    assert late.lists("orders list --team nlp")[0]["state"] == "filled"


def test_a_refusal_as_json_is_the_same_either_way(counter: Counter) -> None:
    spot = "spot request --team nlp -p h100 -q 1 --limit 1 --key a"
    counter.does(spot)
    for words, field, value in (
        (f"{spot} --until +3h", "key", "a"),
        (f"{spot[:-1]}b -p b300", "pool", "b300"),
        ("spot cancel spot_0 --team nlp --yes", "spot request", "spot_0"),
        ("orders show ord_0 --team nlp", "order", "ord_0"),
    ):
        told = json.loads(counter.types(words, "--json").err)
        assert (told["field"], told["value"]) == (field, value)


def test_a_dry_run_speaks_of_what_would_be(counter: Counter) -> None:
    said = counter.does(BID, "--dry-run").out
    assert "Nothing was placed. nlp would have an open order, and 8.00 credits would be" in said
    assert "ord_" not in said


def test_an_order_that_starts_later_than_its_window_takes_the_window_along(
    counter: Counter,
) -> None:
    order = counter.sees(BID)["id"]
    said = counter.does(
        *("orders", "amend", order, "--team", "nlp", "--earliest", "2026-11-26T01:00Z")
    )
    assert "Its latest start moves along, to 2026-11-27T01:00Z." in said.err
    [option] = counter.sees("orders", "show", order, "--team", "nlp")["options"]
    assert option["latest_start"] == "2026-11-27T01:00:00Z"
    said = counter.does(
        *("orders", "amend", order, "--team", "nlp", "--earliest", "2026-11-26T05:00Z")
    )
    assert "moves along" not in said.err


def test_an_end_belongs_to_a_standing_order(counter: Counter) -> None:
    before = counter.contents()
    said = counter.types(BID, "--valid-until", "+3d")
    assert (said.code, counter.contents()) == (2, before)
    assert "--valid-until is 2026-11-26T12:00Z: only a standing order has an end" in said.err
    counter.does(BID, "--valid-until", "+3d", "--standing")


def test_refusals_name_flags_and_read_as_people_type(counter: Counter) -> None:
    for words, told in (
        (("--duration", "90m"), "--duration is 1h30m: whole slots of 1h, at most 3d"),
        (("--duration", "4d"), "--duration is 4d: whole slots of 1h, at most 3d"),
        (("--earliest", "2026-11-24T03:20Z"), "2026-11-24T03:00Z or 2026-11-24T04:00Z"),
        (("--latest", "2026-11-23T03:00Z"), "--latest is 2026-11-23T03:00Z: it is before the"),
    ):
        said = counter.types(BID, *words)
        assert (said.code, told in said.err) == (2, True), said


def test_an_order_without_room_is_told_that_price_was_not_the_cause(counter: Counter) -> None:
    order = counter.sees(BID, *THREE)["id"]
    counter.does(
        *("pool", "maintenance", "h100", "--capacity", "1", "--reason", "fans", "--yes"),
        *("--from", "2026-11-24T03:00Z", "--until", "2026-11-24T05:00Z"),
    )
    said = counter.types(BID, *THREE)
    assert (
        "h100 never has more than 15 in that window: h100 has 15 from 2026-11-24T03:00Z" in said.err
    )
    done = counter.later(MIDNIGHT).does("cycle run").out
    assert "1 without room: in refused.json" in done
    facts = counter.sees("orders", "show", order, "--team", "nlp")
    assert (facts["reason"], facts["state"]) == ("capacity-not-available", "lost")
    assert "Price was not the cause" in facts["advice"]
    assert counter.lists("cycle names 1 --team nlp") == []


def test_an_empty_list_says_whether_something_was_left_out(counter: Counter) -> None:
    for line, told in (
        ("orders list --team vision", "vision has no order yet."),
        ("orders list --team vision --state lost", "vision has no such order."),
        ("spot list --team vision", "vision has no spot request yet."),
        ("spot list --team vision --state failed", "vision has no such spot request."),
        ("reservations list", "There is no reservation yet."),
        ("reservations list --state failed", "There is no such reservation."),
    ):
        assert told in counter.does(line).out
