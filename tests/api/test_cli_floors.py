"""Forward floors from the command line: on the database and through a service alike."""

import re

from tests.api.counter import BOTH_WAYS, Counter


@BOTH_WAYS
def test_what_a_repeat_of_the_week_would_cost_is_shown_once_it_has_passed(counter: Counter) -> None:
    """Three teams ask for all of h100 in the same hour of a day; the second offers 80, which is 5 a
    unit, and all else costs .25. In a week the next cycle is not closed yet, so they come again in
    two. That is the ninth day on sale: the four days before it, itself and the four after cost
    (215 × .25 + 5) / 216 = .2720 in the mean, that hour of all 17 days (16 × .25 + 5) / 17 = .5294,
    and all hours (407 × .25 + 5) / 408 = .2616: .2720 × .5294 / .2616 = .5503, told as .56."""
    said = counter.does("floors").out
    assert "cyc_000001 sells for each pool's reserve price: forward_floor_ppm is 0." in said
    counter.does("grant add poor 1000 --until 2027-01-01T00:00Z")
    counter.does("rules adopt --set forward_floor_ppm=500000 --yes")
    first = counter.later("2026-11-24T01:00Z")
    first.does("advance")
    assert "No floors of cyc_000002 were made: there was no week" in first.does("floors").out
    at = ("--earliest", "2026-11-26T08:00Z", "--latest", "2026-11-26T08:00Z")
    for team, value in (("nlp", 96), ("vision", 80), ("poor", 48)):
        first.does(f"bid --team {team} --pool h100 -q 16 -d 1h --value {value}", *at)
    week = counter.later("2026-12-01T00:30Z")
    week.does("advance")
    said = week.does("floors").out
    assert re.search(r"a repeat of 3 orders up to 2026-12-01T00:\d\d(:\d\d)?Z", said)
    assert re.search(r"h100 +2026-12-10T08:00Z +2026-12-10T09:00Z +0\.56", said)
    assert "50 % of it is the least that cyc_" in said
    told = week.sees("floors")
    assert (told["share"], told["made"]["orders"]) == (0.5, 3)
    assert told["past"] == []
    for day in range(2, 11):
        last = counter.later(f"2026-12-{day:02}T00:30Z")
        last.does("advance")
    [past] = last.sees("floors")["past"]
    assert (past["pool"], past["reached_share"], past["empty_share"]) == ("h100", 0.0, 1.0)
    said = " ".join(last.does("floors").out.split())
    assert "What came of the floors of past cycles" in said
