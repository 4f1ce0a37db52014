"""Pools that are other from a later cycle on: another reserve price, nothing sold any more."""

from dataclasses import replace

import pytest

from marketplace.domain.capacity import Pool, PoolChange
from marketplace.domain.command import ChangePool
from marketplace.domain.event.audience import Circle
from marketplace.domain.order import OrderState
from marketplace.domain.spot import SpotState, SpotTerms
from marketplace.errors import BadField, Forbidden, MarketError, NotFound
from marketplace.services import capacity, order, spot
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    a_market,
    answers,
    assert_clean,
    leg,
    option,
    placed,
    pool,
    request,
    run,
    won,
)
from tests.marketplace.told import TICK, told

pytestmark = pytest.mark.both
HALF = CREDIT // 2


def changed(store: Store, id_: str = "h100", from_cycle: int = 0, **facts: bool | int) -> Pool:
    """A pool after platform has changed it."""
    change = PoolChange(from_cycle=from_cycle, **facts)  # type: ignore[arg-type]
    return Runner(store).run(ChangePool(id_, change, "so it is"), by=hands.PLATFORM, at=NOW)


def test_changes_to_come_add_up_by_their_cycles() -> None:
    before = pool("h100")
    dear = PoolChange(from_cycle=4, reserve_price_ucr=HALF)
    gone = PoolChange(from_cycle=4, retired=True)
    back = PoolChange(from_cycle=6, retired=False)
    after = before.changed(back).changed(dear).changed(gone)
    assert after.coming == (PoolChange(from_cycle=4, reserve_price_ucr=HALF, retired=True),)
    after = after.changed(back)
    assert [one.from_cycle for one in after.coming] == [4, 6]
    assert after.in_cycle(3) == after
    then = after.in_cycle(5)
    assert (then.reserve_price_ucr, then.retired, then.coming) == (HALF, True, (back,))
    assert (after.in_cycle(9).retired, after.in_cycle(9).coming) == (False, ())
    for one in (dear, gone, back, PoolChange(from_cycle=5, retired=True)):
        assert after.changed(one) == after
    with pytest.raises(BadField, match="reserve_price_credits is -"):
        before.changed(PoolChange(from_cycle=2, reserve_price_ucr=-1)).in_cycle(2)


def test_another_reserve_price_holds_from_its_cycle_on_ahead_and_on_spot() -> None:
    store = a_market()
    after = changed(store, reserve_price_ucr=HALF)
    assert after.reserve_price_ucr == CREDIT // 4
    assert after.coming == (PoolChange(from_cycle=2, reserve_price_ucr=HALF),)
    assert changed(store, reserve_price_ucr=HALF) == after
    cheap = option(4, 8, 60, leg(units=8, hours=2))
    [first] = placed(store, request("nlp", "first", cheap))
    run(store)
    assert order.get(store, first.id, team="nlp").state is OrderState.FILLED
    assert capacity.get(store, "h100").reserve_price_ucr == HALF
    [second] = placed(store, request("nlp", "second", cheap), now=CLOSE + HOUR)
    terms = SpotTerms(team="nlp", key="s", pool="h100", quantity=8, limit_ucr=HALF - 1)
    [refusal] = hands.ask(store, [terms], CLOSE + HOUR)
    assert isinstance(refusal, BadField)
    assert refusal.reason == "below-floor"
    run(store, CLOSE + DAY)
    lost = order.get(store, second.id, team="nlp")
    assert (lost.state, lost.reason) == (OrderState.LOST, "below-reserve")
    assert len(told(store, Circle.EVERYBODY, kind="pool.changed")) == 1
    assert_clean(store)


def test_a_retired_pool_sells_nothing_more_and_keeps_what_it_sold() -> None:
    store = a_market()
    terms = SpotTerms(team="rl", key="s", pool="h100", quantity=8, limit_ucr=CREDIT)
    [runs] = hands.ask(store, [terms], NOW)
    assert not isinstance(runs, MarketError)
    hands.tick(store, NOW)
    changed(store, retired=True)
    waits = request("rl", "waits", option(90, 8, 200, leg(units=16)), standing=True)
    [standing] = placed(store, waits)
    [box] = won(store, request("nlp", "box", option(50, 30, 40, leg(units=8, hours=4))))
    assert capacity.get(store, "h100").retired
    hands.tick(store, CLOSE + TICK)
    left = spot.own(store, runs.id, hands.ROOT)
    assert (left.code, left.on_notice) == ("reclaimed", True)
    [refusal] = answers(store, request("nlp", "late", option(9)), now=CLOSE + HOUR)
    assert isinstance(refusal, BadField)
    assert (refusal.field, refusal.reason) == ("options[0].legs[0].pool", "retired")
    [late] = hands.ask(store, [replace(terms, key="t")], CLOSE + HOUR)
    assert isinstance(late, BadField)
    assert late.reason == "retired"
    run(store, CLOSE + DAY)
    assert order.get(store, standing.id, team="rl").state is not OrderState.OPEN
    hands.advance(store, box.start + HOUR)
    assert spot.own(store, runs.id, hands.ROOT).state is not SpotState.ACTIVE
    assert_clean(store)


def test_a_change_that_cannot_be_is_refused() -> None:
    store = a_market()
    change = ChangePool("h100", PoolChange(from_cycle=0, retired=True), "so it is")
    with pytest.raises(Forbidden):
        Runner(store).run(change, by=hands.FINANCE, at=NOW)
    with pytest.raises(BadField, match="from_cycle is 1"):
        changed(store, from_cycle=1, retired=True)
    with pytest.raises(BadField, match="reserve_price_credits"):
        changed(store, reserve_price_ucr=10**15)
    with pytest.raises(NotFound):
        changed(store, "h200", retired=True)
    assert capacity.get(store, "h100").coming == ()
