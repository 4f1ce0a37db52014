"""Refusals as problem+json: one status a code, never a traceback."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.rest import problems
from marketplace import errors
from tests.api.rest.desk import Desk
from tests.refusals import TABLE, Case


def test_every_refusal_has_its_status() -> None:
    kinds = {one for one in vars(errors).values() if isinstance(one, type)}
    refusals = {one for one in kinds if issubclass(one, errors.MarketError)}
    assert set(problems.STATUSES) == refusals - {errors.MarketError}


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.refusal.code)
def test_a_refusal_is_told_with_its_code_its_field_and_its_value(case: Case) -> None:
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    def refuse() -> None:
        raise case.refusal

    answer = TestClient(app).get("/", params={case.field: "as it was sent"})
    told = answer.json()
    assert answer.status_code == told["status"] == problems.status_of(case.refusal)
    assert answer.headers["content-type"] == problems.MEDIA_TYPE
    assert told["code"] == case.refusal.code
    assert (told["field"], told["value"]) == (case.field, case.value)
    assert case.says in told["detail"]


def test_a_bug_says_its_kind_and_nothing_of_its_inside() -> None:
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    def fail() -> None:
        raise ZeroDivisionError("secret")

    answer = TestClient(app, raise_server_exceptions=False).get("/")
    assert (answer.status_code, answer.json()["code"]) == (500, "bug")
    assert "secret" not in answer.text


def test_what_is_not_there_and_what_is_no_json(desk: Desk) -> None:
    assert desk.refused(404, "mia", "GET", "/v1/nothing")["code"] == "no-such-path"
    assert desk.refused(405, "mia", "PUT", "/v1/orders")["code"] == "no-such-method"
    headers = {"Content-Type": "application/json"}
    said = desk.refused(400, "mia", "POST", "/v1/orders", content="{no", headers=headers)
    assert said["code"] == "bad-json"
