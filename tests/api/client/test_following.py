"""Events as they happen: a stream that breaks off goes on where it ended."""

import json
from collections.abc import Iterator
from itertools import islice

import httpx2
import pytest

from api.client.failures import Refused, Unserved
from api.client.served import Client
from tests.api.client.faults import Fault, Time, Way, answering, over, refuse_knock

AT = "2026-11-24T08:00:00Z"


def told(id_: int) -> bytes:
    """An event as a stream has it."""
    facts = {"id": id_, "line": 1, "kind": "order.placed", "version": 1, "audience": [], "at": AT}
    data = json.dumps(facts | {"data": {}, "newer": 1})
    return f"id: {id_}\nevent: order.placed\ndata: {data}\n\n".encode()


class Told(httpx2.SyncByteStream):
    """A stream of those events that breaks off after them."""

    def __init__(self, *ids: int) -> None:
        self.ids = ids

    def __iter__(self) -> Iterator[bytes]:
        yield b"retry: 2000\n\n: ping\n\n"
        for one in self.ids:
            yield told(one)
        raise httpx2.ReadError("gone")


def telling(*ids: int) -> Fault:
    """A stream of those events in place of an answer."""
    kind = {"content-type": "text/event-stream; charset=utf-8"}
    return lambda request, _: httpx2.Response(200, headers=kind, stream=Told(*ids), request=request)


@pytest.fixture
def way() -> Way:
    return Way(httpx2.MockTransport(lambda _: httpx2.Response(404)))


@pytest.fixture
def client(way: Way, time: Time) -> Client:
    return over(way, time, "gpm_mia")


def test_a_stream_that_breaks_off_goes_on_where_it_ended(client: Client, way: Way) -> None:
    way.faults = [telling(7, 8), refuse_knock, answering(503), telling(), telling(9)]
    seen = [one.id for one in islice(client.follow(after=6, kinds=["order"]), 3)]
    assert seen == [7, 8, 9]
    asked = [one.headers.get("Last-Event-ID") for one in way.seen]
    assert asked == ["6", "8", "8", "8", "8"]
    assert all(one.url.params["kind"] == "order" for one in way.seen)


def test_it_gives_up_when_the_service_stays_away(client: Client, way: Way, time: Time) -> None:
    way.faults = [telling(1)] + [refuse_knock] * 99
    with pytest.raises(Unserved, match="nobody answers"):
        list(client.follow())
    assert 10 < sum(time.slept) <= 30


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (answering(401, '{"code": "unrecognised", "detail": "it ended"}'), Refused),
        (answering(200, "<p>hello</p>", "text/html"), Unserved),
        (answering(404, "<p>no</p>", "text/html"), Unserved),
        (answering(200, "data: {}\n\n", "text/event-stream"), Unserved),
    ],
)
def test_what_is_no_stream_is_told(
    client: Client, way: Way, time: Time, fault: Fault, failure: type[Exception]
) -> None:
    way.faults = [fault]
    with pytest.raises(failure):
        next(client.follow())
    assert time.slept == []
