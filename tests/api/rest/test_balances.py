"""Balances and holds over HTTP: what teams have, what locks it, and who sees that."""

from tests.api.rest.desk import Desk
from tests.api.rest.test_orders import placed
from tests.marketplace.bazaar import TEAMS

FULL = {"free_credits": "1000", "held_credits": "0", "later_credits": "0", "ending_credits": "0"}
FULL |= {"drawn_credits": "0", "line_credits": "0"}


def test_a_balance_is_what_an_order_can_hold_and_what_is_held(desk: Desk) -> None:
    assert desk.gets("mia", "/v1/balances") == {"items": [{"team": "nlp"} | FULL], "next": None}
    placed(desk)
    [one] = desk.gets("lea", "/v1/balances", team="nlp")["items"]
    assert (one["free_credits"], one["held_credits"]) == ("940", "60")


def test_finance_sees_all_balances_and_a_team_its_own(desk: Desk) -> None:
    first = desk.gets("fin", "/v1/balances", limit=2)
    rest = desk.gets("fin", "/v1/balances", after=first["next"])
    assert first["items"] + rest["items"] == [{"team": one} | FULL for one in sorted(TEAMS)]
    assert [one["team"] for one in desk.gets("two", "/v1/balances")["items"]] == ["nlp", "rl"]
    assert desk.refused(404, "fin", "GET", "/v1/balances", params={"team": "zzz"})
    for who in ("rob", "pia", "adam"):
        desk.refused(403, who, "GET", "/v1/balances", params={"team": "nlp"})
    assert desk.gets("pia", "/v1/balances")["items"] == []


def test_holds_name_the_order_or_the_spot_request_that_locks_them(desk: Desk) -> None:
    order = placed(desk)
    body = {"team": "nlp", "pool": "a100", "quantity": 1, "limit_price": "0.6"}
    spot = desk.asks("mia", "POST", "/v1/spot", json=body).json()
    by_order, by_spot = desk.gets("mia", "/v1/holds")["items"]
    assert (by_order["order"], by_order["spot_request"]) == (order["id"], "")
    assert (by_order["grant"], by_order["credits"]) == ("g-nlp", "60")
    assert (by_spot["order"], by_spot["spot_request"]) == ("", spot["id"])
    first = desk.gets("fin", "/v1/holds", limit=1)
    rest = desk.gets("fin", "/v1/holds", team="nlp", after=first["next"])
    assert first["items"] + rest["items"] == [by_order, by_spot]
    desk.asks("mia", "DELETE", f"/v1/orders/{order['id']}")
    assert desk.gets("mia", "/v1/holds")["items"] == [by_spot]


def test_nobody_sees_another_teams_holds(desk: Desk) -> None:
    """§7.11"""
    placed(desk)
    assert desk.gets("rob", "/v1/holds")["items"] == []
    for who in ("rob", "pia", "adam"):
        desk.refused(403, who, "GET", "/v1/holds", params={"team": "nlp"})
    assert desk.refused(404, "fin", "GET", "/v1/holds", params={"team": "zzz"})
