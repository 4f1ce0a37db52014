"""What a trace is, whatever its format: jobs by submission, and what was skipped on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from sim.problem import SimulationProblem

Kind = Literal["philly", "openb", "genai", "elasticflow", "gavel", "shockwave", "tiresias", "swf"]

UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MADE_UP_EPOCH: Final = datetime(2024, 1, 1, tzinfo=UTC)
"""Second 0 of traces that name no date: a Monday."""

OTHERS: Final = "others"
"""The tenant that all have in common who are too small, and too many, for a team each."""


class TraceProblem(SimulationProblem):
    """The file cannot be read as a trace: one sentence that names the file and the line.

    ``reason`` is the same without names and numbers, to count rows by.
    """

    def __init__(self, sentence: str, reason: str = "unreadable") -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceJob:
    """One job of a trace. Seconds count from the trace's epoch."""

    line: int
    submitted_s: float
    duration_s: float
    gpus: int
    tenant: str  # empty: the trace names none
    deadline_s: float | None
    models: tuple[str, ...]  # GPU models it may run on; none: any


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What a file holds: its jobs by submission, and what was skipped, by reason."""

    name: str
    kind: Kind
    epoch: datetime
    rows: int
    jobs: tuple[TraceJob, ...]
    skipped: Mapping[str, int]
    notes: tuple[str, ...] = ()  # what was taken for what, a sentence each


def largest(weights: Mapping[str, float], most: int) -> frozenset[str]:
    """The names that keep a team of their own where only ``most`` teams are wanted.

    All of them where they are few enough; else the heaviest, and the rest are ``OTHERS``. Ties go
    by name.
    """
    if len(weights) <= most:
        return frozenset(weights)
    by_weight = sorted(weights, key=lambda name: (-weights[name], name))
    return frozenset(by_weight[: most - 1])
