"""Weeks, months and quarters: periods of the calendar, in UTC."""

from datetime import UTC, datetime, time, timedelta
from enum import StrEnum


class Period(StrEnum):
    """A period, which begins at midnight UTC."""

    WEEK = "week"  # on Monday
    MONTH = "month"
    QUARTER = "quarter"

    def around(self, at: datetime) -> tuple[datetime, datetime]:
        """The period [start, end) that a time lies in."""
        begun = self._begun(at.astimezone(UTC))
        return begun, self.after(begun)

    def first_from(self, at: datetime) -> datetime:
        """The first beginning of a period from ``at`` on."""
        begun = self._begun(at.astimezone(UTC))
        return begun if begun >= at else self.after(begun)

    def after(self, begun: datetime) -> datetime:
        """When the next period begins after one."""
        if self is Period.WEEK:
            return begun + timedelta(days=7)
        months = 1 if self is Period.MONTH else 3
        return (begun + timedelta(days=31 * months)).replace(day=1)

    def _begun(self, at: datetime) -> datetime:
        midnight = datetime.combine(at.date(), time(), UTC)
        if self is Period.WEEK:
            return midnight - timedelta(days=midnight.weekday())
        back = 0 if self is Period.MONTH else (midnight.month - 1) % 3
        return midnight.replace(day=1, month=midnight.month - back)

    def label(self, begun: datetime) -> str:
        """A period in an id: ``2026-w49``, ``2026-12``, ``2027-q1``."""
        if self is Period.MONTH:
            return f"{begun:%Y-%m}"
        if self is Period.QUARTER:
            return f"{begun:%Y}-q{(begun.month + 2) // 3}"
        year, week, _ = begun.isocalendar()
        return f"{year}-w{week:02d}"
