"""Reads a scenario file, and says what is wrong with it, where, in a sentence."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from marketplace.errors import MarketError
from marketplace.rules import MarketRules
from sim.agents.registry import AGENTS
from sim.policies.registry import KNOWN
from sim.problem import SimulationProblem
from sim.scenarios.shape import ScenarioFile

Place = tuple[str | int, ...]

HEADER: Final = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
KEY: Final = re.compile(r"^\s*([A-Za-z0-9_.\"'-]+)\s*=")
LONGEST: Final = 2_000_000
"""No scenario is larger, in bytes."""


class ScenarioProblem(SimulationProblem):
    """A scenario that cannot be used: one sentence, with file and line."""


def read_scenario(path: Path) -> ScenarioFile:
    """The scenario of a TOML file. Raises ``ScenarioProblem``, or ``OSError`` for the file."""
    content = path.read_bytes()
    if len(content) > LONGEST:
        raise ScenarioProblem(f"{path}: {len(content):,} bytes are too many for a scenario")
    return parse_scenario(content, str(path))


def parse_scenario(content: bytes, name: str) -> ScenarioFile:
    """The scenario that ``content`` says; ``name`` is what messages call it."""
    try:
        text = content.decode()
        said = tomllib.loads(text)
    except UnicodeDecodeError as bad:
        raise ScenarioProblem(f"{name}: not text in UTF-8 (byte {bad.start})") from bad
    except tomllib.TOMLDecodeError as bad:
        raise ScenarioProblem(f"{name}: not TOML: {bad}") from bad
    lines = lines_of(text)
    try:
        read = ScenarioFile.model_validate(said)
    except ValidationError as bad:
        # A misspelt name is missing too: the name that was written says more.
        first = min(bad.errors(), key=lambda flaw: flaw["type"] != "extra_forbidden")
        place = tuple(first["loc"])
        raise problem(name, lines, place, _sentence(first, said)) from bad
    for place, why in flaws(read):
        raise problem(name, lines, place, why)
    return read


def problem(name: str, lines: Mapping[Place, int], place: Place, why: str) -> ScenarioProblem:
    """What is wrong at ``place``, or at the nearest part around it that has a line."""
    near = next((place[:n] for n in range(len(place), 0, -1) if place[:n] in lines), ())
    where = f", line {lines[near]}" if near else ""
    what = f"{shown(place)}: " if place else ""
    return ScenarioProblem(f"{name}{where}: {what}{why}")


def shown(place: Iterable[str | int]) -> str:
    """A place as people write it: ``teams[2].budget``, counted from 1.

    >>> shown(("teams", 1, "budget"))
    'teams[2].budget'
    """
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def lines_of(text: str) -> dict[Place, int]:
    """The line of each table and key, by its place; lines count from 1.

    >>> lines_of('name = "x"\\n[[pools]]\\nid = "a"\\n[[pools]]\\nid = "b"')[("pools", 1, "id")]
    5
    """
    lines: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := HEADER.match(line):
            names = [part.strip(" \"'") for part in header[2].split(".")]
            table = _table(names, counts, array=header[1] == "[[")
            lines.setdefault(table, number)
            lines.setdefault(table[:-1] if isinstance(table[-1], int) else table, number)
        elif key := KEY.match(line):
            parts = tuple(part.strip("\"'") for part in key[1].split("."))
            lines.setdefault((*table, *parts), number)
    return lines


def _table(names: Sequence[str], counts: dict[Place, int], *, array: bool) -> Place:
    """The place that a header opens: arrays on its way stand at their last entry."""
    place: Place = ()
    for name in names[:-1]:
        place = (*place, name)
        if place in counts:
            place = (*place, counts[place])
    place = (*place, names[-1])
    if array:
        counts[place] = counts.get(place, -1) + 1
        place = (*place, counts[place])
    return place


def _sentence(flaw: Mapping[str, Any], said: object) -> str:
    """A validator's finding in words."""
    kind, given = flaw["type"], flaw.get("input")
    if kind == "extra_forbidden":
        return "there is no such setting"
    if kind == "missing":
        return "is missing"
    why = str(flaw["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    if given is said or isinstance(given, Mapping | list):
        return why
    return f"{given!r}: {why}"


def flaws(read: ScenarioFile) -> Iterator[tuple[Place, str]]:
    """What contradicts itself in a scenario whose fields are each fine."""
    yield from _twice("pools", [pool.id for pool in read.pools])
    yield from _twice("teams", [team.id for team in read.teams])
    for number, pool in enumerate(read.pools):
        if pool.units % pool.block_size:
            why = f"{pool.units} units are not whole blocks of {pool.block_size}"
            yield ("pools", number, "units"), why
    if read.pools:
        yield from _strangers(read)
    yield from _after_the_end(read)
    yield from _rules(read)
    yield from _unknown(read)


def _after_the_end(read: ScenarioFile) -> Iterator[tuple[Place, str]]:
    for number, away in enumerate(read.maintenance):
        if away.day >= read.days:
            why = f"day {away.day} is after the last day, {read.days - 1} (the first is 0)"
            yield ("maintenance", number, "day"), why
    if read.spot is not None and read.spot.from_day >= read.days:
        yield ("spot", "from_day"), f"day {read.spot.from_day} is after the last, {read.days - 1}"


def _unknown(read: ScenarioFile) -> Iterator[tuple[Place, str]]:
    for number, name in enumerate(read.policies):
        if name not in KNOWN:
            why = f"there is no policy {name!r}; there are {', '.join(KNOWN)}"
            yield ("policies", number), why
    for number, team in enumerate(read.teams):
        if team.agent not in AGENTS:
            why = f"there is no agent {team.agent!r}; there are {', '.join(AGENTS)}"
            yield ("teams", number, "agent"), why


def _twice(table: str, ids: Sequence[str]) -> Iterator[tuple[Place, str]]:
    for number, one in enumerate(ids):
        if one in ids[:number]:
            yield (table, number, "id"), f"{one!r} is named twice"


def _strangers(read: ScenarioFile) -> Iterator[tuple[Place, str]]:
    units = {pool.id: pool.units for pool in read.pools}
    known = f"the pools are {', '.join(units)}"
    for number, team in enumerate(read.teams):
        for pool in team.demand.pools if team.demand else ():
            if pool not in units:
                place = ("teams", number, "demand", "pools")
                yield place, f"there is no pool {pool!r}; {known}"
    parts: tuple[tuple[str, Sequence[Any]], ...] = (
        ("maintenance", read.maintenance),
        ("failures", read.failures),
    )
    for table, entries in parts:
        for number, entry in enumerate(entries):
            asked = entry.units if table == "maintenance" else entry.node_units
            field = "units" if table == "maintenance" else "node_units"
            if entry.pool not in units:
                yield (table, number, "pool"), f"there is no pool {entry.pool!r}; {known}"
            elif asked > units[entry.pool]:
                why = f"{asked} is more than the {units[entry.pool]} units of {entry.pool!r}"
                yield (table, number, field), why


def _rules(read: ScenarioFile) -> Iterator[tuple[Place, str]]:
    try:
        rules_of(read.rules)
    except MarketError as bad:
        field = getattr(bad, "field", "")
        yield ("rules", field) if field in read.rules else ("rules",), str(bad)


def rules_of(changes: Mapping[str, Any]) -> MarketRules:
    """The default rules of the market with these changed. Raises ``BadField``."""
    return MarketRules.from_document(MarketRules().document() | dict(changes))
