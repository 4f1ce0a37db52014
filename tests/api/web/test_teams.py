"""My team: what it has, what runs, what it lost; and who sees what of it."""

from collections.abc import Iterator

import pytest

from api.web.teams import BOXES
from marketplace.domain.reservation import Reservation
from tests.api.rest.desk import Desk, served
from tests.api.web import browsing
from tests.marketplace.bazaar import START, leg, option, placed, request, won


@pytest.fixture
def boxes(desk: Desk) -> list[Reservation]:
    """What nlp won, at 8:00 for two hours and at 14:00 for one; rl was outbid at 8:00."""
    return won(
        desk.store,
        request("nlp", "a", option(90, 8, None, leg(units=16, hours=2))),
        request("nlp", "b", option(20, 14, None, leg(units=8, hours=1))),
        request("rl", "c", option(30, 8, None, leg(units=16, hours=2))),
    )


@pytest.fixture
def noon(desk: Desk, boxes: list[Reservation]) -> Iterator[Desk]:
    """The service when the first time-box begins."""
    assert len(boxes) == 2
    with served(desk.store, lambda: START) as later:
        later.follow_redirects = False
        yield Desk(desk.store, later)


def test_a_member_is_led_to_their_team_and_who_has_none_to_all(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    assert desk.http.get("/teams").headers["location"] == "/teams/nlp"
    browsing.sign_in(desk, "two")
    browsing.sends(desk, "/team", team="rl")
    assert desk.http.get("/teams").headers["location"] == "/teams/rl"
    answer = desk.http.get("/teams/nlp")  # the frame, and a bid from there, are of this team then
    assert (answer.status_code, answer.headers["location"]) == (303, "/teams/nlp")
    assert "<option selected>nlp</option>" in browsing.page(desk, "/teams/nlp")
    browsing.sign_in(desk, "fin")
    html = browsing.page(desk, "/teams")
    assert '<a href="/teams/nlp">NLP</a>' in html
    assert "NLP nlp 1,000.00 0.00 0.00" in browsing.words(html)
    for who in ("pia", "adam"):
        browsing.sign_in(desk, who)
        said = browsing.words(browsing.page(desk, "/teams"))
        assert "NLP nlp – – –" in said
        assert "1,000.00" not in said


def test_a_team_without_anything_is_told_what_to_do_first(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    said = browsing.words(browsing.page(desk, "/teams/nlp"))
    assert "NLP: nothing runs now, nothing is booked ahead; 1,000.00 credits are free" in said
    assert "gpumarket bid --pool h100" in said
    assert "No order is open." in said
    assert "No bid of this team was lost." in said
    assert "Nothing was spent in the last week; the last grant ends on Fri 22 Jan." in said


def test_it_tells_what_runs_and_what_is_to_come(noon: Desk, boxes: list[Reservation]) -> None:
    browsing.sign_in(noon, "mia")
    html = browsing.page(noon, "/teams/nlp")
    said = browsing.words(html)
    assert "NLP: 16 units of H100 in use now, 1 time-box ahead;" in said
    assert "H100 16 Tue 24 Nov 08:00 UTC Tue 24 Nov 10:00 UTC active 30.00" in said
    assert "H100 8 Tue 24 Nov 14:00 UTC Tue 24 Nov 15:00 UTC scheduled 2.00" in said
    later = boxes[1].id
    assert f'<a href="/reservations/{later}/release">Release…</a>' in html
    assert 'id="gantt-data"' in html
    assert 'id="burn-data"' in html


def test_open_and_lost_orders_say_why_and_lead_to_the_bid_that_would_have_won(
    noon: Desk,
) -> None:
    placed(noon.store, request("rl", "d", option(7, 40), standing=True), now=START)
    browsing.sign_in(noon, "rob")
    html = browsing.page(noon, "/teams/rl")
    said = browsing.words(html)
    assert "1 bid lost in the last 7 days" in said
    assert "8 × H100 for 2h Wed 25 Nov 16:00 UTC 7.00 7.00 each cycle" in said
    assert "16 × H100 for 2h Tue 24 Nov 00:00 UTC 30.00 outbid" in said
    assert (
        'href="/bid?pool=h100&amp;quantity=16&amp;duration=2h&amp;start=2026-11-25T01%3A00%3A00Z'
        in html
    )
    assert "Bid again to win" in said


def test_each_role_sees_its_part(noon: Desk) -> None:
    parts = {
        "mia": {"calendar", "open", "lost", "credits"},
        "lea": {"calendar", "open", "lost", "credits"},
        "fin": {"credits"},
        "pia": {"calendar"},
        "adam": set(),
    }
    for who, own in parts.items():
        browsing.sign_in(noon, who)
        html = browsing.page(noon, "/teams/nlp")
        for part in ("calendar", "open", "lost", "credits"):
            assert (f'id="{part}"' in html) == (part in own), (who, part)
        assert ("/release" in html) == (who in ("mia", "lea"))


def test_another_team_s_page_is_refused_in_words(desk: Desk) -> None:
    browsing.sign_in(desk, "rob")
    said = browsing.words(browsing.page(desk, "/teams/nlp", 403))
    assert "rob" in said
    assert "nlp" in said
    browsing.page(desk, "/teams/npl", 403)
    browsing.sign_in(desk, "fin")
    assert "no team 'npl'" in browsing.words(browsing.page(desk, "/teams/npl", 404))


def test_the_calendar_s_table_comes_in_parts(desk: Desk) -> None:
    many = [
        request("nlp", f"o{hour}", option(9, hour, None, leg(units=8, hours=1)))
        for hour in range(8, 9 + BOXES)
    ]
    won(desk.store, *many)
    with served(desk.store, lambda: START) as http:
        http.follow_redirects = False
        later = Desk(desk.store, http)
        browsing.sign_in(later, "mia")
        first = browsing.page(later, "/teams/nlp")
        assert first.count("Release…") == BOXES
        rest = browsing.page(later, "/teams/nlp?boxes=2")
        assert rest.count("Release…") == 1
        assert 'href="?boxes=1#calendar" rel="prev"' in rest
        browsing.page(later, "/teams/nlp?boxes=0", 422)
