"""An order's page: what happened to it, why, what it cost; changed and cancelled by forms alone."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from marketplace.domain.capacity import Maintenance
from marketplace.domain.guarantee import Guarantee, Kind
from marketplace.domain.order import Order, OrderState
from marketplace.domain.taking import Longer, TakingRequest
from marketplace.services import order as orders
from tests.api.rest.desk import Desk, served
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    HOUR,
    NOW,
    START,
    assert_clean,
    leg,
    option,
    placed,
    request,
    run,
)

WIDE = leg(units=16)


@pytest.fixture
def both(desk: Desk) -> tuple[Order, Order]:
    """What nlp won and rl lost, both for all of H100 at 8:00."""
    won, lost = placed(
        desk.store,
        request("nlp", "a", option(90, 8, None, WIDE)),
        request("rl", "b", option(30, 8, None, WIDE)),
    )
    run(desk.store)
    return won, lost


@pytest.fixture
def morning(desk: Desk, both: tuple[Order, Order]) -> Iterator[Desk]:
    """The service an hour after the closing."""
    assert both
    with served(desk.store, lambda: CLOSE + HOUR) as later:
        later.follow_redirects = False
        yield Desk(desk.store, later)


def key(html: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', html)
    assert found
    return found[1]


def now(desk: Desk, order: Order) -> Order:
    return orders.get(desk.store, order.id, team=order.team)


def test_a_won_order_tells_its_life_its_price_and_its_moves(
    morning: Desk, both: tuple[Order, Order]
) -> None:
    browsing.sign_in(morning, "mia")
    html = browsing.page(morning, f"/orders/{both[0].id}")
    said = browsing.words(html)
    assert "Won: 16 × H100 for 2h from Tue 24 Nov 08:00 UTC, for 30.00 credits" in said
    assert "Placed Mon 23 Nov 09:00 UTC Holds 90.00 credits." in said
    assert "cyc_000001 closed Tue 24 Nov 00:00 UTC" in said
    assert "Pays 30.00 of the 90.00 credits that it was worth" in said
    assert "cycle cyc_000001 , rule uniform" in said
    assert "Begins Tue 24 Nov 08:00 UTC to come 16 × H100" in said
    assert "It won from Tue 24 Nov 08:00 UTC" in said
    assert "pay 30.00 team/nlp/grant/g-nlp/held pool/h100/till" in said
    assert "Release…" in said


def test_a_lost_order_says_why_and_leads_to_the_bid_that_wins(
    morning: Desk, both: tuple[Order, Order]
) -> None:
    browsing.sign_in(morning, "rob")
    html = browsing.page(morning, f"/orders/{both[1].id}")
    said = browsing.words(html)
    assert "Lost: 16 × H100 for 2h; outbid" in said
    assert "It lost: outbid" in said
    assert "Find what would have won" in said
    assert f'href="/orders/{both[1].id}?confirm=true"' in html
    raised = browsing.page(morning, f"/orders/{both[1].id}?confirm=true")
    found = re.search(r"Raised by ([\d.]+) credits it would have won", browsing.words(raised))
    assert found
    value = re.search(r'href="/bid\?[^"]*value=([\d.]+)', raised)
    assert value
    assert float(value[1]) == pytest.approx(30 + float(found[1]), abs=0.011)
    assert "Find what would have won" not in browsing.words(raised)


def test_an_order_that_no_start_had_room_for_says_which_hours_were_full(desk: Desk) -> None:
    [order] = placed(desk.store, request("rl", "b", option(90, 8, None, WIDE)))
    away = Maintenance(
        id="fans",
        pool="h100",
        start=START,
        end=START + HOUR,
        quantity=4,
        reason="fans",
        created_at=NOW,
    )
    hands.schedule_maintenance(desk.store, away, NOW)
    run(desk.store)
    with served(desk.store, lambda: CLOSE + HOUR) as later:
        later.follow_redirects = False
        browsing.sign_in(Desk(desk.store, later), "rob")
        said = browsing.words(browsing.page(Desk(desk.store, later), f"/orders/{order.id}"))
    assert "Lost: 16 × H100 for 2h; no start in its window had room for it" in said
    assert "Price was not the cause" in said
    assert "Missing there: 4 units of H100" in said
    assert "Find what would have won" not in said


def test_an_open_order_is_given_another_value_once(desk: Desk) -> None:
    [order] = placed(desk.store, request("nlp", "a", option(60)))
    browsing.sign_in(desk, "mia")
    html = browsing.page(desk, f"/orders/{order.id}")
    assert "Open: 8 × H100 for 2h; it bids in cyc_000001" in browsing.words(html)
    typed = {"value-0": "75.5", "version": "1", "key": key(html)}
    for _ in range(2):
        answer = browsing.sends(desk, f"/orders/{order.id}/amend", **typed)
        assert answer.headers["location"] == f"/orders/{order.id}?said=changed"
    after = now(desk, order)
    assert (after.held_ucr, after.version) == (75_500_000, 2)
    said = browsing.words(browsing.page(desk, f"/orders/{order.id}?said=changed"))
    assert "The order is changed." in said
    assert "Changed Mon 23 Nov 09:00 UTC Holds 75.50 credits." in said
    stale = browsing.sends(desk, f"/orders/{order.id}/amend", **typed | {"key": "other"})
    assert stale.status_code == 412
    assert_clean(desk.store)


@pytest.mark.parametrize(
    ("value", "status", "said"),
    [
        ("", 422, "is not a number of credits"),
        ("<b>", 422, "is not a number of credits"),
        ("0", 422, ""),
        ("5000", 402, "1,000.00"),
    ],
)
def test_a_value_that_cannot_be_is_refused_and_stays_as_it_was_typed(
    desk: Desk, value: str, status: int, said: str
) -> None:
    [order] = placed(desk.store, request("nlp", "a", option(60)))
    browsing.sign_in(desk, "mia")
    fields = {"value-0": value, "version": "1", "key": "k"}
    answer = browsing.sends(desk, f"/orders/{order.id}/amend", **fields)
    assert answer.status_code == status, answer.text
    browsing.well_formed(answer.text)
    assert said in browsing.words(answer.text)
    assert f'value="{value.replace("<", "&lt;").replace(">", "&gt;")}"' in answer.text
    assert 'role="alert"' in answer.text or "wrong-value" in answer.text
    assert now(desk, order) == order


def test_an_order_of_several_ways_is_changed_way_by_way(desk: Desk) -> None:
    [order] = placed(desk.store, request("nlp", "a", option(60), option(40, 12)))
    browsing.sign_in(desk, "lea")
    html = browsing.page(desk, f"/orders/{order.id}")
    assert "way 2" in html
    fields = {"value-0": "60", "value-1": "50", "version": "1", "key": "k"}
    assert browsing.sends(desk, f"/orders/{order.id}/amend", **fields).status_code == 303
    values = [one.value_ucr // CREDIT for one in now(desk, order).request.options]
    assert values == [60, 50]


def test_an_open_order_is_cancelled_and_what_it_held_is_free(desk: Desk) -> None:
    [order] = placed(desk.store, request("nlp", "a", option(60)))
    browsing.sign_in(desk, "mia")
    said = browsing.words(browsing.page(desk, f"/orders/{order.id}"))
    assert "Cancel order, free 60.00" in said
    answer = browsing.sends(desk, f"/orders/{order.id}/cancel", key="k")
    assert answer.headers["location"] == f"/orders/{order.id}?said=cancelled"
    said = browsing.words(browsing.page(desk, answer.headers["location"]))
    assert "Cancelled: 8 × H100 for 2h" in said
    assert "What it held is free again." in said
    assert "1,000.00 credits free" in said
    again = browsing.sends(desk, f"/orders/{order.id}/cancel", key="other")
    assert again.status_code == 409
    assert now(desk, order).state is OrderState.CANCELLED


def test_nobody_else_sees_it_or_changes_it(desk: Desk) -> None:
    """§7.11"""
    [order] = placed(desk.store, request("nlp", "a", option(60)))
    for who in ("rob", "fin", "pia", "adam"):
        browsing.sign_in(desk, who)
        browsing.page(desk, f"/orders/{order.id}", 404)
        for act in ("cancel", "amend"):
            sent = {"value-0": "9", "key": "k"}
            refused = browsing.sends(desk, f"/orders/{order.id}/{act}", **sent)
            assert refused.status_code in (403, 404)
    assert now(desk, order) == order


def test_an_order_that_is_being_cleared_cannot_be_changed(desk: Desk) -> None:
    [order] = placed(desk.store, request("nlp", "a", option(60)))
    hands.freeze(desk.store, CLOSE, b"salt")
    with served(desk.store, lambda: CLOSE) as http:
        http.follow_redirects = False
        later = Desk(desk.store, http)
        browsing.sign_in(later, "mia")
        said = browsing.words(browsing.page(later, f"/orders/{order.id}"))
        assert "cyc_000001 is clearing it" in said
        assert "Change or cancel" not in said
        refused = browsing.sends(later, f"/orders/{order.id}/cancel", key="k")
        assert refused.status_code == 409


def test_orders_are_listed_by_state(morning: Desk, both: tuple[Order, Order]) -> None:
    placed(morning.store, request("nlp", "later", option(7, 40)), now=CLOSE + HOUR)
    browsing.sign_in(morning, "mia")
    html = browsing.page(morning, "/orders")
    assert f'href="/orders/{both[0].id}"' in html
    said = browsing.words(html)
    assert "8 × H100 for 2h Tue 24 Nov 01:00 UTC open 7.00 – 7.00" in said
    assert "16 × H100 for 2h Mon 23 Nov 09:00 UTC filled 90.00 30.00 –" in said
    assert "filled 90.00" not in browsing.words(browsing.page(morning, "/orders?state=open"))
    assert "No order is in this state." in browsing.words(
        browsing.page(morning, "/orders?state=lost")
    )
    browsing.page(morning, "/orders?team=rl", 403)
    browsing.page(morning, "/orders?state=x", 422)
    browsing.sign_in(morning, "fin")
    browsing.page(morning, "/orders", 422)


def test_an_order_of_time_that_was_taken_names_no_cycle(desk: Desk) -> None:
    asked = TakingRequest(team="nlp", key="t", pool="h100", quantity=8, duration=2 * HOUR)
    found = hands.take(desk.store, asked, NOW)
    hands.extend(desk.store, found.reservation.id, Longer(duration=HOUR), NOW, team="nlp")
    browsing.sign_in(desk, "mia")
    said = browsing.words(browsing.page(desk, f"/orders/{found.order.id}"))
    assert "Taken: 8 × H100 for 2h from Mon 23 Nov 09:00 UTC, for 4.00 credits" in said
    assert "Taken at once Mon 23 Nov 09:00 UTC Pays 4.00 credits" in said
    assert "Extended Mon 23 Nov 09:00 UTC It lasts until Mon 23 Nov 12:00 UTC." in said
    assert "cyc_" not in said.partition("Taken at once")[2].partition("Extended")[0]


ALL = leg("h100", 16, 2)


def kept(desk: Desk, guarantee: Guarantee, last: int = 70) -> Order:
    """What nlp won in the first cycle, of all of H100 at 60 h or until ``last``."""
    [one] = placed(
        desk.store, replace(request("nlp", "a", option(100, 60, last, ALL)), guarantee=guarantee)
    )
    run(desk.store)
    return one


def told(desk: Desk, order: Order, hours: int) -> str:
    member = f"member:{order.team}"
    hands.make_token(desk.store, "mia", f"gpm_mia-{hours}", CLOSE + hours * HOUR, member)
    with served(desk.store, lambda: CLOSE + hours * HOUR) as later:
        later.follow_redirects = False
        then = Desk(desk.store, later)
        browsing.sign_in(then, f"mia-{hours}")
        return browsing.words(browsing.page(then, f"/orders/{order.id}"))


def rival(desk: Desk) -> Order:
    """400 for exactly these hours, in the second cycle."""
    [one] = placed(desk.store, request("rl", "b", option(400, 60, None, ALL)), now=CLOSE + HOUR)
    run(desk.store, CLOSE + 24 * HOUR)
    return one


def test_what_was_won_says_until_when_it_may_be_moved_and_that_it_was(desk: Desk) -> None:
    won = kept(desk, Guarantee(kind=Kind.MOVABLE, gate=25 * HOUR))
    before = told(desk, won, 1)
    assert "How firm its win is movable: what is won is kept" in before
    assert "gate 1d1h before the start" in before or "gate 25h before the start" in before
    assert "It may still be moved until Wed 25 Nov" in before
    assert "scheduled may be moved until Wed 25 Nov 11:00 UTC" in before
    assert "It was moved" not in before
    rival(desk)
    after = told(desk, won, 25)
    assert "It was moved once" in after
    assert "from Thu 26 Nov 12:00 UTC, moved to Thu 26 Nov 14:00 UTC, for 8.00 credits" in after
    assert "scheduled moved once" in after
    assert "Moved Wed 25 Nov 00:00 UTC From Thu 26 Nov 12:00 to Thu 26 Nov 14:00 UTC" in after
    assert "In cyc_000002 the market moved it from Thu 26 Nov 12:00 UTC to" in after
    assert "units were missing" not in after


def test_what_was_won_says_for_how_much_it_was_bought_back(desk: Desk) -> None:
    won = kept(desk, Guarantee(kind=Kind.RECALLABLE, buy_out_ucr=20 * CREDIT), last=60)
    assert "It may still be bought back for 20.00 credits until" in told(desk, won, 1)
    rival(desk)
    after = told(desk, won, 25)
    assert "The market bought it back for" in after
    assert "Recalled: 16 × H100 for 2h, won for 8.00 and bought back for 20.00 credits" in after
    assert "Recalled Wed 25 Nov 00:00 UTC Bought back for 20.00 credits." in after
    assert "recalled bought back for 20.00" in after
    assert (
        "In cyc_000002 the market bought it back for 20.00 credits: the 8.00 that it had paid, and "
        "12.00 more. Its place has gone to 1 bid of another team, worth 400.00 credits and"
    ) in after
    assert "Cut short" not in after
    assert "It may still be" not in after


def test_one_that_may_be_moved_or_bought_back_says_both_and_which_it_was(desk: Desk) -> None:
    won = kept(desk, Guarantee(kind=Kind.RECALLABLE, buy_out_ucr=20 * CREDIT))
    before = told(desk, won, 1)
    assert "It may still be moved, or bought back for 20.00 credits until Wed 25 Nov" in before
    assert "scheduled may be moved, or bought back for 20.00 credits until Wed 25 Nov" in before
    rival(desk)
    after = told(desk, won, 25)
    assert "from Thu 26 Nov 12:00 UTC, moved to Thu 26 Nov 14:00 UTC, for 8.00 credits" in after
    assert "In cyc_000002 the market moved it from Thu 26 Nov 12:00 UTC to" in after


def test_whoever_has_its_place_is_told_that_it_was_given_up(desk: Desk) -> None:
    won = kept(desk, Guarantee(kind=Kind.RECALLABLE, buy_out_ucr=20 * CREDIT), last=60)
    said = told(desk, rival(desk), 25)
    assert "It won 16 × H100 from Thu 26 Nov 12:00 UTC to Thu 26 Nov 14:00 UTC that" in said
    assert "of another team gave up, which was bought back." in said
    assert won.id not in said


def test_a_firm_one_says_that_nothing_changes(desk: Desk) -> None:
    said = told(desk, kept(desk, Guarantee()), 1)
    assert "firm: nothing of what is won is changed" in said
    assert "It may still be" not in said
