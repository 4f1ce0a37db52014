"""The bench itself: peers that reach the optimum, figures that are kept, faults that are said."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from allocator.files.formats import encode_problem
from allocator.problem import Problem
from tests.allocator.small_markets import Exhaustive, markets
from tests.bench import children, peers, quality
from tests.bench.__main__ import main
from tests.bench.cells import Bench, Cell, Result
from tests.bench.columns import GAIN_PER_CREDIT, Columns, Market
from tests.bench.families import FAMILIES
from tests.bench.plan import QUICK
from tests.bench.racing import failure
from tests.bench.rows import Row, slope
from tests.bench.shelf import NoSuchProblem, Shelf

EXACT = ("scip", "cpsat-columns", "cpsat-intervals")


def task(market: Market, seconds: float = 10) -> peers.Task:
    return peers.Task(market=market, columns=Columns.of(market), seconds=seconds, gap=1e-9)


def market_of(problem: Problem) -> Market:
    return Market.of(json.loads(encode_problem(problem)))


@settings(max_examples=25)
@given(markets(most=4))
def test_every_exact_peer_finds_what_trying_everything_finds(problem: Problem) -> None:
    market, best = market_of(problem), Exhaustive(problem).best()
    for name in EXACT:
        try:
            answer = peers.PEERS[name](task(market))
        except peers.CannotSay:
            assert name == "cpsat-intervals"
            continue
        assert abs(market.recount(answer.awards) - best) <= 1e-9 * best
    for name in ("fifo", "greedy"):
        assert market.recount(peers.PEERS[name](task(market)).awards) <= best


def test_no_peer_spends_or_takes_more_than_a_team_may() -> None:
    document = FAMILIES["week"](24, 1)
    teams = sorted({bid["team"] for bid in document["bids"]})
    wanted = sum(max(option["value"] for option in bid["options"]) for bid in document["bids"])
    free = task(Market.of(document))
    document["budgets"] = [{"team": team, "limit": round(wanted / 3, 3)} for team in teams]
    document["caps"] = [
        {"team": team, "pool": pool["id"], "quantity": 9}
        for team in teams
        for pool in document["pools"]
    ]
    bound = task(Market.of(document))
    found = {
        name: bound.market.recount(peers.PEERS[name](bound).awards)
        for name in (*EXACT, "fifo", "greedy")
    }
    assert all(found[name] == pytest.approx(found["scip"], rel=1e-9) for name in EXACT)
    assert max(found["fifo"], found["greedy"]) <= found["scip"]
    assert found["scip"] < free.market.recount(peers.scip(free).awards)


def test_the_relaxation_bounds_what_a_peer_proves() -> None:
    market = Market.of(FAMILIES["rush"](40, 1))
    best = market.recount(peers.scip(task(market)).awards) / GAIN_PER_CREDIT
    bound = peers.lp(task(market)).bound
    assert bound is not None
    assert best <= bound * (1 + 1e-9) <= best * 1.5


def test_a_peer_that_oversells_is_not_believed() -> None:
    market = Market.of(FAMILIES["rush"](200, 1))
    crowd = [
        (number, choice.low)
        for number, choice in enumerate(market.choices)
        if number == 0 or market.choices[number - 1].bid != choice.bid
    ]
    with pytest.raises(ValueError, match="capacity is exceeded"):
        market.recount(crowd)
    with pytest.raises(ValueError, match="twice"):
        market.recount([crowd[0], crowd[0]])


def test_a_reserve_price_that_changes_by_slot_is_refused_by_name(tmp_path: Path) -> None:
    document = FAMILIES["week"](10, 1)
    document["pools"][0]["reserve_price"] = [0.1] * 84 + [0.2] * 84
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(document))
    said = peers.run("cpsat-intervals", path, 5, 1e-6)
    assert said["state"] == "refused"
    assert "reserve price" in str(said["why"])


def test_a_child_that_overruns_is_killed() -> None:
    ran = children.run([sys.executable, "-c", "import time; time.sleep(60)"], 0.3)
    assert ran.killed
    assert ran.wall_s < 20


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def bench(tmp_path: Path, said: list[str]) -> Bench:
    return Bench(shelf=Shelf(tmp_path / "problems", None), folder=tmp_path, say=said.append)


def reopened(bench: Bench, **changes: Any) -> Bench:
    return Bench(shelf=bench.shelf, folder=bench.folder, say=bench.say, **changes)


def test_an_outcome_is_verified_and_kept_and_a_planted_fault_is_said(
    bench: Bench, said: list[str]
) -> None:
    found = bench.call("own-week-10-1", 0.5, gap=1e-4)
    assert found.ok
    assert found.checked_by == ["gpumarket verify"]
    assert 0 < found.surplus <= (found.bound or 0) * (1 + 1e-9)
    assert reopened(bench).call("own-week-10-1", 0.5, gap=1e-4) == found
    assert len(said) == 1
    [out] = (bench.folder / "outcomes").iterdir()
    path = bench.shelf.path("own-week-10-1")
    outcome = json.loads(out.read_text())
    out.write_text(json.dumps(outcome | {"surplus": outcome["surplus"] + 1}))
    faults, _ = bench.faults(path, out)
    assert faults
    row = failure("block", "own-week-10-1", Result(faults=faults))
    assert str(row).endswith(f"{faults[0]} | NOT REACHED")


def test_what_is_done_is_reused_and_measured_anew_only_when_asked(
    bench: Bench, said: list[str]
) -> None:
    cell = Cell(problem="own-rush-20-1", solver="greedy", seconds=5)
    first = bench.result(cell)
    with bench.store.path.open("a") as lines:
        lines.write('{"key": "cut short')
    assert reopened(bench).result(cell) == first
    assert len(said) == 1
    assert reopened(bench, again=True).result(cell).surplus == first.surplus
    assert reopened(bench).result(replace(cell, run=2)).surplus == first.surplus
    assert len(said) == 3


def test_an_unsound_outcome_is_said_however_old_and_a_failed_run_is_tried_again(
    bench: Bench, said: list[str]
) -> None:
    cell = Cell(problem="own-rush-20-1", solver="greedy", seconds=5)
    key = bench._key(cell, bench.shelf.path(cell.problem))
    bench.store.put(key, cell, Result(faults=["gpumarket verify: a slot is oversold"]))
    again = reopened(bench)
    assert not again.result(cell).ok
    assert "oversold" in again.unsound[0]
    bench.store.put(key, cell, Result(state="failed", why="no memory"))
    assert said == []
    assert reopened(bench).result(cell).ok
    assert len(said) == 1


def test_an_absent_peer_is_named_with_what_installs_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(peers.PACKAGES, "highs", "a-solver-nobody-has")
    found = bench.peer("own-rush-20-1", "highs", 5)
    assert (found.state, found.ok) == ("absent", False)
    assert "pip install a-solver-nobody-has" in found.why


def test_an_unknown_problem_is_refused_with_the_names_there_are(bench: Bench) -> None:
    with pytest.raises(NoSuchProblem, match=r"own-FAMILY-BIDS-SEED.*week"):
        bench.shelf.path("own-month-10-1")


def test_a_wrong_section_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--section", "no-such-section"])
    assert "exact-300" in capsys.readouterr().err


def test_a_section_that_did_not_run_keeps_its_rows_in_the_table(tmp_path: Path) -> None:
    data = tmp_path / "quality.json"
    old = Row(section="block", problem="a", figure="0.99", bar="≥ 0.985", reached=True)
    new = Row(section="start-up", problem="b", figure="9 s", bar="≤ 1.5 s", reached=False)
    quality.record([old], "python -m tests.bench --section block", data)
    kept = quality.record([new], "python -m tests.bench --section start-up", data)
    page = quality.page(kept)
    assert page.index("### start-up") < page.index("### block")
    assert "| b | 9 s |  | ≤ 1.5 s | NOT REACHED |  |" in page
    assert "| a | 0.99 |  | ≥ 0.985 | reached |  |" in page
    better = replace(old, figure="0.995")
    page = quality.page(quality.record([better], "python -m tests.bench", data))
    assert "| a | 0.995 |" in page
    assert "| a | 0.99 |" not in page


def test_the_exponent_of_a_square_is_two() -> None:
    sizes = [1_000.0, 10_000.0, 100_000.0]
    assert slope(sizes, [size**2 for size in sizes]) == pytest.approx(2)


def test_the_quick_plan_measures_less_than_ten_minutes_of_limits() -> None:
    files, proofs = 3, len(QUICK.auctions) * len(QUICK.auction_seeds)
    limits_s = (files + proofs) * (1 + len(QUICK.peers)) * QUICK.proof_s
    limits_s += files * (QUICK.engine_s + len(QUICK.peers) * QUICK.peer_s + QUICK.relaxation_s)
    limits_s += QUICK.middle_s + 2 * QUICK.block_s + QUICK.relaxation_s
    assert limits_s <= 540
