"""How much each caller may ask."""

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.rest import limits
from api.rest.limits import Buckets, Rate
from api.rest.market import Market
from api.web.assets import address
from api.web.visitor import COOKIE
from marketplace.store.engine import Store
from tests.api.rest.desk import peopled
from tests.marketplace.bazaar import NOW

MIA = {"Authorization": "Bearer gpm_mia"}
ROB = {"Authorization": "Bearer gpm_rob"}


def test_a_bucket_fills_again() -> None:
    time = [0.0]
    buckets = Buckets(Rate(2, 3), lambda: time[0])
    assert [buckets.wait_s("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.wait_s("b") == 0
    time[0] = 0.5
    assert [buckets.wait_s("a") for _ in range(2)] == [0, 0.5]
    time[0] = 100.0
    assert [buckets.wait_s("a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_only_so_many_callers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 2)
    buckets = Buckets(Rate(1, 1), lambda: 0.0)
    assert [buckets.wait_s(one) for one in "abca"] == [0, 0, 0, 0]
    assert buckets.wait_s("c") == 1


def test_each_token_has_its_own_and_who_has_none_the_address(store: Store) -> None:
    app = create_app(Market(store, lambda: NOW), rate=Rate(0.001, 5))
    with TestClient(app) as http:
        for headers in (MIA, ROB):
            answers = [http.get("/v1/me", headers=headers).status_code for _ in range(7)]
            assert answers == [200] * 6 + [429]  # the first one is the address's
        tried = [http.get("/v1/me", headers={"Authorization": f"Bearer {n}"}) for n in range(5)]
        assert [one.status_code for one in tried] == [401, 401, 401, 429, 429]
        refused = tried[-1]
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "too-many-requests"
    assert 0 < int(refused.headers["Retry-After"]) <= 1_000
    assert refused.headers["X-Request-Id"]


def test_who_reads_a_calendar_is_no_caller_by_whatever_token_they_send_along(store: Store) -> None:
    app = create_app(Market(store, lambda: NOW), rate=Rate(0.001, 9))
    with TestClient(app) as http:
        address = http.post("/v1/teams/nlp/calendar", headers=MIA).json()["address"]
        for name in range(3):
            headers = {"Authorization": f"Bearer {name}"}
            assert http.get(address, headers=headers).status_code == 200
        made_up = {"Authorization": "Bearer 0"}
        tried = [http.get("/v1/me", headers=made_up).status_code for _ in range(6)]
    assert tried == [401] * 5 + [429]


def test_each_browsers_session_has_its_own_and_what_pages_load_does_not_count() -> None:
    app = create_app(Market(peopled(), lambda: NOW), rate=Rate(0.001, 5))
    page = {"Accept": "text/html"}
    with TestClient(app, follow_redirects=False) as http:
        for person in ("mia", "rob"):  # one bucket for both while they sign in, by the address
            http.cookies.clear()
            signed = http.post("/sign-in", data={"token": f"gpm_{person}"})
            assert signed.status_code == 303
            answers = [http.get("/orders", headers=page) for _ in range(7)]
            assert [one.status_code for one in answers] == [200] * 6 + [429]
            assert http.get(address("market.css")).status_code == 200
        refused = answers[-1]
        http.cookies.clear()
        http.cookies.set(COOKIE, "gpm_made-up")
        made_up = [http.get("/orders", headers=page) for _ in range(2)]
    assert refused.headers["content-type"] == "text/html; charset=utf-8"
    assert "Too many requests came from you at once" in refused.text
    assert f"Wait {refused.headers['Retry-After']} s" in refused.text
    assert [one.status_code for one in made_up] == [303, 429]
