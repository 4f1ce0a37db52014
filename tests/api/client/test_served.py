"""The client's methods against a served market: typed answers, typed refusals."""

from datetime import timedelta
from decimal import Decimal

import pytest

from api.client.failures import Refused
from api.client.served import Client, read_address
from api.wire.order import AmendBody, KeyedOrderBody, Leg, Option, OrderBody
from marketplace.store.engine import Store
from tests.api.client.faults import Time, Way, over
from tests.marketplace.bazaar import START, assert_clean


def an_option(value: str = "60", quantity: int = 8) -> Option:
    leg = Leg(pool="h100", quantity=quantity, duration=timedelta(hours=4))
    return Option(value=Decimal(value), earliest_start=START, latest_start=START, legs=[leg])


def a_body(value: str = "60", team: str = "nlp") -> OrderBody:
    return OrderBody(team=team, options=[an_option(value)])


def test_it_knows_who_it_is(mia: Client) -> None:
    me = mia.me()
    assert (me.person, me.roles) == ("mia", ["member:nlp"])


def test_an_order_is_placed_read_listed_amended_and_cancelled(mia: Client, store: Store) -> None:
    order = mia.place_order(a_body(), key="run-7")
    assert (order.state, order.held_credits, order.key) == ("open", Decimal(60), "run-7")
    assert mia.order(order.id) == order
    assert mia.orders(team="nlp", state="open").items == [order]
    after = mia.amend_order(order.id, AmendBody(options=[an_option("70")]), version=order.version)
    assert (after.held_credits, after.version) == (Decimal(70), 2)
    [gone] = mia.cancel_orders([order.id])
    assert gone.state == "cancelled"
    assert mia.orders(state="open").items == []
    assert_clean(store)


def test_a_rehearsal_leaves_nothing(mia: Client) -> None:
    tried = mia.place_order(a_body(), key="k", dry_run=True)
    body = KeyedOrderBody(**dict(a_body()), key="k")
    assert [one.order for one in mia.place_orders([body], dry_run=True)] == [tried]
    assert mia.orders().items == []
    placed = mia.place_order(a_body(), key="k")
    assert placed == tried
    mia.cancel_orders([placed.id], dry_run=True)
    mia.amend_order(placed.id, AmendBody(options=[an_option("7")]), dry_run=True)
    assert mia.order(placed.id) == placed


def test_a_list_goes_on_where_a_page_ended(mia: Client) -> None:
    made = {mia.place_order(a_body("1"), key=f"k{k}").id for k in range(3)}
    first = mia.orders(limit=2)
    rest = mia.orders(limit=2, after=first.next or "")
    assert {one.id for one in first.items + rest.items} == made
    assert rest.next is None


def test_many_orders_are_placed_each_by_itself_a_thousand_at_once(mia: Client, way: Way) -> None:
    bodies = [KeyedOrderBody(**dict(a_body("0.1"))) for _ in range(1_001)]
    bodies[7] = KeyedOrderBody(**dict(a_body("5000")))
    answers = mia.place_orders(bodies)
    assert len(way.seen) == 2
    refused = [one.problem for one in answers if one.problem]
    assert [one["code"] for one in refused] == ["insufficient-credits"]
    assert sum(one.order is not None for one in answers) == 1_000


def test_a_refusal_has_its_code_field_and_facts(mia: Client) -> None:
    with pytest.raises(Refused) as poor:
        mia.place_order(a_body("5000"))
    told = poor.value
    assert (told.status, told.code, told.field, told.value) == (
        *(402, "insufficient-credits", "credits", "5000"),
    )
    assert told.facts["free_credits"] == "1000"
    assert "nlp needs 5,000.00 credits" in str(told)
    with pytest.raises(Refused) as gone:
        mia.order("ord_0")
    assert gone.value.code == "not-found"


def test_a_change_after_somebody_elses_is_refused(mia: Client, way: Way, time: Time) -> None:
    order = mia.place_order(a_body())
    over(way, time, "gpm_lea").amend_order(order.id, AmendBody(options=[an_option("70")]))
    with pytest.raises(Refused) as late:
        mia.amend_order(order.id, AmendBody(options=[an_option("5")]), version=1)
    assert (late.value.status, late.value.reason) == (412, "changed-since")


def test_nobody_is_known_by_a_wrong_token(way: Way, time: Time) -> None:
    with pytest.raises(Refused) as unknown:
        over(way, time, "gpm_nobody").me()
    assert (unknown.value.status, unknown.value.code) == (401, "unrecognised")
    assert "gpm_nobody" not in repr(unknown.value)


@pytest.mark.parametrize("odd", ["", ".", "..", "../me", "a/b", "a b", "ü", "?x=1", "%2e%2e"])
def test_an_odd_id_never_reaches_another_path(mia: Client, odd: str) -> None:
    with pytest.raises(Refused) as gone:
        mia.order(odd)
    assert gone.value.code in ("not-found", "no-such-path")


@pytest.mark.parametrize("key", ["schlüssel", "a\nb", " a", "a\x00"])
def test_a_key_that_no_header_can_hold_is_refused_before_it_is_sent(
    mia: Client, way: Way, key: str
) -> None:
    with pytest.raises(Refused) as bad:
        mia.place_order(a_body(), key=key)
    assert (bad.value.code, bad.value.field, way.seen) == ("bad-field", "key", [])


@pytest.mark.parametrize(
    "text", ["", "market", "ftp://a", "http://", "http://me:pw@a", "http://a?b"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a service's address"):
        read_address(text)
    assert read_address("http://a:1/") == "http://a:1"
