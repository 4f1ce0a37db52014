"""Windows that recur, from the command line."""

import pytest

from api.texts import day, wall_time, weekdays
from tests.api.counter import Counter

NIGHTS = (
    *("pool", "recur", "h100", "--capacity", "4", "--days", "mon-fri"),
    *("--start-time", "20:00", "--end-time", "06:00", "--time-zone", "Europe/Berlin"),
    *("--first-day", "2026-11-23", "--last-day", "2026-12-04"),
)


def test_windows_recur_and_are_told_with_their_dates(counter: Counter) -> None:
    said = counter.sees(*NIGHTS)
    assert (said["pool"], said["time_zone"]) == ("h100", "Europe/Berlin")
    assert len(said["windows"]) == 10
    assert counter.lists("pool", "windows", "h100")[1:] == said["windows"]
    told = counter.does(*NIGHTS).out
    assert "h100 has 4 more units in 10 windows, the first from 2026-11-23T19:00Z" in told
    assert "until 2026-11-24T05:00Z, the last until 2026-12-05T05:00Z." in told
    assert counter.does("ledger", "check").code == 0


@pytest.mark.parametrize(
    ("flag", "value", "says"),
    [
        ("--days", "mon-day", "are no days"),
        ("--days", "mon,", "are no days"),
        ("--start-time", "8pm", "no time of day"),
        ("--first-day", "today", "not a date"),
        ("--first-day", "2026-12-05", "--last-day is '2026-12-04': it is before the first day"),
        ("--last-day", "2029-01-01", "at most 731 days after 2026-11-23"),
        ("--time-zone", "Berlin", "--time-zone is 'Berlin': there is no such time zone"),
        ("--capacity", "0", "not above zero"),
        ("--end-time", "20:30", "--end-time is '20:30': no whole slot of 1h"),
    ],
)
def test_what_cannot_be_is_refused_by_its_flag(
    flag: str, value: str, says: str, counter: Counter
) -> None:
    words = list(NIGHTS)
    words[words.index(flag) + 1] = value
    assert says in counter.fails(2, *words)


def test_days_times_and_dates_are_read_exactly() -> None:
    assert weekdays("mon-fri") == ("mon", "tue", "wed", "thu", "fri")
    assert weekdays("sun,sat") == ("sat", "sun")
    assert weekdays("sat-mon,wed,mon") == ("mon", "wed", "sat", "sun")
    for wrong in ("", "Mon", "mon-", "-mon", "mon-tue-wed", "mon fri"):
        with pytest.raises(ValueError, match="are no days"):
            weekdays(wrong)
    assert f"{wall_time('23:59'):%H:%M}" == "23:59"
    for wrong in ("", "24:00", "12:60", "1:00", "12:00:00", "12:00Z"):
        with pytest.raises(ValueError, match="no time of day"):
            wall_time(wrong)
    assert day("2028-02-29").isoformat() == "2028-02-29"
    for wrong in ("2027-02-29", "2027-2-2", "20270202", "1999-01-01", ""):
        with pytest.raises(ValueError, match=r"date|years"):
            day(wrong)
