"""The page that says whether the market is well."""

from datetime import timedelta

import pytest

from api.web.operations import Clock, sentence
from marketplace.domain.event.audience import Circle
from marketplace.services import lease
from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, NOW, leg, option, request, won

PATH = "/operations"


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_everybody_sees_clock_cycles_and_ticks_and_some_the_outbox(desk: Desk, who: str) -> None:
    hands.register(desk.store, "billing", Circle.FINANCE, NOW)
    lease.take(desk.store, "vm:1", NOW)
    hands.tick(desk.store, NOW)
    browsing.sign_in(desk, who)
    said = browsing.words(browsing.page(desk, PATH))
    assert "The market is well: the clock is on time; the last tick was at 09:00 UTC" in said
    assert "Leader vm:1" in said
    assert "H100 16 0 0 0 % 0.25 Mon" in said
    inside = who in ("fin", "pia", "adam")
    assert ("billing" in said) is inside
    assert ("Journal" in said) is inside


def test_cycles_are_told_with_their_gap_work_and_time(desk: Desk) -> None:
    lease.take(desk.store, "vm:1", CLOSE)
    won(desk.store, request("nlp", "o1", option(400, 8, None, leg("h100", 16, 4))))
    with browsing.later(desk, CLOSE) as at:
        browsing.sign_in(at, "mia")
        said = browsing.words(browsing.page(at, PATH))
    assert "cycle 1 settled 0 s after it closed" in said
    assert "1 Tue 24 Nov 00:00 UTC settled 1 of 1 0.00 % (best)" in said


def test_it_says_when_nobody_leads_and_what_failed(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    said = browsing.words(browsing.page(desk, PATH))
    assert "Nobody leads the clock: nothing is decided until a server runs" in said
    assert "gpumarket serve" in said
    closed = hands.freeze(desk.store, CLOSE, b"salt")
    hands.fail(desk.store, closed, "the audit objects", CLOSE)
    assert "Cycle 1 failed; nobody leads" in browsing.words(browsing.page(desk, PATH))


def test_a_clock_that_is_behind_is_not_well() -> None:
    late = Clock(leader="vm:1", fence=1, late=timedelta(minutes=5), dues=())
    assert sentence(late, [], []) == "The clock is 5 min behind"


def test_a_member_reads_operations_and_changes_nothing(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    for tab in ("", "/pools", "/pools/h100", "/maintenance", "/rules"):
        main = browsing.page(desk, f"/operations{tab}").partition("<main")[2]
        assert main
        assert 'method="post"' not in main
