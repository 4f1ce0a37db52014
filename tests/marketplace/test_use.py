"""Who had a pool's slots: in sums, by theme and on spot."""

from dataclasses import replace

import pytest

from marketplace.domain.capacity import Span
from marketplace.domain.transfer import Tags
from marketplace.errors import NotFound
from marketplace.services import use
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, HOUR, NOW, START, a_market, leg, option, request, won

pytestmark = pytest.mark.both


def test_units_are_told_by_theme_slot_by_slot() -> None:
    store = a_market()
    safety = replace(
        request("nlp", "o1", option(400, 8, None, leg("h100", 8, 2))), tags=Tags(theme="safety")
    )
    none = request("rl", "o2", option(400, 9, None, leg("h100", 8, 2)))
    won(store, safety, none)
    assert use.by_theme(store, "h100", START) == {"safety": 8}
    assert use.by_theme(store, "h100", START + HOUR) == {"": 8, "safety": 8}
    assert use.by_theme(store, "h100", START + 2 * HOUR) == {"": 8}
    assert use.by_theme(store, "h100", START + 9 * HOUR) == {}
    with pytest.raises(NotFound):
        use.by_theme(store, "b200", START)


def test_the_most_that_ran_on_spot_is_told_of_slots_with_ticks() -> None:
    store = a_market()
    span = Span(start=NOW, slot=HOUR, slots=3)
    assert use.on_spot(store, span) == {}
    hands.tick(store, NOW)
    found = use.on_spot(store, span)
    assert {pool: units.tolist() for pool, units in found.items()} == {
        "a100": [0, 0, 0],
        "h100": [0, 0, 0],
    }
    assert use.on_spot(store, Span(start=CLOSE, slot=HOUR, slots=3)) == {}
