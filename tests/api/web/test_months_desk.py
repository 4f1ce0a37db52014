"""Months in a browser: what is in the way, closing one after a look, what closed ones came to."""

import re
from collections.abc import Iterator

import pytest

from tests.api.rest.desk import PEOPLE, Desk, served
from tests.api.web import browsing
from tests.marketplace import grounds, hands, months
from tests.marketplace.bazaar import HOUR, NOW, assert_clean, run

PATH = "/finance/months"


def said(desk: Desk, path: str = PATH) -> str:
    return browsing.words(browsing.page(desk, path))


@pytest.fixture
def past() -> Iterator[Desk]:
    """Two months that are over, at the second's end; finance is signed in."""
    store = grounds.like("two months for browsers", months.live, grounds.FILED)
    hands.make_token(store, "fin2", "gpm_fin2", months.JANUARY, "finance")
    with served(store, lambda: months.JANUARY + HOUR) as http:
        http.follow_redirects = False
        desk = Desk(store, http)
        browsing.sign_in(desk, "fin2")
        yield desk


@pytest.mark.parametrize("who", sorted(set(PEOPLE) - {"fin"}))
def test_nobody_but_finance_sees_or_closes_months(desk: Desk, who: str) -> None:
    browsing.sign_in(desk, who)
    browsing.page(desk, PATH, 403)
    assert browsing.sends(desk, PATH, act="close", month="2026-11").status_code == 403


def test_what_is_in_the_way_stands_there_with_what_to_do(desk: Desk) -> None:
    browsing.sign_in(desk, "fin")
    told = said(desk)
    for words in (
        "November 2026 can be closed once it is over, from Tue 01 Dec 00:00 UTC on",
        "✗ open The month is over Wait until Tue 01 Dec 00:00 UTC",
        "✓ done Earlier months are closed",
        "cyc_000001 : wait: the clock clears and settles it. Operations says whether",
        "the platform role, or whoever works on the database: gpumarket cycle run",
        "let whoever works on the database run gpumarket ledger check",
        "✓ done Its spot hours are posted",
        "No month is closed yet",
    ):
        assert words in told, words
    assert "See what November" not in told
    assert "What to do" not in told
    desk.refused(403, "fin", "POST", "/v1/cycles:run")
    browsing.page(desk, "/operations")  # which finance may look at
    early = browsing.sends(desk, PATH, act="close", month="2026-11", key="k")
    assert early.status_code == 409
    assert "Month 2026-11 is open: it ends at 2026-12-01T00:00Z" in browsing.words(early.text)
    assert "Nothing was changed." in browsing.words(early.text)
    assert browsing.sends(desk, PATH, act="close", month="soon", key="k").status_code == 422
    assert browsing.sends(desk, PATH, act="close", month="2026-10", key="k").status_code == 404
    hands.make_token(desk.store, "fin2", "gpm_fin2", NOW, "finance", days=30)
    with browsing.later(desk, months.DECEMBER + HOUR) as at:
        browsing.sign_in(at, "fin2")
        assert "One thing is in the way of closing November 2026" in said(at)


def test_a_month_is_closed_only_after_a_look_at_what_it_comes_to(past: Desk) -> None:
    assert "November 2026 can be closed" in said(past)
    looked = browsing.sends(past, PATH, act="close", month="2026-11", key="first")
    assert looked.status_code == 200
    told = browsing.words(looked.text)
    assert "Nothing can be posted in it any more , and no month is opened again" in told
    assert "formula 0.00 1,000.00 -80.00 76.00 – – – – 996.00" in told
    assert "All teams and accounts 0.00" in told
    assert "gpumarket month close 2026-11" in told
    assert "No month is closed yet" in said(past)
    sent = browsing.hidden(looked.text)
    done = past.http.post(PATH, data=sent)
    assert done.headers["location"] == f"{PATH}?closed=2026-11"
    assert past.http.post(PATH, data=sent).headers["location"] == done.headers["location"]
    told = said(past, done.headers["location"])
    for words in (
        "November 2026 is closed. Print the journal's head below",
        "November 2026, closed Fri 01 Jan 01:00 UTC by fin2",
        "formula 0.00 1,000.00 -80.00 76.00 – – – – 996.00",
        "transfers, the last number",
    ):
        assert words in told, words
    [head] = {one["head"] for one in past.gets("fin2", "/v1/months")["items"]}
    assert head in told
    again = browsing.sends(past, PATH, act="close", month="2026-11", step="do", key="other")
    assert again.status_code == 409
    assert "it is closed: what must be put right" in browsing.words(again.text)
    assert "is closed. Print" not in said(past, f"{PATH}?closed=2026-12")
    assert_clean(past.store)


def test_closed_months_come_in_pages_the_newest_first(
    past: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.months_desk.SHOWN", 1)
    run(past.store, months.JANUARY + HOUR)
    for month in ("2026-11", "2026-12"):
        done = browsing.sends(past, PATH, act="close", step="do", month=month, key=month)
        assert done.status_code == 303, done.text
    html = browsing.page(past, PATH)
    assert "December 2026, closed" in browsing.words(html)
    assert "November 2026, closed" not in browsing.words(html)
    assert "January 2027 can be closed once it is over" in browsing.words(html)
    [older] = re.findall(r'href="([^"]*\?after=[^"]*)" rel="next"', html)
    assert "November 2026, closed" in said(past, older)
