"""Prices by day, with gaps, above the reserve price."""

from api.charts.key import key_of
from api.charts.policy_prices import DailyPrice, prices_by_day
from tests.api.charts import series


def test_a_day_without_a_sale_is_a_gap_and_a_policy_keeps_its_look() -> None:
    figure = prices_by_day(
        [
            DailyPrice(0, "Market", [2 * series.CREDIT, None, 3 * series.CREDIT]),
            DailyPrice(2, "Other", [series.CREDIT]),
        ],
        series.CREDIT,
    )
    market, _ = figure.data
    assert list(market.x) == [1, 2, 3]
    assert list(market.y) == [2.0, None, 3.0]
    assert [one.pattern for one in key_of(figure)] == ["circle", "diamond"]
    assert figure.layout.xaxis.range == (0.5, 3.5)
    assert figure.layout.shapes[0].y0 == 1.0


def test_names_are_words() -> None:
    assert series.says_it_without_markup(prices_by_day([DailyPrice(0, series.EVIL, [1])], 1))
