"""Faults that other systems shipped, each turned into a promise that ours keeps.

The reports: sfcompute/cli #258 and #259, vast-ai/docs on reserved instances, rackerlabs/spot #230,
akash-network/support #193 and #403, armada #4185, chi-in-a-box #128, Slurm's ``tres.shtml``.
Times and offsets as typed, and prices as read, are tried in ``tests/api/test_cli_values.py``.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from marketplace.domain.order import OrderState
from marketplace.errors import BadField
from marketplace.rules import MarketRules
from marketplace.services import cycle, ledger, order, price
from marketplace.store.engine import Store
from pricing.units import charge_ucr, credits_from_ucr, ucr_from_credits
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    HOUR,
    NOW,
    a_grant,
    a_market,
    answers,
    free_ucr,
    leg,
    option,
    placed,
    request,
    run,
)


def crowded() -> Store:
    """Three bids for two places: prices rise above the reserve."""
    store = a_market()
    placed(
        store,
        request("nlp", "1", option(90, 8, 8, leg(units=8, hours=2))),
        request("rl", "2", option(70, 8, 8, leg(units=8, hours=2))),
        request("vision", "3", option(50, 8, 8, leg(units=8, hours=2))),
    )
    return store


def test_every_price_with_two_decimals_is_read_exactly() -> None:
    """17.60 × 100 was 1760.0000000000002 elsewhere, and refused."""
    for cents in range(10_000):
        text = f"{cents // 100}.{cents % 100:02d}"
        assert ucr_from_credits(text) == cents * 10_000
        assert credits_from_ucr(cents * 10_000) * 100 == cents


def test_what_was_shown_is_what_was_charged_to_the_micro_credit() -> None:
    store = crowded()
    run(store)
    shown = price.latest(store, "h100")
    first = shown.span.index(CLOSE + 8 * HOUR)
    cost = charge_ucr(sum(shown.pools[0].prices_ucr[first : first + 2]) * 8, 60)
    fills = [one.fill for team in ("nlp", "rl") for one in order.listed(store, team=team)]
    assert [fill.payment_ucr for fill in fills if fill] == [cost, cost]


def test_no_price_is_shown_below_what_will_be_charged() -> None:
    store = crowded()
    run(store)
    for pool in price.latest(store).pools:
        assert min(pool.prices_ucr) >= CREDIT // 4


def test_more_credits_never_raise_a_price() -> None:
    """Topping up an account recomputed a discount to a worse rate elsewhere."""
    poor, rich = crowded(), crowded()
    ledger.grant(rich, [a_grant("more", "nlp", 9_000)], NOW)
    run(poor)
    run(rich)
    assert cycle.files(poor, 1) == cycle.files(rich, 1)


def test_the_smallest_use_at_the_smallest_price_is_not_free() -> None:
    """A bill cut to whole numbers made small fractions vanish elsewhere."""
    assert charge_ucr(1, 1) == 1


def test_the_longest_time_box_is_limited_without_anybody_setting_it() -> None:
    store = a_market(rules=replace(MarketRules(), work=2_000))
    [refusal] = answers(store, request("nlp", "long", option(90, 8, 8, leg(hours=73))))
    assert isinstance(refusal, BadField)
    assert "duration" in refusal.field


@pytest.mark.parametrize("ending", ["cancelled", "lost", "expired"])
def test_an_order_that_ends_unlocks_its_credits_at_once_and_says_why(ending: str) -> None:
    """Elsewhere credits stayed locked for minutes, and reasons were empty or wrong."""
    store = a_market()
    before = free_ucr(store, "vision")
    [one] = placed(store, request("vision", "x", option(1, 8, 8)))
    assert free_ucr(store, "vision") == before - CREDIT
    if ending == "cancelled":
        order.cancel(store, [one.id], NOW, team="vision")
    else:
        run(store, CLOSE if ending == "lost" else CLOSE + timedelta(days=2))
    after = order.get(store, one.id, team="vision")
    assert (after.state, bool(after.reason)) == (OrderState(ending), True)
    assert after.ended_at is not None
    assert free_ucr(store, "vision") == before
