"""Grants said again, corrected, revoked: none is given twice, and what is unspent can go back."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from marketplace.domain.command import CorrectGrant, GiveGrants, RevokeGrant
from marketplace.domain.grant import Grant, GrantCorrection, GrantRequest
from marketplace.domain.order import OrderState
from marketplace.domain.page import every
from marketplace.domain.statement import LineType
from marketplace.errors import BadField, Duplicate, NotAllowedNow, NotFound
from marketplace.services import ledger, order, statement
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from pricing.units import MAX_UCR
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
    free_ucr,
    option,
    placed,
    request,
    run,
)

pytestmark = pytest.mark.both

GIFT = GrantRequest(team="nlp", amount_ucr=5 * CREDIT, end=NOW + 30 * DAY, purpose="sprint")


def give(store: Store, *gifts: GrantRequest, at: datetime = NOW, key: str = "") -> list[str]:
    made = Runner(store).run(GiveGrants(gifts), by=hands.FINANCE, at=at, key=key)
    return [one.id for one in made]


def correct(store: Store, id_: str, at: datetime = NOW, **other: Any) -> Grant:
    correction = GrantCorrection(reason="a slip", **other)
    return Runner(store).run(CorrectGrant(id_, correction), by=hands.FINANCE, at=at)


def revoke(store: Store, id_: str, at: datetime = NOW, reason: str = "given twice") -> Grant:
    return Runner(store).run(RevokeGrant(id_, reason), by=hands.FINANCE, at=at)


def test_what_was_given_is_not_given_again() -> None:
    store = a_market()
    first = give(store, GIFT)
    assert give(store, GIFT, at=NOW + 20 * DAY) == first  # the same end: the same gift
    later = replace(GIFT, end=GIFT.end + HOUR)  # said as "in thirty days", an hour later
    assert give(store, later, at=NOW + HOUR) == first
    assert free_ucr(store, "nlp") == 1_005 * CREDIT
    assert_clean(store)


@pytest.mark.parametrize(
    ("other", "key"),
    [
        (replace(GIFT, amount_ucr=CREDIT), ""),
        (replace(GIFT, purpose="another"), ""),
        (replace(GIFT, end=GIFT.end + DAY), ""),
        (replace(GIFT, start=NOW + 3 * DAY), ""),
        (replace(GIFT, id="second"), ""),
        (GIFT, "second"),
    ],
)
def test_another_gift_or_the_same_with_a_key_or_an_id_is_given(
    other: GrantRequest, key: str
) -> None:
    store = a_market()
    first = give(store, GIFT)
    second = give(store, other, key=key)
    assert second != first
    assert give(store, other, key=key) == second
    assert_clean(store)


def test_two_that_are_alike_in_one_command_are_two_however_often_it_is_said() -> None:
    store = a_market()
    both = give(store, GIFT, GIFT)
    assert len(set(both)) == 2
    assert give(store, GIFT, GIFT) == both
    assert give(store, replace(GIFT, id="x"), replace(GIFT, end=GIFT.end + DAY))[0] == "x"
    with pytest.raises(Duplicate):
        give(store, replace(GIFT, id="x", amount_ucr=CREDIT))


def test_a_grant_that_was_revoked_can_be_given_again() -> None:
    store = a_market()
    [first] = give(store, GIFT)
    assert revoke(store, first).amount_ucr == 0
    [second] = give(store, GIFT)
    assert second != first
    assert free_ucr(store, "nlp") == 1_005 * CREDIT
    assert_clean(store)


def test_a_grant_is_corrected_and_saying_it_again_changes_nothing() -> None:
    store = a_market()
    [id_] = give(store, GIFT)
    other: dict[str, Any] = {"amount_ucr": 3 * CREDIT, "end": NOW + 2 * DAY, "purpose": "sprint 12"}
    after = correct(store, id_, **other)
    assert (after.amount_ucr, after.end, after.purpose) == tuple(other.values())
    head = ledger.newest(store)
    assert correct(store, id_, NOW + HOUR, **other) == after
    assert ledger.newest(store) == head
    assert correct(store, id_, NOW + HOUR, amount_ucr=8 * CREDIT).version == 3
    assert free_ucr(store, "nlp") == 1_008 * CREDIT
    found = statement.of_team(store, "nlp", NOW, NOW + DAY)
    told = [(line.type, line.amount_ucr // CREDIT, line.transfer.note) for line in found.lines]
    assert told[-2:] == [(LineType.ADJUSTMENT, -2, "a slip"), (LineType.GRANT, 5, "a slip")]
    assert statement.by_day(store, "nlp", NOW.replace(hour=0), 1)[0].granted_ucr == 1_008 * CREDIT
    assert hands.expire(store, NOW + 2 * DAY) == 8 * CREDIT
    assert_clean(store)


def test_only_what_is_unspent_can_be_corrected_away() -> None:
    store = a_market(credit=10)
    placed(store, request("nlp", "a", option(7, 40)))
    with pytest.raises(BadField, match=r"7\.00 of them are held or spent"):
        correct(store, "g-nlp", amount_ucr=6 * CREDIT)
    assert correct(store, "g-nlp", amount_ucr=7 * CREDIT).amount_ucr == 7 * CREDIT
    with pytest.raises(BadField, match="credits"):
        correct(store, "g-rl", amount_ucr=0)
    with pytest.raises(BadField, match="all grants together"):
        correct(store, "g-rl", amount_ucr=MAX_UCR)
    with pytest.raises(BadField, match="in the past"):
        correct(store, "g-rl", end=NOW)
    assert correct(store, "g-rl", end=NOW + 90 * DAY).end == NOW + 90 * DAY
    assert hands.expire(store, NOW + 60 * DAY) == 17 * CREDIT


def test_a_revoked_grants_hold_moves_and_its_rest_goes_back() -> None:
    store = a_market(credit=10)
    hands.grant(store, [replace(a_grant("twice", "nlp", 10), end=NOW + 9 * DAY)], NOW)
    [one] = placed(store, request("nlp", "a", option(7, 40)))
    gone = revoke(store, "twice")
    assert (gone.amount_ucr, gone.state(NOW)) == (0, "revoked")
    assert free_ucr(store, "nlp") == 3 * CREDIT
    head = ledger.newest(store)
    assert revoke(store, "twice", reason="said again") == gone
    assert ledger.newest(store) == head
    run(store)
    assert order.get(store, one.id, team="nlp").state is OrderState.FILLED
    assert ledger.balance(store, "twice").at(CLOSE).free_ucr == 0
    assert_clean(store)


def test_a_revoked_grant_keeps_what_was_spent_and_what_a_closed_book_holds() -> None:
    store = a_market(credit=7)
    [one] = placed(store, request("nlp", "a", option(7, 40)))
    cycle = hands.freeze(store, CLOSE, b"salt")
    assert revoke(store, "g-nlp", CLOSE).amount_ucr == 7 * CREDIT
    assert hands.finish(store, cycle, CLOSE)[1]
    assert order.get(store, one.id, team="nlp").state is OrderState.FILLED
    hands.advance(store, CLOSE + HOUR)
    left = ledger.balance(store, "g-nlp")
    assert (left.spent_ucr, left.expired_ucr, left.free_ucr) == (4 * CREDIT, 3 * CREDIT, 0)
    assert_clean(store)


def test_what_waits_on_a_revoked_grant_and_nothing_else_can_pay_ends() -> None:
    store = a_market(credit=7)
    [one] = placed(store, request("nlp", "a", option(7, 40)))
    revoke(store, "g-nlp")
    after = order.get(store, one.id, team="nlp")
    assert (after.state, after.reason) == (OrderState.EXPIRED, "grant-expired")
    assert free_ucr(store, "nlp") == 0
    run(store)
    assert hands.expire(store, NOW + 61 * DAY) == 14 * CREDIT  # the other teams'
    assert_clean(store)


def test_what_is_over_or_not_there_is_not_changed() -> None:
    store = a_market(days=1)
    with pytest.raises(NotFound):
        revoke(store, "none")
    for reason in ("", "  ", "x" * 129):
        with pytest.raises(BadField, match="reason"):
            revoke(store, "g-nlp", reason=reason)
    revoke(store, "g-rl")
    with pytest.raises(NotAllowedNow, match="revoked"):
        correct(store, "g-rl", purpose="more")
    for change in (correct, revoke):
        with pytest.raises(NotAllowedNow, match="ended"):
            change(store, "g-nlp", NOW + DAY)
    assert {one.grant.id for one in every(ledger.balances, store)} == {"g-nlp", "g-rl", "g-vision"}
