"""Counters for the tests of the command line."""

from pathlib import Path

import pytest

from tests.api.counter import Counter, counter_in, opened


@pytest.fixture
def counter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Counter:
    """A counter on a fresh market with two pools, three teams and two grants."""
    return opened(counter_in(tmp_path, capsys))


@pytest.fixture
def bare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Counter:
    """A counter on a database that is not there yet."""
    return counter_in(tmp_path, capsys)
