"""What people type is read exactly, or refused in a sentence; never guessed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from allocator.files import wire
from api.cli.values import When, credits_text, seconds, stamp, text_of_duration, when, zulu
from api.texts import above_zero_ucr, credits_ucr, duration, moment, whole
from api.wire.shape import Instant
from pricing.units import credits_from_ucr

NOW = datetime(2026, 11, 23, 12, 20, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_every_two_decimal_price_is_kept_to_the_micro_credit() -> None:
    for cents in range(10_000):
        text = f"{cents // 100}.{cents % 100:02d}"
        amount_ucr = credits_ucr(text)
        assert amount_ucr == cents * 10_000
        assert credits_text(amount_ucr) == text
        assert Decimal(str(credits_from_ucr(amount_ucr))) == Decimal(text)


@given(st.integers(0, 10**18))
def test_any_amount_reads_back_as_it_was_written(amount_ucr: int) -> None:
    assert credits_ucr(credits_text(amount_ucr).replace(",", "")) == amount_ucr


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "NaN",
        "inf",
        "-inf",
        "Infinity",
        "1e999",
        "1e3",
        "0x10",
        "1_000",
        "١٢",
        "17,60",
        "17.60.0",
        "-1",
        "-0.01",
        "1.0000001",
        "1000000000001",
        "99999999999999999999999999999999999999999999",
        "+",
        "-",
        ".",
        ".5",
        "5.",
        "",
        " 1",
    ],
)
def test_what_is_no_amount_of_credits_is_refused_with_its_value(text: str) -> None:
    with pytest.raises(ValueError, match=r"'|credits"):
        credits_ucr(text)


def test_a_value_must_be_above_zero_but_a_reserve_price_may_be_zero() -> None:
    assert credits_ucr("0.00") == 0
    assert above_zero_ucr("0.000001") == 1
    with pytest.raises(ValueError, match="above zero"):
        above_zero_ucr("0.00")


@pytest.mark.parametrize(
    "text",
    [
        "8.0",
        "1e3",
        "nan",
        "inf",
        "0x8",
        "٨",
        "1_0",
        "eight",
        "9999999999999999999",
        "--1",
        "+1",
        "",
        "8 ",
    ],
)
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a whole number"):
        whole(text)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "1e3", "inf", "", "1s", "0.0"])
def test_what_is_no_time_to_search_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number of seconds"):
        seconds(text)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("90m", 90), ("8h", 480), ("3d", 4320), ("1h30m", 90), ("1d2h3m", 1563), ("0h", 0)],
)
def test_a_duration_is_days_hours_and_minutes(text: str, minutes: int) -> None:
    assert duration(text) == timedelta(minutes=minutes)


@given(st.integers(0, 60 * 24 * 400))
def test_a_duration_reads_back_as_it_was_written(minutes: int) -> None:
    length = timedelta(minutes=minutes)
    assert duration(text_of_duration(length)) == length


@pytest.mark.parametrize(
    "text",
    ["", "8", "h", "-8h", "8 h", "8H", "1.5h", "nanh", "8h8", "30m1h", "٨h", "99999d", "8h\n"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration|longer than"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-24T08:00Z", "2026-11-24T08:00:00Z"),
        ("2026-11-24t08:00z", "2026-11-24T08:00:00Z"),
        ("2026-11-24 08:00:05+00:00", "2026-11-24T08:00:05Z"),
        ("2026-11-24T08:00+01:00", "2026-11-24T07:00:00Z"),
        ("2026-11-23T17:30-08:00", "2026-11-24T01:30:00Z"),
        ("2026-11-24T05:45+05:45", "2026-11-24T00:00:00Z"),
    ],
)
def test_a_time_is_read_with_its_offset_and_printed_in_utc(text: str, utc: str) -> None:
    assert stamp(moment(text)) == utc


def test_the_hour_that_a_clock_shows_twice_is_two_hours() -> None:
    """Europe, 2026-10-25: 02:30 comes at +02:00 and again, an hour later, at +01:00."""
    first, second = moment("2026-10-25T02:30+02:00"), moment("2026-10-25T02:30+01:00")
    assert second - first == HOUR
    assert zulu(first) == "2026-10-25T00:30Z"


def test_the_hour_that_a_clock_leaves_out_is_no_gap() -> None:
    """California, 2026-03-08: 01:59 at -08:00 is followed by 03:00 at -07:00."""
    gap = moment("2026-03-08T03:00-07:00") - moment("2026-03-08T01:59-08:00")
    assert gap == timedelta(minutes=1)
    assert zulu(moment("2026-03-08T03:00-07:00")) == "2026-03-08T10:00Z"


@given(
    st.datetimes(datetime(2001, 1, 1), datetime(2998, 1, 1)),  # noqa: DTZ001 - hypothesis asks so
    st.integers(-14 * 60, 14 * 60),
)
def test_no_offset_moves_a_time(naive: datetime, offset_min: int) -> None:
    at = naive.replace(microsecond=0, tzinfo=UTC)
    sign, (hours, minutes) = "-" if offset_min < 0 else "+", divmod(abs(offset_min), 60)
    local = (at + timedelta(minutes=offset_min)).strftime("%Y-%m-%dT%H:%M:%S")
    assert moment(f"{local}{sign}{hours:02d}:{minutes:02d}") == at
    assert moment(stamp(at)) == at


@pytest.mark.parametrize(
    "text",
    [
        *("tomorrow", "", "2026-11-24", "2026-11-24T08:00", "2026-11-24 08:00:00", "1795507200"),
        *("08:00Z", "2026-13-01T00:00Z", "2026-02-29T00:00Z", "2026-11-24T25:00Z", "+", "+8"),
        *(
            "2026-11-24T08:00:60Z",
            "2026-11-24T08:00.5Z",
            "2026-11-24T08:00:00.Z",
            "2026-11-24T08:00 PST",
            "now+3h",
        ),
        *("20261124T0800Z", "2026-W48-2T08:00Z", "2026-11-24T08:00+99:00", "-3h", "NOW "),
        *("0001-01-01T00:00+01:00", "1999-12-31T00:00Z", "3000-01-01T00:00Z", "２026-11-24T08:00Z"),
        *("2026-11-24T08:00Z\n", "2026-11-24T08:00ZZ", "nan", "9999-12-31T23:59-23:59"),
    ],
)
def test_a_time_that_cannot_be_read_never_becomes_now(text: str) -> None:
    with pytest.raises(ValueError, match=r"'"):
        when(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-24T08:00Z", "2026-11-24T08:00:00z", "2026-11-24 09:00+01:00"),
        *("2026-11-24T08:00:00.000Z", "2026-11-24T08:00:00.000000000Z", "2026-11-24T08:00:00.999Z"),
        *("2026-11-24T08:00+0000", "2026-11-24T10:30:00.5+0230", "2026-11-23t23:00:00-0900"),
    ],
)
def test_every_door_reads_a_time_in_the_same_ways(text: str) -> None:
    """What JavaScript, ``date`` and other programs write; the market counts whole seconds."""
    at = datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert moment(text) == at
    assert when(text) == When(at)
    assert TypeAdapter(Instant).validate_python(text) == at
    assert wire.moment({"at": text}, "at").replace(microsecond=0) == at


def test_a_time_without_an_offset_is_told_what_is_missing() -> None:
    with pytest.raises(ValueError, match=r"'2026-11-24T08:00' has no offset to UTC.*08:00Z"):
        when("2026-11-24T08:00")


def test_a_time_relative_to_now_is_rounded_up_to_a_slot_and_an_absolute_one_is_not() -> None:
    assert zulu(when("now").on_slot(NOW, HOUR)) == "2026-11-23T13:00Z"
    assert zulu(when("+3h").on_slot(NOW, HOUR)) == "2026-11-23T16:00Z"
    assert zulu(when("+2d").on(NOW)) == "2026-11-25T12:20:30Z"
    assert when("now").on_slot(NOW.replace(minute=0, second=0), HOUR).hour == 12
    assert When(NOW).on_slot(NOW - HOUR, HOUR) == NOW
