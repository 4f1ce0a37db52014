"""The page to ask for spot capacity."""

import pytest

from marketplace.domain.page import every
from marketplace.services import spot
from tests.api.rest.desk import Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW

FIELDS = {
    "team": "nlp",
    "pool": "h100",
    "quantity": "8",
    "limit": "0.5",
    "minimum": "1h",
    "key": "k-1",
}


def test_it_says_what_a_limit_would_have_done(desk: Desk) -> None:
    hands.tick(desk.store, NOW)
    browsing.sign_in(desk, "mia")
    html = browsing.page(desk, "/bid/spot?pool=h100&limit=0.3")
    said = browsing.words(html)
    assert "At a limit of 0.30 it would have run 100 % of the last three days, for 0.25" in said
    assert "Price now 0.25" in said
    assert 'id="prices-data"' in html
    low = browsing.words(browsing.page(desk, "/bid/spot?pool=h100&limit=0.1"))
    assert "it would have run 0 % of the last three days" in low


def test_before_the_first_tick_it_says_so(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    said = browsing.words(browsing.page(desk, "/bid/spot?pool=h100"))
    assert "At a limit of 0.50 you pay 0.50 at most; no price is known yet" in said
    assert "gpumarket spot request --team nlp --pool h100 --quantity 8 --limit 0.50" in said


def test_it_is_asked_for_once_and_held(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    for _ in range(2):
        answer = browsing.sends(desk, "/bid/spot", **FIELDS)
        assert answer.status_code == 303, answer.text
    [made] = every(spot.listed, desk.store, team="nlp")
    assert answer.headers["location"] == f"/spot/{made.id}"


@pytest.mark.parametrize(
    ("field", "text", "status"),
    [("quantity", "7", 422), ("limit", "x", 422), ("minimum", "y", 422), ("limit", "9999", 402)],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(
    desk: Desk, field: str, text: str, status: int
) -> None:
    browsing.sign_in(desk, "mia")
    answer = browsing.sends(desk, "/bid/spot", **(FIELDS | {field: text, "theme": "safety"}))
    assert answer.status_code == status, answer.text
    browsing.well_formed(answer.text)
    assert 'value="safety"' in answer.text
    assert 'role="alert"' in answer.text
    assert not list(every(spot.listed, desk.store, team="nlp"))
    asked = "&".join(f"{k}={v}" for k, v in (FIELDS | {field: text}).items())
    assert browsing.page(desk, f"/bid/spot?{asked}")


def test_only_a_team_asks_for_spot(desk: Desk) -> None:
    for who in ("fin", "pia", "adam"):
        browsing.sign_in(desk, who)
        said = browsing.words(browsing.page(desk, "/bid/spot"))
        assert "only a team can ask for spot" in said
    browsing.sign_in(desk, "rob")
    assert browsing.sends(desk, "/bid/spot", **FIELDS).status_code == 403
