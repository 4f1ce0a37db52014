"""Alerts over HTTP: a team's own; finance sees all."""

from tests.api.rest.desk import Desk
from tests.marketplace import hands
from tests.marketplace.bazaar import HOUR, NOW

RULES = {
    "limits": [{"theme": "safety", "credits": "50"}],
    "alerts": [
        {"name": "low", "on": "free", "share_ppm": 1_000_000, "period": "week"},
        {"name": "spent", "on": "spend", "share_ppm": 800_000},
    ],
}


def test_a_team_sees_its_own_alerts_and_finance_all(desk: Desk) -> None:
    """§7.11"""
    made = desk.asks("fin", "POST", "/v1/policy", json=RULES)
    assert (made.status_code, made.json()["alerts"][0]["period"]) == (201, "week")
    hands.transfer(desk.store, "nlp", "vision", 1, NOW)
    hands.transfer(desk.store, "rl", "vision", 1, NOW)
    hands.advance(desk.store, NOW + HOUR)
    whole = desk.gets("fin", "/v1/alerts")["items"]
    assert [one["team"] for one in whole] == ["rl", "nlp"]
    [mine] = desk.gets("mia", "/v1/alerts")["items"]
    assert mine == desk.gets("fin", "/v1/alerts", team="nlp")["items"][0]
    assert (mine["id"], mine["rule"], mine["on"]) == ("alr_000001", "low", "free")
    assert (mine["credits"], mine["of_credits"]) == ("999.999999", "1000")
    assert (mine["raised_at"], mine["until"]) == ("2026-11-23T10:00:00Z", "2026-11-30T00:00:00Z")
    assert (mine["out_on"], mine["policy"]) == (None, 1)
    page = desk.gets("fin", "/v1/alerts", limit=1)
    assert desk.gets("fin", "/v1/alerts", limit=1, after=page["next"])["items"] == [mine]
    refused = desk.refused(403, "mia", "GET", "/v1/alerts", params={"team": "rl"})
    assert refused["code"] == "forbidden"


def test_a_rule_that_could_never_tell_is_told_its_place(desk: Desk) -> None:
    for part, field in (
        ({"name": "a", "on": "free"}, "alerts[0].on"),
        ({"name": "a", "on": "free", "share_ppm": 0}, "alerts[0].share_ppm"),
        ({"name": "a", "on": "spend", "share_ppm": 1}, "alerts[0].name"),
    ):
        problem = desk.refused(422, "fin", "POST", "/v1/policy", json={"alerts": [part]})
        assert problem["field"] == field
