"""Budgets: what each team was granted for now adds up, and the day it runs out is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from marketplace.domain.page import every
from marketplace.services import budget, ledger
from marketplace.services.budget import Budget
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    NOW,
    RULES,
    a_grant,
    a_market,
    leg,
    option,
    placed,
    request,
    won,
)
from tests.marketplace.months import JANUARY, two_months

pytestmark = pytest.mark.both


def of(store: Store, team: str, now: object = NOW) -> Budget:
    found = budget.listed(store, now)  # type: ignore[arg-type]
    assert [one.team.id for one in found] == sorted(one.team.id for one in found)
    return next(one for one in found if one.team.id == team)


def test_what_was_granted_is_what_became_of_it() -> None:
    store = a_market()
    hands.grant(store, [replace(a_grant("later", "nlp", 70), start=NOW + DAY)], NOW)
    hands.grant(store, [a_grant("brief", "nlp", 30, days=1)], NOW)
    placed(store, request("nlp", "a", option(60)))
    found = of(store, "nlp")
    assert (found.granted_ucr, found.held_ucr) == (1_030 * CREDIT, 60 * CREDIT)
    assert (found.free_ucr, found.spent_ucr) == (970 * CREDIT, 0)
    assert (found.later_ucr, found.end) == (70 * CREDIT, NOW + 60 * DAY)
    late = of(store, "nlp", NOW + 2 * DAY)  # no clock has ended the brief one yet
    assert (late.granted_ucr, late.later_ucr) == (1_070 * CREDIT, 0)


def test_a_team_without_a_grant_has_none() -> None:
    store = a_market(days=1)
    found = of(store, "rl", NOW + 2 * DAY)
    assert (found.end, found.granted_ucr, found.out_on, found.rate_ucr) == (None, 0, None, 0)


def test_the_day_it_runs_out_is_that_of_the_rate_of_late() -> None:
    store = a_market(rules=replace(RULES, longest_hours=24), credit=1_000)
    won(
        store,
        request("nlp", "a", option(900, 8, None, leg(units=16, hours=8))),
        request("rl", "b", option(700, 8, None, leg(units=16, hours=8))),
    )
    found = of(store, "nlp", CLOSE + DAY + timedelta(hours=12))
    paid = found.spent_ucr
    assert paid == found.rate_ucr > 600 * CREDIT  # the one whole day of late that spent any
    assert found.free_ucr == found.granted_ucr - paid
    assert found.out_on == CLOSE + DAY  # half of the day's rate is more than is left
    assert of(store, "rl", CLOSE + DAY).out_on is None


def test_a_grant_that_ends_before_it_is_spent_does_not_run_out() -> None:
    store = a_market(days=3)
    won(
        store,
        request("nlp", "a", option(90, 8, None, leg(units=16))),
        request("rl", "b", option(40, 8, None, leg(units=16))),
    )
    found = of(store, "nlp", CLOSE + DAY)
    assert found.rate_ucr > 0
    assert found.ahead.lapses
    assert found.out_on is None


def test_it_adds_up_with_the_balances_of_grants() -> None:
    store = two_months()
    for one in budget.listed(store, JANUARY - DAY):
        left = list(every(ledger.balances, store, one.team.id))
        valid = [found for found in left if found.grant.valid_at(JANUARY - DAY)]
        assert one.granted_ucr == sum(found.grant.whole_ucr for found in valid)
        assert one.free_ucr == sum(found.free_ucr for found in valid)
        parts = (one.spent_ucr, one.held_ucr, one.free_ucr, one.expired_ucr)
        assert one.granted_ucr == sum(parts)
