"""An agent: a team's mind. It is asked at each step, and answers with commands."""

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.random import Generator

from marketplace.domain.command import Command
from sim.agents.view import View
from sim.demand.job import Job

Commands = Sequence[Command[Any]]
"""``PlaceOrder``, ``AmendOrder``, ``CancelOrders`` and ``RequestSpot``: what a team may send."""


class Agent(Protocol):
    """One team's bidding. It may remember: each run begins with a copy of its own.

    An order serves the job whose id is its key, up to a ``~`` (``sim.agents.asking``).
    """

    @property
    def name(self) -> str:
        """As the registry and scenarios call it."""
        ...

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:
        """What the team does now. ``arrived``: jobs that it learnt of since it was asked last;
        ``luck``: its own stream, which no other team's draws move."""
        ...
