"""Prices over HTTP: the same to everybody, published after clearing, kept and made anew."""

from datetime import timedelta

import pytest

from api.wire.price import TickPrice as Shown
from marketplace.domain.spot_price import TickPrice
from marketplace.services import price
from tests.api.rest.desk import Desk, served
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, DAY, HOUR, NOW, leg, option, placed, request, run

WHOLE = leg(units=16)


def test_prices_are_published_with_the_first_settled_cycle(desk: Desk) -> None:
    assert desk.refused(404, "mia", "GET", "/v1/prices")["code"] == "not-found"
    placed(
        desk.store,
        request("nlp", "a", option(90, 8, None, WHOLE)),
        request("rl", "b", option(80, 8, None, WHOLE)),
    )
    run(desk.store)
    seen = {who: desk.gets(who, "/v1/prices") for who in ("mia", "rob", "fin", "pia", "adam")}
    assert all(one == seen["mia"] for one in seen.values())
    told = seen["mia"]
    assert (told["cycle"], told["start"]) == ("cyc_000001", "2026-11-24T01:00:00Z")
    h100 = {one["pool"]: one for one in told["pools"]}["h100"]
    assert h100["on_sale"][7] == 16
    [priced] = [one for one in price.latest(desk.store).pools if one.pool == "h100"]
    assert max(priced.prices_ucr[7:9]) > priced.prices_ucr[0]
    assert h100["price_credits"][0] == "0.25"


def test_a_part_of_the_prices_is_one_pool_and_some_hours(desk: Desk) -> None:
    run(desk.store)
    query = {"pool": "h100", "start": "2026-11-24T08:00:00Z", "end": "2026-11-24T10:00:00+00:00"}
    part = desk.gets("mia", "/v1/prices", **query)
    assert (part["start"], len(part["pools"])) == (query["start"], 1)
    assert len(part["pools"][0]["price_credits"]) == 2
    for change, field in (
        ({"start": "2026-11-23T08:00:00Z"}, "start"),
        ({"end": "2027-11-24T08:00:00Z"}, "end"),
        ({"end": "2026-11-24T07:00:00Z"}, "end"),
    ):
        problem = desk.refused(422, "mia", "GET", "/v1/prices", params=query | change)
        assert (problem["field"], problem["reason"]) == (field, "not-priced")
    assert desk.refused(404, "mia", "GET", "/v1/prices", params={"pool": "tpu"})["field"] == "pool"
    desk.refused(401, "", "GET", "/v1/prices")


def test_the_next_cycles_prices_take_the_place_of_those_that_were_kept(desk: Desk) -> None:
    run(desk.store)
    first = desk.gets("mia", "/v1/prices")
    assert desk.gets("mia", "/v1/prices") == first
    run(desk.store, CLOSE + DAY)
    assert desk.gets("mia", "/v1/prices")["cycle"] == "cyc_000002"


def test_spot_prices_come_tick_by_tick_and_in_pages(desk: Desk) -> None:
    path = "/v1/pools/h100/spot-prices"
    for tick in range(3):
        hands.tick(desk.store, NOW + tick * timedelta(minutes=5))
    with served(desk.store, lambda: NOW + HOUR) as later:
        at = Desk(desk.store, later)
        first = at.gets("mia", path, limit=2)
        rest = at.gets("rob", path, limit=2, after=first["next"])
        found = first["items"] + rest["items"]
        assert [one["at"][11:16] for one in found] == ["09:00", "09:05", "09:10"]
        assert (found[0]["price_credits"], rest["next"]) == ("0.25", None)
        span = {"start": "2026-11-23T09:05:00Z", "end": "2026-11-23T09:10:00Z"}
        assert [one["at"][11:16] for one in at.gets("fin", path, **span)["items"]] == ["09:05"]
        backwards = {"start": span["end"], "end": span["start"]}
        assert at.refused(422, "mia", "GET", path, params=backwards)["field"] == "end"
        at.refused(404, "mia", "GET", "/v1/pools/tpu/spot-prices")


def test_what_to_expect_needs_an_hour_of_ticks(desk: Desk) -> None:
    path = "/v1/pools/h100/spot-prices/expected"
    assert desk.gets("mia", path, hours=3) == {"pool": "h100", "items": []}
    for tick in range(25):
        hands.tick(desk.store, NOW + tick * timedelta(minutes=5))
    with served(desk.store, lambda: NOW + 2 * HOUR) as later:
        at = Desk(desk.store, later)
        items = at.gets("mia", path, hours=3)["items"]
        assert [one["at"][11:16] for one in items] == ["12:00", "13:00", "14:00"]
        assert at.refused(422, "mia", "GET", path, params={"hours": 169})["field"] == "hours"
        at.refused(404, "mia", "GET", "/v1/pools/tpu/spot-prices/expected")


@pytest.mark.parametrize(
    ("unserved_ucr", "told"), [(0, None), (3, None), (5, None), (7, "0.000007")]
)
def test_a_limit_that_was_not_served_is_told_only_where_it_is_the_price(
    unserved_ucr: int, told: str | None
) -> None:
    """In a thin pool it is one team's."""
    tick = TickPrice(
        pool="h100",
        at=NOW,
        price_ucr=max(5, unserved_ucr),
        controller_ucr=5,
        reason="steady",
        unserved_ucr=unserved_ucr,
        supply=8,
        wanted=8,
        used=8,
    )
    assert Shown.of(tick).document()["unserved_limit_credits"] == told
