"""Reservations over HTTP: a team's own, all of them for platform; given back once by a key."""

from collections.abc import Iterator

import pytest

from marketplace.domain.reservation import Reservation
from tests.api.rest.desk import Desk, served
from tests.marketplace.bazaar import CLOSE, HOUR, START, assert_clean, leg, option, request, won

PART = {"quantity": 8, "start": "2026-11-24T09:00:00Z"}


@pytest.fixture
def boxes(desk: Desk) -> list[Reservation]:
    """What two teams won: 16 units for four hours, and 16 for one hour after those."""
    return won(
        desk.store,
        request("nlp", "a", option(90, 8, None, leg(units=16, hours=4))),
        request("rl", "b", option(40, 12, None, leg(units=16, hours=1))),
    )


@pytest.fixture
def morning(desk: Desk, boxes: list[Reservation]) -> Iterator[Desk]:
    """The service an hour after the closing."""
    with served(desk.store, lambda: CLOSE + HOUR) as later:
        yield Desk(desk.store, later)


def test_a_team_sees_its_own_and_platform_all(morning: Desk, boxes: list[Reservation]) -> None:
    own, other = boxes
    for who in ("mia", "lea"):
        [listed] = morning.gets(who, "/v1/reservations")["items"]
        assert listed == morning.gets(who, f"/v1/reservations/{own.id}")
        assert (listed["id"], listed["units"], listed["state"]) == (own.id, [16] * 4, "scheduled")
        morning.refused(404, who, "GET", f"/v1/reservations/{other.id}")
        morning.refused(403, who, "GET", "/v1/reservations", params={"team": "rl"})
    ids = [one.id for one in boxes]
    assert [one["id"] for one in morning.gets("pia", "/v1/reservations")["items"]] == ids
    [rl] = morning.gets("pia", "/v1/reservations", team="rl")["items"]
    assert rl == morning.gets("pia", f"/v1/reservations/{other.id}")
    first = morning.gets("pia", "/v1/reservations", limit=1)
    rest = morning.gets("pia", "/v1/reservations", limit=1, after=first["next"])
    assert [one["id"] for one in first["items"] + rest["items"]] == ids


def test_finance_and_admin_are_in_no_team(morning: Desk, boxes: list[Reservation]) -> None:
    for who in ("fin", "adam"):
        morning.refused(422, who, "GET", "/v1/reservations")
        morning.refused(403, who, "GET", "/v1/reservations", params={"team": "nlp"})
        morning.refused(404, who, "GET", f"/v1/reservations/{boxes[0].id}")
    assert morning.refused(422, "two", "GET", "/v1/releases")["field"] == "team"
    morning.refused(404, "pia", "GET", "/v1/reservations", params={"team": "npl"})


def test_a_reservation_is_as_it_is_now(desk: Desk, boxes: list[Reservation]) -> None:
    with served(desk.store, lambda: START + HOUR) as later:
        at = Desk(desk.store, later)
        path = "/v1/reservations"
        assert at.refused(401, "mia", "GET", path)["reason"] == "token-expired"
    with served(desk.store, lambda: START) as later:
        at = Desk(desk.store, later)
        [active] = at.gets("mia", path, state="active")["items"]
        assert at.gets("mia", f"{path}/{active['id']}")["state"] == "active"
        assert at.gets("mia", path, state="scheduled")["items"] == []
        at.refused(422, "mia", "GET", path, params={"state": "gone"})


def test_a_part_is_given_back_once_by_its_key(morning: Desk, boxes: list[Reservation]) -> None:
    """§7.14"""
    path = f"/v1/reservations/{boxes[0].id}:release"
    tried = morning.asks("mia", "POST", f"{path}?dry_run=true", json=PART).json()
    assert morning.gets("mia", f"/v1/reservations/{boxes[0].id}")["units"] == [16] * 4
    given = morning.asks("mia", "POST", path, json=PART).json()
    again = morning.asks("mia", "POST", path, json=PART)
    assert given == tried == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert given["units"] == [16, 8, 8, 8]
    assert given["released"] == {
        "start": "2026-11-24T09:00:00Z",
        "end": "2026-11-24T12:00:00Z",
        "units": [8, 8, 8],
    }
    for who in ("mia", "pia"):
        [listed] = morning.gets(who, "/v1/releases")["items"]
        assert (listed["reservation"], listed["left"]) == (boxes[0].id, [8, 8, 8])
        assert listed["by_spot_credits"] == ["0", "0", "0"]
    assert morning.gets("rob", "/v1/releases")["items"] == []
    assert_clean(morning.store)


def test_all_of_it_is_given_back_without_a_body(morning: Desk, boxes: list[Reservation]) -> None:
    path = f"/v1/reservations/{boxes[0].id}:release"
    gone = morning.asks("lea", "POST", path).json()
    assert (gone["state"], gone["units"]) == ("released", [0] * 4)
    key = {"Idempotency-Key": "another"}
    problem = morning.refused(409, "lea", "POST", path, headers=key)
    assert problem["reason"] == "not-live"
    assert_clean(morning.store)


def test_nobody_gives_back_what_is_anothers_or_not_there(
    morning: Desk, boxes: list[Reservation]
) -> None:
    """§7.12"""
    path = f"/v1/reservations/{boxes[0].id}:release"
    for who, status in (("rob", 404), ("pia", 403), ("fin", 403), ("adam", 403)):
        morning.refused(status, who, "POST", path, json=PART)
    no_key = {"Idempotency-Key": ""}
    assert morning.refused(400, "mia", "POST", path, headers=no_key)["reason"] == "no-key"
    for change, field in (({"quantity": 3}, "quantity"), ({"quantity": 24}, "quantity")):
        assert morning.refused(422, "mia", "POST", path, json=PART | change)["field"] == field
    assert morning.refused(422, "mia", "POST", path, json={"units": 3})["field"] == "units"
    morning.refused(404, "mia", "POST", "/v1/reservations/rsv_no:release")
    assert morning.gets("mia", "/v1/releases")["items"] == []
