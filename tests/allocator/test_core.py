"""The arithmetic of core payments, in parts: extras, coalitions, the nearest point."""

from dataclasses import replace

import numpy as np
import pytest

from allocator.engine.lattice import Lattice, compile_problem
from allocator.engine.packing import Packing
from allocator.engine.params import PARAMS, EngineParams
from allocator.engine.payments.core import Market, least_total
from allocator.engine.payments.projection import nearest
from allocator.outcome import ClearingRefused
from allocator.problem import Problem
from tests.allocator.test_payments import LOCAL_LOCAL_GLOBAL

WORK = 50_000


def local_winners(problem: Problem, params: EngineParams = PARAMS) -> tuple[Lattice, Market]:
    """The two local bidders served, which is the optimum: 80 + 60 against 100."""
    lattice = compile_problem(problem, 1)
    packing = Packing(lattice)
    for option in (0, 1):
        packing.place(option, 0, int(lattice.value[option]))
    return lattice, Market(lattice, packing, WORK, params)


def test_vcg_extras_are_what_the_others_lose() -> None:
    lattice, sale = local_winners(LOCAL_LOCAL_GLOBAL)
    grains = lattice.per_ucr * 1_000_000
    assert sale.vcg() == {0: 40 * grains, 1: 20 * grains}


def test_an_extra_becomes_a_payment_rounded_up_but_for_noise_and_never_above_the_bid() -> None:
    lattice, sale = local_winners(LOCAL_LOCAL_GLOBAL)
    per = lattice.per_ucr
    assert sale.payment_ucr(0, 0.0) == 0
    assert sale.payment_ucr(0, 0.2) == 0  # a float's noise is no micro-credit
    assert sale.payment_ucr(0, per + 0.2) == 1
    assert sale.payment_ucr(0, per + 1.0) == 2
    assert sale.payment_ucr(0, -5.0) == 0
    assert sale.payment_ucr(0, 81e6 * per) == 80_000_000


def test_core_payments_that_do_not_settle_are_refused() -> None:
    _, sale = local_winners(LOCAL_LOCAL_GLOBAL, replace(PARAMS, core_rounds=1))
    with pytest.raises(ClearingRefused, match="after 1 coalitions"):
        sale.least_core("zero", sale.vcg())


def test_a_market_without_winners_has_no_core_to_find() -> None:
    lattice = compile_problem(LOCAL_LOCAL_GLOBAL, 1)
    assert Market(lattice, Packing(lattice), WORK).least_core("vcg", {}) == {}


def test_the_least_total_contents_every_coalition() -> None:
    low, high = np.array([0.0, 0.0, 5.0]), np.array([80.0, 60.0, 50.0])
    both, third = np.array([1.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    assert least_total([], [], low, high) == pytest.approx(5)
    assert least_total([both], [100.0], low, high) == pytest.approx(105)
    assert least_total([both, third], [100.0, 20.0], low, high) == pytest.approx(120)


def test_what_nobody_can_pay_cannot_be_settled() -> None:
    with pytest.raises(ClearingRefused, match="could not be settled"):
        least_total([np.array([1.0])], [2.0], np.array([0.0]), np.array([1.0]))


def test_the_nearest_point_is_the_aim_where_the_aim_is_allowed() -> None:
    aim = np.array([60.0, 50.0])
    low, high = np.zeros(2), np.array([80.0, 60.0])
    found = nearest(aim, np.array([[1.0, 1.0]]), np.array([100.0]), 110.0, low, high)
    assert found == pytest.approx([60, 50])


def test_the_nearest_point_on_a_line_and_in_a_corner_of_it() -> None:
    """On x + y = 100 the nearest to (40, 20) is (60, 40); with x at most 55 it is (55, 45)."""
    aim, line, need = np.array([40.0, 20.0]), np.array([[1.0, 1.0]]), np.array([100.0])
    low = np.zeros(2)
    open_end = nearest(aim, line, need, 100.0, low, np.array([80.0, 60.0]))
    assert open_end == pytest.approx([60, 40], abs=1e-6)
    corner = nearest(aim, line, need, 100.0, low, np.array([55.0, 60.0]))
    assert corner == pytest.approx([55, 45], abs=1e-6)
