"""Spot's chart goes on from what was to what may be."""

from dataclasses import replace

import pytest

from api.charts.key import key_of
from api.charts.spot_outlook import SpotSeries, spot_outlook

SERIES = SpotSeries(
    reserve_ucr=100_000,
    at=("2026-03-02T00:00", "2026-03-02T00:15"),
    price_ucr=(200_000, 250_000),
    supply=(8, 8),
    wanted=(10, 6),
    used=(8, 6),
    ahead=("2026-03-02T01:00", "2026-03-02T02:00"),
    low_ucr=(100_000, 150_000),
    middle_ucr=(200_000, 200_000),
    high_ucr=(300_000, 400_000),
    now="2026-03-02T00:20",
    ends=("2026-03-02T00:00", "2026-03-02T03:00"),
)


def test_the_price_until_now_stands_beside_the_band_it_may_move_in() -> None:
    figure = spot_outlook(SERIES)
    drawn = {one.name: one for one in figure.data}
    assert list(drawn["spot price"].y) == pytest.approx([0.2, 0.25])
    assert drawn["spot price"].text[1] == "0.25"
    band = drawn["nine times of ten"]
    assert list(band.y) == [0.3, 0.3, 0.4, 0.4, 0.15, 0.15, 0.1, 0.1]
    assert (band.x[0], band.x[3]) == ("2026-03-02T01:00", "2026-03-02T03:00")
    assert list(drawn["as often above as below"].y) == [0.2, 0.2, 0.2]
    assert [list(drawn[one].y) for one in ("running", "wanted", "for spot")] == [
        *([8, 6], [10, 6], [8, 8])
    ]
    assert len(key_of(figure)) == 7
    assert {one.x0 for one in figure.layout.shapes} == {SERIES.now}


def test_where_nothing_is_expected_yet_there_is_no_band() -> None:
    figure = spot_outlook(replace(SERIES, ahead=(), low_ucr=(), middle_ucr=(), high_ucr=()))
    assert figure.data[0].name == "spot price"
