"""Transfers between teams over HTTP: who proposes and who answers, once by their key."""

import pytest

from tests.api.rest.desk import Desk
from tests.marketplace import hands
from tests.marketplace.bazaar import CREDIT, NOW, assert_clean

BODY = {"team": "nlp", "receiver": "rl", "credits": "120.5", "reason": "they train our encoder"}
PATH = "/v1/credit-transfers"


def test_a_lead_proposes_and_the_other_teams_accepts(desk: Desk) -> None:
    hands.make_token(desk.store, "leo", "gpm_leo", NOW, "lead:rl")
    tried = desk.asks("lea", "POST", f"{PATH}?dry_run=true", json=BODY).json()
    assert desk.gets("lea", PATH)["items"] == []
    made = desk.asks("lea", "POST", PATH, json=BODY)
    assert (made.status_code, made.json()) == (201, tried)
    assert made.json()["lapses_at"] == "2026-12-07T09:00:00Z"
    again = desk.asks("lea", "POST", PATH, json=BODY)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert desk.gets("mia", "/v1/teams/nlp")["held_credits"] == "120.5"
    [held] = desk.gets("mia", "/v1/holds")["items"]
    assert (held["id"], held["order"]) == ("ctr_000001.1", "")
    done = desk.asks("leo", "POST", f"{PATH}/ctr_000001:accept").json()
    assert (done["state"], done["grants"]) == ("accepted", ["rl-2026-11"])
    for who in ("mia", "rob", "fin", "leo"):
        assert desk.gets(who, f"{PATH}/ctr_000001") == done
        assert desk.gets(who, PATH)["items"] == [done]
    [line] = desk.gets("rob", "/v1/teams/rl/statement")["lines"][-1:]
    assert (line["type"], line["credits"], line["other_team"]) == ("transfer", "120.5", "nlp")
    assert line["what_for"] == "from nlp: they train our encoder"
    grant = desk.gets("mia", "/v1/grants/g-nlp")
    assert (grant["passed_credits"], grant["spent_credits"]) == ("120.5", "0")
    assert_clean(desk.store)


def test_it_is_refused_with_a_reason_or_withdrawn(desk: Desk) -> None:
    for _ in range(2):
        hands.transfer(desk.store, "rl", "nlp", CREDIT, NOW)
    refused = f"{PATH}/ctr_000001:refuse"
    assert desk.refused(422, "lea", "POST", refused, json={"reason": ""})["field"] == "reason"
    said = desk.asks("lea", "POST", f"{refused}", json={"reason": "no need"}).json()
    assert (said["state"], said["answer"]) == ("refused", "no need")
    assert desk.refused(409, "fin", "POST", f"{PATH}/ctr_000001:withdraw")
    second = hands.transfer(desk.store, "rl", "nlp", 2 * CREDIT, NOW)
    assert desk.asks("fin", "POST", f"{PATH}/{second}:withdraw").json()["state"] == "withdrawn"
    assert_clean(desk.store)


def test_nobody_else_gives_answers_or_sees(desk: Desk) -> None:
    """§7.11, §7.12"""
    for who in ("mia", "rob", "pia", "adam"):
        desk.refused(403, who, "POST", PATH, json=BODY)
    hands.transfer(desk.store, "rl", "vision", CREDIT, NOW)
    desk.refused(404, "mia", "GET", f"{PATH}/ctr_000001")
    desk.refused(404, "lea", "POST", f"{PATH}/ctr_000001:accept")
    desk.refused(403, "fin", "POST", f"{PATH}/ctr_000001:accept")
    desk.refused(403, "rob", "GET", PATH, params={"team": "nlp"})
    assert desk.gets("mia", PATH)["items"] == []


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"receiver": "nlp"}, 422, "receiver"),
        ({"receiver": "zzz"}, 404, "team"),
        ({"credits": "0"}, 422, "credits"),
        ({"credits": "1000.000001"}, 402, "credits"),
        ({"reason": ""}, 422, "reason"),
        ({"amount": "5"}, 422, "amount"),
    ],
)
def test_what_cannot_be_given_is_refused(
    desk: Desk, change: dict[str, str], status: int, field: str
) -> None:
    assert desk.refused(status, "lea", "POST", PATH, json=BODY | change)["field"] == field
