"""The teams' side of spot, tick by tick: they ask, their work goes on while it runs, and they stop
when it is done. What the market does is ``marketplace.services.tick``'s."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from marketplace.domain.actor import CLOCK, Actor, Role, Standing
from marketplace.domain.capacity import Grid
from marketplace.domain.clock_command import Advance
from marketplace.domain.command import RequestSpot, StopSpot
from marketplace.domain.event.audience import Circle, Event
from marketplace.domain.event.spot import SpotEnded, SpotInterrupted
from marketplace.domain.page import LIMIT_MAX
from marketplace.domain.spot import Code, SpotState, SpotTerms
from marketplace.domain.spot_price import TickPrice
from marketplace.domain.transfer import Tags
from marketplace.errors import MarketError
from marketplace.rules import MarketRules, floor_to
from marketplace.services import event
from marketplace.services.clock import run_tick
from marketplace.services.runner import Runner
from sim.demand.organisation import Organisation
from sim.demand.spot import SpotJob

MOMENT: Final = timedelta(seconds=1)
KINDS: Final = (SpotInterrupted.kind, SpotEnded.kind)
OWN_ENDS: Final = (Code.ENDED.value, Code.STOPPED.value, Code.CANCELLED.value)


Spell = tuple[str, datetime, timedelta, int]
"""A pool, since when, for how long, and on how many of its units something ran."""


@dataclass(slots=True)
class Progress:
    """How far a job has come. Mutable while it goes on."""

    job: SpotJob
    done: timedelta = timedelta(0)
    running_since: datetime | None = None

    def finish(self) -> datetime | None:
        """When it will be done, if nobody interrupts it; None while it waits."""
        if self.running_since is None:
            return None
        return self.running_since + self.job.needs - self.done


@dataclass(slots=True)
class SpotDesk:
    """Spot in a simulated market: who waits, who runs, and what the ticks published."""

    runner: Runner
    organisation: Organisation
    rules: MarketRules
    coming: Sequence[SpotJob]
    now: datetime
    placed: int = 0
    live: dict[str, Progress] = field(default_factory=dict)  # by request id
    finished: list[Progress] = field(default_factory=list)
    ended: list[Progress] = field(default_factory=list)  # without being done
    refused: Counter[str] = field(default_factory=Counter)
    interruptions: Counter[str] = field(default_factory=Counter)
    notices: int = 0
    used_s: Counter[str] = field(default_factory=Counter)  # unit-seconds by pool
    lost_s: int = 0  # of these, unit-seconds that were run for nothing, and again
    prices: list[TickPrice] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
    heard: int = 0  # the number of the last event that was taken in

    def advance(self, until: datetime) -> None:
        """Live up to and including ``until``, tick by tick."""
        mark = floor_to(self.now, self.rules.tick) + self.rules.tick
        while mark <= until:
            self._stop_finished(mark)
            self._place(mark - MOMENT)
            self.now = mark
            self._tick(mark)
            mark += self.rules.tick
        self._stop_finished(until)
        self.now = max(self.now, until)

    def close(self, at: datetime) -> None:
        """At the end of the run: count the work of what still runs."""
        for one in self.live.values():
            self._count(one, at)

    def used_by_slot(self, start: datetime, slots: int) -> dict[str, Grid]:
        """Unit-seconds that ran in each slot from ``start`` on, by pool."""
        used: dict[str, Grid] = {}
        for pool, since, ran, units in self.spells:
            grid = used.setdefault(pool, np.zeros(slots, dtype=np.int64))
            first, end = (since - start) // self.rules.slot, since + ran
            for slot in range(max(first, 0), slots):
                begins = start + slot * self.rules.slot
                if begins >= end:
                    break
                both = min(end, begins + self.rules.slot) - max(since, begins)
                grid[slot] += units * (both // MOMENT)
        return used

    def _stop_finished(self, until: datetime) -> None:
        """Teams stop what is done, at the second at which it is, in the order of time."""
        due: dict[datetime, dict[str, list[str]]] = {}
        for id_, one in self.live.items():
            at = one.finish()
            if at is not None and at <= until:
                due.setdefault(max(at, self.now), {}).setdefault(one.job.team, []).append(id_)
        for at in sorted(due):
            self.runner.run(Advance(), by=CLOCK, at=at)
            self._hear()
            for team, done in due[at].items():
                ids = [id_ for id_ in done if id_ in self.live]
                if not ids:
                    continue
                self.runner.run(StopSpot(tuple(ids)), by=Actor.member("desk", team), at=at)
                for id_ in ids:
                    one = self.live.pop(id_)
                    self._count(one, at)
                    self.finished.append(one)
            self.now = at

    def _place(self, at: datetime) -> None:
        batch = []
        while self.placed < len(self.coming) and self.coming[self.placed].submitted <= at:
            batch.append(self.coming[self.placed])
            self.placed += 1
        if not batch:
            return
        at = max(at, self.now)
        centres = {one.id: one.cost_centre for one in self.organisation.teams}
        asks = [RequestSpot(terms_of(job, centres.get(job.team, ""))) for job in batch]
        teams = {job.team for job in batch}
        by = Actor.person("desk", *(Standing(Role.MEMBER, team) for team in sorted(teams)))
        answers = self.runner.run_all(asks, by=by, at=at)
        for job, answer in zip(batch, answers, strict=True):
            if isinstance(answer, MarketError):
                self.refused[answer.code] += 1
            else:
                self.live[answer.id] = Progress(job)
        self.now = at

    def _tick(self, now: datetime) -> None:
        found = run_tick(self.runner, now)
        if found is None:
            return
        self.prices += found.prices
        self.notices += len(found.noticed)
        self._hear()
        for one in found.started:
            if one.id in self.live and one.run is not None:
                self.live[one.id].running_since = one.run.started_at

    def _hear(self) -> None:
        """Take in what was told of runs that ended, by the clock or by a tick."""
        while told := event.after(
            self.runner.store, [Circle.OPERATORS], self.heard, LIMIT_MAX, KINDS
        ):
            for one in told:
                self._ended(one.event)
            self.heard = told[-1].id

    def _ended(self, told: Event) -> None:
        assert isinstance(told, SpotInterrupted | SpotEnded)  # noqa: S101 - asked for no others
        known = self.live.get(told.request)
        if known is None:
            return
        interrupted = known.running_since is not None and told.code not in OWN_ENDS
        if interrupted:
            self.interruptions[told.code] += 1
        self._count(known, told.at, interrupted=interrupted)
        if isinstance(told, SpotEnded) or told.state != SpotState.OPEN.value:
            self.ended.append(self.live.pop(told.request))

    def _count(self, one: Progress, at: datetime, *, interrupted: bool = False) -> None:
        """Take in what a spell did; where it was interrupted, what its checkpoints keep."""
        if one.running_since is not None:
            ran = max(at - one.running_since, timedelta(0))
            lost = ran % one.job.checkpoint if interrupted and one.job.checkpoint else timedelta(0)
            one.done += ran - lost
            self.lost_s += one.job.quantity * (lost // MOMENT)
            self.used_s[one.job.pool] += one.job.quantity * (ran // MOMENT)
            self.spells.append((one.job.pool, one.running_since, ran, one.job.quantity))
            one.running_since = None


def terms_of(job: SpotJob, cost_centre: str) -> SpotTerms:
    """A job as its team asks for it: persistent, up to what it is worth."""
    return SpotTerms(
        team=job.team,
        key=job.id,
        pool=job.pool,
        quantity=job.quantity,
        limit_ucr=job.limit_ucr,
        minimum=job.minimum,
        persistent=True,
        tags=Tags(project=job.project, theme=job.theme, cost_centre=cost_centre),
    )
