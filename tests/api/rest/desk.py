"""Requests to a served market, by name of who sends them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2
from fastapi.testclient import TestClient

from api.app import create_app
from api.rest.market import Market
from marketplace.store.engine import Store
from tests.marketplace import grounds, hands
from tests.marketplace.bazaar import NOW, open_market

PEOPLE = {
    "mia": ("member:nlp",),
    "lea": ("lead:nlp",),
    "rob": ("member:rl",),
    "fin": ("finance",),
    "pia": ("platform",),
    "adam": ("admin",),
    "two": ("member:nlp", "member:rl"),
}
"""Who there is, with which roles; the token of each is ``gpm_`` and the name."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A served market, and a client of it."""

    store: Store
    http: TestClient

    def asks(self, who: str, method: str, path: str, **more: Any) -> httpx2.Response:
        """What the service answers to somebody; a POST has a key, where none is given."""
        headers = {"Authorization": f"Bearer gpm_{who}"} if who else {}
        if method == "POST":
            headers["Idempotency-Key"] = f"{who}-{path}"
        headers |= more.pop("headers", {})
        return self.http.request(method, path, headers=headers, **more)

    def gets(self, who: str, path: str, **query: Any) -> Any:
        """What somebody reads there, which must be there."""
        answer = self.asks(who, "GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, status: int, who: str, method: str, path: str, **more: Any) -> Any:
        """The problem that a request meets, which must have that status."""
        answer = self.asks(who, method, path, **more)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == status
        assert problem["type"] == f"/problems/{problem['code']}"
        return problem


def peopled() -> Store:
    """A market with its people's tokens."""
    return grounds.like("people with tokens", _fill, grounds.FILED)


def _fill(store: Store) -> None:
    open_market(store)
    give_tokens(store, NOW)


def give_tokens(store: Store, now: datetime) -> None:
    """Let all of them ask."""
    for person, roles in PEOPLE.items():
        hands.make_token(store, person, f"gpm_{person}", now, *roles)


def served(store: Store, clock: Callable[[], datetime] = lambda: NOW) -> TestClient:
    """A client of the service over a market."""
    return TestClient(create_app(Market(store, clock)), raise_server_exceptions=False)
