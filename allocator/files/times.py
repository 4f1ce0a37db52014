"""Times as text: one reader for all doors."""

import re
from datetime import UTC, datetime
from typing import Final

MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,9}))?(?:([Zz])|([+-]\d\d):?(\d\d))",
    re.ASCII,
)
"""RFC 3339 with an offset to UTC; seconds may be left out, and so may the colon in the offset."""


def moment(text: str) -> datetime | None:
    """The time in UTC, to the microsecond; None where the text is no time with an offset.

    >>> moment("2026-11-24T09:00:00.000+0100")
    datetime.datetime(2026, 11, 24, 8, 0, tzinfo=datetime.timezone.utc)
    """
    found = MOMENT.fullmatch(text)
    if found is None:
        return None
    day, minute, second, fraction, zulu, hours, minutes = found.groups()
    if fraction and not second:
        return None
    offset = "+00:00" if zulu else f"{hours}:{minutes}"
    part = f".{fraction[:6]:0<6}" if fraction else ""
    try:
        return datetime.fromisoformat(f"{day}T{minute}{second or ':00'}{part}{offset}").astimezone(
            UTC
        )
    except (ValueError, OverflowError):
        return None
