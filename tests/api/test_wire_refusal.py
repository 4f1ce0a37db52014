"""A refusal on the wire: its facts by their names, its sentence at the end."""

import pytest

from api.wire.refusal import Refusal
from tests.refusals import TABLE, Case


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.refusal.code)
def test_a_refusal_is_written_with_its_sentence_last_and_reads_back(case: Case) -> None:
    refusal = case.refusal
    shape = Refusal.of("k", refusal, "so it is")
    written = shape.document()
    told = {"key": "k", "code": refusal.code} | refusal.fields() | {"message": "so it is"}
    assert list(written.items()) == list(told.items())
    assert (written["field"], written["value"]) == (case.field, case.value)
    assert Refusal.read(written) == shape
