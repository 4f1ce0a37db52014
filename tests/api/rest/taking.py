"""A pool has fewer units than were sold: the scene of maintenance's tests and of overrides'."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.api.rest.desk import Desk, served
from tests.marketplace.bazaar import CLOSE, HOUR, assert_clean, option, request, won


@dataclass(frozen=True, slots=True)
class Taken:
    """An hour after the close: what it answered, and the one reservation that failed for it."""

    at: Desk
    said: dict[str, Any]
    failed: dict[str, Any]


@contextmanager
def units_taken(desk: Desk, path: str, body: Mapping[str, Any], listed: str) -> Iterator[Taken]:
    """Units of a time-box that nlp won are taken away by that body. A rehearsal, which leaves
    nothing in the list, says the same; and so does the same request again."""
    [box] = won(desk.store, request("nlp", "a", option(60, 8)))
    with served(desk.store, lambda: CLOSE + HOUR) as later:
        at = Desk(desk.store, later)
        tried = at.asks("pia", "POST", f"{path}?dry_run=true", json=body).json()
        assert at.gets("pia", listed)["items"] == []
        assert [one["id"] for one in tried["failed"]] == [box.id]
        done, again = (at.asks("pia", "POST", path, json=body) for _ in range(2))
        assert (done.status_code, again.json()) == (201, done.json())
        assert again.headers["Idempotency-Replayed"] == "true"
        said = done.json()
        assert tried["failed"] == said["failed"]
        [failed] = said.pop("failed")
        assert failed["state"] == "failed"
        assert failed["refunded_credits"] == failed["paid_credits"]
        yield Taken(at, said, failed)
    assert_clean(desk.store)


def same_later(desk: Desk, path: str, body: Mapping[str, Any]) -> None:
    """A key that comes again much later is the same command (§7.14)."""
    first = desk.asks("pia", "POST", path, json=body).json()
    with served(desk.store, lambda: CLOSE) as later:
        again = Desk(desk.store, later).asks("pia", "POST", path, json=body)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first, "true")
