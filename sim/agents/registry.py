"""Every kind of agent, by the name that scenarios call it by."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from sim.agents.agent import Agent
from sim.agents.deadline import Deadline
from sim.agents.flexible import Flexible
from sim.agents.hoarder import Hoarder
from sim.agents.pacing import Pacing
from sim.agents.reviser import Reviser
from sim.agents.sandwicher import Sandwicher
from sim.agents.shading import Shading
from sim.agents.shortener import Shortener
from sim.agents.speculator import Speculator
from sim.agents.truthful import Truthful
from sim.agents.underbidder import Underbidder
from sim.agents.zero_intelligence import ZeroIntelligence

AGENTS: Final[Mapping[str, Callable[..., Agent]]] = {
    "truthful": Truthful,
    "shading": Shading,
    "pacing": Pacing,
    "zero-intelligence": ZeroIntelligence,
    "hoarder": Hoarder,
    "deadline": Deadline,
    "flexible": Flexible,
    "firm": partial(Truthful, name="firm"),
    "movable": partial(Flexible, name="movable", movable=1.0),
    "half-movable": partial(Flexible, name="half-movable", movable=0.5),
    "recallable": partial(Flexible, name="recallable", recallable=1.0),
    "half-recallable": partial(Flexible, name="half-recallable", recallable=0.5),
    "two-thirds-firm": partial(Flexible, name="two-thirds-firm", movable=1 / 6, recallable=1 / 6),
    "shaded-buy-out": partial(Flexible, name="shaded-buy-out", recallable=1.0, buy_out=0.75),
    "inflated-buy-out": partial(Flexible, name="inflated-buy-out", recallable=1.0, buy_out=1.25),
    "speculator": Speculator,
    "modest-speculator": partial(Speculator, name="modest-speculator", most=2.5),
    "underbidder": Underbidder,
    "reviser": Reviser,
    "shortener": Shortener,
    "sandwicher": Sandwicher,
}


def agents_of(minds: Mapping[str, Agent | str]) -> dict[str, Agent]:
    """Each team's agent, where it may be named. Raises as ``agent``."""
    return {team: agent(one) if isinstance(one, str) else one for team, one in minds.items()}


def agent(name: str, **settings: Any) -> Agent:
    """A new agent of that name. Raises ``ValueError`` for a name that is not there, and
    ``TypeError`` for settings that it has not."""
    if name not in AGENTS:
        raise ValueError(f"{name!r} is no agent; there are {', '.join(AGENTS)}")
    return AGENTS[name](**settings)
