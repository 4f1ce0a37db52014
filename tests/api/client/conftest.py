"""A client of a served market."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.client.served import Client
from marketplace.store.engine import Store
from tests.api.client.faults import Time, Way, over
from tests.api.rest.desk import PEOPLE, served
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW, a_market


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A market with its people's tokens."""
    store = a_market(str(tmp_path / "market.db"))
    for person, roles in PEOPLE.items():
        hands.make_token(store, person, f"gpm_{person}", NOW, *roles)
    return store


@pytest.fixture
def time() -> Time:
    """The client's clock."""
    return Time()


@pytest.fixture
def way(store: Store) -> Iterator[Way]:
    """The way to the service over that market."""
    with served(store) as http:
        yield Way(http._transport)


@pytest.fixture
def mia(way: Way, time: Time) -> Client:
    """A member of nlp."""
    return over(way, time, "gpm_mia")
