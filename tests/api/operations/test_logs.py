"""The log: a line a request, never a secret."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from api.operations import logs
from marketplace.store.engine import Store
from tests.api.rest.desk import Desk
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW

BODY = {
    "team": "nlp",
    "options": [
        {
            "value": "17.503",  # no duration in a log has three digits after its point
            "earliest_start": "2026-11-24T08:00:00Z",
            "latest_start": "2026-11-24T08:00:00Z",
            "legs": [{"pool": "h100", "quantity": 8, "duration": "2h"}],
        }
    ],
}


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root of all loggers, put back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:], root.level = handlers, level


def lines(root: logging.Logger, *, as_json: bool) -> io.StringIO:
    logs.begin(as_json=as_json)
    [handler] = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    said = io.StringIO()
    handler.setStream(said)
    return said


def test_each_request_is_one_line(desk: Desk, root: logging.Logger) -> None:
    said = lines(root, as_json=True)
    desk.gets("mia", "/v1/me")
    desk.refused(401, "", "GET", "/v1/me")
    desk.gets("", "/healthz")
    first, second = [json.loads(line) for line in said.getvalue().splitlines()]
    assert first.pop("ms") >= 0
    assert first.pop("request")
    assert first.pop("time").endswith("+00:00")
    assert first == {
        "level": "info",
        "logger": "gpumarket.requests",
        "method": "GET",
        "operation": "who_am_i",
        "status": 200,
        "actor": "person:mia",
    }
    assert (second["status"], second["actor"]) == (401, "")


@pytest.mark.parametrize("as_json", [False, True])
def test_no_secret_is_ever_in_it(
    store: Store, desk: Desk, root: logging.Logger, *, as_json: bool
) -> None:
    said = lines(root, as_json=as_json)
    root.setLevel(logging.DEBUG)
    hands.make_token(store, "new", "gpm_signmein", NOW, "admin", kind="sign-in")
    desk.asks("mia", "POST", "/v1/orders", json=BODY, headers={"Idempotency-Key": "key-of-mine"})
    desk.http.get("/sign-in", params={"token": "gpm_signmein"})
    answer = desk.http.post("/v1/sign-in", json={"token": "gpm_signmein"})
    desk.asks("mia", "GET", "/v1/nowhere/gpm_path", params={"token": "gpm_query"})
    made = desk.asks("mia", "POST", "/v1/teams/nlp/calendar").json()["address"]
    assert desk.http.get(made).is_success
    assert desk.http.get(made.replace(".ics", "x.ics")).status_code == 404
    assert desk.http.get(made.removesuffix(".ics")).status_code == 404
    with store.begin() as tx:
        tx.connection().exec_driver_sql("ALTER TABLE cycle RENAME TO gone")
    desk.asks("mia", "POST", "/v1/orders", json=BODY, headers={"Idempotency-Key": "key-of-mine-2"})
    text = said.getvalue()
    assert "place_order" in text
    assert answer.json()["token"] not in text
    for secret in ("gpm_", "key-of-mine", "17.503", "17503000"):
        assert secret not in text


def test_a_failure_has_its_traceback(root: logging.Logger) -> None:
    said = lines(root, as_json=True)
    try:
        raise ValueError("of a bug")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("it broke")
    line = json.loads(said.getvalue())
    assert (line["logger"], line["message"], line["level"]) == (
        "uvicorn.error",
        "it broke",
        "error",
    )
    assert "ValueError: of a bug" in line["traceback"]
