"""The tick from the command line."""

from tests.api.counter import Counter


def test_a_tick_says_what_it_did(counter: Counter) -> None:
    counter.does("spot request --team nlp --pool h100 -q 4 --limit 2.50")
    said = counter.does("tick run").out
    assert "Tick of 2026-11-23T12:00Z: 1 start, 0 interruption notices, 0 lost" in said
    assert "h100" in said


def test_an_hour_that_was_missed_is_one_tick(counter: Counter) -> None:
    counter.does("tick run")
    late = counter.later("2026-11-23T13:02Z")
    assert late.sees("tick run")["due_at"] == "2026-11-23T13:00:00Z"
    assert late.sees("tick run") == {"ran": False, "next_due": "2026-11-23T13:05:00Z"}
    assert len(late.lists("spot prices --pool h100")) == 2
