"""Credits and shares as people read them, in charts and in sentences alike."""

from decimal import Decimal

from pricing.units import credits_from_ucr


def credits_shown(amount_ucr: int, places: int | None = None) -> str:
    """Credits with thousands separators: exact, or rounded to ``places`` after the point.

    >>> credits_shown(1_234_567_891_000), credits_shown(1_234_567_891_000, 0)
    ('1,234,567.891', '1,234,568')
    """
    amount = credits_from_ucr(amount_ucr)
    if places is not None:
        amount = amount.quantize(Decimal(1).scaleb(-places))
        amount = amount or abs(amount)  # no minus before a zero
    return f"{amount:,f}"


def price_shown(amount_ucr: int) -> str:
    """A price: as many places as matter, two at least and four at most.

    >>> price_shown(250_000), price_shown(412_500), price_shown(1_234_567_891)
    ('0.25', '0.4125', '1,234.5679')
    """
    amount = credits_from_ucr(amount_ucr).quantize(Decimal("0.0001"))
    whole, _, digits = f"{amount:,f}".partition(".")
    return f"{whole}.{digits.rstrip('0'):0<2}"


def percent_shown(share: float, places: int = 0) -> str:
    """A share as per cent, where a little is never shown as nothing.

    >>> percent_shown(0.954), percent_shown(0.00001, 2)
    ('95 %', '<0.01 %')
    """
    least = 10.0 ** -(places + 2)
    if 0 < share < least / 2:
        return f"<{least:.{places}%}".replace("%", " %")
    return f"{share:.{places}%}".replace("%", " %")


def ppm_shown(ppm: int) -> str:
    """A share in parts per million as per cent, as people write it.

    >>> ppm_shown(125_000)
    '12.5 %'
    """
    return f"{ppm / 10_000:g} %"
