"""Money and time in whole numbers: micro-credits, slot prices, and the one rounding rule."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

MICRO: Final = 1_000_000
"""Micro-credits (ucr) in one credit."""

SMALLEST: Final = Decimal("0.000001")
"""One micro-credit, in credits."""

MAX_UCR: Final = 10**18
"""The largest amount the market writes down: 10^12 credits. It fits a signed 64-bit column."""

MINUTES_PER_HOUR: Final = 60


def ucr_from_credits(amount: Decimal | int | str) -> int:
    """Credits as whole micro-credits, exactly; never by way of a float.

    Raises ``ValueError`` for what is no number, not finite, has more than six digits after the
    point, or lies beyond ``MAX_UCR``.

    >>> ucr_from_credits("17.60")
    17600000
    """
    if isinstance(amount, float):
        raise TypeError(f"money must not come as a float, was {amount!r}")
    try:
        number = Decimal(amount)
    except (InvalidOperation, ValueError) as bad:
        raise ValueError(f"{amount!r} is not a number of credits") from bad
    if not number.is_finite():
        raise ValueError(f"{amount} is not a finite number of credits")
    if number.copy_abs() > MAX_UCR // MICRO:
        raise ValueError(f"{amount} credits is more than the market can count ({MAX_UCR // MICRO})")
    exact = number.quantize(SMALLEST)  # number × MICRO would round a long tail of digits away
    if exact != number:
        raise ValueError(f"{amount} credits has more than 6 digits after the point")
    return int(exact * MICRO)


def credits_from_ucr(amount_ucr: int) -> Decimal:
    """Micro-credits as an exact decimal number of credits, without trailing zeros.

    >>> str(credits_from_ucr(61_250_000))
    '61.25'
    """
    return Decimal(digits_from_ucr(amount_ucr))


def digits_from_ucr(amount_ucr: int) -> str:
    """As ``credits_from_ucr``, in digits.

    >>> digits_from_ucr(-61_250_000)
    '-61.25'
    """
    whole, rest = divmod(abs(amount_ucr), MICRO)
    digits = f"{whole}.{rest:06d}".rstrip("0").rstrip(".") if rest else str(whole)
    return f"-{digits}" if amount_ucr < 0 else digits


def charge_ucr(price_unit_slots: int, slot_minutes: int) -> int:
    """What ``price_unit_slots`` cost: the sum of price (ucr per unit-hour) × units over slots.

    The one place where price meets time, and the one rounding: up to the next micro-credit, so
    that no use is free, and a charge at a lower price is never above one at a higher price.
    """
    if price_unit_slots < 0:
        raise ValueError(f"a price must not be negative, was {price_unit_slots}")
    return -(-price_unit_slots * slot_minutes // MINUTES_PER_HOUR)


def share_ucr(total_ucr: int, part: int, whole: int) -> int:
    """The part of ``total_ucr`` that ``part`` of ``whole`` weighs, rounded down.

    Rounding down keeps the sum of several shares within the total. A whole of nothing has no
    parts, and gives 0.
    """
    if not 0 <= part <= whole:
        raise ValueError(f"a share of {part} out of {whole} is no share")
    return total_ucr * part // whole if whole else 0


def split_ucr(total_ucr: int, weights: Sequence[int]) -> list[int]:
    """``total_ucr`` in parts by these weights: each the difference of two shares, rounded down, of
    what lies before it, so that the parts sum exactly. Weights of nothing give parts of nothing."""
    parts, before, weight, whole = [], 0, 0, sum(weights)
    for part in weights:
        weight += part
        until = share_ucr(total_ucr, weight, whole)
        parts.append(until - before)
        before = until
    return parts
