"""Orders over HTTP: placed once by their key, seen by their team alone, changed knowingly."""

from typing import Any

import pytest

from tests.api.rest.desk import Desk
from tests.marketplace.bazaar import START, assert_clean


def option(value: str = "60", **more: Any) -> dict[str, Any]:
    start = f"{START:%Y-%m-%dT%H:%M:%SZ}"
    leg = {"pool": "h100", "quantity": 8, "duration": "4h"} | more
    return {"value": value, "earliest_start": start, "latest_start": start, "legs": [leg]}


def body(team: str = "nlp", value: str = "60", **more: Any) -> dict[str, Any]:
    return {"team": team, "options": [option(value, **more)]}


def placed(desk: Desk, key: str = "k", **more: Any) -> dict[str, Any]:
    headers = {"Idempotency-Key": key}
    answer = desk.asks("mia", "POST", "/v1/orders", json=body(**more), headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_an_order_is_placed_and_its_value_held(desk: Desk) -> None:
    order = placed(desk)
    assert (order["state"], order["held_credits"], order["key"]) == ("open", "60", "k")
    assert order["options"] == [option() | {"legs": [option()["legs"][0] | {"offset": "0h"}]}]
    assert desk.gets("mia", f"/v1/orders/{order['id']}") == order
    assert desk.gets("lea", "/v1/orders")["items"] == [order]
    assert_clean(desk.store)


def test_a_key_sent_again_answers_what_became_of_the_first_and_says_so(desk: Desk) -> None:
    """§7.14"""
    first = desk.asks("mia", "POST", "/v1/orders", json=body())
    again = desk.asks("mia", "POST", "/v1/orders", json=body())
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == first.json()
    other = desk.refused(422, "mia", "POST", "/v1/orders", json=body(value="61"))
    assert (other["code"], other["field"]) == ("key-reused", "Idempotency-Key")
    assert len(desk.gets("mia", "/v1/orders")["items"]) == 1


def test_a_post_that_moves_credits_needs_a_key(desk: Desk) -> None:
    for path, sent in (("/v1/orders", body()), ("/v1/orders:batch", {"orders": [body()]})):
        answer = desk.refused(400, "mia", "POST", path, json=sent, headers={"Idempotency-Key": ""})
        assert (answer["code"], answer["field"]) == ("bad-field", "Idempotency-Key")
    assert desk.gets("mia", "/v1/orders")["items"] == []


def test_nobody_sees_or_touches_another_teams_order(desk: Desk) -> None:
    """§7.11"""
    order = placed(desk)
    path = f"/v1/orders/{order['id']}"
    for who in ("rob", "fin", "pia", "adam"):
        assert desk.refused(404, who, "GET", path)["code"] == "not-found"
        if who in ("fin", "pia"):
            assert desk.gets(who, "/v1/orders", team="nlp")["items"] == []
        else:
            desk.refused(403, who, "GET", "/v1/orders", params={"team": "nlp"})
        status = 404 if who == "rob" else 403
        desk.refused(status, who, "DELETE", path)
        desk.refused(status, who, "PATCH", path, json={"options": [option("1")]})
        desk.refused(403, who, "POST", "/v1/orders", json=body())
    assert desk.gets("mia", path) == order


def test_who_is_in_two_teams_says_which(desk: Desk) -> None:
    assert desk.refused(422, "two", "GET", "/v1/orders")["field"] == "team"
    assert desk.gets("two", "/v1/orders", team="rl")["items"] == []


def test_a_key_that_a_header_would_garble_is_refused(desk: Desk) -> None:
    headers = {"Idempotency-Key": "schön".encode()}
    said = desk.refused(422, "mia", "POST", "/v1/orders", json=body(), headers=headers)
    assert (said["field"], said["reason"]) == ("Idempotency-Key", "not-ascii")
    assert desk.gets("mia", "/v1/orders")["items"] == []


def test_a_change_is_refused_where_somebody_changed_it_first(desk: Desk) -> None:
    order = placed(desk)
    path = f"/v1/orders/{order['id']}"
    seen = {"If-Match": desk.asks("mia", "GET", path).headers["ETag"]}
    changed = desk.asks("lea", "PATCH", path, json={"options": [option("70")]}, headers=seen)
    assert changed.json()["held_credits"] == "70"
    problem = desk.refused(412, "mia", "PATCH", path, json={"options": [option("5")]}, headers=seen)
    assert problem["reason"] == "changed-since"
    assert (problem["field"], problem["value"]) == ("If-Match", seen["If-Match"])
    bad = {"If-Match": "yesterday"}
    desk.refused(422, "mia", "PATCH", path, json={"options": [option("5")]}, headers=bad)
    assert desk.refused(412, "mia", "DELETE", path, headers=seen)["value"] == seen["If-Match"]
    anyhow = desk.asks("mia", "PATCH", path, json={"options": [option("5")]})
    assert anyhow.json()["held_credits"] == "5"
    now = {"If-Match": desk.asks("mia", "GET", path).headers["ETag"]}
    assert desk.asks("mia", "DELETE", path, headers=now).json()["state"] == "cancelled"
    assert_clean(desk.store)


def test_a_cancelled_order_holds_nothing(desk: Desk) -> None:
    path = f"/v1/orders/{placed(desk)['id']}"
    gone = desk.asks("mia", "DELETE", path).json()
    assert (gone["state"], gone["held_credits"]) == ("cancelled", "0")
    assert desk.refused(409, "mia", "DELETE", path)["reason"] == "ended"
    assert desk.gets("mia", "/v1/orders", state="cancelled")["items"] == [gone]
    assert desk.gets("mia", "/v1/orders", state="open")["items"] == []


def test_a_dry_run_answers_the_same_and_leaves_nothing(desk: Desk) -> None:
    tried = desk.asks("mia", "POST", "/v1/orders?dry_run=true", json=body())
    assert desk.gets("mia", "/v1/orders")["items"] == []
    order = placed(desk, key="mia-/v1/orders?dry_run=true")
    assert order == tried.json()
    path = f"/v1/orders/{order['id']}"
    desk.asks("mia", "DELETE", path, params={"dry_run": True})
    assert desk.gets("mia", path) == order


def test_each_order_of_a_batch_is_placed_or_refused_by_itself(desk: Desk) -> None:
    orders = [body(), body(value="5000"), body() | {"key": "own"}, body("rl")]
    answer = desk.asks("mia", "POST", "/v1/orders:batch", json={"orders": orders}).json()["items"]
    assert [one["order"] and one["order"]["key"] for one in answer] == [
        *("mia-/v1/orders:batch-0", None, "own", None)
    ]
    assert [one["problem"] and one["problem"]["code"] for one in answer] == [
        *(None, "insufficient-credits", None, "forbidden")
    ]
    again = desk.asks("mia", "POST", "/v1/orders:batch", json={"orders": orders}).json()["items"]
    assert [one["replayed"] for one in again] == [True, False, True, False]
    assert_clean(desk.store)


def test_a_list_goes_on_where_a_page_ended(desk: Desk) -> None:
    made = [placed(desk, key=f"k{k}", value="1")["id"] for k in range(3)]
    first = desk.gets("mia", "/v1/orders", limit=2)
    rest = desk.gets("mia", "/v1/orders", limit=2, after=first["next"])
    assert rest["next"] is None
    assert {one["id"] for one in first["items"] + rest["items"]} == set(made)
    assert desk.refused(422, "mia", "GET", "/v1/orders", params={"after": "x"})["field"] == "after"
    assert desk.refused(422, "mia", "GET", "/v1/orders", params={"limit": 0})["field"] == "limit"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"value": 60}, "options[0].value"),
        ({"value": "6e1"}, "options[0].value"),
        ({"value": "60.0000001"}, "options[0].value"),
        ({"earliest_start": "2026-11-24T08:00:00"}, "options[0].earliest_start"),
        ({"earliest_start": 1_800_000_000}, "options[0].earliest_start"),
        ({"legs": []}, "options[0].legs"),
        ({"legs": [option()["legs"][0] | {"quantity": "8"}]}, "options[0].legs[0].quantity"),
        ({"legs": [option()["legs"][0] | {"duration": "4 hours"}]}, "options[0].legs[0].duration"),
        ({"legs": [option()["legs"][0] | {"gpus": 8}]}, "options[0].legs[0].gpus"),
        ({"limit": "60"}, "options[0].limit"),
    ],
)
def test_a_body_that_cannot_be_read_names_its_field(
    desk: Desk, change: dict[str, Any], field: str
) -> None:
    sent = {"team": "nlp", "options": [option() | change]}
    problem = desk.refused(422, "mia", "POST", "/v1/orders", json=sent)
    assert (problem["code"], problem["field"]) == ("bad-field", field)


def test_what_the_market_refuses_names_its_field_too(desk: Desk) -> None:
    problem = desk.refused(422, "mia", "POST", "/v1/orders", json=body(quantity=3))
    assert problem["field"] == "options[0].legs[0].quantity"
    assert problem["reason"] == "not-a-multiple"
    poor = desk.refused(402, "mia", "POST", "/v1/orders", json=body(value="5000"))
    assert (poor["code"], poor["field"]) == ("insufficient-credits", "credits")
    nowhere = desk.refused(404, "mia", "POST", "/v1/orders", json=body(pool="h999"))
    assert (nowhere["field"], nowhere["value"]) == ("options[0].legs[0].pool", "h999")
