"""A client of a served market."""

from collections.abc import Iterator

import pytest

from api.client.served import Client
from marketplace.store.engine import Store
from tests.api.client.faults import Time, Way, over
from tests.api.rest.desk import peopled, served


@pytest.fixture
def store() -> Store:
    """A market with its people's tokens."""
    return peopled()


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
