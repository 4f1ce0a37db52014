"""``month``: what is open, closing one, what it came to."""

import pytest

from api.wire.month import ClosedMonth, Month
from tests.api.counter import Counter

pytestmark = pytest.mark.both
LATER = "2026-12-01T01:00Z"


def test_a_month_is_checked_closed_and_shown(counter: Counter) -> None:
    assert "No month is closed yet." in counter.does("month list").out
    early = counter.types("month checklist")
    assert early.code == 1
    assert "It cannot be closed yet." in early.out
    assert "never on this machine" in early.out
    assert "it ends at 2026-12-01T00:00Z" in counter.fails(1, "month close 2026-11 --yes")
    later = counter.later(LATER)
    assert "`gpumarket cycle run` runs it" in later.fails(1, "month close 2026-11 --yes")
    later.does("cycle run")
    later.does("ledger check")
    ready = later.does("month checklist 2026-11").out
    assert "`gpumarket month close 2026-11`" in ready
    assert "never on this machine" not in ready
    assert Month.read(later.sees("month checklist 2026-11")).ready
    assert "nobody is there to ask" in later.fails(2, "month close 2026-11")
    said = later.does("month close 2026-11 --yes").out
    assert "All together: 0.00." in said
    assert "Head of the journal:" in said
    seen = later.sees("month show 2026-11")
    closed = Month.read(seen).closed
    assert closed is not None
    assert closed.head in said
    assert later.does("month show 2026-11").out == said
    [listed] = later.lists("month list")
    assert ClosedMonth.read(listed) == closed
    assert closed.head in later.does("month list").out
    assert later.does(f"ledger check --since {closed.head}").code == 0
    assert "it is closed" in later.fails(1, "month close 2026-11 --yes")
    assert "2026-12" in later.types("month checklist").out
    assert later.types("month show 2026-12").code == 0


def test_a_closing_is_rehearsed_and_changes_nothing(counter: Counter) -> None:
    early = counter.types("month close 2026-11 --dry-run")
    assert (early.code, "It cannot be closed yet." in early.out) == (1, True)
    later = counter.later(LATER)
    said = later.types("month close 2026-11 --dry-run", "--json")
    waits = Month.read({name: one for name, one in said.data.items() if name != "dry_run"})
    assert said.code == 1
    assert [one.item for one in waits.checklist if not one.done] == [
        "its cycles are settled or failed"
    ]
    assert waits.closed is None
    later.does("cycle run")
    before = later.does("ledger head").out
    shown = later.does("month close 2026-11 --dry-run").out
    assert "Nothing was closed. It would be at 2026-12-01T01:00Z" in shown
    told = later.sees("month close 2026-11 --dry-run")
    assert told.pop("dry_run") is True
    would = Month.read(told)
    assert (would.state, would.ready) == ("open", True)
    assert later.does("ledger head").out == before
    assert "No month is closed yet." in later.does("month list").out
    closed = ClosedMonth.read(later.sees("month close 2026-11 --yes"))
    assert would.closed == closed
    assert f"Head of the journal: {closed.head}" in shown
    assert "it is closed" in later.fails(1, "month close 2026-11 --dry-run")


def test_what_names_no_month_is_refused(counter: Counter) -> None:
    assert "give a month like 2026-11" in counter.fails(2, "month show nov")
    assert "give a month like 2026-11" in counter.fails(2, "month close 2026-13 --yes")
    assert "there is no month '2026-10'" in counter.fails(1, "month show 2026-10")
