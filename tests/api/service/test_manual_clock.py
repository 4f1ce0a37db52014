"""A clock that is moved by hand: what falls due on the way is done, at its own time."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.rest.market import Market
from api.service import manual_clock
from api.service.manual_clock import ManualClock
from api.service.server import served_by_hand
from marketplace.domain.cycle import CycleState
from marketplace.domain.page import every
from marketplace.errors import BadField
from marketplace.services import cycle, lease
from marketplace.services.manual_clock import refuse
from marketplace.store.engine import Store
from tests.api.rest.desk import Desk
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    HOUR,
    NOW,
    RULES,
    TEAMS,
    a_market,
    assert_clean,
    option,
    placed,
    request,
)

PATH = "/v1/test/advance"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(manual_clock, "utc_now", lambda: NOW)
    few = replace(RULES, tick_minutes=30, notice_minutes=30)
    store = a_market(str(tmp_path / "market.db"), rules=few)
    for person, role in (("adam", "admin"), ("mia", "member:nlp")):
        hands.make_token(store, person, f"gpm_{person}", NOW, role)
    return store


@pytest.fixture
def desk(store: Store) -> Iterator[Desk]:
    by_hand = ManualClock(store)
    app = served_by_hand(Market(store, by_hand), by_hand)
    with TestClient(app, raise_server_exceptions=False) as http:
        yield Desk(store, http)


def test_it_stands_until_it_is_moved_and_all_on_the_way_is_done(desk: Desk) -> None:
    placed(desk.store, request("nlp", "a", option(60)))
    assert desk.gets("adam", "/v1/me")["now"] == "2026-11-23T09:00:00Z"
    moved = desk.asks("adam", "POST", PATH, json={"by": "1h"}).json()
    assert moved == {"now": "2026-11-23T10:00:00Z", "ticks": 3, "cycles": []}
    moved = desk.asks("adam", "POST", PATH, json={"to": "2026-11-24T00:30:00Z"}).json()
    assert (moved["now"], moved["cycles"]) == ("2026-11-24T00:30:00Z", ["cyc_000001"])
    [_, settled] = every(cycle.listed, desk.store)
    assert (settled.state, settled.settled_at) == (CycleState.SETTLED, CLOSE)
    assert_clean(desk.store)


def test_indicative_prices_come_at_their_hours_on_the_way(desk: Desk) -> None:
    placed(desk.store, *(request(team, "a", option(60)) for team in TEAMS))
    desk.asks("adam", "POST", PATH, json={"to": "2026-11-24T00:30:00Z"})
    first = desk.gets("mia", "/v1/cycles/1/indicative")["items"]
    assert [(one["due_at"][11:13], one["as_of"][11:16]) for one in first] == [
        ("23", "23:00"),
        ("18", "18:00"),
        ("12", "12:00"),
    ]
    assert desk.gets("mia", "/v1/indicative")["next_due_at"] == "2026-11-24T12:00:00Z"
    assert_clean(desk.store)


def test_it_goes_on_where_it_stood(desk: Desk) -> None:
    desk.asks("adam", "POST", PATH, json={"by": "2h"})
    assert ManualClock(desk.store).now == NOW + 2 * HOUR


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"to": "2026-11-23T08:00:00Z"}, "too-early"),
        ({"by": "40d"}, "bad-field"),
        ({}, "bad-field"),
        ({"by": "1h", "to": "2026-11-24T00:00:00Z"}, "bad-field"),
    ],
)
def test_it_refuses_what_it_cannot_do(desk: Desk, body: dict[str, str], code: str) -> None:
    answer = desk.asks("adam", "POST", PATH, json=body)
    assert answer.status_code >= 400
    assert answer.json()["code"] == code
    assert desk.gets("adam", "/v1/me")["now"] == "2026-11-23T09:00:00Z"


def test_only_an_administrator_moves_it(desk: Desk) -> None:
    assert desk.refused(403, "mia", "POST", PATH, json={"by": "1h"})["code"] == "forbidden"
    assert desk.refused(401, "", "POST", PATH, json={"by": "1h"})["code"] == "unrecognised"


def test_a_database_runs_on_one_clock_alone(store: Store) -> None:
    refuse(store)
    lease.take(store, "a", NOW)
    with pytest.raises(BadField, match="has run on the real clock"):
        ManualClock(store)


def test_a_database_on_the_manual_clock_is_not_run_on_the_real_one(desk: Desk) -> None:
    with pytest.raises(BadField, match="runs on the manual clock"):
        refuse(desk.store)


def test_with_a_seed_the_published_names_are_the_same_in_every_run(store: Store) -> None:
    """And without one nobody can foresee them."""
    by_hand = [ManualClock(store, seed=seed) for seed in (1, 1, 2, None, None)]
    first, again, other, secret, another = [one._salt() for one in by_hand]
    assert first == again
    assert len({first, other, secret, another}) == 4


def test_a_new_one_begins_where_it_is_told_to(tmp_path: Path) -> None:
    store = a_market(str(tmp_path / "played.db"))
    later = NOW + 5 * HOUR
    assert ManualClock(store, later).now == later
    assert ManualClock(store, NOW).now == later
