"""A pool's controller, by the rules: which one, from where it goes on, and how it is remembered."""

import json
from dataclasses import replace

import pytest

from marketplace.domain.spot_price import adopted, begun, controller_of, recalled, remembered
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
