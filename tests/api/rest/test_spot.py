"""Spot requests over HTTP: asked for once by their key, seen by their team alone."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.api.rest.desk import Desk, served
from tests.marketplace import hands
from tests.marketplace.bazaar import HOUR, NOW, assert_clean

BODY = {"team": "nlp", "pool": "a100", "quantity": 1, "limit_price": "0.5"}


def requested(desk: Desk, key: str = "k", **more: Any) -> dict[str, Any]:
    headers = {"Idempotency-Key": key}
    answer = desk.asks("mia", "POST", "/v1/spot", json=BODY | more, headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def free(desk: Desk) -> str:
    return str(desk.gets("mia", "/v1/teams/nlp")["free_credits"])


def test_spot_is_asked_for_and_what_it_needs_to_start_is_held(desk: Desk) -> None:
    made = requested(desk)
    assert (made["state"], made["status"]["code"], made["key"]) == (
        "open",
        "pending-evaluation",
        "k",
    )
    assert (made["expected"], made["dry_run"]) == ([], False)
    assert made["newest_price"] is None
    assert Decimal(free(desk)) == 1_000 - Decimal(made["held_credits"])
    seen = desk.gets("lea", f"/v1/spot/{made['id']}")
    assert {name: made[name] for name in seen} == seen
    assert desk.gets("mia", "/v1/spot", state="open")["items"] == [seen]
    assert desk.gets("mia", "/v1/spot", state="closed")["items"] == []
    assert_clean(desk.store)


def test_a_request_sent_again_is_one_and_says_so(desk: Desk) -> None:
    """§7.14"""
    first = desk.asks("mia", "POST", "/v1/spot", json=BODY)
    again = desk.asks("mia", "POST", "/v1/spot", json=BODY)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    other = BODY | {"quantity": 2}
    assert desk.refused(422, "mia", "POST", "/v1/spot", json=other)["code"] == "key-reused"
    nameless = {"Idempotency-Key": ""}
    assert desk.refused(400, "mia", "POST", "/v1/spot", json=BODY, headers=nameless)
    assert len(desk.gets("mia", "/v1/spot")["items"]) == 1


def test_what_runs_gets_a_higher_limit_alone_and_is_stopped_to_the_second(desk: Desk) -> None:
    path = f"/v1/spot/{requested(desk)['id']}"
    lower = desk.asks("mia", "PATCH", path, json={"limit_price": "0.4"}).json()
    assert lower["limit_price_credits"] == "0.4"
    hands.tick(desk.store, NOW)
    assert desk.gets("mia", path)["state"] == "active"
    refused = desk.refused(422, "mia", "PATCH", path, json={"limit_price": "0.3"})
    assert refused["field"] == "limit_price"
    higher = desk.asks("lea", "PATCH", path, json={"limit_price": "0.9"}).json()
    assert higher["limit_price_credits"] == "0.9"
    gone = desk.asks("mia", "DELETE", path).json()
    assert (gone["state"], gone["status"]["code"]) == ("closed", "stopped-by-team")
    assert desk.refused(409, "mia", "DELETE", path)["code"] == "not-allowed-now"
    assert_clean(desk.store)


@pytest.mark.parametrize(
    ("method", "body"),
    [("PATCH", {"limit_price": "0.9"}), ("DELETE", None)],
)
def test_a_change_under_a_key_is_done_once(
    desk: Desk, method: str, body: dict[str, str] | None
) -> None:
    """§7.14"""
    path = f"/v1/spot/{requested(desk)['id']}"
    more: dict[str, Any] = {"headers": {"Idempotency-Key": "c"}, "json": body}
    first = desk.asks("mia", method, path, **more)
    again = desk.asks("mia", method, path, **more)
    assert (first.status_code, first.json()) == (200, again.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert_clean(desk.store)


def test_many_are_stopped_together_or_none(desk: Desk) -> None:
    ids = [requested(desk, key=f"k{k}")["id"] for k in range(2)]
    desk.refused(404, "mia", "POST", "/v1/spot:stop", json={"requests": [*ids, "spot_0"]})
    assert {one["state"] for one in desk.gets("mia", "/v1/spot")["items"]} == {"open"}
    body = {"requests": ids}
    headers = {"Idempotency-Key": "stop"}
    gone = desk.asks("lea", "POST", "/v1/spot:stop", json=body, headers=headers).json()["items"]
    assert [(one["id"], one["state"], one["held_credits"]) for one in gone] == [
        (id_, "cancelled", "0") for id_ in ids
    ]
    assert free(desk) == "1000"
    assert_clean(desk.store)


def test_a_dry_run_answers_the_same_and_leaves_nothing(desk: Desk) -> None:
    tried = desk.asks("mia", "POST", "/v1/spot?dry_run=true", json=BODY).json()
    assert desk.gets("mia", "/v1/spot")["items"] == []
    assert free(desk) == "1000"
    made = requested(desk, key="mia-/v1/spot?dry_run=true")
    assert made == tried | {"dry_run": False}
    path = f"/v1/spot/{made['id']}"
    desk.asks("mia", "DELETE", path, params={"dry_run": True})
    desk.asks("mia", "PATCH", path, json={"limit_price": "2"}, params={"dry_run": True})
    assert desk.gets("mia", path)["limit_price_credits"] == "0.5"
    assert desk.gets("mia", path)["state"] == "open"


def clock(now: datetime) -> Callable[[], datetime]:
    return lambda: now


def test_a_dry_run_tells_the_hold_that_would_be_there(desk: Desk) -> None:
    """Of what waits, of what runs and has to hold for less time by now, and of what is stopped."""
    path, dry = f"/v1/spot/{requested(desk)['id']}", {"dry_run": True}
    tried = desk.asks("mia", "PATCH", path, json={"limit_price": "0.7"}, params=dry).json()
    assert desk.asks("mia", "PATCH", path, json={"limit_price": "0.7"}).json() == tried
    assert Decimal(tried["held_credits"]) > 0
    hands.tick(desk.store, NOW)
    held = {Decimal(desk.gets("mia", path)["held_credits"])}
    for minute, limit in ((2, "2"), (3, "4")):
        with served(desk.store, clock(NOW + minute * HOUR / 60)) as http:
            at = Desk(desk.store, http)
            tried = at.asks("mia", "PATCH", path, json={"limit_price": limit}, params=dry).json()
            raised = at.asks("mia", "PATCH", path, json={"limit_price": limit}).json()
            assert tried == raised == at.gets("mia", path)
            assert Decimal(free(at)) <= 1_000 - Decimal(raised["held_credits"])
            held.add(Decimal(raised["held_credits"]))
            assert at.asks("mia", "DELETE", path, params=dry).json()["held_credits"] == "0"
    assert len(held) == 3
    assert_clean(desk.store)


def test_nobody_sees_or_touches_another_teams_request(desk: Desk) -> None:
    """§7.11"""
    path = f"/v1/spot/{requested(desk)['id']}"
    for who in ("rob", "fin", "pia", "adam"):
        assert desk.refused(404, who, "GET", path)["code"] == "not-found"
        assert desk.refused(403, who, "GET", "/v1/spot", params={"team": "nlp"})
        status = 404 if who == "rob" else 403
        desk.refused(status, who, "DELETE", path)
        desk.refused(status, who, "PATCH", path, json={"limit_price": "9"})
        desk.refused(403, who, "POST", "/v1/spot", json=BODY)


def test_a_list_goes_on_where_a_page_ended(desk: Desk) -> None:
    made = {requested(desk, key=f"k{k}")["id"] for k in range(3)}
    first = desk.gets("mia", "/v1/spot", limit=2)
    rest = desk.gets("mia", "/v1/spot", limit=2, after=first["next"])
    assert {one["id"] for one in first["items"] + rest["items"]} == made
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"pool": "h999"}, 404, "pool"),
        ({"pool": "h100", "quantity": 3}, 422, "quantity"),
        ({"limit_price": "0.01"}, 422, "limit_price"),
        ({"minimum_runtime": "40d"}, 422, "minimum_runtime"),
        ({"limit_price": 1}, 422, "limit_price"),
        ({"minimum_runtime": "soon"}, 422, "minimum_runtime"),
        ({"end": f"{NOW - HOUR:%Y-%m-%dT%H:%M:%SZ}"}, 422, "end"),
        ({"gpus": 1}, 422, "gpus"),
        ({"limit_price": "9000"}, 402, "credits"),
    ],
)
def test_what_is_refused_names_its_field(
    desk: Desk, change: dict[str, Any], status: int, field: str
) -> None:
    problem = desk.refused(status, "mia", "POST", "/v1/spot", json=BODY | change)
    assert problem["field"] == field
