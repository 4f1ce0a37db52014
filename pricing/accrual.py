"""What use by the second costs, posted in pieces that add up to the whole, rounded up once."""

from typing import Final

SECONDS_PER_HOUR: Final = 3600


def accrued_ucr(price_unit_seconds: int, paid_ahead: int = 0) -> tuple[int, int]:
    """The micro-credits due for Σ price (ucr per unit-hour) × units × seconds, and what is paid
    ahead of the next piece by rounding up, in 1/3600 of a micro-credit.

    Pieces of one run cost together what the run does at once, rounded up: so no use is free, and
    none costs more than its limit would.

    >>> accrued_ucr(3601), accrued_ucr(3599, 3599)
    ((2, 3599), (0, 0))
    """
    if price_unit_seconds < 0:
        raise ValueError(f"use must not be negative, was {price_unit_seconds}")
    left = price_unit_seconds - paid_ahead
    due = max(-(-left // SECONDS_PER_HOUR), 0)
    return due, due * SECONDS_PER_HOUR - left
