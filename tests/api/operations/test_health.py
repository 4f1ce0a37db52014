"""Whether the process lives, and whether it can answer."""

from datetime import timedelta

from marketplace.services import lease
from marketplace.store.engine import Store
from tests.api.rest.desk import Desk, served
from tests.marketplace.bazaar import CLOSE, HOUR, NOW


def test_the_process_lives_whoever_asks(desk: Desk) -> None:
    assert desk.gets("", "/healthz") == {"status": "alive"}


def test_it_is_ready_and_says_who_leads(desk: Desk) -> None:
    assert desk.gets("", "/readyz") == {
        "status": "ready",
        "schema_version": "0001",
        "leader": "",
        "late_seconds": 0.0,
    }
    lease.take(desk.store, "host:1", NOW)
    assert desk.gets("", "/readyz")["leader"] == "host:1"
    lease.take(desk.store, "host:1", NOW - timedelta(minutes=1))
    assert desk.gets("", "/readyz")["leader"] == ""


def test_it_says_how_late_the_clock_is(store: Store) -> None:
    with served(store, lambda: CLOSE + HOUR) as http:
        assert http.get("/readyz").json()["late_seconds"] >= 3600


def test_it_is_not_ready_without_a_market_of_its_version(desk: Desk) -> None:
    with desk.store.begin() as tx:
        tx.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0009'")
    assert desk.refused(503, "", "GET", "/readyz")["code"] == "wrong-version"
    with desk.store.begin() as tx:
        tx.connection().exec_driver_sql("DROP TABLE alembic_version")
    assert desk.refused(503, "", "GET", "/readyz")["code"] == "wrong-version"
    assert desk.gets("", "/healthz") == {"status": "alive"}
