"""A scenario file is read as it stands, or refused in a sentence with its line."""

from pathlib import Path

import pytest

from marketplace.rules import MarketRules
from sim.scenarios.reading import ScenarioProblem, lines_of, parse_scenario, read_scenario, rules_of

GOOD = """\
name = "small"
title = "Two teams and a pool"
days = 3

[rules]
work = 500

[[pools]]
id = "h100"
units = 16
block_size = 8
reserve_price = "0.50"

[[teams]]
id = "vision"
budget = "1000.50"

[teams.demand]
jobs_per_day = 4
pools = { h100 = 1 }

[[teams]]
id = "speech"
budget = 500

[teams.demand]
jobs_per_day = 2
pools = { h100 = 1 }

[[maintenance]]
pool = "h100"
day = 1
hours = 4
units = 8

[[failures]]
pool = "h100"
mtbf_hours = 100
"""


def test_a_good_file_is_read() -> None:
    read = parse_scenario(GOOD.encode(), "small.toml")
    assert [team.id for team in read.teams] == ["vision", "speech"]
    assert read.teams[1].demand is not None
    assert read.teams[1].demand.jobs_per_day == 2
    assert rules_of(read.rules) == MarketRules(work=500)


@pytest.mark.parametrize(
    ("was", "now", "line", "words"),
    [
        ('id = "h100"', 'id = "H 100"', 9, "pools[1].id: 'H 100'"),
        ("units = 16", "units = 0", 10, "greater than or equal to 1"),
        ("units = 16", "units = 12", 10, "12 units are not whole blocks of 8"),
        ('reserve_price = "0.50"', "reserve_price = 0.5", 12, "write credits as text"),
        ('reserve_price = "0.50"', 'reserve_price = "0.0000001"', 12, "pools[1].reserve_price"),
        ('budget = "1000.50"', 'budgets = "1000.50"', 16, "there is no such setting"),
        ('budget = "1000.50"\n', "\n", 14, "teams[1].budget: is missing"),
        ("budget = 500", "budget = -500", 24, "teams[2].budget: -500"),
        ('id = "speech"', 'id = "vision"', 23, "'vision' is named twice"),
        ("pools = { h100 = 1 }\n\n[[main", "pools = { h200 = 1 }\n\n[[main", 28, "no pool 'h200'"),
        ('pool = "h100"\nday', 'pool = "b200"\nday', 31, "the pools are h100"),
        ("day = 1", "day = 3", 32, "day 3 is after the last day, 2"),
        ("hours = 4\nunits = 8", "hours = 4\nunits = 17", 34, "17 is more than the 16 units"),
        ('pool = "h100"\nmtbf', 'pool = "x"\nmtbf', 37, "there is no pool 'x'"),
        ("mtbf_hours = 100", "mtbf_hours = -1", 38, "failures[1].mtbf_hours"),
        ("work = 500", "work = 0", 6, "work"),
        ("work = 500", "wrok = 500", 6, "wrok"),
        ("days = 3", "days = 0", 3, "days: 0"),
        ("days = 3", "days = 3\nstart = 2026-10-26T09:00:00Z", 4, "begins at midnight UTC"),
        ("days = 3", "days = 3\nspot = { from_day = 3 }", 4, "day 3 is after the last, 2"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(was: str, now: str, line: int, words: str) -> None:
    assert was in GOOD
    with pytest.raises(ScenarioProblem) as caught:
        parse_scenario(GOOD.replace(was, now, 1).encode(), "small.toml")
    said = str(caught.value)
    assert said.startswith(f"small.toml, line {line}: ")
    assert words in said
    assert "\n" not in said


def test_what_is_no_toml_is_told_by_its_own_line() -> None:
    with pytest.raises(ScenarioProblem, match=r"small.toml: not TOML: .*line 2"):
        parse_scenario(b'name = "x"\ntitle = \n', "small.toml")
    with pytest.raises(ScenarioProblem, match="not text in UTF-8"):
        parse_scenario(b"name = '\xff'", "small.toml")


def test_demand_comes_from_one_place() -> None:
    head = 'name = "x"\ntitle = "X"\n'
    with pytest.raises(ScenarioProblem, match="name pools and teams, or a trace"):
        parse_scenario(head.encode(), "x.toml")
    both = GOOD + '[trace]\nfile = "jobs.csv"\n'
    with pytest.raises(ScenarioProblem, match="brings its own pools and teams"):
        parse_scenario(both.encode(), "x.toml")


def test_lines_of_nested_tables() -> None:
    lines = lines_of(GOOD)
    assert lines["teams", 1, "demand"] == 26
    assert lines["teams", 1, "demand", "jobs_per_day"] == 27


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_bytes(b"#" * 2_000_001)
    with pytest.raises(ScenarioProblem, match="too many for a scenario"):
        read_scenario(path)
