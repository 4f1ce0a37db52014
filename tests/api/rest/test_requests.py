"""What is checked of every request before it is read."""

from collections.abc import Iterator

import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send

from api.rest import requests
from api.rest.requests import BODY_MAX, Requests
from tests.api.rest.desk import Desk


def test_every_answer_names_its_request(desk: Desk) -> None:
    own = desk.asks("mia", "GET", "/v1/me", headers={"X-Request-Id": "run-7"})
    assert own.headers["X-Request-Id"] == "run-7"
    odd = desk.asks("", "GET", "/v1/me", headers={"X-Request-Id": "two words"})
    assert len(odd.headers["X-Request-Id"]) == 16


def test_a_body_of_ten_megabytes_is_refused_also_where_its_length_is_not_said(desk: Desk) -> None:
    def long() -> Iterator[bytes]:
        for _ in range(10):
            yield b" " * (BODY_MAX // 4)

    for content in (b" " * 10 * 1024 * 1024, long()):
        problem = desk.refused(413, "mia", "POST", "/v1/orders", content=content)
        assert problem["code"] == "too-large"
    assert desk.gets("mia", "/v1/me")["person"] == "mia"


def test_a_body_that_never_comes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for so long, in all."""
    monkeypatch.setattr(requests, "BODY_S", 0.05)

    async def reads(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["more_body"]:
            pass

    async def drops() -> Message:
        await anyio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def hears(message: Message) -> None:
        raise AssertionError(message)

    with pytest.raises(requests.TooSlow):
        anyio.run(Requests(reads), {"type": "http", "headers": []}, drops, hears)
