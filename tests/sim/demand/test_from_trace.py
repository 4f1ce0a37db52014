"""A trace becomes a demand: its busiest weeks, or the whole of it, with all that was left out."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sim.demand.from_trace import demand_from_trace
from sim.demand.traces.trace import TraceProblem

HEADER = "timestamp,duration,num_gpus,gpu_time,cluster"
DAYS = 40


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Forty days of Philly's form, four jobs a day, the last twenty days twice as long."""
    rows = [HEADER]
    for day in range(DAYS):
        for hour in (2, 9, 14, 20):
            at = datetime(2017, 10, 1) + timedelta(days=day, hours=hour)  # noqa: DTZ001 - as in the file
            seconds = 9_000.0 if day < DAYS // 2 else 18_000.0
            rows.append(f"{at},{seconds},2,{2 * seconds},vc-{hour % 4}")
    path = tmp_path / "days.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def test_the_busiest_weeks_and_the_whole(trace: Path) -> None:
    part = demand_from_trace(trace, seed=3, weeks=2)
    whole = demand_from_trace(trace, seed=3, whole=True)
    assert len(part.jobs) == 14 * 4
    assert len(whole.jobs) == DAYS * 4
    assert (part.organisation.days, whole.organisation.days) == (14, DAYS)
    assert part.name == "days.csv"
    assert part.source.startswith("days.csv (philly), 14 days from 2017-10-2")
    assert "104 jobs left out: not in the weeks chosen, or thinned out." in part.notes
    assert demand_from_trace(trace, seed=3, weeks=2) == part
    assert demand_from_trace(trace, seed=4, weeks=2) != part


def test_the_load_and_the_thinning_are_as_asked(trace: Path) -> None:
    thin = demand_from_trace(trace, whole=True, every=2, load=0.5)
    assert len(thin.jobs) == DAYS * 2
    [pool] = thin.organisation.pools
    asked = sum(job.options[0].legs[0].duration_slots * 2 for job in thin.jobs)
    assert asked / (pool.units * 24 * DAYS) <= 0.5


def test_bad_rows_are_refused_or_said_in_the_notes(trace: Path) -> None:
    with trace.open("a") as file:
        file.write("2017-10-09 07:01:55,-66.0,1,-66.0,vc-1\n2017-10-09 07:0")
    with pytest.raises(TraceProblem, match=r"days\.csv, line 162: duration is '-66\.0'"):
        demand_from_trace(trace)
    notes = demand_from_trace(trace, skip_bad=True).notes
    assert "1 row skipped: bad, duration is negative." in notes
    assert "1 row skipped: bad, wrong number of columns." in notes
