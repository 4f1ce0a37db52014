"""Use that was measured, over HTTP."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from marketplace.store.engine import Store
from tests.api.rest.desk import Desk, give_tokens, served
from tests.api.web import browsing
from tests.marketplace import grounds
from tests.marketplace.bazaar import (
    CLOSE,
    HOUR,
    NOW,
    leg,
    open_market,
    option,
    placed,
    request,
    run,
)

Document = dict[str, Any]


@pytest.fixture
def later() -> Any:
    """16 units were had from 2:00 to 6:00."""
    store = grounds.like("people who had time", _had, grounds.FILED)
    with served(store, lambda: CLOSE + 8 * HOUR) as http:
        http.follow_redirects = False
        yield Desk(store, http)


def _had(store: Store) -> None:
    open_market(store)
    give_tokens(store, NOW)
    placed(store, request("nlp", "a", option(90, 2, None, leg(units=16, hours=4))))
    run(store)


def a_box(desk: Desk) -> str:
    [one] = desk.gets("mia", "/v1/reservations")["items"]
    return str(one["id"])


def row(box: str, hour: int = 2, units: object = "12.5") -> Document:
    def at(hour: int) -> str:
        moment: datetime = CLOSE + timedelta(hours=hour)
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}"

    return {"reservation": box, "start": at(hour), "end": at(hour + 1), "units_used": units}


def used(desk: Desk) -> object:
    [hours] = desk.gets("mia", "/v1/teams/nlp/statement")["hours"]
    return hours["used_hours"]


def test_platform_imports_and_a_retry_is_harmless(later: Desk) -> None:
    body = {"rows": [row(a_box(later)), row(a_box(later), 3, 4)]}
    tried = later.asks("pia", "POST", "/v1/usage", json=body, params={"dry_run": "true"})
    came_to = {"added": 2, "replaced": 0, "unchanged": 0, "skipped": []}
    assert (tried.status_code, tried.json(), used(later)) == (201, came_to, None)
    made = later.asks("pia", "POST", "/v1/usage", json=body)
    again = later.asks("pia", "POST", "/v1/usage", json=body)
    assert (made.json(), again.json()) == (came_to, came_to)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = later.asks("pia", "POST", "/v1/usage", json=body, headers={"Idempotency-Key": "b"})
    assert other.json() == came_to | {"added": 0, "unchanged": 2}
    assert used(later) == 16.5


def test_a_reservation_has_the_used_share_of_what_was_measured(later: Desk) -> None:
    box = a_box(later)
    path = f"/v1/reservations/{box}"
    assert later.gets("mia", path)["used_share"] is None
    rows = [row(box), row(box, 3, 3.5)]
    later.asks("pia", "POST", "/v1/usage", json={"rows": rows})
    assert later.gets("mia", path)["used_share"] == 0.5
    [one] = later.gets("pia", "/v1/reservations")["items"]
    assert one == later.gets("pia", path)
    browsing.sign_in(later, "mia")
    assert "50 % of what was measured" in browsing.words(browsing.page(later, "/teams/nlp"))


def test_idle_time_is_told_to_finance_platform_and_its_own_team(later: Desk) -> None:
    """§7.11"""
    later.asks("pia", "POST", "/v1/usage", json={"rows": [row(a_box(later))]})
    [idle] = later.gets("fin", "/v1/spend")["idle"]
    assert (idle["team"], idle["idle_hours"], idle["measured_hours"]) == ("nlp", 3.5, 16.0)
    for who, sees in (("pia", [idle]), ("mia", [idle]), ("rob", []), ("adam", [])):
        assert later.gets(who, "/v1/spend")["idle"] == sees


def test_others_do_not(later: Desk) -> None:
    body = {"rows": [row(a_box(later))]}
    for who in ("mia", "lea", "fin", "adam"):
        assert later.refused(403, who, "POST", "/v1/usage", json=body)["code"] == "forbidden"
    no_key = {"Idempotency-Key": ""}
    assert later.refused(400, "pia", "POST", "/v1/usage", json=body, headers=no_key)
    assert used(later) is None


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"units_used": 17}, "rows[1].units_used"),
        ({"units_used": "-1"}, "rows[1].units_used"),
        ({"units_used": "x"}, "rows[1].units_used"),
        ({"units_used": True}, "rows[1].units_used"),
        ({"start": "2026-11-24T02:00:00"}, "rows[1].start"),
        ({"start": "2026-11-24T06:00:00Z"}, "rows[1].end"),
        ({"reservation": "rsv_none"}, "rows[1].reservation"),
    ],
)
def test_a_bad_row_refuses_all_by_its_place(later: Desk, bad: Document, field: str) -> None:
    rows = [row(a_box(later)), row(a_box(later), 3) | bad]
    problem = later.refused(422, "pia", "POST", "/v1/usage", json={"rows": rows})
    assert problem["field"] == field
    assert used(later) is None


def test_bad_rows_are_left_out_and_told_where_that_is_asked(later: Desk) -> None:
    rows = [row("rsv_none"), row(a_box(later))]
    key = {"Idempotency-Key": "skip"}
    body = {"rows": rows, "skip_bad": True}
    made = later.asks("pia", "POST", "/v1/usage", json=body, headers=key).json()
    [left] = made["skipped"]
    assert (made["added"], left["row"]) == (1, 0)
    assert left["why"].startswith("reservation is 'rsv_none'")
    other = {"rows": [row(a_box(later), units=3)]}
    problem = later.refused(422, "pia", "POST", "/v1/usage", json=other)
    assert problem["reason"] == "known-otherwise"
    found = later.asks(
        *("pia", "POST", "/v1/usage"),
        json=other | {"replace": True},
        headers={"Idempotency-Key": "other"},
    )
    assert found.json()["replaced"] == 1
    assert used(later) == 3.0
