"""Adjustments over HTTP: proposed by one of finance, posted by another or an admin."""

from tests.api.rest.desk import Desk, served
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, DAY, NOW, assert_clean, option, request, won

PATH = "/v1/adjustments"
BODY = {
    "lines": [{"team": "nlp", "credits": "12.5", "corrects": "month:2026-11"}],
    "reason": "the node was down",
}


def test_one_proposes_and_another_posts(desk: Desk) -> None:
    """§7.14"""
    hands.make_token(desk.store, "sam", "gpm_sam", NOW, "finance")
    tried = desk.asks("fin", "POST", PATH, json=BODY, params={"dry_run": True}).json()
    assert desk.gets("fin", PATH)["items"] == []
    made = desk.asks("fin", "POST", PATH, json=BODY)
    assert (made.status_code, made.json()) == (201, tried)
    assert desk.asks("fin", "POST", PATH, json=BODY).headers["Idempotency-Replayed"] == "true"
    one = made.json()
    assert (one["id"], one["state"], one["credits"]) == ("adj_000001", "proposed", "12.5")
    there = f"{PATH}/adj_000001"
    problem = desk.refused(409, "fin", "POST", f"{there}:approve")
    assert (problem["reason"], problem["field"]) == ("own-proposal", "adjustment")
    nameless = {"Idempotency-Key": ""}
    desk.refused(400, "sam", "POST", f"{there}:approve", headers=nameless)
    desk.asks("sam", "POST", f"{there}:approve", params={"dry_run": True})
    assert desk.gets("mia", "/v1/teams/nlp")["free_credits"] == "1000"
    done = desk.asks("sam", "POST", f"{there}:approve", json={"reason": "seen"}).json()
    assert (done["state"], done["ended_by"], done["ended_for"]) == ("posted", "person:sam", "seen")
    assert desk.gets("mia", "/v1/teams/nlp")["free_credits"] == "1012.5"
    [line] = [
        one
        for one in desk.gets("mia", "/v1/teams/nlp/statement")["lines"]
        if one["type"] == "adjustment"
    ]
    assert (line["credits"], line["note"]) == ("12.5", "the node was down")
    assert line["what_for"] == "adj_000001, for month 2026-11: the node was down"
    assert desk.gets("fin", PATH)["items"] == [done] == [desk.gets("adam", there)]
    assert_clean(desk.store)


def test_credits_are_taken_refused_and_withdrawn(desk: Desk) -> None:
    taking = BODY | {"lines": [{"team": "nlp", "credits": "-2000"}]}
    desk.asks("fin", "POST", PATH, json=taking)
    there = f"{PATH}/adj_000001"
    problem = desk.refused(409, "adam", "POST", f"{there}:approve")
    assert (problem["reason"], problem["facts"]["free"]) == ("not-so-much-free", "1000")
    desk.refused(403, "adam", "POST", f"{there}:withdraw")
    assert desk.refused(422, "adam", "POST", f"{there}:refuse", json={})["field"] == "reason"
    gone = desk.asks("adam", "POST", f"{there}:refuse", json={"reason": "too much"}).json()
    assert (gone["state"], gone["ended_for"]) == ("refused", "too much")
    other = {"Idempotency-Key": "other"}
    desk.asks("fin", "POST", PATH, json=taking, headers=other)
    gone = desk.asks("fin", "POST", f"{PATH}/adj_000002:withdraw").json()
    assert gone["state"] == "withdrawn"
    for bad in (
        BODY | {"lines": []},
        BODY | {"lines": [{"team": "nlp", "credits": "0"}]},
        BODY | {"lines": [{"team": "nlp", "credits": "1", "corrects": "cycle:1"}]},
        BODY | {"lines": [{"team": "nlp", "credits": 5}]},
        BODY | {"reason": ""},
    ):
        desk.refused(422, "fin", "POST", PATH, json=bad, headers={"Idempotency-Key": "bad"})
    assert_clean(desk.store)


def test_nobody_else_proposes_decides_or_sees(desk: Desk) -> None:
    """§7.12"""
    desk.asks("fin", "POST", PATH, json=BODY)
    for who in ("mia", "lea", "pia"):
        desk.refused(403, who, "POST", f"{PATH}/adj_000001:approve")
        desk.refused(403, who, "GET", PATH)
        desk.refused(403, who, "GET", f"{PATH}/adj_000001")
    for who in ("mia", "lea", "pia", "adam"):
        desk.refused(403, who, "POST", PATH, json=BODY)
    desk.refused(404, "fin", "GET", f"{PATH}/adj_000009")


RERATE = f"{PATH}:rerate"
SLOW = {
    "pool": "h100",
    "start": "2026-11-24T00:00:00Z",
    "end": "2026-11-25T00:00:00Z",
    "factor": "0.5",
    "reason": "it ran at half its speed",
}


def test_past_time_is_rated_anew_as_one_proposal(desk: Desk) -> None:
    hands.make_token(desk.store, "fin2", "gpm_fin2", NOW, "finance", days=9)
    hands.make_token(desk.store, "mia2", "gpm_mia2", NOW, "member:nlp", days=9)
    won(desk.store, request("nlp", "a", option(90)), request("rl", "b", option(70)))
    with served(desk.store, lambda: CLOSE + DAY) as http:
        later = Desk(desk.store, http)
        later.refused(403, "mia2", "POST", RERATE, json=SLOW)
        tried = later.asks("fin2", "POST", RERATE, json=SLOW, params={"dry_run": True}).json()
        made = later.asks("fin2", "POST", RERATE, json=SLOW)
        assert (made.status_code, made.json()) == (201, tried)
        assert [one["team"] for one in tried["lines"]] == ["nlp", "rl"]
        assert {one["corrects"][:6] for one in tried["lines"]} == {"order:"}
        again = later.asks("fin2", "POST", RERATE, json=SLOW)
        assert again.headers["Idempotency-Replayed"] == "true"
        for bad, field in (
            (SLOW | {"price": "1"}, "factor"),
            (SLOW | {"end": "2026-12-24T00:00:00Z"}, "end"),
            (SLOW | {"factor": "1000"}, "factor"),
        ):
            key = {"Idempotency-Key": "bad"}
            problem = later.refused(422, "fin2", "POST", RERATE, json=bad, headers=key)
            assert problem["field"] == field
    assert_clean(desk.store)
