"""The map of what is free says what is taken and what an hour costs, slot by slot."""

from dataclasses import replace

from api.charts.availability import BETWEEN, PoolSlots, availability
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
    assert list(taken.z[0]) == [75, None, 100, None]
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
    assert list(dear.z[0]) == [0, None, 25, 100]
    assert dear.text[0][1] == "no price known"
    assert (closed.name, list(closed.base)) == ("closed", ["2026-03-02T01:00"])
    assert away.name == "units away for maintenance"


def test_one_price_all_along_is_neither_cheap_nor_dear() -> None:
    flat = replace(POOL, price_ucr=(5, 5, 5, 5))
    assert [list(row) for row in availability(series.hours(4), [flat], NOW).data[1].z] == [[0] * 4]


def test_without_any_price_there_is_one_map() -> None:
    unpriced = replace(POOL, price_ucr=(None,) * 4)
    figure = availability(series.hours(4), [unpriced], NOW)
    assert [one.type for one in figure.data] == ["heatmap", "bar", "bar"]
    assert figure.layout.height < availability(series.hours(4), [POOL], NOW).layout.height


def test_rows_are_divided_by_a_shape_and_not_by_gaps_which_are_slow_to_draw() -> None:
    figure = availability(series.hours(4), [POOL, replace(POOL, id="other", name="Other")], NOW)
    lines = [one for one in figure.layout.shapes if one.name == BETWEEN]
    assert [(one.xref, one.yref) for one in lines] == [("x domain", "y"), ("x2 domain", "y2")]
    assert {one.path for one in lines} == {"M0,-0.5L1,-0.5M0,0.5L1,0.5M0,1.5L1,1.5"}
    assert not [one for one in figure.data if one.type == "heatmap" and (one.xgap or one.ygap)]


def test_a_pool_s_name_and_unit_are_words() -> None:
    evil = replace(POOL, name=series.EVIL, unit=series.EVIL)
    assert series.says_it_without_markup(availability(series.hours(4), [evil], NOW))
