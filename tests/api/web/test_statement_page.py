"""Statements in a browser: of a team or a tag, by month, as CSV and for paper."""

import re
from collections.abc import Iterator

import pytest

from api.statements.page import style_digest
from tests.api.rest.desk import PEOPLE, Desk, served
from tests.api.web import browsing
from tests.marketplace import grounds, hands, months

PATH = "/finance/statement"
OF_TEAM = "team=formula&month=2026-11"
OF_TAG = "by=theme&name=%40safety&month=2026-11"


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


@pytest.mark.parametrize("who", sorted(set(PEOPLE) - {"fin"}))
def test_nobody_but_finance_gets_in(desk: Desk, who: str) -> None:
    browsing.sign_in(desk, who)
    for path in (PATH, f"{PATH}.csv?team=nlp", f"{PATH}.html?team=nlp"):
        browsing.page(desk, path, 403)


def test_without_a_name_it_says_what_to_choose(past: Desk) -> None:
    told = said(past)
    assert "Whose statement is it to be?" in told
    assert "Choose a team, or name a project, a theme or a cost centre" in told
    assert "Page for paper" not in told
    assert "Whose statement is it to be?" in said(past, f"{PATH}?by=theme&name=")
    for form in ("csv", "html"):
        browsing.page(past, f"{PATH}.{form}", 422)
    browsing.page(past, f"{PATH}?by=weather&name=rain", 422)
    browsing.page(past, f"{PATH}?team=nobody", 404)
    browsing.page(past, f"{PATH}?team=nlp&month=2027-02", 404)


def test_a_teams_statement_has_its_balances_hours_and_lines(past: Desk) -> None:
    html = browsing.page(past, f"{PATH}?{OF_TEAM}")
    told = browsing.words(html)
    for words in (
        "formula had 0.00 credits when November 2026 began, and 996.00 at its end",
        "Opening balance 0.00 Closing balance 996.00 Of it held 0.00",
        "project -search · theme @safety · cost centre +4711",
        "Tue 24 Nov 00:00 UTC -80.00",
        "Tue 24 Nov 08:30 UTC 76.00",
        "h100 32.0 16.0 –",
    ):
        assert words in told, words
    assert "<option selected>formula</option>" in html
    assert '<option value="2026-11" selected>' in html
    assert "No credits moved in January 2027." in said(past, f"{PATH}?team=rl")
    assert "and 1,000.00 by now" in said(past, f"{PATH}?team=rl")


def test_a_tags_statement_says_what_it_cost(past: Desk) -> None:
    told = said(past, f"{PATH}?{OF_TAG}")
    assert "Theme @safety cost 4.00 credits in November 2026" in told
    assert "Spent before 0.00 Spent in November 2026 4.00 Spent in all 4.00" in told
    assert "UTC formula -80.00" in told


def test_a_long_one_comes_in_pages_and_its_files_have_all(
    past: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("LINES", "LIMIT_MAX"):
        monkeypatch.setattr(f"api.web.statement_page.{limit}", 1)
    seen, path = list[str](), f"{PATH}?{OF_TEAM}"
    while path:
        html = browsing.page(past, path)
        seen += re.findall(r'<th scope="row">(grant|charge|refund)</th>', html)
        [path] = re.findall(r'href="([^"]*after=[^"]*)" rel="next"', html) or [""]
        path = path.replace("&amp;", "&")
    assert seen == ["grant", "charge", "refund"]
    html = browsing.page(past, f"{PATH}?{OF_TEAM}")
    [csv] = re.findall(r'href="(/finance/statement\.csv[^"]*)"', html)
    sheet = past.http.get(csv.replace("&amp;", "&"))
    assert sheet.headers["content-type"].startswith("text/csv")
    rows = sheet.text.splitlines()
    assert [row.split(",")[2] for row in rows[1:]] == ["opening", *seen, "closing", "hours"]
    assert "'@safety" in sheet.text
    [paper] = re.findall(r'href="(/finance/statement\.html[^"]*)"', html)
    page = past.http.get(paper.replace("&amp;", "&"))
    told = browsing.words(page.text)
    assert "Statement of team formula" in told
    for words in ("Grant 1 1,000.00", "Charge 1 −80.00", "Refund 1 76.00"):
        assert words in told, words


def test_a_page_for_paper_has_its_own_style_and_may_do_nothing_else(past: Desk) -> None:
    page = past.http.get(f"{PATH}.html?{OF_TAG}")
    policy = page.headers["content-security-policy"]
    assert policy.startswith(f"sandbox; default-src 'none'; style-src {style_digest()};")
    assert "unsafe" not in policy
    assert "<script" not in page.text


def test_months_and_the_overview_lead_to_statements(past: Desk) -> None:
    hands.close_month(past.store, "2026-11", months.JANUARY)
    lead = f'href="{PATH}?team=formula&amp;month=2026-11"'
    assert lead in browsing.page(past, "/finance/months")
    html = browsing.page(past, "/finance?month=2026-11")
    assert lead in html
    assert f'href="{PATH}?by=theme&amp;name=%40safety&amp;month=2026-11"' in html
