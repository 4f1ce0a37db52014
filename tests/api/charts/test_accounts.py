"""Accounts add up in their chart as they do in the books."""

from dataclasses import replace

import numpy as np
import pytest

from api.charts.accounts import Account, Bought, accounts, value_per_credit
from tests.api.charts import series

VISION = Account(
    id="vision",
    name="Vision",
    granted_ucr=1_000 * series.CREDIT,
    paid_ucr=400_123_456,
    left_ucr=499_876_544,
    expired_ucr=150 * series.CREDIT,
    refunded_ucr=50 * series.CREDIT,
)
WORK = Bought(
    id="vision", name="Vision", spent_ucr=350 * series.CREDIT, value_ucr=900 * series.CREDIT
)


def test_what_a_team_was_granted_is_what_its_bars_add_up_to() -> None:
    bars = series.traces(accounts([VISION, replace(VISION, id="speech", name="Speech")]))
    parts = [series.numbers(bars[name]["x"]) for name in ("paid", "left", "expired", "refunded")]
    assert np.sum(parts, axis=0) == pytest.approx(series.numbers(bars["granted"]["x"]))
    assert bars["paid"]["text"] == ["400.12", "400.12"]
    assert bars["refunded"]["text"] == ["50.00", "50.00"]


def test_teams_of_one_name_keep_their_own_rows() -> None:
    twins = [replace(VISION, id="a"), replace(VISION, id="b")]
    assert series.traces(accounts(twins))["paid"]["y"] == ["a: Vision", "b: Vision"]


def test_a_team_that_spent_nothing_has_no_value_for_a_credit() -> None:
    [bar] = value_per_credit([WORK, replace(WORK, id="idle", name="Idle", spent_ucr=0)]).data
    assert list(bar.y) == ["Vision"]
    assert bar.x[0] == pytest.approx(900 / 350)
    assert bar.customdata[0] == "900.00 credits of value<br>for 350.00 spent"


def test_a_team_s_name_is_words() -> None:
    assert series.says_it_without_markup(accounts([replace(VISION, name=series.EVIL)]))
    assert series.says_it_without_markup(value_per_credit([replace(WORK, name=series.EVIL)]))
