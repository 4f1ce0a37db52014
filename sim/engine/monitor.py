"""What a made-up monitor measured of reserved time that is over."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from marketplace.domain.page import every
from marketplace.domain.reservation import Reservation, ReservationState
from marketplace.domain.usage import MICRO, Spell
from marketplace.domain.usage_command import ImportUsage
from marketplace.services import reservation
from sim.engine.world import PLATFORM_LEAD, World

AT_ONCE: Final = 10_000
"""So many rows are imported by one command."""

UNUSED: Final = 0.06
"""The share of time-boxes that nobody came to use."""

BUSY: Final = (9.0, 1.5)
"""Of the others: the parameters of a beta distribution of the busy share of their units."""


def measure(world: World, now: datetime) -> None:
    """Import what was used of the time-boxes that ran to their end in the pools that are watched:
    those of GPUs in whole nodes. What was used is invented."""
    watched = {pool.id for pool in world.pools.values() if pool.block_size > 1}
    spells = list(_spells(world, watched))
    for first in range(0, len(spells), AT_ONCE):
        command = ImportUsage(tuple(spells[first : first + AT_ONCE]))
        world.runner.run(command, by=PLATFORM_LEAD, at=now)


def _spells(world: World, watched: set[str]) -> Iterator[Spell]:
    for one in every(reservation.listed, world.store, state=ReservationState.EXPIRED):
        if one.pool in watched:
            yield Spell(one.id, one.start, one.end, _used_micro(world, one))


def _used_micro(world: World, one: Reservation) -> int:
    luck = world.luck("used", one.id)
    share = 0.0 if luck.random() < UNUSED else luck.beta(*BUSY)
    return int(MICRO * sum(one.units) // len(one.units) * share)
