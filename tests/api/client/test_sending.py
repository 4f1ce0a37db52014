"""Faults on the way: what is safe to send again is sent again, and done once."""

import socket
import threading
from collections.abc import Callable

import httpx2
import pytest

from api.client.failures import Refused, Unserved
from api.client.sending import Asked, Patience
from api.client.served import Client
from api.wire.order import AmendBody, KeyedOrderBody
from marketplace.store.engine import Store
from tests.api.client.faults import Fault, Time, Way, answering, lose_answer, over, refuse_knock
from tests.api.client.test_served import a_body, an_option
from tests.marketplace.bazaar import assert_clean

IN_FLIGHT = '{"code": "key-in-flight", "field": "key", "value": "k", "detail": "wait"}'
STORAGE = '{"code": "storage-failed", "field": "database", "detail": "busy", "status": 503}'


def test_an_answer_that_was_lost_is_found_again_and_nothing_is_placed_twice(
    mia: Client, way: Way, store: Store
) -> None:
    """§7.14"""
    way.faults = [lose_answer, lose_answer]
    order = mia.place_order(a_body())
    assert len(set(way.keys)) == 1
    assert len(way.keys) == 3
    assert mia.orders().items == [order]
    assert_clean(store)


def test_a_lost_batch_is_placed_once(mia: Client, way: Way, store: Store) -> None:
    """§7.14"""
    way.faults = [lose_answer]
    answers = mia.place_orders([KeyedOrderBody(**dict(a_body("1"))) for _ in range(5)])
    assert all(one.replayed for one in answers)
    assert len(mia.orders().items) == 5
    assert_clean(store)


def test_a_lost_change_or_cancelling_is_done_once(mia: Client, way: Way, store: Store) -> None:
    order = mia.place_order(a_body())
    way.faults = [lose_answer]
    assert mia.amend_order(order.id, AmendBody(options=[an_option("70")]), version=1).version == 2
    way.faults = [lose_answer]
    [gone] = mia.cancel_orders([order.id])
    assert gone.state == "cancelled"
    assert_clean(store)


@pytest.mark.parametrize(
    "fault",
    [
        lose_answer,
        refuse_knock,
        answering(409, IN_FLIGHT, retry_after="1"),
        answering(429, "{}", retry_after="1"),
        answering(503, STORAGE, retry_after="1"),
        answering(503, "<html>busy</html>", "text/html"),
        answering(502, "<html>bad gateway</html>", "text/html"),
        answering(504),
    ],
)
def test_what_passes_is_waited_for(mia: Client, way: Way, time: Time, fault: Fault) -> None:
    way.faults = [fault]
    assert mia.place_order(a_body()).state == "open"
    way.faults = [fault]
    assert len(mia.orders().items) == 1
    assert len(time.slept) == 2


def test_it_waits_as_long_as_it_is_asked_to(mia: Client, way: Way, time: Time) -> None:
    way.faults = [answering(429, "{}", retry_after="7")]
    mia.me()
    assert time.slept == [7.2]


def test_pauses_double_up_to_a_longest_and_end_with_the_patience(
    mia: Client, way: Way, time: Time
) -> None:
    way.faults = [answering(429, '{"code": "too-many-requests"}', retry_after="0")] * 99
    with pytest.raises(Refused) as still:
        mia.me()
    assert still.value.status == 429
    assert time.slept[:6] == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 5.0])
    assert sum(time.slept) <= 30


@pytest.mark.parametrize("code", ["no-market", "wrong-version"])
def test_what_does_not_pass_is_not_waited_for(mia: Client, way: Way, time: Time, code: str) -> None:
    way.faults = [answering(503, f'{{"code": "{code}", "status": 503}}')]
    with pytest.raises(Refused):
        mia.me()
    assert time.slept == []


def test_a_write_without_a_key_is_not_sent_again_once_it_may_have_been_seen(
    mia: Client, way: Way, time: Time
) -> None:
    way.faults = [lose_answer]
    with pytest.raises(Unserved, match="look whether it was done") as unknown:
        mia.sign_in("gpm_link")
    assert (unknown.value.code, len(way.seen), time.slept) == ("no-answer", 1, [])


def test_where_nobody_ever_answers_it_gives_up_soon(mia: Client, way: Way, time: Time) -> None:
    way.faults = [refuse_knock] * 99
    with pytest.raises(Unserved, match=r"nobody answers at http://market\.test.*nothing"):
        mia.place_order(a_body())
    assert sum(time.slept) <= 2


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (
            answering(200, "<html>hello</html>", "text/html"),
            "not as a market does (200, text/html)",
        ),
        (answering(404, "<html>no</html>", "text/html"), "not as a market does (404, text/html)"),
        (answering(200, '{"a": 1}', "application/json"), "different versions"),
        (answering(200, "[]", "application/json"), "different versions"),
        (answering(200, "", "application/json"), "not as a market does"),
        (answering(301, location="https://b/"), "it points to https://b/"),
        (answering(500, '{"detail": "x"}'), "not as a market does (500"),
    ],
)
def test_what_is_no_market_is_told_as_that(mia: Client, way: Way, fault: Fault, told: str) -> None:
    way.faults = [fault]
    with pytest.raises(Unserved) as other:
        mia.me()
    assert (other.value.code, told in str(other.value)) == ("not-a-service", True), other.value


def test_a_newer_service_that_says_more_is_understood(mia: Client, way: Way) -> None:
    way.faults = [
        answering(
            200,
            '{"person": "mia", "roles": [], "token": "t", "now": "2026-11-24T08:00:00Z", "x": 1}',
            "application/json",
        )
    ]
    assert mia.me().person == "mia"


def test_a_closed_port_is_told(time: Time) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    nobody = Client(f"http://127.0.0.1:{port}", patience=time.patience())
    with nobody, pytest.raises(Unserved, match=r"nobody answers .*refused"):
        nobody.me()


def listening(answer: Callable[[socket.socket], None]) -> str:
    """The address of somebody who takes one connection."""
    door = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with door:
            one, _ = door.accept()
            with one:
                answer(one)

    threading.Thread(target=serve, daemon=True).start()
    return f"127.0.0.1:{door.getsockname()[1]}"


def test_a_port_that_speaks_no_tls_is_not_trusted(time: Time) -> None:
    def plainly(one: socket.socket) -> None:
        one.recv(100)
        one.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    client = Client(f"https://{listening(plainly)}", "t", patience=time.patience())
    with client, pytest.raises(Unserved, match="cannot be trusted, so that nothing was sent"):
        client.me()
    assert time.slept == []


def test_a_connection_that_breaks_off_is_no_answer() -> None:
    def gone(one: socket.socket) -> None:
        one.recv(1)

    client = Client(f"http://{listening(gone)}", "t", patience=Patience(seconds=0))
    with client, pytest.raises(Unserved) as lost:
        client.me()
    assert lost.value.code in ("no-answer", "unreachable")


def test_neither_a_repr_nor_a_failure_shows_the_token(way: Way, time: Time) -> None:
    client = over(way, time, "gpm_secret")
    assert "gpm_secret" not in repr(client._line)
    assert Asked(method="GET", path="/").safe
    assert isinstance(client._line.http, httpx2.Client)
