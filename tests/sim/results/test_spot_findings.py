"""What the report says about spot is what the ticks hold."""

from dataclasses import replace

import numpy as np
import pytest

from sim.results import spot_findings
from tests.sim import made_history as made

H100 = made.pool("h100")


def test_a_pools_prices_are_weighted_by_what_ran() -> None:
    [series] = made.spot_story(H100, ticks=4).series
    facts = spot_findings.spot_facts(
        replace(
            series,
            price_ucr=np.array([1, 3, 9, 5]) * made.CREDIT,
            used=np.array([1, 3, 0, 0]),
        )
    )
    assert facts.mean_price_ucr == 10 * made.CREDIT // 4
    assert facts.top_price_ucr == 9 * made.CREDIT
    assert facts.by_limit == 0.75
    assert facts.share == 0.5


def test_a_pool_without_a_tick_or_an_idle_hour_has_no_mean_and_no_share() -> None:
    [series] = made.spot_story(H100, ticks=0).series
    facts = spot_findings.spot_facts(replace(series, why={}))
    assert (facts.mean_price_ucr, facts.top_price_ucr, facts.by_limit, facts.share) == (
        None,
        *(0, 0, 0),
    )


def test_the_answer_counts_all_pools() -> None:
    story = made.spot_story(H100, made.pool("a100"))
    assert spot_findings.spot_answer(story) == (
        "Spot sold 50 % of the hours that reservations left idle, for 17 credits"
    )
    full = replace(story, series=tuple(replace(one, idle_hours=0) for one in story.series))
    assert "no hour idle" in spot_findings.spot_answer(full)
    assert "not open" in spot_findings.spot_answer(None)


@pytest.mark.parametrize(
    ("interruptions", "said"),
    [
        ({}, "No run was interrupted."),
        ({"budget": 1}, "1 run was interrupted: the team's credits could not hold another hour"),
        ({"a": 1, "reclaimed": 3}, "4 runs were interrupted: a reserved start took the units"),
        ({"newer-reason": 2}, "newer-reason (newer-reason, 2)"),
    ],
)
def test_interruptions_come_with_their_causes(interruptions: dict[str, int], said: str) -> None:
    story = replace(made.spot_story(H100), interruptions=interruptions)
    assert said in spot_findings.interruptions_answer(story)
