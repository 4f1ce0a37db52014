"""How much time a page shows: hours, days or weeks around now, or from where its reader went."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


class Zoom(StrEnum):
    """How much time is shown at once."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"


SHOWN: Final = {
    Zoom.HOURS: (6 * HOUR, 36 * HOUR),
    Zoom.DAYS: (DAY, 8 * DAY),
    Zoom.WEEKS: (7 * DAY, 28 * DAY),
}
"""How long before now the picture starts, and how long it is."""


CELLS: Final = {Zoom.HOURS: HOUR, Zoom.DAYS: 6 * HOUR, Zoom.WEEKS: DAY}
"""How long a cell of a strip is."""

ROWS: Final = {Zoom.HOURS: 12, Zoom.DAYS: 8, Zoom.WEEKS: 7}
"""How many cells of a strip a phone shows beside each other: half a day, two days, a week."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows: from ``start``, on the market's grid, so many slots."""

    zoom: Zoom
    start: datetime
    length: timedelta
    slot: timedelta

    @property
    def slots(self) -> int:
        """How many slots that is."""
        return -(-self.length // self.slot)

    @property
    def end(self) -> datetime:
        """The first instant that is not shown."""
        return self.start + self.slots * self.slot

    @property
    def together(self) -> int:
        """How many slots a cell of a strip tells together."""
        return max(CELLS[self.zoom] // self.slot, 1)

    @property
    def beside(self) -> int:
        """How many cells of a strip a phone shows beside each other."""
        return ROWS[self.zoom]

    def moved(self, halves: int) -> datetime:
        """Where the picture starts once it has moved by so many halves of itself."""
        return self.start + halves * self.length / 2


def shown(zoom: Zoom, start: datetime | None, now: datetime, slot: timedelta) -> Shown:
    """What to show: around ``now``, or from ``start`` on where one is named. It starts on a whole
    hour, of days and weeks on a midnight."""
    before, length = SHOWN[zoom]
    grid = max(HOUR if zoom is Zoom.HOURS else DAY, slot)
    first = start or now - before
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    return Shown(zoom, midnight + (first - midnight) // grid * grid, length, slot)
