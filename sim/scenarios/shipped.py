"""The scenarios that come with the product, by name."""

from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path

from sim.demand.organisation import Organisation
from sim.scenarios.reading import ScenarioProblem, read_scenario
from sim.scenarios.scenario import Scenario

FOLDER = files("sim.scenarios")


def names() -> tuple[str, ...]:
    """All of them, in the order of their names."""
    return tuple(
        sorted(one.name[: -len(".toml")] for one in FOLDER.iterdir() if one.name.endswith(".toml"))
    )


def scenario(name: str) -> Scenario:
    """One by its name, or the one in a TOML file of that path.

    Raises ``ScenarioProblem`` where there is neither, or where the file says something wrong.
    """
    if name in names():
        with as_file(FOLDER / f"{name}.toml") as path:
            return Scenario(read_scenario(path), path.parent)
    path = Path(name)
    if not path.is_file():
        known = ", ".join(names())
        why = f"no such file, and no scenario of that name; there are {known}"
        raise ScenarioProblem(f"{name}: {why}")
    return Scenario(read_scenario(path), path.parent)


def demo_organisation(start: datetime | None = None, days: int = 0) -> Organisation:
    """The demo's organisation, in its own span or in another (``Scenario.organisation``)."""
    return scenario("demo").organisation(start=start, days=days)
