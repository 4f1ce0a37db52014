"""Reservations from the command line: listed as they are now, given back whole or in part."""

import pytest

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = BOTH_WAYS

MIDNIGHT = "2026-11-24T00:00Z"
FIXED = ("--earliest", "2026-11-24T02:00Z", "--latest", "2026-11-24T02:00Z")


@pytest.fixture
def settled(counter: Counter) -> Counter:
    """After the first cycle: nlp has 8 units for four hours from 02:00 on."""
    counter.does("bid --team nlp --pool h100 -q 8 -d 4h --value 60", *FIXED)
    counter.later(MIDNIGHT).does("cycle run")
    return counter.later("2026-11-24T00:30Z")


def test_a_reservation_lives_by_the_time_it_is_looked_at(settled: Counter) -> None:
    [one] = settled.lists("reservations list --team nlp")
    assert (one["state"], one["start"], one["units"]) == (
        *("scheduled", "2026-11-24T02:00:00Z", [8, 8, 8, 8]),
    )
    states = [
        settled.later(at).lists("reservations list")[0]["state"]
        for at in ("2026-11-24T02:00Z", "2026-11-24T06:00Z")
    ]
    assert states == ["active", "expired"]
    assert settled.lists("reservations list --state active") == []


def test_one_is_shown_as_it_is_now(settled: Counter) -> None:
    [one] = settled.lists("reservations list --team nlp")
    assert settled.sees("reservations show", one["id"], "--team", "nlp") == one
    at = settled.later("2026-11-24T02:00Z")
    text = at.does("reservations show", one["id"], "--team", "nlp").out
    assert "is active: 8 × h100 from 2026-11-24T02:00Z until 2026-11-24T06:00Z" in text
    assert "credits were paid." in text
    assert settled.types("reservations show rsv_none --team nlp").code == 1


MOVABLE = ("--latest", "2026-11-26T13:00Z", "--guarantee", "movable", "--gate", "25h")
RECALLABLE = ("--guarantee", "recallable", "--buy-out", "20")
FRIDAY = ("--earliest", "2026-11-27T12:00Z", "--latest", "2026-11-27T12:00Z")
THURSDAY = ("--earliest", "2026-11-26T12:00Z", "--latest", "2026-11-26T12:00Z")


@pytest.mark.parametrize(
    ("terms", "listed", "said"),
    [
        (MOVABLE, "movable until 2026-11-25T11:00Z", "It is movable: until 2026-11-25T11:00Z"),
        (
            RECALLABLE,
            "recallable until 2026-11-25T12:00Z",
            "until 2026-11-25T12:00Z it may be bought back for 20.00 credits",
        ),
        ((), "firm", "It is firm: the market changes nothing of it."),
    ],
)
def test_how_firm_it_still_is_is_told_by_list_and_show(
    counter: Counter, terms: tuple[str, ...], listed: str, said: str
) -> None:
    """Paid 8 × 4 × .25 = 8 credits, and bought back for 20 at most: within the rule's gain."""
    counter.does("bid --team nlp --pool h100 -q 8 -d 4h --value 60", *THURSDAY, *terms)
    counter.later(MIDNIGHT).does("cycle run")
    at = counter.later("2026-11-24T00:30Z")
    [one] = at.lists("reservations list --team nlp")
    assert one == at.sees("reservations show", one["id"], "--team", "nlp")
    assert (one["guarantee"], one["changes_until"]) == (
        listed.split()[0],
        f"{listed.split()[-1][:-1]}:00Z" if terms else None,
    )
    assert one["buy_out_credits"] == ("20" if terms == RECALLABLE else None)
    assert listed in " ".join(at.does("reservations list --team nlp").out.split())
    assert said in at.does("reservations show", one["id"], "--team", "nlp").out
    counter.later("2026-11-25T00:00Z").does("cycle run")
    later = counter.later("2026-11-25T00:30Z")
    [fixed] = later.lists("reservations list --team nlp")
    assert (fixed["guarantee"], fixed["changes_until"]) == (one["guarantee"], None)
    text = later.does("reservations show", one["id"], "--team", "nlp").out
    assert ("the market changes nothing of it any more" in text) == bool(terms)


def test_one_that_was_bought_back_says_for_how_much(counter: Counter) -> None:
    """Paid 16 × 4 × .25 = 16 credits; bought back for 20, of a team that keeps as much."""
    bid = "bid --pool h100 -q 16 -d 4h"
    counter.does(bid, "--team", "nlp", "--value", "60", *FRIDAY)
    counter.does(bid, "--team", "nlp", "--value", "60", *THURSDAY, *RECALLABLE)
    counter.later(MIDNIGHT).does("cycle run")
    counter.later("2026-11-24T00:30Z").does(bid, "--team", "vision", "--value", "90", *THURSDAY)
    counter.later("2026-11-25T00:00Z").does("cycle run")
    at = counter.later("2026-11-25T00:30Z")
    [one] = at.lists("reservations list --team nlp --state recalled")
    told = (one["paid_credits"], one["refunded_credits"], one["buy_out_credits"])
    assert told == ("16", "16", "20")
    said = at.does("reservations show", one["id"], "--team", "nlp").out
    assert "is recalled" in said
    assert "The market bought it back for 20.00 credits." in said
    at.does("ledger check")


def test_a_part_is_given_back_and_the_calendar_sells_it_again(settled: Counter) -> None:
    [one] = settled.lists("reservations list")
    said = settled.sees(
        f"reservations release {one['id']} --team nlp --quantity 3 --yes",
        *("--from", "2026-11-24T03:00Z", "--until", "2026-11-24T05:00Z"),
    )
    assert said["units"] == [8, 5, 5, 8]
    assert said["released"]["units"] == [3, 3]
    calendar = settled.sees("pool calendar --from 2026-11-24T02:00Z --hours 4")
    [h100] = [pool for pool in calendar["pools"] if pool["pool"] == "h100"]
    assert h100["sold"] == [8, 5, 5, 8]
    text = settled.does(f"reservations release {one['id']} --team nlp --yes").out
    assert "Given back: 5 to 8 × h100 from 2026-11-24T02:00Z until 2026-11-24T06:00Z" in text


def test_releasing_asks_first_and_another_teams_is_not_there(settled: Counter) -> None:
    [one] = settled.lists("reservations list")
    before = settled.contents()
    assert settled.types(f"reservations release {one['id']} --team nlp").code == 2
    assert settled.types(f"reservations release {one['id']} --team vision --yes").code == 1
    assert settled.types(f"reservations release {one['id']} --team nlp --yes -q 9").code == 2
    assert settled.contents() == before


def test_a_release_shows_what_is_left_what_it_brought_and_what_can_hardly_sell(
    settled: Counter,
) -> None:
    settled.does("bid --team vision --pool h100 -q 16 -d 4h --value 99 --earliest +48h")
    again = settled.later("2026-11-25T00:00Z")
    again.does("cycle run")
    [one] = again.lists("reservations list --team vision")
    release = f"reservations release {one['id']} --team vision --yes"
    assert "hardly sell" not in again.does(f"{release} -q 4").err
    assert "12 of 16" in again.does("reservations list --team vision").out
    window = ("--earliest", one["start"], "--latest", one["start"])
    again.does("bid --team nlp --pool h100 -q 4 -d 4h --value 50", *window)
    later = again.later("2026-11-26T00:00Z")
    later.does("cycle run")
    [left] = later.lists("reservations list --team vision")
    assert (left["units"], left["refunded_credits"]) == ([12] * 4, "4")
    said = again.later("2026-11-26T00:30Z").does(release)
    assert "Its hours before 2026-11-27T01:00Z can hardly sell" in said.err
    later.does("ledger check")


def test_a_release_of_a_broken_block_is_refused(counter: Counter) -> None:
    counter.does("bid --team nlp --pool a100 -q 8 -d 4h --value 60", *FIXED)
    at = counter.later(MIDNIGHT)
    at.does("cycle run")
    [one] = at.lists("reservations list")
    said = at.types(f"reservations release {one['id']} --team nlp --yes -q 3")
    assert (said.code, "--quantity is 3: a100 sells multiples of 4" in said.err) == (2, True)


def test_so_many_units_said_again_are_given_back_once(settled: Counter) -> None:
    [one] = settled.lists("reservations list")
    release = f"reservations release {one['id']} --team nlp -q 2 --yes"
    for _ in range(2):
        assert settled.sees(release)["units"] == [6, 6, 6, 6]
    assert settled.sees(release, "--key", "more")["units"] == [4, 4, 4, 4]
