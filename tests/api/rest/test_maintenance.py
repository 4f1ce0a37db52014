"""Maintenance over HTTP: announced by platform, tried first, called off before it begins."""

from typing import Any

from tests.api.rest.desk import Desk
from tests.api.rest.taking import same_later, units_taken
from tests.marketplace.bazaar import assert_clean

BODY = {
    "id": "fans",
    "start": "2026-11-24T08:30:00Z",
    "end": "2026-11-24T10:00:00Z",
    "quantity": 12,
    "reason": "new fans",
}
PATH = "/v1/pools/h100/maintenance"


def test_what_no_longer_fits_fails_and_a_rehearsal_says_what(desk: Desk) -> None:
    with units_taken(desk, PATH, BODY, "/v1/maintenance") as taken:
        assert taken.failed["reason"] == "maintenance"
        assert taken.said["slots_start"] == "2026-11-24T08:00:00Z"
        [listed] = taken.at.gets("mia", "/v1/maintenance")["items"]
        assert listed == BODY | {"pool": "h100"}


def test_a_key_sent_again_later_is_the_same_command(desk: Desk) -> None:
    same_later(desk, PATH, BODY)


def test_it_is_called_off_by_platform_before_it_begins(desk: Desk) -> None:
    desk.asks("pia", "POST", PATH, json=BODY)
    path = "/v1/maintenance/fans"
    for who in ("mia", "fin", "adam"):
        desk.refused(403, who, "DELETE", path)
        desk.refused(403, who, "POST", PATH, json=BODY)
    assert desk.asks("pia", "DELETE", path, params={"dry_run": True}).is_success
    assert len(desk.gets("mia", "/v1/maintenance")["items"]) == 1
    assert desk.asks("pia", "DELETE", path).json() == BODY | {"pool": "h100"}
    assert desk.refused(404, "pia", "DELETE", path)["field"] == "maintenance"
    assert desk.gets("mia", "/v1/maintenance")["items"] == []
    assert_clean(desk.store)


def test_what_cannot_be_away_is_refused(desk: Desk) -> None:
    changes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"quantity": 17}, "quantity"),
        ({"quantity": 0}, "quantity"),
        ({"end": "2026-11-24T08:00:00Z"}, "end"),
        ({"start": "2026-11-22T08:00:00Z", "end": "2026-11-22T09:00:00Z"}, "end"),
        ({"units": 3}, "units"),
    )
    for change, field in changes:
        problem = desk.refused(422, "pia", "POST", PATH, json=BODY | change)
        assert problem["field"] == field
    desk.refused(400, "pia", "POST", PATH, json=BODY, headers={"Idempotency-Key": ""})
    desk.refused(404, "pia", "POST", "/v1/pools/tpu/maintenance", json=BODY)
