"""Prices of hours ahead: the cleared one where there is one, and what hours alike have cost."""

from datetime import datetime

import pytest

from marketplace.domain.price import ForwardPrice
from marketplace.errors import MarketError, NotFound
from marketplace.services import forward_price
from marketplace.store.engine import Store
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    a_market,
    option,
    placed,
    request,
    run,
)

pytestmark = pytest.mark.both

RESERVE = CREDIT // 4


def a_contest(days: int) -> Store:
    """Each day more bids than room at the eighth hour."""
    store = a_market()
    for day in range(days):
        bids = [request("rl", f"d{day}n{n}", option(10 + n, 8 + 24 * day)) for n in range(4)]
        placed(store, *bids, now=NOW + day * DAY)
        run(store, CLOSE + day * DAY)
    return store


def ahead(store: Store, pool: str, start: datetime, hours: int) -> list[ForwardPrice]:
    return forward_price.forward(store, pool, start, hours)[pool]


def test_before_any_cycle_nothing_is_known() -> None:
    [one] = ahead(a_market(), "h100", NOW, 1)
    assert (one.price_ucr, one.cleared_ucr, one.middle_ucr, one.hours) == (None, None, None, 0)


def test_what_was_sold_has_its_cleared_price() -> None:
    store = a_contest(1)
    eight, nine, ten = ahead(store, "h100", CLOSE + 8 * HOUR, 3)
    assert eight.cleared_ucr == eight.price_ucr
    assert max(eight.price_ucr or 0, nine.price_ucr or 0) > RESERVE == ten.cleared_ucr
    assert eight.hours == 0
    assert set(forward_price.forward(store, "", CLOSE, 1)) == {"a100", "h100"}


def test_beyond_what_was_sold_hours_alike_tell() -> None:
    store = a_contest(3)
    [later] = ahead(store, "h100", CLOSE + 6 * DAY + 8 * HOUR, 1)
    cleared = [
        one.cleared_ucr
        for day in range(3)
        for one in ahead(store, "h100", CLOSE + day * DAY + 8 * HOUR, 1)
    ]
    assert later.cleared_ucr is None
    assert later.price_ucr == later.middle_ucr
    assert later.hours >= 3
    assert later.high_ucr is not None
    assert later.low_ucr == RESERVE <= later.high_ucr <= max(one or 0 for one in cleared)


def test_open_orders_change_nothing() -> None:
    """§7.11"""
    store = a_contest(1)
    before = ahead(store, "h100", CLOSE, 72)
    placed(store, request("nlp", "open", option(90, 30, 40)), now=CLOSE + HOUR)
    assert ahead(store, "h100", CLOSE, 72) == before


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(NotFound):
        ahead(a_market(), "h999", NOW, 1)
    with pytest.raises(MarketError, match="offset"):
        ahead(a_market(), "h100", NOW.replace(tzinfo=None), 1)
