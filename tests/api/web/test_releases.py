"""Giving a time-box back by a browser: said before it is done, whole or in part."""

import re
from collections.abc import Iterator

import pytest

from marketplace.domain.page import every
from marketplace.domain.reservation import Reservation
from marketplace.services import reservation
from tests.api.rest.desk import Desk, served
from tests.api.web import browsing
from tests.marketplace.bazaar import CLOSE, HOUR, START, assert_clean, leg, option, request, won


@pytest.fixture
def box(desk: Desk) -> Reservation:
    """All of H100 for four hours, for which others would have paid too."""
    [own] = won(
        desk.store,
        request("nlp", "a", option(90, 8, None, leg(units=16, hours=4))),
        request("rl", "b", option(64, 8, None, leg(units=16, hours=4))),
    )
    return own


@pytest.fixture
def morning(desk: Desk, box: Reservation) -> Iterator[Desk]:
    """The service an hour after the closing."""
    assert box
    with served(desk.store, lambda: CLOSE + HOUR) as later:
        later.follow_redirects = False
        yield Desk(desk.store, later)


def units(desk: Desk) -> tuple[int, ...]:
    [one] = every(reservation.listed, desk.store, team="nlp")
    return one.units


def test_a_part_is_given_back_after_it_was_said_what_may_come_back(
    morning: Desk, box: Reservation
) -> None:
    browsing.sign_in(morning, "mia")
    path = f"/reservations/{box.id}/release"
    html = browsing.page(morning, path)
    assert "How much of 16 × H100 goes back?" in browsing.words(html)
    assert '<option value="2026-11-24T11:00:00Z">Tue 24 Nov 11:00 UTC</option>' in html
    said = browsing.words(browsing.page(morning, f"{path}?start=2026-11-24T10:00:00Z&quantity=8"))
    assert "16 unit-hours go on sale in the next cycle and on spot: up to 8 units" in said
    paid = re.search(r"([\d.]+) credits were paid for them.", said)
    assert paid
    assert 0 < float(paid[1]) < 64
    assert "hours before that find hardly a buyer" in said
    assert units(morning) == (16,) * 4
    fields = {"start": "2026-11-24T10:00:00Z", "quantity": "8", "key": "k"}
    for _ in range(2):  # sent twice, done once
        answer = browsing.sends(morning, path, **fields)
        assert answer.headers["location"] == f"/orders/{box.order_id}?said=released"
    assert units(morning) == (16, 16, 8, 8)
    said = browsing.words(browsing.page(morning, answer.headers["location"]))
    assert "It is given back" in said
    assert "Given back in part Tue 24 Nov 01:00 UTC" in said
    assert_clean(morning.store)


def test_the_whole_goes_where_nothing_is_named(morning: Desk, box: Reservation) -> None:
    browsing.sign_in(morning, "lea")
    path = f"/reservations/{box.id}/release"
    said = browsing.words(browsing.page(morning, f"{path}?quantity=16"))
    assert "nothing of the time-box is left" in said
    assert browsing.sends(morning, path, key="k").status_code == 303
    assert units(morning) == (0,) * 4
    assert "can be given back" in browsing.words(browsing.page(morning, path))
    refused = browsing.sends(morning, path, key="other")
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("quantity=7", "multiple"),
        ("quantity=x", "integer"),
        ("quantity=24", "16"),
        ("start=soon", "is not a time"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    morning: Desk, box: Reservation, query: str, said: str
) -> None:
    browsing.sign_in(morning, "mia")
    html = browsing.page(morning, f"/reservations/{box.id}/release?{query}", 422)
    assert 'class="wrong"' in html
    assert said in browsing.words(html)
    name, _, value = query.partition("=")
    sent = browsing.sends(morning, f"/reservations/{box.id}/release", **{name: value}, key="k")
    assert sent.status_code == 422
    assert units(morning) == (16,) * 4


def test_others_cannot(morning: Desk, box: Reservation) -> None:
    for who in ("rob", "fin", "pia", "adam"):
        browsing.sign_in(morning, who)
        path = f"/reservations/{box.id}/release"
        browsing.page(morning, path, 404)
        assert browsing.sends(morning, path, key="k").status_code == 404
    assert units(morning) == (16,) * 4


def test_while_it_runs_only_what_is_to_come_goes(desk: Desk, box: Reservation) -> None:
    with served(desk.store, lambda: START) as http:
        http.follow_redirects = False
        later = Desk(desk.store, http)
        browsing.sign_in(later, "mia")
        html = browsing.page(later, f"/reservations/{box.id}/release")
        assert "Tue 24 Nov 08:00 UTC</option>" in html  # the slot begins this very second
