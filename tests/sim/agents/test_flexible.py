"""Teams that let the market change what they won: more is served, the books are clean, and nobody
who was bought out is worse off than its time-box would have left it."""

from datetime import timedelta
from functools import cache

import pytest

from marketplace.domain.page import every
from marketplace.domain.reservation import ReservationState
from marketplace.domain.transfer import Movement
from marketplace.rules import MarketRules
from marketplace.services import check, ledger, order, reservation
from sim.agents.registry import agents_of
from sim.demand.demand import Demand
from sim.demand.distributions import stream
from sim.demand.organisation import Organisation
from sim.engine.course import Course
from sim.engine.market import live
from sim.engine.world import World
from tests.sim.crowds import START, job, pool, quiet, team

TEAMS = [f"t{number}" for number in range(4)]
DAYS = 4
RULES = MarketRules(
    cycle_minutes=360,
    lead_minutes=60,
    horizon_hours=72,
    longest_hours=24,
    work=2_000,
    indicative_hours="",
    gate_hours=6,
    buy_out_gain_ppm=10**9,
)


@cache
def demand(seed: int = 2) -> Demand:
    """Cheap jobs that are known three days ahead, and dear ones that are known hours ahead."""
    jobs = []
    for owner in TEAMS:
        luck = stream(seed, owner, 0)
        for number in range(40):
            second, hours = int(luck.integers((DAYS - 1) * 86_400)), int(luck.choice([2, 4, 8]))
            early = bool(luck.random() < 0.6)
            price = float(luck.uniform(1, 2) if early else luck.uniform(3, 6))
            ahead = int(luck.integers(40, 60) if early else luck.integers(9, 20))
            jobs.append(
                job(
                    f"{owner}-{number}",
                    owner,
                    value=hours * price,
                    hours=hours,
                    at=timedelta(seconds=second),
                    earliest=second // 3600 + ahead,
                    slack=(0 if number % 4 else 12) if early else 2,
                )
            )
    organisation = Organisation(
        pools=(pool(8),), teams=tuple(team(name) for name in TEAMS), start=START, days=DAYS
    )
    ordered = tuple(sorted(jobs, key=lambda one: (one.submitted, one.id)))
    return Demand(name="late and dear", organisation=organisation, jobs=ordered)


@cache
def lived(mind: str) -> World:
    agents = agents_of(dict.fromkeys(TEAMS, mind))
    found = demand()
    course = Course()
    return live(found.organisation, found.jobs, (), RULES, 1, quiet, agents=agents, course=course)


def worth(world: World) -> int:
    """What the jobs are worth whose time-boxes stayed theirs."""
    boxes = every(reservation.listed, world.store)
    kept = {one.order_id for one in boxes if one.state is not ReservationState.RECALLED}
    return sum(world.jobs[id_].options[0].value_ucr for id_ in kept)


@pytest.mark.parametrize("mind", ["movable", "recallable", "two-thirds-firm", "shaded-buy-out"])
def test_the_right_to_think_again_serves_more_and_the_books_are_clean(mind: str) -> None:
    firm, world = lived("firm"), lived(mind)
    assert worth(world) > worth(firm)
    assert check.check(world.store).faults == ()


def test_each_kind_does_what_it_says() -> None:
    movable = every(reservation.listed, lived("movable").store)
    assert {one.moves for one in movable} > {0}
    assert ReservationState.RECALLED not in {one.state for one in movable}
    assert max(one.moves for one in movable) <= RULES.moves_most
    recallable = every(reservation.listed, lived("recallable").store)
    assert ReservationState.RECALLED in {one.state for one in recallable}
    assert {one.moves for one in recallable} > {0}


def test_who_is_bought_out_has_what_its_bid_was_worth() -> None:
    """What comes back and what is gained come to what the order was worth."""
    world, back = lived("recallable"), dict[str, int]()
    for posted in every(ledger.posted, world.store):
        one = posted.transfer
        if one.rule == "recall" and one.movement in (Movement.REFUND, Movement.BUY_OUT):
            back[one.payer.order_id] = back.get(one.payer.order_id, 0) + one.amount_ucr
    assert back
    worths = {
        one.id: one.request.options[0].value_ucr for one in order.those(world.store, list(back))
    }
    assert back == worths


@pytest.mark.parametrize(
    ("mind", "bid", "named"),
    [("shaded-buy-out", 1.0, 0.75), ("recallable", 1.0, 1.0), ("inflated-buy-out", 1.25, 1.25)],
)
def test_a_buy_out_is_named_truly_shaded_or_inflated_and_never_above_the_bid(
    mind: str, bid: float, named: float
) -> None:
    world = lived(mind)
    for one in order.those(world.store, list(world.jobs)):
        worth = world.jobs[one.id].options[0].value_ucr
        asked = one.request.options[0].value_ucr
        assert asked == int(worth * bid)
        assert (one.request.guarantee.buy_out_ucr or asked) == int(worth * named)
