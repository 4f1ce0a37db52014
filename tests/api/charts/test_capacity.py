"""The map of capacity shows what was sold of what was there, and where nothing was."""

from dataclasses import replace

import numpy as np
import pytest

from api.charts.capacity import PoolHours, capacity_map
from tests.api.charts import series

POOL = PoolHours(
    id="h100",
    name="H100",
    unit="gpu",
    capacity=(8, 0, 6, 0),
    sold=(2, 0, 3, 0),
    away=(0, 0, 2, 8),
)


def test_the_map_shows_shares_and_leaves_closed_hours_out() -> None:
    other = replace(POOL, id="a100", name="A100", away=(0, 0, 0, 0))
    map_, closed, away = capacity_map(series.hours(4), [POOL, other]).data
    shares = np.array(map_.z)
    assert shares.shape == (2, 4)
    assert list(map_.x[:2]) == ["2026-03-02T00:30", "2026-03-02T01:30"]
    assert np.isnan(shares[0][[1, 3]]).all()
    assert shares[0][[0, 2]] == pytest.approx([25, 50])
    assert list(map_.text[0]) == [
        "2 of 8 gpu units sold, 25%",
        "nothing on sale: closed",
        "3 of 6 gpu units sold, 50%; 2 away for maintenance",
        "nothing on sale: all units away; 8 away for maintenance",
    ]
    assert (closed.name, list(closed.y)) == ("closed", ["H100", "A100", "A100"])
    assert list(closed.base) == ["2026-03-02T01:00", "2026-03-02T01:00", "2026-03-02T03:00"]
    assert (away.name, list(away.base)) == ("units away for maintenance", ["2026-03-02T02:00"])
    assert list(away.x) == [2 * 3_600_000]


def test_more_sold_than_is_there_is_drawn_as_all() -> None:
    [map_] = capacity_map(
        series.hours(1), [replace(POOL, capacity=(2,), sold=(3,), away=(0,))]
    ).data
    assert np.array(map_.z).tolist() == [[100.0]]


def test_pools_of_one_name_keep_their_own_rows() -> None:
    figure = capacity_map(series.hours(4), [POOL, replace(POOL, id="other")])
    assert list(figure.data[0].y) == ["h100: H100", "other: H100"]


def test_no_pool_draws_nothing() -> None:
    assert len(capacity_map(series.hours(4), []).data[0].y) == 0


def test_a_pool_s_name_and_unit_are_words() -> None:
    evil = replace(POOL, name=series.EVIL, unit=series.EVIL)
    assert series.says_it_without_markup(capacity_map(series.hours(4), [evil]))
