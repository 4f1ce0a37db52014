"""Given-back time that spot sells: who uses it, what it brings, and that nobody gains by asking."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.event.audience import OneTeam
from marketplace.domain.event.reservation import ReservationRefunded
from marketplace.domain.reservation import Part, Release
from marketplace.domain.spot import SpotRequest, SpotTerms, opened, started
from marketplace.domain.spot_resale import RULE, Charge, Resold, Use, resold, used
from marketplace.domain.transfer import PricedUnits, SoldTime
from marketplace.rules import SpotController
from marketplace.services import reservation, statement
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    RULES,
    START,
    a_grant,
    a_market,
    assert_clean,
    free_ucr,
    leg,
    option,
    request,
    won,
)
from tests.marketplace.told import told

MINUTE = timedelta(minutes=1)
TICK = RULES.tick
STILL = replace(RULES, spot_controller=SpotController.FIXED)
"""Prices stay at the floor of 0.25, but for what is left unserved."""


def release(name: str = "r", team: str = "nlp", left: Sequence[int] = (8,), **more: Any) -> Release:
    """Units that ``team`` gave back from ``START`` on, at three credits a unit and hour."""
    known: dict[str, Any] = {
        "reservation_id": f"rsv-{name}",
        "order_id": f"ord-{name}",
        "pool": "h100",
        "start": START,
        "slot": HOUR,
        "paid_per_unit_ucr": (3 * CREDIT,) * len(left),
        "released_at": CLOSE,
        "on_sale_from": 1,
        "by_spot_ucr": (0,) * len(left),
    }
    return Release(id=name, team=team, left=tuple(left), **known | more)


def asked(name: str, units: int, limit: int = 1, team: str = "rl", *, runs: bool = True) -> Any:
    terms = SpotTerms(team=team, key=name, pool="h100", quantity=units, limit_ucr=limit * CREDIT)
    one = replace(opened(terms, START), id=name)
    return started(one, START, RULES) if runs else one


def uses(
    supply: int, *requests: SpotRequest, releases: Sequence[Release] = (release(),)
) -> list[tuple[str, str, int]]:
    found = used(releases, START, supply, requests)
    return [(one.request, one.release, one.units) for one in found]


def test_free_units_are_used_before_given_back_ones_and_by_the_highest_limit() -> None:
    """Of 16 units 8 were given back: who comes last in the order of serving uses those."""
    assert uses(16, asked("a", 8)) == []
    assert uses(16, asked("low", 6, 1), asked("high", 6, 2)) == [("low", "r", 4)]
    assert uses(16, asked("low", 10, 1), asked("high", 6, 2)) == [("low", "r", 8)]
    assert uses(8, asked("a", 3)) == [("a", "r", 3)]
    assert uses(4, asked("a", 4)) == [("a", "r", 4)]  # units of it are away


def test_the_oldest_release_is_used_first() -> None:
    both = [release("new", left=(5,)), release("old", released_at=CLOSE - HOUR, left=(5,))]
    assert uses(10, asked("a", 7), releases=both) == [("a", "old", 5), ("a", "new", 2)]
    assert uses(10, asked("a", 4, 2), asked("b", 3, 1), releases=both) == [
        ("a", "old", 4),
        ("b", "old", 1),
        ("b", "new", 2),
    ]


def test_a_team_that_runs_on_what_it_gave_back_gets_nothing_for_it() -> None:
    """Nor for what others use that its own run leaves no free units."""
    own = asked("own", 8, 9, team="nlp")
    assert uses(16, own) == []
    assert uses(16, own, asked("other", 8)) == []
    assert uses(16, asked("own", 4, 9, team="nlp"), asked("other", 10)) == [("other", "r", 2)]
    two = [release("mine", left=(4,)), release("theirs", team="vision", left=(4,))]
    assert uses(16, own, asked("other", 8), releases=two) == [("other", "theirs", 4)]


def test_a_team_that_waits_for_units_gets_nothing_meanwhile() -> None:
    """Its limit may be the price that others pay."""
    waits = asked("own", 8, team="nlp", runs=False)
    assert uses(8, asked("other", 8), waits) == []
    two = [release("mine", left=(4,)), release("theirs", team="vision", left=(4,))]
    assert uses(8, asked("other", 8), waits, releases=two) == [("other", "theirs", 4)]


def charge(name: str, spans: Sequence[tuple[int, int, int, int]]) -> Charge:
    """What a run pays for spans of: minutes after ``START`` and until then, units, price."""
    sold = SoldTime.of(
        "h100",
        (PricedUnits(START + a * MINUTE, START + b * MINUTE, n, price) for a, b, n, price in spans),
    )
    return Charge(request=name, sold=sold, amount_ucr=sold.cost_ucr()[0])


def note(at: int, *used_by: tuple[str, str, int]) -> Resold:
    when = START + at * MINUTE
    until = START + ((when - START) // HOUR + 1) * HOUR
    return Resold(pool="h100", at=when, until=until, uses=tuple(Use(*one) for one in used_by))


def test_a_charge_brings_what_was_for_given_back_units_and_no_more_than_was_paid() -> None:
    """Six units for two hours at .5 and then 1: four of them given back, for twenty minutes of the
    first hour and all of the second. The first brings 4 × 20 / 60 × .5 credits. The second sold for
    4, and 3 were paid."""
    cheap = release(left=(4, 4), paid_per_unit_ucr=(3 * CREDIT, 3 * CREDIT // 4))
    paid = charge("a", [(0, 60, 6, CREDIT // 2), (60, 120, 6, CREDIT)])
    notes = [note(60, ("a", "r", 4)), note(20), note(0, ("a", "r", 4)), note(0, ("b", "r", 4))]
    [after], [refund] = resold([paid], notes[:3], {"r": cheap})
    assert after.by_spot_ucr == (666_666, 3 * CREDIT)
    assert (refund.amount_ucr, refund.rule) == (3_666_666, RULE)
    assert [(one.units, one.price_ucr, one.unit_seconds) for one in refund.sold.spans] == [
        (4, CREDIT // 2, 4 * 20 * 60),
        (4, CREDIT, 4 * 3600),
    ]
    [again], [more] = resold([paid], notes[:3], {"r": after})
    assert (again.by_spot_ucr, more.amount_ucr) == ((1_333_332, 3 * CREDIT), 666_666)
    assert more.key != refund.key
    assert resold([paid], [], {}) == ([], [])


SPLITS = st.lists(st.integers(1, 179), max_size=6).map(lambda cuts: sorted({0, *cuts, 180}))
UNITS = st.integers(0, 4)


@given(
    paid=st.lists(st.integers(0, 2 * CREDIT), min_size=3, max_size=3),
    prices=st.lists(st.integers(1, 3 * CREDIT), min_size=3, max_size=3),
    marks=st.dictionaries(st.integers(1, 179), st.tuples(UNITS, UNITS), max_size=5),
    cuts=st.tuples(SPLITS, SPLITS),
)
def test_a_slot_brings_what_it_sold_for_up_to_what_was_paid_and_no_more_than_spot_was_paid(
    paid: list[int],
    prices: list[int],
    marks: dict[int, tuple[int, int]],
    cuts: tuple[list[int], list[int]],
) -> None:
    """Two runs of four units over three hours, billed in pieces of any length."""
    notes = [
        note(at, ("a", "r", first), ("b", "r", second))
        for at, (first, second) in {0: (4, 4), 60: (4, 4), 120: (4, 4), **marks}.items()
    ]
    charges = [
        charge(
            name,
            [
                (max(a, 60 * k), min(b, 60 * k + 60), 4, prices[k])
                for k in range(3)
                if max(a, 60 * k) < min(b, 60 * k + 60)
            ],
        )
        for name, own in zip("ab", cuts, strict=True)
        for a, b in pairwise(own)
    ]
    dear, cheap = release(left=(8,) * 3, paid_per_unit_ucr=(10**12,) * 3), release(left=(8,) * 3)
    cheap = replace(cheap, paid_per_unit_ucr=tuple(paid))
    for one in charges:
        whole, within = (resold([one], notes, {"r": each}) for each in (dear, cheap))
        for before, (changed, refunds) in ((dear, whole), (cheap, within)):
            grown = sum(changed[0].by_spot_ucr) - sum(before.by_spot_ucr) if changed else 0
            assert grown == sum(each.amount_ucr for each in refunds)
            assert grown <= one.amount_ucr
        assert marks or sum(each.amount_ucr for each in whole[1]) == one.amount_ucr
        dear, cheap = (
            found[0][0] if found[0] else was for found, was in ((whole, dear), (within, cheap))
        )
    for k, (most, sold_ucr) in enumerate(zip(paid, dear.by_spot_ucr, strict=True)):
        assert cheap.by_spot_ucr[k] == min(8 * most, sold_ucr)
        assert cheap.may_bring_ucr(k) >= 0


def spot(store: Store, at: datetime, team: str = "rl", units: int = 16, limit: int = 2) -> str:
    """Ask for spot and let a tick come."""
    terms = SpotTerms(
        team=team, key=f"{team}{at}", pool="h100", quantity=units, limit_ucr=limit * CREDIT
    )
    [one] = hands.ask(store, [terms], at)
    assert isinstance(one, SpotRequest), str(one)
    hands.tick(store, at)
    return one.id


def given_back(paid: int, hours: int = 2) -> tuple[Store, datetime]:
    """All 16 units for so many hours, bought by nlp for ``paid`` credits and given back; and when
    they begin. Somebody else's reserve price is .25 a unit and hour."""
    store = a_market(rules=STILL)
    wide = leg(units=16, hours=hours)
    asks = [request("nlp", "a", option(900, 16, None, wide))]
    [box] = won(store, *asks, request("rl", "p", option(paid, 16, None, wide)))
    assert box.paid_ucr == paid * CREDIT
    hands.release(store, box.id, CLOSE + MINUTE, team="nlp")
    return store, box.start


def back(store: Store) -> int:
    """What came back to nlp for what spot sold, in ucr; the books hold."""
    assert_clean(store)
    lines = statement.of_team(store, "nlp", NOW, NOW + 40 * DAY).lines
    return sum(line.amount_ucr for line in lines if line.transfer.rule == RULE)


@pytest.mark.parametrize(("paid", "brings"), [(70, 8 * CREDIT), (9, 8 * CREDIT)])
def test_what_spot_sells_comes_back_as_it_is_posted(paid: int, brings: int) -> None:
    """16 units at .25 for two hours: four credits each, posted at the hour and at the end."""
    store, begin = given_back(paid)
    before = free_ucr(store, "nlp")
    one = spot(store, begin)
    for mark in range(1, 13):
        hands.tick(store, begin + mark * TICK)
    assert back(store) == 4 * CREDIT
    hands.stop(store, [one], begin + 2 * HOUR, team="rl")
    assert back(store) == brings == free_ucr(store, "nlp") - before
    [given_] = reservation.releases(store, team="nlp").items
    assert given_.by_spot_ucr == (4 * CREDIT, 4 * CREDIT)
    found = [each.event for each in told(store, OneTeam("nlp"))]
    events = [each for each in found if isinstance(each, ReservationRefunded)]
    assert [(each.rule, each.amount_ucr) for each in events] == [(RULE, 4 * CREDIT)] * 2


@pytest.mark.parametrize("comes", ["its end", "a tick", "both", "a late tick of its own hour"])
def test_hours_that_began_while_ticks_were_missed_bring_as_much(comes: str) -> None:
    """Two hours were given back, and one tick came: the third hour is the operator's own. Somebody
    else's end in the second hour is the first to find that no tick began it."""
    store, begin = given_back(70)
    one = spot(store, begin, units=8)
    other = spot(store, begin, "vision", units=8)
    hands.tick(store, begin + TICK)
    if comes == "a late tick of its own hour":
        hands.tick(store, begin + HOUR + MINUTE)
    if comes == "both":
        hands.stop(store, [other], begin + HOUR + 2 * MINUTE, team="vision")
        other = ""
    if comes in ("a tick", "both"):
        hands.tick(store, begin + 3 * HOUR)
    for id_, team in ((one, "rl"), (other, "vision")):
        if id_:
            hands.stop(store, [id_], begin + 3 * HOUR + 2 * MINUTE, team=team)
    first = 8 * 5 * 60 * (CREDIT // 4) // 3600  # the second run began a tick later
    gone = 0 if other else 8 * 58 * 60 * (CREDIT // 4) // 3600
    assert abs(back(store) - (8 * CREDIT - first - gone)) <= 2
    [given_] = reservation.releases(store, team="nlp").items
    assert sum(given_.by_spot_ucr) == back(store)


def test_no_slot_brings_more_than_was_paid_for_it() -> None:
    """Four and five credits were paid for two hours. Somebody waits at 1.00 from the second tick
    on, and that is the price: the hours sell for nearly sixteen each, and bring what was paid."""
    store, begin = given_back(9)
    one = spot(store, begin, limit=3)
    spot(store, begin + TICK, "vision", limit=1)
    for mark in range(2, 24):
        hands.tick(store, begin + mark * TICK)
    hands.stop(store, [one], begin + 2 * HOUR, team="rl")
    assert back(store) == 9 * CREDIT
    [given_] = reservation.releases(store, team="nlp").items
    assert given_.by_spot_ucr == (4 * CREDIT, 5 * CREDIT)


def test_what_a_cycle_has_sold_again_spot_brings_nothing_for() -> None:
    """Half of it is sold reserved. Both together bring no more than was paid."""
    store = a_market(rules=STILL)
    wide = leg(units=16, hours=1)
    asks = [request("nlp", "a", option(900, 40, None, wide))]
    [box] = won(store, *asks, request("rl", "p", option(16, 40, None, wide)))
    hands.release(store, box.id, CLOSE + MINUTE, team="nlp")
    before = free_ucr(store, "nlp")
    won(
        store,
        request("vision", "b", option(900, 40, None, leg(units=8, hours=1))),
        now=CLOSE + DAY,
    )
    reserved = free_ucr(store, "nlp") - before
    one = spot(store, box.start, units=8)
    spot(store, box.start + MINUTE, "vision", units=8, limit=1)
    hands.tick(store, box.start + TICK)
    hands.stop(store, [one], box.start + HOUR, team="rl")
    assert 0 < back(store) <= 8 * CREDIT
    assert reserved + back(store) <= box.paid_ucr


def test_running_on_what_one_gave_back_is_paid_as_any_other_use() -> None:
    store, begin = given_back(70)
    one = spot(store, begin, "nlp")
    hands.stop(store, [one], begin + HOUR, team="nlp")
    assert back(store) == 0


def test_what_comes_back_goes_where_it_can_be_spent() -> None:
    """As every refund: here to another grant, since the one that paid has ended."""
    store = a_market(rules=STILL)
    hands.grant(store, [a_grant("brief", "nlp", 90, days=2)], NOW)
    [box] = won(store, request("nlp", "a", option(90, 34, None, leg(units=16, hours=1))))
    for quantity in (8, None):  # two releases of one time-box
        part = Part(quantity=quantity)
        hands.release(store, box.id, CLOSE + MINUTE, team="nlp", part=part)
    one = spot(store, box.start)
    hands.stop(store, [one], box.start + HOUR, team="rl")
    assert back(store) == 4 * CREDIT == box.paid_ucr
    lines = statement.of_team(store, "nlp", NOW, NOW + 9 * DAY).lines
    to = [line.transfer.target for line in lines if line.transfer.rule == RULE]
    assert to == ["team/nlp/grant/g-nlp/free"] * 2
