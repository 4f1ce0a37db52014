"""The clock of a served market: what falls due is done, by the one process that leads."""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from apscheduler.schedulers.background import BackgroundScheduler

from allocator.outcome import Outcome
from allocator.problem import Problem
from api.rest.market import Market
from api.service.clearing import Abandoned, Child, Died
from api.service.retries import Retries
from marketplace.domain.lease import Lease
from marketplace.errors import ClockAhead, MarketError, NotLeading, zulu
from marketplace.rules import MarketRules
from marketplace.services import clock, lease
from marketplace.services.clearing import Stop
from marketplace.services.clock import Leading

LOG: Final = logging.getLogger("gpumarket.clock")
BEAT_S: Final = 1.0
LEASE_S: Final = 5.0
USES_S: Final = 60.0
BREATH_S: Final = 0.05


def _nobody(*_: float) -> None:
    """Nobody wants to know how long a cycle took, or that a clearing's process died."""


@dataclass(slots=True)
class Clock:
    """Does what falls due, while its process leads. Three jobs: lead and go on leading; look every
    second whether something is due; write down which tokens were used."""

    market: Market
    holder: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    leads: Lease | None = None
    ran: Callable[[float], object] = _nobody
    died: Callable[[], object] = _nobody
    _stopping: threading.Event = field(default_factory=threading.Event)
    _jobs: BackgroundScheduler = field(init=False)
    _child: Child = field(default_factory=Child)
    _again: Retries = field(init=False)

    def __post_init__(self) -> None:
        self._again = Retries(self._clear)
        options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._jobs = BackgroundScheduler(timezone="UTC", job_defaults=options)

    def start(self) -> None:
        """Begin, in threads of its own."""
        for job, every_s in ((self.lead, LEASE_S), (self.beat, BEAT_S), (self._note, USES_S)):
            self._jobs.add_job(job, "interval", seconds=every_s)
        self.lead()
        self._jobs.start()

    def stop(self) -> None:
        """End: what is being written is finished, a clearing is left for the next start."""
        self._stopping.set()
        self._child.close()
        if self._jobs.running:
            self._jobs.shutdown(wait=True)
        self._note()
        if self.leads is not None:
            with suppress(ClockAhead):  # who leads next waits until the lease is over
                lease.give_up(self.market.store, self.leads, self.market.clock())
            self.leads = None

    def lead(self) -> None:
        """Lead, or go on leading, where nobody else does."""
        before = self.leads
        try:
            self.leads = lease.take(self.market.store, self.holder, self.market.clock())
        except MarketError as refusal:
            LOG.warning("the lease cannot be taken: %s", refusal)
            return
        if (before and before.fence) != (self.leads and self.leads.fence):
            LOG.info("%s the clock", "leads" if self.leads else "does not lead")

    def beat(self) -> None:
        """Do what is due, where this process leads."""
        leads = self.leads
        if leads is None or self._stopping.is_set():
            return
        try:
            now = self.market.clock()
            if clock.due(self.market.store, now, indicates=self._again.ready):
                self._advance(Leading(self.market.runner, leads.fence), now)
        except Abandoned as gone:
            LOG.warning("a clearing was left unfinished: %s", gone)
        except NotLeading as refusal:
            LOG.info("%s", refusal)
            self.leads = None
        except MarketError as refusal:
            LOG.warning("what is due cannot be done now: %s", refusal)
        except Exception:
            LOG.exception("what is due could not be done")

    def _advance(self, leading: Leading, now: datetime) -> None:
        began = time.monotonic()
        passed = clock.advance(
            leading,
            now,
            secrets.token_bytes(16),
            stop=self._stopping.is_set,
            pause=lambda: time.sleep(BREATH_S),
            clearer=self._clear,
            indicates=False,
        )
        if passed.tick is not None:
            LOG.info("ticked at %s", zulu(passed.tick.due_at))
        if passed.run is not None:
            self.ran(time.monotonic() - began)
            LOG.info("cycle %s is %s", passed.run.cycle.id, passed.run.cycle.state.value)
        if self._again.ready:
            self._indicate(leading, now)

    def _indicate(self, leading: Leading, now: datetime) -> None:
        stop, clearer = self._stopping.is_set, self._again.clear
        told = clock.indicate(leading, now, stop=stop, clearer=clearer)
        if told is not None:
            LOG.info("told the indicative prices of %s", zulu(told.due_at))

    def _clear(
        self, problem: Problem, rules: MarketRules, seed: int, stop: Stop
    ) -> tuple[Outcome | None, str]:
        try:
            return self._child.clear(problem, rules, seed, stop)
        except Died:
            self.died()
            raise

    def _note(self) -> None:
        try:
            self.market.write_uses()
        except MarketError as refusal:
            LOG.warning("the use of tokens cannot be written down now: %s", refusal)
