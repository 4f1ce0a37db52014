"""A team's credits: free, held, ending soon, and how long they will do."""

import json
import re

from tests.api.rest.desk import Desk, served
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import DAY, NOW, START, a_grant, leg, option, placed, request, won


def test_what_ends_soon_is_said_and_what_is_held_stands_apart(desk: Desk) -> None:
    hands.grant(desk.store, [a_grant("sprint", "nlp", 50, days=3)], NOW)
    placed(desk.store, request("nlp", "a", option(60)))
    browsing.sign_in(desk, "mia")
    said = browsing.words(browsing.page(desk, "/teams/nlp"))
    assert "Free 990.00 Held for open orders and spot 60.00" in said
    assert "credits of sprint end" not in said  # all of it is held: it is spent first
    hands.grant(desk.store, [a_grant("more", "nlp", 50, days=5)], NOW)
    said = browsing.words(browsing.page(desk, "/teams/nlp"))
    assert "50.00 free credits of more end Sat 28 Nov 09:00 UTC" in said
    assert "more Mon 23 Nov 09:00 UTC Sat 28 Nov 09:00 UTC 50.00 0.00 0.00 50.00" in said


def test_finance_sees_what_any_team_has_and_nothing_of_its_bids(desk: Desk) -> None:
    placed(desk.store, request("nlp", "a", option(60)))
    browsing.sign_in(desk, "fin")
    said = browsing.words(browsing.page(desk, "/teams/nlp"))
    assert "NLP: 940.00 credits are free" in said
    assert "H100" not in said


def test_the_day_on_which_they_run_out_is_that_of_the_rate_of_late(desk: Desk) -> None:
    won(
        desk.store,
        request("nlp", "a", option(900, 8, None, leg(units=16, hours=8))),
        request("rl", "b", option(800, 8, None, leg(units=16, hours=8))),
    )
    with served(desk.store, lambda: START) as http:
        http.follow_redirects = False
        later = Desk(desk.store, http)
        browsing.sign_in(later, "mia")
        html = browsing.page(later, "/teams/nlp")
    assert "Nothing was spent in the last week" in browsing.words(html)  # of the days before today
    found = re.search(r'id="burn-data">(.*?)</script>', html, re.DOTALL)
    assert found
    left, _, spent = json.loads(found[1])["data"]
    assert left["text"] == ["1,000.00", "200.00"]
    assert spent["text"] == ["0.00", "800.00"]
    said = browsing.words(html)
    assert "Mon 23 Nov 0.00 1,000.00 Tue 24 Nov 800.00 200.00 Wed 25 Nov to come – 200.00" in said


def test_a_team_without_a_grant_is_told_whom_to_ask(desk: Desk) -> None:
    made = desk.asks("adam", "POST", "/v1/teams", json={"id": "new", "name": "New"})
    assert made.status_code == 201
    browsing.sign_in(desk, "fin")
    said = browsing.words(browsing.page(desk, "/teams/new"))
    assert "There is no grant to spend: ask finance for one." in said
    assert "gpumarket grant add new 1000 --until +60d" in said


def test_what_it_is_given_by_schedule_is_told(desk: Desk) -> None:
    hands.schedule(desk.store, "nlp", 1_500_000_000, NOW)
    hands.schedule(desk.store, "rl", 2_000_000_000, NOW)
    browsing.sign_in(desk, "mia")
    said = browsing.words(browsing.page(desk, "/teams/nlp"))
    assert "1,500.00 credits are given each month, next Tue 01 Dec 00:00 UTC" in said
    assert "2,000.00" not in said
    browsing.sign_in(desk, "fin")
    said = browsing.words(browsing.page(desk, "/finance/budgets?team=rl"))
    assert "2,000.00 credits are given each month" in said


def test_a_page_read_late_says_what_the_statement_and_the_balance_say(desk: Desk) -> None:
    """A grant has ended, and no clock has done it yet."""
    placed(desk.store, request("nlp", "a", option(60)))
    late = NOW + 61 * DAY
    with served(desk.store, lambda: late) as http:
        http.follow_redirects = False
        later = Desk(desk.store, http)
        hands.make_token(desk.store, "now", "gpm_now", NOW, "member:nlp", days=90)
        token = {"Authorization": "Bearer gpm_now"}
        account = http.get("/v1/teams/nlp/statement", headers=token).json()
        balance = http.get("/v1/balances", headers=token).json()["items"][0]
        held = http.get("/v1/holds", headers=token).json()["items"]
        browsing.sign_in(later, "now")
        said = browsing.words(browsing.page(later, "/teams/nlp"))
    assert (account["closing_credits"], account["held_credits"], held) == ("0", "0", [])
    assert (balance["free_credits"], balance["held_credits"]) == ("0", "0")
    assert balance["ending_credits"] == "0"
    assert "There is no grant to spend" in said
