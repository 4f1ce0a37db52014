"""Many runs as plain data: every number where it belongs, and nothing that cannot be compared."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from sim.results.comparison import ComparisonOfPolicies, ComparisonProblem, compare
from sim.results.measured import measured
from tests.sim import made_runs as made


def three() -> ComparisonOfPolicies:
    return compare(
        [
            *made.seeds("GPU Market", 1.0, 1.1, 1.2, 1.3),
            *made.seeds("Fair share", 0.9, 1.0, 1.1, 1.15),
            *made.seeds("Quotas", 0.5, 0.6, 0.5, 0.6),
        ]
    )


def leaves(value: Any) -> Iterator[Any]:
    if is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from leaves(tuple(value.items()))
    elif isinstance(value, tuple):
        for one in value:
            yield from leaves(one)
    else:
        yield value


def test_it_is_plain_to_the_last_leaf() -> None:
    assert {type(one) for one in leaves(three())} == {int, float, str, type(None)}


def test_policies_keep_their_order_and_differ_from_the_first() -> None:
    told = three()
    market, fair, _ = told.policies
    assert (market.name, market.differences, market.value_step) == ("GPU Market", {}, None)
    assert told.seeds == market.seeds == (1, 2, 3, 4)
    value = fair.differences["value"]
    assert value is not None
    assert value.mean == pytest.approx(-0.1125 * 44e6)
    assert fair.value_step is not None
    assert fair.value_step.sure
    assert fair.sentences[0].startswith("Fair share delivers 9.")
    assert told.headline.startswith("Of 3 ways to share, GPU Market delivers the most value")


def test_the_best_is_marked_in_words_and_sides_by_each_measure_s_direction() -> None:
    rows = {one.id: one for one in three().measures}
    value = rows["value"].cells
    assert [one.mark for one in value] == ["best", "", ""]
    assert [one.side for one in value] == ["", "worse", "worse"]
    assert [one.mark for one in rows["wait_mean"].cells] == [""] * 3
    assert [one.side for one in rows["wait_mean"].cells] == ["", "the same", "the same"]
    assert rows["wait_mean"].cells[0].value == "2.3 h"
    assert [one.mark for one in rows["spent"].cells] == ["", "", ""]


def test_what_is_not_sure_is_not_marked_as_the_only_best() -> None:
    told = compare(
        [
            *made.seeds("GPU Market", 1.0, 1.1, 1.2, 1.3),
            *made.seeds("Fair share", 1.2, 1.0, 1.3, 1.15),
        ],
        versions=True,
    )
    [value] = [one for one in told.measures if one.id == "value"]
    assert [one.mark for one in value.cells] == [""] * 2
    assert value.cells[1].side == "no clear difference"
    assert told.adopt == "GPU Market"
    assert told.adoption.startswith("Keep GPU Market: whether fair share or GPU Market")


def test_few_runs_are_shown_and_not_judged() -> None:
    told = compare([*made.seeds("GPU Market", 1.0, 1.1), *made.seeds("Fair share", 0.5, 0.6)])
    [value] = [one for one in told.measures if one.id == "value"]
    assert [one.mark for one in value.cells] == ["", ""]
    assert value.cells[1].side == "too few runs"
    assert value.cells[1].step == "−47.8 %"


def test_one_run_alone_is_told_too() -> None:
    told = compare(made.seeds("GPU Market", 1.0))
    assert told.headline.startswith("GPU Market delivers 44.0 % of the value")
    assert (told.adopt, told.adoption) == ("", "")
    assert [one.mark for one in told.measures[0].cells] == [""]


def test_sizes_teams_and_prices_are_means_over_seeds() -> None:
    market = three().policies[0]
    assert [(one.name, one.served) for one in market.sizes][1] == ("2 to 7 GPUs", 0.5)
    assert market.sizes[0].met == pytest.approx(4 * 1.15 / 10)
    red = market.teams[0]
    assert red.delivered.mean == pytest.approx(40e6 * 1.15)
    assert red.spent is not None
    assert red.spent.mean == 30e6
    assert market.prices[0].by_day_ucr == (2_600_000,)


def test_tables_tell_the_same_and_a_measure_that_nobody_has_is_left_out() -> None:
    told = three()
    assert list(told.tables) == ["size-lines", "team-lines", "unmet-reasons", "pool-balances"]
    assert len(told.tables["size-lines"].rows) == 9
    unmet = [[cell.shown for cell in row] for row in told.tables["unmet-reasons"].rows]
    assert unmet[0] == ["GPU Market", "outbid", "30", "30.0 %"]
    free = made.small()
    free = replace(free, spent_ucr={}, price_ucr={})
    ids = {one.id for one in compare([measured(free)]).measures}
    assert not ids & {"hhi", "volatility", "spent"}


def test_what_does_not_add_up_is_told_with_its_run() -> None:
    run = replace(made.small(), used={pool: 0 * of for pool, of in made.small().used.items()})
    faults = compare([measured(run)]).faults
    assert faults[0].startswith("GPU Market, seed 1: gpu: jobs worked 40 unit-slots")


def test_runs_that_cannot_be_compared_are_refused_in_a_sentence() -> None:
    [one] = made.seeds("GPU Market", 1.0)
    with pytest.raises(ComparisonProblem, match="there is no run to compare"):
        compare([])
    with pytest.raises(ComparisonProblem, match="GPU Market, seed 1, is there twice"):
        compare([one, one])
    with pytest.raises(ComparisonProblem, match="different demands under seed 1"):
        compare([one, replace(one, policy="Quotas", digest="another")])


def test_value_is_told_beside_what_perfect_foresight_would_deliver() -> None:
    """Twice what the market delivered: half of it was left."""
    market, best = made.seeds("GPU Market", 1.0, 1.0, 1.0), made.seeds("Best", 2.0, 2.0, 2.0)
    told = compare(market, foresight={one.seed: one for one in best})
    assert [one.name for one in told.policies] == ["GPU Market"]
    shown = {one.id: one.cells[0].value for one in told.measures}
    assert shown["foresight"] == "50.0 %"
    assert told.answers["foresight"] == (
        "Of what perfect foresight would deliver: GPU Market 50.0 % (50.0 to 50.0)"
    )
    assert compare(market).answers["foresight"] == ""
    other = replace(best[0], digest="another")
    with pytest.raises(ComparisonProblem, match="different demands"):
        compare(market, foresight={1: other})
