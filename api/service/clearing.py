"""Clear in a process of its own, at low priority: requests stay quick while it works."""

import os
import threading
import time
from concurrent.futures import CancelledError, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from typing import Final

from allocator.outcome import Outcome
from allocator.problem import Problem
from api.compiled import place_cache
from marketplace.rules import MarketRules
from marketplace.services.clearing import Stop, attempt

NICER: Final = 10
LOOKED_EVERY_S: Final = 0.05


class Abandoned(Exception):
    """The service stops, or the child died: the cycle stays closed, and the next beat or the next
    start clears it anew."""


class Died(Abandoned):
    """The child died of itself."""


@dataclass(slots=True)
class Child:
    """A process that clears, one cycle after another. It ends when the pipe to it is closed: of an
    ``Event`` one would wait for ever for a process that has died to take notice."""

    _pool: tuple[ProcessPoolExecutor, Connection, Connection] | None = None

    def clear(
        self, problem: Problem, rules: MarketRules, seed: int, stop: Stop
    ) -> tuple[Outcome | None, str]:
        """As ``attempt``, elsewhere. Raises ``Abandoned``, also where it is told to stop: an
        outcome that was cut short by a restart would be another than the market's rules give."""
        if self._pool is None:
            context = get_context("spawn")
            told, tells = context.Pipe(duplex=False)
            pool = ProcessPoolExecutor(1, context, initializer=_begin, initargs=(told,))
            self._pool = pool, told, tells
        try:
            work = self._pool[0].submit(_cleared, problem, rules, seed)
            while not work.done():
                if stop():
                    self.close()
                    raise Abandoned("the service stops")
                time.sleep(LOOKED_EVERY_S)
            return work.result()
        except (BrokenProcessPool, CancelledError) as gone:
            self.close()
            raise Died("the process that clears has died") from gone

    def close(self) -> None:
        """Let the process end."""
        found, self._pool = self._pool, None
        if found is not None:
            pool, *pipe = found
            for end in pipe:
                end.close()
            pool.shutdown(wait=False, cancel_futures=True)


def _begin(told: Connection) -> None:
    """In the child: give way to everybody else."""
    os.nice(NICER)
    for end in (_end_with_parent, lambda: _end_when_told(told)):
        threading.Thread(target=end, daemon=True).start()
    place_cache()


def _end_with_parent() -> None:
    """A server that is killed would leave this process waiting for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _end_when_told(told: Connection) -> None:
    """At once: a service that stops waits for this process, and what it makes is abandoned."""
    with suppress(EOFError, OSError):
        told.recv_bytes()
    os._exit(1)


def _cleared(problem: Problem, rules: MarketRules, seed: int) -> tuple[Outcome | None, str]:
    until = time.monotonic() + rules.clearing_seconds
    return attempt(problem, rules, seed, lambda: time.monotonic() > until)
