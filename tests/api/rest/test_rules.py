"""The market's rules over HTTP: seen by everybody, adopted by platform, from the next cycle on."""

from tests.api.rest.desk import Desk
from tests.marketplace.bazaar import assert_clean, run

PATH = "/v1/rules"
BODY = {"changes": {"reserved_share_ppm": 500_000, "payment_rule": "pay_as_bid"}}


def test_everybody_sees_the_rules_and_what_comes(desk: Desk) -> None:
    first = desk.asks("mia", "GET", PATH)
    assert (first.json()["version"], first.headers["ETag"]) == (1, '"1"')
    assert (first.json()["coming"], first.json()["rules"]["slot_minutes"]) == ([], 60)
    adopted = desk.asks("pia", "POST", PATH, json=BODY)
    assert (adopted.status_code, adopted.headers["ETag"]) == (201, '"2"')
    assert adopted.json()["changes"] == [
        {"rule": "reserved_share_ppm", "before": 1_000_000, "after": 500_000},
        {"rule": "payment_rule", "before": "uniform", "after": "pay_as_bid"},
    ]
    for who in ("mia", "fin", "adam"):
        seen = desk.gets(who, PATH)
        assert (seen["version"], seen["cycle"]) == (1, "cyc_000001")
        assert seen["coming"] == [adopted.json()]
    run(desk.store)
    after = desk.gets("mia", PATH)
    assert (after["version"], after["coming"], after["cycle"]) == (2, [], "cyc_000002")
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
    assert desk.gets("mia", PATH)["coming"] == []
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


MORE = {"id": "more-for-spot", "reason": "Spot was dry.", "from_cycle": "cyc_000003"} | BODY
PROPOSALS = f"{PATH}/proposals"


def test_what_is_proposed_is_seen_by_everybody_and_adopted_by_its_name(desk: Desk) -> None:
    tried = desk.asks("pia", "POST", PROPOSALS, json=MORE, params={"dry_run": True})
    assert desk.gets("mia", PROPOSALS)["items"] == []
    made = desk.asks("pia", "POST", PROPOSALS, json=MORE, headers={"If-Match": '"1"'})
    assert (made.status_code, made.json()) == (201, tried.json())
    told = made.json()
    assert (told["rules_version"], told["from_cycle"], told["outdated"]) == (1, "cyc_000003", False)
    assert told["changes"] == [
        {"rule": "payment_rule", "before": "uniform", "after": "pay_as_bid"},
        {"rule": "reserved_share_ppm", "before": 1_000_000, "after": 500_000},
    ]
    for who in ("mia", "fin", "adam"):
        assert desk.gets(who, f"{PROPOSALS}/more-for-spot") == told
        assert desk.gets(who, PROPOSALS)["items"] == [told]
    assert desk.gets("mia", PATH)["coming"] == []
    path = f"{PROPOSALS}/more-for-spot:adopt"
    soon = desk.refused(422, "pia", "POST", path, json={"from_cycle": "2"})
    assert (soon["field"], soon["value"]) == ("from_cycle", 2)
    seen = desk.asks("pia", "POST", path, json={}, params={"dry_run": True})
    adopted = desk.asks("pia", "POST", path, json={})
    assert (adopted.status_code, adopted.json(), adopted.headers["ETag"]) == (
        201,
        seen.json(),
        '"2"',
    )
    assert adopted.json()["proposal"] == "more-for-spot"
    assert desk.gets("mia", PATH)["coming"] == [adopted.json()]
    after = desk.gets("mia", f"{PROPOSALS}/more-for-spot")
    assert (after["state"], after["adopted_version"]) == ("adopted", 2)
    since = desk.gets("mia", f"{PATH}/versions/1", since=2)["changes"]
    assert since[0] == {"rule": "reserved_share_ppm", "before": 500_000, "after": 1_000_000}
    assert_clean(desk.store)


def test_a_proposal_is_platforms_to_make_to_adopt_and_to_withdraw(desk: Desk) -> None:
    """§7.12"""
    desk.asks("pia", "POST", PROPOSALS, json=MORE)
    for who in ("mia", "lea", "fin", "adam"):
        desk.refused(403, who, "POST", PROPOSALS, json=MORE)
        for verb in ("adopt", "withdraw"):
            desk.refused(403, who, "POST", f"{PROPOSALS}/more-for-spot:{verb}", json={})
    desk.asks("pia", "POST", PATH, json={"changes": {"work": 9_000}})
    assert desk.gets("mia", f"{PROPOSALS}/more-for-spot")["outdated"] is True
    late = desk.refused(412, "pia", "POST", f"{PROPOSALS}/more-for-spot:adopt", json={})
    assert late["reason"] == "changed-since"
    gone = desk.asks("pia", "POST", f"{PROPOSALS}/more-for-spot:withdraw").json()
    assert (gone["state"], gone["outdated"], gone["adopted_version"]) == ("withdrawn", False, None)
    desk.refused(404, "mia", "GET", f"{PROPOSALS}/zzz")
    key = {"Idempotency-Key": "again"}
    desk.refused(409, "pia", "POST", PROPOSALS, json=MORE, headers=key)
    other = MORE | {"from_cycle": "soon"}
    assert desk.refused(422, "pia", "POST", PROPOSALS, json=other)["field"] == "from_cycle"
