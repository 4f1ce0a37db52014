"""Spot's chart draws the ticks as they were."""

from datetime import timedelta

import pytest

from api.charts.key import key_of
from api.charts.spot import SpotTicks, spot_ticks
from api.charts.time_axis import Steps
from tests.api.charts import series

QUARTER = timedelta(minutes=15)


def test_each_tick_is_a_step_of_price_supply_and_use() -> None:
    ticks = SpotTicks(
        reserve_ucr=series.CREDIT,
        price_ucr=(1_000_000, 1_100_000, 1_200_000),
        supply=(8, 8, 8),
        wanted=(10, 10, 10),
        used=(4, 4, 5),
    )
    figure = spot_ticks(Steps(series.START + QUARTER, QUARTER, 3), ticks)
    traces = {one.name: one for one in figure.data}
    assert list(traces["price"].x[:2]) == ["2026-03-02T00:15", "2026-03-02T00:30"]
    assert list(traces["price"].y) == pytest.approx([1.0, 1.1, 1.2])
    assert traces["price"].text[1] == "1.1000"
    assert list(traces["reserve price"].y) == [1.0, 1.0]
    assert list(traces["for spot"].y) == [8] * 3
    assert list(traces["wanted"].y) == [10] * 3
    assert list(traces["running"].y) == [4, 4, 5]
    assert {one.name: one.pattern for one in key_of(figure)} == {
        "reserve price": ":",
        "price": "-",
        "running": "",
        "wanted": "-",
        "for spot": "-",
    }


def test_a_spot_that_never_ticked_draws_nothing() -> None:
    nothing = SpotTicks(reserve_ucr=1, price_ucr=(), supply=(), wanted=(), used=())
    figure = spot_ticks(Steps(series.START, QUARTER, 0), nothing)
    assert all(len(one.x) == 0 for one in figure.data)
