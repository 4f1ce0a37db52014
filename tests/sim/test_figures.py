"""The charts draw the history's numbers, and nothing that is not in it."""

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim import figures
from tests.sim import made_history as made


def traces(figure: Any) -> dict[str, Any]:
    return {trace["name"]: trace for trace in json.loads(figure.to_json())["data"]}


def numbers(found: Any) -> list[float]:
    """A trace's values, also where Plotly packed them."""
    if isinstance(found, dict):
        raw = base64.b64decode(found["bdata"])
        return [float(one) for one in np.frombuffer(raw, dtype=found["dtype"])]
    return [float(one) for one in found]


def test_the_map_shows_shares_and_leaves_closed_hours_out() -> None:
    history = made.history()
    figure = figures.capacity_map(history)
    map_, closed, away = figure.data
    one = history.pools[0]
    shares = np.array(map_.z)
    assert shares.shape == (2, history.slots)
    assert np.isnan(shares[0][4])
    assert shares[0][6] == pytest.approx(100 * one.sold[6] / one.capacity[6])
    assert "closed" in map_.text[0][4]
    assert f"{one.sold[6]} of 6 gpu units sold" in map_.text[0][6]
    assert "2 away for maintenance" in map_.text[0][6]
    assert (closed.name, list(closed.base)) == ("closed", ["2026-03-02T04:00"] * 2)
    assert (away.name, list(away.base)) == ("units away for maintenance", ["2026-03-02T06:00"] * 2)
    assert list(away.x) == [3_600_000] * 2


def test_a_price_is_drawn_for_as_long_as_it_held_and_not_where_nothing_sold() -> None:
    history = made.history()
    prices = np.full(history.slots, -1)
    prices[2:4], prices[9] = (1_500_000, 2_000_000), 2_500_001
    curve, reserve = figures.price_curve(history, replace(history.pools[0], price_ucr=prices)).data
    assert list(curve.x) == [
        *("2026-03-02T02:00", "2026-03-02T03:00", "2026-03-02T04:00", None),
        *("2026-03-02T09:00", "2026-03-02T10:00", None),
    ]
    assert list(curve.y) == [1.5, 2.0, 2.0, None, 2.500001, 2.500001, None]
    assert curve.line.shape == "hv"
    assert (list(reserve.y), reserve.line.dash) == ([1.0, 1.0], "dot")


@pytest.mark.parametrize(
    ("top_ucr", "reserve_ucr", "expected"),
    [(20_000_000, 1_000_000, False), (20_000_001, 1_000_000, True), (20_000_001, 0, False)],
)
def test_axes_are_logarithmic_only_where_prices_leave_the_reserve_far_behind(
    top_ucr: int, reserve_ucr: int, *, expected: bool
) -> None:
    history = made.history()
    one = history.pools[0]
    prices = one.price_ucr.copy()
    prices[0] = top_ucr
    dear = replace(one, pool=replace(one.pool, reserve_ucr=reserve_ucr), price_ucr=prices)
    lived = replace(history, pools=(dear, history.pools[1]))
    assert figures.logarithmic(lived) is expected
    axis = figures.price_curve(lived, lived.pools[1]).layout.yaxis.type
    assert (axis == "log") is expected


def test_bars_of_a_team_add_up_to_its_orders() -> None:
    history = made.history()
    bars = traces(figures.winners(history))
    assert list(bars) == [
        *("won", "outbid", "unfit", "below-reserve", "cap", "budget", "refused", "expired"),
        *("failed", "cancelled", "released", "open"),
    ]
    totals = np.sum([numbers(bar["x"]) for bar in bars.values()], axis=0)
    assert list(totals) == [6, 6]


def test_what_a_team_was_granted_is_what_its_bars_add_up_to() -> None:
    bars = traces(figures.spend(made.history()))
    parts = [numbers(bars[name]["x"]) for name in ("paid", "left", "expired", "refunded")]
    assert np.sum(parts, axis=0) == pytest.approx(numbers(bars["granted"]["x"]))
    assert bars["paid"]["text"] == ["400.12", "400.12"]


def test_teams_of_one_name_keep_their_own_rows() -> None:
    history = made.history()
    twins = (made.team("a", "Vision"), made.team("b", "Vision"))
    lived = replace(
        history,
        organisation=replace(history.organisation, teams=twins),
        teams=tuple(made.line(one) for one in twins),
    )
    assert traces(figures.spend(lived))["paid"]["y"] == ["a: Vision", "b: Vision"]


def test_a_team_that_spent_nothing_has_no_value_for_a_credit() -> None:
    history = made.history()
    idle = replace(history.teams[1], paid_ucr=0, refunded_ucr=0)
    [bar] = figures.value_per_credit(replace(history, teams=(history.teams[0], idle))).data
    assert list(bar.y) == ["Vision"]
    assert bar.x[0] == pytest.approx(900 / 350)


def test_welfare_sets_the_market_beside_each_baseline() -> None:
    shown = dict(figures.welfare(made.history()))
    [value] = shown["Value delivered, credits"].data
    assert list(value.text) == ["1,800", "1,200", "900"]
    assert list(shown["Jobs served"].data[0].x) == [6, 5, 4]
    assert list(shown["GPU time used, per cent"].data[0].x) == pytest.approx([81.25, 70, 50])


def test_cycles_show_bids_awards_and_gap() -> None:
    bids, awards, gap = figures.cycles(made.history().cycles).data
    assert list(bids.y) == [101, 102]
    assert list(awards.y) == [80, 80]
    assert list(gap.y) == pytest.approx([0.4, 0.4])
    assert "surplus 4,980.00" in gap.text[0]


def test_no_chart_brings_a_ground_of_its_own_or_markup_of_strangers() -> None:
    evil = "<a href='https://example.org'>free credits</a>"
    history = made.history()
    teams = (made.team("vision", evil), history.organisation.teams[1])
    lived = replace(
        history,
        organisation=replace(history.organisation, teams=teams),
        teams=tuple(made.line(one) for one in teams),
    )
    for figure in (figures.winners(lived), figures.spend(lived), figures.value_per_credit(lived)):
        assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
        assert "<a" not in figure.to_json()
        assert "&lt;a" in figure.to_json()
