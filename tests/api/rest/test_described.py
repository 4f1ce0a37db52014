"""The OpenAPI document: complete, stable, and its examples work on the served market."""

import re
from collections import Counter
from typing import Any

import pytest

from tests.api.rest.desk import PEOPLE, Desk, peopled, served
from tests.api.rest.operations import (
    ASKED_FOR,
    Document,
    Operation,
    operations,
    places_of,
    schema_of,
)

STATES = (402, 404, 409, 412)
"""What an example meets that is fine by itself: an example before it has changed things."""


@pytest.fixture(scope="module")
def document() -> Document:
    """The same whatever market is served."""
    with served(peopled()) as http:
        found: Document = http.get("/v1/openapi.json").json()
    return found


def test_every_operation_has_its_own_stable_name_and_is_told(document: Document) -> None:
    every = list(operations(document))
    names = Counter(one.id for one in every)
    assert [name for name, times in names.items() if times > 1] == []
    for one in every:
        assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", one.id), one
        assert one.told["summary"], one.id
        assert one.told["description"], one.id


def test_a_key_is_required_where_a_request_without_it_is_refused(document: Document) -> None:
    def key(path: str, method: str) -> Document:
        given = document["paths"][path][method]["parameters"]
        [found] = [one for one in given if one["name"] == "Idempotency-Key"]
        return dict(found)

    assert key("/v1/orders", "post")["required"]
    assert not key("/v1/rules/proposals", "post").get("required")
    assert "x-needed" not in str(document)


def test_every_operation_names_its_problems(document: Document) -> None:
    for one in operations(document):
        told = one.told["responses"]
        needed = {"401", "403", "404", "422", "503"}
        needed |= {"400", "402", "409", "413"} if one.method != "get" else set()
        assert needed <= told.keys(), one.id
        for status in needed:
            assert list(told[status]["content"]) == ["application/problem+json"]
        assert any(status.startswith(("2", "3")) for status in told), one.id
    assert "412" in document["paths"]["/v1/orders/{order}"]["patch"]["responses"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_a_problem_is_as_the_document_tells(desk: Desk, document: Document) -> None:
    shape = document["components"]["schemas"]["Problem"]
    problem = desk.refused(422, "mia", "GET", "/v1/orders", params={"limit": 0})
    assert set(shape["required"]) <= problem.keys()
    assert "field" in shape["properties"].keys() & problem.keys()


def test_every_body_has_an_example_and_its_fields_are_told(document: Document) -> None:
    for one in operations(document):
        schema = schema_of(document, one)
        if schema is not None:
            assert schema.get("examples"), one.id
            assert schema.get("description"), one.id


@pytest.fixture
def places(desk: Desk) -> dict[str, str]:
    return places_of(desk)


def asked_by_each(desk: Desk, operation: Operation, path: str, **more: Any) -> int:
    """The status that whoever may do it is answered."""
    statuses = []
    for who in PEOPLE:
        answer = desk.asks(who, operation.method.upper(), path, **more)
        statuses.append(answer.status_code)
        if answer.is_success:
            break
    return min(statuses, key=lambda one: (one == 403, one))


def test_every_bodys_example_is_taken_by_the_served_market(
    desk: Desk, document: Document, places: dict[str, str]
) -> None:
    answered = {}
    for one in operations(document):
        schema = schema_of(document, one)
        if schema is None:
            continue
        for example in schema["examples"]:
            answered[one.id] = asked_by_each(desk, one, one.path.format(**places), json=example)
    assert answered.pop("sign_in") == 401  # its token is none
    refused = {name: status for name, status in answered.items() if not 200 <= status < 300}
    assert {name: status for name, status in refused.items() if status not in STATES} == {}
    assert answered["place_order"] == answered["open_pool"] == 201
    assert answered["amend_order"] == answered["release_reservation"] == 200


def test_everything_that_is_read_is_read_by_somebody(
    desk: Desk, document: Document, places: dict[str, str]
) -> None:
    for one in operations(document):
        if one.method == "get" and not one.streams:
            path = one.path.format(**places)
            status = asked_by_each(desk, one, path, params=ASKED_FOR.get(one.id))
            assert status < 500, one.id
            assert status != 422, one.id
