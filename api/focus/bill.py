"""A bill: what its reader chose, and what of it is the same in many rows."""

import re
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from api.focus.columns import Version
from api.texts import shown

CREDIT: Final = "CREDIT"
"""The market's own money: a virtual currency, in FOCUS a pricing currency."""

PROVIDER: Final = "GPU Market"
PLACES: Final = 12
"""Digits after the point: six of a credit, six of the rate, so that no product is rounded."""

SCALE: Final = 10**PLACES
MICRO: Final = 10**6
RATE: Final = re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)
CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The months [start, end), and what a credit stands for: ``rate_micro`` millionths of
    ``currency``."""

    start: datetime
    end: datetime
    currency: str
    rate_micro: int
    provider: str = PROVIDER
    version: Version = Version.V1_2

    @property
    def rate(self) -> str:
        """What a credit stands for, as text."""
        return decimal(self.rate_micro * (SCALE // MICRO))


@dataclass(slots=True)
class Totals:
    """What the rows of a bill come to."""

    rows: int = 0
    ucr: int = 0  # charges less refunds

    def billed(self, bill: Bill) -> str:
        """The same in the bill's currency."""
        return decimal(self.ucr * bill.rate_micro)


def decimal(scaled: int) -> str:
    """A number of so many 10⁻¹² as text, without needless digits.

    >>> decimal(-1_500_000_000_000)
    '-1.5'
    """
    text = str(scaled) if scaled >= 0 else str(-scaled)
    text = text.zfill(PLACES + 1)
    text = f"{text[:-PLACES]}.{text[-PLACES:]}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 else text


def rounded(number: int | Fraction, over: int | Fraction) -> int:
    """``number`` / ``over`` in 10⁻¹², half up.

    >>> rounded(2, 3)
    666666666667
    """
    return int((2 * number * SCALE + over) // (2 * over))


def rate(text: str) -> int:
    """What a credit stands for, in millionths. Raises ``ValueError``: a sentence for people."""
    if not RATE.fullmatch(text) or not Fraction(text):
        raise ValueError(f"{shown(text)} is no rate above zero with up to 6 digits, like 0.85")
    return int(Fraction(text) * MICRO)


def currency(text: str) -> str:
    """A currency's code. Raises ``ValueError``: a sentence for people."""
    if not CURRENCY.fullmatch(text):
        raise ValueError(f"{shown(text)} is no currency's ISO 4217 code, like EUR")
    return text
