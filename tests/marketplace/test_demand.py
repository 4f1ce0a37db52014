"""How demand answers to price, asked of a pool's history."""

import pytest

from marketplace.errors import NotFound
from marketplace.services import demand
from tests.marketplace import hands
from tests.marketplace.bazaar import DAY, NOW, a_market

pytestmark = pytest.mark.both


def test_a_history_that_is_too_short_is_refused_with_what_it_takes() -> None:
    store = a_market()
    hands.tick(store, NOW)
    with pytest.raises(ValueError, match="30 are needed"):
        demand.estimate(store, "h100", NOW, NOW + DAY)
    with pytest.raises(NotFound, match="pool 'tpu'"):
        demand.estimate(store, "tpu", NOW, NOW + DAY)
