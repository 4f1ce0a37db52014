"""Schedules of grants over HTTP: made, changed and ended by finance; seen by their team."""

import pytest

from tests.api.rest.desk import Desk
from tests.marketplace import hands
from tests.marketplace.bazaar import CREDIT, NOW, assert_clean

PATH = "/v1/grant-schedules"
BODY = {"team": "nlp", "every": "month", "credits": "250.5", "purpose": "base"}


def test_finance_schedules_changes_and_ends(desk: Desk) -> None:
    tried = desk.asks("fin", "POST", f"{PATH}?dry_run=true", json=BODY).json()
    assert desk.gets("fin", PATH)["items"] == []
    made = desk.asks("fin", "POST", PATH, json=BODY)
    assert (made.status_code, made.json()) == (201, tried)
    assert (tried["id"], tried["next_at"]) == ("nlp-month", "2026-12-01T00:00:00Z")
    again = desk.asks("fin", "POST", PATH, json=BODY)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = {"credits": "300", "expiry": "linear", "reason": "more people"}
    changed = desk.asks("fin", "POST", f"{PATH}/nlp-month:change", json=other).json()
    assert (changed["credits"], changed["expiry"]) == ("300", "linear")
    assert desk.gets("mia", f"{PATH}/nlp-month") == changed
    assert desk.gets("mia", PATH)["items"] == [changed]
    gone = desk.asks("fin", "POST", f"{PATH}/nlp-month:end", json={"reason": "over"}).json()
    assert (gone["code"], gone["reason"], gone["next_at"]) == ("ended", "over", None)
    late = {"credits": "1", "reason": "late"}
    desk.refused(
        409,
        "fin",
        "POST",
        f"{PATH}/nlp-month:change",
        json=late,
        headers={"Idempotency-Key": "late"},
    )
    assert_clean(desk.store)


def test_nobody_else_schedules_or_sees_another_teams(desk: Desk) -> None:
    """§7.11, §7.12"""
    for who in ("mia", "lea", "pia", "adam"):
        desk.refused(403, who, "POST", PATH, json=BODY)
    hands.schedule(desk.store, "nlp", CREDIT, NOW)
    desk.refused(404, "rob", "GET", f"{PATH}/nlp-month")
    desk.refused(403, "rob", "GET", PATH, params={"team": "nlp"})
    assert desk.gets("rob", PATH)["items"] == []


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"team": "zzz"}, 404, "team"),
        ({"every": "day"}, 422, "every"),
        ({"credits": "0"}, 422, "credits"),
        ({"lasts_days": -1}, 422, "lasts_days"),
        ({"lasts_days": "5"}, 422, "lasts_days"),
        ({"until": "2026-11-30T00:00:00Z"}, 422, "until"),
        ({"expiry": "carry-over"}, 422, "carry_credits"),
        ({"id": "No Name"}, 422, "id"),
    ],
)
def test_what_makes_no_sense_is_refused(
    desk: Desk, change: dict[str, object], status: int, field: str
) -> None:
    assert desk.refused(status, "fin", "POST", PATH, json=BODY | change)["field"] == field
