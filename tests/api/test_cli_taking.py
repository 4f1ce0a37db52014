"""Free time taken from the command line: what it costs, slot by slot, and what refuses it."""

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = BOTH_WAYS
TAKE = "take --team nlp --pool h100 -q 8 -d 3h"


def test_a_dry_run_says_the_prices_and_takes_nothing(counter: Counter) -> None:
    text = counter.does(TAKE, "--dry-run").out
    assert "(3 slots): " in text
    assert "a unit-hour: the least it is sold for" in text
    assert "would be nlp's: 8 × h100 from " in text
    assert counter.lists("reservations list --team nlp") == []


def test_it_is_taken_once_and_shown_with_its_order(counter: Counter) -> None:
    one = counter.sees(TAKE, "--key", "k")
    assert (one["dry_run"], one["units"]) == (False, [8, 8, 8])
    again = counter.sees(TAKE, "--key", "k")
    assert again["id"] == one["id"]
    assert counter.types("take --team nlp --pool h100 -q 16 -d 3h --key k").code == 1
    [listed] = counter.lists("reservations list --team nlp")
    assert listed["id"] == one["id"]
    assert (
        "It was taken at once, in no cycle"
        in counter.does(f"orders show {one['order']} --team nlp").out
    )
    told = counter.types(f"explain {one['order']} --team nlp")
    assert told.code == 1
    assert "no cycle cleared order" in told.err


def test_what_cannot_be_taken_is_refused_by_its_flag(counter: Counter) -> None:
    before = counter.contents()
    for more, code, says in (
        (("--from", "2026-11-25T08:00Z"), 2, "--from is 2026-11-25T08:00Z: the next cycle sells"),
        (("--max-price", "0.01"), 2, "--max-price is 0.01: the slot at"),
        (("--max-cost", "0.01"), 2, "--max-cost is 0.01: it costs"),
    ):
        told = counter.types(TAKE, *more)
        assert told.code == code
        assert says in told.err
    assert counter.types("take --team nlp --pool h100 -q 8").code == 2
    assert counter.contents() == before


def test_it_is_made_to_last_longer(counter: Counter) -> None:
    one = counter.sees(TAKE)
    extend = f"extend {one['id']} --team nlp -d 2h"
    text = counter.does(extend, "--dry-run").out
    assert "(2 slots): " in text
    assert f"Reservation {one['id']} would last until " in text
    assert counter.types(extend, "--max-cost", "0.01").code == 2
    assert counter.types(extend, "--max-price", "0.01").code == 2
    assert counter.types(f"extend {one['id']} --team vision -d 2h").code == 1
    more = counter.sees(extend, "--key", "k")
    assert (more["units"], more["extended_slots"]) == ([8] * 5, 2)
    assert counter.sees(extend, "--key", "k")["units"] == [8] * 5
    assert "extended since for" in counter.does(f"orders show {one['order']} --team nlp").out


def test_more_of_it_is_bid_for_where_the_next_cycle_sells_that(counter: Counter) -> None:
    """Monday's last three hours before the sale are taken; the cycle sells what is behind them."""
    one = counter.sees("take --team nlp --pool h100 -q 8 -d 3h --from 2026-11-23T22:00Z")
    bid = f"bid --team nlp --extends {one['id']} -d 2h --value 40"
    for more in (("--pool", "h100"), ("--quantity", "8"), ("--earliest", "2026-11-24T01:00Z")):
        told = counter.types(bid, *more)
        assert told.code == 2
        assert f"it is that of {one['id']}; leave it out" in told.err
    assert counter.types(bid, "--guarantee", "movable").code == 2
    assert counter.types(f"bid --team vision --extends {one['id']} -d 2h --value 40").code == 1
    assert "held until it ends" in counter.does(bid, "--dry-run").out
    order = counter.sees(bid)
    assert (order["extends"], order["options"][0]["earliest_start"]) == (one["id"], one["end"])
    assert counter.types(bid).code == 1  # it bids for it already
    shown = counter.does(f"orders show {order['id']} --team nlp").out
    assert f"It asks for more of reservation {one['id']}, right behind it." in shown
    later = counter.later("2026-11-24T00:00Z")
    later.does("cycle run")
    [box] = later.lists("reservations list --team nlp")
    assert (box["id"], box["units"], box["extended_slots"]) == (one["id"], [8] * 5, 2)
    assert "It won option 0" in later.does(f"orders show {order['id']} --team nlp").out
    assert later.does("ledger check")
