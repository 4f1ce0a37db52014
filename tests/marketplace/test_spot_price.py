"""A limit's chance in the hours to come, by what their prices may be."""

from marketplace.domain.spot_price import Chance, ExpectedPrice, chance_of
from tests.marketplace.bazaar import HOUR, NOW


def test_a_limit_is_likely_enough_above_the_high_and_likely_too_low_below_the_low() -> None:
    ahead = [
        ExpectedPrice(at=NOW + k * HOUR, low_ucr=low, middle_ucr=low + 1, high_ucr=low + 2)
        for k, low in enumerate((5, 7, 8, 9, 11))
    ]
    assert chance_of(9, ahead) == Chance(hours=5, low_ucr=5, high_ucr=13, enough=2, too_low=1)
