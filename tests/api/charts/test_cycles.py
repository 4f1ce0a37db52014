"""Cycles come with their proof."""

from datetime import timedelta

import pytest

from api.charts.cycles import CycleProof, cycles
from tests.api.charts import series


def test_cycles_show_bids_awards_and_gap() -> None:
    records = [
        CycleProof(
            closed_at=series.START + timedelta(days=day),
            bids=100 + day,
            awards=80,
            surplus_ucr=4_980 * series.CREDIT,
            bound_ucr=5_000 * series.CREDIT,
            gap=0.004,
        )
        for day in (1, 2)
    ]
    bids, awards, gap = cycles(records).data
    assert list(bids.x) == ["2026-03-03T00:00", "2026-03-04T00:00"]
    assert list(bids.y) == [101, 102]
    assert list(awards.y) == [80, 80]
    assert list(gap.y) == pytest.approx([0.4, 0.4])
    assert gap.text[0] == "gap 0.400 %<br>surplus 4,980.00<br>bound 5,000.00 credits"


def test_no_cycle_draws_nothing() -> None:
    assert all(len(one.x) == 0 for one in cycles([]).data)
