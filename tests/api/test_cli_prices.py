"""Prices from the command line: published, and those ahead."""

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = BOTH_WAYS


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


def test_hours_ahead_have_the_cleared_price_and_what_hours_alike_cost(settled: Counter) -> None:
    seen = settled.sees("prices --ahead 3 --pool h100")
    [pool] = seen["pools"]
    assert [one["at"] for one in pool["slots"]] == [f"2026-11-24T0{k}:00:00Z" for k in range(3)]
    assert [one["price_credits"] for one in pool["slots"]] == [None, "0.25", "0.25"]
    said = settled.does("prices --ahead 3 --pool h100").out
    assert [line.split()[1:4] for line in said.splitlines()[2:]] == [
        ["2026-11-24T00:00Z", "·", "nothing"],
        ["2026-11-24T01:00Z", "0.25", "cleared"],
        ["2026-11-24T02:00Z", "0.25", "cleared"],
    ]
    alike = settled.sees("prices --ahead 24 --from 2026-12-12T00:00Z")
    assert {one["pool"] for one in alike["pools"]} == {"a100", "h100"}
    slot = alike["pools"][1]["slots"][2]
    assert (slot["cleared_credits"], slot["price_credits"]) == (None, "0.25")
    assert slot["hours"] > 0
    assert "of hours alike" in settled.does("prices --ahead 24 --from 2026-12-12T00:00Z").out


def test_hours_ahead_that_cannot_be_are_refused_by_their_flag(counter: Counter) -> None:
    assert "--ahead is -1: give 1 to 744" in counter.fails(2, "prices --ahead -1")
    assert "give 1 to 744" in counter.fails(2, "prices --ahead 745")
    assert "leave it out" in counter.fails(2, "prices --ahead 2 --until +2h")
    assert "there is no pool 'tpu'" in counter.fails(2, "prices --ahead 2 --pool tpu")
    assert "nothing is known" in counter.does("prices --ahead 1").out


def test_the_prices_of_a_past_cycle_can_be_had(settled: Counter) -> None:
    first = settled.sees("prices")
    settled.later("2026-11-25T00:00Z").does("cycle run")
    then = settled.later("2026-11-25T00:30Z")
    assert then.sees("prices")["cycle"] == "cyc_000002"
    assert then.sees("prices --cycle cyc_000001") == first
    assert "Prices of cyc_000001" in then.does("prices --cycle 1 --pool h100").out
    for cycle, code in (("cyc_000003", 1), ("cyc_000009", 1), ("x", 2)):
        assert then.types("prices --cycle", cycle).code == code
    assert then.types("prices --cycle 1 --ahead 3").code == 2
