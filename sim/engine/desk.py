"""A team's desk in a running market: what its agent is shown, and what it has heard of its orders.

Each step costs what is new: orders come from the answers of commands and of settling; those whose
time is over are looked up by id.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from numpy.random import Generator

from marketplace.domain.order import Order
from marketplace.domain.reservation import Reservation
from marketplace.errors import MarketError
from sim.agents.agent import Agent, Commands
from sim.agents.view import View
from sim.demand.job import Job
from sim.demand.organisation import TeamSpec


@dataclass(slots=True)
class Desk:
    """One team's side of the market; mutable, as time goes on."""

    team: TeamSpec
    agent: Agent
    luck: Generator
    open: dict[str, Order] = field(default_factory=dict)
    arrived: list[Job] = field(default_factory=list)
    news: list[Order] = field(default_factory=list)
    failed: list[Reservation] = field(default_factory=list)

    def ask(self, look: Callable[..., View]) -> Commands:
        """What the team does, shown what ``look`` makes of its own."""
        view = look(
            team=self.team,
            orders=dict(self.open),
            news=tuple(self.news),
            failed=tuple(self.failed),
        )
        arrived, self.arrived = self.arrived, []
        self.news, self.failed = [], []
        return self.agent.act(view, tuple(arrived), self.luck)

    def hear(self, orders: Iterable[Order]) -> None:
        """Take in how its orders are now."""
        for order in orders:
            if order.open:
                self.open[order.id] = order
            else:
                self.open.pop(order.id, None)
            if not order.open or order.loss is not None:
                self.news.append(order)


def orders_in(answer: Any) -> tuple[Order, ...]:
    """The orders that a command's answer tells of."""
    if isinstance(answer, Order):
        return (answer,)
    if isinstance(answer, MarketError) or not isinstance(answer, tuple):
        return ()
    return tuple(one for one in answer if isinstance(one, Order))
