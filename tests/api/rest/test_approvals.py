"""Deciding over HTTP: the policy, what waits, yes and no, says that are lent."""

from typing import Any

from tests.api.rest.desk import Desk
from tests.api.rest.test_orders import body, option
from tests.marketplace.bazaar import assert_clean

POLICY = {
    "tiers": [{"name": "large", "at_least": "50", "needs": ["lead", "finance"], "within": "6h"}],
    "labels": [{"name": "secret", "projects": ["x"]}],
    "caps": [{"pool": "h100", "units": 8}],
    "restrictions": [{"pool": "a100", "teams": ["rl"]}],
    "note": "for the spring",
}


def adopt(desk: Desk, **more: Any) -> Any:
    answer = desk.asks("fin", "POST", "/v1/policy", json=POLICY | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_policy_is_adopted_read_and_not_written_over(desk: Desk) -> None:
    assert desk.gets("rob", "/v1/policy") == {"now": None, "coming": []}
    tried = desk.asks("fin", "POST", "/v1/policy?dry_run=true", json=POLICY)
    assert tried.json()["version"] == 1
    assert desk.gets("fin", "/v1/policy/versions")["items"] == []
    first = adopt(desk)
    [tier] = first["tiers"]
    assert (tier["at_least"], tier["below"], tier["within"], tier["then"]) == (
        "50",
        None,
        "6h",
        "refuse",
    )
    headers = {"Idempotency-Key": "again", "If-Match": '"0"'}
    now = desk.asks("rob", "GET", "/v1/policy")
    assert (now.json(), now.headers["ETag"]) == ({"now": first, "coming": []}, '"1"')
    late = {"Idempotency-Key": "late", "If-Match": '"7"'}
    assert desk.refused(412, "fin", "POST", "/v1/policy", json={}, headers=late)["reason"]
    later = {"valid_from": "2026-12-24T00:00:00Z", "tiers": []}
    second = desk.asks("fin", "POST", "/v1/policy", json=later, headers=headers).json()
    assert desk.gets("rob", "/v1/policy") == {"now": first, "coming": [second]}
    assert desk.gets("rob", "/v1/policy/versions")["items"] == [second, first]
    assert desk.gets("rob", "/v1/policy/versions/1") == first
    desk.refused(404, "rob", "GET", "/v1/policy/versions/9")
    desk.refused(403, "pia", "POST", "/v1/policy", json=POLICY)


def test_what_cannot_be_decided_by_is_refused_by_its_place(desk: Desk) -> None:
    tier = {"name": "a", "needs": ["lead"]}
    wrong: list[tuple[int, dict[str, Any], str]] = [
        (422, {"tiers": [tier, {"name": "b", "needs": []}]}, "tiers[1].needs"),
        (422, {"tiers": [tier | {"at_least": "5", "below": "5"}]}, "tiers[0].below"),
        (422, {"tiers": [tier, tier | {"name": "b"}]}, "tiers[1].name"),
        (422, {"tiers": [tier | {"needs": ["boss"]}]}, "tiers[0].needs[0]"),
        (422, {"tiers": [tier | {"form": "5"}]}, "tiers[0].form"),
        (422, {"caps": [{"pool": "h100"}]}, "caps[0].units"),
        (404, {"tiers": [tier | {"pools": ["tpu"]}]}, "tiers[0].pools[0]"),
        (404, {"tiers": [tier | {"labels": ["secret"]}]}, "tiers[0].labels[0]"),
    ]
    for status, policy, field in wrong:
        said = desk.refused(status, "fin", "POST", "/v1/policy", json=policy)
        assert said["field"] == field, said
    assert desk.gets("fin", "/v1/policy/versions")["items"] == []


def test_an_order_gets_its_words_or_a_no(desk: Desk) -> None:
    adopt(desk)
    first, second = (
        desk.asks(
            "mia", "POST", "/v1/orders", json=body(value="60"), headers={"Idempotency-Key": key}
        ).json()
        for key in "ab"
    )
    assert (first["state"], first["held_credits"]) == ("pending-approval", "60")
    path = f"/v1/orders/{first['id']}"
    waiting = desk.gets("lea", "/v1/approvals")["items"]
    assert {one["order"] for one in waiting} == {first["id"], second["id"]}
    assert desk.gets("fin", "/v1/approvals")["items"] == waiting
    assert desk.gets("rob", "/v1/approvals")["items"] == []
    desk.refused(403, "rob", "GET", "/v1/approvals?team=nlp")
    desk.refused(409, "mia", "POST", f"{path}:approve")
    desk.refused(404, "rob", "POST", f"{path}:approve")
    desk.refused(404, "pia", "POST", f"{path}:refuse", json={"reason": "no"})
    seen = {"If-Match": '"7"'}
    assert desk.refused(412, "lea", "POST", f"{path}:approve", headers=seen)["field"] == "If-Match"
    tried = desk.asks("lea", "POST", f"{path}:approve?dry_run=true")
    assert tried.status_code == 200, tried.text
    assert desk.asks("lea", "POST", f"{path}:approve").json()["state"] == "pending-approval"
    assert desk.asks("fin", "POST", f"{path}:approve").json()["state"] == "open"
    no = desk.asks(
        "fin", "POST", f"/v1/orders/{second['id']}:refuse", json={"reason": "wait for May"}
    ).json()
    assert (no["state"], no["reason"], no["held_credits"]) == ("refused", "approval-refused", "0")
    [told] = desk.asks("mia", "GET", f"{path}/approvals").json()
    assert [word["person"] for word in told["words"]] == ["person:lea", "person:fin"]
    assert (told["state"], told["left"], told["ended_by"]) == ("approved", [], "person:fin")
    assert (
        desk.gets("lea", "/v1/approvals", state="refused")["items"][0]["reason"] == "wait for May"
    )
    desk.refused(404, "rob", "GET", f"{path}/approvals")
    assert_clean(desk.store)


def test_a_preview_says_whose_word_it_would_wait_for(desk: Desk) -> None:
    adopt(desk)
    told = desk.asks("mia", "POST", "/v1/orders/preview", json=body(value="60")).json()
    codes = {one["code"]: one["detail"] for one in told["warnings"]}
    assert "lead and finance to approve it" in codes["waits-for-approval"]
    small = desk.asks("mia", "POST", "/v1/orders/preview", json=body(value="5")).json()
    assert "waits-for-approval" not in {one["code"] for one in small["warnings"]}


def test_what_no_word_would_allow_is_refused_by_its_place(desk: Desk) -> None:
    adopt(desk)
    for pool, units, field, reason in (
        ("h100", 16, "quantity", "above-cap"),
        ("a100", 1, "pool", "restricted"),
    ):
        legs = [{"pool": pool, "quantity": units, "duration": "4h"}]
        asked = body() | {"options": [option("5") | {"legs": legs}]}
        said = desk.refused(422, "mia", "POST", "/v1/orders", json=asked)
        assert (said["field"], said["reason"]) == (f"options[0].legs[0].{field}", reason)


def test_a_say_is_lent_and_taken_back(desk: Desk) -> None:
    adopt(desk)
    order = desk.asks("mia", "POST", "/v1/orders", json=body(value="60")).json()
    lent = {
        "role": "finance",
        "to": "pia",
        "start": "2026-11-23T00:00:00Z",
        "end": "2026-12-24T00:00:00Z",
    }
    desk.refused(403, "mia", "POST", "/v1/delegations", json=lent)
    made = desk.asks("fin", "POST", "/v1/delegations", json=lent)
    assert made.status_code == 201, made.text
    assert desk.gets("fin", "/v1/delegations")["items"] == [made.json()]
    assert [one["order"] for one in desk.gets("pia", "/v1/approvals")["items"]] == [order["id"]]
    led = lent | {"role": "lead", "team": "nlp", "to": "rob"}
    assert desk.asks("lea", "POST", "/v1/delegations", json=led).status_code == 201
    assert len(desk.gets("rob", "/v1/approvals", team="nlp")["items"]) == 1
    desk.refused(403, "rob", "GET", "/v1/approvals?team=vision")
    assert desk.asks("pia", "POST", f"/v1/orders/{order['id']}:approve").status_code == 200
    path = f"/v1/delegations/{made.json()['id']}"
    desk.refused(404, "pia", "DELETE", path)
    assert desk.asks("fin", "DELETE", path).json()["ended_at"]
    desk.refused(409, "fin", "DELETE", path)
