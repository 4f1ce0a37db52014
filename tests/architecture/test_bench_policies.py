"""What the bench says of a comparison of policies."""

from sim.results.intervals import relative
from tests.bench.policies import told


def test_it_says_how_far_ahead_and_how_sure_that_is() -> None:
    market, other = {1: 110.0, 2: 120.0, 3: 130.0}, {1: 100.0, 2: 100.0, 3: 100.0}
    assert told(relative(market, other)) == (
        "+19.7% of value (-2.7% to +47.3%), more in 3 of 3 pairs"
    )
    assert told(relative({1: 90.0}, {1: 100.0})) == (
        "-10.0% of value, too few pairs for an interval"
    )
    assert told(relative({1: 90.0}, {1: 0.0})) == "no ratio: nothing was delivered"
