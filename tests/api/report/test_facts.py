"""A report is made of all its facts or not at all."""

from dataclasses import asdict, fields, replace
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from api.report.facts import Run
from sim.results.plain import plain_run
from tests.sim import made_history as made


def test_every_fact_is_read_as_it_was_told() -> None:
    told = plain_run(made.history())
    read = Run.model_validate(told).model_dump()
    assert read["answers"] == told.answers
    assert read["pools"] == tuple(asdict(one) for one in told.pools)
    assert read["teams"] == tuple(asdict(one) for one in told.teams)
    assert read["tables"] == {id_: asdict(one) for id_, one in told.tables.items()}
    assert told.spot is not None
    assert read["spot"] == asdict(told.spot)


@pytest.mark.parametrize(
    "wrong", [{"seed": "7"}, {"pools": None}, {"answers": {"capacity": 1}}, {"job_count": 1.5}]
)
def test_a_fact_of_another_type_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Run.model_validate(replace(plain_run(made.history()), **wrong))


def test_a_missing_fact_is_refused() -> None:
    told = plain_run(made.history())
    known = {field.name: getattr(told, field.name) for field in fields(told)}
    del known["books"]
    with pytest.raises(ValidationError, match="books"):
        Run.model_validate(SimpleNamespace(**known))
