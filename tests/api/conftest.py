"""Counters for the tests of the command line."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from api import checked
from api.cli import session
from marketplace.store.engine import Store
from tests.api.counter import Counter, Service, counter_in, opened
from tests.marketplace import grounds
from tests.postgresql import Server


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies that checks leave stay out of the user's cache, and nobody is signed in."""
    monkeypatch.setattr(checked, "_folder", lambda: tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in (session.SERVER, session.TOKEN, "GPUMARKET_DATABASE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def _opened_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that asks for an open market makes it."""
    return tmp_path_factory.mktemp("opened")


def address(store: Store) -> str:
    """A database on a server, as a person would write where it is."""
    url = store.engine.url
    return f"postgresql://{url.username}@{url.host}:{url.port}/{url.database}"


@pytest.fixture
def counter(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    _opened_once: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Counter]:
    """A counter on a fresh market with two pools, three teams and two grants; through a service
    too, where ``BOTH_WAYS`` asks for it."""
    if isinstance(grounds.here, grounds.Served):
        store = grounds.like("counter", lambda empty: opened(Counter(address(empty), capsys)))
        made = Counter(address(store), capsys)
    else:
        if not any(_opened_once.iterdir()):
            opened(counter_in(_opened_once, capsys))
        shutil.copytree(_opened_once, tmp_path, dirs_exist_ok=True)
        made = counter_in(tmp_path, capsys)
    capsys.readouterr()
    if getattr(request, "param", "database") == "database":
        yield made
        return
    service = Service(made.database, monkeypatch)
    yield replace(made, service=service)
    service.store.close()


@pytest.fixture
def bare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Counter:
    """A counter on a database that is not there yet."""
    return counter_in(tmp_path, capsys)


@pytest.fixture
def served(capsys: pytest.CaptureFixture[str], server: Server) -> Counter:
    """A counter on a new database of a PostgreSQL server."""
    return Counter(server.new_database(), capsys)


@pytest.fixture
def settled(counter: Counter) -> Counter:
    """After the first cycle: nlp has 8 units for four hours from 02:00 on."""
    fixed = ("--earliest", "2026-11-24T02:00Z", "--latest", "2026-11-24T02:00Z")
    counter.does("bid --team nlp --pool h100 -q 8 -d 4h --value 60", *fixed)
    counter.later("2026-11-24T00:00Z").does("cycle run")
    return counter.later("2026-11-24T00:30Z")


@pytest.fixture
def sold(counter: Counter) -> Counter:
    """After the first cycle: nlp has all 16 units of h100 for four hours from 02:00 on."""
    fixed = ("--earliest", "2026-11-24T02:00Z", "--latest", "2026-11-24T02:00Z")
    counter.does("bid --team nlp --pool h100 -q 16 -d 4h --value 60", *fixed)
    counter.later("2026-11-24T00:00Z").does("cycle run")
    return counter.later("2026-11-24T01:00Z")
