"""The bill from a form: the file that programs are answered, for those who keep the books."""

from collections.abc import Iterator

import pytest

from tests.api.rest.desk import PEOPLE, Desk, served
from tests.api.web import browsing
from tests.marketplace import grounds, hands, months
from tests.marketplace.bazaar import HOUR

FORM = "/finance/months"
PATH = "/finance/bill"
ASKED = {"from": "2026-11", "through": "2026-12", "currency": "EUR", "rate": "0.85"}


@pytest.fixture
def past() -> Iterator[Desk]:
    """Two months that are over; finance is signed in."""
    store = grounds.like("two months for browsers", months.live, grounds.FILED)
    hands.make_token(store, "fin2", "gpm_fin2", months.JANUARY, "finance")
    with served(store, lambda: months.JANUARY + HOUR) as http:
        http.follow_redirects = False
        desk = Desk(store, http)
        browsing.sign_in(desk, "fin2")
        yield desk


@pytest.mark.parametrize("who", sorted(set(PEOPLE) - {"fin"}))
def test_nobody_but_finance_has_it(desk: Desk, who: str) -> None:
    """§7.11"""
    browsing.sign_in(desk, who)
    assert desk.http.get(PATH, params=ASKED | {"from": "2026-10"}).status_code == 403


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_it_is_the_file_that_programs_are_answered(past: Desk, form: str) -> None:
    html = browsing.page(past, FORM)
    assert '<form method="get" action="/finance/bill"' in html
    assert '<option value="2026-12">December 2026</option>' in html
    assert '<option value="2027-01">' not in html  # it is not over
    answer = past.http.get(PATH, params=ASKED | {"format": form})
    program = {"from": "2026-11", "until": "2027-01", "currency": "EUR", "rate": "0.85"}
    same = past.asks("fin2", "GET", "/v1/export/focus", params=program | {"format": form})
    assert (answer.status_code, same.status_code) == (200, 200)
    assert answer.content == same.content
    assert "attachment" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"rate": "0"}, "no rate above zero"),
        ({"currency": "euro"}, "ISO 4217"),
        ({"through": "2026-10"}, "an export must end after its start"),
        ({"through": "2027-01"}, "2027-01 is not over before 2027-02-01T00:00Z"),
    ],
)
def test_what_cannot_be_is_refused_on_a_page(past: Desk, typed: dict[str, str], says: str) -> None:
    refused = past.http.get(PATH, params=ASKED | typed)
    assert refused.status_code == 422
    assert refused.headers["content-type"].startswith("text/html")
    assert says in browsing.words(refused.text)


def test_before_a_month_is_over_it_says_so(desk: Desk) -> None:
    browsing.sign_in(desk, "fin")
    told = browsing.words(browsing.page(desk, FORM))
    assert "No month is over yet." in told
    assert "Download the bill" not in told
