"""Runs over ticks that were missed: the time used is paid, as far as the team has anything."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketplace.domain.capacity import Maintenance
from marketplace.domain.event.audience import Circle
from marketplace.domain.event.spot import SpotEnded, SpotInterrupted
from marketplace.domain.page import every
from marketplace.domain.spot import SpotRequest, SpotState, SpotTerms
from marketplace.domain.transfer import Movement
from marketplace.rules import SpotController
from marketplace.services import credit_line_seen, spot, statement
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    RULES,
    a_grant,
    a_market,
    assert_clean,
    free_ucr,
    held_ucr,
    leg,
    option,
    request,
    won,
)
from tests.marketplace.told import told

MINUTE = timedelta(minutes=1)
STILL = replace(RULES, spot_controller=SpotController.FIXED)
"""Prices stay at the floor of 0.25: four units cost a credit an hour."""


def running(store: Store, start: Any = NOW, **more: Any) -> SpotRequest:
    """Four units at a limit of one credit."""
    given: dict[str, Any] = {"pool": "a100", "quantity": 4, "limit_ucr": CREDIT} | more
    [one] = hands.ask(store, [SpotTerms(team="nlp", key="a", **given)], start)
    assert isinstance(one, SpotRequest), str(one)
    hands.tick(store, start)
    return state(store, one)


def state(store: Store, one: SpotRequest) -> SpotRequest:
    return spot.get(store, one.id, team="nlp")


def spent(store: Store) -> int:
    """What team nlp has paid, in ucr; its books hold."""
    assert_clean(store)
    lines = statement.of_team(store, "nlp", NOW - HOUR, NOW + 9 * DAY).lines
    return -sum(line.amount_ucr for line in lines if line.transfer.movement is Movement.PAY)


def uncollected(store: Store) -> list[tuple[str, int]]:
    """What finance reads of ends: their codes, and what could not be collected."""
    events = [each.event for each in told(store, Circle.FINANCE)]
    return [
        (one.code, one.uncollected_ucr)
        for one in events
        if isinstance(one, SpotEnded | SpotInterrupted)
    ]


def test_five_hours_over_missed_ticks_cost_five_hours_and_the_run_goes_on() -> None:
    store = a_market(rules=STILL)
    one = running(store)
    hands.tick(store, NOW + 5 * HOUR)
    assert spent(store) == 5 * CREDIT
    after = state(store, one)
    assert after.run is not None
    assert after.run.billed_until == NOW + 5 * HOUR
    assert not after.on_notice
    hands.stop(store, [one.id], NOW + 6 * HOUR, team="nlp")
    assert spent(store) == 6 * CREDIT
    assert uncollected(store) == [("stopped-by-team", 0)]


def test_what_the_hold_does_not_reach_is_paid_by_the_grants_in_their_order() -> None:
    """One charge of five credits: the hold of 70 minutes at the limit pays first, of the grant that
    ends first and then the next, then what else there is."""
    store = a_market(rules=STILL)
    hands.grant(store, [a_grant("brief", "nlp", 2, days=2)], NOW)
    one = running(store)
    hands.stop(store, [one.id], NOW + 5 * HOUR, team="nlp")
    lines = statement.of_team(store, "nlp", NOW, NOW + DAY).lines
    paid = [each.transfer for each in lines if each.transfer.movement is Movement.PAY]
    assert [(each.hold_id[-1], each.source.split("/")[3], each.amount_ucr) for each in paid] == [
        ("2", "brief", 2 * CREDIT),
        ("2", "g-nlp", 2_666_667),
        ("3", "g-nlp", 333_333),
    ]
    assert {each.whole_ucr for each in paid} == {5 * CREDIT}
    assert sum(each.unit_seconds for each in paid) == 4 * 5 * 3600
    assert spent(store) == 5 * CREDIT


@pytest.mark.parametrize("how", ["its end", "stopped", "another limit"])
def test_whatever_ends_or_bills_a_run_bills_all_of_it(how: str) -> None:
    store = a_market(rules=STILL)
    one = running(store, end=NOW + 5 * HOUR if how == "its end" else None)
    if how == "its end":
        hands.advance(store, NOW + 7 * HOUR)
    elif how == "stopped":
        hands.stop(store, [one.id], NOW + 5 * HOUR, team="nlp")
    else:
        hands.raise_limit(store, one.id, 2 * CREDIT, NOW + 5 * HOUR, team="nlp")
    assert spent(store) == 5 * CREDIT
    assert state(store, one).live == (how == "another limit")


def test_a_team_that_has_run_out_pays_what_it_has_and_its_run_ends() -> None:
    """Of two credits two hours are paid; the rest of the five is told, and nobody owes it."""
    store = a_market(rules=STILL, credit=2)
    one = running(store, persistent=True)
    found = hands.tick(store, NOW + 5 * HOUR)
    assert found is not None
    assert found.noticed == ()
    after = state(store, one)
    assert (after.state, after.code) == (SpotState.CLOSED, "budget")
    assert spent(store) == 2 * CREDIT
    assert (free_ucr(store, "nlp"), held_ucr(store, "nlp")) == (0, 0)
    assert uncollected(store) == [("budget", 3 * CREDIT)]


@pytest.mark.parametrize(("line", "drawn", "goes_on"), [(2, 2, False), (3, 3, False), (9, 3, True)])
def test_a_credit_line_pays_what_a_run_used_as_far_as_it_reaches(
    line: int, drawn: int, *, goes_on: bool
) -> None:
    """Five hours of five credits, of which two are its own. Where the line has nothing left for a
    hold after them, the run ends; what could not be drawn is not collected."""
    store = a_market(rules=STILL, credit=2)
    hands.credit_line(store, "nlp", line * CREDIT, NOW)
    one = running(store)
    hands.tick(store, NOW + 5 * HOUR)
    assert spent(store) == (2 + drawn) * CREDIT
    assert state(store, one).live == goes_on
    [known] = every(credit_line_seen.listed, store)
    assert known.drawn_ucr == drawn * CREDIT + held_ucr(store, "nlp")
    assert (held_ucr(store, "nlp") > 0) == goes_on
    left = [] if goes_on else [("budget", (3 - drawn) * CREDIT)]
    assert uncollected(store) == left


def test_a_run_that_ended_by_itself_tells_what_could_not_be_collected() -> None:
    store = a_market(rules=STILL, credit=2)
    running(store, end=NOW + 5 * HOUR)
    hands.advance(store, NOW + 7 * HOUR)
    assert spent(store) == 2 * CREDIT
    assert uncollected(store) == [("ended", 3 * CREDIT)]


def test_a_team_that_can_pay_and_not_go_on_is_given_notice_within_what_it_has() -> None:
    """Two hours and a half of three credits; the half that is left holds a notice at the limit,
    a third, and not a tick more."""
    store = a_market(rules=STILL, credit=3)
    one = running(store)
    back = NOW + 150 * MINUTE
    found = hands.tick(store, back)
    assert found is not None
    [noticed] = found.noticed
    assert noticed.run is not None
    assert (noticed.code, noticed.run.deadline) == ("budget", back + RULES.notice)
    assert spent(store) == 5 * CREDIT // 2
    hands.advance(store, back + HOUR)
    assert state(store, one).code == "budget"
    assert spent(store) == -(-4 * 155 * CREDIT // 4 // 60)
    assert uncollected(store) == [("budget", 0)]


def test_hardware_that_is_lost_after_missed_ticks_frees_the_partial_tick_alone() -> None:
    store = a_market(rules=STILL)
    one = running(store)
    at = NOW + 5 * HOUR + 2 * MINUTE
    away = Maintenance(
        id="m", pool="a100", start=at, end=at + HOUR, quantity=2, reason="fan", created_at=at
    )
    hands.schedule_maintenance(store, away, at)
    after = state(store, one)
    assert (after.code, after.updated_at) == ("capacity-not-available", at)
    assert spent(store) == 5 * CREDIT


@pytest.mark.parametrize("later", [10 * MINUTE, 3 * HOUR], ids=["it runs", "it is over"])
def test_time_that_a_reserved_start_took_while_ticks_were_missed_is_free(later: timedelta) -> None:
    """The run used two hours until then; the units were another's after it."""
    store = a_market(rules=STILL)
    [box] = won(store, request("rl", "r", option(900, 2, 2, leg("a100", 4, 2))))
    one = running(store, box.start - 2 * HOUR)
    found = hands.tick(store, box.start + later)
    assert found is not None
    assert [each.id for each in found.lost] == [one.id]
    assert state(store, one).code == "capacity-not-available"
    assert spent(store) == 2 * CREDIT


def test_maintenance_beside_it_does_not_bring_back_what_a_reserved_start_took() -> None:
    store = a_market(rules=STILL)
    [box] = won(store, request("rl", "r", option(900, 2, 2, leg("a100", 4, 2))))
    one = running(store, box.start - 2 * HOUR)
    at = box.start + 3 * HOUR + 2 * MINUTE
    assert at > CLOSE
    away = Maintenance(
        id="m", pool="a100", start=at, end=at + HOUR, quantity=2, reason="fan", created_at=at
    )
    hands.schedule_maintenance(store, away, at)
    assert not state(store, one).live
    assert spent(store) == 2 * CREDIT
