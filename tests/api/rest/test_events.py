"""Events over HTTP: page by page here; as they happen, see ``tests/api/service``."""

import asyncio

import pytest
from fastapi import Response
from fastapi.sse import KEEPALIVE_COMMENT
from starlette.datastructures import State

from api.rest import events
from api.rest.caller import Caller
from api.rest.events import RETRY, Stream
from api.rest.market import Market
from api.rest.tail import Interest
from marketplace.domain.event.audience import Circle
from marketplace.services import event
from tests.api.rest.desk import Desk
from tests.api.rest.test_orders import placed
from tests.marketplace.bazaar import DAY, NOW


def test_events_go_on_after_the_last_one_that_was_read(desk: Desk) -> None:
    placed(desk)
    whole = desk.gets("mia", "/v1/events", after=0)["items"]
    ids = [one["id"] for one in whole]
    assert ids == sorted(set(ids))
    assert whole[-1]["kind"] == "order.placed"
    first = desk.gets("mia", "/v1/events", after=0, limit=2)
    assert first["items"] == whole[:2]
    rest = desk.gets("mia", "/v1/events", after=first["next"])
    assert rest == {"items": whole[2:], "next": None}
    assert desk.gets("mia", "/v1/events", limit=2) == {"items": whole[-2:], "next": None}
    assert desk.gets("mia", "/v1/events", after=ids[-1] + 100)["items"] == []


def test_only_kinds_that_were_named(desk: Desk) -> None:
    placed(desk)
    kinds = {
        one["kind"]
        for one in desk.gets("mia", "/v1/events", kind=["order", "team.enrolled"])["items"]
    }
    assert kinds == {"order.placed", "team.enrolled"}
    odd = desk.refused(422, "mia", "GET", "/v1/events", params={"kind": "ordr"})
    assert odd["field"] == "kind"


def test_who_is_in_two_teams_reads_as_one_of_them(desk: Desk) -> None:
    placed(desk)
    for team, kinds in (("nlp", ["order.placed"]), ("rl", [])):
        found = desk.gets("two", "/v1/events", team=team, kind="order")["items"]
        assert [one["kind"] for one in found] == kinds
    assert desk.refused(403, "rob", "GET", "/v1/events", params={"team": "nlp"})


def test_each_reads_what_is_theirs(desk: Desk) -> None:
    """§7.11"""
    placed(desk)
    for who in ("rob", "fin", "pia", "adam"):
        kinds = {one["kind"] for one in desk.gets(who, "/v1/events", after=0)["items"]}
        assert "order.placed" not in kinds
        assert ("token.made" in kinds) == (who in ("pia", "adam"))
        assert "pool.opened" in kinds
    teams = {
        one["data"].get("team") for one in desk.gets("rob", "/v1/events", kind="grant")["items"]
    }
    assert teams == {"rl"}


def test_what_is_no_place_is_refused(desk: Desk) -> None:
    for after in ("-1", "last"):
        problem = desk.refused(422, "mia", "GET", "/v1/events", params={"after": after})
        assert problem["field"] == "after"
    stream = {"Accept": "text/event-stream", "Last-Event-ID": "last"}
    assert desk.refused(422, "mia", "GET", "/v1/events", headers=stream)["field"] == "last-event-id"
    assert desk.refused(401, "", "GET", "/v1/events", headers={"Accept": "text/event-stream"})


def test_a_stream_pings_and_ends_when_its_token_expires(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PING_S", 0.01)
    monkeypatch.setattr(events, "CHECK_S", 0.01)
    times = [NOW]
    who = Caller(Market(desk.store, lambda: times[-1]), "gpm_mia", Response(), State())
    stream = Stream(
        who, Interest(frozenset({Circle.EVERYBODY}), frozenset()), event.newest(desk.store)
    )

    async def read() -> list[bytes]:
        found = []
        async for chunk in stream.told():
            found.append(chunk)
            if len(found) == 4:
                times.append(NOW + DAY)
        return found

    first, *pings = asyncio.run(read())
    assert first == RETRY
    assert set(pings) == {KEEPALIVE_COMMENT}
    assert len(pings) >= 3
