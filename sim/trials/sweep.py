"""Many runs at once: in processes of this machine, or sent to a Dask cluster.

The interface is joblib's: a call a run, results as they come. Each run computes with one thread,
so that as many runs as there are cores go side by side.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from joblib import Parallel, delayed, parallel_config

from marketplace.services.books import Progress
from sim.engine.garbage import leave_what_is_loaded
from sim.problem import SimulationProblem
from sim.trials.cell import Cell
from sim.trials.shelf import Done, Kept, Shelf, packed


class ClusterProblem(SimulationProblem):
    """A cluster that cannot be used: one sentence that says why, and what to do."""


def sweep(
    cells: Sequence[Cell],
    shelf: Shelf | None,
    progress: Progress,
    *,
    processes: int = 1,
    dask: str = "",
) -> tuple[Kept, ...]:
    """All runs, in the order of ``cells``, those that stand on the ``shelf`` taken from there.

    ``processes`` of this machine, or the workers of the Dask scheduler at the address ``dask``;
    the numbers are the same. What is done is kept as it comes, so that a sweep which was stopped
    goes on where it was. Raises ``ClusterProblem``, ``ShelfProblem``, and what a run raises.
    """
    done: dict[int, Kept] = {}
    if shelf is not None:
        shelf.clear_halves()
        found = {number: shelf.find(cell) for number, cell in enumerate(cells)}
        done = {number: kept for number, kept in found.items() if kept is not None}
    left = [number for number in range(len(cells)) if number not in done]
    progress("runs", len(done), len(cells))
    wanted = [(one, cells[one]) for one in left]
    for number, new in _results(wanted, processes, dask, progress if len(cells) == 1 else quiet):
        if shelf is not None:
            shelf.keep(cells[number], new)
        done[number] = new.kept
        progress("runs", len(done), len(cells))
    return tuple(done[number] for number in range(len(cells)))


def _results(
    wanted: Sequence[tuple[int, Cell]], processes: int, dask: str, inside: Progress
) -> Iterator[tuple[int, Done]]:
    """Numbers with what came of them, as they come; ``inside`` is told of a run's own steps where
    it is run here."""
    if not dask and (processes == 1 or len(wanted) < 2):
        for number, cell in wanted:
            yield _one(number, cell, inside)
        return
    with _backend(processes, dask), warnings.catch_warnings():
        # Workers that had nothing to do for a while, and ended, are begun anew: nothing is lost.
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs were given")
        one = _one if dask else _in_worker
        calls = (delayed(one)(number, cell) for number, cell in wanted)
        yield from Parallel(n_jobs=processes, return_as="generator_unordered")(calls)


@contextmanager
def _backend(processes: int, dask: str) -> Iterator[None]:
    with ExitStack() as stack:
        if dask:
            stack.enter_context(_cluster(dask))
            stack.enter_context(parallel_config(backend="dask", wait_for_workers_timeout=30))
        else:
            config = parallel_config(backend="loky", n_jobs=processes, inner_max_num_threads=1)
            stack.enter_context(config)
        yield


@contextmanager
def _cluster(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as bad:
        why = "needs the extra `sweep`: pip install 'gpumarket[sweep]'"
        raise ClusterProblem(f"--dask {address} {why}") from bad
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError, TimeoutError) as bad:
        why = "does not answer; is a Dask scheduler running there?"
        raise ClusterProblem(f"--dask {address} {why}") from bad
    with client:
        yield client


def _one(number: int, cell: Cell, inside: Progress | None = None) -> tuple[int, Done]:
    """A run, wherever it is computed: what is sent back is small beside the run itself."""
    return number, packed(cell.run(inside or quiet))


def _in_worker(number: int, cell: Cell) -> tuple[int, Done]:
    """A run in a process that was begun for a sweep alone, and may be followed by others."""
    done = _one(number, cell)
    leave_what_is_loaded()
    return done


def quiet(_what: str, _done: int, _of: int) -> None:
    """A progress that nobody watches: of the inside of a run among many, and in notebooks."""
