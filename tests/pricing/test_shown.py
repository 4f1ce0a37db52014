"""Amounts are written from whole numbers, and a little is never shown as nothing."""

import pytest

from pricing.shown import credits_shown, percent_shown, ppm_shown, price_shown


@pytest.mark.parametrize(
    ("amount_ucr", "places", "said"),
    [
        (0, 2, "0.00"),
        (-1, 2, "0.00"),
        (1, None, "0.000001"),
        (999_999_999_999_999_999, None, "999,999,999,999.999999"),
        (10**18, 0, "1,000,000,000,000"),
        (-1_234_500_000, 2, "-1,234.50"),
    ],
)
def test_credits_are_written_from_whole_numbers(
    amount_ucr: int, places: int | None, said: str
) -> None:
    assert credits_shown(amount_ucr, places) == said


@pytest.mark.parametrize(
    ("share", "places", "said"),
    [(0.0, 2, "0.00 %"), (1e-9, 2, "<0.01 %"), (0.00005, 2, "0.01 %"), (1.0, 0, "100 %")],
)
def test_a_little_is_never_shown_as_nothing(share: float, places: int, said: str) -> None:
    assert percent_shown(share, places) == said


@pytest.mark.parametrize(
    ("amount_ucr", "said"),
    [(0, "0.00"), (250_000, "0.25"), (412_500, "0.4125"), (1_234_567_891, "1,234.5679")],
)
def test_a_price_has_the_places_that_matter(amount_ucr: int, said: str) -> None:
    assert price_shown(amount_ucr) == said


def test_parts_per_million_are_shown_as_per_cent() -> None:
    assert [ppm_shown(ppm) for ppm in (0, 1, 125_000, 1_000_000)] == [
        "0 %",
        "0.0001 %",
        "12.5 %",
        "100 %",
    ]
