"""The numbers that tune the engine reach every place that uses them."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from allocator import engine
from allocator.audit.promises import violations
from allocator.clearing import clear
from allocator.engine.params import PARAMS, EngineParams
from allocator.outcome import ClearingRules, Engine, PaymentRule
from allocator.problem import Problem
from tests.allocator.small_markets import MICRO
from tests.allocator.test_clearing_hard_cases import scattered
from tests.allocator.test_singles import auction


class Forgotten:
    """Stands where the default stood, and remembers who asked it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        raise AttributeError(name)


def functions_of_the_engine() -> Iterator[Callable[..., Any]]:
    for found in pkgutil.walk_packages(engine.__path__, "allocator.engine."):
        for _, each in inspect.getmembers(importlib.import_module(found.name)):
            if getattr(each, "__module__", "") == found.name and inspect.isfunction(each):
                yield each
            elif getattr(each, "__module__", "") == found.name and inspect.isclass(each):
                yield from (one for one in vars(each).values() if inspect.isfunction(one))


def cases() -> Iterator[tuple[Problem, PaymentRule, Engine, EngineParams]]:
    small = scattered(8, 12, lambda draw: draw.randint(1, 50) * MICRO)
    large = scattered(100, 60, lambda draw: draw.randint(1, 50) * MICRO)
    usual, by_scip = EngineParams(), EngineParams(tied_columns=10, scip_least_units=1)
    yield small, PaymentRule.CORE, "full", usual
    yield large, PaymentRule.UNIFORM, "full", EngineParams(whole_lp_columns=0, easy_columns=0)
    yield large, PaymentRule.UNIFORM, "greedy", usual
    yield auction(90, 24, 1), PaymentRule.UNIFORM, "full", by_scip


def test_the_numbers_given_to_a_clearing_are_the_only_ones_it_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forgotten, replaced = Forgotten(), 0
    for function in functions_of_the_engine():
        known = function.__defaults__ or ()
        if any(each is PARAMS for each in known):
            defaults = tuple(forgotten if each is PARAMS else each for each in known)
            monkeypatch.setattr(function, "__defaults__", defaults)
            replaced += 1
    assert replaced > 10
    for problem, payment, how, params in cases():
        rules = ClearingRules(payment=payment, work=20_000, engine=how)
        assert violations(problem, clear(problem, rules, params=params)) == []
        assert forgotten.asked == []


def test_numbers_are_named_and_fixed() -> None:
    with pytest.raises(FrozenInstanceError):
        PARAMS.dives = 5  # type: ignore[misc]
    assert replace(PARAMS, dives=5) != PARAMS == EngineParams()
