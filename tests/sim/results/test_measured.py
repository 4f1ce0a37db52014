"""One run in plain numbers."""

import pickle
from dataclasses import replace

from sim.results.measured import CHEAPER, LATE, demand_digest, measured, unmet
from sim.results.run import Ran
from tests.sim import made_runs as made


def test_what_was_asked_for_was_delivered_or_has_a_reason() -> None:
    run = made.small()
    assert unmet(run) == {"outbid": 30e6, LATE: 20e6, CHEAPER: 6e6}
    told = measured(run)
    assert told.asked_ucr - sum(told.unmet_ucr.values()) == told.values["value"] == 44e6
    silent = replace(run, jobs=(*run.jobs[:3], Ran(job=run.jobs[3].job)))
    assert unmet(silent)["no reason given"] == 30e6


def test_sizes_are_by_the_first_option_s_gpus() -> None:
    lines = {one.name: one for one in measured(made.small()).sizes}
    assert list(lines) == ["1 GPU", "2 to 7 GPUs", "8 to 31 GPUs"]
    two = lines["2 to 7 GPUs"]
    assert (two.jobs, two.served, two.asked_ucr, two.delivered_ucr) == (2, 1, 50e6, 20e6)
    assert (two.wait_mean_h, lines["1 GPU"].wait_p99_h) == (0.0, 5.0)
    people = made.a_run(
        [Ran(job=made.job("e", "red", made.option(1, 1, 1, "experts")))],
        pools=(made.pool(), made.pool("experts", 2, "expert")),
    )
    [line] = measured(people).sizes
    assert (line.name, line.wait_mean_h, line.wait_p50_h) == ("no GPU", None, None)


def test_teams_and_prices() -> None:
    told = measured(made.small())
    red, blue = told.teams
    assert (red.spent_ucr, red.delivered_ucr, red.asked_ucr) == (30e6, 40e6, 60e6)
    assert blue.rho == 15 / 4
    [price] = told.prices
    assert (price.id, price.by_day_ucr) == ("gpu", (2_600_000,))
    assert (red.gained_ucr, blue.gained_ucr) == (None, None)
    bought = measured(replace(made.small(), gained_ucr={"red": 7, "blue": 0}))
    assert [one.gained_ucr for one in bought.teams] == [7, 0]
    free = measured(replace(made.small(), spent_ucr={}, price_ucr={}))
    assert (free.teams[0].spent_ucr, free.prices) == (None, ())


def test_it_can_be_sent_and_notes_are_said_once() -> None:
    run = replace(made.small(), notes=("Values are invented.", "No spot."))
    told = measured(run)
    assert pickle.loads(pickle.dumps(told)) == told  # noqa: S301 - our own
    assert told.notes == ("Values are invented.", "No spot.")


def test_the_same_demand_has_the_same_digest_and_another_has_not() -> None:
    run = made.small()
    assert demand_digest(run.demand) == demand_digest(made.small().demand)
    fewer = replace(run.demand, jobs=run.demand.jobs[1:])
    assert demand_digest(fewer) != demand_digest(run.demand)
