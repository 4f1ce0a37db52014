"""Spending limits: of a project or theme at the door, of a team in the book that is cleared."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from marketplace.domain.adjustment import AdjustmentLine, AdjustmentRequest
from marketplace.domain.adjustment_command import ProposeAdjustment
from marketplace.domain.approval_command import AdoptPolicy
from marketplace.domain.limit import Limit
from marketplace.domain.order import OrderRequest, OrderState
from marketplace.domain.period import Period
from marketplace.domain.policy import Policy
from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.domain.transfer import Tags
from marketplace.errors import BadField, NotFound
from marketplace.services import cycle, limits, limits_seen, order
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    a_market,
    assert_clean,
    option,
    placed,
    request,
    run,
)

SAFETY = Tags(theme="safety")


def limited(*limits: Limit) -> Store:
    store = a_market()
    Runner(store).run(AdoptPolicy(Policy(limits=limits)), by=hands.FINANCE, at=NOW)
    return store


def limit(credit: int, **whose: Any) -> Limit:
    return Limit(credits_ucr=credit * CREDIT, **whose)


def about(value: int, key: str, tags: Tags = SAFETY, **more: Any) -> OrderRequest:
    return replace(request("nlp", key, option(value), **more), tags=tags)


@pytest.mark.parametrize(
    ("period", "at", "start", "end"),
    [
        (Period.WEEK, (2026, 11, 29), (2026, 11, 23), (2026, 11, 30)),
        (Period.WEEK, (2026, 11, 23), (2026, 11, 23), (2026, 11, 30)),
        (Period.MONTH, (2026, 12, 31), (2026, 12, 1), (2027, 1, 1)),
        (Period.QUARTER, (2026, 11, 23), (2026, 10, 1), (2027, 1, 1)),
        (Period.QUARTER, (2026, 6, 30), (2026, 4, 1), (2026, 7, 1)),
    ],
)
def test_a_period_is_of_the_calendar_in_utc(
    period: Period,
    at: tuple[int, int, int],
    start: tuple[int, int, int],
    end: tuple[int, int, int],
) -> None:
    found = period.around(datetime(*at, 23, 59, tzinfo=UTC))
    assert found == (datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC))


def test_a_limit_is_of_one_and_no_two_are_of_the_same() -> None:
    for whose in ({}, {"team": "nlp", "theme": "x"}, {"project": "x", "theme": "x"}):
        with pytest.raises(BadField, match="one of team"):
            limit(1, **whose)
    with pytest.raises(BadField, match="more than the market can count"):
        limit(-1, team="nlp")
    assert limit(1, team="nlp").name == "team nlp"
    with pytest.raises(BadField, match="named twice"):
        Policy(limits=(limit(1, theme="x"), limit(2, theme="x")))
    with pytest.raises(NotFound):
        limited(limit(1, team="nobody"))


@pytest.mark.both
def test_a_theme_is_refused_what_could_pass_its_limit() -> None:
    store = limited(limit(100, theme="safety"))
    first, second, other = hands.place(
        store, [about(60, "a"), about(50, "b"), about(500, "c", Tags(theme="speed"))], NOW
    )
    assert isinstance(second, BadField)
    assert (second.field, second.reason) == ("options[0].value", "over-limit")
    assert "theme safety spends at most 100.00 credits a month, of which 40.00 are left" in str(
        second
    )
    assert not isinstance(first, Exception)
    assert not isinstance(other, Exception)
    with pytest.raises(BadField, match=r"of which 100\.00 are left"):
        hands.amend(store, first.id, (option(101),), NOW, team="nlp")
    assert hands.amend(store, first.id, (option(100),), NOW, team="nlp").held_ucr == 100 * CREDIT
    hands.cancel(store, [first.id], NOW, team="nlp")
    [again] = placed(store, about(90, "d"))
    run(store)
    paid = order.get(store, again.id, team="nlp").fill
    assert paid is not None
    left = 100 - paid.payment_ucr // CREDIT
    [one] = hands.place(
        store, [replace(about(left + 1, "e"), options=(option(left + 1, 40),))], CLOSE
    )
    assert isinstance(one, BadField)
    assert_clean(store)


def test_a_limit_begins_anew_with_its_period() -> None:
    store = limited(limit(100, theme="safety", period=Period.WEEK))
    [one] = placed(store, about(90, "a"))
    run(store)
    assert order.get(store, one.id, team="nlp").state is OrderState.FILLED
    later = CLOSE + 6 * DAY
    for k in range(1, 7):
        run(store, CLOSE + k * DAY)
    asked = replace(about(100, "b"), options=(option(100, 24 * 7 + 8),))
    [again] = hands.place(store, [asked], later + HOUR)
    assert not isinstance(again, Exception), str(again)


@pytest.mark.both
def test_what_is_left_of_a_teams_limit_is_its_budget_in_the_cleared_problem() -> None:
    store = limited(limit(100, team="nlp"))
    first, second = placed(store, request("nlp", "a", option(90)), request("nlp", "b", option(80)))
    placed(store, request("rl", "c", option(5, 40)))
    run(store)
    problem, _ = cycle.frozen(store, cycle.get(store, "cyc_000001"))
    assert [budget.limit_ucr for budget in problem.budgets] == [100 * CREDIT]
    won, lost = (order.get(store, one.id, team="nlp") for one in (first, second))
    assert (won.state, lost.state) == (OrderState.FILLED, OrderState.LOST)
    assert lost.loss is not None
    assert lost.loss.reason == "budget"
    assert won.fill is not None
    left_ucr = 100 * CREDIT - won.fill.payment_ucr
    placed(store, request("nlp", "d", option(60, 44)), now=CLOSE + HOUR)
    run(store, CLOSE + DAY)
    problem, _ = cycle.frozen(store, cycle.get(store, "cyc_000002"))
    assert [budget.limit_ucr for budget in problem.budgets] == [left_ucr]
    assert_clean(store)


def use_of(store: Store, at: datetime, team: str = "") -> list[tuple[int, int, int]]:
    """Spent, held and left of each limit."""
    found = limits_seen.uses(store, at, team)
    return [(one.spent_ucr, one.held_ucr, one.left_ucr) for one in found]


@pytest.mark.both
def test_how_full_a_limit_is_counts_what_was_spent_and_what_is_held() -> None:
    store = limited(
        limit(100, team="nlp", period=Period.WEEK), limit(100, theme="safety"), limit(0, theme="x")
    )
    assert use_of(store, NOW) == [(0, 0, 100 * CREDIT), (0, 0, 100 * CREDIT), (0, 0, 0)]
    first, _ = placed(store, about(60, "a"), about(90, "b", Tags(theme="speed")))
    hands.transfer(store, "nlp", "rl", 7 * CREDIT, NOW)  # set aside, and no work
    team, theme, _ = use_of(store, NOW)
    assert team == (0, 150 * CREDIT, 0)
    assert theme == (0, 60 * CREDIT, 40 * CREDIT)
    with store.read() as tx:
        limits.check(tx, SAFETY, theme[2], NOW, field="value")
        with pytest.raises(BadField, match="spends at most"):
            limits.check(tx, SAFETY, theme[2] + 1, NOW, field="value")
    run(store)
    paid = order.get(store, first.id, team="nlp").fill
    spent_ucr = paid.payment_ucr if paid else 0
    assert use_of(store, CLOSE)[1] == (spent_ucr, 0, 100 * CREDIT - spent_ucr)
    [one] = limits_seen.uses(store, CLOSE, "nlp")
    assert (one.limit.team, one.held_ucr) == ("nlp", 0)
    assert one.start <= CLOSE < one.end == one.start + 7 * DAY
    assert use_of(store, CLOSE, "rl") == []
    with pytest.raises(NotFound):
        limits_seen.uses(store, CLOSE, "nobody")
    later = use_of(store, one.end)
    assert later[0] == (0, 0, 100 * CREDIT)
    assert_clean(store)


def test_spot_is_refused_beyond_its_teams_and_its_works_limit() -> None:
    store = limited(limit(1, team="nlp"), limit(1, theme="safety"))

    def ask(team: str, credit: int, **tags: str) -> Any:
        terms = SpotTerms(
            team=team,
            key=f"{credit}{tags}",
            pool="a100",
            quantity=4,
            limit_ucr=credit * CREDIT,
            tags=Tags(**tags),
        )
        return hands.ask(store, [terms], NOW)[0]

    told = ask("nlp", 9)
    assert isinstance(told, BadField)
    assert (told.field, told.reason) == ("limit", "over-limit")
    assert isinstance(ask("rl", 9, theme="safety"), BadField)
    assert isinstance(ask("rl", 9), SpotRequest)
    assert isinstance(ask("nlp", 1), SpotRequest)
    assert_clean(store)


def test_a_correction_of_work_counts_and_a_present_to_its_team_does_not() -> None:
    store = limited(limit(100, team="nlp"), limit(100, theme="safety"))
    [one] = placed(store, about(90, "a"))
    run(store)
    paid = order.get(store, one.id, team="nlp").fill
    assert paid is not None
    lines = (
        AdjustmentLine(team="nlp", amount_ucr=CREDIT, corrects=f"order:{one.id}"),
        AdjustmentLine(team="nlp", amount_ucr=7 * CREDIT),
    )
    asked = AdjustmentRequest(lines=lines, reason="it was slow")
    made = Runner(store).run(ProposeAdjustment(asked), by=hands.FINANCE, at=CLOSE)
    hands.approve_adjustment(store, made.id, CLOSE)
    left_ucr = 101 * CREDIT - paid.payment_ucr
    with store.read() as tx:
        assert limits.of_teams(tx, {"nlp"}, CLOSE) == {"nlp": left_ucr}
        limits.check(tx, SAFETY, left_ucr, CLOSE, field="value")
        with pytest.raises(BadField, match="spends at most"):
            limits.check(tx, SAFETY, left_ucr + 1, CLOSE, field="value")
