"""Credit lines over HTTP: set, changed and closed by finance; seen by their team."""

import pytest

from tests.api.rest.desk import Desk
from tests.marketplace import hands
from tests.marketplace.bazaar import CREDIT, NOW, assert_clean

PATH = "/v1/credit-lines"
BODY = {"team": "nlp", "credits": "250.5", "reason": "a late grant"}
OPTION = {
    "value": "1100",
    "earliest_start": "2026-11-24T08:00:00Z",
    "latest_start": "2026-11-24T08:00:00Z",
    "legs": [{"pool": "h100", "quantity": 8, "duration": "2h"}],
}


def other(key: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Idempotency-Key": key}}


def test_finance_sets_changes_and_closes_and_the_team_draws(desk: Desk) -> None:
    tried = desk.asks("fin", "POST", f"{PATH}?dry_run=true", json=BODY).json()
    assert desk.gets("fin", PATH)["items"] == []
    made = desk.asks("fin", "POST", PATH, json=BODY)
    assert (made.status_code, made.json()) == (201, tried)
    assert (tried["id"], tried["state"], tried["rest_credits"]) == ("nlp-line", "open", "250.5")
    again = desk.asks("fin", "POST", PATH, json=BODY)
    assert again.headers["Idempotency-Replayed"] == "true"
    said = desk.refused(409, "fin", "POST", PATH, json=BODY | {"credits": "1"}, **other("two"))
    assert said["reason"] == "has-a-line"

    order = {"team": "nlp", "options": [OPTION]}
    looked = desk.asks("mia", "POST", "/v1/orders/preview", json=order).json()
    assert (looked["draws_credits"], looked["credit_line"]) == ("100", "nlp-line")
    assert (looked["free_after_credits"], looked["problem"]) == ("0", None)
    [warned] = [one for one in looked["warnings"] if one["code"] == "draws-credit-line"]
    assert "would draw 100.00 credits of credit line nlp-line" in warned["detail"]
    small = order | {"options": [OPTION | {"value": "900"}]}
    looked = desk.asks("mia", "POST", "/v1/orders/preview", json=small).json()
    assert (looked["draws_credits"], looked["credit_line"]) == ("0", "")
    assert "draws-credit-line" not in {one["code"] for one in looked["warnings"]}
    placed = desk.asks("mia", "POST", "/v1/orders", json=order, **other("order"))
    assert placed.status_code == 201, placed.text
    seen = desk.gets("mia", f"{PATH}/nlp-line")
    assert (seen["drawn_credits"], seen["rest_credits"]) == ("100", "150.5")
    assert desk.gets("mia", PATH)["items"] == [seen]
    [purse] = desk.gets("mia", "/v1/balances")["items"]
    assert (purse["free_credits"], purse["held_credits"]) == ("0", "1100")
    assert (purse["drawn_credits"], purse["line_credits"]) == ("100", "150.5")
    [drawn] = [one for one in desk.gets("mia", "/v1/grants")["items"] if one["credit_line"]]
    assert (drawn["id"], drawn["credits"], drawn["held_credits"]) == ("nlp-line", "100", "100")
    types = [one["type"] for one in desk.gets("mia", "/v1/teams/nlp/statement")["lines"]]
    assert types == ["grant", "draw"]
    much = {"team": "nlp", "options": [OPTION | {"value": "151"}]}
    lacking = desk.refused(402, "mia", "POST", "/v1/orders", json=much, **other("much"))
    assert (lacking["credit_line"], lacking["line_credits"]) == ("nlp-line", "150.5")

    change = {"credits": "300", "end": "2027-01-01T00:00:00Z", "reason": "more people"}
    changed = desk.asks("fin", "POST", f"{PATH}/nlp-line:change", json=change).json()
    assert (changed["limit_credits"], changed["end"]) == ("300", "2027-01-01T00:00:00Z")
    few = {"credits": "99", "reason": "less"}
    said = desk.refused(422, "fin", "POST", f"{PATH}/nlp-line:change", json=few, **other("few"))
    assert (said["field"], said["reason"]) == ("credits", "below-drawn")
    gone = desk.asks("fin", "POST", f"{PATH}/nlp-line:close", json={"reason": "over"}).json()
    assert (gone["state"], gone["drawn_credits"], gone["rest_credits"]) == ("closed", "0", "0")
    assert desk.gets("mia", f"/v1/orders/{placed.json()['id']}")["state"] == "expired"
    assert_clean(desk.store)


def test_nobody_else_sets_one_or_sees_another_teams(desk: Desk) -> None:
    """§7.11, §7.12"""
    for who in ("mia", "lea", "pia", "adam"):
        desk.refused(403, who, "POST", PATH, json=BODY)
    hands.credit_line(desk.store, "nlp", CREDIT, NOW)
    desk.refused(404, "rob", "GET", f"{PATH}/nlp-line")
    desk.refused(403, "rob", "GET", PATH, params={"team": "nlp"})
    assert desk.gets("rob", PATH)["items"] == []


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"team": "zzz"}, 404, "team"),
        ({"credits": "0"}, 422, "credits"),
        ({"credits": "99999999999999"}, 422, "credits"),
        ({"reason": " "}, 422, "reason"),
        ({"end": "2026-11-01T00:00:00Z"}, 422, "end"),
        ({"start": "2027-01-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"}, 422, "end"),
    ],
)
def test_what_makes_no_sense_is_refused(
    desk: Desk, change: dict[str, object], status: int, field: str
) -> None:
    assert desk.refused(status, "fin", "POST", PATH, json=BODY | change)["field"] == field
