"""Refunds go where they can be spent: never into a grant that has ended."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from marketplace.domain.page import every
from marketplace.domain.refund import LASTS, Haven
from marketplace.domain.team import Team
from marketplace.domain.transfer import Movement
from marketplace.services import ledger, reservation
from marketplace.services.ledger import GrantBalance
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    a_grant,
    a_market,
    assert_clean,
    leg,
    maintain,
    option,
    placed,
    request,
    run,
    won,
)

pytestmark = pytest.mark.both

ENDS = CLOSE + 2 * HOUR
"""When the grant that pays ends: after its cycle was settled, before its time-box begins."""

PAID = 4 * CREDIT


def bought(*others: tuple[str, timedelta]) -> tuple[Store, str]:
    """A market in which a team has bought time with a grant that has ended since; it has other
    grants, by name and length."""
    store = a_market()
    hands.enrol(store, [Team(id="poor", name="Poor", created_at=NOW)])
    more = [replace(a_grant(name, "poor", 100), end=NOW + length) for name, length in others]
    hands.grant(store, [replace(a_grant("ends", "poor", 9), end=ENDS), *more], NOW)
    [one] = won(store, request("poor", "a", option(9, 40)))
    assert one.paid_ucr == PAID
    hands.advance(store, ENDS)
    return store, one.id


def left(store: Store, team: str = "poor") -> dict[str, GrantBalance]:
    return {one.grant.id: one for one in every(ledger.balances, store, team)}


def went_to(store: Store) -> list[tuple[str, int]]:
    """Where refunds went, and how many credits."""
    moved = (one.transfer for one in every(ledger.posted, store))
    return [
        (one.target.split("/")[3], one.amount_ucr // CREDIT)
        for one in moved
        if one.movement is Movement.REFUND
    ]


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ((("year", 365 * DAY), ("month", 30 * DAY), ("week", 7 * DAY)), "month"),
        ((("year", 365 * DAY),), "year"),
        ((("week", 7 * DAY),), "poor-refund-2026-11-24"),
        ((), "poor-refund-2026-11-24"),
    ],
)
def test_a_failures_refund_goes_to_the_first_grant_that_lasts_or_to_one_of_its_own(
    others: Sequence[tuple[str, timedelta]], found: str
) -> None:
    store, _ = bought(*others)
    before = ledger.purses(store, ENDS, ["poor"])["poor"].free_ucr
    maintain(store, "m", CLOSE + 40 * HOUR, 16, 2, ENDS)
    assert went_to(store) == [(found, 4)]
    assert ledger.purses(store, ENDS, ["poor"])["poor"].free_ucr == before + PAID
    received = left(store)[found]
    assert (received.grant.received_ucr, received.spent_ucr) == (PAID, 0)
    assert received.grant.end >= ENDS + LASTS
    assert left(store)["ends"].spent_ucr == PAID
    assert_clean(store)


def test_a_refund_goes_to_the_grant_that_paid_while_it_can_be_spent() -> None:
    store = a_market()
    hands.grant(store, [replace(a_grant("soon", "nlp", 9), end=CLOSE + 3 * DAY)], NOW)
    won(store, request("nlp", "a", option(9, 40)))
    maintain(store, "m", CLOSE + 40 * HOUR, 16, 2)
    assert went_to(store) == [("soon", 4)]
    assert left(store, "nlp")["soon"].grant.received_ucr == 0


def test_a_refund_goes_to_no_grant_that_ends_before_the_next_cycle_could_spend_it() -> None:
    store = a_market()
    hands.grant(store, [replace(a_grant("soon", "nlp", 9), end=CLOSE + 20 * HOUR)], NOW)
    won(store, request("nlp", "a", option(9, 40)))
    maintain(store, "m", CLOSE + 40 * HOUR, 16, 2)
    assert went_to(store) == [("g-nlp", 4)]


def test_what_a_release_brings_goes_where_it_can_be_spent() -> None:
    store, bought_id = bought()
    given = reservation.get(store, bought_id, team="poor")
    hands.release(store, given.id, ENDS, team="poor")
    placed(store, request("rl", "b", option(900, 40, None, leg(units=16))), now=ENDS)
    run(store, CLOSE + DAY)
    assert went_to(store) == [("poor-refund-2026-11-25", 4)]
    assert ledger.purses(store, CLOSE + DAY, ["poor"])["poor"].free_ucr == PAID
    assert_clean(store)


def test_refunds_of_one_day_share_a_grant_of_their_own_and_no_other_is_taken_for_it() -> None:
    store = a_market()
    hands.enrol(store, [Team(id="poor", name="Poor", created_at=NOW)])
    hands.grant(store, [a_grant("poor-refund-2026-11-24", "rl")], NOW)
    hands.grant(store, [replace(a_grant("ends", "poor", 9), end=ENDS)], NOW)
    asks = [request("poor", str(k), option(4, 36 + 4 * k)) for k in range(2)]
    assert len(won(store, *asks)) == 2
    maintain(store, "m", CLOSE + 36 * HOUR, 16, 2, ENDS)
    maintain(store, "n", CLOSE + 40 * HOUR, 16, 2, ENDS + HOUR)
    assert went_to(store) == [("poor-refund-2026-11-24-2", 4)] * 2
    own = left(store)["poor-refund-2026-11-24-2"]
    assert (own.grant.amount_ucr, own.grant.received_ucr) == (0, 2 * PAID)
    assert own.grant.end == datetime(2026, 12, 9, tzinfo=NOW.tzinfo)
    assert_clean(store)


def test_a_haven_of_refunds_that_all_went_home_changes_no_grant() -> None:
    own = a_grant("g", "nlp")
    haven = Haven(team="nlp", now=NOW, settled_at=CLOSE, grants={"g": own}, name="new")
    assert haven.place(own.free, 7) == own.free
    assert haven.changed() == ([], None)
