"""One tick of a pool: who starts, who must go, what the price is. Pure, by hand and by chance."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.agenda import of_spot
from marketplace.domain.board import Board, is_protected, secured, secured_until
from marketplace.domain.capacity import Span
from marketplace.domain.spot import Code, SpotRequest, SpotTerms, noticed, opened, overdue, started
from marketplace.domain.spot_price import UNSERVED
from marketplace.domain.tick import Decision, decide, lost, used_until
from marketplace.domain.transfer import SECOND
from marketplace.rules import MarketRules
from pricing.controller import Limits
from pricing.fixed import Fixed
from pricing.log_price import LogPrice
from tests.marketplace.bazaar import CREDIT, HOUR, NOW

RULES = MarketRules(at_risk_minutes=30)
TICK = RULES.tick
STILL = Fixed(limits=Limits(floor_ucr=1, cap_ucr=10**12))


def asked(
    name: str,
    units: int,
    limit: float,
    *,
    minutes: int = 0,
    after: int = 0,
    running: bool = False,
    **more: Any,
) -> SpotRequest:
    """A request of ``units`` at ``limit`` credits, placed ``after`` seconds; running since then."""
    terms = SpotTerms(
        team="nlp",
        key=name,
        pool="h100",
        quantity=units,
        limit_ucr=int(limit * CREDIT),
        minimum=timedelta(minutes=minutes),
        **more,
    )
    at = NOW - HOUR + timedelta(seconds=after)
    one = replace(opened(terms, at), id=name)
    return started(one, at, RULES) if running else one


def board(
    *requests: SpotRequest,
    units: int = 8,
    sold: Sequence[int] = (0,) * 30,
    capacity: Sequence[int] | None = None,
    **more: Any,
) -> Board:
    """Slots of an hour from NOW on."""
    return Board(
        pool="h100",
        now=more.pop("now", NOW),
        span=Span(start=NOW, slot=HOUR, slots=len(sold)),
        capacity=np.array(capacity or [units] * len(sold)),
        sold=np.array(sold),
        requests=requests,
        **more,
    )


def tick(on: Board, price: float = 1.0, rules: MarketRules = RULES) -> Decision:
    return decide(on, STILL, STILL.begin(int(price * CREDIT)), rules)


def fates(found: Decision) -> dict[str, str]:
    return {
        one.id: ("notice " if one.on_notice else "runs " if one.run else "") + one.code
        for one in found.changed
    }


def test_the_highest_limits_start_and_the_rest_say_why_not() -> None:
    found = tick(board(asked("a", 4, 3), asked("b", 4, 5), asked("c", 4, 2), asked("d", 1, 0.5)))
    assert fates(found) == {
        "a": "runs fulfilled",
        "b": "runs fulfilled",
        "c": "outbid",
        "d": "price-too-low",
    }
    assert found.price.price_ucr == 2 * CREDIT
    assert found.price.controller_ucr == CREDIT
    assert found.price.decided_by == UNSERVED
    assert (found.price.wanted, found.price.supply, found.price.used) == (12, 8, 8)


def test_without_a_loser_the_controllers_price_stands() -> None:
    found = tick(board(asked("a", 4, 3), asked("b", 4, 5)))
    assert (found.price.price_ucr, found.price.decided_by) == (CREDIT, "fixed")


def test_a_gang_that_does_not_fit_is_passed_over_and_sets_no_price_above_a_winner() -> None:
    found = tick(
        board(asked("wide", 12, 9), asked("half", 6, 5), asked("gang", 4, 4), asked("s", 2, 3))
    )
    assert fates(found) == {
        "wide": "capacity-not-available",
        "half": "runs fulfilled",
        "gang": "unfit",
        "s": "runs fulfilled",
    }
    assert found.price.price_ucr == CREDIT  # 4 and 9 are above the lowest served, 3


def test_a_newcomer_waits_for_the_leavers_deadline() -> None:
    old, new = asked("old", 8, 2, running=True), asked("new", 8, 3)
    first = tick(board(old, new))
    assert fates(first) == {"old": "notice outbid", "new": "awaiting-capacity"}
    left = {one.id: one for one in first.changed}["old"]
    assert left.run is not None
    assert left.run.deadline == NOW + RULES.notice
    assert overdue(left, NOW + TICK) == "outbid"
    assert overdue(left, NOW + TICK - timedelta(seconds=1)) == ""
    second = tick(board({one.id: one for one in first.changed}["new"], now=NOW + TICK))
    assert fates(second) == {"new": "runs fulfilled"}


def test_among_equal_limits_who_runs_stays_and_then_the_earlier_request() -> None:
    """The self-outbid row of the field's bugs: the incumbent wins ties."""
    found = tick(board(asked("early", 8, 2), asked("runs", 8, 2, after=60, running=True)))
    assert fates(found) == {"early": "outbid", "runs": "runs fulfilled"}
    assert [one.id for one in found.warned] == ["runs"]  # the price is at its limit
    found = tick(board(asked("late", 8, 2, after=9), asked("early", 8, 2)))
    assert fates(found) == {"early": "runs fulfilled", "late": "outbid"}


def test_a_run_below_the_price_is_told_to_leave_where_somebody_takes_its_units() -> None:
    low = asked("low", 4, 0.9, running=True)
    alone = tick(board(low))
    assert [(one.on_notice, one.at_risk) for one in alone.changed] == [(False, "price-too-low")]
    assert fates(tick(board(low, asked("new", 4, 2)))) == {
        "low": "runs fulfilled",
        "new": "runs fulfilled",
    }
    assert fates(tick(board(low, asked("new", 8, 2)))) == {
        "low": "notice price-too-low",
        "new": "awaiting-capacity",
    }


def test_a_run_below_the_price_whose_units_a_reserved_start_takes_is_reclaimed() -> None:
    late = NOW + timedelta(minutes=55)
    found = tick(board(asked("low", 4, 0.9, running=True), sold=(0, 6, 6), now=late))
    assert fates(found) == {"low": "notice reclaimed"}


def test_what_waits_for_a_leaver_must_fit_from_when_it_is_gone() -> None:
    """It fits from now on, and not from five minutes on: nobody is told to leave for it."""
    old, soon = asked("old", 8, 2, running=True), NOW + HOUR
    new = asked("new", 8, 3, minutes=55)
    assert fates(tick(board(new, promised_from=soon))) == {"new": "runs fulfilled"}
    assert fates(tick(board(old, new, promised_from=soon))) == {"new": "unfit"}


def test_a_minimum_runtime_protects_and_sets_no_price() -> None:
    kept = asked("kept", 8, 0.5, minutes=120, running=True)
    assert is_protected(kept, NOW)
    found = tick(board(kept, asked("new", 8, 4)))
    assert fates(found) == {"new": "outbid"}
    assert found.price.price_ucr == CREDIT
    over = replace(kept, run=started(kept, NOW - 2 * HOUR, RULES).run)
    assert fates(tick(board(over, asked("new", 8, 4))))["kept"] == "notice price-too-low"


def test_a_protected_run_that_would_win_anyhow_counts_among_the_served() -> None:
    kept = asked("kept", 4, 3, minutes=120, running=True)
    found = tick(board(kept, asked("a", 4, 5), asked("b", 8, 4)))
    assert fates(found) == {"a": "runs fulfilled", "b": "outbid"}
    assert found.price.price_ucr == CREDIT  # b's 4 would be above kept's 3


def test_nothing_starts_that_would_reach_into_what_is_sold() -> None:
    sold = (0, 0, 6) + (0,) * 27
    fits, reaches = asked("fits", 4, 3, minutes=115), asked("reaches", 4, 4, minutes=116)
    found = tick(board(fits, reaches, sold=sold))
    assert fates(found) == {"fits": "runs fulfilled", "reaches": "unfit"}
    assert fates(tick(board(reaches, sold=sold, units=10))) == {"reaches": "runs fulfilled"}


def test_two_starts_share_the_room_ahead() -> None:
    sold = (0, 4) + (0,) * 28
    found = tick(board(asked("a", 4, 4, minutes=90), asked("b", 4, 3, minutes=90), sold=sold))
    assert fates(found) == {"a": "runs fulfilled", "b": "unfit"}


def test_nothing_new_reaches_into_a_frozen_cycle() -> None:
    soon = board(asked("a", 4, 4, minutes=56), promised_from=NOW + HOUR)
    assert fates(tick(soon)) == {"a": "unfit"}
    assert fates(tick(replace(soon, requests=(asked("a", 4, 4, minutes=55),)))) == {
        "a": "runs fulfilled"
    }


def test_a_reserved_start_reclaims_with_notice_and_warns_before() -> None:
    sold = (0, 6) + (6,) * 28
    low, high = asked("low", 4, 2, running=True), asked("high", 2, 3, running=True)
    at = NOW + timedelta(minutes=25)
    assert fates(tick(board(low, high, sold=sold, now=at))) == {}
    found = tick(board(low, high, sold=sold, now=at + 2 * TICK))
    assert [one.id for one in found.warned] == ["low"]
    assert found.warned[0].at_risk == Code.RECLAIMED
    found = tick(board(low, high, sold=sold, now=NOW + timedelta(minutes=55)))
    assert fates(found) == {"low": "notice reclaimed"}
    assert found.changed[0].run is not None
    assert found.changed[0].run.deadline == NOW + HOUR


def test_a_late_tick_never_lets_a_notice_reach_into_what_is_sold() -> None:
    sold = (0, 8) + (8,) * 28
    found = tick(board(asked("a", 4, 2, running=True), sold=sold, now=NOW + timedelta(minutes=57)))
    assert found.changed[0].run is not None
    assert found.changed[0].run.deadline == NOW + HOUR


def test_outbid_or_reclaimed_a_late_notice_ends_before_the_units_are_gone() -> None:
    sold, late = (0, 4) + (4,) * 28, NOW + timedelta(minutes=57)
    one, two = asked("one", 4, 2, running=True), asked("two", 4, 2.5, running=True)
    found = tick(board(one, two, asked("new", 4, 3), asked("more", 4, 4), sold=sold, now=late))
    deadlines = {each.id: each.run.deadline for each in found.changed if each.run is not None}
    # Only one of the two must be gone by the start of what is sold, and it is the lower.
    assert deadlines == {"one": NOW + HOUR, "two": late + RULES.notice}


def test_a_run_whose_units_are_taken_is_reclaimed_also_where_it_is_outbid() -> None:
    sold, late = (0, 6) + (6,) * 28, NOW + timedelta(minutes=55)
    found = tick(board(asked("old", 4, 2, running=True), asked("new", 6, 3), sold=sold, now=late))
    assert fates(found) == {"old": "notice reclaimed", "new": "unfit"}


def test_maintenance_that_comes_is_told_apart_from_a_reserved_start() -> None:
    capacity = [8, 2] + [8] * 28
    found = tick(
        board(asked("a", 4, 2, running=True), capacity=capacity, now=NOW + timedelta(minutes=55))
    )
    assert fates(found) == {"a": "notice maintenance"}


def test_a_run_is_warned_before_the_price_reaches_its_limit() -> None:
    controller = LogPrice(limits=Limits(floor_ucr=1, cap_ucr=10**12))
    near = asked("near", 8, 1.1, running=True)
    found = decide(board(near), controller, controller.begin(CREDIT), RULES)
    assert found.warned == found.changed
    assert found.warned[0].at_risk == Code.PRICE_TOO_LOW
    again = decide(board(*found.changed), controller, controller.begin(CREDIT), RULES)
    assert again.warned == ()
    far = decide(
        board(asked("far", 4, 9, running=True), likely_ucr=10 * CREDIT),
        controller,
        controller.begin(CREDIT),
        RULES,
    )
    assert [one.at_risk for one in far.warned] == [Code.PRICE_TOO_LOW]


def test_lost_units_end_the_lowest_first_and_the_protected_last() -> None:
    kept = asked("kept", 2, 1, minutes=300, running=True)
    told = noticed(asked("told", 2, 9, running=True), "outbid", NOW + TICK, NOW)
    low, high = asked("low", 2, 2, running=True), asked("high", 2, 3, running=True)
    on = board(kept, told, low, high)
    assert lost(on) == []
    order = ["told", "low", "high", "kept"]
    for gone in range(1, 5):
        short = replace(on, capacity=on.capacity - 2 * gone)
        assert [(one.id, since) for one, since in lost(short)] == [
            (name, NOW) for name in order[:gone]
        ]


def test_units_that_were_gone_while_ticks_were_missed_are_lost_since_then() -> None:
    """Four units at nine, two of them gone for the hour from six on, another from eight on."""
    low, high = asked("low", 2, 2, running=True), asked("high", 2, 3, running=True)
    left = tuple((NOW - (9 - at) * HOUR, units) for at, units in ((5, 4), (6, 2), (7, 4), (8, 1)))
    there = replace(board(low, high), before=left)
    assert [(one.id, since) for one, since in lost(there)] == [
        ("low", NOW - 3 * HOUR),
        ("high", NOW - HOUR),
    ]


def test_the_tick_in_which_units_went_is_free_and_no_other() -> None:
    minute = timedelta(minutes=1)
    assert used_until(NOW + 7 * minute, NOW - 3 * HOUR, RULES) == NOW + 5 * minute
    assert used_until(NOW + 7 * minute, NOW + 6 * minute, RULES) == NOW + 6 * minute
    assert used_until(NOW, NOW + minute, RULES) == NOW


def test_what_a_run_secures_ends_a_notice_after_its_minimum_runtime() -> None:
    one = asked("one", 3, 2, minutes=62, running=True)  # since an hour ago
    assert secured_until(one, NOW, RULES) == NOW + timedelta(minutes=5) + RULES.notice
    span = Span(start=NOW, slot=timedelta(minutes=5), slots=4)
    assert secured([one, asked("open", 5, 1)], NOW, span, RULES).tolist() == [3, 3, 0, 0]


def test_requests_that_cannot_start_any_more_end() -> None:
    assert overdue(asked("a", 1, 1, minutes=30, end=NOW + HOUR / 3), NOW) == "window-passed"
    assert overdue(asked("a", 1, 1, minutes=30, end=NOW + HOUR), NOW) == ""
    running = asked("a", 1, 1, running=True, end=NOW)
    assert overdue(running, NOW) == "ended"


@pytest.mark.parametrize("minutes", [0, 30])
def test_an_open_request_ends_in_the_second_after_its_last_start(minutes: int) -> None:
    one = asked("a", 1, 1, minutes=minutes, end=NOW + HOUR)
    [due] = of_spot(one)
    assert due.at == NOW + HOUR - max(timedelta(minutes=minutes), SECOND) + SECOND
    assert (overdue(one, due.at), overdue(one, due.at - SECOND)) == ("window-passed", "")


@st.composite
def boards(draw: st.DrawFn) -> Board:
    slots = 30
    capacity = draw(st.lists(st.integers(4, 16), min_size=slots, max_size=slots))
    sold = [draw(st.integers(0, units // 2)) if k else 0 for k, units in enumerate(capacity)]
    free, requests = capacity[0], []
    now = NOW + timedelta(minutes=draw(st.sampled_from((0, 50, 57))))  # 57: a tick that came late
    for number in range(draw(st.integers(0, 8))):
        units = draw(st.integers(1, 8))
        one = asked(
            f"r{number}",
            units,
            draw(st.integers(1, 12)) / 4,
            minutes=draw(st.sampled_from((0, 0, 7, 65, 200))),
            after=draw(st.integers(0, 3)),
        )
        if draw(st.booleans()) and units <= free:
            free -= units
            one = started(one, now - draw(st.sampled_from((0, 1, 2))) * TICK, RULES)
            if not is_protected(one, now) and draw(st.booleans()):
                one = noticed(one, "outbid", now + TICK, now)
        requests.append(one)
    return board(*requests, capacity=capacity, sold=sold, now=now)


def _stays_until(one: SpotRequest, at: Any) -> bool:
    return one.run is not None and (one.run.deadline is None or one.run.deadline > at)


@given(boards(), st.integers(1, 8), st.randoms(use_true_random=False))
def test_no_tick_breaks_a_promise(on: Board, quarters: int, chance: Any) -> None:
    """§7.1, §7.2, §7.3, §7.6 at one tick, whatever the board."""
    found = tick(on, quarters / 4)
    price = found.price.price_ucr
    assert price >= found.price.controller_ucr
    after = {one.id: one for one in on.requests} | {one.id: one for one in found.changed}
    before = {one.id: one for one in on.requests}
    running = [one for one in after.values() if one.run is not None]
    assert sum(one.terms.quantity for one in running) == found.price.used
    newly = [one for one in running if before[one.id].run is None]
    was = sum(one.terms.quantity for one in on.requests if one.run is not None)
    supply = int(on.supply(RULES)[0])
    assert found.price.used <= max(supply, was)
    for one in newly:
        assert one.terms.limit_ucr >= price
    for one in running:
        if before[one.id].on_notice:
            assert one.run == before[one.id].run  # a deadline that was told never moves
    if newly:
        kept = [one for one in running if one in newly or is_protected(one, on.now)]
        room = on.supply(RULES) - secured(kept, on.now, on.span, RULES)
        old = [one for one in kept if one not in newly]
        assert (
            room >= np.minimum(on.supply(RULES) - secured(old, on.now, on.span, RULES), 0)
        ).all()
    for slot, units in enumerate((on.capacity - on.sold).tolist()):
        gone = on.span.at(slot)
        there = [one for one in running if _stays_until(one, gone)]
        told = [one for one in there if one.on_notice and not before[one.id].on_notice]
        if gone > on.now and told:  # who is told now never outstays the units
            assert sum(one.terms.quantity for one in there) <= units
    told = [one for one in running if one.on_notice and not before[one.id].on_notice]
    keep = [one for one in running if not one.on_notice]
    keep += [one for one in after.values() if one.code == Code.AWAITING]
    left = on.least(on.supply(RULES), RULES.tick + RULES.notice)
    left -= sum(one.terms.quantity for one in keep)
    assert all(one.terms.quantity > left for one in told)  # somebody, or something, takes its units
    for one in after.values():
        assert one.code
    shuffled = list(on.requests)
    chance.shuffle(shuffled)
    again = tick(replace(on, requests=tuple(shuffled)), quarters / 4)
    assert sorted(fates(again).items()) == sorted(fates(found).items())
    assert again.price == found.price


@given(boards(), st.integers(1, 40))
def test_nobody_is_interrupted_by_price_while_all_that_is_asked_for_fits(
    on: Board, quarters: int
) -> None:
    """§7.15"""
    units = sum(one.terms.quantity for one in on.requests)
    roomy = replace(on, capacity=on.capacity + units)
    found = tick(roomy, quarters / 4)
    before = {one.id for one in on.requests if one.on_notice}
    assert not [one for one in found.changed if one.on_notice and one.id not in before]


def test_blocks_that_fill_a_pool_rest_at_the_floor() -> None:
    """Two of eight units in a pool of sixteen, for a day: the price never leaves the floor."""
    controller = LogPrice(limits=Limits(floor_ucr=CREDIT // 4, cap_ucr=10**12), target=1.0)
    state, on = controller.begin(CREDIT // 4), board(asked("a", 8, 1), asked("b", 8, 1), units=16)
    for _ in range(288):
        found = decide(on, controller, state, RULES)
        state, after = found.state, {one.id: one for one in found.changed}
        on = replace(on, requests=[after.get(one.id, one) for one in on.requests])
        assert found.price.price_ucr == CREDIT // 4
        assert all(one.run is not None and not one.on_notice for one in on.requests)


def test_after_a_surge_the_price_goes_down_while_all_that_is_asked_for_fits() -> None:
    controller = LogPrice(limits=Limits(floor_ucr=1, cap_ucr=10**12), target=1.0)
    full = board(asked("a", 8, 9, running=True))
    found = decide(full, controller, controller.begin(4 * CREDIT), RULES)
    assert found.price.controller_ucr < 4 * CREDIT
    assert (found.price.wanted, found.price.supply) == (8, 8)
    waiting = board(asked("a", 8, 9, running=True), asked("b", 4, 3))
    found = decide(waiting, controller, controller.begin(4 * CREDIT), RULES)
    assert found.price.controller_ucr == 4 * CREDIT  # it keeps b out: blocks rest there


def test_whom_leavers_make_room_for_starts_though_the_price_has_passed_its_limit() -> None:
    new = replace(asked("new", 8, 2), code=Code.AWAITING.value)
    assert fates(tick(board(new), price=2.1)) == {"new": "runs fulfilled"}
    assert fates(tick(board(new, asked("more", 8, 3)), price=2.1)) == {
        "new": "price-too-low",
        "more": "runs fulfilled",
    }
    assert fates(tick(board(new, promised_from=NOW + SECOND), price=2.1)) == {
        "new": "price-too-low"
    }


def test_what_could_not_start_at_any_price_moves_none() -> None:
    controller = LogPrice(limits=Limits(floor_ucr=CREDIT, cap_ucr=10**12), target=1.0)
    kept = asked("kept", 4, 2, minutes=120, running=True)
    on = board(kept, asked("gang", 12, 9), asked("half", 8, 9), asked("long", 4, 9, minutes=90))
    found = decide(
        replace(on, promised_from=NOW + HOUR), controller, controller.begin(CREDIT), RULES
    )
    assert (found.price.wanted, found.price.controller_ucr) == (4, CREDIT)


@pytest.mark.parametrize("notice", [5, 15])
def test_after_all_leavers_are_gone_every_winner_runs(notice: int) -> None:
    rules = MarketRules(notice_minutes=notice)
    on = board(
        *(asked(f"old{k}", 2, 1.5, running=True) for k in range(4)),
        *(asked(f"new{k}", 4, 3) for k in range(2)),
    )
    requests, at = {one.id: one for one in on.requests}, NOW
    for _ in range(1 + notice // 5):
        found = tick(replace(on, requests=tuple(requests.values()), now=at), 1.0, rules)
        requests |= {one.id: one for one in found.changed}
        at += TICK
        gone = [name for name, one in requests.items() if one.run and overdue(one, at)]
        for name in gone:
            del requests[name]
    final = tick(replace(on, requests=tuple(requests.values()), now=at), 1.0, rules)
    requests |= {one.id: one for one in final.changed}
    assert {name for name, one in requests.items() if one.run} == {"new0", "new1"}


def test_a_run_on_notice_keeps_its_units_to_its_deadline() -> None:
    told = noticed(asked("a", 4, 3, minutes=600, running=True), "outbid", NOW + 3 * TICK, NOW)
    assert secured_until(told, NOW, RULES) == NOW + 3 * TICK


def test_what_must_end_before_its_minimum_is_over_does_not_start() -> None:
    short, enough = NOW + 10 * TICK, NOW + 20 * TICK
    minutes = int(15 * TICK / timedelta(minutes=1))
    found = tick(
        board(
            asked("a", 4, 3, minutes=minutes, end=short),
            asked("b", 4, 3, minutes=minutes, end=enough),
        )
    )
    assert fates(found)["b"] == "runs fulfilled"
    assert not fates(found).get("a", "").startswith("runs")


def test_a_board_of_one_slot_hastens_nobody() -> None:
    """Nothing of the slots ahead is known: only this slot's sold units matter."""
    found = tick(board(asked("a", 4, 3, running=True), sold=(0,)))
    assert not [one for one in found.changed if one.on_notice]
