"""Reservations, prices and spot requests through the client."""

from datetime import timedelta
from decimal import Decimal

import pytest

from api.client.failures import Refused
from api.client.served import Client
from api.wire.reservation import ReleaseBody
from api.wire.spot import LimitBody, SpotBody
from marketplace.store.engine import Store
from tests.api.client.faults import Time, Way, lose_answer, over
from tests.api.client.test_served import a_body
from tests.api.rest.desk import served
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, NOW, assert_clean, option, request, won

SPOT = SpotBody(team="nlp", pool="h100", quantity=8, limit_price=Decimal(2))


def test_time_that_was_won_is_listed_priced_and_given_back_once(
    mia: Client, store: Store, way: Way, time: Time
) -> None:
    """§7.14"""
    [box] = won(store, request("nlp", "a", option(40)))
    way.inner = served(store, lambda: CLOSE)._transport
    [one] = mia.reservations(team="nlp").items
    assert mia.reservation(box.id) == one
    assert {found.pool for found in mia.prices("h100").pools} == {"h100"}
    way.faults = [lose_answer]
    assert mia.indicative(pool="h100").cycle == "cyc_000002"
    after = mia.release_reservation(box.id, ReleaseBody())
    assert after.units == [0] * len(one.units)
    assert [found.reservation for found in mia.releases(team="nlp").items] == [box.id]
    with pytest.raises(Refused) as gone:
        over(way, time, "gpm_rob").reservation(box.id)
    assert gone.value.code == "not-found"


def test_spot_is_asked_for_once(mia: Client, way: Way) -> None:
    """§7.14"""
    tried = mia.ask_for_spot(SPOT, key="k", dry_run=True)
    assert mia.spot_requests(team="nlp").items == []
    way.faults = [lose_answer]
    asked = mia.ask_for_spot(SPOT, key="k")
    assert (asked.id, tried.dry_run, asked.dry_run) == (tried.id, True, False)
    assert mia.spot_request(asked.id).id == asked.id
    assert len(mia.spot_requests(state="open").items) == 1


def test_a_limit_is_changed_and_a_request_is_stopped_once(
    mia: Client, way: Way, store: Store
) -> None:
    """§7.14"""
    asked = mia.ask_for_spot(SPOT, key="k")
    for lost in range(2):
        way.faults = [lose_answer] * lost
        new = LimitBody(limit_price=Decimal(3 + lost))
        changed = mia.change_spot_limit(asked.id, new)
        assert (changed.limit_price_credits, changed.id) == (new.limit_price, asked.id)
    way.faults = [lose_answer]
    [gone] = mia.stop_spot([asked.id])
    assert (gone.state, gone.held_credits) == ("cancelled", Decimal(0))
    assert_clean(store)


def test_spot_prices_are_read_and_expected(mia: Client, store: Store) -> None:
    hands.tick(store, NOW)
    asked = mia.ask_for_spot(SPOT)
    [price] = mia.spot_prices("h100").items
    assert (asked.newest_price, price.at) == (price, NOW)
    assert mia.spot_prices("h100", start=NOW - timedelta(days=2), end=NOW).items == []
    assert mia.expected_spot_prices("h100", hours=3).items == []


def test_an_explanation_is_waited_for_as_long_as_it_may_take(
    mia: Client, store: Store, way: Way
) -> None:
    [box] = won(store, request("nlp", "a", option(40)))
    told = mia.explain_order("cyc_000001", box.order_id, seconds=40)
    assert (told.won, told.finished) == (True, True)
    assert way.seen[-1].extensions["timeout"]["read"] > 40
    [slots] = mia.forward_prices("h100", hours=2).pools
    assert len(slots.slots) == 2


def test_a_sale_a_pool_and_a_team_are_read(mia: Client) -> None:
    order = mia.place_order(a_body())
    assert mia.sale().closes_at > mia.sale().now
    assert mia.pool(order.options[0].legs[0].pool).block_size == 8
    assert "free_credits" in mia.team("nlp").document()
    assert "free_credits" not in mia.team("rl").document()


def test_calendars_have_addresses_that_are_told_once(mia: Client) -> None:
    mine, pools = mia.make_team_calendar("nlp"), mia.make_pool_calendar("h100")
    assert mine.address.startswith("http://market.test/v1/calendars/gpm_")
    theirs = {one.id for one in mia.every_token("mia") if one.kind == "calendar"}
    assert theirs == {mine.id, pools.id}
    assert mia.tokens(limit=1).next
    assert mia.end_team_calendar("nlp").id == mine.id
    assert mia.end_pool_calendar("h100").reason == "revoked"
    with pytest.raises(Refused) as gone:
        mia.end_team_calendar("nlp")
    assert gone.value.code == "not-found"


def test_a_statement_is_of_a_period(mia: Client) -> None:
    order = mia.place_order(a_body())
    at = order.placed_at
    assert mia.statement("nlp").held_credits == Decimal(60)
    long_ago = at - timedelta(days=90)
    assert mia.statement("nlp", start=long_ago, end=long_ago + timedelta(days=1)).lines == []
    with pytest.raises(Refused) as theirs:
        mia.statement("rl")
    assert theirs.value.status == 403
