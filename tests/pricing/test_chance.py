"""The chance from past amounts: never certain, nothing from nothing, and rising with the value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.chance import chance, covered, enough, quantile

AMOUNTS = st.lists(st.integers(0, 10**18), min_size=1, max_size=30).map(sorted)


def test_nothing_is_known_from_nothing() -> None:
    assert chance(0, 0) is None
    assert enough((), 0.5) is None
    with pytest.raises(ValueError, match="nothing was asked"):
        quantile((), 0.5)
    with pytest.raises(ValueError, match="cannot be covered"):
        chance(2, 1)


def test_few_trials_are_never_certain() -> None:
    assert [chance(n, n) for n in (1, 3, 19)] == [0.75, 0.875, 0.975]
    assert [chance(0, n) for n in (1, 3, 19)] == [0.25, 0.125, 0.025]


def test_quantiles_are_amounts_that_were_asked() -> None:
    assert [quantile((10, 20, 30, 40), share) for share in (0, 0.25, 0.5, 0.51, 1)] == [
        *(10, 10, 20, 30, 40)
    ]


@given(AMOUNTS, st.floats(0.05, 0.95))
def test_enough_is_the_least_amount_with_that_chance(asked: list[int], share: float) -> None:
    found = enough(asked, share)

    def reached(value: int) -> bool:
        return (chance(covered(asked, value), len(asked)) or 0) >= share - 1e-9

    if found is None:
        assert not reached(asked[-1]) or share == pytest.approx(chance(len(asked), len(asked)))
    else:
        assert reached(found)
        assert found == asked[0] or not reached(found - 1) or share < 1e-6


@given(AMOUNTS, st.integers(0, 10**18), st.integers(0, 10**18))
def test_more_is_never_less_likely(asked: list[int], one: int, other: int) -> None:
    low, high = sorted((one, other))
    n = len(asked)
    assert (chance(covered(asked, low), n) or 0) <= (chance(covered(asked, high), n) or 0)
