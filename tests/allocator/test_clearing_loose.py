"""Where most bids fit, the default work proves the optimum; CP-SAT is the referee."""

import gzip
from pathlib import Path

import pytest

from allocator.clearing import clear
from allocator.files.formats import decode_problem
from allocator.outcome import ClearingRules
from tests.bench.families import FAMILIES
from tests.bench.families.wire import to_bytes
from tests.bench.peers import run

PATIENCE_S = 60.0


@pytest.mark.parametrize(
    "seed", [2, *(pytest.param(seed, marks=pytest.mark.drill) for seed in (1, 3))]
)
def test_a_small_loose_market_is_proven_optimal_as_cp_sat_proves_it(
    seed: int, tmp_path: Path
) -> None:
    data = to_bytes(FAMILIES["loose"](36, seed))
    outcome = clear(decode_problem(gzip.decompress(data)), ClearingRules())
    (tmp_path / "loose.json.gz").write_bytes(data)
    referee = run("cpsat-columns", tmp_path / "loose.json.gz", PATIENCE_S, 1e-9)
    assert referee["proven"]
    assert outcome.status == "optimal"
    assert outcome.surplus_ucr / 1e6 == pytest.approx(referee["surplus"], abs=1e-3)
