"""The import contracts hold, and each of them can see."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
HOUSES = ("pricing", "allocator", "marketplace", "api", "sim")

# (contract, planted module, its import): a module that no honest house would have.
PLANTS = (
    ("houses", "pricing.planted_buyer", "import allocator"),
    ("houses", "allocator.planted_seller", "import marketplace.rules"),
    ("houses", "marketplace.services.planted_player", "import sim"),
    ("sim opens to api.cli alone", "api.planted_page", "import sim.door"),
    ("sim opens to api.cli alone", "api.cli.planted_guest", "import sim.planted_cellar"),
    ("sim never imports api", "sim.planted_caller", "import api"),
    ("floors", "marketplace.domain.planted_reader", "import marketplace.store"),
    ("floors", "marketplace.store.planted_doer", "import marketplace.services"),
    ("floors", "marketplace.planted_floor", "import marketplace.rules"),
    ("rooms", "allocator.engine.planted_asker", "import allocator.answers"),
    ("rooms", "allocator.engine.planted_reader", "import allocator.files.formats"),
    ("rooms", "allocator.files.planted_clerk", "import allocator.clearing"),
    ("rooms", "allocator.planted_room", "import allocator.outcome"),
    ("audit knows nothing", "allocator.audit.planted_believer", "import allocator.engine.lattice"),
    ("audit knows nothing", "allocator.audit.planted_listener", "import allocator.answers"),
    ("purity", "allocator.planted_clock", "import time"),
    ("purity", "pricing.planted_dice", "from random import random"),
    ("purity", "marketplace.domain.planted_path", "from os.path import exists"),
    ("one solver house", "marketplace.services.planted_solver", "import ortools"),
    ("fastapi in api alone", "sim.planted_server", "import fastapi"),
    ("orjson in marketplace", "marketplace.domain.planted_scribe", "import orjson"),
    ("pages and terminals", "sim.planted_page", "import jinja2"),
    ("pages and terminals", "marketplace.services.planted_screen", "import rich"),
    ("pictures in api.charts", "sim.planted_chart", "import plotly.graph_objects"),
    ("pictures in api.charts", "api.report.planted_chart", "import plotly.graph_objects"),
    ("charts take plain series", "api.charts.planted_market", "import marketplace.rules"),
    ("sqlmodel in marketplace.store", "api.planted_query", "from sqlmodel import select"),
    ("rows stay inside the store", "api.planted_rows", "import marketplace.store.tables"),
    ("no import cycles", "allocator.planted_head", "import allocator.planted_tail"),
    ("no import cycles", "allocator.planted_tail", "import allocator.planted_head"),
)
DOOR_KEEPERS = ("api.cli.planted_demo", "import sim.door")


def contracts_of(tree: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the houses in ``tree``."""
    command = "from importlinter.cli import lint_imports_command as lint; lint()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "--no-logo"],
        cwd=tree,
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def plant(tree: Path, module: str, line: str) -> None:
    """Write ``line`` as the module ``module``, with the packages that it needs around it."""
    path = tree.joinpath(*module.split(".")).with_suffix(".py")
    for package in path.relative_to(tree).parents:
        if package == Path():
            continue
        (tree / package).mkdir(exist_ok=True)
        (tree / package / "__init__.py").touch()
    path.write_text(f"{line}\n")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """import-linter's report on a copy of the houses in which every violation is planted."""
    tree = tmp_path_factory.mktemp("planted")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for house in HOUSES:
        shutil.copytree(ROOT / house, tree / house, ignore=shutil.ignore_patterns("__pycache__"))
    # A house may keep its command line in one file; the plants need a folder beside it.
    (tree / "api" / "cli.py").unlink(missing_ok=True)
    for module in ("sim.door", "sim.planted_cellar", "marketplace.store.tables"):
        if not tree.joinpath(*module.split(".")).with_suffix(".py").exists():
            plant(tree, module, "")
    for module, line in (DOOR_KEEPERS, *((module, line) for _, module, line in PLANTS)):
        plant(tree, module, line)
    result = contracts_of(tree)
    assert result.returncode == 1, result.stdout + result.stderr
    return result.stdout


def section(report: str, contract: str) -> str:
    """What the report says on the broken contract whose name starts with ``contract``."""
    _, _, broken = report.partition("Broken contracts")
    parts = re.split(r"^(.+)\n-+\n", broken, flags=re.MULTILINE)
    named = dict(zip(parts[1::2], parts[2::2], strict=True))
    return "\n".join(text for name, text in named.items() if name.startswith(contract))


def test_every_import_contract_holds() -> None:
    result = contracts_of(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("contract", "module", "line"), PLANTS, ids=[p[1] for p in PLANTS])
def test_a_planted_import_breaks_its_contract(
    report: str, contract: str, module: str, line: str
) -> None:
    where = section(report, contract)
    assert where, f"no contract named {contract!r} is broken by {module}: {line}\n{report}"
    tail = module.rpartition(".")[2]
    assert tail in where, f"{contract!r} does not see {module}: {line}\n{where}"


def test_the_command_line_may_use_the_door_of_sim(report: str) -> None:
    where = section(report, "sim opens to api.cli alone")
    assert where
    assert DOOR_KEEPERS[0] not in where


def test_every_contract_is_tried_by_a_plant() -> None:
    names = re.findall(
        r'^name = "([^"]+)"\ntype =', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    untried = [name for name in names if not any(name.startswith(plant[0]) for plant in PLANTS)]
    assert names
    assert untried == []


def test_the_audit_shares_no_code_with_the_engine() -> None:
    graph = grimp.build_graph("allocator", "pricing", cache_dir=None)
    graph.squash_module("allocator.audit")
    audit = graph.find_upstream_modules("allocator.audit") | {"allocator.audit"}
    # The engine's door asks the audit, which is no code of the engine's.
    graph.remove_module("allocator.audit")
    engine = graph.find_upstream_modules("allocator.clearing") | {"allocator.clearing"}
    assert audit & engine == {"allocator.problem", "allocator.outcome"}
