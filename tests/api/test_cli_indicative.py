"""Indicative prices from the command line: on the database and through a service alike."""

import re

from tests.api.counter import BOTH_WAYS, Counter

FIXED = ("--earliest", "2026-11-24T08:00Z", "--latest", "2026-11-24T08:00Z")


@BOTH_WAYS
def test_what_was_told_is_shown_hour_by_hour_of_one_price(counter: Counter) -> None:
    counter.does("grant add poor 1000 --until 2027-01-01T00:00Z")
    early = counter.does("indicative").out
    assert "No indicative prices of cyc_000001 were told yet." in early
    for team, value in (("nlp", 93), ("vision", 71), ("poor", 5)):
        counter.does(f"bid --team {team} --pool h100 -q 16 -d 1h --value {value}", *FIXED)
    evening = counter.later("2026-11-23T18:00Z")
    assert evening.sees("advance")["indicative"] == "2026-11-23T18:00:00Z"
    said = evening.does("indicative").out
    assert "Indicative prices of cyc_000001 as of 2026-11-23T18:00Z" in said
    assert "h100" in said
    assert re.search(r"h100 +2026-11-24T08:00Z +2026-11-24T09:00Z +4\.50", said)  # 71 / 16
    assert "None of a100: in no hour enough teams bid for it." in said
    assert "The next are told at 2026-11-23T23:00Z." in said
    told = evening.sees("indicative cyc_000001 --pool h100")
    assert [one["pool"] for one in told["latest"]["pools"]] == ["h100"]
    assert "there is no pool 'tpu'" in evening.fails(2, "indicative --pool tpu")


def test_the_clock_says_what_it_told(counter: Counter) -> None:
    later = counter.later("2026-11-23T23:30Z")
    assert "the indicative prices of 2026-11-23T23:00Z are told" in later.does("advance").out
    said = later.does("indicative").out
    assert "There are no prices that could be told." in said
    assert "No more are told of cyc_000001." in said
