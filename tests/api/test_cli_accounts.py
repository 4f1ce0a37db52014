"""Reservations, prices and statements from the command line."""

import pytest

from tests.api.counter import Counter

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


def test_shown_prices_are_never_below_the_reserve_price(settled: Counter) -> None:
    prices = {pool["pool"]: pool["price_credits"] for pool in settled.sees("prices")["pools"]}
    assert min(float(price) for price in prices["h100"]) >= 0.25
    assert min(float(price) for price in prices["a100"]) >= 0.1
    assert len(prices["h100"]) == (14 + 3) * 24
    said = settled.does("prices --pool h100").out
    assert "0.25" in said
    assert "a100" not in said


def test_before_the_first_settlement_there_are_no_prices(counter: Counter) -> None:
    said = counter.types("prices")
    assert said.code == 1
    assert "prices come with the first one" in said.err


def test_a_statement_adds_up_and_shows_what_is_held(settled: Counter) -> None:
    settled.does("bid --team nlp --pool h100 -q 1 -d 1h --value 17.60")
    found = settled.sees("statement --team nlp")
    assert (found["start"], found["end"]) == ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
    assert [line["type"] for line in found["lines"]] == ["grant", "charge"]
    paid = settled.lists("orders list --team nlp --state filled")[0]["fill"]["payment_credits"]
    assert found["lines"][1]["credits"] == f"-{paid}"
    assert found["held_credits"] == "17.6"
    text = settled.does("statement --team nlp").out
    assert "17.60 credits are held" in text
    december = settled.sees(
        "statement --team nlp --from 2026-12-01T00:00Z --until 2027-01-01T00:00Z"
    )
    assert december["opening_credits"] == found["closing_credits"]


def test_a_period_that_ends_before_it_starts_is_refused(counter: Counter) -> None:
    said = counter.types("statement --team nlp --from 2026-12-01T00:00Z --until 2026-11-01T00:00Z")
    assert said.code == 2
    assert "end" in said.err


def test_a_release_shows_what_is_left_what_it_brought_and_what_can_hardly_sell(
    settled: Counter,
) -> None:
    settled.does("bid --team vision --pool h100 -q 16 -d 4h --value 99 --earliest +48h")
    again = settled.later("2026-11-25T00:00Z")
    again.does("cycle run")
    [one] = again.lists("reservations list --team vision")
    release = f"reservations release {one['id']} --team vision --yes"
    assert again.does(f"{release} -q 4").err == ""
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


def test_time_does_not_go_backwards(settled: Counter) -> None:
    before = settled.contents()
    said = settled.later("2026-11-23T12:00Z").types(
        "bid --team nlp --pool h100 -q 1 -d 1h --value 1"
    )
    assert (said.code, settled.contents()) == (2, before)
    assert "the books have entries of 2026-11-24T00:00Z, later than 2026-11-23T12:00Z" in said.err
    assert "pass a later --at" in said.err


def test_the_price_of_a_given_hour_is_shown(settled: Counter) -> None:
    said = settled.does("prices --from 2026-11-24T02:00Z --until 2026-11-24T04:00Z").out
    assert "2026-11-24T02:00Z" in said
    assert "2026-11-24T03:00Z" in said
    assert "2026-11-24T04:00Z" not in said
    facts = settled.sees("prices --pool h100 --from 2026-11-24T02:00Z")
    assert (facts["start"], facts["pools"][0]["price_credits"]) == (
        "2026-11-24T02:00:00Z",
        ["0.25"],
    )
    for words, flag in (
        ("--from 2026-11-20T00:00Z", "--from"),
        ("--until 2027-11-24T04:00Z", "--"),
    ):
        refused = settled.types(f"prices {words}")
        assert (refused.code, f"{flag}" in refused.err) == (2, True)
        assert "cyc_000001 priced 2026-11-24T01:00Z to 2026-12-11T01:00Z" in refused.err
    assert "8.5 h a letter" in settled.does("prices").out


def test_a_statement_is_summed_by_what_the_work_was_for(counter: Counter) -> None:
    for project, units in (("search", 8), ("chat", 4), ("", 1)):
        counter.does(
            f"bid --team nlp --pool h100 -q {units} -d 4h --value 60 --project '{project}'", *FIXED
        )
    at = counter.later(MIDNIGHT)
    at.does("cycle run")
    sums = {one["project"]: one for one in at.sees("statement --team nlp --by project")}
    assert [sums[name]["charge_credits"] for name in ("search", "chat", "")] == ["8", "4", "1"]
    assert "search" in at.does("statement --team nlp --by project").out
    assert at.sees("statement --team nlp --by cost-centre")[0]["charge_credits"] == "13"
    lines = at.sees("statement --team nlp")["lines"]
    assert sorted(line["project"] for line in lines) == ["", "", "chat", "search"]
    said = at.types("statement --team nlp --by colour")
    assert (said.code, "project, theme, cost-centre" in said.err) == (2, True)
