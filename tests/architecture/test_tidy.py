"""The form of the code, held by the standard library's own parser.

Each rule takes a file and returns its faults as sentences; each is also shown a planted fault.
"""

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSES = ("pricing", "allocator", "marketplace", "api", "sim")
PURE = (
    *("pricing/", "allocator/", "marketplace/domain/", "marketplace/errors", "marketplace/rules"),
    *("marketplace/reasons", "marketplace/words", "marketplace/canonical"),
)
FUNCTION_LINES = 60
HOUSE_FILE_LINES = 400
TEST_FILE_LINES = 500
NAMES_THAT_SAY_NOTHING = {
    *("utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc")
}
CLOCK = re.compile(
    r"datetime\.datetime\.(now|utcnow|today)|datetime\.date\.today|time\.(time|monotonic|perf_counter"
    r"|process_time|thread_time|localtime|gmtime|sleep)(_ns)?"
)
CHANCE = re.compile(
    r"uuid\.uuid[14]|secrets\..+|os\.urandom|random\.(?!Random$).+"
    r"|numpy\.random\.(?!(Generator|PCG64|Philox|SeedSequence|default_rng)$).+"
)
LOOSE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(?!\s*\(?#\d+)")
GENERATORS = {"Random", "PCG64", "Philox", "SeedSequence", "default_rng"}
ENVIRONMENT = re.compile(r"os\.(environ|environb|getenv)")
# What may be used where: the rooms that hold it, as path prefixes.
ROOMS = (
    ("the clock", CLOCK, ("api/",)),
    ("unseeded chance", CHANCE, ("api/",)),
    ("the environment", ENVIRONMENT, ("api/",)),
    ("the terminal", re.compile(r"print|input"), ("api/",)),
)
PLAIN_TEXT = {".py", ".md", ".toml", ".ipynb", ".sh", ".mako", ".yaml", ".yml", ".html", ".css", ""}
OF_THIS_MACHINE = re.compile("/" + "work/|/tmp/bash" + "_jobs|/" + "root/")
NOT_OURS = {"build", "out", "node_modules", "__pycache__"}


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file: where it is in the repository, and what it says."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


Rule = Callable[[Source], Iterable[str]]


@lru_cache(maxsize=1)  # each rule is asked of one file, then of the next
def nodes(source: Source) -> Sequence[ast.AST]:
    """Everything in a file, outermost first."""
    return tuple(ast.walk(source.tree))


def files(*tops: str) -> list[Path]:
    """Every file of the repository under ``tops``, without what tools leave behind."""
    found: list[Path] = []
    for top in tops:
        found += [path for path in sorted((ROOT / top).rglob("*")) if path.is_file()]
    return [path for path in found if not is_left_behind(path.relative_to(ROOT))]


def is_left_behind(path: Path) -> bool:
    """Whether a tool made it: build output, a cache, an environment."""
    return any(
        part in NOT_OURS or part.endswith(".egg-info") or (part.startswith(".") and part != ".ci")
        for part in path.parts
    )


def sources(*tops: str) -> list[Source]:
    """Every Python file under ``tops``."""
    return [
        Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in files(*tops)
        if path.suffix == ".py"
    ]


def lines_without_docstring(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How long ``function`` is, its docstring not counted."""
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return length
    return length - ((first.end_lineno or first.lineno) - first.lineno + 1)


def is_migration(path: str) -> bool:
    """Whether it is a step of the database's history: a record, as long as its tables are many."""
    return "/migrations/" in path


def long_functions(source: Source) -> Iterator[str]:
    if is_migration(source.path):
        return
    for node in nodes(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = lines_without_docstring(node)
            if length > FUNCTION_LINES:
                yield f"line {node.lineno}: {node.name} has {length} lines, over {FUNCTION_LINES}"


def long_file(source: Source) -> Iterator[str]:
    if is_migration(source.path):
        return
    limit = TEST_FILE_LINES if source.path.startswith("tests/") else HOUSE_FILE_LINES
    length = len(source.text.splitlines())
    if length > limit:
        yield f"{length} lines, over {limit}: split it by what it decides"


def empty_name(source: Source) -> Iterator[str]:
    for part in Path(source.path).with_suffix("").parts:
        if part in NAMES_THAT_SAY_NOTHING or set(part.split("_")) & (
            NAMES_THAT_SAY_NOTHING - {"base", "common"}
        ):
            yield f"the name {part!r} says nothing: name it for what it holds"


def imported_names(source: Source) -> dict[str, str]:
    """What each name that ``source`` imports stands for, spelt in full."""
    known: dict[str, str] = {}
    for node in nodes(source):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name if alias.asname else alias.name.partition(".")[0]
                known[alias.asname or top] = top
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return known


def full_names(source: Source) -> Iterator[tuple[int, str]]:
    """Each name used in ``source`` with its line, spelt in full through the file's imports."""
    known = imported_names(source)
    for node in nodes(source):
        if isinstance(node, ast.Name | ast.Attribute) and (spelt := dotted(node)):
            first, dot, rest = spelt.partition(".")
            yield node.lineno, known.get(first, first) + dot + rest


def dotted(node: ast.expr) -> str:
    """A name with what is asked of it, as in ``time.monotonic``; empty for all that is no name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def out_of_room(source: Source) -> Iterator[str]:
    for line, name in sorted(set(full_names(source))):
        for what, pattern, rooms in ROOMS:
            if pattern.fullmatch(name) and not source.path.startswith(rooms):
                yield f"line {line}: {name} reads {what}; take it as an argument"


def unseeded_generators(source: Source) -> Iterator[str]:
    for node in nodes(source):
        if not isinstance(node, ast.Call) or node.args or node.keywords:
            continue
        if dotted(node.func).rpartition(".")[2] in GENERATORS:
            yield f"line {node.lineno}: a generator without a seed"


def opened_files(source: Source) -> Iterator[str]:
    if source.path.startswith(PURE):
        for node in nodes(source):
            if isinstance(node, ast.Call) and dotted(node.func) == "open":
                yield f"line {node.lineno}: a pure floor opens no file"


def floats_of_money(source: Source) -> Iterator[str]:
    for node in nodes(source):
        match node:
            case ast.AnnAssign(target=target, annotation=annotation, lineno=line):
                name = dotted(target)
            case ast.arg(arg=name, annotation=ast.expr() as annotation, lineno=line):
                pass
            case ast.FunctionDef(name=name, returns=ast.expr() as annotation, lineno=line):
                pass
            case _:
                continue
        if name.endswith("_ucr") and re.search(r"\bfloat\b", ast.unparse(annotation)):
            yield f"line {line}: {name} is money, and money is never a float"


def commits(source: Source) -> Iterator[str]:
    for node in nodes(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value).rpartition(".")[2]
            inside = source.path.startswith("marketplace/store/")
            if node.func.attr == "commit" and (owner in {"session", "tx"} or not inside):
                yield f"line {node.lineno}: {owner}.commit(); a clean exit of begin() commits"


def loose_ends(source: Source) -> Iterator[str]:
    if not LOOSE.search(source.text):
        return
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and (mark := LOOSE.search(token.string)):
            yield f"line {token.start[0]}: {mark[1]} without its issue, as in {mark[1]} (#12)"


FORM: tuple[Rule, ...] = (long_functions, long_file, empty_name, loose_ends)
MARKET: tuple[Rule, ...] = (
    *(out_of_room, unseeded_generators, opened_files, floats_of_money, commits),
)


def faults(rules: Iterable[Rule], found: Iterable[Source]) -> list[str]:
    """All that ``rules`` object to in ``found``, each with its file."""
    return [
        f"{source.path}: {fault}" for source in found for rule in rules for fault in rule(source)
    ]


def imports_of(source: Source) -> Iterator[str]:
    """Every module that ``source`` may import, spelt in full."""
    for node in nodes(source):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = source.module.split(".")
            is_package = source.path.endswith("__init__.py")
            up = parts[: len(parts) - node.level + is_package] if node.level else []
            origin = ".".join([*up, *([node.module] if node.module else [])])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def entry_points() -> set[str]:
    """The modules that a person or a server starts, or a notebook asks, so that nobody else need
    import them."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    asked = {
        module
        for book in (ROOT / "notebooks").glob("*.ipynb")
        for module in re.findall(r"from ([\w.]+) import", book.read_text(encoding="utf-8"))
    }
    return {target.partition(":")[0] for target in scripts.values()} | asked | {"api.app"}


def unused_modules(found: list[Source], entries: set[str]) -> list[str]:
    """The modules that nothing imports: dead files."""
    imported = {name for source in found for name in imports_of(source) if name != source.module}
    return [
        source.path
        for source in found
        if not source.path.endswith(("__init__.py", "__main__.py"))
        and not is_migration(source.path)
        and source.module not in imported | entries
    ]


def names_for_tests(module_paths: Iterable[str], room: str) -> set[str]:
    """What the test files of ``room`` may be called after: a module, with or without its floor."""
    names: set[str] = set()
    for path in module_paths:
        if path.startswith(f"{room}/"):
            parts = path.removeprefix(f"{room}/").removesuffix(".py").split("/")
            parts = [part for part in parts if part != "__init__"]
            names |= {"_".join(parts[start:]) for start in range(len(parts))}
    return names


def unmirrored_tests(tests: Iterable[str], modules: list[str]) -> list[str]:
    """The test files that mirror no module of their house."""
    lost = []
    for path in tests:
        room, _, file = path.removeprefix("tests/").rpartition("/")
        if not file.startswith("test_") or room in {"golden", "architecture", "benchmarks"}:
            continue
        name = file.removeprefix("test_").removesuffix(".py")
        known = names_for_tests(modules, room)
        if not any(name == module or name.startswith(f"{module}_") for module in known):
            lost.append(f"{path}: no module of {room or 'any house'} is called {name!r}")
    return lost


def room_card_faults(folder: Path) -> list[str]:
    """Where the docstring of ``folder/__init__.py`` and the modules of the folder differ."""
    card, where = folder / "__init__.py", folder.relative_to(folder.parents[1]).as_posix()
    if not card.exists():
        return [f"{folder.name}/ has no __init__.py: write its room card there"]
    lines = (ast.get_docstring(ast.parse(card.read_text(encoding="utf-8"))) or "").splitlines()
    listed = {match[1] for line in lines[1:] if (match := re.match(r"(\w+): \S", line))}
    there = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    there |= {path.name for path in folder.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    missing = [f"{where}/__init__.py does not list {name!r}" for name in sorted(there - listed)]
    gone = [f"{where}/__init__.py lists {name!r}: no such module" for name in listed - there]
    return [*missing, *sorted(gone)]


def none_of(found: list[str]) -> None:
    """Fail with all that was found, one fault a line."""
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_the_code_keeps_its_form() -> None:
    none_of(faults(FORM, sources(*HOUSES, "tests")))


def test_clock_chance_environment_and_money_keep_to_their_rooms() -> None:
    none_of(faults(MARKET, sources(*HOUSES)))


def test_every_module_is_used() -> None:
    none_of(unused_modules(sources(*HOUSES), entry_points()))


def test_every_test_file_mirrors_a_module() -> None:
    tests = [source.path for source in sources("tests")]
    none_of(unmirrored_tests(tests, [source.path for source in sources(*HOUSES)]))


def test_every_room_card_names_its_modules_and_no_others() -> None:
    folders = {path.parent for path in files(*HOUSES) if path.suffix == ".py"}
    rooms = [ROOT / house for house in HOUSES]
    rooms += sorted(folder for folder in folders if "migrations" not in folder.parts)
    none_of([fault for room in dict.fromkeys(rooms) for fault in room_card_faults(room)])


def test_no_file_names_a_path_of_one_machine() -> None:
    tops = [path.name for path in ROOT.iterdir() if path.is_dir()]
    found = [path for path in ROOT.iterdir() if path.is_file()] + files(
        *(top for top in tops if not is_left_behind(Path(top)))
    )
    named = [
        f"{path.relative_to(ROOT)}, line {number}: {line.strip()[:80]}"
        for path in found
        if path.suffix in PLAIN_TEXT
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if OF_THIS_MACHINE.search(line)
    ]
    none_of(named)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("sim/day.py", "def live():\n" + "    x = 1\n" * 60),
        ("sim/day.py", "x = 1\n" * 401),
        ("sim/utils.py", ""),
        ("api/order_helpers.py", ""),
        ("sim/base/day.py", ""),
        ("sim/day.py", "# TODO later\n"),
        ("sim/day.py", "from datetime import datetime\nx = datetime.now()\n"),
        ("sim/day.py", "import time as t\nclock = t.monotonic\n"),
        ("marketplace/store/order.py", "from uuid import uuid4\nx = uuid4()\n"),
        ("sim/day.py", "import random\nx = random.choice([1])\n"),
        ("sim/day.py", "import numpy as np\nx = np.random.normal()\n"),
        ("sim/day.py", "from random import Random\nx = Random()\n"),
        ("sim/day.py", "from numpy.random import PCG64\nx = PCG64()\n"),
        ("sim/day.py", "import os\nx = os.environ['HOME']\n"),
        ("sim/day.py", "print(1)\n"),
        ("allocator/book.py", "x = open('book')\n"),
        ("api/day.py", "def pay(due_ucr: float | None): ...\n"),
        ("api/day.py", "class A:\n    due_ucr: 'float'\n"),
        ("api/day.py", "def due_ucr() -> float: ...\n"),
        ("marketplace/store/order.py", "session.commit()\n"),
        ("marketplace/services/order.py", "connection.commit()\n"),
    ],
)
def test_a_planted_fault_is_seen(path: str, text: str) -> None:
    assert len(faults(FORM + MARKET, [Source(path, text)])) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("sim/day.py", "def live():\n    '''" + "word\n" * 70 + "    '''\n" + "    x = 1\n" * 50),
        ("api/cli.py", "from datetime import UTC, datetime\nx = datetime.now(UTC)\nprint(x)\n"),
        ("sim/day.py", "from random import Random\nx = Random('7/day').random()\n"),
        ("allocator/tries.py", "import numpy as np\nx = np.random.PCG64(7)\n"),
        ("marketplace/store/migrations/versions/v1.py", "def up():\n" + "    x = 1\n" * 500),
        ("sim/day.py", "# TODO (#12): later\n"),
        ("api/database.py", "def pay(due_ucr: int, share: float): ...\n"),
        ("marketplace/store/engine.py", "connection.commit()\n"),
    ],
)
def test_what_is_allowed_is_let_through(path: str, text: str) -> None:
    assert faults(FORM + MARKET, [Source(path, text)]) == []


def test_a_module_that_nobody_imports_is_seen() -> None:
    found = [
        Source("api/cli.py", "from sim import door\n"),
        Source("sim/door.py", "from . import street\nfrom .demand import draw\n"),
        *(Source(f"sim/{name}.py", "") for name in ("street", "demand", "attic")),
    ]
    assert unused_modules(found, {"api.cli"}) == ["sim/attic.py"]


def test_a_test_file_without_its_module_is_seen() -> None:
    modules = ["marketplace/domain/ledger.py", "marketplace/store/ledger.py", "api/cli.py"]
    good = ["tests/marketplace/test_ledger.py", "tests/marketplace/test_ledger_replays.py"]
    good += ["tests/marketplace/store/test_ledger.py", "tests/golden/test_paper.py"]
    good += ["tests/marketplace/test_domain_ledger.py", "tests/conftest.py"]
    bad = ["tests/marketplace/test_ledgers.py", "tests/api/test_ledger.py", "tests/test_all.py"]
    assert unmirrored_tests(good, modules) == []
    assert len(unmirrored_tests(bad, modules)) == len(bad)


def test_a_wrong_room_card_is_seen(tmp_path: Path) -> None:
    room = tmp_path / "house" / "room"
    room.mkdir(parents=True)
    assert len(room_card_faults(room)) == 1
    (room / "order.py").touch()
    (room / "__init__.py").write_text('"""A room.\n\norder: offers\n"""\n')
    assert room_card_faults(room) == []
    (room / "__init__.py").write_text('"""A room.\n\nledger: money\n"""\n')
    assert len(room_card_faults(room)) == 2
    inner = room / "inner"
    inner.mkdir()
    (inner / "__init__.py").write_text('"""A room in a room."""\n')
    (room / "__init__.py").write_text('"""A room.\n\norder: offers\n"""\n')
    assert room_card_faults(room) == ["house/room/__init__.py does not list 'inner'"]
    (inner / "bid.py").touch()
    assert room_card_faults(inner) == ["room/inner/__init__.py does not list 'bid'"]
