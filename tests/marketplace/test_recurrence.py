"""Windows that recur: by the clock on a wall, through summer time and back."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.capacity import Window
from marketplace.domain.page import every
from marketplace.domain.recurrence import DAYS_MAX, Recurrence, dated, moment_of
from marketplace.errors import BadField
from marketplace.rules import MarketRules
from marketplace.services import capacity, recurrence
from marketplace.services import window as window_service
from marketplace.services.recurrence import zone
from marketplace.store import journal as journal_store
from marketplace.words import WEEKDAYS
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW, RULES, a_market, assert_clean

BERLIN, NEW_YORK, KOLKATA = map(zone, ("Europe/Berlin", "America/New_York", "Asia/Kolkata"))
ZONES = (BERLIN, NEW_YORK, KOLKATA, zone("Australia/Lord_Howe"), zone("Pacific/Apia"), UTC)
"""One of them moves its clock by half an hour; another has left out a whole day."""

FINE = replace(RULES, slot_minutes=15, tick_minutes=5)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NIGHTS = Recurrence(
    pool="h100",
    quantity=4,
    days=("sat",),
    start_time=time(22),
    end_time=time(6),
    time_zone="Europe/Berlin",
    first_day=date(2027, 3, 20),
    last_day=date(2027, 4, 3),
)
WALLS = st.datetimes(datetime(2011, 12, 1), datetime(2032, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0)
)


def spells(
    recurrence: Recurrence, rules: MarketRules = RULES, tz: tzinfo | None = None
) -> list[tuple[str, str]]:
    """When the windows are, in UTC."""
    windows = dated(recurrence, tz or zone(recurrence.time_zone), rules)
    return [(f"{one.start:%m-%dT%H:%M}", f"{one.end:%m-%dT%H:%M}") for one in windows]


def test_a_night_of_eight_hours_has_seven_when_summer_time_begins_and_nine_when_it_ends() -> None:
    assert spells(NIGHTS) == [
        ("03-20T21:00", "03-21T05:00"),
        ("03-27T21:00", "03-28T04:00"),
        ("04-03T20:00", "04-04T04:00"),
    ]
    autumn = replace(NIGHTS, first_day=date(2026, 10, 24), last_day=date(2026, 10, 31))
    assert spells(autumn) == [("10-24T20:00", "10-25T05:00"), ("10-31T21:00", "11-01T05:00")]
    there = replace(autumn, time_zone="America/New_York")
    assert spells(there) == [("10-25T02:00", "10-25T10:00"), ("11-01T02:00", "11-01T11:00")]


def test_an_hour_that_is_left_out_begins_at_the_jump_and_one_that_comes_twice_the_first_time() -> (
    None
):
    jump = datetime(2027, 3, 28, 1, tzinfo=UTC)
    for minute in (0, 1, 30, 59):
        assert moment_of(datetime(2027, 3, 28, 2, minute), BERLIN) == jump  # noqa: DTZ001
    assert moment_of(datetime(2027, 3, 28, 3), BERLIN) == jump  # noqa: DTZ001
    twice = datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001
    assert moment_of(twice, BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    gone = datetime(2011, 12, 30, 9)  # noqa: DTZ001
    assert moment_of(gone, ZONES[4]) == datetime(2011, 12, 30, 10, tzinfo=UTC)


@given(WALLS, st.sampled_from(ZONES))
def test_a_moment_is_the_first_at_which_the_clock_reads_so_or_later(
    wall: datetime, tz: tzinfo
) -> None:
    at = moment_of(wall, tz)
    assert at.astimezone(tz).replace(tzinfo=None) >= wall
    earlier = [at - k * MINUTE for k in range(1, 200)]
    assert all(each.astimezone(tz).replace(tzinfo=None) < wall for each in earlier)


@given(WALLS, st.integers(0, 3_000), st.sampled_from(ZONES))
def test_a_later_reading_is_never_an_earlier_moment(
    wall: datetime, minutes: int, tz: tzinfo
) -> None:
    assert moment_of(wall, tz) <= moment_of(wall + minutes * MINUTE, tz)


@st.composite
def recurrences(draw: st.DrawFn) -> Recurrence:
    first = draw(st.dates(date(2026, 1, 1), date(2028, 1, 1)))
    minutes = st.integers(0, 24 * 60 - 1).map(lambda n: time(n // 60, n % 60))
    return Recurrence(
        pool="h100",
        quantity=3,
        days=tuple(draw(st.sets(st.sampled_from(WEEKDAYS), min_size=1))),
        start_time=draw(minutes),
        end_time=draw(minutes),
        time_zone="UTC",
        first_day=first,
        last_day=first + timedelta(days=draw(st.integers(7, 40))),
    )


@given(recurrences(), st.sampled_from(ZONES), st.sampled_from([RULES, FINE]))
def test_a_slot_is_there_just_where_the_clock_says_so_all_through_it(
    recurrence: Recurrence, tz: tzinfo, rules: MarketRules
) -> None:
    """Worked out the other way round: from the moments to what the clock reads, minute by minute.
    Days on which the clock moves are left to the tests above."""
    try:
        windows = dated(recurrence, tz, rules)
    except BadField as refusal:
        assert refusal.reason == "no-whole-slot"  # noqa: PT017
        windows = ()
    assert all(a.end < b.start for a, b in pairwise(windows))
    start = datetime.combine(recurrence.first_day, time(12), UTC) + timedelta(days=1)
    while start < datetime.combine(recurrence.last_day, time(0), UTC) - timedelta(days=1):
        end = start + rules.slot
        if start.astimezone(tz).utcoffset() == (start - HOUR * 26).astimezone(tz).utcoffset():
            there = any(one.start <= start and end <= one.end for one in windows)
            assert there == all(
                says(recurrence, (start + k * MINUTE).astimezone(tz))
                for k in range(rules.slot // MINUTE)
            )
        start = end + 7 * HOUR


def says(recurrence: Recurrence, at: datetime) -> bool:
    """Whether units are there when the clock reads that."""
    today, now = WEEKDAYS[at.weekday()] in recurrence.days, at.time()
    if recurrence.start_time < recurrence.end_time:
        return today and recurrence.start_time <= now < recurrence.end_time
    yesterday = WEEKDAYS[at.weekday() - 1] in recurrence.days
    return (today and now >= recurrence.start_time) or (yesterday and now < recurrence.end_time)


@pytest.mark.parametrize("tz", ZONES)
def test_day_and_night_all_week_is_one_window_whatever_the_clock_does(tz: tzinfo) -> None:
    always = replace(
        NIGHTS,
        days=WEEKDAYS,
        start_time=time(0),
        end_time=time(0),
        first_day=date(2026, 1, 1),
        last_day=date(2027, 12, 31),
    )
    [one] = dated(always, tz, RULES)
    assert one.end - one.start >= timedelta(days=729)


def test_what_lies_beside_the_slots_is_cut_inward() -> None:
    office = replace(
        NIGHTS,
        start_time=time(9),
        end_time=time(17),
        time_zone="Asia/Kolkata",
        last_day=NIGHTS.first_day,
    )
    assert spells(office) == [("03-20T04:00", "03-20T11:00")]
    assert spells(office, FINE) == [("03-20T03:30", "03-20T11:30")]
    with pytest.raises(BadField, match="no whole slot of 1h lies in those hours"):
        dated(replace(office, end_time=time(10)), KOLKATA, RULES)
    with pytest.raises(BadField, match="days is sun, mon: none of them lies between the first day"):
        dated(replace(office, days=("sun", "mon")), KOLKATA, RULES)


def test_a_window_that_the_jump_swallows_is_not_there_that_day() -> None:
    jumped = replace(NIGHTS, days=("sun",), start_time=time(2), end_time=time(3))
    assert spells(jumped) == [("03-21T01:00", "03-21T02:00")]


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"quantity": 0}, "quantity", "out-of-range"),
        ({"quantity": 10**6 + 1}, "quantity", "out-of-range"),
        ({"days": ()}, "days", "no-days"),
        ({"days": ("mon", "day")}, "days", "not-one-of"),
        ({"start_time": time(9, 0, 1)}, "start_time", "not-a-wall-time"),
        ({"end_time": time(9, tzinfo=UTC)}, "end_time", "not-a-wall-time"),
        ({"last_day": date(2027, 3, 19)}, "last_day", "before-first-day"),
        (
            {"last_day": NIGHTS.first_day + timedelta(days=DAYS_MAX + 1)},
            "last_day",
            "days-after",
        ),
    ],
)
def test_a_recurrence_that_cannot_be_is_refused(
    change: dict[str, object], field: str, reason: str
) -> None:
    with pytest.raises(BadField) as refusal:
        replace(NIGHTS, **change)  # type: ignore[arg-type]
    assert (refusal.value.field, refusal.value.reason) == (field, reason)
    assert str(refusal.value)


def test_two_years_of_days_are_fewer_windows_than_a_command_may_carry() -> None:
    longest = replace(NIGHTS, days=WEEKDAYS, last_day=NIGHTS.first_day + timedelta(days=DAYS_MAX))
    windows = dated(longest, BERLIN, RULES)
    assert len(windows) == DAYS_MAX + 1 <= 1_000
    assert windows[0] == Window(
        pool="h100",
        start=datetime(2027, 3, 20, 21, tzinfo=UTC),
        end=datetime(2027, 3, 21, 5, tzinfo=UTC),
        quantity=4,
    )


def test_what_was_dated_stays_whatever_the_zone_does_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """§7.13: the journal has the dates, so that a replay asks no zone."""
    store = a_market()
    made = hands.recur(store, replace(NIGHTS, quantity=16), NOW)
    monkeypatch.setattr(recurrence, "zone", None)
    assert every(window_service.listed, store, "h100")[1:] == made
    assert_clean(store)
    with store.read() as tx:
        line = journal_store.newest(tx)
    assert line is not None
    assert '"time_zone":"Europe/Berlin"' in line.command
    _, [_, h100] = capacity.calendar(store, datetime(2027, 3, 28, 3, tzinfo=UTC), 2)
    assert list(h100.capacity) == [16, 0]  # the market's own windows have ended by then


def test_zones_are_those_of_the_package_and_no_file_of_the_machine() -> None:
    for name in ("localtime", "posixrules", "right/Europe/Berlin", "/etc/passwd", "Europe", ""):
        with pytest.raises(BadField, match="there is no such time zone; give one like"):
            zone(name)
    with pytest.raises(BadField) as refusal:
        zone("America/NewYork")
    assert "America/New_York" in str(refusal.value)
    assert zone("UTC") is zone("UTC")
