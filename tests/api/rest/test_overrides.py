"""Overrides over HTTP: made by platform, tried first, seen by everybody, called off from now on."""

from typing import Any

from tests.api.rest.desk import Desk, served
from tests.api.rest.taking import same_later, units_taken
from tests.marketplace.bazaar import CLOSE, HOUR, assert_clean

BODY = {
    "start": "2026-11-24T08:00:00Z",
    "end": "2026-11-24T12:00:00Z",
    "quantity": 4,
    "reason": "a holiday",
}
PATH = "/v1/pools/h100/overrides"


def test_what_no_longer_fits_fails_and_a_rehearsal_says_what(desk: Desk) -> None:
    with units_taken(desk, PATH, BODY, PATH) as taken:
        assert taken.failed["reason"] == "capacity-not-available"
        assert taken.said == BODY | {
            "id": "ovr_000001",
            "pool": "h100",
            "created_at": "2026-11-24T01:00:00Z",
            "cancelled_at": None,
        }
        assert taken.at.gets("mia", PATH)["items"] == [taken.said]
        query = {"start": "2026-11-24T07:00:00Z", "hours": 3}
        seen = taken.at.gets("mia", "/v1/calendar", **query)["pools"]
        assert seen[1]["capacity"] == [16, 4, 4]


def test_a_key_sent_again_later_is_the_same_command(desk: Desk) -> None:
    same_later(desk, PATH, BODY)


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
