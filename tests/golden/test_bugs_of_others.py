"""Faults that other systems shipped, each turned into a promise that ours keeps.

The reports: sfcompute/cli #258 and #259, vast-ai/docs on reserved instances, rackerlabs/spot #230,
akash-network/support #193 and #403, armada #4185, chi-in-a-box #128, Slurm's ``tres.shtml``.
Times and offsets as typed, and prices as read, are tried in ``tests/api/test_cli_values.py``.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from marketplace.domain.order import OrderState
from marketplace.domain.page import every
from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.errors import BadField
from marketplace.rules import MarketRules, SpotController
from marketplace.services import check, cycle, order, price, spot, statement
from marketplace.store.engine import Store
from pricing.units import charge_ucr, credits_from_ucr, ucr_from_credits
from tests.marketplace import hands
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
    fills = [one.fill for team in ("nlp", "rl") for one in every(order.listed, store, team=team)]
    assert [fill.payment_ucr for fill in fills if fill] == [cost, cost]


def test_no_price_is_shown_below_what_will_be_charged() -> None:
    store = crowded()
    run(store)
    for pool in price.latest(store).pools:
        assert min(pool.prices_ucr) >= CREDIT // 4


def test_more_credits_never_raise_a_price() -> None:
    """Topping up an account recomputed a discount to a worse rate elsewhere."""
    poor, rich = crowded(), crowded()
    hands.grant(rich, [a_grant("more", "nlp", 9_000)], NOW)
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
        hands.cancel(store, [one.id], NOW, team="vision")
    else:
        run(store, CLOSE if ending == "lost" else CLOSE + timedelta(days=2))
    after = order.get(store, one.id, team="vision")
    assert (after.state, bool(after.reason)) == (OrderState(ending), True)
    assert after.ended_at is not None
    assert free_ucr(store, "vision") == before


def spot_rules() -> MarketRules:
    return MarketRules(work=2_000, spot_controller=SpotController.FIXED)


def spot_market() -> Store:
    return a_market(rules=spot_rules())


def asked(store: Store, team_id: str, key: str, limit_ucr: int, units: int = 4) -> SpotRequest:
    terms = SpotTerms(team=team_id, key=key, pool="a100", quantity=units, limit_ucr=limit_ucr)
    [answer] = hands.ask(store, [terms], NOW)
    assert isinstance(answer, SpotRequest), str(answer)
    return answer


def test_what_starts_and_stops_within_one_tick_is_billed_to_the_second() -> None:
    """armada #4388: jobs that were scheduled and preempted in one round were not billed."""
    store = spot_market()
    one = asked(store, "nlp", "a", CREDIT)
    hands.tick(store, NOW)
    hands.stop(store, [one.id], NOW + timedelta(seconds=7), team="nlp")
    lines = statement.of_team(store, "nlp", NOW - HOUR, NOW + HOUR).lines
    assert [line.amount_ucr for line in lines if line.transfer.payer.spot_id == one.id] == [
        -4 * (CREDIT // 4) * 7 // 3600  # rounded away from zero
    ]


def test_a_published_spot_price_is_never_below_the_floor_that_is_shown() -> None:
    """rackerlabs/spot #230: shown 0.002, charged 0.01."""
    store = spot_market()
    hands.tick(store, NOW)
    assert {one.price_ucr for one in spot.prices(store, "a100", NOW, NOW + HOUR)} == {CREDIT // 4}


def test_a_running_job_stays_where_its_own_team_bids_the_same_again() -> None:
    """armada #4070: a team pushed out its own job."""
    store = spot_market()
    first = asked(store, "nlp", "a", CREDIT)
    hands.tick(store, NOW)
    again = asked(store, "nlp", "b", CREDIT)
    found = hands.tick(store, NOW + timedelta(minutes=5))
    assert found is not None
    assert found.noticed == ()
    assert spot.get(store, first.id, team="nlp").run is not None
    assert spot.get(store, again.id, team="nlp").code == "outbid"


def test_a_deadline_that_was_told_never_moves() -> None:
    """karpenter-provider-azure #1829: the provider's real deadline was thrown away."""
    store = spot_market()
    first = asked(store, "nlp", "a", CREDIT // 2)
    hands.tick(store, NOW)
    asked(store, "rl", "b", CREDIT)
    found = hands.tick(store, NOW + timedelta(minutes=5))
    assert found is not None
    [told] = found.noticed
    assert told.run is not None
    deadline = told.run.deadline
    hands.tick(store, NOW + timedelta(minutes=37))
    ended = spot.get(store, first.id, team="nlp")
    assert ended.updated_at == deadline == NOW + timedelta(minutes=10)


def test_exhausted_credits_end_spot_within_what_is_held() -> None:
    """akash-network/node #1635: overdrawn deployments kept running free."""
    store = a_market(rules=spot_rules(), credit=1)
    one = asked(store, "nlp", "a", CREDIT)
    at = NOW
    while spot.get(store, one.id, team="nlp").live:
        hands.tick(store, at)
        at += timedelta(minutes=5)
        assert at < NOW + 2 * HOUR
    assert spot.get(store, one.id, team="nlp").code == "budget"
    assert check.check(store).faults == ()
