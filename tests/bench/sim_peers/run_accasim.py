"""accasim's EASY backfilling on a workload: run by accasim's own environment as ``python
run_accasim.py WORKLOAD MACHINE FOLDER``; prints how many jobs it dispatched, and how long it took.
"""

import collections
import collections.abc
import json
import sys
import time


def simulated(workload: str, machine: str, folder: str) -> dict[str, float]:
    """From the workload's first line to the last line of the plan that accasim writes."""
    # accasim 1.1.3 takes Mapping from where Python had it until 3.9; nothing in it is changed.
    collections.Mapping = collections.abc.Mapping  # type: ignore[attr-defined]
    from accasim.base.allocator_class import FirstFit
    from accasim.base.scheduler_class import EASYBackfilling
    from accasim.base.simulator_class import Simulator

    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    run = Simulator(
        workload,
        machine,
        EASYBackfilling(FirstFit()),
        RESULTS_FOLDER_PATH=folder,
        statistics_output=False,
        show_statistics=False,
        LOG_LEVEL="ERROR",
    )
    run.start_simulation()
    if run.rejected_jobs:
        raise SystemExit(f"accasim rejected {run.rejected_jobs} jobs")
    return {
        "count": run.dispatched_jobs,
        "wall_s": time.perf_counter() - began_s,
        "cpu_s": time.process_time() - began_cpu_s,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(simulated(*sys.argv[1:4])) + "\n")
