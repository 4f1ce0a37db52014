"""Whose turn it is in a queue: what a baseline decides, and what it may look at.

A new baseline is one small module: a ``Precedence``, and a ``Policy`` that queues by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sim.policies.free_units import Grid, Needs

Rank = tuple[float, ...]
Ways = tuple[Needs, ...]
"""What a job needs, one entry an option, in the job's order."""


@dataclass(frozen=True, slots=True)
class InUse:
    """Units by pool: a row a team, in the order of ``teams``, and a column a slot.

    Jobs that run are counted as far ahead as they run; those that start are counted at once.
    """

    teams: tuple[str, ...]
    units: Mapping[str, Grid]


class Precedence(Protocol):
    """Ranks those who wait: the least rank first; equals go by their place in the line.

    A place in the line is the slot a job joined in, then its submission, then its id.
    """

    def open(self, slot: int, in_use: InUse) -> None:
        """A slot begins: what was used before it is known. Called once a slot, in order."""
        ...

    def rank(self, team: int, ways: Ways) -> Rank:
        """The rank of a team's jobs that need this, now. Teams are numbered as ``in_use`` has them.

        Asked again after a job of the team started: within a slot a rank may only get worse.
        """
        ...
