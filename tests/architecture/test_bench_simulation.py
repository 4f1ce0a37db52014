"""What is counted of simulators is what there is; bars are held as told; a peer may be absent."""

import json
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from marketplace.store import cycle as cycle_store
from sim.demand.traces.reader import parse_trace
from sim.scenarios.reading import parse_scenario
from tests.bench import children, simulation, sweeping
from tests.bench.children import Ran
from tests.bench.sim_peers import environments, ours, run_assume, workload
from tests.bench.sim_peers.environments import ACCASIM, ASSUME, NotThere
from tests.bench.simulation import Beside, Crowd, Failed, Said
from tests.sim import crowds

OURS = Said(count=1_000, wall_s=9, cpu_s=2, bids=800)
CROWD = Crowd("crowded", 1_000, 100)


def rate(count: int) -> Beside:
    """A peer that does so many in a second."""
    return Beside(Said(count=count, wall_s=1, cpu_s=1))


def test_bids_are_what_stood_in_the_books_of_all_cycles() -> None:
    """In a crowd without room for most."""
    world = ours.lived(ours.demand(96, 12))
    found = ours.counted(world.store)
    bids, seen = 0, Counter[str]()
    with world.store.read() as tx:
        number = 0
        while cycle_store.get(tx, number := number + 1) is not None:
            problem = json.loads(cycle_store.problem(tx, number) or b'{"bids": []}')
            bids += len(problem["bids"])
            seen.update(one.order_id for one in cycle_store.entries(tx, number) if one.options)
    assert found.bids == bids == sum(one.bids for one in world.cycles) == seen.total() > 0
    world.store.close()


def test_the_peers_get_the_very_jobs_of_the_crowd(tmp_path: Path) -> None:
    jobs = ours.demand(48, 12).jobs
    file, machine = workload.write(jobs, crowds.START, 12, tmp_path)
    assert json.loads(machine.read_bytes())["groups"] == {"pool": {"core": 12}}
    read = parse_trace(file.read_bytes(), file.name).jobs
    assert len(read) == len(jobs) == 48
    legs = [job.options[0].legs[0] for job in jobs]
    at = [(job.submitted - crowds.START) // timedelta(seconds=1) for job in jobs]
    told = [line.split() for line in file.read_text().splitlines()]
    assert [int(one[1]) for one in told] == at == sorted(at)
    assert [int(one[3]) for one in told] == [3600 * leg.duration_slots for leg in legs]
    assert [int(one[4]) for one in told] == [int(one[7]) for one in told]
    assert [int(one[4]) for one in told] == [leg.quantity for leg in legs]
    assert len({one[11] for one in told}) == len({job.team for job in jobs})


def test_rows_of_a_table_are_counted_without_its_header(tmp_path: Path) -> None:
    table = tmp_path / "market_orders.csv"
    table.write_text('start_time,unit_id\n1,a\n2,"b\nc"\n3,d\n')
    assert run_assume.rows_of(table) == 3
    table.write_text("")
    assert run_assume.rows_of(table) == 0


def ran(out: str, code: int = 0, err: str = "", *, killed: bool = False) -> Ran:
    return Ran(code, out, err, 3.0, 1.0, killed=killed, cpu_s=2.0)


def test_what_a_simulator_says_is_its_last_line() -> None:
    said = simulation.spoken(ran('a bar\n{"count": 10, "wall_s": 4, "cpu_s": 2.5}\n'))
    assert (said.count, said.a_second()) == (10, 4.0)
    bad = (ran("", 1, "no such module\n"), ran("words"), ran(""), ran('{"rows": 1}'), ran("7"))
    for one in (*bad, ran("", -9, killed=True)):
        with pytest.raises(Failed):
            simulation.spoken(one)


def test_the_middle_run_is_told() -> None:
    runs = [Said(count=1, wall_s=1, cpu_s=took) for took in (9.0, 1.0, 2.0)]
    assert simulation.middle(runs).cpu_s == 2.0


def test_each_bar_is_held_against_what_it_names() -> None:
    """400 bids and 500 new orders a second."""
    bids, new = simulation.told(CROWD, OURS, rate(125), rate(399), "pace")
    assert [one.reached for one in (bids, new)] == [True, True]
    assert "400 bids/s" in bids.figure
    assert "500 new orders/s" in new.figure
    assert "4.00 ×" in new.figure
    bids, new = simulation.told(CROWD, OURS, rate(126), rate(401), "pace")
    assert [one.reached for one in (bids, new)] == [False, False]


def test_a_peer_that_was_not_there_has_no_figure_and_no_verdict() -> None:
    absent = Beside(None, "assume-framework==0.6.0 cannot be installed: no route")
    bids, new = simulation.told(CROWD, OURS, rate(1), absent, "pace")
    assert [one.reached for one in (bids, new)] == [None, True]
    assert bids.baseline == ""
    assert "the peer was not there" in bids.note
    assert "no route" in bids.note
    [row] = simulation.told(CROWD, Failed("no memory"), rate(1), absent, "pace")
    assert (row.figure, row.reached) == ("no memory", False)


def test_an_environment_is_made_once_and_anew_for_another_version_or_without_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: list[list[str]] = []

    def install(line: list[str], _limit_s: float) -> Ran:
        words.append(line)
        made = tmp_path / "accasim" / "bin" / "python"
        made.parent.mkdir(parents=True, exist_ok=True)
        made.touch()
        return ran("")

    monkeypatch.setattr(children, "run", install)
    python = environments.python_of(ACCASIM, tmp_path)
    assert environments.python_of(ACCASIM, tmp_path) == python
    assert [one[-1] for one in words] == [str(tmp_path / "accasim"), "accasim==1.1.3"]
    environments.python_of(replace(ACCASIM, version="2"), tmp_path)
    assert len(words) == 4
    python.unlink()
    environments.python_of(replace(ACCASIM, version="2"), tmp_path)
    assert len(words) == 6


def test_an_environment_that_cannot_be_made_says_why_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "run", lambda _line, _limit_s: ran("", 1, "no route\n"))
    for _ in range(2):
        with pytest.raises(NotThere, match="no route"):
            environments.python_of(ASSUME, tmp_path)


def test_a_sweep_is_told_by_the_middle_pair() -> None:
    one = ran("")
    pairs = [(replace(one, wall_s=wall), one) for wall in (3.0, 5.4, 9.0)]
    row = sweeping.told(pairs, 32, 1.9)
    assert row.figure.startswith("1.80 ×")
    assert row.reached
    assert sweeping.told([(replace(one, wall_s=5.3), one)], 32, 1.9).reached is False


def test_the_swept_scenario_is_the_shipped_one_but_shorter() -> None:
    file = parse_scenario(sweeping.shortened().encode(), "short.toml")
    assert (file.name, file.days) == (sweeping.SCENARIO, 10)


def test_a_child_tells_its_processor_time_and_takes_what_its_environment_has_more() -> None:
    line = "import os; sum(range(3_000_000)); print(os.environ['OURS'], 'PATH' in os.environ)"
    found = children.run([sys.executable, "-c", line], 30, {"OURS": "1"})
    assert found.out.split() == ["1", "True"]
    assert found.cpu_s > 0
