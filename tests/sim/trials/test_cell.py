"""One run among many is decided by its scenario, its variant and its seed."""

import os
import pickle
from dataclasses import replace
from pathlib import Path

from sim.demand.files import write_demand
from sim.scenarios.shape import TracePart
from sim.trials.cell import Cell, Variant, cells
from tests.sim.trials.few import FEW, TWO, quiet


def test_pairs_are_done_together() -> None:
    found = cells(FEW, TWO, (1, 2))
    assert [(one.seed, one.variant.policy) for one in found] == [
        (1, "fcfs-easy"),
        (1, "karma"),
        (2, "fcfs-easy"),
        (2, "karma"),
    ]


def test_whatever_decides_a_run_is_in_its_digest() -> None:
    one = Cell(scenario=FEW.file, folder=FEW.folder, variant=TWO[0], seed=1)
    shading = Variant(name="x", agents={"vision": "shading"})
    longer = FEW.file.model_copy(update={"days": 3})
    others = [
        replace(one, seed=2),
        replace(one, variant=TWO[1]),
        replace(one, variant=Variant(name="x")),
        replace(one, variant=Variant(name="y")),
        replace(one, variant=Variant(name="x", everyone="shading")),
        replace(one, variant=Variant(name="x", speculators=0.2)),
        replace(one, variant=shading),
        replace(one, scenario=longer),
    ]
    assert len({each.digest for each in (one, *others)}) == 9


def test_a_run_is_called_as_its_variant_and_can_be_sent() -> None:
    [cell] = cells(FEW, (Variant(name="mine", policy="fcfs-easy"),), (1,))
    sent = pickle.loads(pickle.dumps(cell))  # noqa: S301 - what joblib does
    run = sent.run(quiet)
    assert run.policy == "mine"
    assert run.fingerprint() == cell.run(quiet).fingerprint()


def test_the_market_runs_by_the_scenarios_rules_and_what_is_other() -> None:
    [cell] = cells(FEW, (Variant(name="more", rules={"work": 300}),), (1,))
    run = cell.run(quiet)
    assert run.policy == "more"
    assert run.spent_ucr
    assert any(one.served for one in run.jobs)


def test_variants_of_one_seed_share_its_demand_and_a_file_that_changed_is_read_again(
    tmp_path: Path,
) -> None:
    demand = FEW.demand(1)
    file = tmp_path / "demand.parquet"
    write_demand(demand, file)
    trace = TracePart(file=file.name)
    scenario = FEW.file.model_copy(update={"trace": trace, "pools": (), "teams": ()})
    one, other = (
        Cell(scenario=scenario, folder=tmp_path, variant=variant, seed=1) for variant in TWO
    )
    first = one.run(quiet).demand
    assert other.run(quiet).demand is first
    write_demand(replace(demand, jobs=demand.jobs[:3]), file)
    os.utime(file, ns=(0, 0))
    assert len(one.run(quiet).demand.jobs) == 3
