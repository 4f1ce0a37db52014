"""The field of a problem is one that can be sent: each operation's, tried with odd values."""

import ast
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import marketplace
from api.rest.sent import meant, within
from marketplace.errors import Duplicate, KeyReused, NotFound
from marketplace.rules import MarketRules
from tests.api.rest.desk import PEOPLE, Desk
from tests.api.rest.operations import (
    ASKED_FOR,
    BY_IDS,
    Document,
    Operation,
    operations,
    places_of,
    schema_of,
)

ODD = ("", "9999999999999", "2020-01-01T00:00:00Z", "40d")
ODD_NUMBERS = (0, 10**9)
OF_NOTHING_SENT = {"insufficient-credits", "forbidden", "unrecognised", "not-due"}
"""Codes whose field names what is lacking: docs/refusals.md tells which."""

OF_NO_REQUEST = {
    *("database", "clock", "through", "position", "secret_sha256", "slots"),
    *("event", "audience", "data", "reader"),
}
"""Fields of what comes by no request: of a database, of its clock, of an event that is read."""


def resolved(document: Document, schema: Document) -> Document:
    """The schema that is meant."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


def names_in(document: Document, schema: Document) -> Iterator[str]:
    """The names of a schema's fields, at any depth."""
    whole = resolved(document, schema)
    for part in (*whole.get("anyOf", ()), *whole.get("allOf", ())):
        yield from names_in(document, part)
    if "items" in whole:
        yield from names_in(document, whole["items"])
    for name, one in whole.get("properties", {}).items():
        yield name
        yield from names_in(document, one)


def names_of(document: Document, operation: Operation) -> set[str]:
    """All names that a request of that operation can have."""
    found = {one["name"].lower() for one in operation.told.get("parameters", ())}
    schema = schema_of(document, operation)
    found |= set(names_in(document, schema) if schema else ())
    return found | ({one.name for one in fields(MarketRules)} if "changes" in found else set())


def parts(field: str) -> set[str]:
    """The names that a field is made of."""
    return {part.partition("[")[0] for part in field.lower().split(".")}


def changed(document: Any) -> Iterator[Any]:
    """The document with one odd value in place of another, in each place."""
    pairs: Any = ()
    if isinstance(document, dict):
        pairs = document.items()
    elif isinstance(document, list):
        pairs = enumerate(document)
    for name, one in list(pairs):
        if isinstance(one, (dict, list)):
            others: Any = changed(one)
        else:
            others = ODD_NUMBERS if isinstance(one, int) else ODD
        for other in others:
            copy = deepcopy(document)
            copy[name] = other
            yield copy


def requests(
    document: Document, one: Operation, places: dict[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests of an operation, each with something odd: a path, and what is sent with it."""
    schema, more = schema_of(document, one), dict[str, Any]()
    more["params"] = dict(ASKED_FOR.get(one.id, {}))
    if one.takes("dry_run"):
        more["params"]["dry_run"] = "true"
    if schema is not None:
        more["json"] = dict(schema["examples"][0])
        more["json"] |= {name: [places[id_]] for name, id_ in BY_IDS.get(one.id, {}).items()}
    path = one.path.format(**places)
    yield path, more
    for body in changed(more.get("json")):
        yield path, more | {"json": body}
    for told in one.told.get("parameters", ()):
        name, where = told["name"], told["in"]
        if where == "query" and name != "dry_run":
            yield path, more | {"params": more["params"] | {name: "2020-01-01T00:00:00Z"}}
        elif where == "path":
            yield one.path.format(**places | {name: "zzz"}), more
        elif where == "header":
            yield path, more | {"headers": {name: "zzz"}}


@pytest.fixture
def document(desk: Desk) -> Document:
    found: Document = desk.http.get("/v1/openapi.json").json()
    return found


def test_a_parameter_that_is_misspelt_is_refused(desk: Desk) -> None:
    said = desk.refused(422, "mia", "GET", "/v1/orders?stat=open")
    assert (said["field"], said["value"], said["reason"]) == ("stat", "open", "no-such-parameter")
    assert said["facts"]["known"] == ["after", "limit", "state", "team"]
    desk.gets("mia", "/v1/orders", state="open")


def test_a_problems_field_is_one_that_its_operation_takes(desk: Desk, document: Document) -> None:
    places, odd, tried = places_of(desk), dict[str, Any](), set[str]()
    for one in operations(document):
        if one.streams:
            continue
        names = names_of(document, one)
        able = [who for who in PEOPLE if who != "two"]
        for path, more in requests(document, one, places):
            for who in tuple(able):
                answer = desk.asks(who, one.method.upper(), path, **more)
                if answer.status_code == 403:
                    able.remove(who)
                    continue
                break
            else:
                break
            problem = answer.json() if answer.status_code >= 400 else {}
            if problem.get("code") in OF_NOTHING_SENT or "field" not in problem:
                continue
            tried.add(f"{one.id}: {problem['field']}")
            if not parts(problem["field"]) <= names | {""}:
                odd[f"{one.id}: {problem['field']}"] = (path, more, problem["detail"])
    assert odd == {}
    assert len(tried) > 60, sorted(tried)


def test_each_field_that_the_market_refuses_by_name_is_one_that_can_be_sent(
    document: Document,
) -> None:
    sent = {name for one in operations(document) for name in names_of(document, one)}
    refused = {
        call.args[0].value
        for path in Path(marketplace.__file__).parent.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "BadField"
        and isinstance(call.args[0], ast.Constant)
    }
    assert refused - sent == OF_NO_REQUEST


def test_a_noun_is_named_by_where_it_stood() -> None:
    order = {"team": "nlp", "options": [{"legs": [{"pool": "a"}, {"pool": "b"}]}]}
    sent = list(within(order))
    assert meant(NotFound("pool", "b"), sent) == "options[0].legs[1].pool"
    assert meant(Duplicate("pool", "h"), [("id", "h"), ("name", "h")]) == "id"
    assert meant(NotFound("spot request", "s"), [("request", "s")]) == "request"
    assert meant(NotFound("settled cycle yet", ""), []) == ""
    assert meant(KeyReused("k"), sent) == "Idempotency-Key"
    assert meant(KeyReused("k"), [*sent, ("key", "k")]) == "key"
