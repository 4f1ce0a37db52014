"""Pools over HTTP: opened by platform, seen by everybody, slot by slot."""

from datetime import timedelta

from marketplace.domain.spot import SpotTerms
from tests.api.rest.desk import Desk
from tests.marketplace import hands
from tests.marketplace.bazaar import CREDIT, NOW, assert_clean, option, placed, request, run, won

POOL = {"id": "l40", "capacity": 12, "reserve_price_credits": "0.5", "block_size": 4}
WINDOW = {"start": "2026-11-23T10:00:00Z", "end": "2026-11-23T12:00:00Z", "quantity": 8}


def test_a_pool_is_opened_and_everybody_sees_it(desk: Desk) -> None:
    answer = desk.asks("pia", "POST", "/v1/pools", json=POOL)
    assert answer.status_code == 201, answer.text
    opened = answer.json()
    [first] = opened.pop("windows")
    assert (first["quantity"], first["start"]) == (12, "2026-11-23T09:00:00Z")
    assert opened["reserve_price_credits"] == "0.5"
    for who in ("mia", "fin", "adam"):
        assert desk.gets(who, "/v1/pools/l40") == opened
    assert [one["id"] for one in desk.gets("mia", "/v1/pools")["items"]] == ["a100", "h100", "l40"]
    assert desk.gets("mia", "/v1/pools/l40/windows")["items"] == [first]
    assert_clean(desk.store)


def test_only_platform_changes_what_there_is(desk: Desk) -> None:
    """§7.12"""
    for who in ("mia", "lea", "fin", "adam"):
        assert desk.refused(403, who, "POST", "/v1/pools", json=POOL)["needed"][0] == "platform"
        desk.refused(403, who, "POST", "/v1/pools/h100/windows", json=WINDOW)
    assert len(desk.gets("mia", "/v1/pools")["items"]) == 2


def test_a_pool_is_not_opened_twice_and_a_rehearsal_opens_none(desk: Desk) -> None:
    assert desk.asks("pia", "POST", "/v1/pools?dry_run=true", json=POOL).status_code == 201
    desk.refused(404, "pia", "GET", "/v1/pools/l40")
    desk.asks("pia", "POST", "/v1/pools", json=POOL)
    assert desk.refused(409, "pia", "POST", "/v1/pools", json=POOL)["field"] == "id"
    off = POOL | {"id": "l4", "start": "2026-11-23T09:30:00Z"}
    assert desk.refused(422, "pia", "POST", "/v1/pools", json=off)["field"] == "start"
    priced = POOL | {"reserve_price_credits": 0.5}
    assert desk.refused(422, "pia", "POST", "/v1/pools", json=priced)["field"] == (
        "reserve_price_credits"
    )


def test_a_window_sent_twice_adds_its_units_once(desk: Desk) -> None:
    """§7.14"""
    for _ in range(2):
        answer = desk.asks("pia", "POST", "/v1/pools/h100/windows", json=WINDOW)
        assert answer.json() == WINDOW | {"pool": "h100", "id": "win_000003", "ended_at": None}
    assert answer.headers["Idempotency-Replayed"] == "true"
    _, h100 = desk.gets("mia", "/v1/calendar", hours=4)["pools"]
    assert h100["capacity"] == [16, 24, 24, 16]
    no_key = {"Idempotency-Key": ""}
    desk.refused(400, "pia", "POST", "/v1/pools/h100/windows", json=WINDOW, headers=no_key)
    desk.refused(404, "pia", "POST", "/v1/pools/tpu/windows", json=WINDOW)
    desk.refused(404, "pia", "GET", "/v1/pools/tpu/windows")


NIGHTS = {
    "days": ["mon", "tue"],
    "start_time": "20:00",
    "end_time": "06:00",
    "time_zone": "Europe/Berlin",
    "first_day": "2026-11-23",
    "last_day": "2026-12-01",
    "quantity": 8,
}
RECUR = "/v1/pools/h100/windows:recur"


def test_windows_recur_by_the_clock_of_a_time_zone_and_are_told_with_their_dates(
    desk: Desk,
) -> None:
    for who in ("mia", "fin", "adam"):
        desk.refused(403, who, "POST", RECUR, json=NIGHTS)
    tried = desk.asks("pia", "POST", f"{RECUR}?dry_run=true", json=NIGHTS)
    assert len(desk.gets("mia", "/v1/pools/h100/windows")["items"]) == 1
    done, again = (desk.asks("pia", "POST", RECUR, json=NIGHTS) for _ in range(2))
    assert (done.status_code, done.json()) == (201, tried.json())
    assert again.json() == done.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    made = done.json()["windows"]
    assert [(one["start"], one["end"], one["quantity"]) for one in made] == [
        (f"2026-{start}T19:00:00Z", f"2026-{end}T05:00:00Z", 8)
        for start, end in (
            ("11-23", "11-24"),
            ("11-24", "11-25"),
            ("11-30", "12-01"),
            ("12-01", "12-02"),
        )
    ]
    assert desk.gets("mia", "/v1/pools/h100/windows")["items"][1:] == made
    seen = desk.gets("mia", "/v1/calendar", start="2026-11-24T04:00:00Z", hours=2)["pools"]
    assert seen[1]["capacity"] == [24, 16]
    assert_clean(desk.store)


def test_a_recurrence_that_cannot_be_is_refused_by_its_field(desk: Desk) -> None:
    for change, field in (
        ({"time_zone": "Europe/Berlin2"}, "time_zone"),
        ({"time_zone": "../UTC"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"days": ["monday"]}, "days[0]"),
        ({"last_day": "2026-11-22"}, "last_day"),
        ({"last_day": "2028-12-01"}, "last_day"),
        ({"start_time": "20:15", "end_time": "21:00"}, "end_time"),
        ({"quantity": 0}, "quantity"),
    ):
        assert desk.refused(422, "pia", "POST", RECUR, json=NIGHTS | change)["field"] == field
    like = desk.refused(422, "pia", "POST", RECUR, json=NIGHTS | {"time_zone": "Europe/Berln"})
    assert "Europe/Berlin" in like["facts"]["like"]
    desk.refused(400, "pia", "POST", RECUR, json=NIGHTS, headers={"Idempotency-Key": ""})
    desk.refused(404, "pia", "POST", "/v1/pools/tpu/windows:recur", json=NIGHTS)


def test_the_calendar_shows_what_is_sold_and_what_spot_keeps(desk: Desk) -> None:
    won(desk.store, request("nlp", "a", option(60, 8)))
    terms = SpotTerms(
        team="rl",
        key="s",
        pool="h100",
        quantity=8,
        limit_ucr=9 * CREDIT,
        minimum=timedelta(hours=2),
    )
    later = NOW + timedelta(hours=15)
    hands.ask(desk.store, [terms], later)
    hands.tick(desk.store, later)
    seen = desk.gets("mia", "/v1/calendar", start="2026-11-24T08:00:00+00:00", hours=3)
    assert (seen["start"], seen["slots"], seen["slot_minutes"]) == ("2026-11-24T08:00:00Z", 3, 60)
    h100 = {one["pool"]: one for one in seen["pools"]}["h100"]
    assert (h100["sold"], h100["free"]) == ([8, 8, 0], [8, 8, 16])
    near = desk.gets("mia", "/v1/calendar", start="2026-11-24T00:00:00+00:00", hours=4)
    h100 = {one["pool"]: one for one in near["pools"]}["h100"]
    assert (h100["spot"], h100["free"]) == ([8, 8, 8, 0], [8, 8, 8, 16])


def test_a_calendar_of_all_time_or_of_none_is_refused(desk: Desk) -> None:
    for query, field in (
        ({"hours": 0}, "hours"),
        ({"hours": 10_000}, "hours"),
        ({"start": "2026-11-24T08:00:00"}, "start"),
        ({"start": "soon"}, "start"),
    ):
        assert desk.refused(422, "mia", "GET", "/v1/calendar", params=query)["field"] == field
    desk.refused(401, "", "GET", "/v1/calendar")


def test_lists_of_pools_and_windows_go_on_where_a_page_ended(desk: Desk) -> None:
    first = desk.gets("mia", "/v1/pools", limit=1)
    rest = desk.gets("mia", "/v1/pools", limit=1, after=first["next"])
    assert [one["id"] for one in first["items"] + rest["items"]] == ["a100", "h100"]
    assert rest["next"] is None
    desk.refused(422, "mia", "GET", "/v1/pools/h100/windows", params={"after": first["next"]})


def test_platform_ends_a_window_after_a_rehearsal(desk: Desk) -> None:
    place = "/v1/windows/win_000002:end"
    why = {"reason": "sold to another house", "start": "2026-11-24T08:00:00Z"}
    placed(desk.store, request("nlp", "a", option(60, 8)))
    run(desk.store, NOW, early=True)
    [one] = desk.gets("mia", "/v1/reservations")["items"]
    desk.refused(403, "fin", "POST", place, json=why)
    tried = desk.asks("pia", "POST", f"{place}?dry_run=true", json=why).json()
    assert [(gone["id"], gone["refunded_credits"]) for gone in tried["failed"]] == [
        (one["id"], "4")
    ]
    assert desk.gets("mia", "/v1/pools/h100/windows")["items"][0]["ended_at"] is None
    kept = desk.asks("pia", "POST", place, json={"reason": "sold to another house"}).json()
    assert (kept["end"], kept["failed"]) == ("2026-11-24T10:00:00Z", [])
    anew = {"Idempotency-Key": "anew"}
    ended = desk.asks("pia", "POST", place, json=why, headers=anew).json()
    assert (ended["end"], len(ended["failed"])) == ("2026-11-24T08:00:00Z", 1)
    desk.refused(404, "pia", "POST", "/v1/windows/win_000009:end", json=why)
    assert_clean(desk.store)


def test_platform_changes_a_pool_from_a_later_cycle_on(desk: Desk) -> None:
    place = "/v1/pools/h100:change"
    dear = {"reserve_price_credits": "0.5", "reason": "power costs more"}
    desk.refused(403, "fin", "POST", place, json=dear)
    tried = desk.asks("pia", "POST", f"{place}?dry_run=true", json=dear).json()
    [change] = tried["coming"]
    assert change == {
        "from_cycle": "cyc_000002",
        "reserve_price_credits": "0.5",
        "retired": None,
    }
    assert desk.gets("mia", "/v1/pools/h100")["coming"] == []
    assert desk.asks("pia", "POST", place, json=dear).json() == tried
    assert desk.asks("pia", "POST", place, json=dear).json() == tried
    nothing = desk.refused(422, "pia", "POST", place, json={"reason": "just so"}, headers=OTHER)
    assert (nothing["field"], nothing["reason"]) == ("reserve_price_credits", "nothing-other")
    gone = {"retired": True, "reason": "sold", "from_cycle": "cyc_000001"}
    soon = desk.refused(422, "pia", "POST", place, json=gone, headers=OTHER)
    assert soon["field"] == "from_cycle"
    run(desk.store, NOW, early=True)
    now = desk.gets("mia", "/v1/pools/h100")
    assert (now["reserve_price_credits"], now["coming"]) == ("0.5", [])
    assert_clean(desk.store)


OTHER = {"Idempotency-Key": "another"}


def test_anybody_reads_what_no_capacity_was_there_for(desk: Desk) -> None:
    assert desk.gets("rob", "/v1/unserved-demand") == {"pools": []}
    desk.refused(404, "rob", "GET", "/v1/unserved-demand", params={"pool": "h200"})
    desk.refused(401, "", "GET", "/v1/unserved-demand")
