"""Pools from the command line: what there is, what is taken away, and who loses by it."""

from tests.api.counter import BOTH_WAYS, Counter


def test_a_pool_is_open_for_a_year_from_the_current_slot_where_nothing_else_is_said(
    counter: Counter,
) -> None:
    said = counter.later("2026-11-23T12:34:56Z").sees(
        *("pool", "add", "b200", "--capacity", "4", "--reserve-price", "17.60")
    )
    assert said["reserve_price_credits"] == "17.6"
    [window] = said["windows"]
    assert (window["start"], window["end"]) == ("2026-11-23T12:00:00Z", "2027-11-23T12:00:00Z")


@BOTH_WAYS
def test_pools_are_listed_with_what_they_sell(counter: Counter) -> None:
    names = {pool["id"]: pool for pool in counter.lists("pool", "list")}
    assert names["a100"] == {
        "id": "a100",
        "name": "A100 west",
        "unit": "gpu",
        "block_size": 4,
        "reserve_price_credits": "0.1",
        "created_at": "2026-11-23T12:00:00Z",
        "retired": False,
        "coming": [],
    }
    assert "A100 west" in counter.does("pool", "list").out


@BOTH_WAYS
def test_windows_add_up_in_the_calendar_and_maintenance_takes_away(counter: Counter) -> None:
    counter.does(
        *("pool", "window", "h100", "--capacity", "4"),
        *("--from", "2026-11-24T00:00Z", "--until", "2026-11-24T02:00Z"),
    )
    counter.does(
        *("pool", "maintenance", "h100", "--capacity", "6", "--reason", "new fans", "--yes"),
        *("--from", "2026-11-24T01:00+00:00", "--until", "2026-11-24T03:00Z"),
    )
    calendar = counter.sees("pool", "calendar", "--from", "2026-11-23T23:00Z", "--hours", "5")
    [h100] = [pool for pool in calendar["pools"] if pool["pool"] == "h100"]
    assert h100["capacity"] == [16, 20, 14, 10, 16]
    assert h100["maintenance"] == [0, 0, 6, 6, 0]
    assert h100["free"] == h100["capacity"]
    assert calendar["start"] == "2026-11-23T23:00:00Z"
    assert "h100" in counter.does("pool", "calendar").out


def test_maintenance_names_its_slots_and_what_went_back(sold: Counter) -> None:
    said = sold.does(
        *("pool", "maintenance", "h100", "--capacity", "1", "--reason", "leak", "--yes"),
        *("--from", "2026-11-24T04:30Z", "--until", "2026-11-24T05:10Z"),
    ).out
    assert "away from 2026-11-24T04:00Z until 2026-11-24T06:00Z, rounded outward" in said
    assert "15 to 16 of 16" in said
    assert "0.50 credits went back" in said
    [lost] = sold.lists("reservations list")
    assert (lost["refunded_credits"], lost["reason"]) == ("0.5", "maintenance")
    assert "paid 16.00, 0.50 came back" in sold.does("orders list --team nlp").out
    assert sold.lists("orders list --team nlp")[0]["fill"]["refunded_credits"] == "0.5"


@BOTH_WAYS
def test_maintenance_is_listed_and_called_off_before_it_begins(counter: Counter) -> None:
    announce = ("pool", "maintenance", "h100", "--reason", "fans", "--yes", "--id", "fans")
    when = ("--from", "2026-11-25T00:00Z", "--until", "2026-11-25T02:00Z")
    said = counter.types(*announce, *when, "--capacity", "17")
    assert (said.code, "--capacity is 17: h100 has at most 16" in said.err) == (2, True)
    counter.does(*announce, *when, "--capacity", "16")
    [one] = counter.lists("pool maintenance-list")
    assert (one["id"], one["quantity"], one["start"]) == ("fans", 16, "2026-11-25T00:00:00Z")
    assert "announced" in counter.does("pool maintenance-list").out
    late = counter.later("2026-11-25T01:00Z").types("pool maintenance-cancel fans")
    assert (late.code, "under way" in late.err) == (1, True)
    assert "on sale again" in counter.does("pool maintenance-cancel fans").out
    assert counter.lists("pool maintenance-list") == []
    said = counter.types("pool maintenance-cancel fans")
    assert (said.code, "there is no maintenance 'fans'" in said.err) == (1, True)


def test_units_beyond_whole_blocks_are_pointed_out(counter: Counter) -> None:
    said = counter.does("pool add b200 --capacity 20 --reserve-price 1 --block-size 8")
    assert "b200 sells multiples of 8: 4 of 20 units are left over." in said.err
    assert counter.does("pool add b300 --capacity 16 --reserve-price 1 --block-size 8").err == ""


@BOTH_WAYS
def test_a_window_said_again_is_added_once_and_can_be_ended(counter: Counter) -> None:
    more = (
        *("pool", "window", "h100", "--capacity", "4"),
        *("--from", "2026-11-24T00:00Z", "--until", "2026-11-26T00:00Z"),
    )
    first, again = counter.does(*more), counter.does(*more)
    assert again.out == first.out
    assert "The window's id: win_000003" in first.out
    assert counter.sees(*more, "--key", "second")["id"] == "win_000004"
    assert "win_000004" in counter.does("pool", "windows", "h100").out
    gone = counter.sees("pool", "window-end", "win_000004", "--reason", "twice", "--yes")
    assert (gone["end"], gone["failed"]) == ("2026-11-24T00:00:00Z", [])
    said = counter.does(
        *("pool", "window-end", "win_000003", "--reason", "late", "--yes"),
        *("--from", "2026-11-25T00:00Z"),
    )
    assert "4 units of h100 end at 2026-11-25T00:00Z: late." in said.out
    assert "No reservation loses anything." in said.out
    assert "ended" in counter.does("pool", "windows", "h100").out


def test_a_pool_gets_another_price_and_is_retired_from_a_later_cycle_on(counter: Counter) -> None:
    why = ("--reason", "it moves house")
    said = counter.does("pool", "price", "h100", "--reserve-price", "0.3", *why).out
    assert "h100: from cyc_000002 on at 0.30 or more." in said
    told = counter.sees("pool", "retire", "h100", "--from-cycle", "cyc_000003", *why)
    assert told["coming"] == [
        {"from_cycle": "cyc_000002", "reserve_price_credits": "0.3", "retired": None},
        {"from_cycle": "cyc_000003", "reserve_price_credits": None, "retired": True},
    ]
    assert "from cyc_000003 on retired" in counter.does("pool", "list").out
    assert "--from-cycle" in counter.fails(2, "pool retire h100 --reason x --from-cycle cyc_000001")
    assert "reason" in counter.fails(2, "pool", "retire", "h100", "--reason", "")
    counter.later("2026-11-24T00:00Z").does("cycle run")
    late = counter.later("2026-11-25T00:00Z")
    late.does("cycle run")
    bid = "bid --team nlp -p h100 -q 1 -d 1h --value 1"
    assert "it is retired" in late.fails(2, bid)
    said = late.does("pool", "reopen", "h100", *why).out
    assert "h100: retired; from cyc_000004 on sold again." in said
    said = late.does("pool", "price", "a100", "--reserve-price", "0.1", *why).out
    assert "a100: on sale, and nothing changes." in said


def test_what_no_capacity_was_there_for_is_told_by_pool_and_hour(counter: Counter) -> None:
    assert "lost by price" in counter.does("pool", "unserved").out
    start = ("--earliest", "2026-11-25T03:00Z", "--latest", "2026-11-25T03:00Z")
    counter.does("bid --team vision -p h100 -q 16 -d 4h --value 90", *start)
    counter.later("2026-11-24T00:00Z").does("cycle run")
    late = counter.later("2026-11-24T01:00Z")
    late.does("bid --team nlp -p h100 -q 8 -d 2h --value 12", *start)
    late = counter.later("2026-11-25T00:00Z")
    late.does("cycle run")
    [told] = late.sees("pool", "unserved")["pools"]
    assert (told["pool"], told["orders"], told["worth_credits"]) == ("h100", 1, "12")
    assert told["slots"][0] == {
        "at": "2026-11-25T03:00:00Z",
        "units": 8,
        "orders": 1,
        "worth_credits": "6",
    }
    said = late.does("pool", "unserved", "--from", "2026-11-25T00:00Z").out
    assert "2026-11-25T03:00Z" in said
    assert "h100: 1 order, worth 12.00 credits there." in said
    assert late.sees("pool", "unserved", "--pool", "a100")["pools"] == []
