"""Bids and orders from the command line: echoed, followed, changed, explained."""

import json
from pathlib import Path

import pytest

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = BOTH_WAYS

BID = "bid --team nlp --pool h100 -q 4 -d 8h --value 84"
MIDNIGHT = "2026-11-24T00:00Z"


def bid_node(**changes: object) -> dict[str, object]:
    """One sound bid of a file, changed."""
    node: dict[str, object] = {
        "key": "run-1",
        "options": [
            {
                "value": "17.60",
                "earliest_start": "2026-11-24T01:00Z",
                "latest_start": "2026-11-25T01:00Z",
                "legs": [{"pool": "h100", "quantity": 1, "duration": "8h"}],
            }
        ],
    }
    return node | changes


def test_a_bid_echoes_what_is_held_its_window_and_the_cycle_it_meets(counter: Counter) -> None:
    said = counter.does(BID).out
    assert "84.00 credits are held" in said
    assert "from 2026-11-24T01:00Z to 2026-11-25T01:00Z" in said
    assert "cyc_000001, which closes at 2026-11-24T00:00Z" in said


def test_a_bid_says_what_is_to_happen_where_units_are_missing_later(counter: Counter) -> None:
    assert counter.sees(BID)["on_failure"] == "shrink"
    order = counter.sees(BID, "--on-failure", "end")
    assert order["on_failure"] == "end"
    shown = counter.does("orders show --team nlp", order["id"]).out
    assert "missing, all that is left of it ends" in shown
    assert "end, shrink, move" in counter.fails(2, BID, "--on-failure", "stop")
    assert "leave it out" in counter.fails(2, "bid --file x.json --on-failure end")


def test_relative_starts_are_rounded_to_slots_within_what_was_asked_for(counter: Counter) -> None:
    late = counter.later("2026-11-23T12:20Z")
    [option] = late.sees(BID, "--earliest", "+1d", "--latest", "+2d")["options"]
    assert option["earliest_start"] == "2026-11-24T13:00:00Z"
    assert option["latest_start"] == "2026-11-25T12:00:00Z"
    [one] = late.sees(BID, "--earliest", "+1d", "--latest", "+1d")["options"]
    assert one["earliest_start"] == one["latest_start"] == "2026-11-24T13:00:00Z"
    assert "--key" in late.fails(2, BID, "--key", "")


def test_a_start_beyond_the_horizon_is_told_to_wait(counter: Counter) -> None:
    said = counter.does(BID, "--earliest", "2026-12-24T00:00Z")
    assert "not on sale yet" in said.out


def test_the_same_key_is_the_same_order_and_another_request_under_it_is_refused(
    counter: Counter,
) -> None:
    window = ("--earliest", "2026-11-24T01:00Z", "--latest", "2026-11-24T09:00Z")
    first = counter.sees(BID, *window, "--key", "k")
    again = counter.later("2026-11-23T13:00Z").sees(BID, *window, "--key", "k")
    assert again["id"] == first["id"]
    said = counter.types(BID, *window, "--key", "k", "--project", "other")
    assert said.code == 1
    assert "'k'" in said.err
    assert len(counter.lists("orders", "list", "--team", "nlp")) == 1


def test_a_bid_sent_again_is_the_first_order_as_it_stands_now(counter: Counter) -> None:
    """Defaults and relative times are what was said, whatever they come to by then."""
    standing = ("--key", "run-8", "--earliest", "+14h", "--valid-until", "+9d", "--standing")
    first = [counter.sees(BID, "--key", "run-7"), counter.sees(BID, *standing)]
    counter.later("2026-11-24T00:00Z").does("cycle run")
    day_after = counter.later("2026-11-24T00:30Z")
    again = [day_after.sees(BID, "--key", "run-7"), day_after.sees(BID, *standing)]
    assert [one["id"] for one in again] == [one["id"] for one in first]
    assert [one["state"] for one in again] == ["filled", "filled"]
    assert [one["options"] for one in again] == [one["options"] for one in first]
    tried = day_after.sees(BID, "--key", "run-7", "--dry-run")
    assert (tried["id"], tried["state"]) == (first[0]["id"], "filled")
    for other in (("--earliest", "+15h"), ("--project", "x"), ("--latest", "+40h")):
        assert "'run-7'" in day_after.fails(1, BID, "--key", "run-7", *other)
    assert len(day_after.lists("orders list --team nlp")) == 2


def test_a_dry_run_answers_as_the_bid_would_and_places_nothing(counter: Counter) -> None:
    before = counter.contents()
    tried = counter.sees(BID, "--key", "k", "--dry-run")
    assert counter.contents() == before
    placed = counter.sees(BID, "--key", "k")
    assert tried | {"dry_run": False} == placed
    assert counter.types(BID, "--value", "5000", "--dry-run").code == 1


def test_a_bid_beyond_the_free_credits_is_refused_with_both_numbers(counter: Counter) -> None:
    before = counter.contents()
    said = counter.types(BID, "--value", "1000.01")
    assert said.code == 1
    assert "1,000.01" in said.err
    assert "1,000.00 free now" in said.err
    assert counter.contents() == before


def test_a_file_of_bids_is_taken_one_by_one(counter: Counter, tmp_path: Path) -> None:
    path = tmp_path / "bids.json"
    path.write_text(
        json.dumps(
            [
                bid_node(),
                bid_node(
                    key="run-2",
                    options=[
                        {**bid_node()["options"][0], "value": 2000}  # type: ignore[index]
                    ],
                ),
            ]
        )
    )
    said = counter.types("bid", "--team", "nlp", "--file", str(path), "--json")
    assert said.code == 1
    assert [order["key"] for order in said.data["orders"]] == ["run-1"]
    [refused] = said.data["refused"]
    assert (refused["key"], refused["code"]) == ("run-2", "insufficient-credits")
    again = counter.types("bid", "--team", "nlp", "--file", str(path))
    assert "1 taken, 1 refused" in again.out


def test_a_whole_bid_of_a_file_reads_back_as_it_was_written(
    counter: Counter, tmp_path: Path
) -> None:
    legs = [
        {"pool": "h100", "quantity": 8, "duration": "8h", "offset": "0h"},
        {"pool": "a100", "quantity": 4, "duration": "1d", "offset": "8h"},
    ]
    node = bid_node(
        options=[
            {
                "value": "84.5",
                "earliest_start": "2026-11-24T01:00:00Z",
                "latest_start": "2026-11-24T09:00:00Z",
                "legs": legs,
            },
            {
                "value": "70",
                "earliest_start": "2026-11-25T01:00:00Z",
                "latest_start": "2026-11-25T01:00:00Z",
                "legs": legs[:1],
            },
        ],
        standing=True,
        valid_until="2026-11-30T00:00:00Z",
        on_failure="end",
        project="p",
        theme="t",
        cost_centre="c",
    )
    path = tmp_path / "bids.json"
    path.write_text(json.dumps([node]))
    [order] = counter.sees("bid", "--team", "nlp", "--file", str(path))["orders"]
    assert order | {"legs": None} == order | node | {"legs": None}
    assert order["held_credits"] == "84.5"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"prioritiy": 1}, 'bids[0] has the unknown key "prioritiy"'),
        ({"standing": "yes"}, 'bids[0].standing is "yes"'),
        ({"options": []}, "bids[0].options is a list of 0; list should have at least 1 item\n"),
        ({"team": "vision"}, 'bids[0].team is "vision"; the command is for nlp'),
        ({"options": None}, "bids[0].options is null; it must be a valid list"),
        ({"project": 7}, "bids[0].project is 7; it must be a valid string"),
        ({"valid_until": "soon"}, "bids[0].valid_until cannot be read: 'soon'"),
        ({"key": ""}, 'bids[0].key is ""'),
        ({"on_failure": "stop"}, 'bids[0].on_failure is "stop"; it must be'),
    ],
)
def test_a_file_with_a_flaw_is_refused_whole_and_names_it(
    counter: Counter, tmp_path: Path, change: dict[str, object], told: str
) -> None:
    path, before = tmp_path / "bids.json", counter.contents()
    path.write_text(json.dumps([bid_node(**change)]))
    said = counter.types("bid", "--team", "nlp", "--file", str(path))
    assert said.code in (1, 2)
    assert told in said.err + said.out
    assert counter.contents() == before


@pytest.mark.parametrize(
    ("path_in_option", "value", "told"),
    [
        (("earliest_start",), "2026-11-24T01:00", "options[0].earliest_start cannot be read"),
        (("value",), "nan", "options[0].value cannot be read: 'nan'"),
        (("value",), 0, "options[0].value is 0"),
        (("value",), -5, "options[0].value is -5"),
        (("value",), "1e999", "'1e999'"),
        (("legs", 0, "quantity"), 0, "legs[0].quantity is 0"),
        (("legs", 0, "quantity"), 1.5, "legs[0].quantity is 1.5"),
        (("legs", 0, "quantity"), 10**30, "legs[0].quantity is 1000"),
        (("legs", 0, "duration"), "8", "legs[0].duration cannot be read: '8'"),
        (("legs", 0, "pool"), "", 'legs[0].pool is ""'),
        (("legs", 0, "quantity"), "8", 'legs[0].quantity is "8"; it must be a valid integer'),
        (("legs", 0, "gpus"), 8, 'legs[0] has the unknown key "gpus"; the keys are pool, quantity'),
        (("price",), 8, 'options[0] has the unknown key "price"; the keys are value, earliest'),
        (("value",), True, "options[0].value cannot be read: give credits as decimal text"),
        (("value",), 0.1234567, "options[0].value is 0.1234567"),
        (("legs",), [], "legs is a list of 0"),
    ],
)
def test_a_flaw_deep_in_a_file_is_named_by_its_place(
    counter: Counter,
    tmp_path: Path,
    path_in_option: tuple[str | int, ...],
    value: object,
    told: str,
) -> None:
    node = bid_node()
    place: object = node["options"][0]  # type: ignore[index]
    for step in path_in_option[:-1]:
        place = place[step]  # type: ignore[index]
    place[path_in_option[-1]] = value  # type: ignore[index]
    path, before = tmp_path / "bids.json", counter.contents()
    path.write_text(json.dumps([bid_node(key="sound"), node]))
    said = counter.types("bid", "--team", "nlp", "--file", str(path))
    assert (said.code, counter.contents()) == (2, before)
    assert "bids[1]" in said.err
    assert told in said.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ('[{"key": "a"', "truncated"),
        ("[]", "the list of bids is empty"),
        ("{}", "bids is an object; it must be a list"),
        ('[{"key": "a", "key": "b", "options": []}]', "twice"),
        ("[1]", "bids[0] is 1"),
        ('[{"options": NaN}]', "NaN"),
        ("[" * 100_000, "deep"),
    ],
)
def test_a_malformed_file_of_bids_is_refused(
    counter: Counter, tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "bids.json"
    path.write_text(text)
    said = counter.types("bid", "--team", "nlp", "--file", str(path))
    assert said.code == 2
    assert str(path) in said.err
    assert told in said.err


def test_two_bids_of_a_file_cannot_share_a_key(counter: Counter, tmp_path: Path) -> None:
    path = tmp_path / "bids.json"
    path.write_text(json.dumps([bid_node(), bid_node()]))
    said = counter.types("bid", "--team", "nlp", "--file", str(path))
    assert said.code == 2
    assert 'bids[1].key is "run-1", which bids[0] has already' in said.err


def test_an_amended_order_holds_what_its_new_terms_need(counter: Counter) -> None:
    order = counter.sees(BID)
    after = counter.sees(
        *("orders", "amend", order["id"], "--team", "nlp", "--value", "90", "--quantity", "8")
    )
    assert after["held_credits"] == "90"
    assert after["options"][0]["legs"][0]["quantity"] == 8
    assert after["options"][0]["latest_start"] == order["options"][0]["latest_start"]
    said = counter.types("orders", "amend", order["id"], "--team", "nlp", "--value", "2000")
    assert said.code == 1
    assert counter.sees("orders", "show", order["id"], "--team", "nlp")["held_credits"] == "90"


def test_an_order_of_several_options_is_amended_by_file_alone(
    counter: Counter, tmp_path: Path
) -> None:
    path, options = tmp_path / "bids.json", bid_node()["options"]
    assert isinstance(options, list)
    path.write_text(json.dumps([bid_node(options=options * 2)]))
    [order] = counter.sees("bid", "--team", "nlp", "--file", str(path))["orders"]
    said = counter.types("orders", "amend", order["id"], "--team", "nlp", "--value", "9")
    assert (said.code, "--file" in said.err) == (2, True)
    path.write_text(json.dumps(options))
    after = counter.sees("orders", "amend", order["id"], "--team", "nlp", "--file", str(path))
    assert len(after["options"]) == 1


def test_cancelling_frees_the_credits_before_the_answer_returns(counter: Counter) -> None:
    ids = [counter.sees(BID)["id"] for _ in range(2)]
    said = counter.does("orders", "cancel", *ids, "--team", "nlp", "--yes")
    assert "168.00 credits are free again" in said.out
    [team] = [team for team in counter.lists("team", "list") if team["id"] == "nlp"]
    assert (team["free_credits"], team["held_credits"]) == ("1000", "0")
    again = counter.types("orders", "cancel", ids[0], "--team", "nlp", "--yes")
    assert (again.code, "cancelled" in again.err) == (1, True)


def test_another_teams_order_is_not_there(counter: Counter) -> None:
    """§7.11"""
    order = counter.sees(BID)["id"]
    before = counter.contents()
    for words in (
        ("orders", "show", order, "--team", "vision"),
        ("orders", "cancel", order, "--team", "vision", "--yes"),
        ("orders", "amend", order, "--team", "vision", "--value", "1"),
    ):
        said = counter.types(*words)
        told = (said.out + said.err).replace(order, "")  # a drawn name may hold any digits
        assert (said.code, "84" in told) == (1, False)
    assert counter.contents() == before


def test_a_lost_order_says_why_by_how_much_and_what_would_have_won(counter: Counter) -> None:
    window = ("--earliest", "2026-11-24T01:00Z", "--latest", "2026-11-24T01:00Z")
    counter.does("bid --team vision --pool h100 -q 16 -d 8h --value 300", *window)
    lost = counter.sees(BID, *window)["id"]
    poor = counter.sees("bid --team nlp --pool h100 -q 4 -d 8h --value 0.01")["id"]
    counter.later(MIDNIGHT).does("cycle", "run")
    facts = counter.sees("orders", "show", lost, "--team", "nlp")
    assert (facts["state"], facts["held_credits"]) == ("lost", "0")
    assert facts["loss"]["reason"] in ("outbid", "unfit")
    assert facts["advice"]
    facts = counter.sees("orders", "show", poor, "--team", "nlp")
    assert facts["loss"] == {
        "cycle": "cyc_000001",
        "reason": "below-reserve",
        "shortfall_credits": "7.99",
    }
    assert "short by 7.99 credits" in counter.does("orders", "show", poor, "--team", "nlp").out
    enough = counter.later(MIDNIGHT).sees(
        "bid --team nlp --pool h100 -q 4 -d 8h --value 9",
        *("--earliest", "2026-11-26T01:00Z"),
    )["id"]
    counter.later("2026-11-25T00:00Z").does("cycle", "run")
    assert counter.sees("orders", "show", enough, "--team", "nlp")["state"] == "filled"


def test_a_list_and_an_order_say_what_the_work_is_for(counter: Counter) -> None:
    words = ("--project", "retrieval", "--theme", "search")
    counter.does("bid --team nlp --pool h100 -q 1 -d 1h --value 3", *words)
    [order] = counter.lists("orders list --team nlp")
    head, row = counter.does("orders list --team nlp").out.splitlines()[1:3]
    assert (head.split().count("project"), head.split().count("theme")) == (1, 1)
    assert {"retrieval", "search"} <= set(row.split())
    shown = counter.does("orders", "show", order["id"], "--team", "nlp").out
    assert "It is for project retrieval, theme search." in shown
