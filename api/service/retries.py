"""An indicative clearing whose process dies: tried again after growing waits, then given up.

A book that kills the process, by its size or by a bug, would kill it each second until the gate.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from allocator.outcome import Outcome
from allocator.problem import Problem
from api.service.clearing import Died
from marketplace.rules import MarketRules
from marketplace.services.clearing import Clearer, Stop

LOG: Final = logging.getLogger("gpumarket.clock")
WAITS_S: Final = (5.0, 30.0, 120.0)
"""Before each further try."""

FORGOTTEN_S: Final = 1_800.0
"""A death so long ago was another clearing's."""


@dataclass(slots=True)
class Retries:
    """Clears by ``clears``, unless that has died too lately or too often."""

    clears: Clearer
    now: Callable[[], float] = time.monotonic
    _deaths: int = 0
    _again_at: float = 0.0

    @property
    def ready(self) -> bool:
        """Whether it may be tried now."""
        return self.now() >= self._again_at

    def clear(
        self, problem: Problem, rules: MarketRules, seed: int, stop: Stop
    ) -> tuple[Outcome | None, str]:
        """As ``clears``; no outcome once the waits are used up. Raises ``Abandoned``: the next try
        is when ``ready`` says so."""
        if self.now() > self._again_at + FORGOTTEN_S:
            self._deaths = 0
        try:
            found = self.clears(problem, rules, seed, stop)
        except Died as gone:
            self._deaths += 1
            if self._deaths <= len(WAITS_S):
                wait_s = WAITS_S[self._deaths - 1]
                self._again_at = self.now() + wait_s
                raise Died(f"{gone}; it is tried again in {wait_s:g} s") from gone
            LOG.error("an indicative clearing is given up: %s %d times", gone, self._deaths)
            found = None, str(gone)
        self._deaths, self._again_at = 0, 0.0
        return found
