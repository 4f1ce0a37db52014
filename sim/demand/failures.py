"""Nodes that fail by chance, and come back once they are repaired."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sim.demand import distributions as drawn
from sim.demand.organisation import FailureSpec, Organisation

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """How one pool's nodes fail: each after ``mtbf_hours`` of its time on average, for
    ``repair_hours`` on average; both exponential, independent of each other."""

    pool: str
    node_units: int
    mtbf_hours: float
    repair_hours: float


def draw_failures(
    organisation: Organisation, failing: tuple[Failing, ...], seed: int
) -> tuple[FailureSpec, ...]:
    """All failures of a run, by their start. Each node draws from a stream of its own."""
    units = {pool.id: pool.units for pool in organisation.pools}
    found = [
        failure
        for one in failing
        for node in range(units[one.pool] // one.node_units)
        for failure in _of_node(organisation, one, node, seed)
    ]
    return tuple(sorted(found, key=lambda one: (one.start, one.pool, one.end)))


def _of_node(
    organisation: Organisation, failing: Failing, node: int, seed: int
) -> Iterator[FailureSpec]:
    rng = drawn.stream(seed, f"failures/{failing.pool}", node)
    last = timedelta(days=organisation.days)
    at = timedelta(0)
    while True:
        at += _whole_minutes(rng.exponential(failing.mtbf_hours))
        if at >= last:
            return
        back = at + _whole_minutes(rng.exponential(failing.repair_hours))
        yield FailureSpec(
            pool=failing.pool,
            start=organisation.start + at,
            end=organisation.start + back,
            quantity=failing.node_units,
        )
        at = back


def _whole_minutes(hours: float) -> timedelta:
    return max(round(60 * hours), 1) * MINUTE
