"""Metrics: what is counted here, what the market says, and who may read it."""

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from allocator.files.formats import decode_outcome
from api.app import create_app
from api.operations.metrics import Metrics
from api.rest.market import Market
from marketplace.domain.event.audience import Circle
from marketplace.services import lease
from marketplace.store import cycle as cycle_store
from marketplace.store.engine import Store
from pricing.units import MICRO
from tests.api.rest.desk import Desk
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, NOW, SALT, option, placed, request

HERE = ("127.0.0.1", 50_000)
Samples = dict[tuple[str, tuple[str, ...]], float]


def read(text: str) -> Samples:
    """Each sample by its name and its labels' values."""
    return {
        (one.name.removeprefix("gpumarket_"), tuple(one.labels.values())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def scraped(store: Store, *, holder: str = "me") -> Samples:
    market = Market(store, lambda: CLOSE)
    app = create_app(market, Metrics(market, holder))
    return read(TestClient(app, client=HERE).get("/metrics").text)


def mean_price(store: Store, pool: str) -> float:
    """Over the slots that the first cycle sold, as its published file tells them."""
    with store.read() as tx:
        file = cycle_store.outcome(tx, 1)
    prices = decode_outcome(file).prices_ucr[pool]
    return sum(prices) / len(prices) / MICRO


def test_a_market_is_told_in_figures(store: Store) -> None:
    placed(store, request("nlp", "a", option(60)), request("rl", "b", option(61)))
    hands.tick(store, NOW)
    hands.register(store, "cluster", Circle.OPERATORS, NOW)
    before = scraped(store)
    assert before["database_up", ()] == 1
    assert before["held_credits", ()] == 120  # of 121
    assert before["pool_units", ("h100",)] == 16
    assert before["spot_price_credits", ("h100",)] == 0.25
    assert before["lease_held", ()] == 0
    assert ("cycle_surplus_credits", ()) not in before
    lease.take(store, "me", CLOSE)
    hands.run(store, CLOSE, SALT)
    after = scraped(store)
    assert after["cycle_number", ()] == 1
    assert after["cycle_surplus_credits", ()] > 0
    assert after["cycle_gap_ratio", ()] >= 0
    assert ("cycle_price_credits", ("h100",)) not in before
    assert after["cycle_price_credits", ("h100",)] == pytest.approx(mean_price(store, "h100"))
    assert after["held_credits", ()] == 0
    assert after["outbox_lag_events", ("cluster",)] > 0
    assert (after["lease_leads", ()], after["lease_fence", ()]) == (1, 1)
    assert scraped(store, holder="other")["lease_leads", ()] == 0
    assert after["clock_late_seconds", ()] >= 0


def test_requests_are_counted_by_operation_and_status(store: Store) -> None:
    with TestClient(create_app(Market(store, lambda: NOW)), client=HERE) as http:
        http.get("/v1/me", headers={"Authorization": "Bearer gpm_mia"})
        http.get("/v1/me")
        http.get("/v1/nowhere/secret")
        said = http.get("/metrics").text
    found = read(said)
    assert found["requests_total", ("who_am_i", "200")] == 1
    assert found["requests_total", ("who_am_i", "401")] == 1
    assert found["requests_total", ("none", "404")] == 1
    assert found["request_seconds_count", ("who_am_i",)] == 2
    assert found["clearing_deaths_total", ()] == 0
    assert "secret" not in said


def test_each_service_counts_for_itself(store: Store) -> None:
    with TestClient(create_app(Market(store, lambda: NOW)), client=HERE) as http:
        http.get("/v1/me")
    assert ("requests_total", ("who_am_i", "401")) not in scraped(store)


def test_who_may_read_them(desk: Desk) -> None:
    """This machine, and the organisation's roles; behind a proxy nobody is this machine."""
    for person in ("fin", "pia", "adam"):
        assert desk.asks(person, "GET", "/metrics").status_code == 200
    assert desk.refused(403, "mia", "GET", "/metrics")["code"] == "forbidden"
    assert desk.refused(401, "", "GET", "/metrics")["code"] == "unrecognised"
    near = TestClient(desk.http.app, client=HERE)
    assert near.get("/metrics").status_code == 200
    assert near.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 401


def test_a_database_that_does_not_answer_is_told(store: Store) -> None:
    with store.begin() as tx:
        tx.connection().exec_driver_sql("ALTER TABLE lease RENAME TO gone")
    said = scraped(store)
    assert said["database_up", ()] == 0
    assert ("held_credits", ()) not in said
