"""A served market, and people who may do different things in it."""

from collections.abc import Iterator

import pytest

from marketplace.store.engine import Store
from tests.api.rest.desk import Desk, peopled, served


@pytest.fixture
def store() -> Store:
    """A market with its people's tokens."""
    return peopled()


@pytest.fixture
def desk(store: Store) -> Iterator[Desk]:
    """The service over it, in the morning."""
    with served(store) as http:
        yield Desk(store, http)
