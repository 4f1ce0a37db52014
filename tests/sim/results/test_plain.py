"""What the door hands out is the history, in plain data alone."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from sim.results.plain import plain_run
from tests.sim import made_history as made


def leaves(value: Any) -> Iterator[Any]:
    """Everything that a reader meets at the end of a path."""
    if is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield from leaves(tuple(value.items()))
    elif isinstance(value, tuple):
        for one in value:
            yield from leaves(one)
    else:
        yield value


def test_it_is_plain_to_the_last_leaf() -> None:
    plain = {int, float, str, bool, type(None), datetime, timedelta}
    assert {type(one) for one in leaves(plain_run(made.history()))} == plain


def test_series_are_the_history_s_and_nothing_sold_is_no_price() -> None:
    history = made.history()
    prices = np.full(history.slots, -1)
    prices[2] = 1_500_000
    one = replace(history.pools[0], price_ucr=prices)
    [pool] = plain_run(replace(history, pools=(one,))).pools
    assert pool.price_ucr[:4] == (None, None, 1_500_000, None)
    assert pool.capacity[4:7] == (0, 8, 6)
    assert pool.away[6] == 2
    assert sum(pool.sold) == one.sold.sum()


def test_a_team_s_account_adds_up_and_a_stranger_s_jobs_are_told() -> None:
    stranger = made.result("s", "stranger", "h100", ("lost", "moonphase"))
    told = plain_run(replace(made.history(), jobs=(stranger,)))
    assert [(one.id, one.name, dict(one.counts)) for one in told.ended][2:] == [
        ("stranger", "stranger", {"moonphase": 1})
    ]
    for team in told.teams:
        kept = team.paid_ucr + team.left_ucr + team.expired_ucr - team.refunded_ucr
        assert kept == team.granted_ucr


def test_tables_are_there_where_they_have_something_to_say() -> None:
    told, nothing = plain_run(made.history()), plain_run(made.empty())
    assert list(told.tables) == [
        *("pools", "spot-pools", "endings", "losers", "teams", "comparisons", "cycle-list")
    ]
    assert set(told.tables) - set(nothing.tables) == {"spot-pools", "comparisons"}
    assert nothing.spot is None
