"""Jobs as rows of a table, and back: each row is checked, and what is wrong is named by its row."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sim.demand.job import DAY, Decay, Job, JobLeg, JobOption
from sim.demand.organisation import Organisation
from sim.demand.spot import SpotJob
from sim.problem import SimulationProblem

Record = Mapping[str, Any]
"""One row, by column."""

MICROSECOND: Final = timedelta(microseconds=1)
OF_JOB: Final = (
    *("team", "project", "theme", "submitted", "earliest", "latest_start", "standing"),
    *("cancels_at", "soft_deadline", "hard_deadline", "checkpoint_us"),
)
"""What stands alike in all rows of a job."""

NEEDED: Final = (
    *("id", "team", "project", "theme", "submitted", "earliest", "latest_start", "standing"),
    *("checkpoint_us", "option", "value_ucr", "leg", "pool", "quantity", "offset_slots"),
    "duration_slots",
)
NEEDED_FOR_SPOT: Final = (
    *("id", "team", "project", "theme", "submitted", "pool", "quantity"),
    *("limit_ucr", "minimum_us", "needs_us", "checkpoint_us"),
)


LEAST_FOR_SPOT: Final = {
    "quantity": 1,
    "limit_ucr": 1,
    "needs_us": 1,
    "minimum_us": 0,
    "checkpoint_us": 0,
}


class DemandProblem(SimulationProblem):
    """The file cannot be read as a demand: one sentence that names the file and the row."""


def rows_of(job: Job) -> Iterator[Record]:
    """A row a leg, by option and leg."""
    shared = {
        "kind": "job",
        "id": job.id,
        "team": job.team,
        "project": job.project,
        "theme": job.theme,
        "submitted": job.submitted,
        "earliest": job.earliest,
        "latest_start": job.latest_start,
        "standing": job.standing,
        "cancels_at": job.cancels_at,
        "soft_deadline": job.decay.soft if job.decay else None,
        "hard_deadline": job.decay.hard if job.decay else None,
        "checkpoint_us": job.checkpoint // MICROSECOND,
    }
    for option, way in enumerate(job.options):
        for number, leg in enumerate(way.legs):
            yield shared | {
                "option": option,
                "value_ucr": way.value_ucr,
                "leg": number,
                "pool": leg.pool,
                "quantity": leg.quantity,
                "offset_slots": leg.offset_slots,
                "duration_slots": leg.duration_slots,
            }


def spot_rows_of(job: SpotJob) -> Iterator[Record]:
    """The one row of a spot job."""
    yield {
        "kind": "spot",
        "id": job.id,
        "team": job.team,
        "project": job.project,
        "theme": job.theme,
        "submitted": job.submitted,
        "pool": job.pool,
        "quantity": job.quantity,
        "limit_ucr": job.limit_ucr,
        "minimum_us": job.minimum // MICROSECOND,
        "needs_us": job.needs // MICROSECOND,
        "checkpoint_us": job.checkpoint // MICROSECOND,
    }


def jobs_of(records: Sequence[Record], organisation: Organisation, name: str) -> list[Job]:
    """The jobs of the rows that a file begins with. Raises ``DemandProblem``."""
    check = _Check(organisation, name)
    found = []
    numbered = enumerate(records, 1)
    for _, rows in groupby(numbered, key=lambda pair: pair[1]["id"]):
        group = list(rows)
        first, row = group[0]
        for number, each in group:
            check.filled(number, each, "job", NEEDED)
            check.known(number, each)
        check.placed(first, row)
        check.alike(group)
        try:
            found.append(_job(row, [each for _, each in group]))
        except ValueError as bad:
            raise DemandProblem(f"{name}, row {first}: {bad}") from bad
    return found


def spot_jobs_of(
    records: Sequence[Record], start: int, organisation: Organisation, name: str
) -> list[SpotJob]:
    """The spot jobs of the rows from ``start`` on. Raises ``DemandProblem``."""
    check = _Check(organisation, name)
    found = []
    for number, row in enumerate(records[start:], start + 1):
        check.filled(number, row, "spot", NEEDED_FOR_SPOT)
        check.known(number, row)
        check.placed(number, row)
        for column, least in LEAST_FOR_SPOT.items():
            if row[column] < least:
                raise DemandProblem(
                    f"{name}, row {number}: {column} is {row[column]}, less than {least}"
                )
        found.append(_spot_job(row))
    return found


class _Check:
    """What must hold of each row, given those before it."""

    def __init__(self, organisation: Organisation, name: str) -> None:
        self._name = name
        self._teams = {team.id for team in organisation.teams}
        self._pools = {pool.id for pool in organisation.pools}
        self._start = organisation.start
        self._end = organisation.start + organisation.days * DAY
        self._ids: set[str] = set()
        self._latest = (datetime.min.replace(tzinfo=UTC), "")

    def filled(self, number: int, row: Record, kind: str, columns: Sequence[str]) -> None:
        if row["kind"] != kind:
            raise self._wrong(number, f"kind is {row['kind']!r} where {kind!r} should be")
        for column in columns:
            if row[column] is None:
                raise self._wrong(number, f"{column} is empty")

    def known(self, number: int, row: Record) -> None:
        for column, known in (("team", self._teams), ("pool", self._pools)):
            if row[column] not in known:
                there = f"the organisation has no {column} {row[column]!r}"
                raise self._wrong(number, there)

    def placed(self, number: int, row: Record) -> None:
        """A job's place among the others: in the run, in order, once."""
        at, id_ = row["submitted"], row["id"]
        if not self._start <= at < self._end:
            days = f"{self._start.isoformat()} to {self._end.isoformat()}"
            raise self._wrong(number, f"submitted at {at.isoformat()}, outside {days}")
        if id_ in self._ids:
            raise self._wrong(number, f"the job {id_!r} has rows above already")
        if (at, id_) < self._latest:
            raise self._wrong(number, "not by submission and id")
        self._ids.add(id_)
        self._latest = (at, id_)

    def alike(self, group: Sequence[tuple[int, Record]]) -> None:
        """The rows of one job say the same of it, and count options and legs without gaps."""
        _, first = group[0]
        before = (-1, 0)
        for number, row in group:
            for column in OF_JOB:
                if row[column] != first[column]:
                    raise self._wrong(number, f"{column} is not that of the job's first row")
            place = row["option"], row["leg"]
            if place not in ((before[0], before[1] + 1), (before[0] + 1, 0)):
                raise self._wrong(number, f"option {place[0]}, leg {place[1]} is out of turn")
            before = place

    def _wrong(self, number: int, what: str) -> DemandProblem:
        return DemandProblem(f"{self._name}, row {number}: {what}")


def _job(row: Record, legs: Sequence[Record]) -> Job:
    soft, hard = row["soft_deadline"], row["hard_deadline"]
    if (soft is None) != (hard is None):
        raise ValueError("one deadline of the two is missing")
    options = []
    for _, group in groupby(legs, key=lambda each: each["option"]):
        parts = list(group)
        if len({part["value_ucr"] for part in parts}) > 1:
            raise ValueError("an option has more than one value")
        options.append(
            JobOption(
                value_ucr=parts[0]["value_ucr"],
                legs=tuple(
                    JobLeg(
                        pool=part["pool"],
                        quantity=part["quantity"],
                        offset_slots=part["offset_slots"],
                        duration_slots=part["duration_slots"],
                    )
                    for part in parts
                ),
            )
        )
    return Job(
        id=row["id"],
        team=row["team"],
        project=row["project"],
        theme=row["theme"],
        submitted=row["submitted"],
        earliest=row["earliest"],
        latest_start=row["latest_start"],
        options=tuple(options),
        standing=row["standing"],
        cancels_at=row["cancels_at"],
        decay=None if soft is None else Decay(soft=soft, hard=hard),
        checkpoint=row["checkpoint_us"] * MICROSECOND,
    )


def _spot_job(row: Record) -> SpotJob:
    return SpotJob(
        id=row["id"],
        team=row["team"],
        project=row["project"],
        theme=row["theme"],
        pool=row["pool"],
        quantity=row["quantity"],
        limit_ucr=row["limit_ucr"],
        minimum=row["minimum_us"] * MICROSECOND,
        needs=row["needs_us"] * MICROSECOND,
        submitted=row["submitted"],
        checkpoint=row["checkpoint_us"] * MICROSECOND,
    )
