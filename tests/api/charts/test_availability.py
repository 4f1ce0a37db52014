"""The map of what is free says what is taken and what an hour costs, slot by slot."""

from dataclasses import replace

import numpy as np
import pytest

from api.charts.availability import PoolSlots, availability
from tests.api.charts import series

POOL = PoolSlots(
    id="h100",
    name="H100",
    unit="gpu",
    capacity=(8, 0, 8, 0),
    sold=(4, 0, 6, 0),
    spot=(2, 0, 4, 0),
    away=(0, 0, 1, 8),
    price_ucr=(250_000, None, 500_000, 1_250_000),
    past=1,
)
NOW = "2026-03-02T01:00"


def test_it_tells_what_is_taken_and_what_of_it_is_whose() -> None:
    taken, dear, closed, away = availability(series.hours(4), [POOL], NOW).data
    shares = np.array(taken.z)[0]
    assert shares[[0, 2]] == pytest.approx([75, 100])
    assert np.isnan(shares[[1, 3]]).all()
    assert list(taken.text[0]) == [
        "2 of 8 gpu were free; 4 used as reserved; 2 ran on spot",
        "nothing on sale: closed",
        "0 of 8 gpu free; 6 sold ahead; 4 kept by spot; 1 away for maintenance",
        "nothing on sale: all units away; 8 away for maintenance",
    ]
    assert list(taken.customdata[0][:3]) == [
        "0.25 credits a unit-hour",
        "no price known",
        "0.50 credits a unit-hour",
    ]
    assert list(taken.meta) == ["h100"]
    assert np.array(dear.z)[0][[0, 2, 3]] == pytest.approx([0, 25, 100])
    assert dear.text[0][1] == "no price known"
    assert (closed.name, list(closed.base)) == ("closed", ["2026-03-02T01:00"])
    assert away.name == "units away for maintenance"


def test_one_price_all_along_is_neither_cheap_nor_dear() -> None:
    flat = replace(POOL, price_ucr=(5, 5, 5, 5))
    assert np.array(availability(series.hours(4), [flat], NOW).data[1].z).tolist() == [[0.0] * 4]


def test_without_any_price_there_is_one_map() -> None:
    unpriced = replace(POOL, price_ucr=(None,) * 4)
    figure = availability(series.hours(4), [unpriced], NOW)
    assert [one.type for one in figure.data] == ["heatmap", "bar", "bar"]
    assert figure.layout.height < availability(series.hours(4), [POOL], NOW).layout.height


def test_a_pool_s_name_and_unit_are_words() -> None:
    evil = replace(POOL, name=series.EVIL, unit=series.EVIL)
    assert series.says_it_without_markup(availability(series.hours(4), [evil], NOW))
