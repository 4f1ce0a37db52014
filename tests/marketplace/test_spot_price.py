"""A pool's controller, by the rules: which one, from where it goes on, and how it is remembered."""

import json
from dataclasses import replace

import pytest

from marketplace.domain.spot_price import (
    Chance,
    ExpectedPrice,
    SpotForecast,
    adopted,
    begun,
    chance_of,
    controller_of,
    learnt,
    recalled,
    remembered,
)
from marketplace.errors import BadField
from marketplace.rules import MarketRules, SpotController
from pricing.controller import Load
from tests.marketplace.bazaar import NOW, RULES, pool

POOL = pool("h100")


@pytest.mark.parametrize("kind", SpotController)
def test_each_controller_begins_at_the_floor_and_comes_back_as_it_was(kind: SpotController) -> None:
    """§7.9"""
    rules = replace(RULES, spot_controller=kind)
    known = begun(POOL, rules, NOW)
    assert known.state.price_ucr == POOL.reserve_price_ucr
    state, _ = controller_of(POOL, rules).step(known.state, Load(wanted=9, supply=4))
    kept = json.loads(json.dumps(remembered(replace(known, state=state))))
    assert recalled(kind, kept) == state


@pytest.mark.parametrize("kind", SpotController)
def test_another_controller_goes_on_from_the_price_of_the_one_before(kind: SpotController) -> None:
    before = begun(POOL, RULES, NOW)
    before = replace(before, state=controller_of(POOL, RULES).begin(3 * POOL.reserve_price_ucr))
    after = adopted(before, POOL, replace(RULES, spot_controller=kind))
    assert (after.kind, after.state.price_ucr) == (kind, 3 * POOL.reserve_price_ucr)
    assert (after is before) == (kind is RULES.spot_controller)


def test_rules_that_no_controller_can_follow_are_refused_by_its_name() -> None:
    def never(*_: object, **__: object) -> None:
        raise ValueError("it would oscillate")

    rules = MarketRules(spot_controller=SpotController.LOG_PRICE, spot_target_ppm=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("marketplace.domain.spot_price.LogPrice", never)
        with pytest.raises(BadField, match="it would oscillate") as refused:
            controller_of(POOL, rules)
    assert (refused.value.field, refused.value.value) == ("spot_controller", "log-price")


def test_an_hour_without_ticks_teaches_nothing() -> None:
    known = SpotForecast(pool="h100")
    assert learnt(known, NOW, []) is known


def test_a_limits_chance_counts_the_hours_in_which_it_is_enough_or_too_low() -> None:
    ahead = [
        ExpectedPrice(at=NOW, low_ucr=low, middle_ucr=high, high_ucr=high)
        for low, high in ((10, 20), (20, 30), (31, 50), (5, 31))
    ]
    found = chance_of(30, ahead)
    assert found == Chance(hours=4, low_ucr=5, high_ucr=50, enough=2, too_low=1)
