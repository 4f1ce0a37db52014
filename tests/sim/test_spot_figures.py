"""Spot's charts draw the ticks as they were."""

import pytest

from sim.chart_look import key_of
from sim.spot_figures import spot_ticks
from tests.sim import made_history as made


def test_each_tick_is_a_step_of_price_supply_and_use() -> None:
    story = made.spot_story(made.pool("h100"), ticks=8)
    figure = spot_ticks(story, story.series[0])
    traces = {one.name: one for one in figure.data}
    assert list(traces["price"].x[:2]) == ["2026-03-02T00:15", "2026-03-02T00:30"]
    assert list(traces["price"].y[:3]) == pytest.approx([1.0, 1.1, 1.2])
    assert traces["price"].text[1] == "1.1000"
    assert list(traces["reserve price"].y) == [1.0, 1.0]
    assert list(traces["for spot"].y) == [8] * 8
    assert list(traces["wanted"].y) == [10] * 8
    assert list(traces["running"].y) == [4] * 8
    looks = {one.name: one.pattern for one in key_of(figure)}
    assert looks == {
        "reserve price": ":",
        "price": "-",
        "running": "",
        "wanted": "-",
        "for spot": "-",
    }


def test_a_spot_that_never_ticked_draws_nothing() -> None:
    story = made.spot_story(made.pool("h100"), ticks=0)
    assert all(len(one.x) == 0 for one in spot_ticks(story, story.series[0]).data)
