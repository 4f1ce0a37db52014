"""How much time a page shows."""

from datetime import UTC, datetime, timedelta

import pytest

from api.web.span import DAY, HOUR, Zoom, shown

NOW = datetime(2026, 11, 26, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zoom", "start", "slots"),
    [
        (Zoom.HOURS, NOW - 6 * HOUR, 36),
        (Zoom.DAYS, datetime(2026, 11, 25, tzinfo=UTC), 8 * 24),
        (Zoom.WEEKS, datetime(2026, 11, 19, tzinfo=UTC), 28 * 24),
    ],
)
def test_it_is_around_now_on_whole_hours_or_days(zoom: Zoom, start: datetime, slots: int) -> None:
    found = shown(zoom, None, NOW, HOUR)
    assert (found.start, found.slots, found.end) == (start, slots, start + slots * HOUR)


def test_it_starts_where_its_reader_went_and_moves_by_halves() -> None:
    found = shown(Zoom.DAYS, datetime(2026, 12, 1, 17, 3, tzinfo=UTC), NOW, HOUR)
    assert found.start == datetime(2026, 12, 1, tzinfo=UTC)
    assert found.moved(1) - found.start == 4 * DAY
    assert found.moved(-1) - found.start == -4 * DAY


def test_slots_that_are_longer_than_an_hour_are_shown_whole() -> None:
    found = shown(Zoom.HOURS, None, NOW, timedelta(hours=8))
    assert found.start == datetime(2026, 11, 26, 8, tzinfo=UTC)
    assert found.slots == 5
