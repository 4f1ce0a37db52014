"""What is checked of every request before it is read."""

from collections.abc import Iterator

from api.rest.requests import BODY_MAX
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
