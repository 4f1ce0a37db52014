"""All pools, and for platform to open one."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api.rest import pools as rest
from api.web.exact import NUMBER, TEXT, TIME, Exact, Typed, served
from api.web.operating import ACTS, POOLS, Filled, done, flaws, tabbed
from api.web.refusals import Page
from api.web.typed import Refusal, local, status, whole, zoned
from api.web.visitor import Form, Seen, Visitor
from api.wire.capacity import PoolBody
from marketplace.domain.page import every
from marketplace.errors import MarketError, Unrecognised
from marketplace.services import capacity
from marketplace.services.figures import PoolFigures, figures

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = POOLS
OPEN: Final = "open"
NEEDED: Final = ("id", "capacity", "reserve_price_credits", "unit", "block_size")
FIELDS: Final = (*NEEDED, "name", "start", "end")
SENT: Final = (
    ("id", "", TEXT, ""),
    ("name", "--name", TEXT, ""),
    ("unit", "--unit", TEXT, "gpu"),
    ("capacity", "--capacity", NUMBER, ""),
    ("block_size", "--block-size", NUMBER, "1"),
    ("reserve_price_credits", "--reserve-price", TEXT, ""),
    ("start", "--from", TIME, ""),
    ("end", "--until", TIME, ""),
)
"""Its fields, with the options of the command, of which kind each is, and what it has at first."""


@router.get(HERE)
def pools(seen: Seen) -> Response:
    """The pools of the market, with what they have now."""
    return _page(seen, Filled())


@router.post(HERE)
def open_pool(seen: Seen, form: Form) -> Response:
    """Open a pool, and go to its page."""
    seen.caller.check_has(ACTS, "open a pool")
    try:
        opened = rest.open_(_body(form), seen.caller)
    except Unrecognised:
        raise
    except (MarketError, ValidationError) as refusal:
        return _page(seen, Filled.refused(form, refusal, _flaws(refusal)), status(refusal))
    return done(f"{HERE}/{opened.id}", opened="yes")


def _body(form: Mapping[str, str]) -> PoolBody:
    """What was typed. Raises pydantic's ``ValidationError``."""
    typed: dict[str, Any] = {name: form.get(name, "").strip() for name in FIELDS}
    for name in ("capacity", "block_size"):
        typed[name] = whole(typed[name])
    for name in ("start", "end"):
        typed[name] = zoned(local(typed[name])) or None
    return PoolBody.model_validate(typed)


def _flaws(refusal: Refusal) -> dict[str, str]:
    """The market's names of some fields are others than the form's."""
    found = flaws(refusal, (*FIELDS, "pool", "quantity", "reserve_price"))
    meant = {"pool": "id", "quantity": "capacity", "reserve_price": "reserve_price_credits"}
    return {meant.get(name, name): said for name, said in found.items()}


def sentence(found: tuple[PoolFigures, ...]) -> str:
    """How many pools there are, and how much of their units is used."""
    if not found:
        return "No pool is on the market yet"
    units = sum(one.units for one in found if one.pool.unit == "gpu")
    used = sum(
        one.sold + (one.spot.used if one.spot else 0) for one in found if one.pool.unit == "gpu"
    )
    pools_ = "1 pool is" if len(found) == 1 else f"{len(found)} pools are"
    return f"{pools_} on the market; {used:,} of {units:,} GPUs are used now"


def _page(seen: Visitor, filled: Filled, status_: int = HTTPStatus.OK) -> Response:
    store = seen.caller.market.store
    found = figures(store, seen.caller.now).pools
    facts: dict[str, Any] = {
        "sentence": sentence(found),
        "figures": found,
        "filled": filled,
        "exact": _exact(seen, filled),
        "units": sorted({one.unit for one in every(capacity.listed, store)} | {"gpu", "expert"}),
    }
    return tabbed(seen, HERE, "pools.html", facts, status=status_)


def _exact(seen: Visitor, filled: Filled) -> Exact:
    """What its form sends."""
    return Exact(
        method="POST",
        address=served(seen, "/pools"),
        fixed={},
        command=("gpumarket", "pool", "add"),
        key=False,
        typed=[
            Typed(name=name, at=name, flag=flag, kind=kind, text=filled.text(name, OPEN, usual))
            for name, flag, kind, usual in SENT
        ],
    )
