"""The page that says what is free, when, at about what price."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from marketplace.domain.transfer import Tags
from tests.api.rest.desk import Desk
from tests.api.web import browsing
from tests.marketplace.bazaar import NOW, leg, maintain, option, request, won


def figure(html: str) -> dict[str, Any]:
    found = re.search(r'id="map-data">(.*?)</script>', html, re.DOTALL)
    assert found
    drawn: dict[str, Any] = json.loads(found[1])
    for trace in drawn["data"]:
        for name in ("text", "customdata"):
            if name in trace:  # as the page's script does
                words = trace[name]["words"]
                trace[name] = [[words[one] for one in row] for row in trace[name]["rows"]]
    return drawn


def test_it_answers_in_its_first_line_and_its_table_says_the_same(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    html = browsing.page(desk, "/")
    said = browsing.words(html)
    assert "16 H100 and 4 A100 are free now" in said
    assert "H100 16 16 now –" in said
    assert "Cycle cyc_000001 closes at Tue 24 Nov 00:00 UTC" in said
    assert "1,000.00 credits free" in said
    assert '<a href="/bid?pool=h100&amp;start=2026-11-23T09%3A00%3A00Z">Bid</a>' in html


def test_what_is_sold_is_in_the_picture_in_the_table_and_by_theme(desk: Desk) -> None:
    tags = Tags(theme="safety")
    asked = replace(request("nlp", "o1", option(400, 8, None, leg("h100", 16, 4))), tags=tags)
    browsing.sign_in(desk, "rob")
    won(desk.store, asked)
    html = browsing.page(desk, "/?zoom=hours&cell_pool=h100&cell_at=2026-11-24T09:30:00Z")
    taken, dear = figure(html)["data"][:2]
    row = taken["text"][taken["meta"].index("h100")]
    assert row[30] == "0 of 16 gpu free; 16 sold ahead"
    assert "16 of 16 gpu free" in row[28]
    assert dear["text"][1][30] == "0.25 credits a unit-hour"
    said = browsing.words(html)
    assert "H100, Tue 24 Nov 09:00 UTC Free 0 of 16 gpu" in said
    assert "Reserved for: safety 16." in said
    assert "nlp" not in said  # who has it is their own affair


def test_a_pool_that_is_closed_says_until_when(desk: Desk) -> None:
    maintain(desk.store, "mnt", NOW, 16, 2, NOW)
    browsing.sign_in(desk, "mia")
    said = browsing.words(browsing.page(desk, "/?pool=h100"))
    assert "All pools are closed until 11:00 UTC" in said
    assert "H100 0 closed Mon 23 Nov 11:00 UTC" in said


@pytest.mark.parametrize("zoom", ["hours", "days", "weeks"])
def test_its_address_holds_what_is_shown(desk: Desk, zoom: str) -> None:
    browsing.sign_in(desk, "pia")
    html = browsing.page(desk, f"/?zoom={zoom}&pool=h1&from=2026-12-01T00:00Z")
    assert f'<a href="/?zoom={zoom}&amp;pool=h1" aria-current="true">{zoom}</a>' in html
    assert "A100" not in browsing.words(html)
    assert 'value="h1"' in html


def test_a_slot_tells_what_is_free_in_it_and_leads_to_a_bid(desk: Desk) -> None:
    browsing.sign_in(desk, "fin")
    html = browsing.page(desk, "/?cell_pool=h100&cell_at=2026-11-24T14:00:00Z")
    said = browsing.words(html)
    assert "H100, Tue 24 Nov 14:00 UTC Free 16 of 16 gpu" in said
    assert 'href="/bid?pool=h100&amp;start=2026-11-24T14%3A00%3A00Z">Bid here' in html
    assert "chosen-title" not in browsing.page(desk, "/?cell_pool=x&cell_at=2026-11-24T14:00:00Z")


def test_the_strip_of_a_pool_follows_the_picture_and_leads_to_bids(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    hours = browsing.page(desk, "/?zoom=hours&pool=h100")
    assert "Mon 23 Nov 03:00 UTC to Tue 24 Nov 15:00 UTC" in browsing.words(hours)
    free = '<a href="/bid?pool=h100&amp;start=2026-11-24T14%3A00%3A00Z" title="Tue 24 Nov 14:00 UTC'
    assert free in hours
    past = (
        'href="/?zoom=hours&amp;pool=h100&amp;cell_pool=h100&amp;cell_at=2026-11-23T08%3A00%3A00Z#'
    )
    assert past in hours
    later = browsing.page(desk, "/?zoom=weeks&pool=h100&from=2026-12-01T00:00Z")
    said = browsing.words(later)
    assert "a cell a day" in said
    assert "Sun 06 Dec: 16 of 16 free" in said
    assert "from=2026-12-01T00%3A00Z&amp;pool=h100&amp;cell_pool" not in later  # all is ahead
    assert said.count(" free; no price known") == 29  # a cell a day, and the strip in words


def test_a_filter_that_finds_nothing_says_so(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    said = browsing.words(browsing.page(desk, "/?pool=%3Cb%3E"))
    assert "No pool is called so" in said


def test_what_cannot_be_read_is_a_page_that_says_so(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    assert "Input should be 'hours', 'days' or 'weeks'" in browsing.words(
        browsing.page(desk, "/?zoom=x", 422)
    )
    assert "09:00+01:00" in browsing.page(desk, "/?from=2026-11-24T14:00", 422)
