"""An event as JSON: there and back, in the shape that its version promises."""

import re
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

import pytest

from marketplace.domain.event.audience import (
    Audience,
    Circle,
    Event,
    OneTeam,
    Reader,
    audiences_of,
    reader_of,
    text_of,
)
from marketplace.domain.event.kinds import EVENTS, KINDS, kinds_named
from marketplace.domain.event.market import MarketOpened
from marketplace.domain.event.order import OrderFilled, OrderPlaced
from marketplace.domain.event.wire import read, written
from marketplace.errors import BadField
from marketplace.words import stamp
from tests.marketplace.bazaar import NOW, a_market, option, placed, request
from tests.marketplace.event_examples import AT, KEPT, example, faults, kept, row

PLACED = OrderPlaced(at=AT, order="ord_1", team="nlp", held_ucr=17_600_000)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.kind)
def test_every_kind_comes_back_as_it_was_written(kind: type[Event]) -> None:
    one = example(kind)
    assert read(written(one)) == one
    assert re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*", kind.kind)
    assert kind.audience.has_team <= ("team" in {each.name for each in fields(kind)})


def test_every_kind_has_the_shape_that_its_version_promised() -> None:
    assert faults(kept(), EVENTS) == []
    assert len(KINDS) == len(EVENTS)


def test_every_kind_has_its_row_in_the_docs() -> None:
    page = (KEPT.parents[2] / "docs" / "events.md").read_text()
    assert [row(kind) for kind in EVENTS if row(kind) not in page] == []


def test_a_shape_that_changes_under_its_version_is_found() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Changed(OrderPlaced):
        note: str

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Raised(Changed):
        version: ClassVar[int] = 2

    others = [kind for kind in EVENTS if kind is not OrderPlaced]
    assert faults(kept(), [*others, Changed]) == [
        "order.placed/1: its shape has changed; raise its version"
    ]
    assert faults(kept(), [*others, Raised]) == [
        "order.placed/2: no example is kept; run this module"
    ]
    assert faults(kept(), others) == ["order.placed/1: there is no such event"]


def test_money_is_decimal_text_and_a_time_has_seconds_and_a_z() -> None:
    filled = OrderFilled(
        at=datetime(2026, 11, 24, 1, 0, 5, tzinfo=timezone(timedelta(hours=1))),
        order="ord_1",
        team="nlp",
        cycle="cyc_000001",
        start=datetime(2026, 11, 24, 8, tzinfo=UTC),
        payment_ucr=17_600_001,
        reservations=("rsv_1", "rsv_2"),
    )
    assert written(filled) == {
        "kind": "order.filled",
        "version": 1,
        "audience": ["team/nlp", "finance"],
        "at": "2026-11-24T00:00:05Z",
        "data": {
            "order": "ord_1",
            "team": "nlp",
            "cycle": "cyc_000001",
            "start": "2026-11-24T08:00:00Z",
            "payment": "17.600001",
            "reservations": ["rsv_1", "rsv_2"],
        },
    }
    assert written(replace(PLACED, held_ucr=10**17))["data"]["held"] == "100000000000"
    assert stamp(AT) == "2026-11-24T08:30:00Z"


@pytest.mark.parametrize(
    ("changed", "field", "because"),
    [
        ({"kind": "order.forgotten"}, "kind", "knows no such kind"),
        ({"kind": ["order.placed"]}, "kind", "must be text"),
        ({"version": "1"}, "version", "must be a whole number"),
        ({"version": 2}, "version", "knows version 1 of order.placed"),
        ({"version": 0}, "version", "knows version 1 of order.placed"),
        ({"audience": ["everybody"]}, "audience", "is for team/nlp"),
        ({"more": 1}, "event", "must have kind, version"),
        ({"at": "2026-11-24T08:00Z"}, "at", "must be like"),
        ({"at": 7}, "at", "must be text"),
        ({"data": []}, "data", "must have order, team, held"),
        ({"data": {"order": "o", "team": "nlp"}}, "data", "must have order, team, held"),
        ({"data": {"order": "o", "team": "nlp", "held": 5}}, "held", "must be text"),
        ({"data": {"order": "o", "team": "nlp", "held": "1e-9"}}, "held", "6 digits"),
        ({"data": {"order": 1, "team": "nlp", "held": "5"}}, "order", "must be text"),
    ],
)
def test_what_is_no_event_that_this_program_knows_is_refused(
    changed: dict[str, Any], field: str, because: str
) -> None:
    with pytest.raises(BadField, match=because) as refused:
        read(written(PLACED) | changed)
    assert refused.value.field == field


def test_numbers_and_lists_are_checked_too() -> None:
    opened = written(MarketOpened(at=AT, rules_version=1))
    for value in (True, "1", 1.0):
        with pytest.raises(BadField, match="must be a whole number"):
            read(opened | {"data": {"rules_version": value}})
    filled = written(example(OrderFilled))
    with pytest.raises(BadField, match="must be a list"):
        read(filled | {"data": filled["data"] | {"reservations": "rsv_1"}})


def test_every_event_says_who_may_read_it_and_none_is_for_nobody() -> None:
    for one in Audience:
        assert one.has_team or one.circles
        assert set(one.circles) <= set(Circle)
    with pytest.raises(BadField, match="team"):
        OneTeam("")


def test_a_reader_reads_what_names_it_and_what_is_for_everybody() -> None:
    """§7.11"""
    for circle in Circle:
        whole, teams = audiences_of([circle])
        assert Audience.EVERYBODY in whole
        assert Audience.TEAM not in whole
        assert teams == []
    assert audiences_of([OneTeam("nlp")]) == ([Audience.EVERYBODY], ["nlp"])


@pytest.mark.parametrize("reader", [*Circle, OneTeam("nlp")])
def test_a_reader_is_read_back_as_it_was_written(reader: Reader) -> None:
    assert reader_of(text_of(reader)) == reader


@pytest.mark.parametrize("text", ["", "team", "team/", "nlp", "finance/nlp", "team/N"])
def test_what_is_no_reader_is_refused(text: str) -> None:
    with pytest.raises(BadField):
        reader_of(text)


def test_a_word_means_one_kind_or_all_of_its_noun() -> None:
    assert kinds_named("order.filled") == ["order.filled"]
    assert set(kinds_named("cycle")) == {kind for kind in KINDS if kind.startswith("cycle.")}
    with pytest.raises(BadField, match=r"order\.filled"):
        kinds_named("order.")


def test_an_order_that_won_nothing_is_not_told_as_filled() -> None:
    [waits] = placed(a_market(), request("nlp", "a", option(10)))
    with pytest.raises(ValueError, match=f"{waits.id} won nothing"):
        OrderFilled.of(waits, [], NOW)
