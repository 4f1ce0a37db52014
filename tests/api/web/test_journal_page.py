"""The audit trail in a browser: for those who may read the journal."""

import pytest

from tests.api.rest.desk import Desk
from tests.api.rest.test_orders import body, placed
from tests.api.web import browsing

PATH = "/operations/journal"


def test_it_says_who_did_what_the_newest_first(desk: Desk) -> None:
    placed(desk, value="61.25")
    desk.refused(402, "mia", "POST", "/v1/orders", json=body(value="5000"))
    browsing.sign_in(desk, "fin")
    html = browsing.page(desk, PATH)
    said = browsing.words(html)
    assert "commands so far; the last was make-token by person:fin" in said
    assert "person:mia place-order nlp refused: insufficient-credits" in said
    assert all(one not in html for one in ("61.25", "61250000", "gpm_"))  # §7.11


def test_it_is_filtered_and_comes_in_pages(desk: Desk) -> None:
    placed(desk)
    desk.refused(402, "mia", "POST", "/v1/orders", json=body(value="5000"))
    browsing.sign_in(desk, "adam")
    by_mia = browsing.page(desk, f"{PATH}?actor=person:mia&team=nlp&command=place-order")
    assert by_mia.count('<th scope="row"') == 2
    refused = browsing.page(desk, f"{PATH}?refused=yes")
    assert refused.count('<th scope="row"') == 1
    assert " checked>" in refused
    assert "No line here is so." in browsing.page(desk, f"{PATH}?actor=person:nobody")
    assert "No line here is so." in browsing.page(desk, f"{PATH}?actor=person:m%25")
    for _ in range(50):
        browsing.sign_in(desk, "adam")
    first = browsing.page(desk, PATH)
    older = first.split('rel="next">older')[0].rpartition('href="')[2].partition('"')[0]
    rest = browsing.page(desk, older.replace("&amp;", "&"))
    assert "← newest" in browsing.words(rest)
    assert "open-market" in browsing.words(rest)
    browsing.page(desk, f"{PATH}?after=x", 422)


@pytest.mark.parametrize("who", ["mia", "lea", "rob"])
def test_teams_do_not_read_it(desk: Desk, who: str) -> None:
    browsing.sign_in(desk, who)
    browsing.page(desk, PATH, 403)
