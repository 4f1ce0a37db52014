"""Answers that are the same to all: made once, and anew once what they are made of has changed."""

from api.rest.published import KEPT_MOST, Published
from marketplace.domain.actor import CLOCK
from marketplace.domain.clock_command import RunTick
from marketplace.domain.spot import SpotTerms
from marketplace.services.runner import Runner
from tests.api.rest.desk import Desk
from tests.marketplace import hands
from tests.marketplace.bazaar import CREDIT, HOUR, NOW, maintain


def test_an_answer_is_made_once_until_something_is_written(desk: Desk) -> None:
    published = desk.http.app.state.market.published  # type: ignore[attr-defined]
    first = desk.gets("mia", "/v1/calendar", hours=30)
    assert len(published.answers) == 1
    assert desk.gets("rob", "/v1/calendar", hours=30) == first
    assert len(published.answers) == 1
    desk.gets("rob", "/v1/calendar", hours=31)
    assert len(published.answers) == 2
    maintain(desk.store, "away", NOW + 20 * HOUR, 8, 2, now=NOW)
    after = desk.gets("mia", "/v1/calendar", hours=30)
    assert len(published.answers) == 2
    assert after["pools"] != first["pools"]


def test_each_version_is_made_once_and_what_was_asked_longest_ago_makes_room() -> None:
    published, made = Published(), []

    def ask(what: int, version: str = "a") -> bytes:
        def make() -> bytes:
            made.append((what, version))
            return f"{what}{version}".encode()

        return published.kept(what, version, make)

    assert [ask(0), ask(0), ask(0, "b"), ask(0, "b")] == [b"0a", b"0a", b"0b", b"0b"]
    assert made == [(0, "a"), (0, "b")]
    for what in range(1, KEPT_MOST):
        ask(what)
    ask(0, "b")
    ask(KEPT_MOST)
    made.clear()
    ask(0, "b")
    ask(1)
    assert made == [(1, "a")]
    assert len(published.answers) == KEPT_MOST


def test_nobody_reads_a_published_answer_without_being_recognised(desk: Desk) -> None:
    desk.gets("mia", "/v1/calendar")
    assert desk.refused(401, "", "GET", "/v1/calendar")["code"] == "unrecognised"
    assert desk.refused(401, "nobody", "GET", "/v1/calendar")["code"] == "unrecognised"


def test_what_another_process_writes_is_seen_at_once(desk: Desk) -> None:
    before = desk.gets("mia", "/v1/calendar")
    terms = SpotTerms(team="nlp", key="s", pool="a100", quantity=1, limit_ucr=CREDIT)
    hands.ask(desk.store, [terms], NOW)
    Runner(desk.store).run(RunTick(), by=CLOCK, at=NOW)
    assert desk.gets("mia", "/v1/calendar") != before
