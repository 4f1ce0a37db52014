"""Counters for the tests of the command line."""

import shutil
from pathlib import Path

import pytest

from api import checked
from tests.api.counter import Counter, counter_in, opened
from tests.postgresql import Server


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies that checks leave stay out of the user's cache."""
    monkeypatch.setattr(checked, "_folder", lambda: tmp_path)


@pytest.fixture(scope="session")
def _opened_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that asks for an open market makes it."""
    return tmp_path_factory.mktemp("opened")


@pytest.fixture
def counter(tmp_path: Path, capsys: pytest.CaptureFixture[str], _opened_once: Path) -> Counter:
    """A counter on a fresh market with two pools, three teams and two grants."""
    if not any(_opened_once.iterdir()):
        opened(counter_in(_opened_once, capsys))
        capsys.readouterr()
    shutil.copytree(_opened_once, tmp_path, dirs_exist_ok=True)
    return counter_in(tmp_path, capsys)


@pytest.fixture
def bare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Counter:
    """A counter on a database that is not there yet."""
    return counter_in(tmp_path, capsys)


@pytest.fixture
def served(capsys: pytest.CaptureFixture[str], server: Server) -> Counter:
    """A counter on a new database of a PostgreSQL server."""
    return Counter(server.new_database(), capsys)
