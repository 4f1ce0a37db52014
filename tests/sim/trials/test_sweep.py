"""Many runs give the same numbers in one process, in several, and on a cluster that loses one."""

import gc
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sim.engine.garbage import leave_what_is_loaded
from sim.trials.cell import cells
from sim.trials.shelf import Kept, Shelf
from sim.trials.sweep import ClusterProblem, _in_worker, sweep
from tests.sim.trials.few import FEW, TWO, quiet

CELLS = cells(FEW, TWO, (1, 2, 3))
ALONE: list[tuple[Kept, ...]] = []


def alone() -> tuple[Kept, ...]:
    """What one process makes of them."""
    if not ALONE:
        ALONE.append(sweep(CELLS, None, quiet))
    return ALONE[0]


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    shelf, told = Shelf(tmp_path), list[int]()

    def stops(_what: str, done: int, _of: int) -> None:
        told.append(done)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(CELLS, shelf, stops)
    assert told == [0, 1, 2]
    assert sum(shelf.find(cell) is not None for cell in CELLS) == 2
    told.clear()
    assert sweep(CELLS, shelf, lambda _what, done, _of: told.append(done)) == alone()
    assert told == [2, 3, 4, 5, 6]


@pytest.mark.slow
def test_processes_side_by_side_give_the_same_numbers(tmp_path: Path) -> None:
    assert sweep(CELLS, Shelf(tmp_path), quiet, processes=2) == alone()


def test_a_worker_looks_through_the_program_for_garbage_once() -> None:
    leave_what_is_loaded.cache_clear()
    try:
        assert _in_worker(7, CELLS[0])[0] == 7
        left = gc.get_freeze_count()
        assert left > 10_000  # the program
        made_later = [[number] for number in range(50_000)]
        number, done = _in_worker(1, CELLS[1])
        assert (number, done.kept) == (1, alone()[1])
        assert gc.get_freeze_count() < left + len(made_later) // 2  # those are looked at
    finally:
        gc.unfreeze()
        leave_what_is_loaded.cache_clear()


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(ClusterProblem, match="is a Dask scheduler running there"):
        sweep(CELLS, Shelf(tmp_path), quiet, dask=address)


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_gives_the_same_numbers(tmp_path: Path) -> None:
    """Workers are processes of their own; one is killed once the first result has come."""
    with cluster(tmp_path) as (address, workers):

        def kills(_what: str, done: int, _of: int) -> None:
            if done == 1:
                workers[0].kill()

        assert sweep(CELLS, Shelf(tmp_path / "runs"), kills, dask=address) == alone()
        assert workers[0].wait(10) != 0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers."""
    address = f"tcp://127.0.0.1:{free_port()}"
    log = (folder / "cluster.log").open("wb")

    def start(what: str, *more: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", f"distributed.cli.dask_{what}", *more]
        return subprocess.Popen(line, cwd=folder, stdout=log, stderr=log)

    scheduler = start("scheduler", "--host", address, "--no-dashboard")
    of_one = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
    workers = [start("worker", address, *of_one) for _ in range(2)]
    try:
        yield address, workers
    finally:
        for one in (*workers, scheduler):
            one.kill()
            one.wait(10)
        log.close()
