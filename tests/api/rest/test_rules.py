"""The market's rules over HTTP: seen by everybody, adopted by platform, from the next cycle on."""

from tests.api.rest.desk import Desk
from tests.marketplace.bazaar import assert_clean, run

PATH = "/v1/rules"
BODY = {"changes": {"reserved_share_ppm": 500_000, "payment_rule": "pay_as_bid"}}


def test_everybody_sees_the_rules_and_what_comes(desk: Desk) -> None:
    first = desk.asks("mia", "GET", PATH)
    assert (first.json()["version"], first.headers["ETag"]) == (1, '"1"')
    assert (first.json()["coming"], first.json()["rules"]["slot_minutes"]) == (None, 60)
    adopted = desk.asks("pia", "POST", PATH, json=BODY)
    assert (adopted.status_code, adopted.headers["ETag"]) == (201, '"2"')
    assert adopted.json()["changes"] == [
        {"rule": "reserved_share_ppm", "before": 1_000_000, "after": 500_000},
        {"rule": "payment_rule", "before": "uniform", "after": "pay_as_bid"},
    ]
    for who in ("mia", "fin", "adam"):
        seen = desk.gets(who, PATH)
        assert (seen["version"], seen["cycle"]) == (1, "cyc_000001")
        assert seen["coming"] == adopted.json()
    run(desk.store)
    after = desk.gets("mia", PATH)
    assert (after["version"], after["coming"], after["cycle"]) == (2, None, "cyc_000002")
    assert desk.gets("mia", "/v1/cycles/1")["rules_version"] == 1
    assert_clean(desk.store)


def test_versions_are_listed_and_tell_what_they_changed(desk: Desk) -> None:
    desk.asks("pia", "POST", PATH, json=BODY)
    first = desk.gets("mia", f"{PATH}/versions", limit=1)
    rest = desk.gets("mia", f"{PATH}/versions", limit=1, after=first["next"])
    assert [one["version"] for one in first["items"] + rest["items"]] == [2, 1]
    assert len(desk.gets("mia", f"{PATH}/versions/2")["changes"]) == 2
    assert desk.gets("mia", f"{PATH}/versions/1")["changes"] == []
    desk.refused(404, "mia", "GET", f"{PATH}/versions/9")


def test_a_proposal_is_tried_and_leaves_nothing(desk: Desk) -> None:
    tried = desk.asks("pia", "POST", PATH, params={"dry_run": True}, json=BODY).json()
    assert desk.gets("mia", PATH)["coming"] is None
    assert desk.asks("pia", "POST", PATH, json=BODY).json() == tried


def test_rules_are_changed_knowingly_once_and_by_platform(desk: Desk) -> None:
    """§7.12, §7.14"""
    for who in ("mia", "lea", "fin", "adam"):
        desk.refused(403, who, "POST", PATH, json=BODY)
    seen = {"If-Match": '"1"'}
    first = desk.asks("pia", "POST", PATH, json=BODY, headers=seen)
    again = desk.asks("pia", "POST", PATH, json=BODY, headers=seen)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = seen | {"Idempotency-Key": "another"}
    work = {"changes": {"work": 9_000}}
    problem = desk.refused(412, "pia", "POST", PATH, json=work, headers=other)
    assert problem["reason"] == "changed-since"
    desk.refused(400, "pia", "POST", PATH, json=work, headers={"Idempotency-Key": ""})
    bad = {"changes": {"slot_minutes": 30}}
    key = {"Idempotency-Key": "bad"}
    assert desk.refused(422, "pia", "POST", PATH, json=bad, headers=key)["reason"] == "stays"
    for value in (True, 0.5, None):
        changes = {"changes": {"work": value}}
        desk.refused(422, "pia", "POST", PATH, json=changes, headers=key)
