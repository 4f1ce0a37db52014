"""Overrides over HTTP: made by platform, tried first, seen by everybody, called off from now on."""

from typing import Any

from tests.api.rest.desk import Desk, served
from tests.marketplace.bazaar import CLOSE, HOUR, assert_clean, option, request, won

BODY = {
    "start": "2026-11-24T08:00:00Z",
    "end": "2026-11-24T12:00:00Z",
    "quantity": 4,
    "reason": "a holiday",
}
PATH = "/v1/pools/h100/overrides"


def test_what_no_longer_fits_fails_and_a_rehearsal_says_what(desk: Desk) -> None:
    [box] = won(desk.store, request("nlp", "a", option(60, 8)))
    with served(desk.store, lambda: CLOSE + HOUR) as later:
        at = Desk(desk.store, later)
        tried = at.asks("pia", "POST", f"{PATH}?dry_run=true", json=BODY).json()
        assert at.gets("pia", PATH)["items"] == []
        assert [one["id"] for one in tried["failed"]] == [box.id]
        done, again = (at.asks("pia", "POST", PATH, json=BODY) for _ in range(2))
        said = done.json()
        assert (done.status_code, again.json()) == (201, said)
        assert again.headers["Idempotency-Replayed"] == "true"
        [failed] = said.pop("failed")
        assert (failed["state"], failed["reason"]) == ("failed", "capacity-not-available")
        assert failed["refunded_credits"] == failed["paid_credits"]
        assert said == BODY | {
            "id": "ovr_000001",
            "pool": "h100",
            "created_at": "2026-11-24T01:00:00Z",
            "cancelled_at": None,
        }
        assert at.gets("mia", PATH)["items"] == [said]
        seen = at.gets("mia", "/v1/calendar", start="2026-11-24T07:00:00Z", hours=3)["pools"]
        assert seen[1]["capacity"] == [16, 4, 4]
    assert_clean(desk.store)


def test_a_key_sent_again_later_is_the_same_command(desk: Desk) -> None:
    """§7.14"""
    first = desk.asks("pia", "POST", PATH, json=BODY).json()
    with served(desk.store, lambda: CLOSE) as later:
        again = Desk(desk.store, later).asks("pia", "POST", PATH, json=BODY)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first, "true")


def test_it_is_called_off_by_platform_from_now_on(desk: Desk) -> None:
    desk.asks("pia", "POST", PATH, json=BODY)
    path = "/v1/overrides/ovr_000001"
    for who in ("mia", "fin", "adam"):
        desk.refused(403, who, "DELETE", path)
        desk.refused(403, who, "POST", PATH, json=BODY)
    with served(desk.store, lambda: CLOSE + 8 * HOUR + HOUR / 2) as later:
        at = Desk(desk.store, later)
        tried = at.asks("pia", "DELETE", path, params={"dry_run": True}).json()
        gone = at.asks("pia", "DELETE", path).json()
        assert gone == tried
        assert (gone["end"], gone["cancelled_at"], gone["failed"]) == (
            *("2026-11-24T09:00:00Z", "2026-11-24T08:30:00Z"),
            [],
        )
        assert at.refused(409, "pia", "DELETE", path)["field"] == "override"
        assert [one["end"] for one in at.gets("mia", PATH)["items"]] == [gone["end"]]
    assert_clean(desk.store)


def test_what_cannot_be_is_refused_by_its_field(desk: Desk) -> None:
    changes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"quantity": -1}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"end": "2026-11-24T08:00:00Z"}, "end"),
        ({"end": "2026-11-24T12:10:00Z"}, "end"),
        ({"end": "2029-11-24T12:00:00Z"}, "end"),
        ({"start": "2026-11-22T08:00:00Z", "end": "2026-11-22T09:00:00Z"}, "end"),
        ({"units": 3}, "units"),
    )
    for change, field in changes:
        problem = desk.refused(422, "pia", "POST", PATH, json=BODY | change)
        assert problem["field"] == field
    desk.refused(400, "pia", "POST", PATH, json=BODY, headers={"Idempotency-Key": ""})
    desk.refused(404, "pia", "POST", "/v1/pools/tpu/overrides", json=BODY)
    desk.refused(404, "pia", "GET", "/v1/pools/tpu/overrides")
    desk.refused(404, "pia", "DELETE", "/v1/overrides/ovr_000009")
    desk.refused(422, "pia", "DELETE", "/v1/overrides/fans")


def test_the_list_goes_on_where_a_page_ended(desk: Desk) -> None:
    for k in range(2):
        desk.asks("pia", "POST", PATH, json=BODY, headers={"Idempotency-Key": f"k{k}"})
    first = desk.gets("mia", PATH, limit=1)
    rest = desk.gets("mia", PATH, limit=1, after=first["next"])
    assert [one["id"] for one in first["items"] + rest["items"]] == ["ovr_000001", "ovr_000002"]
    assert rest["next"] is None
