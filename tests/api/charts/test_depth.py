"""Depth adds bids up from the dearest to the cheapest, and no bid stands out."""

import pytest

from api.charts.depth import depth
from tests.api.charts import series

BIDS = ((2_004_000, 16.0), (1_000_000, 8.0), (2_000_000, 4.0))


def test_at_each_price_it_tells_the_hours_bid_for_at_that_or_more() -> None:
    wanted, won, reserve = depth(BIDS, BIDS[:1], 500_000).data
    assert list(wanted.x) == [1.0, 1.0, 2.0, 2.0]
    assert list(wanted.y) == [28.0, 28.0, 20.0, 0]
    assert list(wanted.text) == ["1.00", "1.00", "2.00", "2.00"]  # to two digits
    assert list(won.y) == [16.0, 16.0, 0]
    assert list(reserve.x) == [0.5, 0.5]
    assert {wanted.line.shape, won.line.shape} == {"vh"}


@pytest.mark.parametrize(("top_ucr", "kind"), [(20_000_000, None), (21_000_000, "log")])
def test_a_wide_spread_is_drawn_by_powers_of_ten(top_ucr: int, kind: str | None) -> None:
    figure = depth([(series.CREDIT, 1.0), (top_ucr, 1.0)], [], 0)
    assert figure.layout.xaxis.type == kind
    assert [one.name for one in figure.data] == ["wanted", "won"]


def test_without_bids_there_is_nothing_to_draw() -> None:
    assert all(not one.x for one in depth([], [], 0).data)
