"""Calendars as iCalendar (RFC 5545), for calendar programs that ask for them again and again.

Times are UTC. What has ended another way than by time is marked as cancelled, or is shorter now;
what the market may still move or buy back is tentative until its gate. Nothing else ever changes in
an entry, so that the same things give the same bytes.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final

from marketplace.domain.capacity import Maintenance, Pool, Window
from marketplace.domain.guarantee import FIXED, Kind, Terms
from marketplace.domain.override import Override
from marketplace.domain.reservation import Reservation
from marketplace.services.calendar import Gate, PoolCalendar, TeamCalendar

if TYPE_CHECKING:
    from icalendar import Calendar, Event

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
MAKER: Final = "-//GPU Market//calendars 1//EN"
AGAIN: Final = timedelta(minutes=15)
"""How often a program should ask."""

REVISIONS_MOST: Final = 2**31 - 1


def of_team(found: TeamCalendar) -> bytes:
    """A team's won time-boxes."""
    calendar = _calendar(f"{found.team.name or found.team.id}: reservations")
    for box in found.boxes:
        calendar.add_component(_box(box, found.terms.get(box.id, FIXED)))
    return bytes(calendar.to_ical())


def of_pool(found: PoolCalendar) -> bytes:
    """When a pool has units, when they are away, and when cycles close."""
    pool = found.pool
    calendar = _calendar(f"{pool.name}: capacity")
    entries = (
        *_windows(pool, found.windows),
        *(_override(one) for one in found.overrides),
        *(_maintenance(one) for one in found.maintenance),
        *(_gate(pool, one) for one in found.gates),
    )
    for entry in entries:
        calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _calendar(name: str) -> "Calendar":
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", MAKER)
    calendar.add("name", _clean(name))
    calendar.add("x-wr-calname", _clean(name))
    calendar.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    return calendar


def _entry(uid: str, summary: str, start: datetime, end: datetime | None, at: datetime) -> "Event":
    """One entry; ``at``: when it was last changed. Without an end it is a moment."""
    from icalendar import Event

    entry = Event()
    entry.add("uid", uid)
    entry.add("dtstamp", at)
    entry.add("last-modified", at)
    entry.add("dtstart", start)
    if end is not None:
        entry.add("dtend", end)
    entry.add("summary", _clean(summary))
    return entry


def _clean(text: str) -> str:
    """Text without what no calendar may hold."""
    return "".join(each for each in text if each.isprintable() or each == "\n")


def _box(box: Reservation, terms: Terms) -> "Event":
    """A reservation as it is by now: where nothing of it is left, as it was won, and cancelled."""
    gone = not any(box.units)
    units = (box.quantity,) * len(box.units) if gone else box.units
    kept = [k for k, count in enumerate(units) if count]
    start, end = (box.start + k * box.slot for k in (kept[0], kept[-1] + 1))
    counts = sorted(set(units[kept[0] : kept[-1] + 1]))
    many = str(counts[0]) if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
    changed = box.changed_at or box.awarded_at
    entry = _entry(box.id, f"{many} × {box.pool}", start, end, changed)
    entry.add("created", box.awarded_at)
    changes = sum(box.lost) + sum(box.given_back) + box.moves + box.extended  # they only ever grow
    entry.add("sequence", min(changes, REVISIONS_MOST))
    loose = terms.until is not None
    entry.add("status", "CANCELLED" if gone else "TENTATIVE" if loose else "CONFIRMED")
    told = [*(_runs(box) if len(counts) > 1 else ()), *_may_change(terms)]
    if told:
        entry.add("description", "\n".join(told))
    if box.reason and box.changed_at:
        entry.add("comment", box.reason)
    entry.add("location", box.pool)
    return entry


def _may_change(terms: Terms) -> Iterable[str]:
    if terms.until is not None:
        what = "moved" if terms.kind is Kind.MOVABLE else "bought back"
        yield f"The market may have it {what} until {terms.until:%Y-%m-%d %H:%M} UTC."


def _runs(box: Reservation) -> Iterable[str]:
    """Where a box has not the same units all the time: how many when."""
    at = box.start
    for count, slots in groupby(box.units):
        end = at + len(list(slots)) * box.slot
        yield f"{at:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC: {count}"
        at = end


def _windows(pool: Pool, windows: Iterable[Window]) -> "Iterable[Event]":
    """Units that there are; of windows alike each has a number."""
    for window, alike in groupby(sorted(windows, key=_of_window), key=_of_window):
        start, end, quantity = window
        for number, _ in enumerate(alike, 1):
            uid = f"window-{pool.id}-{start:%Y%m%dT%H%MZ}-{end:%Y%m%dT%H%MZ}-{quantity}-{number}"
            summary = f"{quantity} × {pool.id} on the market"
            entry = _entry(uid, summary, start, end, pool.created_at)
            entry.add("transp", "TRANSPARENT")
            yield entry


def _of_window(window: Window) -> tuple[datetime, datetime, int]:
    return window.start, window.end, window.quantity


def _override(one: Override) -> "Event":
    """What a pool has in place of what its windows say. Of one that was called off, what is left;
    where that is nothing, the moment at which it would have begun."""
    off, gone = one.cancelled_at, one.end <= one.start
    summary = f"{one.quantity} × {one.pool} in place of its windows"
    end = None if gone else one.end
    entry = _entry(f"override-{one.id}", summary, one.start, end, off or one.created_at)
    entry.add("created", one.created_at)
    entry.add("sequence", 1 if off else 0)
    entry.add("status", "CANCELLED" if gone else "CONFIRMED")
    entry.add("transp", "TRANSPARENT")
    if one.reason:
        entry.add("description", _clean(one.reason))
    return entry


def _maintenance(one: Maintenance) -> "Event":
    off = one.cancelled_at
    summary = f"Maintenance: {one.quantity} × {one.pool} away"
    entry = _entry(f"maintenance-{one.id}", summary, one.start, one.end, off or one.created_at)
    entry.add("created", one.created_at)
    entry.add("sequence", 1 if off else 0)
    entry.add("status", "CANCELLED" if off else "CONFIRMED")
    if one.reason:
        entry.add("description", _clean(one.reason))
    return entry


def _gate(pool: Pool, gate: Gate) -> "Event":
    """The moment at which a cycle closes. It is named by that moment: a cycle that closes early has
    a gate of its own, and the regular one is the next cycle's."""
    uid = f"closing-{pool.id}-{gate.at:%Y%m%dT%H%M%SZ}"
    entry = _entry(uid, "A cycle closes", gate.at, None, gate.known_at)
    entry.add("description", f"It sells from {gate.sale_start:%Y-%m-%d %H:%M} UTC on.")
    entry.add("transp", "TRANSPARENT")
    return entry
