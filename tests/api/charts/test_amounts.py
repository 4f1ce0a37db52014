"""Charts write amounts from whole numbers, and never a little as nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.charts.amounts import credits_text, percent_text
from sim import findings


@pytest.mark.parametrize(
    ("amount_ucr", "places", "said"),
    [
        (0, 2, "0.00"),
        (-1, 2, "0.00"),
        (1, None, "0.000001"),
        (999_999_999_999_999_999, None, "999,999,999,999.999999"),
        (-1_234_500_000, 2, "-1,234.50"),
    ],
)
def test_credits_are_written_from_whole_numbers(
    amount_ucr: int, places: int | None, said: str
) -> None:
    assert credits_text(amount_ucr, places) == said


@pytest.mark.parametrize(
    ("share", "places", "said"),
    [(0.0, 2, "0.00 %"), (1e-9, 2, "<0.01 %"), (0.00005, 2, "0.01 %"), (1.0, 0, "100 %")],
)
def test_a_little_is_never_shown_as_nothing(share: float, places: int, said: str) -> None:
    assert percent_text(share, places) == said


@given(st.integers(-(10**18), 10**18), st.sampled_from([None, 0, 2, 4]))
def test_a_chart_and_the_sentence_beside_it_write_an_amount_alike(
    amount_ucr: int, places: int | None
) -> None:
    assert credits_text(amount_ucr, places) == findings.credits_text(amount_ucr, places)


@given(st.floats(0, 1), st.integers(0, 3))
def test_a_chart_and_the_sentence_beside_it_write_a_share_alike(share: float, places: int) -> None:
    assert percent_text(share, places) == findings.percent_text(share, places)
