"""What makes the price of time that is taken at once, in words, alike in terminals and on pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from api.wire.taking import TakenSlot

WHY: Final = {
    "published": "the last cycle's price",
    "floor": "the least it is sold for",
    "spot": "what spot costs now",
}
"""Which of the three prices of a slot is the greatest; nothing of one that is only said again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Neighbouring slots that cost the same for the same reason."""

    start: datetime
    slots: int
    price: Decimal
    why: str


def stretches(slots: "Sequence[TakenSlot]") -> Iterator[Stretch]:
    """The slots of a time-box by what they cost."""
    for (price, by), same in groupby(slots, key=lambda one: (one.price_credits, one.set_by)):
        run = list(same)
        yield Stretch(start=run[0].start, slots=len(run), price=price, why=WHY.get(by, ""))
