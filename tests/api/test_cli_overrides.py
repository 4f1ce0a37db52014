"""Overrides from the command line: who loses by them, what is listed, what is called off."""

from tests.api.counter import Counter

SHUT = ("pool", "override", "h100", "--capacity", "0", "--reason", "a holiday")
WHEN = ("--from", "2026-11-24T02:00Z", "--until", "2026-11-24T06:00Z")


def test_it_is_told_listed_and_called_off(counter: Counter) -> None:
    told = counter.does(*SHUT, *WHEN, "--yes").out
    assert "has 0 units from 2026-11-24T02:00Z until 2026-11-24T06:00Z, whatever its" in told
    assert "Its id: ovr_000001" in told
    assert "No reservation loses anything." in told
    [one] = counter.lists("pool overrides h100")
    assert (one["id"], one["cancelled_at"]) == ("ovr_000001", None)
    assert "announced" in counter.does("pool overrides h100").out
    under_way = counter.later("2026-11-24T03:20Z")
    assert "under way" in under_way.does("pool overrides h100").out
    said = under_way.does("pool override-cancel ovr_000001 --yes").out
    assert "from 2026-11-24T04:00Z on h100 has what it had without ovr_000001" in said
    assert "cancelled" in under_way.does("pool overrides h100").out
    assert "is cancelled: it has ended" in under_way.fails(
        1, "pool override-cancel ovr_000001 --yes"
    )
    calendar = under_way.sees("pool", "calendar", "--from", "2026-11-24T02:00Z", "--hours", "4")
    [h100] = [pool for pool in calendar["pools"] if pool["pool"] == "h100"]
    assert h100["capacity"] == [0, 0, 16, 16]


def test_what_is_called_off_is_json_too(counter: Counter) -> None:
    made = counter.sees(*SHUT, *WHEN, "--yes")
    gone = counter.sees("pool override-cancel", made["id"], "--yes")
    assert (gone["end"], gone["failed"]) == (made["start"], [])


def test_what_cannot_be_is_refused_by_its_flag(counter: Counter) -> None:
    assert "--until is 2026-11-24T02:30Z: slots are 1h" in counter.fails(
        2, *SHUT, "--from", "2026-11-24T02:00Z", "--until", "2026-11-24T02:30Z", "--yes"
    )
    assert "is below zero" in counter.fails(
        2, "pool override h100 --capacity -1 --reason x --yes", *WHEN
    )
