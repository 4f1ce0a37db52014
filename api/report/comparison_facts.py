"""What a report on a comparison is made of, read as ``facts`` are: each from an attribute of the
same name. Amounts are micro-credits; means of them over seeds need not be whole.
"""

from collections.abc import Mapping

from api.report.facts import Facts, Table


class Interval(Facts):
    """A mean over seeds, and where it lies; no ends where too few runs were made."""

    mean: float
    low: float | None
    high: float | None


class Step(Facts):
    """How far a policy lies from the first; no ends where too few runs are paired."""

    mean: float
    low: float | None
    high: float | None
    pairs: int


class MeasureCell(Facts):
    """One measure of one policy, as people read it."""

    value: str
    step: str
    side: str
    mark: str


class Measure(Facts):
    """One measure of all policies."""

    id: str
    name: str
    better: str  # more, less, neither
    formula: str
    cells: tuple[MeasureCell, ...]


class Size(Facts):
    """The jobs of one size under one policy."""

    name: str
    wait_mean_h: float | None
    wait_p99_h: float | None


class Team(Facts):
    """One team under one policy."""

    id: str
    name: str
    delivered: Interval


class Price(Facts):
    """One pool's mean price by day; none where nothing was sold."""

    id: str
    name: str
    reserve_ucr: int
    by_day_ucr: tuple[int | None, ...]


class Policy(Facts):
    """One policy over all of its seeds."""

    name: str
    seeds: tuple[int, ...]
    values: Mapping[str, Interval | None]
    value_step: Step | None
    sizes: tuple[Size, ...]
    teams: tuple[Team, ...]
    prices: tuple[Price, ...]
    unmet: Mapping[str, float]
    sentences: tuple[str, ...]


class Comparison(Facts):
    """Ways to share the same pools among the same demand, or one of them alone."""

    headline: str
    adoption: str
    answers: Mapping[str, str]
    demand: str
    source: str
    slots: int
    jobs: int
    seeds: tuple[int, ...]
    policies: tuple[Policy, ...]
    measures: tuple[Measure, ...]
    tables: Mapping[str, Table]
    notes: tuple[str, ...]
    faults: tuple[str, ...]
