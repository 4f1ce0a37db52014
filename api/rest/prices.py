"""Prices: the published ones of reserved time, those of spot tick by tick, and what to expect."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from api import cursors
from api.rest.caller import A_PAGE, After, Limit, Who
from api.rest.pools import PoolId
from api.wire.page import Page
from api.wire.price import ExpectedPrices, ForwardPrices, Prices, TickPrice
from api.wire.shape import Instant
from marketplace.services import forward_price, price, spot
from pricing.forecast import HOURS

router: Final = APIRouter(prefix="/v1", tags=["prices"])
A_DAY: Final = timedelta(days=1)
Start = Annotated[Instant | None, Query(description="From then on.")]
End = Annotated[Instant | None, Query(description="Until then.")]


@router.get(
    "/prices",
    operation_id="get_prices",
    summary="The newest published prices of reserved time",
    response_model=Prices,
)
def published(
    who: Who,
    *,
    pool: Annotated[str, Query(description="Only this pool's.")] = "",
    cycle: Annotated[str, Query(description="Another settled cycle's than the newest.")] = "",
    start: Start = None,
    end: End = None,
) -> Response:
    """What a unit-hour of each pool cost in each slot that the newest settled cycle sold, or the
    one that is named, and how much was on sale: of all its slots, or of those from `start` until
    `end`."""
    store = who.market.store
    sold = price.chosen(store, cycle, pool)

    def made() -> Prices:
        return Prices.of(price.of_cycle(store, sold, pool).between(start, end))

    return who.market.published.answer(("prices", cycle, pool, start, end), sold.id, made)


@router.get(
    "/forward-prices",
    operation_id="get_forward_prices",
    summary="What an hour ahead costs, as far as anybody knows",
)
def forward(
    who: Who,
    *,
    pool: Annotated[str, Query(description="Only this pool's.")] = "",
    start: Annotated[Instant | None, Query(description="From then on, or from now.")] = None,
    hours: Annotated[
        int, Query(ge=1, le=forward_price.HOURS_MOST, description="So many hours.")
    ] = 24,
) -> ForwardPrices:
    """What a unit-hour of each pool costs in each slot ahead: the last published price where a
    cycle has sold that slot, and the median and quartiles of what slots alike (same hour, same kind
    of day) have cost. From published prices alone."""
    found = forward_price.forward(who.market.store, pool, start or who.now, hours)
    return ForwardPrices.of(found)


@router.get(
    "/pools/{pool}/spot-prices",
    operation_id="list_spot_prices",
    summary="A pool's spot prices, tick by tick",
)
def ticks(
    pool: PoolId,
    who: Who,
    *,
    start: Start = None,
    end: End = None,
    after: After = "",
    limit: Limit = A_PAGE,
) -> Page[TickPrice]:
    """What a unit-hour cost on spot, oldest first, and what each price was made of: from `start`
    until `end`, or of the last day."""
    place = cursors.place_of("spot-prices", after)
    until = end or who.now + timedelta(seconds=1)
    found = spot.prices(
        who.market.store, pool, start or until - A_DAY, until, after=place, limit=limit
    )
    return Page[TickPrice].of("spot-prices", found, TickPrice.of)


@router.get(
    "/pools/{pool}/spot-prices/expected",
    operation_id="expect_spot_prices",
    summary="What a pool's spot price may be in the hours ahead",
)
def expected(
    pool: PoolId,
    who: Who,
    *,
    hours: Annotated[int, Query(ge=1, le=HOURS, description="So many hours ahead.")] = 24,
) -> ExpectedPrices:
    """By the same hours of the weeks before: nine times of ten between low and high. Empty before
    the pool has had an hour of ticks."""
    found = spot.expected(who.market.store, pool, who.now, hours)
    return ExpectedPrices.of(pool, found)
