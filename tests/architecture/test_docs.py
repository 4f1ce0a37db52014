"""What the README tells people to type is there: each target, command and option."""

import importlib
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from marketplace.reasons import REASONS
from tests.refusals import TABLE

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def make_targets(makefile: str) -> set[str]:
    """The targets that a person may name."""
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))


def shell_commands(markdown: str) -> Iterator[list[str]]:
    """The words of each command in the ``bash`` blocks of ``markdown``."""
    for block in re.findall(r"^```bash\n(.*?)^```", markdown, flags=re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|\|\||[;|]", line.removeprefix("$ ")):
                words = shlex.split(part, comments=True)
                while words and (re.fullmatch(r"\w+=.*", words[0]) or words[0] == "time"):
                    del words[0]
                if words:
                    yield words


def command_line() -> Any:
    """The root of the command tree that ``gpumarket`` runs."""
    return get_command(importlib.import_module("api.cli.root").app)


def fault(words: list[str], targets: set[str], root: Any) -> str | None:
    """What is unknown about a command, in one sentence; None where all is known or not ours."""
    program, *rest = words
    if Path(program).name == "make":
        named = [word for word in rest if "=" not in word and not word.startswith("-")]
        unknown = [word for word in named if word not in targets]
        return f"make has no target {unknown[0]!r}" if unknown else None
    return command_fault(rest, root) if Path(program).name == "gpumarket" else None


def command_fault(words: list[str], root: Any) -> str | None:
    """What ``gpumarket`` would not know of ``words``: a command or an option."""
    here, path = root, "gpumarket"
    options = {"--help"} | option_names(root)
    for word in words:
        if word.startswith("-"):
            if not re.fullmatch(r"-\d.*", word) and word.partition("=")[0] not in options:
                return f"{path} has no option {word!r}"
        elif commands := getattr(here, "commands", None):
            if word not in commands:
                return f"{path} has no command {word!r}"
            here, path = commands[word], f"{path} {word}"
            options |= option_names(here)
    return None


def option_names(command: Any) -> set[str]:
    """Every spelling of every option of ``command``."""
    return {name for param in command.params for name in (*param.opts, *param.secondary_opts)}


def test_every_command_in_the_readme_exists() -> None:
    readme = ROOT / "README.md"
    assert readme.exists(), "README.md is missing"
    commands = list(shell_commands(readme.read_text(encoding="utf-8")))
    assert any(words[:2] == ["make", "demo"] for words in commands), "README must show make demo"
    targets, root = make_targets(MAKEFILE), command_line()
    found = [(shlex.join(words), fault(words, targets, root)) for words in commands]
    unknown = [f"{line}: {what}" for line, what in found if what]
    assert not unknown, "\n".join(unknown)


def shown_commands(template: str) -> Iterator[list[str]]:
    """The words of each ``gpumarket`` command that a page shows: in ``code`` and ``pre``, and in
    what its template puts together; whatever it fills in is one word."""
    for text in re.findall(r"<(code|pre)>(gpumarket .*?)</\1>", template, flags=re.DOTALL):
        yield shlex.split(re.sub(r"{{.*?}}", "X", re.sub(r"{%.*?%}", "", text[1])))
    made = re.sub(r'"\s*~\s*[\w.]+\s*~\s*"', "X", template)
    for quoted in re.findall(r'"(gpumarket (?:[^"\\]|\\.)*)"', made):
        yield shlex.split(quoted.replace('\\"', '"'))


TEMPLATE = """
<code>gpumarket amend {{ one.id }}</code> <pre>gpumarket verify {{ name(one, "problem") }}</pre>
{{ empty("By a command:", "gpumarket grant add " ~ team ~ " 1000 --until +60d" if own else "") }}
{{ empty("By another:", "gpumarket team add nlp --name \\"Our language\\"") }} gpumarket is ours
"""


def test_commands_are_read_from_all_that_a_template_shows() -> None:
    assert list(shown_commands(TEMPLATE)) == [
        ["gpumarket", "amend", "X"],
        ["gpumarket", "verify", "X"],
        ["gpumarket", "grant", "add", "X", "1000", "--until", "+60d"],
        ["gpumarket", "team", "add", "nlp", "--name", "Our language"],
    ]


def test_every_command_that_a_page_shows_exists() -> None:
    """Those that pages put together in Python are held by the tests of these forms."""
    root, found = command_line(), {}
    for path in sorted((ROOT / "api" / "web" / "templates").glob("*.html")):
        for words in shown_commands(path.read_text(encoding="utf-8")):
            found[f"{path.name}: {shlex.join(words)}"] = command_fault(words[1:], root)
    assert len(found) > 10
    assert {line: what for line, what in found.items() if what} == {}


def test_make_help_lists_every_target() -> None:
    listed = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, flags=re.MULTILINE))
    assert listed == make_targets(MAKEFILE)
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, flags=re.MULTILINE)
    assert phony
    assert set(phony[1].split()) == listed


SAMPLE = """
```bash
make demo            # four weeks
$ time make test CI=true && gpumarket pool add h100 \\
    --capacity=8
GPUMARKET_DB=x.db .venv/bin/gpumarket pool list --json | head -3
```
```python
make nothing
```
"""


def test_commands_are_read_from_bash_blocks_alone() -> None:
    assert list(shell_commands(SAMPLE)) == [
        ["make", "demo"],
        ["make", "test", "CI=true"],
        ["gpumarket", "pool", "add", "h100", "--capacity=8"],
        [".venv/bin/gpumarket", "pool", "list", "--json"],
        ["head", "-3"],
    ]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("make test", None),
        ("make -j2 tset", "make has no target 'tset'"),
        ("ls /nowhere", None),
        ("gpumarket pool add h100 --capacity=8 --price -1", None),
        ("gpumarket pool sell", "gpumarket pool has no command 'sell'"),
        ("gpumarket bids", "gpumarket has no command 'bids'"),
        ("gpumarket pool add --capcity 8", "gpumarket pool add has no option '--capcity'"),
    ],
)
def test_an_unknown_target_command_or_option_is_seen(line: str, what: str | None) -> None:
    app, pool = typer.Typer(), typer.Typer()

    @pool.command()
    def add(name: str, capacity: int = 1, price: int = 0) -> None: ...

    @pool.command("list")
    def list_pools() -> None: ...

    app.add_typer(pool, name="pool")
    assert fault(shlex.split(line), {"test"}, get_command(app)) == what


PAGES = ("README.md", "DECISIONS.md", "CHANGELOG.md", "docs/*.md")
HOUSES = ("api", "sim", "marketplace", "pricing", "allocator", "tests", "docs", ".ci")


def pages() -> Iterator[tuple[str, str]]:
    """Every page that people read, by its name."""
    for pattern in PAGES:
        for path in sorted(ROOT.glob(pattern)):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def absent(folder: Path, page: str, tests: set[str]) -> list[str]:
    """Files, folders and tests that a page in ``folder`` names and that are not there."""
    missing = []
    for named in re.findall(r"`([^`\s]+)`", page):
        name = named.partition("::")[0].rstrip("/")
        if re.fullmatch(r"test_\w+\.py", name):
            missing += [] if name in tests else [name]
        elif name.split("/")[0] in HOUSES and "/" in name and not re.search(r"[*<{…]", name):
            there = any((ROOT / (name + ending)).exists() for ending in ("", ".py"))
            missing += [] if there else [name]
    for link in re.findall(r"\]\(([^)#\s]+)", page):
        if "://" not in link and not (folder / link).exists():
            missing.append(link)
    return missing


def test_every_page_names_files_and_tests_that_are_there() -> None:
    tests = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    said = "`test_gone.py` `tests/gone` `api/app.py` `tests/x/*.py` [page](gone.md) [us](README.md)"
    assert absent(ROOT, said, tests) == ["test_gone.py", "tests/gone", "gone.md"]
    found = {name: absent((ROOT / name).parent, page, tests) for name, page in pages()}
    assert {name: what for name, what in found.items() if what} == {}


def test_no_sentence_begins_in_its_middle() -> None:
    """A paragraph of README that begins with a blank has lost the words before it."""
    readme = re.sub(r"^```.*?^```", "", pages_of("README.md"), flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"^\n (?! ).+$", readme, flags=re.MULTILINE) == []


def pages_of(name: str) -> str:
    return dict(pages())[name]


def test_the_readmes_figure_of_a_large_cycle_is_what_was_measured() -> None:
    """A hundred thousand bids: the gap and the time that `make bench` wrote last."""
    releases = json.loads((ROOT / "docs" / "quality.json").read_text(encoding="utf-8"))
    [row] = list(releases.values())[-1]["sections"]["week-100000"]["rows"]
    measured = re.match(r"gap ([\d.]+) % in (\d+) s", row["figure"])
    told = re.search(
        r"hundred thousand bids clear within ([\d.]+) % of the bound in\s+about a minute",
        pages_of("README.md"),
    )
    assert measured
    assert told
    assert float(measured[1]) <= float(told[1])
    assert int(measured[2]) <= 75


def test_every_code_and_reason_of_a_refusal_is_documented() -> None:
    page = (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8")
    known = [*REASONS, *(case.refusal.code for case in TABLE)]
    assert [slug for slug in known if f"| `{slug}` |" not in page] == []


A_DOORS_WORDS = re.compile(r"(?<![\w-])--[a-z]|gpumarket (?=[a-z])")
"""A flag, or a command: what only the door that has them may say."""


def test_below_the_doors_nobody_names_a_flag_or_a_command() -> None:
    assert A_DOORS_WORDS.search("pass a later --at")
    assert A_DOORS_WORDS.search("run `gpumarket init`")
    lines = (
        (f"{path.relative_to(ROOT)}:{number}", line)
        for path in sorted((ROOT / "marketplace").rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    )
    assert [where for where, line in lines if A_DOORS_WORDS.search(line)] == []
