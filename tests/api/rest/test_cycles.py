"""Cycles over HTTP: their results and files for everybody, a team's own names and reasons."""

import json

import pytest

from allocator.audit.promises import violations
from allocator.files.formats import decode_outcome, decode_problem
from api.rest import cycles
from marketplace.domain.order import Order
from marketplace.services import clock, publication
from marketplace.services.runner import Runner
from tests.api.rest.desk import Desk
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    NOW,
    SALT,
    assert_clean,
    leg,
    option,
    placed,
    request,
    run,
)

ONE = "/v1/cycles/cyc_000001"


@pytest.fixture
def bids(desk: Desk) -> list[Order]:
    """A full pool of two winners, and a loser of the first team."""
    whole = leg(units=16)
    return placed(
        desk.store,
        request("nlp", "won", option(90, 8, None, whole)),
        request("nlp", "lost", option(50, 8, None, whole)),
        request("rl", "other", option(80, 10, None, whole)),
    )


def test_a_cycle_tells_what_it_came_to(desk: Desk, bids: list[Order]) -> None:
    before = desk.gets("fin", ONE)
    assert (before["state"], before["outcome"], before["without_room"]) == ("open", None, 0)
    run(desk.store)
    for who in ("mia", "rob", "fin", "pia", "adam"):
        seen = desk.gets(who, ONE)
        assert (seen["state"], seen["rules_version"]) == ("settled", 1)
        came_to = seen["outcome"]
        assert (came_to["awards"], came_to["lost"]) == (2, {"outbid": 1})
        assert came_to["gap"] >= 0
    assert [one["id"] for one in desk.gets("mia", "/v1/cycles")["items"]] == [
        *("cyc_000002", "cyc_000001")
    ]
    first = desk.gets("mia", "/v1/cycles", limit=1)
    assert desk.gets("mia", "/v1/cycles", after=first["next"])["items"][0]["id"] == "cyc_000001"
    assert desk.refused(404, "mia", "GET", "/v1/cycles/cyc_000009")["field"] == "cycle"
    desk.refused(422, "mia", "GET", "/v1/cycles/nine")
    desk.refused(401, "", "GET", ONE)


def test_the_files_are_published_when_the_cycle_is_cleared_and_not_before(
    desk: Desk, bids: list[Order]
) -> None:
    """§7.11"""
    closed = hands.freeze(desk.store, CLOSE, SALT)
    for who in ("mia", "fin", "pia", "adam"):
        for name in ("problem", "outcome", "refused"):
            problem = desk.refused(409, who, "GET", f"{ONE}/{name}")
            assert (problem["reason"], problem["state"]) == ("not-cleared", "closed")
    hands.finish(desk.store, closed, CLOSE)
    kept = publication.files(desk.store, "1")
    names = ("problem", "outcome", "refused")
    found = {name: desk.asks("rob", "GET", f"{ONE}/{name}").content for name in names}
    assert (found["problem"], found["outcome"]) == (kept.problem, kept.outcome)
    assert found["refused"] == kept.refused == b"[]\n"
    sound = decode_problem(found["problem"]), decode_outcome(found["outcome"])
    assert violations(*sound) == []
    assert all(one.id not in found["problem"].decode() for one in bids)


def test_a_team_sees_its_own_names_and_the_keepers_of_the_key_after_clearing(
    desk: Desk, bids: list[Order]
) -> None:
    """§7.11"""
    closed = hands.freeze(desk.store, CLOSE, SALT)
    path = f"{ONE}/names"
    own = {one.id for one in bids if one.team == "nlp"}
    assert {one["order"] for one in desk.gets("mia", path)["items"]} == own
    for who in ("fin", "pia"):
        assert desk.refused(409, who, "GET", path)["reason"] == "not-cleared"
        desk.refused(409, who, "GET", path, params={"team": "nlp"})
    hands.finish(desk.store, closed, CLOSE)
    assert {one["order"] for one in desk.gets("mia", path, team="nlp")["items"]} == own
    for who in ("fin", "pia"):
        assert {one["order"] for one in desk.gets(who, path)["items"]} == {one.id for one in bids}
    for who in ("mia", "adam"):
        desk.refused(403, who, "GET", path, params={"team": "rl"})
    assert desk.gets("adam", path)["items"] == []


def test_a_loser_learns_what_was_in_its_way_and_what_would_have_won(
    desk: Desk, bids: list[Order]
) -> None:
    path = f"{ONE}/explain/{bids[1].id}"
    assert desk.refused(409, "mia", "GET", path)["reason"] == "not-cleared"
    run(desk.store)
    plain = desk.gets("mia", path, confirm=False)
    assert (plain["won"], plain["reason"], plain["raise"]) == (False, "outbid", None)
    told = desk.gets("mia", path)
    assert told["finished"]
    [name] = [
        one for one in desk.gets("mia", f"{ONE}/names")["items"] if one["order"] == bids[1].id
    ]
    assert (told["bid"], told["team"]) == (name["bid"], name["team"])
    assert [one["paid_credits"] for one in told["holders"]] != []
    assert told["raise"]["win"]["start_time"] == "2026-11-24T08:00:00Z"
    winner = desk.gets("mia", f"{ONE}/explain/{bids[0].id}")
    assert (winner["won"], winner["critical"] is not None) == (True, True)


def test_no_team_is_told_why_anothers_order_lost_but_finance_and_platform_are(
    desk: Desk, bids: list[Order]
) -> None:
    """§7.11: once it was cleared."""
    run(desk.store)
    path = f"{ONE}/explain/{bids[1].id}"
    for who in ("rob", "adam"):
        assert desk.refused(404, who, "GET", path)["field"] == "order"
    for who in ("fin", "pia"):
        assert desk.gets(who, path)["reason"] == "outbid"
    [later] = placed(desk.store, request("nlp", "later", option(9, 40)), now=CLOSE)
    problem = desk.refused(404, "mia", "GET", f"{ONE}/explain/{later.id}")
    assert problem["value"] == later.id


def test_an_explanation_waits_its_turn_and_no_longer(desk: Desk, bids: list[Order]) -> None:
    run(desk.store)
    with cycles.TURN:
        told = desk.gets("mia", f"{ONE}/explain/{bids[1].id}", seconds=1)
    assert (told["finished"], told["raise"], told["reason"]) == (False, None, "outbid")


def test_platform_closes_a_cycle_early_and_the_clock_does_the_rest(
    desk: Desk, bids: list[Order]
) -> None:
    for who in ("mia", "fin", "adam"):
        desk.refused(403, who, "POST", "/v1/cycles:run")
    desk.refused(400, "pia", "POST", "/v1/cycles:run", headers={"Idempotency-Key": ""})
    tried = desk.asks("pia", "POST", "/v1/cycles:run", params={"dry_run": True})
    assert (tried.status_code, tried.json()["state"]) == (202, "closed")
    assert desk.gets("pia", ONE)["state"] == "open"
    assert desk.asks("pia", "POST", "/v1/cycles:run").json()["state"] == "closed"
    assert clock.due(desk.store, NOW)
    clock.advance(Runner(desk.store), NOW, SALT)
    again = desk.asks("pia", "POST", "/v1/cycles:run")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["state"] == "settled"
    assert desk.gets("pia", "/v1/cycles/2")["state"] == "open"
    assert_clean(desk.store)


def test_a_files_json_is_one(desk: Desk, bids: list[Order]) -> None:
    run(desk.store)
    answer = desk.asks("mia", "GET", f"{ONE}/outcome")
    assert answer.headers["content-type"] == "application/json"
    assert len(json.loads(answer.content)["awards"]) == 2
