"""Prices ahead are drawn for as long as they hold, over the band of hours alike."""

from api.charts.forward import PricesAhead, corners, forward
from api.charts.key import key_of
from tests.api.charts import series

AHEAD = PricesAhead(
    reserve_ucr=250_000,
    cleared_ucr=(500_000, 750_000, None, None),
    low_ucr=(None, 300_000, 300_000, None),
    middle_ucr=(None, 400_000, 400_000, None),
    high_ucr=(None, 600_000, 650_000, None),
    indicative_ucr=(None, None, None, 1_200_000),
)


def test_each_price_is_a_step_and_the_band_is_a_closed_shape() -> None:
    figure = forward(series.hours(4), AHEAD)
    drawn = {one.name: one for one in figure.data}
    published = drawn["published price"]
    assert list(published.x[:4]) == [
        *("2026-03-02T00:00", "2026-03-02T01:00", "2026-03-02T01:00", "2026-03-02T02:00")
    ]
    assert list(published.y) == [0.5, 0.5, 0.75, 0.75, None]
    assert published.text[2] == "0.75"
    band = drawn["middle half of hours alike"]
    assert list(band.y) == [0.6, 0.6, 0.65, 0.65, 0.3, 0.3, 0.3, 0.3, None]
    assert band.x[0] == band.x[7] == "2026-03-02T01:00"
    assert list(drawn["indicative price"].y) == [1.2, 1.2, None]
    assert {one.name: one.pattern for one in key_of(figure)} == {
        "middle half of hours alike": "",
        "median of hours alike": "-",
        "published price": "-",
        "indicative price": "-",
        "reserve price": ":",
    }


def test_what_nobody_knows_is_left_out() -> None:
    none = (None,) * 4
    unknown = PricesAhead(
        reserve_ucr=1,
        cleared_ucr=none,
        low_ucr=none,
        middle_ucr=none,
        high_ucr=none,
        indicative_ucr=none,
    )
    assert [one.name for one in forward(series.hours(4), unknown).data] == ["reserve price"]
    assert corners(series.hours(4), none) == ([], [])
