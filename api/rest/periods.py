"""The period that a query is about: from a time or a month, until another."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import Query
from pydantic import AfterValidator, WithJsonSchema

from api.periods import Period, between, edge
from api.rest.caller import Caller
from marketplace.domain.statement import month_or

KINDS: Final = [{"format": "date-time"}, {"pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}]


def _checked(text: str) -> str:
    edge(text)
    return text


AnEdge = Annotated[
    str, AfterValidator(_checked), WithJsonSchema({"type": "string", "anyOf": KINDS})
]
"""A time as RFC 3339 has it, or a month like 2026-11, whose start is meant. It stays text, for a
query has no other place to say that it was a month."""
Start = Annotated[
    AnEdge | None,
    Query(
        description="From then on; without it from the start of the month that it is. A month like "
        "`2026-11` is all of it where no `end` is named.",
        examples=["2026-11"],
    ),
]
End = Annotated[
    AnEdge | None,
    Query(
        description="Until then, or until a month begins; without it until the end of the month.",
        examples=["2026-12"],
    ),
]


def said(start: str | None, end: str | None) -> Period:
    """From when until when; what is None was not said."""
    return between(edge(start) if start else None, edge(end) if end else None)


def asked(who: Caller, start: str | None, end: str | None) -> tuple[datetime, datetime]:
    """The period that is meant: what of it is not named is the month's that it is."""
    return month_or(who.now, *said(start, end))
