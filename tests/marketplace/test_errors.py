"""A refusal is data first: a stable code, the field that fails, its value; then one sentence."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.errors import BadField, InsufficientCredits, MarketError
from marketplace.missing import among
from marketplace.reasons import REASONS
from tests.refusals import TABLE, Case

ROOT = Path(__file__).parents[2]


def subclasses(kind: type[MarketError]) -> Iterator[type[MarketError]]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def test_the_table_has_every_code_once() -> None:
    assert sorted(case.refusal.code for case in TABLE) == sorted(
        kind.code for kind in subclasses(MarketError)
    )


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.refusal.code)
def test_every_refusal_names_its_field_and_value(case: Case) -> None:
    fields = case.refusal.fields()
    assert (fields["field"], fields["value"]) == (case.field, case.value)
    assert str(case.refusal).startswith(case.says)


@pytest.mark.parametrize(
    ("names", "says", "more"),
    [
        (8, "there is no pool 'x'; there are: p0, p1, p2, p3, p4, p5, p6, p7", 0),
        (9, "there is no pool 'x'; there are: p0, p1, p2, p3, p4, p5, p6, p7 and 1 more", 1),
        (30, "there is no pool 'x'; there are: p0, p1, p2, p3, p4, p5, p6, p7 and 22 more", 22),
        (0, "there is no pool 'x'", 0),
    ],
)
def test_names_that_are_left_out_are_counted(names: int, says: str, more: int) -> None:
    found = among("pool", "x", (f"p{k}" for k in range(names)))
    assert str(found) == says
    assert found.fields()["more"] == more


def test_amounts_are_told_in_credits() -> None:
    fields = InsufficientCredits("nlp", 9_500_000, 400_000).fields()
    assert (fields["needed_credits"], fields["free_credits"]) == ("9.5", "0.4")


def test_a_bad_field_tells_its_reason_and_the_facts_of_it() -> None:
    facts = {"pool": "h100", "block_size": 4}
    refusal = BadField("quantity", 6, "not-a-multiple", facts)
    assert refusal.fields() == {
        "field": "quantity",
        "value": 6,
        "reason": "not-a-multiple",
        "facts": facts,
    }
    assert str(refusal) == "quantity is 6: h100 sells multiples of 4"


def test_a_long_text_is_cut_in_the_sentence_and_whole_in_the_fields() -> None:
    refusal = BadField("project", "p" * 200, "too-long", {"most": 128})
    assert len(str(refusal)) < 100
    assert refusal.fields()["value"] == "p" * 200


def reasons_given(house: str) -> Iterator[tuple[str, str]]:
    """Where a refusal is made with a reason, and which."""
    for path in sorted((ROOT / house).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and node.value in REASONS:
                yield str(node.value), f"{path.name}:{node.lineno}"


def test_every_reason_is_given_somewhere() -> None:
    given = {
        reason
        for house in ("marketplace", "api")
        for reason, where in reasons_given(house)
        if not where.startswith("reasons.py")
    }
    assert set(REASONS) - given == set()
