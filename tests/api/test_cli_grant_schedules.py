"""Schedules of grants on the command line."""

import pytest

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = pytest.mark.both


@BOTH_WAYS
def test_credits_are_given_each_period_until_the_schedule_ends(counter: Counter) -> None:
    said = counter.does("grant", "schedule", "nlp", "50", "--every", "week", "--purpose", "base")
    assert (
        "Schedule nlp-week: 50.00 credits for nlp each week, next at 2026-11-30T00:00Z" in said.out
    )
    again = counter.does("grant", "schedule", "nlp", "50", "--every", "week", "--purpose", "base")
    assert again.out == said.out
    shown = counter.sees("grant schedule-change nlp-week --credits 60 --reason more")
    assert (shown["credits"], shown["purpose"]) == ("60", "base")
    [one] = counter.lists("grant schedules --team nlp")
    assert one == shown
    assert "to its end" in counter.does("grant", "schedules").out
    gone = counter.does("grant", "schedule-end", "nlp-week", "--reason", "over")
    assert "it has ended" in gone.out


def test_what_falls_due_is_given_and_nonsense_is_refused(counter: Counter) -> None:
    assert "There is no schedule yet" in counter.does("grant", "schedules").out
    counter.does("grant", "schedule", "nlp", "50", "--every", "month", "--days", "10")
    later = counter.later("2027-01-02T00:00Z")
    later.does("advance")
    ids = {one["id"]: one["end"] for one in later.lists("grant list --team nlp")}
    assert ids["nlp-month-2027-01"] == "2027-01-11T00:00:00Z"
    assert "nlp-month-2026-12" in ids
    for words, why in (
        (("schedule", "nlp", "5", "--every", "day"), "one of week, month, quarter"),
        (("schedule", "nlp", "-5", "--every", "week"), "above zero"),
        (("schedule", "nlp", "5", "--every", "week", "--days", "-1"), "from 0 to 731"),
        (("schedule", "nlp", "5", "--every", "week", "--until", "+1d"), "the next period begins"),
        (("schedule-end", "zzz", "--reason", "x"), "there is no schedule 'zzz'"),
    ):
        refused = later.types("grant", *words)
        assert refused.code
        assert why in refused.err
