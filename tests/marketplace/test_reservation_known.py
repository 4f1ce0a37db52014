"""What the store keeps in mind between transactions is bounded, and changes no answer."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from marketplace.store import address, columns, ledger, order, reservation
from marketplace.store.engine import Store
from tests.marketplace.bazaar import (
    CLOSE,
    DAY,
    TEAMS,
    a_market,
    assert_clean,
    option,
    placed,
    request,
    run,
)


def lived() -> Store:
    """Two cycles with an order of each team in each; one stands until a time told elsewhere."""
    store = a_market()
    until = (CLOSE + 3 * DAY).astimezone(timezone(timedelta(hours=5)))
    placed(store, *(request(team, "a", option(60)) for team in TEAMS))
    stands = request("nlp", "s", option(1), standing=True)
    placed(store, replace(stands, valid_until=until))
    run(store)
    placed(store, *(request(team, "b", option(60, 40)) for team in TEAMS), now=CLOSE)
    run(store, CLOSE + DAY)
    return store


def test_a_memory_that_holds_one_thing_alone_tells_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module, name in (
        (ledger, "HOLDS_KNOWN"),
        (order, "OPEN_MOST"),
        (reservation, "BOXES_KNOWN"),
    ):
        monkeypatch.setattr(module, name, 1)
    assert_clean(lived())


def test_a_moment_without_an_offset_is_no_moment() -> None:
    with pytest.raises(ValueError, match="must have an offset"):
        columns.seconds_of(datetime(2026, 11, 23))  # noqa: DTZ001 - that is what is refused


def test_sqlites_own_way_to_name_a_file_is_left_to_it() -> None:
    text = "sqlite:///file:market.db?mode=ro&uri=true"
    assert address.read(text).url.database == "file:market.db"
