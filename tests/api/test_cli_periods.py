"""Periods from the command line: months by their names, in every command that takes a period."""

import pytest

from tests.api.counter import BOTH_WAYS, Counter

NAMED, MEANT = "--from 2026-11", "--from 2026-11-01T00:00Z --until 2026-12-01T00:00Z"


@BOTH_WAYS
@pytest.mark.parametrize(
    "line",
    [
        "statement --team nlp",
        "statement --team nlp --by project",
        "spend",
        "value-map",
    ],
)
def test_a_month_is_named_as_one_at_both_places(settled: Counter, line: str) -> None:
    meant = settled.sees(f"{line} {MEANT}")
    assert settled.sees(f"{line} {NAMED}") == meant
    assert settled.sees(f"{line} {NAMED} --until 2026-12") == meant
    before = settled.sees(f"{line} --from 2026-10")
    assert before == settled.sees(f"{line} --from 2026-10 --until 2026-11-01T00:00Z")
    assert before != meant


@pytest.mark.parametrize("line", ["themes spend", "ledger list", "pool unserved"])
def test_a_month_is_named_as_one(settled: Counter, line: str) -> None:
    assert settled.sees(f"{line} {NAMED}") == settled.sees(f"{line} {MEANT}")


def test_a_month_that_begins_a_period_is_all_of_it_only_without_its_end(settled: Counter) -> None:
    found = settled.sees("statement --team nlp --from 2026-11 --until +3h")
    assert found["start"] == "2026-11-01T00:00:00Z"
    assert found["end"].startswith("2026-11-24T")
    assert settled.lists("ledger list --from 2026-12") == []
    assert settled.lists("ledger list --from 2026-11")


@pytest.mark.parametrize("text", ["2026-13", "2026-0", "2026-1", "november"])
def test_what_is_no_month_is_refused(settled: Counter, text: str) -> None:
    assert "write it like 2026-11" in settled.fails(2, f"spend --from {text}")


def test_what_is_rated_anew_is_a_month_or_has_an_end(settled: Counter) -> None:
    line = "adjustment rerate h100 --factor 0.5 --reason slow"
    assert "--until" in settled.fails(2, f"{line} --from 2026-11-23T00:00Z")
    later = settled.later("2026-12-01T01:00Z")
    later.does("cycle run")
    whole = later.sees(f"{line} --from 2026-11")
    assert whole["lines"], whole
