"""Date windows that recur, by the time zones of the ``tzdata`` package: the same on every machine.

This is done before the command and not by it. Zones change by law, and a replay in another year
must make the windows that were made.
"""

from datetime import tzinfo
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from marketplace.domain.command import AddWindows
from marketplace.domain.recurrence import Recurrence, dated
from marketplace.errors import BadField
from marketplace.services.market import now_showing
from marketplace.store.engine import Store

PACKAGE: Final = "tzdata"
LIKE: Final = ("Europe/Berlin", "America/New_York", "UTC")
LETTERS_MAX: Final = 64
"""More letters than any zone's name has."""


def adding(store: Store, recurrence: Recurrence) -> AddWindows:
    """What adds the windows that are meant, beside the words that they come from.

    Raises ``BadField`` for a zone that there is not, or where no whole slot is left.
    """
    rules, _ = now_showing(store)
    return AddWindows(dated(recurrence, zone(recurrence.time_zone), rules), recurrence)


@cache
def zone(name: str) -> tzinfo:
    """The time zone of that name. Raises ``BadField`` that tells of some that are like it."""
    if name not in _names():
        like = get_close_matches(name[:LETTERS_MAX], sorted(_names())) or LIKE
        raise BadField("time_zone", name, "no-such-zone", {"like": tuple(like)})
    with files(PACKAGE).joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)


@cache
def _names() -> frozenset[str]:
    return frozenset(files(PACKAGE).joinpath("zones").read_text(encoding="utf-8").split())
