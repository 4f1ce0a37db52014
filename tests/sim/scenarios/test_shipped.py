"""Scenarios are found by name, or as a file."""

from pathlib import Path

import pytest

from sim.scenarios.reading import ScenarioProblem
from sim.scenarios.shipped import names, scenario
from tests.sim.scenarios.test_reading import GOOD


def test_all_that_ship_are_named() -> None:
    assert names() == (
        "deadline-crunch",
        "demo",
        "gang-training",
        "inference-spot",
        "node-failures",
        "quiet-research",
    )


def test_a_file_of_ones_own_is_taken_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert scenario(str(path)).name == "small"


def test_a_name_that_is_none_is_answered_with_those_there_are() -> None:
    with pytest.raises(ScenarioProblem, match=r"demoo: no such file.*there are deadline-crunch"):
        scenario("demoo")
