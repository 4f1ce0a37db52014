"""A served market, and people who may do different things in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.store.engine import Store
from tests.api.rest.desk import PEOPLE, Desk, served
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
def desk(store: Store) -> Iterator[Desk]:
    """The service over it, in the morning."""
    with served(store) as http:
        yield Desk(store, http)
