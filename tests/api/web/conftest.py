"""A served market, as browsers see it."""

from collections.abc import Iterator

import pytest

from tests.api.rest.desk import Desk, peopled, served


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A served market with its people, nobody signed in."""
    with served(peopled()) as http:
        http.follow_redirects = False
        yield Desk(http=http, store=http.app.state.market.store)  # type: ignore[attr-defined]
