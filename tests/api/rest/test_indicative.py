"""Indicative prices over HTTP: the same bytes to every role, and no team's bid in them."""

import json

from marketplace.services import order
from tests.api.rest.desk import PEOPLE, Desk
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, DAY, HOUR, TEAMS, leg, option, placed, request, run

PATH = "/v1/indicative"
OF_FIRST = "/v1/cycles/cyc_000001/indicative"


def contest(desk: Desk, *values: int) -> None:
    """Each team wants all of h100 in the same hour."""
    for team, value in zip(TEAMS, values, strict=True):
        placed(desk.store, request(team, "a", option(value, 8, None, leg(units=16, hours=1))))


def test_before_the_first_there_is_nothing_but_when_it_comes(desk: Desk) -> None:
    assert desk.gets("mia", PATH) == {
        "cycle": "cyc_000001",
        "closes_at": "2026-11-24T00:00:00Z",
        "next_due_at": "2026-11-23T12:00:00Z",
        "latest": None,
    }
    desk.refused(401, "", "GET", PATH)


def test_every_role_sees_the_same_bytes_and_no_bid_in_them(desk: Desk) -> None:
    """§7.11"""
    contest(desk, 93, 71, 57)
    hands.indicate(desk.store, CLOSE - HOUR)
    for path in (PATH, OF_FIRST):
        seen = {who: desk.asks(who, "GET", path).content for who in PEOPLE}
        assert set(seen.values()) == {seen["mia"]}
    told = desk.gets("rob", PATH)
    a100, h100 = told["latest"]["pools"]
    assert (a100["price_credits"], a100["reason"]) == (None, "too-few-bidders")
    assert [one for one in h100["price_credits"] if one] == ["4.5"]  # 71 / 16
    assert (told["next_due_at"], h100["reason"]) == (None, "")
    assert set(told["latest"]) == {"cycle", "due_at", "as_of", "start", "slot_minutes", "pools"}
    text = json.dumps(told)
    for team in TEAMS:
        [own] = order.listed(desk.store, team=team)
        assert own.id not in text
        assert team not in text


def test_looking_tells_nothing_new_until_the_next_one_is_due(desk: Desk) -> None:
    """§7.11"""
    contest(desk, 93, 71, 57)
    hands.indicate(desk.store, CLOSE - 6 * HOUR)
    before = desk.asks("mia", "GET", PATH).content
    placed(
        desk.store,
        request("nlp", "more", option(400, 8, None, leg(units=16, hours=1))),
        now=CLOSE - 5 * HOUR,
    )
    assert hands.indicate(desk.store, CLOSE - 5 * HOUR) is None
    assert desk.asks("mia", "GET", PATH).content == before


def test_they_are_listed_by_cycle_and_shown_by_pool(desk: Desk) -> None:
    for hours in (12, 6, 1):
        hands.indicate(desk.store, CLOSE - hours * HOUR)
    run(desk.store)
    first = desk.gets("fin", OF_FIRST, limit=2)
    rest = desk.gets("fin", OF_FIRST, after=first["next"])
    due = [one["due_at"][11:13] for one in first["items"] + rest["items"]]
    assert (due, rest["next"]) == (["23", "18", "12"], None)
    assert desk.gets("mia", "/v1/cycles/2/indicative")["items"] == []
    past = desk.gets("mia", PATH, cycle="cyc_000001", pool="h100")
    assert [one["pool"] for one in past["latest"]["pools"]] == ["h100"]
    assert past["next_due_at"] is None
    assert desk.gets("mia", PATH)["cycle"] == "cyc_000002"
    assert desk.refused(404, "mia", "GET", PATH, params={"pool": "tpu"})["field"] == "pool"
    assert desk.refused(404, "mia", "GET", PATH, params={"cycle": "cyc_000009"})["field"] == "cycle"
    assert desk.refused(422, "mia", "GET", PATH, params={"cycle": "x"})["field"] == "cycle"


def test_the_hours_are_a_rule_that_platform_changes(desk: Desk) -> None:
    bad = {"changes": {"indicative_hours": "3,6"}}
    assert desk.refused(422, "pia", "POST", "/v1/rules", json=bad)["reason"] == "not-hours"
    body = {"changes": {"indicative_hours": "3"}}
    assert desk.asks("pia", "POST", "/v1/rules", json=body).status_code == 201
    run(desk.store)
    closes = f"{CLOSE + DAY - 3 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    assert desk.gets("mia", PATH)["next_due_at"] == closes
