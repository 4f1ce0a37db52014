"""A cycle: who is in the book, what losing means, and what is published."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator import clearing
from allocator.answers.room import has_room
from allocator.answers.whatif import read_bids
from allocator.audit.promises import violations
from allocator.files.formats import decode_outcome, decode_problem
from allocator.outcome import ClearingRefused, ClearingRules, Outcome, UnsoundOutcome
from allocator.problem import Problem
from marketplace.domain.actor import Actor
from marketplace.domain.cycle import Cycle, CycleState, seed_of
from marketplace.domain.order import Order, OrderRequest, OrderState
from marketplace.domain.page import every
from marketplace.errors import BadField, NotDue, NotFound
from marketplace.services import (
    capacity,
    cycle,
    market,
    order,
    price,
    publication,
    reservation,
)
from marketplace.services import clearing as clearing_service
from marketplace.store.engine import Store
from tests.marketplace import grounds, hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    POOLS,
    RULES,
    SALT,
    TEAMS,
    a_grant,
    a_market,
    assert_clean,
    free_ucr,
    held_ucr,
    leg,
    maintain,
    option,
    placed,
    request,
    run,
)

WIDE = (leg(units=16),)


def state_of(store: Store, one: Order) -> tuple[OrderState, str]:
    now = order.get(store, one.id, team=one.team)
    return now.state, now.reason


def test_a_cycle_freezes_clears_and_settles() -> None:
    store = a_market()
    winner, loser = placed(
        store,
        request("nlp", "a", option(90, 8, 8, *WIDE)),
        request("rl", "b", option(80, 8, 8, *WIDE)),
    )
    done = run(store)
    assert (done.cycle.id, done.settled_here) == ("cyc_000001", True)
    assert state_of(store, winner) == (OrderState.FILLED, "filled")
    assert state_of(store, loser) == (OrderState.LOST, "outbid")
    [box] = every(reservation.listed, store)
    fill = order.get(store, winner.id, team="nlp").fill
    assert fill is not None
    assert (box.order_id, box.quantity, box.start) == (winner.id, 16, CLOSE + 8 * HOUR)
    assert box.paid_ucr == fill.payment_ucr == 80 * CREDIT
    assert free_ucr(store, "nlp") == 920 * CREDIT
    assert free_ucr(store, "rl") == 1_000 * CREDIT
    assert held_ucr(store, "nlp") == held_ucr(store, "rl") == 0
    assert market.now_showing(store)[1].closes_at == CLOSE + DAY
    assert_clean(store)


def test_no_cycle_runs_before_it_closes_unless_it_is_closed_early() -> None:
    store = a_market()
    with pytest.raises(NotDue, match="cyc_000001 closes at 2026-11-24T00:00"):
        hands.run(store, NOW, SALT)
    [one] = placed(store, request("nlp", "a", option(9, 2)))
    done = run(store, NOW, early=True)
    assert (done.cycle.closes_at, done.cycle.sale_start) == (NOW, NOW + HOUR)
    assert state_of(store, one)[0] is OrderState.FILLED
    assert market.now_showing(store)[1].closes_at == CLOSE


def test_a_standing_order_keeps_its_hold_from_cycle_to_cycle_until_its_last_start() -> None:
    """§7.5"""
    store = a_market()
    blocked = [
        request("rl", f"x{k}", option(90, 24 + k, None, leg(units=16, hours=1))) for k in (8, 9)
    ]
    once, standing, last = placed(
        store,
        request("nlp", "once", option(20, 32)),
        replace(request("nlp", "standing", option(30, 32)), standing=True),
        request("vision", "last", option(30, 8), standing=True),
    )
    placed(store, *blocked, request("rl", "y", option(99, 8, 8, *WIDE)))
    run(store)
    assert state_of(store, once) == (OrderState.LOST, "outbid")
    waiting = order.get(store, standing.id, team="nlp")
    assert (waiting.state, waiting.cycle_id) == (OrderState.OPEN, "")
    assert waiting.loss is not None
    assert (waiting.loss.cycle_id, waiting.loss.reason) == ("cyc_000001", "outbid")
    assert state_of(store, last) == (OrderState.LOST, "outbid")
    assert held_ucr(store, "nlp") == 30 * CREDIT
    for box in every(reservation.listed, store, team="rl"):
        hands.release(store, box.id, CLOSE, team="rl")
    run(store, CLOSE + DAY)
    assert state_of(store, standing) == (OrderState.FILLED, "filled")
    assert_clean(store)


def key_of(store: Store, ended: Cycle, by: Actor = hands.FINANCE) -> list[publication.BidName]:
    return every(publication.names, store, ended.id, by=by)


def test_an_order_that_begins_beyond_the_horizon_waits_for_its_cycle() -> None:
    store = a_market()
    [far] = placed(store, request("nlp", "far", option(50, 24 * 6)))
    for days in range(3):
        ended = run(store, CLOSE + days * DAY).cycle
        assert not key_of(store, ended)
        assert state_of(store, far) == (OrderState.OPEN, "")
    run(store, CLOSE + 3 * DAY)
    assert state_of(store, far) == (OrderState.FILLED, "filled")


def test_what_can_win_no_more_expires_with_its_reason_and_its_hold() -> None:
    """§7.5, §7.10"""
    store = a_market(credit=1)
    hands.grant(store, [a_grant("brief", "nlp", 100, days=2), a_grant("long", "rl", 500)], NOW)
    missed, brief, offer, waits = placed(
        store,
        request("rl", "missed", option(9, 40), standing=True),
        request("nlp", "brief", option(70, 24 * 9), standing=True),
        replace(
            request("rl", "offer", option(8, 8, 24 * 9), standing=True), valid_until=CLOSE + 2 * DAY
        ),
        request("rl", "waits", option(7, 24 * 9)),
    )
    run(store, CLOSE + 2 * DAY)
    assert state_of(store, missed) == (OrderState.EXPIRED, "window-passed")
    assert state_of(store, brief) == (OrderState.EXPIRED, "grant-expired")
    assert state_of(store, offer) == (OrderState.EXPIRED, "validity-ended")
    assert state_of(store, waits) == (OrderState.OPEN, "")
    assert order.get(store, missed.id, team="rl").ended_at == CLOSE + 40 * HOUR
    assert held_ucr(store, "rl") == 7 * CREDIT
    assert (free_ucr(store, "nlp"), held_ucr(store, "nlp")) == (CREDIT, 0)
    assert_clean(store)


def test_a_standing_order_whose_offer_ends_before_the_next_cycle_is_lost() -> None:
    store = a_market()
    ends = replace(request("nlp", "a", option(5, 32), standing=True), valid_until=CLOSE + 5 * HOUR)
    [one] = placed(store, ends)
    placed(store, request("rl", "b", option(900, 20, 20, leg(units=16, hours=20))))
    run(store)
    assert state_of(store, one)[0] is OrderState.LOST
    assert held_ucr(store, "nlp") == 0


Clear = Callable[[Problem, ClearingRules, clearing_service.Stop], Outcome]


def objecting(engines: set[str], objection: Exception) -> Clear:
    real = clearing.clear

    def clear(problem: Problem, rules: ClearingRules, stop: clearing_service.Stop) -> Outcome:
        if rules.engine in engines:
            raise objection
        return real(problem, rules, stop)

    return clear


def test_where_the_audit_objects_the_plainer_engine_clears(monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_market()
    [one] = placed(store, request("nlp", "a", option(9)))
    monkeypatch.setattr(clearing, "clear", objecting({"full"}, UnsoundOutcome(["h100: oversold"])))
    done = run(store)
    assert done.outcome is not None
    assert "greedy" in done.outcome.engine
    assert state_of(store, one)[0] is OrderState.FILLED
    assert_clean(store)


def test_where_no_engine_is_sound_the_cycle_fails_and_its_orders_reopen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """§7.10"""
    store = a_market()
    [one] = placed(store, request("nlp", "a", option(9, 30)))
    with monkeypatch.context() as broken:
        refusal = ClearingRefused("no proven optimum")
        broken.setattr(clearing, "clear", objecting({"full", "greedy"}, refusal))
        done = hands.run(store, CLOSE, SALT)
    assert (done.cycle.state, done.outcome, done.settled_here) == (CycleState.FAILED, None, True)
    assert done.cycle.reason == "full: no proven optimum; greedy: no proven optimum"
    assert done.cycle.settled_at == CLOSE
    assert order.get(store, one.id, team="nlp") == one
    assert held_ucr(store, "nlp") == 9 * CREDIT
    assert_clean(store)
    assert run(store, CLOSE + DAY).cycle.number == 2
    assert state_of(store, one)[0] is OrderState.FILLED


def test_a_cycle_that_nobody_settled_before_its_sale_began_fails() -> None:
    """What it sold is in part gone: nobody pays for time that has passed."""
    store = a_market()
    [one] = placed(store, request("nlp", "a", option(9, 2, 30)))
    hands.freeze(store, CLOSE, SALT)
    done = hands.run(store, CLOSE + 3 * HOUR, SALT)
    assert done.cycle.state is CycleState.FAILED
    assert done.cycle.reason == "too-late: its sale began at 2026-11-24T01:00Z"
    assert order.get(store, one.id, team="nlp") == one
    run(store, CLOSE + DAY)
    assert state_of(store, one)[0] is OrderState.FILLED
    assert_clean(store)


def test_missed_cycles_are_caught_up_by_one() -> None:
    store = a_market()
    [one] = placed(store, request("nlp", "a", option(9, 20, 24 * 5), standing=True))
    late = CLOSE + 3 * DAY + 5 * HOUR
    done = run(store, late)
    assert (done.cycle.number, done.cycle.closes_at) == (1, late)
    assert done.cycle.sale_start == late + HOUR
    assert market.now_showing(store)[1].closes_at == CLOSE + 4 * DAY
    assert state_of(store, one)[0] is OrderState.FILLED
    with pytest.raises(NotDue):
        hands.run(store, late, SALT)


def test_a_little_late_is_as_planned() -> None:
    store = a_market()
    done = run(store, CLOSE + HOUR / 2)
    assert (done.cycle.closes_at, done.cycle.sale_start) == (CLOSE, CLOSE + HOUR)


CROWD = [
    request("nlp", "a", option(90, 8, 12, *WIDE), option(60, 20, 24, leg("a100", 4, 6))),
    request("nlp", "b", option(40, 8, 9)),
    request("rl", "c", option(80, 9, 12, *WIDE), standing=True),
    request("rl", "d", option(33, 10, 11, leg(), leg("a100", 2, 2, after=1))),
    request("vision", "e", option(25, 8, 14, leg(hours=4))),
    request("vision", "f", option(1, 8, 14, leg(hours=4))),
]


def test_the_published_files_are_the_ones_that_were_cleared() -> None:
    store = a_market()
    orders = placed(store, *CROWD)
    done = run(store)
    files = cycle.files(store, 1)
    problem, outcome = decode_problem(files.problem), decode_outcome(files.outcome)
    assert violations(problem, outcome) == []
    assert problem == done.problem
    assert hashlib.sha256(files.problem).hexdigest() == done.cycle.problem_sha256
    assert done.cycle.seed == seed_of("cyc_000001", done.cycle.problem_sha256) == outcome.seed
    assert outcome == done.outcome
    assert {name.order_id for name in key_of(store, done.cycle)} == {one.id for one in orders}
    text = (files.problem + files.outcome).decode()
    for secret in (*TEAMS, *(one.id for one in orders), *(one.request.key for one in orders)):
        assert f'"{secret}"' not in text


def test_a_cycle_is_found_by_its_id_and_tells_what_it_came_to() -> None:
    store = a_market()
    placed(store, *CROWD)
    done = run(store)
    assert cycle.get(store, "cyc_000001") == cycle.get(store, "1") == done.cycle
    assert cycle.result(store, done.cycle) == cycle.Result(outcome=done.outcome, without_room=0)
    coming = cycle.get(store, "2")
    assert cycle.result(store, coming) == cycle.Result(outcome=None, without_room=0)
    with pytest.raises(NotFound, match="cycle '7'; there are: cyc_000002, cyc_000001"):
        cycle.get(store, "7")
    with pytest.raises(BadField, match="give an id like cyc_000001"):
        cycle.get(store, "cyc_x")


def test_nobody_picks_a_cycles_seed() -> None:
    assert seed_of("cyc_000001", "ab") != seed_of("cyc_000002", "ab") != seed_of("cyc_000002", "ac")


@pytest.mark.slow
@given(st.permutations(CROWD), st.integers(0, len(CROWD)))
@settings(max_examples=4)
def test_the_order_of_arrival_changes_no_outcome(arrivals: list[OrderRequest], cut: int) -> None:
    """§7.6"""
    assert files_of(tuple(arrivals), cut) == files_of(tuple(CROWD), cut)


@cache
def files_of(arrivals: tuple[OrderRequest, ...], cut: int) -> cycle.Files:
    """The first cycle's files, where so many orders arrive early and the rest an hour later."""
    with grounds.a_round():
        store = a_market()
        placed(store, *arrivals[:cut])
        placed(store, *arrivals[cut:], now=NOW + HOUR)
        run(store)
        return cycle.files(store, 1)


@pytest.mark.slow
@pytest.mark.sqlite  # which cycles an order meets is the domain's to say, whatever remembers it
@given(st.integers(1, 23), st.integers(1, 23), st.integers(1, 24 * 6), st.integers(0, 24))
@settings(max_examples=4)
def test_shortening_a_bid_never_gets_it_in_earlier(
    hours: int, longer: int, at: int, wait: int
) -> None:
    """Two orders that differ in duration alone meet the same cycles, up to the longest."""
    problems = []
    for duration in (hours, min(hours + longer, 24)):
        ask = request("nlp", "a", option(50, at, at + wait, leg(hours=duration)), standing=True)
        problems.append(met(ask))
    assert problems[0] == problems[1]


def met(ask: OrderRequest) -> list[tuple[int, int, int]]:
    """The cycles whose book the order is in, with the starts it has there. (Nothing is settled.)"""
    found = []
    with grounds.a_round():
        store = a_market()
        placed(store, replace(ask, options=tuple(replace(o, value_ucr=1) for o in ask.options)))
        for day in range(7):
            done = run(store, CLOSE + day * DAY)
            problem = decode_problem(cycle.files(store, done.cycle.number).problem)
            found += [
                (done.cycle.number, only.earliest_start, only.latest_start)
                for bid in problem.bids
                for only in bid.options
            ]
    return found


def test_two_cycles_never_sell_the_same_unit() -> None:
    """§7.1: a filled order is never taken back by a later cycle, whatever is bid for its slots."""
    store = a_market()
    [first] = placed(store, request("nlp", "a", option(9, 40, None, *WIDE)))
    run(store)
    [dear] = placed(store, request("rl", "b", option(900, 40, None, *WIDE)), now=CLOSE)
    run(store, CLOSE + DAY)
    assert state_of(store, first) == (OrderState.FILLED, "filled")
    assert state_of(store, dear)[0] is OrderState.LOST
    assert_clean(store)


def test_only_the_reserved_share_is_sold_ahead() -> None:
    """§7.1"""
    store = a_market(rules=replace(RULES, reserved_share_ppm=500_000))
    one, two = placed(store, request("nlp", "a", option(9)), request("rl", "b", option(8)))
    run(store)
    assert (state_of(store, one)[0], state_of(store, two)[0]) == (
        OrderState.FILLED,
        OrderState.LOST,
    )
    span, calendar = capacity.calendar(store, CLOSE + 8 * HOUR, 3)
    [h100] = [there for there in calendar if there.pool.id == "h100"]
    assert (list(h100.sold), list(h100.capacity)) == ([8, 8, 0], [16] * 3)
    assert span.start == CLOSE + 8 * HOUR


def test_a_cycle_without_bids_is_a_cycle() -> None:
    store = a_market()
    done = run(store)
    assert done.outcome is not None
    assert done.outcome.awards == ()
    listed = price.latest(store, "h100").pools
    assert [set(one.prices_ucr) for one in listed] == [{CREDIT // 4}]
    assert listed[0].free == (POOLS["h100"][1],) * RULES.sale_slots


def test_prices_and_files_of_what_is_not_there_are_refused_in_words() -> None:
    store = a_market()
    with pytest.raises(NotFound, match="no settled cycle"):
        price.latest(store)
    with pytest.raises(NotFound, match="no pool 'tpu'; there are: a100, h100"):
        price.latest(store, "tpu")
    with pytest.raises(NotFound, match="no cycle 'cyc_000007'"):
        cycle.files(store, 7)
    with pytest.raises(NotFound, match="no cycle 'cyc_000007'"):
        hands.settle(store, 7, NOW)


def test_a_late_change_of_capacity_alters_no_frozen_cycle_but_fails_the_latest_award() -> None:
    """§7.1: maintenance between freezing and settling takes away what the cycle sells."""
    store = a_market()
    old, new = placed(store, request("nlp", "a", option(9, 40)), request("rl", "b", option(8, 64)))
    run(store)
    [third] = placed(store, request("vision", "c", option(7, 40)), now=CLOSE)
    tomorrow: datetime = CLOSE + DAY
    closed = hands.freeze(store, tomorrow, SALT)
    assert maintain(store, "m", CLOSE + 40 * HOUR, 8, 2, tomorrow) == []
    assert hands.run(store, tomorrow, SALT).cycle.number == closed.number
    states = {box.order_id: box.state.value for box in every(reservation.listed, store)}
    assert states == {old.id: "scheduled", new.id: "scheduled", third.id: "failed"}
    assert free_ucr(store, "vision") == 1_000 * CREDIT
    assert_clean(store)


def test_an_order_without_room_anywhere_is_not_said_to_be_outbid() -> None:
    """§7.10: it stays out of the files that are published, and waits on where it stands."""
    store = a_market()
    full = (leg(units=16),)
    once, stays, mixed = placed(
        store,
        request("nlp", "a", option(50, 8, 9, *full)),
        request("rl", "b", option(50, 8, 9, *full), option(60, 30, 30, *full), standing=True),
        request("vision", "c", option(50, 8, 9, *full), option(40, 30, 30, leg())),
    )
    maintain(store, "m", CLOSE + 8 * HOUR, 8, 40, NOW)
    done = run(store)
    problem = decode_problem(cycle.files(store, 1).problem)
    assert [len(bid.options) for bid in problem.bids] == [1]
    refused = read_bids(problem, cycle.files(store, 1).refused)
    found = sorted([option.value_ucr for option in bid.options] for bid in refused)
    assert found == [[50 * CREDIT], [50 * CREDIT, 60 * CREDIT]]
    assert {bid.id for bid in refused}.isdisjoint(bid.id for bid in problem.bids)
    assert not any(has_room(problem, bid) for bid in refused)
    assert done.outcome is not None
    assert done.outcome.rejections == ()
    assert state_of(store, once) == (OrderState.LOST, "capacity-not-available")
    assert free_ucr(store, "nlp") == 1_000 * CREDIT
    waits = order.get(store, stays.id, team="rl")
    assert (waits.state, waits.cycle_id) == (OrderState.OPEN, "")
    assert waits.loss is not None
    assert (waits.loss.reason, waits.loss.shortfall_ucr) == ("capacity-not-available", 0)
    assert held_ucr(store, "rl") == 60 * CREDIT
    fill = order.get(store, mixed.id, team="vision").fill
    assert fill is not None
    assert fill.option == 1
    assert_clean(store)


def test_an_order_whose_hours_are_sold_out_lost_for_want_of_room() -> None:
    store = a_market()
    placed(store, request("nlp", "a", option(50, 30, 30, leg(units=16))))
    run(store)
    [late] = placed(store, request("rl", "b", option(900, 30, 30)), now=CLOSE + HOUR)
    run(store, CLOSE + DAY)
    assert state_of(store, late) == (OrderState.LOST, "capacity-not-available")
    assert_clean(store)
