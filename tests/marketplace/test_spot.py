"""Spot from request to bill, on a real database: starts, notices, reclaims, money by the second."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from allocator.files.formats import decode_problem
from marketplace.domain.actor import CLOCK
from marketplace.domain.capacity import Maintenance
from marketplace.domain.command import BillSpot, RunTick
from marketplace.domain.page import every
from marketplace.domain.spot import SpotRequest, SpotState, SpotTerms
from marketplace.domain.spot_price import SpotForecast, expected
from marketplace.errors import (
    BadField,
    InsufficientCredits,
    KeyReused,
    MarketError,
    NotAllowedNow,
    NotFound,
)
from marketplace.rules import MarketRules, SpotController
from marketplace.services import check, cycle, ledger, reservation, spot, statement, tick
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from pricing.forecast import hour_of_week
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    HOUR,
    NOW,
    RULES,
    a_market,
    leg,
    option,
    placed,
    request,
    run,
    won,
)

MINUTE = timedelta(minutes=1)
TICK = RULES.tick
STILL = replace(RULES, spot_controller=SpotController.FIXED)
FLOOR = CREDIT // 4


def terms(team: str = "nlp", key: str = "a", **more: Any) -> SpotTerms:
    given: dict[str, Any] = {"pool": "a100", "quantity": 4, "limit_ucr": CREDIT} | more
    return SpotTerms(team=team, key=key, **given)


def ask(store: Store, *asked: SpotTerms, now: datetime = NOW) -> list[SpotRequest]:
    found = []
    for answer in hands.ask(store, asked, now):
        assert isinstance(answer, SpotRequest), str(answer)
        found.append(answer)
    return found


def ticks(store: Store, count: int, start: datetime = NOW) -> datetime:
    """So many ticks from ``start`` on; when the last one was."""
    at = start
    for number in range(count):
        at = start + number * TICK
        assert hands.tick(store, at) is not None
    return at


def state(store: Store, one: SpotRequest) -> SpotRequest:
    return spot.get(store, one.id, team=one.team)


def left(store: Store, what: str, team: str = "nlp") -> int:
    """What the team has free, or held, in ucr."""
    return sum(getattr(one, f"{what}_ucr") for one in every(ledger.balances, store, team))


def spent(store: Store, team: str = "nlp") -> int:
    """What the team has been charged, in ucr; its books hold."""
    report = check.check(store)
    assert report.faults == ()
    lines = statement.of_team(store, team, NOW - HOUR, NOW + 2000 * HOUR).lines
    return -sum(line.amount_ucr for line in lines if line.transfer.payer.spot_id)


@pytest.fixture
def store() -> Store:
    return a_market(rules=STILL)


def test_a_request_holds_starts_at_a_tick_and_is_billed_to_the_second(store: Store) -> None:
    [one] = ask(store, terms())
    assert (one.state, one.code) == (SpotState.OPEN, "pending-evaluation")
    assert left(store, "held") == 4 * CREDIT * 10 // 60 + 1
    found = hands.tick(store, NOW)
    assert found is not None
    assert [each.id for each in found.started] == [one.id]
    assert state(store, one).state is SpotState.ACTIVE
    [ended] = hands.stop(store, [one.id], NOW + timedelta(seconds=100), team="nlp")
    assert (ended.state, ended.code) == (SpotState.CLOSED, "stopped-by-team")
    assert spent(store) == -(-4 * FLOOR * 100 // 3600)
    assert left(store, "held") == 0


def test_an_open_request_is_cancelled_free_of_charge(store: Store) -> None:
    [one] = ask(store, terms())
    [ended] = hands.stop(store, [one.id], NOW + MINUTE, team="nlp")
    assert (ended.state, ended.code) == (SpotState.CANCELLED, "cancelled")
    assert spent(store) == 0
    with pytest.raises(NotAllowedNow, match="it has ended"):
        hands.stop(store, [one.id], NOW + MINUTE, team="nlp")


def test_a_repeat_is_harmless_and_another_request_under_its_key_is_refused(store: Store) -> None:
    [one] = ask(store, terms())
    assert ask(store, terms(), now=NOW + MINUTE) == [one]
    [answer] = hands.ask(store, [terms(quantity=2)], NOW)
    assert isinstance(answer, KeyReused)


def test_each_hour_and_each_roll_is_one_line_that_names_its_time(store: Store) -> None:
    [one] = ask(store, terms())
    last = ticks(store, 27)  # two hours and ten minutes
    hands.stop(store, [one.id], last + MINUTE, team="nlp")
    lines = statement.of_team(store, "nlp", NOW, NOW + 24 * HOUR).lines
    charged = [line.transfer for line in lines if line.transfer.payer.spot_id == one.id]
    times = [(each.sold.start - NOW, each.sold.end - NOW) for each in charged if each.sold]
    borders = [timedelta(minutes=at) for at in (0, 60, 120, 131)]
    assert times == list(pairwise(borders))
    assert [each.reason for each in charged] == ["hold-rolled"] * 2 + ["stopped-by-team"]
    assert [each.unit_seconds for each in charged] == [4 * 60 * at for at in (60, 60, 11)]
    assert spent(store) == -(-4 * FLOOR * 131 // 60)  # in pieces as much as at once


def test_hours_are_billed_in_parts_and_each_run_once() -> None:
    """§7.10"""
    store = a_market(rules=STILL)
    asked = ask(store, *(terms(key=f"k{k}", quantity=1) for k in range(3)))
    ticks(store, 12)
    runner, hour = Runner(store), NOW + HOUR
    runner.run(RunTick(), by=CLOCK, at=hour)
    assert spent(store) == 0  # the tick itself bills no hour
    seen, billed = "", []
    while seen := runner.run(BillSpot(seen, 2), by=CLOCK, at=hour):
        billed.append((seen, spent(store)))
    ids = sorted(one.id for one in asked)
    assert billed == [(ids[1], 2 * FLOOR), (ids[2], 3 * FLOOR)]
    assert runner.run(BillSpot("", 9), by=CLOCK, at=hour) == ""


def test_a_run_ends_at_its_second_without_a_tick(store: Store) -> None:
    """§7.10: its end is one of the things that time alone decides."""
    end = NOW + 17 * MINUTE
    [one] = ask(store, terms(end=end))
    hands.tick(store, NOW)
    hands.advance(store, end - timedelta(seconds=1))
    assert state(store, one).state is SpotState.ACTIVE
    hands.advance(store, end + HOUR)
    after = state(store, one)
    assert (after.state, after.code, after.updated_at) == (SpotState.CLOSED, "ended", end)
    assert spent(store) == -(-4 * FLOOR * 17 // 60)


def test_an_open_request_ends_with_the_grant_that_it_holds() -> None:
    store = a_market(rules=STILL, days=2)
    [one] = ask(store, terms(limit_ucr=FLOOR))
    [served] = ask(store, terms("rl", "b"))
    hands.tick(store, NOW)
    waiting = min((state(store, each) for each in (one, served)), key=lambda each: bool(each.run))
    hands.advance(store, NOW + 2 * 24 * HOUR)
    after = state(store, waiting)
    assert (after.state, after.code) == (SpotState.FAILED, "grant-expired")
    assert left(store, "held", waiting.team) == 0


def test_a_team_that_cannot_hold_an_hour_is_left_to_the_tick() -> None:
    store = a_market(rules=STILL, credit=1)
    [one] = ask(store, terms(quantity=4, limit_ucr=CREDIT))
    last = ticks(store, 3)
    found = state(store, one)
    assert found.run is not None
    assert found.run.covered_until == last + TICK + RULES.notice
    assert spent(store) > 0


def test_a_higher_limit_takes_the_place_with_notice_and_nobody_pays_more(store: Store) -> None:
    [low] = ask(store, terms(limit_ucr=CREDIT // 2))
    hands.tick(store, NOW)
    [high] = ask(store, terms("rl", "b"), now=NOW + MINUTE)
    found = hands.tick(store, NOW + TICK)
    assert found is not None
    assert [(each.id, each.code) for each in found.noticed] == [(low.id, "outbid")]
    assert found.prices[0].price_ucr == CREDIT // 2
    assert state(store, high).code == "awaiting-capacity"
    ticked = hands.tick(store, NOW + 2 * TICK)
    assert ticked is not None
    assert [each.id for each in ticked.started] == [high.id]
    after = state(store, low)
    assert (after.state, after.code, after.updated_at) == (
        SpotState.CLOSED,
        "outbid",
        NOW + 2 * TICK,
    )
    expected = 4 * FLOOR * 300 + 4 * (CREDIT // 2) * 300
    assert spent(store) == -(-expected // 3600)


def test_a_persistent_request_opens_again_when_it_is_interrupted(store: Store) -> None:
    [low] = ask(store, terms(limit_ucr=CREDIT // 2, persistent=True))
    hands.tick(store, NOW)
    [high] = ask(store, terms("rl", "b"), now=NOW + MINUTE)
    ticks(store, 3, NOW + TICK)
    assert state(store, low).state is SpotState.OPEN
    hands.stop(store, [high.id], NOW + 16 * MINUTE, team="rl")
    hands.tick(store, NOW + 4 * TICK)
    again = state(store, low)
    assert again.state is SpotState.ACTIVE
    assert again.run is not None
    assert again.run.started_at == NOW + 4 * TICK
    spent(store)


def test_a_reserved_start_reclaims_spot_in_time_and_warns_before(store: Store) -> None:
    """§7.1 with reserved and spot together."""
    begin = won(store, request("rl", "r", option(900, 2, 2, leg("a100", 4, 2))))[0].start
    [one] = ask(store, terms(), now=CLOSE + TICK)
    at = CLOSE + TICK
    seen: dict[str, Any] = {}
    while at <= begin:
        found = hands.tick(store, at)
        assert found is not None
        for each in found.at_risk:
            seen["at risk"] = (at, each.at_risk)
        for each in found.noticed:
            assert each.run is not None
            seen["notice"] = (at, each.run.deadline)
        at += TICK
    assert seen == {"at risk": (begin - 25 * MINUTE, "reclaimed"), "notice": (begin - TICK, begin)}
    assert (state(store, one).code, state(store, one).updated_at) == ("reclaimed", begin)
    spent(store)


def test_no_minimum_runtime_reaches_into_what_the_next_cycle_sells(store: Store) -> None:
    """Five minutes before the close, four units at the floor for six hours: the sealed bid wins
    those hours, and the files have all units in every slot."""
    placed(store, request("rl", "r", option(900, 1, 1, leg("a100", 4, 6))))
    [late] = ask(store, terms(minimum=6 * HOUR), now=CLOSE - TICK)
    hands.tick(store, CLOSE - TICK)
    assert (state(store, late).state, state(store, late).code) == (SpotState.OPEN, "unfit")
    run(store)
    [bid] = every(reservation.listed, store)
    assert (bid.start, bid.team) == (CLOSE + HOUR, "rl")
    problem = decode_problem(cycle.files(store, 1).problem)
    assert {pool.id: set(pool.capacity) for pool in problem.pools} == {"a100": {4}, "h100": {16}}
    hands.tick(store, CLOSE)
    assert state(store, late).code == "unfit"  # until the time-box that was sold begins
    hands.tick(store, bid.end)
    assert state(store, late).state is SpotState.ACTIVE
    spent(store)


def test_a_minimum_runtime_that_ends_with_its_notice_before_the_sale_starts(store: Store) -> None:
    """From 9:00 to 0:55, and a notice until 1:00, when the next cycle's sale begins."""
    fits, longer = 16 * HOUR - RULES.notice, 16 * HOUR - RULES.notice + MINUTE
    [short, long] = ask(
        store, terms(quantity=2, minimum=fits), terms("rl", "b", quantity=2, minimum=longer)
    )
    hands.tick(store, NOW)
    assert state(store, short).state is SpotState.ACTIVE
    assert (state(store, long).state, state(store, long).code) == (SpotState.OPEN, "unfit")
    spent(store)


def test_a_cycle_that_is_closed_early_sells_around_a_minimum_runtime_that_was_promised(
    store: Store,
) -> None:
    [one] = ask(store, terms(minimum=6 * HOUR))
    hands.tick(store, NOW)
    placed(store, request("rl", "r", option(900, -12, 20, leg("a100", 4, 2))))
    run(store, NOW + TICK, early=True)
    problem = decode_problem(cycle.files(store, 1).problem)
    [a100] = [pool.capacity for pool in problem.pools if pool.id == "a100"]
    kept = a100.index(4)
    assert problem.start + kept * HOUR == NOW + 7 * HOUR
    assert (set(a100[:kept]), set(a100[kept:])) == ({0}, {4})
    assert state(store, one).state is SpotState.ACTIVE
    spent(store)


def test_failed_hardware_ends_a_run_at_once_and_the_partial_tick_is_free(store: Store) -> None:
    [one] = ask(store, terms())
    ticks(store, 2)
    at = NOW + TICK + 2 * MINUTE
    away = Maintenance(
        id="m", pool="a100", start=at, end=at + HOUR, quantity=2, reason="fan", created_at=at
    )
    hands.schedule_maintenance(store, away, at)
    after = state(store, one)
    assert (after.state, after.code, after.updated_at) == (
        SpotState.CLOSED,
        "capacity-not-available",
        at,
    )
    assert spent(store) == -(-4 * FLOOR * 300 // 3600)
    found = hands.tick(store, NOW + 2 * TICK)
    assert found is not None
    assert found.prices[0].supply == 2


def test_capacity_given_back_is_spots_from_the_next_tick_on(store: Store) -> None:
    [held] = won(store, request("rl", "r", option(900, 1, 1, leg("a100", 4, 3))))
    inside = held.start + 10 * MINUTE
    [one] = ask(store, terms(), now=inside)
    full = hands.tick(store, inside)
    assert full is not None
    assert full.prices[0].supply == 0
    hands.release(store, held.id, inside + MINUTE, team="rl")
    assert state(store, one).state is SpotState.OPEN
    found = hands.tick(store, held.start + HOUR)
    assert found is not None
    assert [each.id for each in found.started] == [one.id]
    spent(store)


def test_a_team_that_runs_out_is_told_within_what_it_holds() -> None:
    """Exhaustion stops spot and issues notice in the same tick; never a free run."""
    store = a_market(rules=STILL, credit=1)
    [one] = ask(store, terms(limit_ucr=CREDIT))  # 4 credits an hour, of one that it has
    at, until = NOW, None
    while state(store, one).live:
        found = hands.tick(store, at)
        assert found is not None
        for each in found.noticed:
            assert each.run is not None
            until = each.run.deadline
            assert each.code == "budget"
            assert until == at + STILL.notice
        at += TICK
        assert at < NOW + 3 * HOUR
    assert state(store, one).code == "budget"
    assert until is not None
    assert spent(store) == -(-4 * FLOOR * int((until - NOW).total_seconds()) // 3600)
    assert left(store, "free") < 4 * CREDIT * 10 // 60


def test_missed_ticks_are_made_up_for_once_and_nobody_pays_for_more_than_it_had(
    store: Store,
) -> None:
    [low] = ask(store, terms(limit_ucr=CREDIT // 2))
    ticks(store, 2)
    [high] = ask(store, terms("rl", "b"), now=NOW + TICK + MINUTE)
    hands.tick(store, NOW + 2 * TICK)  # low is told to go in five minutes
    back = NOW + 2 * HOUR + 2 * MINUTE
    found = hands.tick(store, back)
    assert found is not None
    assert hands.tick(store, back + MINUTE) is None
    assert state(store, low).updated_at == NOW + 3 * TICK
    assert spent(store) == -(-(4 * FLOOR * 600 + 4 * (CREDIT // 2) * 300) // 3600)
    run = state(store, high).run
    assert run is not None
    assert run.started_at == back
    assert len(every(spot.prices, store, "a100", NOW, back + HOUR)) == 4


def test_a_limit_is_raised_while_it_runs_and_never_lowered(store: Store) -> None:
    [one] = ask(store, terms(limit_ucr=CREDIT // 2))
    hands.tick(store, NOW)
    ask(store, terms("rl", "b", limit_ucr=CREDIT * 3 // 4), now=NOW + MINUTE)
    after = hands.raise_limit(store, one.id, CREDIT, NOW + 2 * MINUTE, team="nlp")
    assert after.terms.limit_ucr == CREDIT
    found = hands.tick(store, NOW + TICK)
    assert found is not None
    assert found.noticed == ()
    assert found.prices[0].price_ucr == CREDIT * 3 // 4
    with pytest.raises(BadField, match="can only be raised"):
        hands.raise_limit(store, one.id, CREDIT // 2, NOW + 6 * MINUTE, team="nlp")
    with pytest.raises(InsufficientCredits):
        hands.raise_limit(store, one.id, 100_000 * CREDIT, NOW + 6 * MINUTE, team="nlp")
    assert state(store, one).terms.limit_ucr == CREDIT
    spent(store)


def test_a_waiting_request_may_lower_its_limit(store: Store) -> None:
    [one] = ask(store, terms())
    after = hands.raise_limit(store, one.id, CREDIT // 2, NOW + MINUTE, team="nlp")
    assert after.terms.limit_ucr == CREDIT // 2
    assert left(store, "held") == -(-4 * (CREDIT // 2) * 600 // 3600)
    spent(store)


def test_a_run_ends_at_the_end_it_asked_for(store: Store) -> None:
    [one] = ask(store, terms(end=NOW + 7 * MINUTE))
    ticks(store, 3)
    after = state(store, one)
    assert (after.code, after.updated_at) == ("ended", NOW + 7 * MINUTE)
    assert spent(store) == -(-4 * FLOOR * 420 // 3600)


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"limit_ucr": FLOOR - 1}, BadField, "never cheaper than its floor, 0.25"),
        ({"limit_ucr": 0}, BadField, "limit_price is 0.00"),
        ({"end": NOW - HOUR}, BadField, "it is in the past"),
        ({"quantity": 8}, BadField, "a100 never has more than 4 units for spot"),
        ({"quantity": 0}, BadField, "multiples of 1"),
        ({"quantity": 3, "pool": "h100"}, BadField, "multiples of 8"),
        ({"minimum": HOUR, "end": NOW + 30 * MINUTE}, BadField, "sooner than the minimum"),
        ({"minimum": 25 * HOUR}, BadField, "from 0 to 1d"),
        ({"minimum": -HOUR}, BadField, "from 0 to 1d"),
        ({"pool": "b200"}, NotFound, "there is no pool 'b200'"),
        ({"limit_ucr": 10**12}, InsufficientCredits, "needs"),
        ({"key": ""}, BadField, "give 1 to 128 letters"),
        ({"end": datetime(2026, 12, 1)}, BadField, "offset to UTC"),  # noqa: DTZ001
    ],
)
def test_bad_input_is_refused_and_changes_nothing(
    store: Store, changes: dict[str, Any], kind: type[MarketError], said: str
) -> None:
    [answer] = hands.ask(store, [terms(**changes)], NOW)
    assert isinstance(answer, kind)
    assert said in str(answer)
    assert every(spot.listed, store, team="nlp") == []
    assert left(store, "held") == 0


def test_another_teams_requests_are_nobodys_business(store: Store) -> None:
    """§7.11"""
    [one] = ask(store, terms())
    calls: list[Callable[[], object]] = [
        lambda: spot.get(store, one.id, team="rl"),
        lambda: hands.stop(store, [one.id], NOW, team="rl"),
        lambda: hands.raise_limit(store, one.id, 2 * CREDIT, NOW, team="rl"),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()
    assert every(spot.listed, store, team="rl") == []


def test_ticks_are_due_on_the_grid_and_run_once(store: Store) -> None:
    assert tick.next_due(store) is None
    assert hands.tick(store, NOW + 7 * MINUTE) is not None
    assert tick.next_due(store) == NOW + 10 * MINUTE
    assert hands.tick(store, NOW + 9 * MINUTE) is None
    assert hands.tick(store, NOW + 10 * MINUTE) is not None


def test_old_prices_are_kept_hour_by_hour() -> None:
    store = a_market(rules=STILL, days=200)
    ticks(store, 13)
    at = NOW + timedelta(days=91)
    hands.tick(store, at)
    kept = every(spot.prices, store, "a100", NOW, NOW + timedelta(days=1))
    assert [(each.at, each.ticks, each.reason) for each in kept] == [
        (NOW, 12, "hourly-mean"),
        (NOW + HOUR, 1, "hourly-mean"),
    ]


def test_what_is_expected_is_what_those_hours_brought_and_never_below_the_floor() -> None:
    known = SpotForecast(pool="a100")
    assert expected(known, NOW, 3, 1) == []
    for week in range(4):
        for hour in range(168):
            price = (1 + week + (hour == hour_of_week(NOW + 2 * HOUR))) * CREDIT
            known = replace(known, price=known.price.updated(hour, price))
    first, second, third = expected(known, NOW, 3, 4 * CREDIT)
    assert (first.at, third.at) == (NOW + HOUR, NOW + 3 * HOUR)
    low, middle, high = known.price.quantiles(hour_of_week(first.at), (0.05, 0.5, 0.95)) or ()
    assert low < 4 * CREDIT == first.low_ucr
    assert (first.middle_ucr, first.high_ucr) == (round(middle), round(high))
    assert second.high_ucr > third.middle_ucr


def test_the_controllers_memory_outlives_the_process(store: Store) -> None:
    store = a_market(rules=MarketRules(**{name: getattr(RULES, name) for name in ("work",)}))
    ask(store, terms(limit_ucr=50 * CREDIT), terms(key="b", limit_ucr=40 * CREDIT))
    ticks(store, 6)
    known = every(spot.prices, store, "a100", NOW, NOW + HOUR)
    assert [each.controller_ucr for each in known] == sorted(each.controller_ucr for each in known)
    assert known[-1].controller_ucr > known[0].controller_ucr
    assert known[-1].price_ucr == 40 * CREDIT
