"""Approvals: an order waits for a word, gets it, is refused, or is decided by time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from marketplace.domain.actor import Actor, Role, Standing
from marketplace.domain.approval import (
    Approval,
    ApprovalState,
    Delegation,
    DelegationRequest,
    given,
    waits_for,
)
from marketplace.domain.approval_command import (
    AdoptPolicy,
    ApproveOrder,
    Delegate,
    EndDelegation,
    RefuseOrder,
)
from marketplace.domain.command import PlaceOrder
from marketplace.domain.order import Order, OrderState
from marketplace.domain.policy import Need, Policy, Then, Tier
from marketplace.errors import BadField, Forbidden, MarketError, NotAllowedNow, NotFound
from marketplace.services import approval, order
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    a_market,
    assert_clean,
    free_ucr,
    held_ucr,
    option,
    placed,
    request,
    run,
)

BOTH = (Need.LEAD, Need.FINANCE)
LEA = Actor.person("lea", Standing(Role.LEAD, "nlp"))
RITA = Actor.person("rita", Standing(Role.LEAD, "rl"))
MEM = hands.member("nlp")
FIN = hands.FINANCE
LATER = NOW + HOUR


def waiting_market(*needs: Need, then: Then = Then.REFUSE, within: timedelta = DAY) -> Store:
    """A market where orders of 100 credits and more wait for those."""
    store = a_market()
    tier = Tier(name="large", needs=needs, from_ucr=100 * CREDIT, then=then, within=within)
    Runner(store).run(AdoptPolicy(Policy(tiers=(tier,))), by=FIN, at=NOW)
    return store


def says(store: Store, what: Any, by: Actor, at: datetime = LATER) -> Any:
    return Runner(store).run(what, by=by, at=at)


def seen(store: Store, one: Order) -> Order:
    return order.get(store, one.id, team=one.team)


def told(store: Store, one: Order) -> Sequence[Approval]:
    return approval.of_order(store, one.id)


@pytest.mark.both
def test_an_order_waits_holds_its_credits_and_is_not_cleared_before_it_is_approved() -> None:
    store = waiting_market(Need.LEAD)
    small, large = placed(
        store, request("nlp", "s", option(99)), request("nlp", "l", option(100), standing=True)
    )
    assert (small.state, large.state) == (OrderState.OPEN, OrderState.PENDING_APPROVAL)
    assert held_ucr(store, "nlp") == 199 * CREDIT
    [asked] = list(approval.listed(store, team="nlp", state=ApprovalState.WAITING))
    assert (asked.order_id, asked.tiers, asked.needs) == (large.id, ("large",), (Need.LEAD,))
    assert (asked.asked_by, asked.due_at, asked.policy) == ("person:mem", NOW + DAY, 1)
    run(store)
    assert seen(store, small).state is OrderState.FILLED
    assert seen(store, large).state is OrderState.PENDING_APPROVAL
    assert_clean(store)


def test_with_the_last_word_it_is_open_and_may_win() -> None:
    store = waiting_market(*BOTH)
    [one] = placed(store, request("nlp", "l", option(100)))
    says(store, ApproveOrder(one.id, one.version), LEA)
    assert seen(store, one).state is OrderState.PENDING_APPROVAL
    assert told(store, one)[0].left == (Need.FINANCE,)
    with pytest.raises(NotAllowedNow, match="you have said so"):
        says(store, ApproveOrder(one.id), Actor.person("lea", *LEA.standings, *FIN.standings))
    assert says(store, ApproveOrder(one.id), FIN).state is OrderState.OPEN
    [ended] = told(store, one)
    assert [(word.need, word.person) for word in ended.words] == [
        (Need.LEAD, "person:lea"),
        (Need.FINANCE, "person:fin"),
    ]
    assert (ended.state, ended.ended_at, ended.ended_by) == (
        ApprovalState.APPROVED,
        LATER,
        "person:fin",
    )
    run(store)
    assert seen(store, one).state is OrderState.FILLED
    assert_clean(store)


@pytest.mark.both
def test_one_no_ends_it_and_frees_what_it_held() -> None:
    store = waiting_market(*BOTH)
    [one] = placed(store, request("nlp", "l", option(100)))
    with pytest.raises(BadField, match="reason"):
        says(store, RefuseOrder(one.id, " "), FIN)
    gone = says(store, RefuseOrder(one.id, "wait for the new cluster"), FIN)
    assert (gone.state, gone.reason, gone.ended_at) == (
        OrderState.REFUSED,
        "approval-refused",
        LATER,
    )
    assert told(store, one)[0].reason == "wait for the new cluster"
    assert (held_ucr(store, "nlp"), free_ucr(store, "nlp")) == (0, 1_000 * CREDIT)
    with pytest.raises(NotAllowedNow, match="waits for nobody"):
        says(store, ApproveOrder(one.id), LEA)
    assert_clean(store)


def test_nobody_else_decides_and_nobody_on_their_own() -> None:
    store = waiting_market(Need.LEAD)
    [one] = placed(store, request("nlp", "l", option(100)))
    own = Actor.person("mem", *LEA.standings)
    refused: list[tuple[Actor, type[MarketError]]] = [
        (MEM, NotAllowedNow),
        (own, NotAllowedNow),
        (Actor.person("ann", Standing(Role.MEMBER, "nlp")), Forbidden),
        (FIN, Forbidden),
        (RITA, NotFound),
        (hands.PLATFORM, NotFound),
    ]
    for by, why in refused:
        for what in (ApproveOrder(one.id), RefuseOrder(one.id, "no")):
            with pytest.raises(why):
                says(store, what, by)
    with pytest.raises(NotFound):
        says(store, ApproveOrder("ord_0000000000000000"), LEA)
    assert seen(store, one).state is OrderState.PENDING_APPROVAL


@pytest.mark.both
@pytest.mark.parametrize(
    ("then", "state", "ended"),
    [
        (Then.REFUSE, OrderState.REFUSED, ApprovalState.LAPSED),
        (Then.GO_ON, OrderState.OPEN, ApprovalState.PASSED),
    ],
)
def test_time_decides_where_nobody_does(
    then: Then, state: OrderState, ended: ApprovalState
) -> None:
    store = waiting_market(Need.LEAD, then=then, within=2 * HOUR)
    [one] = placed(store, request("nlp", "l", option(100)))
    hands.advance(store, NOW + 2 * HOUR - timedelta(seconds=1))
    assert seen(store, one).state is OrderState.PENDING_APPROVAL
    hands.advance(store, NOW + 5 * HOUR)
    assert seen(store, one).state is state
    [approved] = told(store, one)
    assert (approved.state, approved.ended_at) == (ended, NOW + 2 * HOUR)
    assert (approved.ended_by, approved.reason) == ("clock", "not-in-time")
    assert held_ucr(store, "nlp") == (0 if state is OrderState.REFUSED else 100 * CREDIT)
    assert_clean(store)


def test_a_changed_order_is_asked_about_anew_and_by_its_new_value() -> None:
    store = waiting_market(Need.LEAD)
    [one] = placed(store, request("nlp", "l", option(100)))
    hands.amend(store, one.id, (option(120),), NOW, team="nlp")
    with pytest.raises(NotAllowedNow, match="version 2 now"):
        says(store, ApproveOrder(one.id, one.version), LEA)
    assert says(store, ApproveOrder(one.id, 2), LEA).state is OrderState.OPEN
    smaller = hands.amend(store, one.id, (option(99),), LATER, team="nlp")
    assert smaller.state is OrderState.OPEN
    larger = hands.amend(store, one.id, (option(130),), LATER, team="nlp")
    assert larger.state is OrderState.PENDING_APPROVAL
    hands.cancel(store, [one.id], LATER, team="nlp")
    states = [(each.order_version, each.state, each.reason) for each in told(store, one)]
    assert states == [
        (1, ApprovalState.WITHDRAWN, "amended"),
        (2, ApprovalState.APPROVED, "approved"),
        (4, ApprovalState.WITHDRAWN, "cancelled"),
    ]
    assert_clean(store)


def test_what_nobody_decided_on_passes_its_last_start() -> None:
    store = waiting_market(Need.LEAD, within=30 * DAY)
    [one] = placed(store, request("nlp", "l", option(100)))
    hands.advance(store, CLOSE + DAY)
    gone = seen(store, one)
    assert (gone.state, gone.reason) == (OrderState.EXPIRED, "window-passed")
    assert told(store, one)[0].state is ApprovalState.WITHDRAWN
    assert_clean(store)


def lend(to: str = "ann", team: str = "nlp", hours: int = 24, role: Need = Need.LEAD) -> Delegate:
    end = NOW + hours * HOUR
    return Delegate(DelegationRequest(role=role, to=to, start=NOW, end=end, team=team))


@pytest.mark.both
def test_a_say_is_lent_for_a_time_and_taken_back() -> None:
    store = waiting_market(Need.LEAD)
    one, two = placed(store, *(request("nlp", name, option(100)) for name in "ab"))
    lent: Delegation = says(store, lend(), LEA, NOW)
    ann = Actor.person("ann", Standing(Role.MEMBER, "rl"))
    assert says(store, ApproveOrder(one.id), ann).state is OrderState.OPEN
    assert told(store, one)[0].words[0].instead_of == "person:lea"
    assert list(approval.delegations(store, "person:lea")) == [lent]
    with pytest.raises(NotFound):
        says(store, EndDelegation(lent.id), FIN)
    assert says(store, EndDelegation(lent.id), LEA).ended_at == LATER
    with pytest.raises(NotAllowedNow):
        says(store, EndDelegation(lent.id), LEA)
    with pytest.raises(NotFound):
        says(store, ApproveOrder(two.id), Actor.person("bob", Standing(Role.MEMBER, "rl")))
    with pytest.raises(Forbidden):
        says(store, ApproveOrder(two.id), ann)
    assert_clean(store)


def test_a_say_that_is_lent_does_not_decide_for_the_lender_nor_elsewhere() -> None:
    store = waiting_market(Need.LEAD)
    by_lead = Runner(store).run_all([PlaceOrder(request("nlp", "l", option(100)))], by=LEA, at=NOW)[
        0
    ]
    assert isinstance(by_lead, Order)
    says(store, lend(), LEA, NOW)
    with pytest.raises(Forbidden):
        says(store, ApproveOrder(by_lead.id), Actor.person("ann"))
    for bad in ({"hours": -1}, {"team": ""}, {"to": " "}, {"role": Need.FINANCE}):
        with pytest.raises(BadField):
            lend(**bad)
    refused: list[tuple[Delegate, Actor, type[MarketError]]] = [
        (lend("lea"), LEA, BadField),
        (lend(team="rl"), LEA, Forbidden),
        (lend(team="nobody"), LEA, NotFound),
        (lend(), MEM, Forbidden),
        (lend(role=Need.FINANCE, team=""), LEA, Forbidden),
    ]
    for what, by, why in refused:
        with pytest.raises(why):
            says(store, what, by)


def test_a_key_that_comes_again_decides_nothing_twice() -> None:
    store = waiting_market(Need.LEAD)
    [one] = placed(store, request("nlp", "l", option(100)))
    first = Runner(store).run(ApproveOrder(one.id), by=LEA, at=LATER, key="yes")
    assert Runner(store).run(ApproveOrder(one.id), by=LEA, at=LATER, key="yes") == first
    assert len(told(store, one)[0].words) == 1


def test_what_is_decided_is_decided_and_who_has_the_database_may_decide() -> None:
    store = waiting_market(Need.LEAD)
    [one] = placed(store, request("nlp", "l", option(100)))
    assert says(store, ApproveOrder(one.id), hands.ROOT).state is OrderState.OPEN
    [ended] = told(store, one)
    with pytest.raises(NotAllowedNow, match="decided already"):
        given(ended, LEA, (), LATER)
    assert not waits_for(ended, LEA, (), LATER)


def test_who_has_said_a_word_is_waited_for_no_longer() -> None:
    store = waiting_market(Need.LEAD, Need.FINANCE)
    [one] = placed(store, request("nlp", "l", option(100)))
    says(store, ApproveOrder(one.id), LEA)
    [half] = told(store, one)
    assert not waits_for(half, LEA, (), LATER)
    assert waits_for(half, hands.FINANCE, (), LATER)
