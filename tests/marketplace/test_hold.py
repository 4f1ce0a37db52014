"""Holds move off grants that end: what waits dies only where no credits of its team can pay."""

from dataclasses import replace
from datetime import datetime

import pytest

from marketplace.domain.event.audience import readers_of
from marketplace.domain.event.grant import GrantExpired
from marketplace.domain.event.kinds import kinds_named
from marketplace.domain.ledger import MOVED
from marketplace.domain.order import Order, OrderState
from marketplace.domain.page import every
from marketplace.domain.spot import SpotRequest, SpotState, SpotTerms
from marketplace.domain.team import Team
from marketplace.rules import MarketRules
from marketplace.services import event, ledger, order, spot
from marketplace.services.ledger import GrantBalance
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    RULES,
    SALT,
    a_grant,
    a_market,
    assert_clean,
    option,
    placed,
    request,
    run,
)

pytestmark = pytest.mark.both

ENDS = CLOSE + 12 * HOUR
"""When the grant that holds ends: between two cycles."""

MINUTE = HOUR / 60
SPOT_ENDS = NOW + 66 * MINUTE

FAR = option(6, 24 * 9)
"""Worth 6 credits, beyond what the first cycles sell."""


def a_purse(*others: int, ends: datetime = ENDS, rules: MarketRules = RULES) -> Store:
    """A team with 10 credits that end, and others of so many credits each."""
    store = a_market(rules=rules)
    hands.enrol(store, [Team(id="poor", name="Poor", created_at=NOW)])
    more = [a_grant(f"more-{k}", "poor", credit) for k, credit in enumerate(others)]
    hands.grant(store, [replace(a_grant("ends", "poor", 10), end=ends), *more], NOW)
    return store


def left(store: Store) -> dict[str, GrantBalance]:
    return {one.grant.id: one for one in every(ledger.balances, store, "poor")}


def held_on(store: Store) -> dict[str, int]:
    """Credits that are held, by grant."""
    return {id_: one.held_ucr // CREDIT for id_, one in left(store).items() if one.held_ucr}


def by_id(one: SpotRequest) -> str:
    return one.id


def now_of(store: Store, one: Order) -> Order:
    return order.get(store, one.id, team="poor")


def asked(store: Store, key: str = "s") -> SpotRequest:
    """A spot request that holds more than two credits, and less than three."""
    terms = SpotTerms(
        team="poor", key=key, pool="h100", quantity=8, limit_ucr=CREDIT // 4, minimum=HOUR
    )
    [made] = hands.ask(store, [terms], NOW)
    assert isinstance(made, SpotRequest), str(made)
    return made


def test_an_open_orders_hold_moves_to_what_else_its_team_has() -> None:
    store = a_purse(4, 5)
    [one] = placed(store, request("poor", "a", FAR, standing=True))
    assert held_on(store) == {"ends": 6}
    run(store)
    hands.advance(store, ENDS)
    assert now_of(store, one).state is OrderState.OPEN
    assert held_on(store) == {"more-0": 4, "more-1": 2}
    assert left(store)["ends"].expired_ucr == 10 * CREDIT
    moved = [entry for entry in ledger.caused_by(store, one) if entry.transfer.reason == MOVED]
    assert [entry.at for entry in moved] == [ENDS]
    for days in range(1, 9):
        run(store, CLOSE + days * DAY)
    assert now_of(store, one).state is OrderState.FILLED
    assert left(store)["more-0"].spent_ucr == 4 * CREDIT
    assert_clean(store)


def test_what_no_other_credits_can_pay_ends_with_the_grant_and_at_its_time() -> None:
    store = a_purse(5)
    [one] = placed(store, request("poor", "a", FAR, standing=True))
    hands.advance(store, ENDS + HOUR)
    after = now_of(store, one)
    assert (after.state, after.reason, after.ended_at) == (
        OrderState.EXPIRED,
        "grant-expired",
        ENDS,
    )
    assert held_on(store) == {}
    assert left(store)["more-0"].free_ucr == 5 * CREDIT
    assert_clean(store)


def test_what_was_placed_first_moves_first() -> None:
    store = a_purse(7)
    [first] = placed(store, request("poor", "a", replace(FAR, value_ucr=4 * CREDIT)))
    [second] = placed(store, request("poor", "b", FAR), now=NOW + HOUR)
    hands.advance(store, ENDS)
    assert now_of(store, first).state is OrderState.OPEN
    assert now_of(store, second).reason == "grant-expired"
    assert held_on(store) == {"more-0": 4}


def test_an_order_moves_to_no_grant_that_ends_before_it_could_be_settled() -> None:
    store = a_purse()
    hands.grant(store, [replace(a_grant("later", "poor", 10), end=ENDS + HOUR)], NOW)
    [one] = placed(store, request("poor", "a", FAR))
    run(store)
    hands.advance(store, ENDS)
    assert now_of(store, one).reason == "grant-expired"


def test_an_order_that_awaits_its_settlement_moves_and_is_paid_by_what_is_valid() -> None:
    store = a_purse(10, ends=CLOSE + HOUR / 2)
    [one] = placed(store, request("poor", "a", option(6, 40)))
    cycle = hands.freeze(store, CLOSE, SALT)
    hands.advance(store, CLOSE + HOUR / 2)
    assert held_on(store) == {"more-0": 6}
    assert hands.finish(store, cycle, CLOSE + HOUR / 2)[1]
    assert now_of(store, one).state is OrderState.FILLED
    assert left(store)["more-0"].spent_ucr == 4 * CREDIT
    assert_clean(store)


def test_an_order_in_a_closed_book_that_cannot_move_is_paid_by_what_it_held() -> None:
    """Expiry waits for holds; the rest of it expires then."""
    store = a_purse(ends=CLOSE + HOUR / 2)
    [one] = placed(store, request("poor", "a", option(6, 40)))
    cycle = hands.freeze(store, CLOSE, SALT)
    hands.advance(store, CLOSE + HOUR / 2)
    assert held_on(store) == {"ends": 6}
    assert hands.finish(store, cycle, CLOSE + HOUR / 2)[1]
    assert now_of(store, one).state is OrderState.FILLED
    hands.advance(store, CLOSE + HOUR)
    ended = left(store)["ends"]
    assert (ended.spent_ucr, ended.expired_ucr) == (4 * CREDIT, 6 * CREDIT)
    found = event.after(store, readers_of(hands.ROOT), 0, 500, kinds_named("grant.expired"))
    told = [each.event for each in found if isinstance(each.event, GrantExpired)]
    assert [one.amount_ucr // CREDIT for one in told] == [4, 2]
    keys = [entry.transfer.key for entry in every(ledger.posted, store)]
    assert [key for key in keys if key.startswith("expire")] == ["expire:ends:0", "expire:ends:1"]
    assert_clean(store)


def test_an_order_whose_cycle_failed_or_that_lost_is_looked_at_again() -> None:
    store = a_purse(ends=CLOSE + HOUR / 2)
    [one] = placed(store, request("poor", "a", option(6, 40, 100), standing=True))
    cycle = hands.freeze(store, CLOSE, SALT)
    hands.fail(store, cycle, "for a test", CLOSE + HOUR * 3 / 4)
    hands.advance(store, CLOSE + HOUR)
    after = now_of(store, one)
    assert (after.reason, after.ended_at) == ("grant-expired", CLOSE + HOUR * 3 / 4)
    assert_clean(store)


def test_a_spot_request_that_waits_moves_and_one_that_none_can_pay_ends() -> None:
    store = a_purse(3, ends=SPOT_ENDS)
    one, two = asked(store, "a"), asked(store, "b")
    hands.advance(store, SPOT_ENDS)
    kept, ended = (spot.get(store, each.id, team="poor") for each in sorted((one, two), key=by_id))
    assert kept.state is SpotState.OPEN
    assert (ended.state, ended.code) == (SpotState.FAILED, "grant-expired")
    assert ended.updated_at == SPOT_ENDS
    assert list(held_on(store)) == ["more-0"]
    assert_clean(store)


@pytest.mark.parametrize(("others", "where"), [((3,), "more-0"), ((), "ends")])
def test_a_spot_run_moves_where_it_can_and_else_goes_on_within_its_hold(
    others: tuple[int, ...], where: str
) -> None:
    store = a_purse(*others, ends=SPOT_ENDS)
    one = asked(store)
    assert hands.tick(store, NOW + 5 * MINUTE) is not None
    hands.advance(store, SPOT_ENDS)
    assert spot.get(store, one.id, team="poor").state is SpotState.ACTIVE
    assert list(held_on(store)) == [where]
    hands.stop(store, [one.id], SPOT_ENDS + MINUTE, team="poor")
    hands.advance(store, SPOT_ENDS + HOUR)
    assert held_on(store) == {}
    assert left(store)[where].spent_ucr > 0
    assert_clean(store)
