"""Finance in a browser: what a month's spend says, for those who keep the books alone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from api.web import finance
from marketplace.domain.approval_command import AdoptPolicy
from marketplace.domain.insight import BoughtBack, Resold, evenness
from marketplace.domain.page import every
from marketplace.domain.policy import Need, Policy, Tier
from marketplace.domain.transfer import Tags
from marketplace.domain.usage import Spell
from marketplace.domain.usage_command import ImportUsage
from marketplace.services import reservation
from marketplace.services.runner import Runner
from tests.api.rest.desk import PEOPLE, Desk, served
from tests.api.web import browsing
from tests.marketplace import grounds, hands, months
from tests.marketplace.bazaar import CLOSE, CREDIT, DAY, NOW, leg, option, placed, request, won

PATH = "/finance"
WIDE = leg(units=16)


def said(desk: Desk, path: str = PATH) -> str:
    return browsing.words(browsing.page(desk, path))


@pytest.fixture
def past() -> Iterator[Desk]:
    """Two months that are over, at the second's end; finance is signed in."""
    store = grounds.like("two months for browsers", months.live, grounds.FILED)
    hands.make_token(store, "fin2", "gpm_fin2", months.JANUARY, "finance")
    with served(store, lambda: months.JANUARY) as http:
        http.follow_redirects = False
        desk = Desk(store, http)
        browsing.sign_in(desk, "fin2")
        yield desk


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_finance_alone_gets_in(desk: Desk, who: str) -> None:
    browsing.sign_in(desk, who)
    html = browsing.page(desk, PATH, 200 if who == "fin" else 403)
    assert (">Finance</a>" in browsing.page(desk, "/market")) is (who == "fin")
    assert ("Who spent what on what" in browsing.words(html)) is (who == "fin")


def test_before_anything_was_paid_it_says_so(desk: Desk) -> None:
    browsing.sign_in(desk, "fin")
    told = said(desk)
    assert "Nothing was spent in November 2026 so far" in told
    for empty in (
        "Nobody paid for anything in November 2026.",
        "Nothing moved: as much was spent as in October 2026.",
        "Nobody bought time in November 2026.",
        "Nothing was spent, so nothing can be compared. No time was released.",
        "No cycle that closed in November 2026 is settled with bids yet.",
        "No use of reserved time in November 2026 was imported.",
    ):
        assert empty in told, empty


def test_it_says_who_spent_what_on_what_and_what_bids_were_worth(desk: Desk) -> None:
    bids = [
        replace(request("nlp", "a", option(90, 8, None, WIDE)), tags=Tags(theme="=safety")),
        request("rl", "b", option(70, 8, None, WIDE)),
    ]
    won(desk.store, *bids)
    with browsing.later(desk, CLOSE + DAY / 24) as at:
        browsing.sign_in(at, "fin")
        html = browsing.page(at, PATH)
        told = browsing.words(html)
    assert "70.00 credits were spent in November 2026 so far, the market's first month" in told
    assert "nlp =safety H100 70.00 0.00 70.00 100 % 32.0" in told
    assert "nlp =safety, H100 0.00 70.00 +70.00" in told
    assert "nlp 70.00 70.00 the same" in told
    assert "HHI 1.000 0.333 where all spend alike" in told
    assert "Bids worth 90.00 credits won, and bids worth 70.00 lost." in told
    assert "=safety H100 90.00 won at 2.1875" in told
    assert "no theme H100 0.00 won, 70.00 lost" in told
    assert 'class="h4"' in html


def test_a_month_is_held_against_the_one_before_and_is_chosen_without_scripts(past: Desk) -> None:
    html = browsing.page(past, PATH)
    assert '<form class="tools" method="get" action="/finance">' in html
    assert '<option value="2026-11">November 2026</option>' in html
    assert "Nothing was spent in January 2027 so far, against -" in browsing.words(html)
    html = browsing.page(past, f"{PATH}?month=2026-12")
    assert '<option value="2026-12" selected>' in html
    november = "more came back than were spent in December 2026, against 37.56 in November 2026"
    assert november in browsing.words(html)
    assert "spent in November 2026, the market's first month" in said(past, f"{PATH}?month=2026-11")
    browsing.page(past, f"{PATH}?month=2026-10", 404)
    browsing.page(past, f"{PATH}?month=2027-02", 404)
    browsing.page(past, f"{PATH}?month=soon", 422)


@pytest.mark.parametrize(
    ("spent", "before", "words"),
    [
        (110, 100, "110.00 credits were spent in November 2026, 10 % more than in October 2026"),
        (50, 100, "50.00 credits were spent in November 2026, 50 % less than in October 2026"),
        (100, 100, "100.00 credits were spent in November 2026, as much as in October 2026"),
        (5, 0, "5.00 credits were spent in November 2026, against 0.00 in October 2026"),
    ],
)
def test_the_sentence_says_by_how_much_it_changed(spent: int, before: int, words: str) -> None:
    none = finance.Spending(
        spent_ucr=spent * CREDIT,
        before_ucr=before * CREDIT,
        rows=(),
        drawn=None,
        movers=(),
        against=(),
        even=evenness({}),
        resold=Resold(released=0, resold=0),
        bought_back=BoughtBack(),
        idle=(),
        map=finance.mapped([]),
    )
    assert finance.sentence(none, months.NOVEMBER, months.DECEMBER, first=False) == words


def test_it_says_how_many_orders_wait_and_leads_there(desk: Desk) -> None:
    tier = Tier(name="large", needs=(Need.FINANCE,), from_ucr=50 * CREDIT)
    Runner(desk.store).run(AdoptPolicy(Policy(tiers=(tier,))), by=hands.FINANCE, at=NOW)
    browsing.sign_in(desk, "fin")
    for key, words in (("a", "one order waits for a word"), ("b", "2 orders wait for a word")):
        placed(desk.store, request("nlp", key, option(60, 8)), now=NOW + timedelta(seconds=1))
        html = browsing.page(desk, PATH)
        assert words in browsing.words(html)
        assert '; <a href="/approvals">' in html


def test_idle_time_stands_there_where_use_was_measured(past: Desk) -> None:
    boxes = [one for one in every(reservation.listed, past.store) if any(one.units)]
    box = next(one for one in boxes if one.start >= months.JANUARY - 31 * DAY)
    k = next(k for k, units in enumerate(box.units) if units)
    at = box.start + k * box.slot
    spell = Spell(box.id, at, at + box.slot, 0)
    Runner(past.store).run(ImportUsage((spell,)), by=hands.PLATFORM, at=months.JANUARY)
    told = said(past, f"{PATH}?month=2026-12")
    assert "Reserved and idle" in told
    hours = f"{box.units[k]:.1f}"
    assert re.search(rf"{box.team} \S+ {hours} 0.0 {hours} 100.0 %", told), told
