"""Sandwicher (Mirage's S4): a team that blocks large bids by a dense small one, and takes the rest
for next to nothing.

On Mirage one dense bid for 40 nodes kept out one for 97 nodes worth 1590 credits, and two fillers
at 5 and 1 credits then took what was left over: a greedy auction serves the densest bid first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from numpy.random import Generator

from marketplace.domain.command import PlaceOrder
from sim.agents.agent import Commands
from sim.agents.asking import place
from sim.agents.diary import Diary, cancelling
from sim.agents.view import View
from sim.demand.job import Job, JobOption


@dataclass(slots=True)
class Sandwicher:
    """Puts ``dense`` of a job's value on ``part`` of its units, and next to nothing on the rest, in
    two fillers. A job that it cannot divide it asks for whole."""

    name: str = "sandwicher"
    part: float = 0.4
    dense: float = 0.9
    filler: float = 0.02
    diary: Diary = field(default_factory=Diary)

    def act(self, view: View, arrived: Sequence[Job], luck: Generator) -> Commands:  # noqa: ARG002
        """Place three orders for each new job."""
        self.diary.learn(arrived)
        placing = [one for job in arrived for one in self._layers(job, view)]
        return [*placing, *cancelling(view, self.diary.given_up(view), placing)]

    def _layers(self, job: Job, view: View) -> list[PlaceOrder]:
        centre = view.team.cost_centre
        option = job.options[0]
        leg = option.legs[0]
        block = view.pools[leg.pool].block_size
        blocks = leg.quantity // block
        if len(option.legs) > 1 or blocks < 3:
            return [place(job, centre)]
        bread = max(int(blocks * self.part), 1)
        first = (blocks - bread) // 2
        layers = zip(
            (bread, first, blocks - bread - first),
            (self.dense, self.filler, self.filler),
            strict=True,
        )
        return [
            place(_layer(job, option, units * block, share), centre, part=str(number + 1))
            for number, (units, share) in enumerate(layers)
        ]


def _layer(job: Job, option: JobOption, units: int, share: float) -> Job:
    value_ucr = max(int(option.value_ucr * share), 1)
    legs = (replace(option.legs[0], quantity=units),)
    return replace(job, options=(replace(option, value_ucr=value_ucr, legs=legs),))
