"""Who has the place of an award that was moved or bought back, by the two files alone."""

from typing import Final

import pytest
from hypothesis import given

from allocator.answers.changes import Changes
from allocator.clearing import clear
from allocator.files.formats import seal
from allocator.outcome import ClearingRules
from allocator.problem import Bid, Leg, Option, Pool, Problem, Standing
from tests.allocator.small_markets import MICRO, market, standing_markets
from tests.examples import examples

RULES: Final = ClearingRules(work=20_000)


def legs(units: int = 1, slots: int = 1) -> tuple[Leg, ...]:
    return (Leg("p", units, 0, slots),)


def option(value: int, first: int, last: int, *its: Leg) -> Option:
    return Option(value * MICRO, first, last, its or legs())


def day(*bids: Bid, units: int = 1) -> Problem:
    """So many units for four slots, at no reserve price."""
    return seal(market([Pool("p", "gpu", (units,) * 4, (0,) * 4)], list(bids)))[1]


def changes(problem: Problem) -> Changes:
    return Changes(problem, clear(problem, RULES))


MOVABLE: Final = Bid("held", "ann", (option(4, 0, 0), option(3, 0, 3)), Standing.MOVABLE)
RECALLABLE: Final = Bid("held", "ann", (option(5, 0, 0),), Standing.RECALLABLE)
NEW: Final = Bid("new", "bob", (option(9, 0, 0),))


EITHER: Final = Bid("held", "ann", (option(5, 0, 0), option(4, 0, 3)), Standing.RECALLABLE)
"""It may be moved for a gain of 1, and bought back for 4 and as much."""


@pytest.mark.parametrize(("more", "to", "kept"), [((), {1, 2, 3}, 1), ((1, 2, 3), {None}, 5)])
def test_one_that_may_be_moved_and_bought_back_is_what_costs_less(
    more: tuple[int, ...], to: set[int | None], kept: int
) -> None:
    """Where all its other starts are taken for more, too, it is bought back."""
    others = [Bid(f"n{slot}", "cid", (option(9, slot, slot),)) for slot in more]
    change = changes(day(EITHER, NEW, *others)).of("held")
    assert change is not None
    assert change.to in to
    assert change.kept_ucr == kept * MICRO


def test_what_stays_has_not_changed_and_what_never_stood_neither() -> None:
    found = changes(day(MOVABLE, Bid("new", "bob", (option(9, 1, 1),))))
    assert found.of("held") is None
    assert found.of("new") is None
    assert found.of("nobody") is None
    assert found.taken_by("new") == []


def test_one_that_moved_says_where_it_was_and_who_is_there() -> None:
    found = changes(day(MOVABLE, NEW))
    change = found.of("held")
    assert change is not None
    assert change.start == 0
    assert change.to in (1, 2, 3)
    assert change.kept_ucr == 1 * MICRO
    [taker] = change.takers
    assert (taker.award.bid, taker.team, taker.units, taker.start, taker.end) == (
        *("new", "bob", 1, 0, 1),
    )
    [part] = found.taken_by("new")
    assert (part.bid.id, part.to, part.part) == ("held", change.to, taker)
    assert found.taken_by("held") == []


def test_one_that_was_bought_back_starts_nowhere() -> None:
    change = changes(day(RECALLABLE, NEW)).of("held")
    assert change is not None
    assert (change.to, change.kept_ucr) == (None, 5 * MICRO)
    assert [one.award.bid for one in change.takers] == ["new"]


def test_whoever_was_there_before_and_stays_has_taken_nothing() -> None:
    """Two units: one movable in each, one of them moves for the new one. The other has its own
    unit, as before."""
    other = Bid("other", "cid", (option(4, 0, 0),), Standing.RECALLABLE)
    found = changes(day(MOVABLE, other, NEW, units=2))
    change = found.of("held")
    assert change is not None
    assert [one.award.bid for one in change.takers] == ["new"]
    assert found.taken_by("other") == []


def test_where_there_was_room_beside_it_nobody_has_its_place() -> None:
    """Of two units it held one from 0 to 2; the new one needs both in slot 1 alone, so slot 0 is
    given up and goes to nobody."""
    held = Bid("held", "ann", (option(5, 0, 0, *legs(slots=2)),), Standing.RECALLABLE)
    new = Bid("new", "bob", (option(9, 1, 1, *legs(units=2)),))
    change = changes(day(held, new, units=2)).of("held")
    assert change is not None
    [taker] = change.takers
    assert (taker.start, taker.end, taker.units) == (1, 2, 2)


def test_one_that_moves_on_by_less_than_its_length_gives_up_only_what_it_has_no_more() -> None:
    """From 0 to 2, then from 1 to 3: slot 0 alone has gone to the new one."""
    window = option(3, 0, 2, *legs(slots=2))
    held = Bid("held", "ann", (option(4, 0, 0, *legs(slots=2)), window), Standing.MOVABLE)
    late = Bid("late", "bob", (option(9, 3, 3),))
    change = changes(day(held, NEW, late)).of("held")
    assert change is not None
    assert change.to == 1
    assert [(one.award.bid, one.start, one.end) for one in change.takers] == [("new", 0, 1)]


def test_one_that_is_moved_into_another_s_place_has_taken_it() -> None:
    """The recallable one at 0 goes, for the movable one must leave 1 and has nowhere else."""
    moved = Bid("moved", "cid", (option(4, 1, 1), option(3, 0, 1)), Standing.MOVABLE)
    new = Bid("new", "bob", (option(9, 1, 1),))
    found = changes(day(RECALLABLE, moved, new))
    change = found.of("held")
    assert change is not None
    assert [one.award.bid for one in change.takers] == ["moved"]
    [part] = found.taken_by("moved")
    assert (part.bid.id, part.to) == ("held", None)


@examples(60)
@given(standing_markets())
def test_takers_are_winners_of_what_was_given_up(problem: Problem) -> None:
    found = changes(problem)
    every = [change for bid in problem.bids if (change := found.of(bid.id)) is not None]
    for change in every:
        place = change.bid.options[0]
        held = {leg.pool for leg in place.legs}
        for one in change.takers:
            assert one.award.bid != change.bid.id
            assert one.pool in held
            assert one.units > 0
            assert 0 <= one.start < one.end <= problem.slots
            its = found.taken_by(one.award.bid)
            assert (change.bid.id, one) in [(each.bid.id, each.part) for each in its]
