"""No clearing is below a simple greedy: bids by value, in full or for what they take."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.clearing import clear
from allocator.engine.params import PARAMS
from allocator.files.formats import decode_problem
from allocator.outcome import ClearingRules
from allocator.problem import Bid, Option, Problem
from tests.allocator.small_markets import Exhaustive, crowd, markets
from tests.bench.families import FAMILIES
from tests.bench.families.wire import to_bytes
from tests.examples import examples

LARGE = replace(PARAMS, easy_columns=0, whole_lp_columns=0)
SEARCHED = replace(LARGE, provable_columns=0)
POWERS = (0.0, 0.5, 1.0)


class Desk(Exhaustive):
    """What somebody serves who takes bids in an order, each where it fits (µcr × 60)."""

    def serve(self, order: list[Bid], *, first: bool) -> int:
        """Each bid where it gains most, or in its ``first`` option and start that gain and fit."""
        total = 0
        for bid in order:
            found = [place for place in self._places(bid) if place[0] > 0]
            if not found:
                continue
            gain, option, cells = found[0] if first else max(found, key=lambda place: place[0])
            self._take(bid, option, cells, 1)
            total += gain
        return total

    def _places(self, bid: Bid) -> Iterator[tuple[int, Option, list[tuple[str, int]]]]:
        for option in bid.options:
            for start in range(option.earliest_start, option.latest_start + 1):
                cells = self.cells(option, start)
                cost = sum(self.floor[cell] for cell in cells) * self.problem.slot_minutes
                self._take(bid, option, cells, 1)
                held = self._holds(bid.team, cells)
                self._take(bid, option, cells, -1)
                if held:
                    yield option.value_ucr * 60 - cost, option, cells


def simplest(problem: Problem) -> int:
    """The best of the simple greedies, in whole micro-credits."""

    def worth(bid: Bid, power: float) -> float:
        sizes = (
            (option.value_ucr, sum(leg.quantity * leg.duration for leg in option.legs))
            for option in bid.options
        )
        return max((value / size**power for value, size in sizes), default=0.0)

    return (
        max(
            Desk(problem).serve(
                sorted(problem.bids, key=lambda bid: -worth(bid, power)), first=first
            )
            for power, first in product(POWERS, (True, False))
        )
        // 60
    )


@examples(60)
@given(markets(), st.sampled_from([1, 300, 20_000]), st.sampled_from([PARAMS, LARGE, SEARCHED]))
def test_no_clearing_of_a_small_market_is_below_a_simple_greedy(
    problem: Problem, work: int, params: object
) -> None:
    assert isinstance(params, type(PARAMS))
    outcome = clear(problem, ClearingRules(work=work), params=params)
    assert outcome.surplus_ucr >= simplest(problem)


@pytest.mark.parametrize("work", [1, 2_000])
@pytest.mark.parametrize("family", ["week", "rush", "dense", "long", "loose", "regions"])
def test_nor_of_a_larger_one_of_any_family(family: str, work: int) -> None:
    problem = decode_problem(gzip.decompress(to_bytes(FAMILIES[family](40, 1))))
    assert clear(problem, ClearingRules(work=work)).surplus_ucr >= simplest(problem)


def test_the_plainer_engine_is_not_below_them_either() -> None:
    problem = crowd(120, 3)
    outcome = clear(problem, ClearingRules(engine="greedy"))
    assert outcome.surplus_ucr >= simplest(problem)
