"""A price is drawn for as long as it held."""

import pytest

from api.charts.prices import needs_logarithm, price_curve
from tests.api.charts import series


def test_a_price_is_drawn_for_as_long_as_it_held_and_not_where_nothing_sold() -> None:
    prices: list[int | None] = [None] * 12
    prices[2:4], prices[9] = (1_500_000, 2_000_000), 2_500_001
    figure = price_curve(series.hours(12), prices, 1_000_000, logarithmic=False)
    curve, reserve = figure.data
    assert list(curve.x) == [
        *("2026-03-02T02:00", "2026-03-02T03:00", "2026-03-02T04:00", None),
        *("2026-03-02T09:00", "2026-03-02T10:00", None),
    ]
    assert list(curve.y) == [1.5, 2.0, 2.0, None, 2.500001, 2.500001, None]
    assert list(curve.text[:2]) == ["1.5000", "2.0000"]
    assert curve.line.shape == "hv"
    assert (list(reserve.y), reserve.line.dash) == ([1.0, 1.0], "dot")
    assert list(reserve.x) == ["2026-03-02T00:00", "2026-03-02T12:00"]


@pytest.mark.parametrize(
    ("top_ucr", "reserve_ucr", "expected"),
    [(20_000_000, 1_000_000, False), (20_000_001, 1_000_000, True), (20_000_001, 0, False)],
)
def test_axes_are_logarithmic_only_where_prices_leave_the_reserve_far_behind(
    top_ucr: int, reserve_ucr: int, *, expected: bool
) -> None:
    pools = [(reserve_ucr, (top_ucr, None)), (1_000_000, (None, 1_000_000))]
    assert needs_logarithm(pools) is expected


def test_a_price_of_nothing_has_no_logarithm() -> None:
    assert needs_logarithm([(1, (0, 100))]) is False
    assert needs_logarithm([]) is False


@pytest.mark.parametrize("logarithmic", [True, False])
def test_the_axis_is_the_one_that_was_asked_for(*, logarithmic: bool) -> None:
    figure = price_curve(series.hours(2), [1, 2], 1, logarithmic=logarithmic)
    assert (figure.layout.yaxis.type == "log") is logarithmic
