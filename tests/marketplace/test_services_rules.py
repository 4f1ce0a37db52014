"""Other rules: from the next cycle on, knowingly, and named by every cycle."""

from dataclasses import replace

import pytest

from marketplace.domain.command import AdoptRules
from marketplace.domain.event.market import RulesAdopted
from marketplace.errors import BadField, Forbidden, NotAllowedNow, NotFound
from marketplace.rules import Change, SpotController
from marketplace.services import market, rules
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    DAY,
    HOUR,
    NOW,
    RULES,
    a_market,
    answers,
    assert_clean,
    leg,
    option,
    placed,
    request,
    run,
)

pytestmark = pytest.mark.both


def adopt(store: Store, *changes: Change, seen: int = 0, key: str = "") -> int:
    command = AdoptRules(changes, seen)
    return Runner(store).run(command, by=hands.PLATFORM, at=NOW, key=key).version


def test_the_open_cycle_goes_on_as_it_was_and_the_next_runs_by_the_new_rules() -> None:
    store = a_market()
    assert adopt(store, ("reserved_share_ppm", 500_000), ("cycle_minutes", 12 * 60)) == 2
    assert market.now_showing(store)[0] == RULES
    placed(store, request("nlp", "a", option(90, 8, None, leg(units=16))))
    assert run(store).cycle.rules_version == 1
    in_force, open_ = market.now_showing(store)
    assert (in_force.version, open_.rules_version, in_force.reserved_share_ppm) == (2, 2, 500_000)
    assert open_.closes_at == CLOSE + 12 * HOUR
    [refused] = answers(store, request("rl", "b", option(90, 32, None, leg(units=16))), now=CLOSE)
    assert isinstance(refused, BadField)
    done = run(store, CLOSE + 12 * HOUR)
    assert (done.cycle.rules_version, done.cycle.closes_at) == (2, CLOSE + 12 * HOUR)
    assert_clean(store)


def test_only_the_newest_version_comes_into_force() -> None:
    store = a_market()
    adopt(store, ("work", 1_000))
    assert adopt(store, ("work", 3_000), ("horizon_hours", 48)) == 3
    found = rules.standing(store)
    assert (found.now.rules.version, found.newest.rules.version) == (1, 3)
    run(store)
    assert market.now_showing(store)[0].work == 3_000
    assert [one.rules.version for one in rules.listed(store)] == [3, 2, 1]
    after, before = rules.get(store, 2)
    assert before is not None
    assert (before.rules.work, after.rules.work, after.adopted_at) == (2_000, 1_000, NOW)
    assert rules.get(store, 1)[1] is None
    with pytest.raises(NotFound):
        rules.get(store, 4)
    assert_clean(store)


def test_nobodys_change_is_written_over_and_a_key_adopts_once() -> None:
    """§7.14"""
    store = a_market()
    assert adopt(store, ("work", 1_000), seen=1, key="k") == 2
    with pytest.raises(NotAllowedNow, match="since version 1, and is version 2"):
        adopt(store, ("work", 9_000), seen=1)
    assert adopt(store, ("work", 1_000), seen=1, key="k") == 2
    assert len(rules.listed(store).items) == 2
    assert_clean(store)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ((("slot_minutes", 30),), "it stays what it was"),
        ((("spot_controller", "aimd"),), "it stays what it was"),
        ((("version", 9),), "it stays what it was"),
        ((("work", 2_000),), "version 1 are so already"),
        ((("prices", 1),), "no such rule"),
        ((("work", 0),), "a whole number from"),
        ((("work", "much"),), "must be a whole number"),
        ((("payment_rule", "lottery"),), "one of"),
        ((("cycle_minutes", 7),), "must divide a day"),
    ],
)
def test_rules_that_cannot_be_are_refused(changes: tuple[Change, ...], says: str) -> None:
    store = a_market()
    with pytest.raises(BadField, match=says):
        adopt(store, *changes)
    assert len(rules.listed(store).items) == 1


def test_no_pool_is_left_without_a_controller() -> None:
    store = a_market(rules=replace(RULES, spot_controller=SpotController.EIP1559))
    with pytest.raises(BadField, match="no controller can be made so"):
        adopt(store, ("spot_target_ppm", 1_000_000))
    assert adopt(store, ("spot_target_ppm", 900_000)) == 2
    assert_clean(store)


def test_platform_alone_adopts_and_everybody_is_told() -> None:
    """§7.12"""
    store = a_market()
    for by in (hands.FINANCE, hands.ADMIN, hands.member("nlp")):
        with pytest.raises(Forbidden):
            Runner(store).run(AdoptRules((("work", 1),)), by=by, at=NOW)
    assert RulesAdopted.audience.value == "everybody"
    adopt(store, ("work", 1_000))
    run(store, CLOSE + DAY)
    assert_clean(store)
