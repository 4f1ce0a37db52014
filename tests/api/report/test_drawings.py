"""The page's charts draw the run's numbers, each where it belongs."""

from dataclasses import replace

import numpy as np
import pytest

from api.report.drawings import Drawings, drawings
from api.report.facts import Run
from sim.results.history import History
from sim.results.plain import plain_run
from tests.api.charts import series
from tests.sim import made_history as made


def drawn(history: History) -> Drawings:
    return drawings(Run.model_validate(plain_run(history)))


def test_the_map_is_of_the_run_s_pools() -> None:
    history, found = made.history(), drawn(made.history()).capacity
    assert found is not None
    map_, closed, _ = found.figure["data"]
    one = history.pools[0]
    shares = np.array(series.numbers(map_["z"])).reshape(2, history.slots)
    assert shares[0][6] == pytest.approx(100 * one.sold[6] / one.capacity[6])
    assert closed["base"] == ["2026-03-02T04:00"] * 2
    assert [(one.name, one.pattern) for one in found.key] == [
        ("closed", "dots"),
        ("units away for maintenance", "slash"),
    ]


def test_every_pool_has_its_price_curve_on_one_kind_of_axis() -> None:
    history = made.history()
    usual = drawn(history)
    assert [one.id for one in usual.prices] == ["price-0", "price-1"]
    assert not usual.logarithmic
    prices = history.pools[0].price_ucr.copy()
    prices[0] = 21 * made.CREDIT
    dear = replace(history.pools[0], price_ucr=prices)
    steep = drawn(replace(history, pools=(dear, history.pools[1])))
    assert steep.logarithmic
    assert {one.figure["layout"]["yaxis"]["type"] for one in steep.prices} == {"log"}


def test_each_job_is_in_one_bar_and_each_account_adds_up() -> None:
    found = drawn(made.history())
    assert found.winners is not None
    assert found.spend is not None
    totals = np.sum([series.numbers(bar["x"]) for bar in found.winners.figure["data"]], axis=0)
    assert list(totals) == [6, 6]
    assert [one.name for one in found.winners.key] == list(plain_run(made.history()).endings)
    bars = {one["name"]: series.numbers(one["x"]) for one in found.spend.figure["data"]}
    granted = bars.pop("granted")
    assert np.sum(list(bars.values()), axis=0) == pytest.approx(granted)


def test_welfare_sets_the_market_beside_each_baseline() -> None:
    shown = {title: one.figure["data"][0] for title, one in drawn(made.history()).welfare}
    assert shown["Value delivered, credits"]["text"] == ["1,800", "1,200", "900"]
    assert shown["Jobs served"]["x"] == [6, 5, 4]
    assert shown["GPU time used, per cent"]["x"] == pytest.approx([81.25, 70, 50])


def test_only_pools_with_spot_have_its_chart() -> None:
    [one] = drawn(made.history()).spot
    assert one.figure["data"][1]["x"][0] == "2026-03-02T00:15"


def test_where_nothing_happened_nothing_is_drawn() -> None:
    found = drawn(made.empty())
    assert (found.capacity, found.winners, found.spend, found.worth, found.cycles) == (None,) * 5
    assert (found.prices, found.spot, found.welfare) == ((), (), ())
