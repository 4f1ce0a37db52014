"""The page that says what prices do, and how anybody can check that."""

import pytest

from marketplace.services import cycle
from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    DAY,
    HOUR,
    NOW,
    TEAMS,
    leg,
    option,
    placed,
    request,
    run,
    won,
)


def two_bid(desk: Desk) -> None:
    """A cycle that one bid wins and two lose."""
    placed(
        desk.store,
        request("rl", "r1", option(1, 8, None, leg("h100", 16, 4))),
        request("vision", "v1", option(300, 8, None, leg("h100", 16, 4))),
    )
    won(desk.store, request("nlp", "o1", option(400, 8, None, leg("h100", 16, 4))))


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_everybody_sees_what_the_last_cycle_came_to_and_how_good_that_is(
    desk: Desk, who: str
) -> None:
    browsing.sign_in(desk, who)
    two_bid(desk)
    said = browsing.words(browsing.page(desk, "/market"))
    assert "Cycle 1 cleared 1 of 3 bids; no better is possible" in said
    assert "below-reserve 1 bid less than the reserve price" in said
    assert "outbid 1 others bid more for the same hours" in said
    assert "gpumarket verify cyc_000001-problem.json cyc_000001-outcome.json" in said
    assert "192 unit-hours were bid for, 64 of them won" in said
    assert "Bid for a unit-hour, credits Bid for Won" in said


def test_before_the_first_cycle_it_says_when_that_closes_and_what_to_do(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    said = browsing.words(browsing.page(desk, "/market"))
    assert "No cycle has cleared yet; cycle 1 closes Tue 24 Nov 00:00 UTC" in said
    assert "gpumarket preview" in said
    assert "Nothing is sold for less than the reserve price, 0.25" in said
    assert "Nothing has run on spot here yet" in said


def test_nothing_of_an_open_cycle_s_book_is_told(desk: Desk) -> None:
    """§7.11"""
    browsing.sign_in(desk, "pia")
    before = browsing.page(desk, "/market?cycle=1")
    placed(desk.store, request("nlp", "o1", option(61, 8, None, leg("h100", 16, 4))))
    after = browsing.page(desk, "/market?cycle=1")
    assert browsing.words(before) == browsing.words(after)
    hands.freeze(desk.store, CLOSE, b"salt")
    said = browsing.words(browsing.page(desk, "/market?cycle=1"))
    assert "Cycle 1 is closed" in said
    assert "unit-hours were bid for" not in said


def test_a_pool_is_chosen_by_the_address(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    two_bid(desk)
    assert "an hour of H100 costs ahead" in browsing.words(browsing.page(desk, "/market"))
    html = browsing.page(desk, "/market?pool=a100&days=2")
    assert '<option value="a100" selected>' in html
    assert "an hour of A100 costs ahead" in browsing.words(html)
    assert '<a href="/market?pool=a100&amp;days=2" aria-current="true">2 days</a>' in html
    missing = browsing.words(browsing.page(desk, "/market?pool=x", 404))
    assert "There is no pool 'x'; there are: a100, h100" in missing


def test_cycles_come_in_pages_and_each_can_be_looked_at(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    for day in range(11):
        run(desk.store, CLOSE + day * DAY)
    html = browsing.page(desk, "/market")
    assert "Cycle 11 had no bids" in browsing.words(html)
    older = html.split('rel="next">older')[0].rpartition('href="')[2].partition('"')[0]
    said = browsing.words(browsing.page(desk, older.replace("&amp;", "&")))
    assert "← newest" in said
    assert "1 Tue 24 Nov 00:00 UTC settled" in said
    assert "What cycle 3 came to" in browsing.words(browsing.page(desk, "/market?cycle=cyc_000003"))


def test_a_failed_cycle_says_why_and_that_nothing_was_paid(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    closed = hands.freeze(desk.store, CLOSE, b"salt")
    hands.fail(desk.store, closed, "the audit objects: oversold", CLOSE)
    said = browsing.words(browsing.page(desk, "/market?cycle=1"))
    assert "the audit objects: oversold. Nothing was paid" in said
    assert cycle.latest_settled(desk.store) is None


def test_spot_tells_its_price_its_use_and_what_may_come(desk: Desk) -> None:
    for number in range(25):
        hands.tick(desk.store, NOW + number * HOUR / 12)
    with browsing.later(desk, NOW + 2 * HOUR) as after:
        browsing.sign_in(after, "mia")
        html = browsing.page(after, "/market?pool=h100")
    said = browsing.words(html)
    assert "Running 0 of 16 for spot (0 %)" in said
    assert "nine times of ten" in said
    assert 'id="spot-data"' in html


def test_what_the_open_cycle_would_clear_at_is_told_where_enough_teams_bid(desk: Desk) -> None:
    asked = [request(one, "o", option(400, 8, None, leg("h100", 8, 4))) for one in TEAMS]
    placed(desk.store, *asked)
    due = CLOSE - 12 * HOUR
    assert hands.indicate(desk.store, due) is not None
    with browsing.later(desk, due) as after:
        browsing.sign_in(after, "mia")
        html = browsing.page(after, "/market?pool=h100")
        few = browsing.words(browsing.page(after, "/market?pool=a100"))
    assert "indicative price" in html.split('id="forward-data">')[1].split("</script>")[0]
    said = browsing.words(html)
    assert "as its book stood at Mon 23 Nov 12:00 UTC" in said
    assert "The next is told at Mon 23 Nov 18:00 UTC" in said
    assert "too few teams had bid for A100" in few
