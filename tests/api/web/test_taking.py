"""Hours are taken now, and time-boxes made to last longer, by a browser: the price first."""

import re
from datetime import datetime

import pytest

from api.web.bid_form import BidForm
from marketplace.domain.order import OrderState
from marketplace.domain.page import every
from marketplace.domain.reservation import Reservation
from marketplace.domain.taking import TakingRequest
from marketplace.services import order as orders
from marketplace.services import reservation
from tests.api.rest.desk import Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, HOUR, NOW, assert_clean, free_ucr, run

NOW_PAGE = "/bid/now?pool=h100&quantity=8&duration=3h"
NEXT_SALE = CLOSE + HOUR


def boxes(desk: Desk) -> list[Reservation]:
    return list(every(reservation.listed, desk.store, team="nlp"))


def form_of(html: str, action: str) -> dict[str, str]:
    """The hidden fields of the page's form that posts there."""
    form = html.split(f'method="post" action="{action}"')[1].split("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def a_box(desk: Desk, hours: int = 2, start: datetime | None = None) -> Reservation:
    asked = TakingRequest(
        team="nlp", key="box", pool="h100", quantity=8, duration=hours * HOUR, start=start
    )
    return hands.take(desk.store, asked, NOW).reservation


def test_the_price_is_shown_and_one_button_takes_it(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    html = browsing.page(desk, NOW_PAGE)
    said = browsing.words(html)
    assert "8 × H100 from Mon 23 Nov 09:00 UTC cost 6.00 credits, for sure" in said
    assert "0.25 the least it is sold for" in said
    assert "Take 8 × H100, pay 6.00" in said
    assert "gpumarket take --team nlp --pool h100 --quantity 8" in said
    assert boxes(desk) == []
    fields = form_of(html, "/bid/now")
    before = free_ucr(desk.store, "nlp")
    for _ in range(2):  # sent twice, done once
        answer = desk.http.post("/bid/now", data=fields)
        assert answer.status_code == 303, answer.text
    [box] = boxes(desk)
    assert answer.headers["location"] == f"/orders/{box.order_id}?said=taken"
    assert before - free_ucr(desk.store, "nlp") == box.paid_ucr == 6_000_000
    assert "It is the team's, and paid." in browsing.words(
        browsing.page(desk, answer.headers["location"])
    )
    assert_clean(desk.store)


def test_without_anything_said_a_block_for_an_hour_is_looked_at(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    html = browsing.page(desk, "/bid/now")
    assert 'aria-current="page">Take now</a>' in html
    assert "See what it costs" in browsing.words(html)
    assert "Tue 24 Nov 00:00 UTC</option>" in html
    assert "Tue 24 Nov 01:00 UTC</option>" not in html  # the next cycle sells that


@pytest.mark.parametrize(
    ("query", "name", "said"),
    [
        ("quantity=24", "quantity", "units free"),
        ("quantity=x", "quantity", "integer"),
        ("duration=30m", "duration", "Whole slots"),
        ("duration=23h", "duration", "The next cycle sells from"),
        ("start=2026-11-24T08:00", "start", "bid for it"),
        ("start=soon", "start", "is not a time"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(
    desk: Desk, query: str, name: str, said: str
) -> None:
    browsing.sign_in(desk, "mia")
    html = browsing.page(desk, f"/bid/now?pool=h100&{query}")
    assert f'id="wrong-{name}"' in html
    assert said in browsing.words(html)
    assert 'method="post" action="/bid/now"' not in html
    field, _, value = query.partition("=")
    fields = {"team": "nlp", "key": "k", "pool": "h100", "quantity": "8", "duration": "1h"}
    sent = browsing.sends(desk, "/bid/now", **(fields | {field: value}))
    assert sent.status_code == 422
    assert boxes(desk) == []


def test_a_price_that_rose_since_it_was_shown_is_said_and_not_paid(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    fields = form_of(browsing.page(desk, NOW_PAGE), "/bid/now")
    answer = desk.http.post("/bid/now", data=fields | {"max_cost": "5.9"})
    assert answer.status_code == 422
    assert "It costs 6.00 credits" in browsing.words(answer.text)
    assert form_of(answer.text, "/bid/now")["max_cost"] == "6"
    assert boxes(desk) == []


def test_a_form_of_another_session_and_other_people_take_nothing(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    fields = form_of(browsing.page(desk, NOW_PAGE), "/bid/now")
    assert desk.http.post("/bid/now", data=fields | {"form": "0" * 64}).status_code == 403
    for who in ("rob", "fin"):
        browsing.sign_in(desk, who)
        mine = {name: text for name, text in fields.items() if name != "form"}
        assert browsing.sends(desk, "/bid/now", **mine).status_code in (403, 404)
    assert boxes(desk) == []


def test_the_page_of_a_slot_offers_what_can_be_done_with_it(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    today = browsing.page(desk, "/?zoom=hours&cell_pool=h100&cell_at=2026-11-23T12:00:00Z")
    assert 'href="/bid/now?pool=h100&amp;start=2026-11-23T12' in today
    later = browsing.page(desk, "/?zoom=hours&cell_pool=h100&cell_at=2026-11-24T12:00:00Z")
    assert 'href="/bid/now?pool=h100&amp;start' not in later


def test_a_box_is_extended_after_its_price_was_shown(desk: Desk) -> None:
    box = a_box(desk)
    path = f"/reservations/{box.id}/extend"
    browsing.sign_in(desk, "mia")
    assert f'href="{path}"' in browsing.page(desk, f"/orders/{box.order_id}")
    assert f'href="{path}"' in browsing.page(desk, "/teams/nlp")
    assert "At most 14h" in browsing.words(browsing.page(desk, path))
    html = browsing.page(desk, f"{path}?duration=2h")
    said = browsing.words(html)
    assert "8 × H100 until Mon 23 Nov 13:00 UTC cost 4.00 credits more" in said
    assert f"gpumarket extend {box.id} --duration 2h --max-cost 4" in said
    fields = form_of(html, path)
    for _ in range(2):
        answer = desk.http.post(path, data=fields)
        assert answer.headers["location"] == f"/orders/{box.order_id}?said=extended"
    assert boxes(desk)[0].end == box.end + 2 * HOUR
    assert "It lasts longer" in browsing.words(browsing.page(desk, answer.headers["location"]))
    long = browsing.page(desk, f"{path}?duration=20h")
    assert 'id="wrong-duration"' in long
    refused = desk.http.post(path, data=fields | {"key": "other", "max_cost": "3.9"})
    assert refused.status_code == 422
    assert_clean(desk.store)


def test_others_extend_nothing(desk: Desk) -> None:
    box = a_box(desk)
    path = f"/reservations/{box.id}/extend"
    for who in ("rob", "fin", "pia", "adam"):
        browsing.sign_in(desk, who)
        browsing.page(desk, path, 404)
        assert browsing.sends(desk, path, duration="1h", key="k").status_code == 404
    assert boxes(desk)[0].end == box.end


def test_behind_the_sale_it_is_bid_for_by_a_form_that_knows_the_place(desk: Desk) -> None:
    box = a_box(desk, 3, NEXT_SALE - 3 * HOUR)
    browsing.sign_in(desk, "mia")
    html = browsing.page(desk, f"/reservations/{box.id}/extend")
    assert f'href="/bid?extends={box.id}"' in html
    html = browsing.page(desk, f"/bid?extends={box.id}&duration=2h&value=40")
    said = browsing.words(html)
    assert f"For more of reservation {box.id} , right behind it: 8 × H100" in said
    assert f"--extends {box.id} --duration 2h --value 40" in said
    fields = form_of(html, "/bid") | {"duration": "2h", "value": "40"}
    answer = desk.http.post("/bid", data=fields)
    assert answer.status_code == 303, answer.text
    placed = browsing.words(browsing.page(desk, answer.headers["location"]))
    assert f"Extends {box.id}" in placed
    twice = desk.http.post("/bid", data=fields | {"key": "other"})
    assert twice.status_code == 409
    assert "bids for the time behind it already" in browsing.words(twice.text)
    run(desk.store)
    assert boxes(desk)[0].end == box.end + 2 * HOUR
    [filled] = [
        one
        for one in every(orders.listed, desk.store, team="nlp")
        if one.request.extends and one.state is OrderState.FILLED
    ]
    with browsing.later(desk, CLOSE) as then:
        browsing.sign_in(then, "mia")
        assert "Won: 8 × H100 for 2h" in browsing.words(browsing.page(then, f"/orders/{filled.id}"))
        assert "Paid by the order of what it extended" in browsing.words(
            browsing.page(then, f"/orders/{filled.id}")
        )
        browsing.sign_in(then, "rob")
        browsing.page(then, f"/bid?extends={box.id}", 404)


def test_an_address_holds_the_form() -> None:
    from starlette.datastructures import ImmutableMultiDict

    form = BidForm.read(ImmutableMultiDict([("extends", "rsv_1"), ("value", "4")]), "nlp")
    assert ("extends", "rsv_1") in form.query()
