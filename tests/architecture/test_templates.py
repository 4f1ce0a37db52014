"""Templates escape whatever they are given, and refuse what they are not given."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "api"
UNESCAPED = re.compile(r"\|\s*safe\b|\bautoescape\b|\bMarkup\b")
ASKED_OF_AN_ENVIRONMENT = {"autoescape": "True", "undefined": "StrictUndefined"}


def templates() -> list[Path]:
    return sorted(HOUSE.rglob("templates/**/*.html"))


def careless_environments(text: str) -> Iterator[str]:
    """The calls that make a Jinja2 environment which would let something through."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in (
            "Environment",
            "Template",
            "Jinja2Templates",
        ):
            given = {one.arg: ast.unparse(one.value).rpartition(".")[2] for one in node.keywords}
            if "env" not in given and not ASKED_OF_AN_ENVIRONMENT.items() <= given.items():
                yield f"line {node.lineno}: {ast.unparse(node.func)} is given {given}"


def test_no_template_lets_anything_through_unescaped() -> None:
    found = [path for path in templates() if UNESCAPED.search(path.read_text(encoding="utf-8"))]
    assert templates()
    assert found == []


def test_every_template_can_be_read() -> None:
    for path in templates():
        tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        assert tree.body, f"{path.relative_to(ROOT)} says nothing"


def test_every_environment_escapes_and_is_strict() -> None:
    found = {
        path.relative_to(ROOT): list(careless_environments(path.read_text(encoding="utf-8")))
        for path in sorted(HOUSE.rglob("*.py"))
    }
    assert {path: calls for path, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "{{ team | safe }}",
        "{{ team|safe }}",
        "{% autoescape false %}{{ team }}{% endautoescape %}",
    ],
)
def test_a_template_that_trusts_a_word_is_seen(planted: str) -> None:
    assert UNESCAPED.search(planted)


@pytest.mark.parametrize(
    "planted",
    [
        "Environment()",
        "jinja2.Environment(autoescape=True)",
        "Environment(autoescape=False, undefined=StrictUndefined)",
        "jinja2.Template('{{ team }}')",
        "Jinja2Templates(directory='templates')",
    ],
)
def test_a_careless_environment_is_seen(planted: str) -> None:
    assert len(list(careless_environments(planted))) == 1


def test_a_careful_environment_is_let_through() -> None:
    made = "Environment(loader=x, autoescape=True, undefined=jinja2.StrictUndefined)"
    assert list(careless_environments(made)) == []
    assert list(careless_environments("Jinja2Templates(env=made)")) == []
