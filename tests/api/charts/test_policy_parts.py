"""What was asked for is delivered, or has a reason."""

import pytest

from api.charts.policy_parts import DELIVERED, Parts, parts_by_policy
from tests.api.charts import series


def test_parts_add_up_to_all_and_the_largest_reason_comes_first() -> None:
    figure = parts_by_policy(
        [Parts("Market", {"late": 0.1, "outbid": 0.3}), Parts("Fair share", {"no-room": 0.5})]
    )
    found = {name: series.numbers(trace["x"]) for name, trace in series.traces(figure).items()}
    assert list(found) == [DELIVERED, "no-room", "outbid", "late"]
    assert found[DELIVERED] == pytest.approx([60, 50])
    assert [sum(each) for each in zip(*found.values(), strict=True)] == pytest.approx([100, 100])


def test_many_small_reasons_are_told_together() -> None:
    unmet = {f"reason {number}": 0.01 * (12 - number) for number in range(10)}
    found = series.traces(parts_by_policy([Parts("Market", unmet)]))
    assert len(found) == 8
    assert series.numbers(found["other reasons"]["x"]) == pytest.approx([6 + 5 + 4 + 3])


def test_reasons_are_words() -> None:
    assert series.says_it_without_markup(parts_by_policy([Parts("A", {series.EVIL: 0.5})]))
