"""The chance held against what really happened: twelve days of the simulator's organisation."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from allocator import problem as clearing
from allocator.files.formats import decode_outcome, decode_problem
from marketplace.domain.capacity import Span
from marketplace.domain.cycle import CycleState
from marketplace.domain.order import Leg, Option
from marketplace.domain.page import every
from marketplace.domain.preview import Sale, chance_of, preview_option
from marketplace.domain.price import Published
from marketplace.rules import MarketRules
from marketplace.services import cycle
from pricing.units import charge_ucr
from sim.demand.generator import generate
from sim.engine.market import live
from sim.scenarios.shipped import demo_organisation
from tests.marketplace.bazaar import CLOSE, HOUR

RULES = MarketRules(work=300)
DAYS = 12
WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Forecast:
    """What was said of a bid before its cycle, and whether it won."""

    chance: float
    won: bool


@cache
def forecasts() -> tuple[Forecast, ...]:
    """Every bid worth its reserve price, in each cycle from the sixth on."""
    organisation = demo_organisation(CLOSE, days=DAYS)
    world = live(organisation, generate(organisation, 1), (), RULES, 1, lambda *_: None)
    history: list[Published] = []
    found: list[Forecast] = []
    cycles = sorted(every(cycle.listed, world.store), key=lambda one: one.number)
    for one in (each for each in cycles if each.state is CycleState.SETTLED):
        files = cycle.files(world.store, one.number)
        problem, outcome = decode_problem(files.problem), decode_outcome(files.outcome)
        span = Span(start=problem.start, slot=HOUR, slots=problem.slots)
        free = {pool.id: np.array(pool.capacity) for pool in problem.pools}
        sale = Sale(span=span, start_slots=RULES.start_slots, free=free)
        won = {award.bid for award in outcome.awards}
        if len(history) >= WARM_UP:
            found += _of_cycle(problem, sale, history, won)
        prices = {pool: np.array(own) for pool, own in outcome.prices_ucr.items()}
        history.append(Published(cycle=one.id, span=span, prices_ucr=prices, on_sale=free))
    return tuple(found)


def _of_cycle(
    problem: clearing.Problem, sale: Sale, history: list[Published], won: set[str]
) -> Iterator[Forecast]:
    reserve = {pool.id: pool.reserve_ucr[0] for pool in problem.pools}
    for bid in problem.bids:
        previews = []
        for each in bid.options:
            used = sum(reserve[leg.pool] * leg.quantity * leg.duration for leg in each.legs)
            option = _option(each, sale.span)
            previews.append(preview_option(option, sale, history, charge_ucr(used, 60)))
        share = chance_of(previews).share
        if share is not None and any(one.can_win for one in previews):
            yield Forecast(share, bid.id in won)


def _option(option: clearing.Option, span: Span) -> Option:
    return Option(
        value_ucr=option.value_ucr,
        earliest_start=span.at(option.earliest_start),
        latest_start=span.at(option.latest_start),
        legs=tuple(
            Leg(
                pool=leg.pool,
                quantity=leg.quantity,
                duration=leg.duration * HOUR,
                offset=leg.offset * HOUR,
            )
            for leg in option.legs
        ),
    )


@pytest.mark.drill
def test_the_chance_tells_more_than_how_often_bids_win() -> None:
    """Brier's score (1950), the mean square of chance less outcome: of the chance, and of telling
    everybody the share that won, known only afterwards. What was told of most is told right."""
    said = np.array([one.chance for one in forecasts()])
    won = np.array([one.won for one in forecasts()], dtype=float)
    ours, base = float(((said - won) ** 2).mean()), float(won.var())
    assert len(won) > 500
    assert ours < 0.97 * base
    sure = said >= 0.9
    assert abs(float(said[sure].mean() - won[sure].mean())) < 0.03
