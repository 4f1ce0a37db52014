"""What runs keep whatever comes."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.board import begun_since, is_protected, load
from marketplace.domain.capacity import PoolCapacity, Span
from marketplace.domain.spot import Code, noticed, reopened, started
from marketplace.domain.tick import decide, lost
from tests.marketplace.bazaar import CREDIT, HOUR, NOW, pool
from tests.marketplace.test_tick import RULES, STILL, TICK, asked, board


def test_who_was_interrupted_and_starts_again_is_not_interrupted_within_its_minimum() -> None:
    """Neither by a higher limit nor by a price above its own."""
    one = asked("a", 8, 2, minutes=60, persistent=True)
    again = started(reopened(one, Code.OUTBID.value, NOW), NOW, RULES)
    minute = timedelta(minutes=1)
    for at in range(0, 60, 5):
        on = board(again, asked("rich", 8, 50), now=NOW + at * minute)
        assert is_protected(again, on.now)
        found = decide(on, STILL, STILL.begin(9 * CREDIT), RULES)
        assert not [each for each in found.changed if each.on_notice]
    on = board(again, asked("rich", 8, 50), now=NOW + HOUR)
    [told] = [
        each for each in decide(on, STILL, STILL.begin(9 * CREDIT), RULES).changed if each.on_notice
    ]
    assert told.id == "a"


def test_a_team_that_has_run_out_wants_nothing_more() -> None:
    out = noticed(asked("a", 8, 2, running=True), Code.BUDGET.value, NOW + TICK, NOW)
    wanted, heard = load(board(out), RULES, CREDIT)
    assert (wanted, heard.wanted, heard.supply) == (0, 0, 8)


def test_a_controller_hears_all_of_what_does_not_fit_and_less_of_what_does() -> None:
    runs, more = asked("a", 8, 2, running=True), asked("b", 4, 3)
    assert load(board(runs), RULES, CREDIT)[1].wanted == 7
    assert load(board(runs, more), RULES, CREDIT)[1].wanted == 12
    cheap = replace(more, terms=replace(more.terms, limit_ucr=CREDIT // 2))
    assert load(board(runs, cheap), RULES, CREDIT)[1].wanted == 8


@given(st.lists(st.integers(-2, 6), min_size=1, max_size=12), st.integers(-90, 600))
def test_who_is_lost_over_missed_ticks_is_who_is_lost_slot_by_slot(
    left: list[int], minutes: int
) -> None:
    """Since the least that there was decides, only slots with less than all before are told."""
    span = Span(start=NOW - 8 * HOUR, slot=HOUR, slots=len(left))
    ticked_at = span.start + timedelta(minutes=minutes)
    begun = [(span.at(slot), units) for slot, units in enumerate(left)]
    plain = tuple(each for each in begun if ticked_at < each[0] < NOW)
    none = np.zeros(len(left), dtype=np.int64)
    there = PoolCapacity(
        pool=pool("h100"), capacity=np.array(left), sold=none, maintenance=none, spot=none
    )
    told = begun_since(there, span, ticked_at, NOW)
    assert set(told) <= set(plain)
    runs = [
        asked(name, 1 + number % 2, 2 + number, running=True) for number, name in enumerate("abcd")
    ]
    assert lost(replace(board(*runs), before=told)) == lost(replace(board(*runs), before=plain))
