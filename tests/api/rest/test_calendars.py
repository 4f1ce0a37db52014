"""Calendars by a secret address: what calendar programs read there, and who gets one."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from icalendar import Calendar

from marketplace.domain.capacity import Maintenance
from marketplace.domain.command import AdoptRules
from marketplace.domain.guarantee import Guarantee, Kind
from marketplace.domain.override import OverrideRequest
from marketplace.domain.page import every
from marketplace.domain.reservation import Part, Reservation
from marketplace.services import reservation
from marketplace.services.runner import Runner
from tests.api.rest.desk import Desk, served
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    START,
    assert_clean,
    leg,
    maintain,
    option,
    placed,
    request,
    run,
)

TEAM, POOL = "/v1/teams/nlp/calendar", "/v1/pools/h100/calendar"


def address(desk: Desk, who: str = "mia", path: str = TEAM) -> str:
    """Of a new calendar: the path by which it is read."""
    answer = desk.asks(who, "POST", path)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["address"]).removeprefix("http://testserver")


def test_an_address_that_is_only_tried_is_not_made(desk: Desk) -> None:
    assert desk.asks("mia", "POST", f"{TEAM}?dry_run=true").json()["address"] == ""
    desk.refused(404, "mia", "DELETE", f"{TEAM}?dry_run=true")
    path = address(desk)
    assert desk.asks("mia", "DELETE", f"{TEAM}?dry_run=true").status_code == 200
    assert desk.asks("", "GET", path).status_code == 200


def parsed(body: bytes) -> dict[str, Any]:
    """Its entries by UID."""
    calendar = Calendar.from_ical(body)
    assert isinstance(calendar, Calendar)
    assert calendar["version"] == "2.0"
    assert calendar["prodid"]
    return {str(one["uid"]): one for one in calendar.walk("VEVENT")}


def entries(desk: Desk, path: str) -> dict[str, Any]:
    """What a calendar program reads there, without any token."""
    answer = desk.asks("", "GET", path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return parsed(answer.content)


def the_box(desk: Desk) -> Reservation:
    [found] = every(reservation.listed, desk.store, team="nlp")
    return found


def a_box(desk: Desk) -> Reservation:
    """One that nlp wins at once: 16 units for four hours."""
    placed(desk.store, request("nlp", "won", option(90, 8, None, leg(units=16, hours=4))))
    run(desk.store, NOW, early=True)
    return the_box(desk)


def test_a_teams_calendar_has_what_it_won_and_not_what_it_bids_for(desk: Desk) -> None:
    box, path = a_box(desk), address(desk)
    placed(desk.store, request("nlp", "second", option(9, 20)))
    placed(desk.store, request("rl", "theirs", option(9, 24)))
    run(desk.store, CLOSE)
    placed(desk.store, request("nlp", "waits", option(9, 40)), now=CLOSE)
    found = entries(desk, path)
    first = found[box.id]
    assert first["summary"] == "16 × h100"
    assert (first["dtstart"].dt, first["dtend"].dt) == (START, START + 4 * HOUR)
    assert first["dtstamp"].dt == first["last-modified"].dt == NOW
    assert (first["status"], first["sequence"]) == ("CONFIRMED", 0)
    theirs = every(reservation.listed, desk.store, team="nlp")
    assert sorted(found) == sorted(one.id for one in theirs)
    assert len(found) == 2


KINDS = [(Kind.MOVABLE, "moved"), (Kind.RECALLABLE, "bought back")]


@pytest.mark.parametrize(("kind", "what"), KINDS)
def test_what_the_market_may_still_change_is_tentative_until_then(
    desk: Desk, kind: Kind, what: str
) -> None:
    """Its gate is a day before its start: once the last cycle before is settled, it is certain."""
    path = address(desk)
    guarantee = Guarantee(kind=kind, buy_out_ucr=4 * CREDIT if kind is Kind.RECALLABLE else None)
    asked = request("nlp", "won", option(40, 50, 60, leg()))
    placed(desk.store, replace(asked, guarantee=guarantee))
    run(desk.store, CLOSE)
    box = the_box(desk)
    one = entries(desk, path)[box.id]
    said = f"The market may have it {what} until {box.start - DAY:%Y-%m-%d %H:%M} UTC."
    assert (one["status"], one["description"]) == ("TENTATIVE", said)
    run(desk.store, CLOSE + DAY)
    run(desk.store, CLOSE + 2 * DAY)
    after = entries(desk, path)[box.id]
    assert (after["status"], after.get("description")) == ("CONFIRMED", None)


def test_times_are_utc_and_lines_are_folded(desk: Desk) -> None:
    box = a_box(desk)
    reason = "Ventilateur défectueux, remplacé; voir, plus tard; " + "é" * 200
    start, end = START + DAY, START + DAY + HOUR
    away = Maintenance(
        id="fan", pool="h100", start=start, end=end, quantity=8, reason=reason, created_at=NOW
    )
    hands.schedule_maintenance(desk.store, away, NOW)
    lines = desk.asks("", "GET", address(desk)).text.split("\r\n")
    assert {f"UID:{box.id}", "DTSTART:20261124T080000Z", "DTEND:20261124T120000Z"} <= {*lines}
    body = desk.asks("", "GET", address(desk, path=POOL)).content
    folded = body.split(b"\r\n")
    assert max(map(len, folded)) == 75
    assert not any(b"\n" in line for line in folded)
    assert parsed(body)["maintenance-fan"]["description"] == reason


def test_what_is_given_back_is_shorter_or_cancelled_under_the_same_name(desk: Desk) -> None:
    box, path = a_box(desk), address(desk)
    part = Part(quantity=8, start=START + 2 * HOUR)
    hands.release(desk.store, box.id, CLOSE + HOUR, team="nlp", part=part)
    one = entries(desk, path)[box.id]
    assert one["summary"] == "8–16 × h100"
    assert one["description"].splitlines() == [
        "2026-11-24 08:00 to 2026-11-24 10:00 UTC: 16",
        "2026-11-24 10:00 to 2026-11-24 12:00 UTC: 8",
    ]
    assert (one["status"], one["sequence"]) == ("CONFIRMED", 16)
    assert one["last-modified"].dt == CLOSE + HOUR
    hands.release(desk.store, box.id, START + HOUR, team="nlp")
    one = entries(desk, path)[box.id]
    assert (one["summary"], one["dtend"].dt) == ("16 × h100", START + HOUR)
    assert one["sequence"] == 48
    assert_clean(desk.store)


def test_what_is_gone_whole_is_cancelled_in_its_own_time(desk: Desk) -> None:
    box, path = a_box(desk), address(desk)
    maintain(desk.store, "sudden", START, 16, 4, NOW)
    one = entries(desk, path)[box.id]
    assert (one["status"], one["comment"]) == ("CANCELLED", "maintenance")
    assert (one["dtstart"].dt, one["dtend"].dt) == (START, START + 4 * HOUR)
    assert (one["summary"], one["sequence"]) == ("16 × h100", 64)
    assert one["last-modified"].dt == the_box(desk).changed_at == NOW


def test_a_pools_calendar_has_windows_maintenance_and_closings(desk: Desk) -> None:
    a_box(desk)
    path = address(desk, "rob", POOL)
    for name in ("kept", "off"):
        maintain(desk.store, name, START + 2 * DAY, 8, 2, NOW)
    hands.cancel_maintenance(desk.store, "off", NOW)
    body = desk.asks("", "GET", path).text
    assert "nlp" not in body
    found = entries(desk, path)
    states = {name: one["status"] for name, one in found.items() if name.startswith("maint")}
    assert states == {"maintenance-kept": "CONFIRMED", "maintenance-off": "CANCELLED"}
    assert found["maintenance-off"]["sequence"] == 1
    [window] = [one for name, one in found.items() if name.startswith("window-")]
    assert (window["summary"], window["dtend"].dt) == ("16 × h100 on the market", NOW + 60 * DAY)
    gates = sorted(one["dtstart"].dt for name, one in found.items() if name.startswith("closing-"))
    assert gates[:3] == [NOW, CLOSE, CLOSE + DAY]
    assert gates[-1] == NOW.replace(hour=0) + 364 * DAY
    assert found["closing-h100-20261125T000000Z"]["description"].endswith(
        "2026-11-25 01:00 UTC on."
    )
    assert len(found) == len(gates) + 3


def test_a_pools_calendar_has_what_overrides_its_windows(desk: Desk) -> None:
    path, made = address(desk, path=POOL), []
    for day in range(3):
        start = START + day * DAY
        asked = OverrideRequest(
            pool="h100", start=start, end=start + 8 * HOUR, quantity=8 * day, reason="lent out"
        )
        made.append(hands.override(desk.store, asked, NOW)[0].id)
    hands.cancel_override(desk.store, made[2], NOW)
    hands.cancel_override(desk.store, made[1], START + DAY + 2 * HOUR)
    kept, cut, off = (entries(desk, path)[f"override-{one}"] for one in made)
    assert (kept["summary"], kept["description"]) == (
        "0 × h100 in place of its windows",
        "lent out",
    )
    assert [one["status"] for one in (kept, cut, off)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [one["sequence"] for one in (kept, cut, off)] == [0, 1, 1]
    assert cut["dtend"].dt == START + DAY + 2 * HOUR
    assert (off["dtstart"].dt, "dtend" in off) == (START + 2 * DAY, False)


def test_closings_follow_the_rules_that_were_adopted_for_their_cycles(desk: Desk) -> None:
    path = address(desk, path=POOL)
    for first, hours in ((3, 6), (3, 12), (5, 24)):
        command = AdoptRules((("cycle_minutes", hours * 60),), from_cycle=first)
        Runner(desk.store).run(command, by=hands.PLATFORM, at=NOW)
    found = entries(desk, path)
    gates = sorted(one["dtstart"].dt for name, one in found.items() if name.startswith("closing-"))
    assert [(one - CLOSE) // HOUR for one in gates[:6]] == [0, 24, 36, 48, 72, 96]


def test_it_goes_a_month_back_and_is_the_same_all_day(desk: Desk) -> None:
    box, path = a_box(desk), address(desk)
    early, late, last, after = (
        read_at(desk, path, CLOSE + days * DAY + hours * HOUR)
        for days, hours in ((5, 0), (5, 23), (30, 0), (31, 0))
    )
    assert early == late
    assert [box.id in parsed(body) for body in (early, last, after)] == [True, True, False]


def read_at(desk: Desk, path: str, at: datetime) -> bytes:
    with served(desk.store, lambda: at) as later:
        return Desk(desk.store, later).asks("", "GET", path).content


def test_it_is_sent_again_only_where_it_has_changed(desk: Desk) -> None:
    path = address(desk)
    first = desk.asks("", "GET", path)
    assert first.headers["cache-control"] == "private, no-cache"
    tags = (first.headers["etag"], f"W/{first.headers['etag']}", f'"x", {first.headers["etag"]}')
    for tag in tags:
        again = desk.asks("", "GET", path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    a_box(desk)
    after = desk.asks("", "GET", path, headers={"If-None-Match": tags[0]})
    assert after.status_code == 200
    assert len(parsed(after.content)) == 1


@pytest.mark.parametrize(
    ("path", "may"),
    [(TEAM, {"mia", "lea", "two"}), (POOL, {"mia", "lea", "two", "rob", "fin", "pia", "adam"})],
)
def test_members_get_their_teams_and_everybody_a_pools(
    desk: Desk, path: str, may: set[str]
) -> None:
    """§7.11"""
    for who in ("mia", "lea", "two", "rob", "fin", "pia", "adam"):
        if who in may:
            entries(desk, address(desk, who, path))
        else:
            desk.refused(403, who, "POST", path)
            desk.refused(404, who, "DELETE", path)
    desk.refused(401, "", "POST", path)
    desk.refused(401, "", "DELETE", path)
    desk.refused(404, "mia", "POST", "/v1/pools/zzz/calendar")
    desk.refused(403, "mia", "POST", "/v1/teams/zzz/calendar")
    assert_clean(desk.store)


def test_an_address_ends_when_it_is_asked_for_again_or_ended(desk: Desk) -> None:
    mine, leads, pools = address(desk), address(desk, "lea"), address(desk, "mia", POOL)
    again = address(desk)
    gone = desk.refused(404, "", "GET", mine)
    assert (gone["code"], gone["field"], gone["value"]) == ("not-found", "", "")
    ended = desk.asks("mia", "DELETE", TEAM).json()
    assert (ended["kind"], ended["reason"]) == ("calendar", "revoked")
    for path in (again, "/v1/calendars/gpm_guess.ics", "/v1/calendars/guess.ics"):
        assert desk.refused(404, "", "GET", path) == gone
    entries(desk, leads)
    entries(desk, pools)
    desk.refused(404, "mia", "DELETE", TEAM)
    desk.asks("mia", "DELETE", POOL)
    desk.refused(404, "", "GET", pools)
    assert_clean(desk.store)


def test_a_lead_sees_a_members_address_as_a_token_and_ends_it(desk: Desk) -> None:
    path = address(desk)
    entries(desk, path)
    seen = desk.gets("lea", "/v1/tokens", person="mia")["items"]
    [one] = [one for one in seen if one["kind"] == "calendar"]
    assert (one["note"], one["roles"]) == ("calendar of nlp", ["member:nlp"])
    assert one["used_at"] == "2026-11-23T09:00:00Z"
    assert "address" not in one
    assert desk.asks("lea", "DELETE", f"/v1/tokens/{one['id']}").is_success
    desk.refused(404, "", "GET", path)


def test_it_ends_with_its_makers_role(desk: Desk) -> None:
    mine, both = address(desk, "two"), address(desk, "two", POOL)
    desk.asks("lea", "DELETE", "/v1/teams/nlp/members/two")
    desk.refused(404, "", "GET", mine)
    entries(desk, both)
    desk.asks("adam", "DELETE", "/v1/teams/rl/members/two")
    desk.refused(404, "", "GET", both)
    assert_clean(desk.store)


def test_an_address_is_no_token_and_a_token_no_address(desk: Desk) -> None:
    """§7.12"""
    secret = address(desk).rpartition("/")[2].removesuffix(".ics")
    headers = {"Authorization": f"Bearer {secret}"}
    for method, path in (("GET", "/v1/me"), ("POST", TEAM), ("GET", "/v1/orders")):
        problem = desk.refused(401, "", method, path, headers=headers)
        assert problem["reason"] == "is-calendar"
        assert secret not in str(problem)
    sent = desk.refused(401, "", "POST", "/v1/sign-in", json={"token": secret})
    assert sent["reason"] == "is-calendar"
    hands.make_token(desk.store, "adam", "gpm_link", NOW, "admin", kind="sign-in")
    for text in ("gpm_mia", "gpm_link"):
        desk.refused(404, "", "GET", f"/v1/calendars/{text}.ics")
