"""A spot request's page: whether it runs, why, what it cost; stopped and changed by forms."""

import pytest

from marketplace.domain.spot import SpotRequest
from marketplace.services import spot
from tests.api.rest.desk import Desk, served
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import HOUR, NOW, assert_clean
from tests.marketplace.test_spot_run import asked


@pytest.fixture
def waiting(desk: Desk) -> SpotRequest:
    return asked(desk.store, "nlp", 1)


def limit(desk: Desk, one: SpotRequest) -> int:
    return spot.get(desk.store, one.id, team="nlp").terms.limit_ucr


def test_it_says_why_it_waits_and_takes_another_limit(desk: Desk, waiting: SpotRequest) -> None:
    browsing.sign_in(desk, "mia")
    said = browsing.words(browsing.page(desk, f"/spot/{waiting.id}"))
    assert "4 × A100 on spot waits" in said
    assert "Since Mon 23 Nov 09:00 UTC : it is looked at in the next tick." in said
    path = f"/spot/{waiting.id}/limit"
    for _ in range(2):
        answer = browsing.sends(desk, path, limit="0.75", key="k")
        assert answer.headers["location"] == f"/spot/{waiting.id}?said=changed"
    assert limit(desk, waiting) == 750_000
    for typed in ("", "x", "0"):
        refused = browsing.sends(desk, path, limit=typed, key="other")
        assert refused.status_code == 422
        assert 'id="wrong-limit"' in refused.text
    assert limit(desk, waiting) == 750_000


def test_a_run_is_stopped_after_it_was_said_what_is_lost(desk: Desk, waiting: SpotRequest) -> None:
    hands.tick(desk.store, NOW)
    with served(desk.store, lambda: NOW + HOUR) as http:
        http.follow_redirects = False
        later = Desk(desk.store, http)
        browsing.sign_in(later, "lea")
        said = browsing.words(browsing.page(later, f"/spot/{waiting.id}"))
        assert "4 × A100 on spot runs since Mon 23 Nov 09:00 UTC" in said
        assert "The run stops at once and its units are gone" in said
        answer = browsing.sends(later, f"/spot/{waiting.id}/stop", key="k")
        assert answer.status_code == 303
        said = browsing.words(browsing.page(later, answer.headers["location"]))
        assert "4 × A100 on spot is over" in said
        assert "It is stopped" in said
        assert "Ask for the same again" in said
        assert browsing.sends(later, f"/spot/{waiting.id}/stop", key="other").status_code == 409
    assert_clean(desk.store)


def test_others_neither_see_nor_stop_it(desk: Desk, waiting: SpotRequest) -> None:
    """§7.11"""
    for who in ("rob", "fin", "pia", "adam"):
        browsing.sign_in(desk, who)
        browsing.page(desk, f"/spot/{waiting.id}", 404)
        for act in ("stop", "limit"):
            sent = browsing.sends(desk, f"/spot/{waiting.id}/{act}", limit="2", key="k")
            assert sent.status_code in (403, 404)
    assert spot.get(desk.store, waiting.id, team="nlp") == waiting
