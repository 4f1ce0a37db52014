"""What is said of each thing that is asked about, and what is left open."""

from dataclasses import replace

from sim.results.comparison_answers import answers, best_of
from sim.results.measured import Measured
from sim.results.measures import BY_ID
from tests.sim import made_runs as made


def runs(policy: str, *waits: float, volatility: float | None = None) -> dict[int, Measured]:
    """Runs that wait so long, seed by seed."""
    found = {}
    for one, wait in zip(made.seeds(policy, *[1.0] * len(waits)), waits, strict=True):
        values = {**one.values, "wait_mean": wait, "volatility": volatility}
        found[one.seed] = replace(one, values=values)
    return found


QUICK = runs("Quick", 1.0, 1.1, 1.2)
SLOW = runs("Slow", 3.0, 3.1, 3.2)
MIXED = runs("Mixed", 0.5, 1.1, 2.2)


def test_the_best_is_one_where_that_is_sure_and_else_all_it_may_be() -> None:
    wait = BY_ID["wait_mean"]
    assert best_of(wait, [SLOW, QUICK]) == (1,)
    assert best_of(wait, [SLOW, QUICK, MIXED]) == (1, 2)
    assert best_of(wait, [QUICK, MIXED]) == ()
    assert best_of(wait, [SLOW]) == ()
    assert best_of(BY_ID["spent"], [SLOW, QUICK]) == ()
    assert best_of(wait, [runs("Slow", 3.0, 3.1), QUICK]) == ()


def test_answers_name_the_best_or_say_that_it_is_open() -> None:
    assert answers([SLOW, QUICK])["waiting"] == ("Jobs that run wait the least under quick: 1.1 h")
    assert answers([QUICK, MIXED])["waiting"] == (
        "Waiting, mean: 1.1 h under quick and 1.3 h under mixed"
    )
    assert answers([SLOW, QUICK, MIXED])["waiting"] == (
        "Waiting, mean: no clear difference between 2 of 3 policies, from 1.1 h to 1.3 h"
    )
    two = [runs(name, 1.0, 1.1) for name in "abcd"]
    assert answers(two)["waiting"] == "Waiting, mean: from 1.1 h to 1.1 h under 4 policies"
    assert answers([SLOW])["waiting"] == "Waiting, mean: 3.1 h under slow"


def test_measures_are_counted_by_who_is_surely_best() -> None:
    assert answers([SLOW, QUICK])["measures"] == (
        "Surely better than all others: quick in 1 of 16 measures"
    )
    assert answers([QUICK, MIXED])["measures"] == "No policy is surely the best by any measure"
    assert answers([runs("A", 1.0), runs("B", 2.0)])["measures"].startswith("Too few paired runs")
    assert answers([SLOW])["measures"] == "What slow comes to, by every measure"


def test_the_largest_unmet_part_and_prices_are_told() -> None:
    told = answers([SLOW, runs("Quick", 1.0, 1.1, 1.2, volatility=0.5)])
    assert told["unmet"] == (
        "Slow delivers 44 % of the value asked for; the largest part that it does not: outbid, 30 %"
    )
    assert told["prices"] == "Price volatility: 0.500 under quick"
    assert answers([SLOW])["prices"] == "There were no prices"
    nothing = replace(SLOW[1], unmet_ucr={})
    assert answers([{1: nothing}])["unmet"] == "All that was asked for was delivered"


def test_perfect_foresight_and_speculators_are_told_with_their_intervals() -> None:
    def beside(policy: str, *parts: tuple[float, float | None]) -> dict[int, Measured]:
        found = runs(policy, *[1.0] * len(parts))
        return {
            seed: replace(
                found[seed],
                values={**found[seed].values, "foresight": part, "speculation": net},
            )
            for seed, (part, net) in enumerate(parts, 1)
        }

    firm = beside("Firm", (0.78, None), (0.80, None), (0.82, None))
    sly = beside("Sly", (0.7, -30e6), (0.7, -20e6), (0.7, -10e6))
    told = answers([firm, sly])
    assert told["foresight"] == (
        "Of what perfect foresight would deliver: firm 80.0 % (75.0 to 85.0) and sly 70.0 % "
        "(70.0 to 70.0)"
    )
    assert told["speculation"] == "Who buys to be bought out gains −20 (−45 to 5) credits under sly"
    assert answers([firm])["speculation"] == ""
    few = answers([beside("Few", (0.7, 4e6))])
    assert few["foresight"] == "Of what perfect foresight would deliver: few 70.0 %"
    assert few["speculation"] == "Who buys to be bought out gains 4 credits under few"
