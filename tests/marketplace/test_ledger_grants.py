"""What doors ask of grants and refunds: one grant's rest, a free id, a twin, what came back."""

import pytest

from marketplace.domain.command import GiveGrants
from marketplace.domain.grant import GrantRequest
from marketplace.domain.reservation import Part
from marketplace.domain.terms import hardly_sold_before
from marketplace.errors import NotFound
from marketplace.services import ledger, order, reservation
from marketplace.services.runner import Runner
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    START,
    a_grant,
    a_market,
    assert_clean,
    maintain,
    option,
    request,
    won,
)

pytestmark = pytest.mark.both


def test_one_grants_rest_is_found_by_its_id() -> None:
    store = a_market()
    left = ledger.balance(store, "g-nlp")
    assert (left.grant.id, left.free_ucr, left.spent_ucr) == ("g-nlp", 1_000 * CREDIT, 0)
    with pytest.raises(NotFound, match="grant 'g-npl'"):
        ledger.balance(store, "g-npl")


def test_a_new_grants_id_is_its_team_and_month_with_a_number_where_that_is_taken() -> None:
    store = a_market()
    asked = GrantRequest(team="nlp", amount_ucr=CREDIT, end=NOW + DAY)
    hands.grant(store, [a_grant("nlp-2026-11-3", "rl")], NOW)
    made = [Runner(store).run(GiveGrants((asked, asked)), by=hands.FINANCE, at=NOW)]
    command = GiveGrants((asked,))
    made.append(Runner(store).run(command, by=hands.FINANCE, at=NOW + HOUR, key="another"))
    names = ["nlp-2026-11", "nlp-2026-11-2", "nlp-2026-11-4"]
    assert [one.id for grants in made for one in grants] == names
    assert [one.start for grants in made for one in grants] == [NOW, NOW, NOW + HOUR]
    assert_clean(store)


def test_purses_are_of_the_teams_that_are_asked_for() -> None:
    store = a_market()
    found = ledger.purses(store, NOW, ["nlp", "rl"])
    assert {team: purse.free_ucr for team, purse in found.items()} == {
        "nlp": 1_000 * CREDIT,
        "rl": 1_000 * CREDIT,
    }


def test_what_came_back_is_told_by_order_and_by_reservation() -> None:
    store = a_market()
    [box] = won(store, request("nlp", "a", option(40)))
    [placed] = order.listed(store, team="nlp")
    assert order.came_back(store, [placed]) == {}
    before = ledger.newest(store)
    maintain(store, "m", START, 16, 2, CLOSE + HOUR)
    assert order.came_back(store, [placed])[placed.id] == box.paid_ucr
    assert reservation.came_back(store, [box])[box.id] == box.paid_ucr
    assert reservation.came_back(store, [box], after_seq=before)[box.id] == box.paid_ucr
    assert reservation.came_back(store, [box], after_seq=ledger.newest(store)) == {}


def test_hours_given_back_before_the_next_sale_can_hardly_sell() -> None:
    store = a_market()
    [box] = won(store, request("nlp", "a", option(40)))
    now, next_sale = CLOSE + HOUR, CLOSE + DAY + HOUR

    def warned(part: Part) -> object:
        return hardly_sold_before(box.start, box.end, part, order.sale(store, now))

    assert warned(Part()) == next_sale
    [far] = won(store, request("nlp", "b", option(40, 60)), now=CLOSE + DAY)
    late = CLOSE + DAY + HOUR
    assert hardly_sold_before(far.start, far.end, Part(), order.sale(store, late)) is None
    with pytest.raises(NotFound, match="reservation"):
        reservation.get(store, box.id, team="rl")
