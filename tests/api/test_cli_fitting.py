"""``pricing fit`` from the command line."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.counter import Counter

FIRST = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_too_short_a_history_is_said(counter: Counter) -> None:
    counter.does("tick run")
    said = counter.fails(1, "pricing fit --pool h100")
    assert "h100" in said
    assert "30 are needed" in said


@pytest.mark.slow
def test_a_history_gives_an_elasticity_with_its_interval(counter: Counter) -> None:
    """Requests at limits spread by a power law: demand falls with the price as they say."""
    at = FIRST
    for rank in range(1, 25):
        limit = 0.3 * (24 / rank) ** 0.8
        counter.does(f"spot request --team nlp --pool h100 -q 1 --limit {limit:.2f} --key k{rank}")
    for _ in range(36):
        counter.later(f"{at:%Y-%m-%dT%H:%MZ}").does("tick run")
        at += timedelta(minutes=5)
    later = counter.later(f"{at:%Y-%m-%dT%H:%MZ}")
    found = later.sees("pricing fit --pool h100")
    low, high = found["elasticity"]["low"], found["elasticity"]["high"]
    assert low < found["elasticity"]["estimate"] < high
    assert found["ticks"] >= 30
    assert "95 %" in later.does("pricing fit --pool h100").out
