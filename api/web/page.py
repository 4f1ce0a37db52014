"""Pages as they are sent: from templates, packed, with what a browser may and may not do there."""

import gzip
import secrets
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.guarantees import of_late, terms_may_be
from api.web.assets import LIBRARY, address, digest
from marketplace.words import text_of_duration
from pricing.shown import credits_shown, percent_shown, price_shown
from pricing.units import ucr_from_credits

CENT_UCR: Final = 10_000
PACKED_FROM: Final = 1_000
"""Bytes: a shorter page is sent as it is."""

POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}' '{library}'; style-src 'self' 'nonce-{nonce}'; "
    "style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
"""The library of charts runs by what it is, not by the nonce: a browser keeps a script compiled
from page to page only while all that the script came with stays equal."""

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Encoding, Cookie",
    "X-Content-Type-Options": "nosniff",
}


def html(
    request: Request,
    template: str,
    facts: Mapping[str, Any],
    *,
    status: int = 200,
) -> Response:
    """The page of that template, made of those facts."""
    nonce = secrets.token_urlsafe(16)
    page = templates().get_template(template).render(facts, nonce=nonce)
    policy = POLICY.format(nonce=nonce, library=digest(LIBRARY))
    return packed(request, page.encode(), policy, status=status)


def packed(request: Request, content: bytes, policy: str, *, status: int = 200) -> Response:
    """A page that is ready, under that policy of what it may do; packed where that is understood
    and pays."""
    headers = HEADERS | {"Content-Security-Policy": policy}
    if len(content) > PACKED_FROM and "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, 6, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(content, status, headers, "text/html; charset=utf-8")


@cache
def templates() -> Environment:
    """The templates: what they are given is escaped, and what they are not given is refused."""
    made = Environment(
        loader=PackageLoader("api.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    made.globals |= {"asset": address, "digest": digest}
    made.filters |= {
        "count": count,
        "credits": credits,
        "of_late": of_late,
        "terms_may_be": terms_may_be,
        "price": price,
        "money": money,
        "plain": plain,
        "signed": signed,
        "signed_whole": signed_whole,
        "unit_hours": unit_hours,
        "chance": chance,
        "ucr": price_shown,
        "percent": percent,
        "moment": moment,
        "machine": machine,
        "length_text": text_of_duration,
    }
    return made


def count(number: int) -> str:
    """A number with thousands separators."""
    return f"{number:,}"


def credits(amount: Decimal) -> str:  # noqa: A001 - the market's money
    """An amount of credits: two places."""
    return f"{amount:,.2f}"


def money(amount_ucr: int) -> str:
    """An amount of whole micro-credits, as ``credits``."""
    return credits_shown(amount_ucr, 2)


def plain(amount_ucr: int) -> str:
    """An amount as fields and programs have it.

    >>> plain(1_234_560_000)
    '1234.56'
    """
    return money(amount_ucr).replace(",", "")


def signed(amount_ucr: int) -> str:
    """A change of whole micro-credits: with its sign.

    >>> signed(1_500_000), signed(-2_000_000), signed(0)
    ('+1.50', '−2.00', '0.00')
    """
    return _with_sign(money(amount_ucr), amount_ucr)


def signed_whole(amount_ucr: int) -> str:
    """The same to the micro-credit.

    >>> signed_whole(1_500_000), signed_whole(-1)
    ('+1.50', '−0.000001')
    """
    places = 2 if amount_ucr % CENT_UCR == 0 else None
    return _with_sign(credits_shown(amount_ucr, places), amount_ucr)


def _with_sign(shown: str, amount_ucr: int) -> str:
    shown = shown.replace("-", "−")
    return f"+{shown}" if amount_ucr > 0 else shown


def unit_hours(seconds: int) -> str:
    """Unit-seconds as unit-hours.

    >>> unit_hours(5_400)
    '1.5'
    """
    return f"{seconds / 3600:,.1f}"


def chance(share: float) -> str:
    """A chance: never certain.

    >>> chance(0.824), chance(1.0)
    ('82 %', '99 %')
    """
    return f"{min(max(share, 0.0), 0.99):.0%}".replace("%", " %")


def price(amount: Decimal) -> str:
    """A price: as many places as matter, two at least."""
    return price_shown(ucr_from_credits(amount))


def percent(share: float) -> str:
    """A share: as many places as a small one needs."""
    return percent_shown(share, 2)


def moment(at: datetime) -> str:
    """A time for people.

    >>> moment(datetime(2026, 11, 25, 9, 48))
    'Wed 25 Nov 09:48 UTC'
    """
    return f"{at:%a %d %b %H:%M} UTC"


def machine(at: datetime) -> str:
    """A time for programs."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
