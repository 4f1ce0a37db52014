"""Free time over HTTP: taken once by a key, tried before, refused by the names that were sent."""

from tests.api.rest.desk import Desk
from tests.marketplace.bazaar import CREDIT, assert_clean, free_ucr

BODY = {"team": "nlp", "pool": "h100", "quantity": 8, "duration": "3h", "project": "llm"}
PATH = "/v1/reservations"


def test_it_is_tried_taken_and_said_again(desk: Desk) -> None:
    tried = desk.asks("mia", "POST", f"{PATH}?dry_run=true", json=BODY)
    assert (tried.status_code, tried.json()["dry_run"]) == (201, True)
    assert desk.gets("mia", PATH)["items"] == []
    made = desk.asks("mia", "POST", PATH, json=BODY)
    found = made.json()
    assert found["slots"] == tried.json()["slots"]
    assert (found["start"], found["end"]) == ("2026-11-23T09:00:00Z", "2026-11-23T12:00:00Z")
    assert (found["paid_credits"], found["cycle"], found["dry_run"]) == ("6", "", False)
    assert [one["price_credits"] for one in found["slots"]] == ["0.25"] * 3
    assert found["slots"][0] == {
        "start": "2026-11-23T09:00:00Z",
        "price_credits": "0.25",
        "published_credits": None,
        "floor_credits": "0.25",
        "spot_credits": None,
        "set_by": "floor",
    }
    again = desk.asks("mia", "POST", PATH, json=BODY)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["id"] == found["id"]
    assert [one["set_by"] for one in again.json()["slots"]] == [""] * 3
    assert free_ucr(desk.store, "nlp") == 994 * CREDIT
    order = desk.gets("mia", f"/v1/orders/{found['order']}")
    assert (order["state"], order["reason"], order["project"]) == ("filled", "taken", "llm")
    assert (order["fill"]["cycle"], order["fill"]["payment_credits"]) == ("", "6")
    assert_clean(desk.store)


def test_a_refusal_names_what_was_sent(desk: Desk) -> None:
    for change, field, reason in (
        ({"start": "2026-11-23T08:00:00Z"}, "start", "slot-begun"),
        ({"start": "2026-11-24T01:00:00Z"}, "start", "sold-by-auction"),
        ({"duration": "17h"}, "duration", "reaches-the-sale"),
        ({"quantity": 24}, "quantity", "not-free"),
        ({"max_price": "0.2"}, "max_price", "costs-more"),
    ):
        told = desk.refused(422, "mia", "POST", PATH, json=BODY | change)
        assert (told["field"], told["reason"]) == (field, reason)


def test_only_a_team_takes_for_itself(desk: Desk) -> None:
    for who in ("rob", "fin", "pia", "adam"):
        desk.refused(403, who, "POST", PATH, json=BODY)
    assert free_ucr(desk.store, "nlp") == 1_000 * CREDIT


def test_it_is_made_to_last_longer_once_by_a_key(desk: Desk) -> None:
    box = desk.asks("mia", "POST", PATH, json=BODY, headers={"Idempotency-Key": "b"}).json()
    path, body = f"{PATH}/{box['id']}:extend", {"duration": "2h", "max_cost": "4"}
    tried = desk.asks("lea", "POST", f"{path}?dry_run=true", json=body).json()
    made = desk.asks("lea", "POST", path, json=body).json()
    assert made == tried | {"dry_run": False}
    assert (made["id"], made["end"]) == (box["id"], "2026-11-23T14:00:00Z")
    assert (made["cost_credits"], made["extended_slots"]) == ("4", 2)
    assert [one["start"][11:13] for one in made["slots"]] == ["12", "13"]
    again = desk.asks("lea", "POST", path, json=body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["end"] == made["end"]
    fill = desk.gets("mia", f"/v1/orders/{box['order']}")["fill"]
    assert (fill["payment_credits"], fill["extended_credits"]) == ("6", "4")
    told = desk.refused(422, "mia", "POST", path, json=body | {"max_cost": "3.9"})
    assert (told["field"], told["reason"]) == ("max_cost", "costs-more-in-all")
    for who in ("rob", "fin", "pia"):
        status = 404 if who == "rob" else 403
        desk.refused(status, who, "POST", path, json=body)
    assert_clean(desk.store)
