"""The decision policy: what it may say, which orders it asks about, what it forbids."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketplace.domain.actor import Actor, Role, Standing
from marketplace.domain.approval_command import AdoptPolicy
from marketplace.domain.order import OrderState
from marketplace.domain.policy import (
    AdoptedPolicy,
    Cap,
    Label,
    Need,
    Policy,
    Restriction,
    Then,
    Tier,
    in_force,
)
from marketplace.domain.spot import SpotTerms
from marketplace.domain.transfer import Tags
from marketplace.errors import BadField, Forbidden, MarketError, NotAllowedNow, NotFound
from marketplace.services import order, policy
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
    leg,
    option,
    placed,
    request,
    run,
)

LEAD = (Need.LEAD,)


def tier(name: str = "large", needs: tuple[Need, ...] = LEAD, **more: Any) -> Tier:
    return Tier(name=name, needs=needs, **more)


def adopt(store: Store, what: Policy, by: Actor = hands.FINANCE, **more: Any) -> AdoptedPolicy:
    return Runner(store).run(AdoptPolicy(what, **more), by=by, at=NOW)


@pytest.mark.parametrize(
    ("make", "field", "reason"),
    [
        (lambda: tier(needs=()), "needs", "no-approver"),
        (lambda: tier(from_ucr=-1), "at_least", "uncountable"),
        (lambda: Cap(pool="h100", units=-1), "units", "out-of-range"),
        (lambda: Policy(note="x" * 129), "note", "too-long"),
        (
            lambda: Policy(labels=tuple(Label(name=f"l{k}", projects=("x",)) for k in range(201))),
            "tiers",
            "count-out-of-range",
        ),
        (lambda: tier(below_ucr=0), "below", "not-above"),
        (lambda: tier(within=timedelta(0)), "within", "not-within"),
        (lambda: tier("Large!"), "name", "not-a-name"),
        (lambda: Label(name="secret", projects=()), "projects", "none-named"),
        (lambda: Cap(pool="h100"), "units", "units-or-share"),
        (lambda: Cap(pool="h100", share_ppm=1_000_001), "share_ppm", "out-of-range"),
        (lambda: Policy(tiers=(tier(), tier())), "tiers", "named-twice"),
        (lambda: Policy(tiers=(tier(), tier("x", from_ucr=5))), "tiers", "overlaps"),
        (lambda: Policy(caps=(Cap(pool="h100", units=1),) * 2), "caps", "named-twice"),
    ],
)
def test_what_cannot_be_decided_by_is_refused_with_its_place(
    make: Any, field: str, reason: str
) -> None:
    with pytest.raises(BadField) as refused:
        make()
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_tiers_overlap_only_for_the_same_orders() -> None:
    apart = (
        tier("small", below_ucr=10),
        tier("large", from_ucr=10),
        tier("h", pools=("h100",)),
        tier("a", pools=("a100",)),
        tier("both", pools=("h100",), themes=("safety",)),
    )
    assert Policy(tiers=apart).tiers == apart
    with pytest.raises(BadField, match="tier h asks about the same orders"):
        Policy(tiers=(*apart, tier("again", pools=("h100", "b200"))))
    with pytest.raises(NotFound, match="secret"):
        Policy(tiers=(tier(labels=("secret",)),))


def test_an_order_waits_for_every_tier_that_is_about_it() -> None:
    found = Policy(
        tiers=(
            tier("large", from_ucr=80 * CREDIT),
            tier("h100", (Need.FINANCE,), pools=("h100",)),
            tier("secret", (Need.FINANCE, Need.LEAD), labels=("secret",)),
            tier("safety", themes=("safety",)),
        ),
        labels=(Label(name="secret", projects=("x",)),),
    )

    def asked(value: int, pool: str = "a100", **tags: str) -> list[str]:
        one = replace(request("nlp", "k", option(value, 8, None, leg(pool))), tags=Tags(**tags))
        return [each.name for each in found.asking(one, value * CREDIT)]

    assert asked(79) == []
    assert asked(80) == ["large"]
    assert asked(1, "h100") == ["h100"]
    assert asked(80, "h100", project="x", theme="safety") == ["h100", "large", "safety", "secret"]


def test_the_version_that_began_last_is_in_force() -> None:
    def version(number: int, hours: int) -> AdoptedPolicy:
        return AdoptedPolicy(
            version=number, adopted_at=NOW, adopted_by="person:fin", valid_from=NOW + hours * HOUR
        )

    versions = [version(1, 0), version(2, 5), version(3, 2), version(4, 2)]
    told = [in_force(versions, NOW + hours * HOUR) for hours in (-1, 0, 2, 5)]
    assert [one and one.version for one in told] == [None, 1, 4, 2]


@pytest.mark.both
def test_a_policy_is_kept_by_version_and_holds_from_its_time_on() -> None:
    store = a_market()
    work = Policy(
        tiers=(tier(from_ucr=CREDIT, then=Then.GO_ON, within=2 * HOUR),),
        labels=(Label(name="secret", projects=("x", "y")),),
        caps=(Cap(pool="h100", team="nlp", units=8), Cap(pool="a100", share_ppm=500_000)),
        restrictions=(Restriction(pool="a100", teams=("rl", "nlp")),),
        note="first quarter",
    )
    first = adopt(store, work)
    assert (first.version, first.valid_from, first.adopted_by) == (1, NOW, "person:fin")
    later = adopt(store, Policy(), valid_from=NOW + DAY, seen=1)
    assert policy.get(store, 1) == first
    assert policy.standing(store, NOW) == (first, (later,), 2)
    assert policy.standing(store, NOW + DAY) == (later, (), 2)
    assert list(policy.listed(store)) == [later, first]
    with pytest.raises(NotAllowedNow, match="version 2 now"):
        adopt(store, Policy(), seen=1)
    with pytest.raises(NotFound):
        policy.get(store, 3)
    assert_clean(store)


def test_only_finance_adopts_and_only_what_there_is() -> None:
    store = a_market()
    with pytest.raises(Forbidden):
        adopt(store, Policy(), by=hands.PLATFORM)
    refused: list[tuple[Policy, type[MarketError]]] = [
        (Policy(tiers=(tier(pools=("b200",)),)), NotFound),
        (Policy(caps=(Cap(pool="h100", team="nobody", units=1),)), NotFound),
        (Policy(restrictions=(Restriction(pool="h100", teams=("nobody",)),)), NotFound),
    ]
    for what, why in refused:
        with pytest.raises(why):
            adopt(store, what)
    with pytest.raises(BadField, match="past"):
        adopt(store, Policy(), valid_from=NOW - HOUR)
    assert list(policy.listed(store)) == []


def test_what_no_word_would_allow_is_refused_at_once() -> None:
    store = a_market()
    adopt(
        store,
        Policy(
            caps=(Cap(pool="h100", units=8), Cap(pool="h100", team="rl", units=16)),
            restrictions=(Restriction(pool="a100", teams=("rl",)),),
        ),
    )
    asks = [
        request("nlp", "a", option(50, 8, None, leg(units=16))),
        request("nlp", "b", option(50, 8, None, leg("a100", 1))),
        request("nlp", "c", option(50)),
        request("rl", "d", option(50, 8, None, leg(units=16))),
        request("rl", "e", option(50, 8, None, leg("a100", 1))),
    ]
    answers = hands.place(store, asks, NOW)
    told = [one.reason if isinstance(one, BadField) else "" for one in answers]
    assert told == ["above-cap", "restricted", "", "", ""]
    first, second = answers[:2]
    assert isinstance(first, BadField)
    assert isinstance(second, BadField)
    terms = [
        SpotTerms(team=team, key="s", pool="a100", quantity=1, limit_ucr=CREDIT)
        for team in ("nlp", "rl")
    ]
    spot = hands.ask(store, terms, NOW)
    assert [getattr(one, "reason", "") == "restricted" for one in spot] == [True, False]
    assert (first.field, second.field) == ("options[0].legs[0].quantity", "options[0].legs[0].pool")
    assert_clean(store)


@pytest.mark.both
def test_a_team_gets_no_more_ahead_than_its_cap_over_several_cycles() -> None:
    store = a_market()
    caps = (Cap(pool="h100", share_ppm=500_000), Cap(pool="a100", team="rl", units=1))
    adopt(store, Policy(caps=caps))
    first, second = placed(store, *(request("nlp", name, option(90, 40)) for name in "ab"))
    run(store)
    ends = [order.get(store, one.id, team="nlp") for one in (first, second)]
    assert sorted(one.state for one in ends) == [OrderState.FILLED, OrderState.LOST]
    assert [one.loss.reason for one in ends if one.loss] == ["cap"]
    later = placed(
        store,
        request("nlp", "c", option(90, 40)),
        request("nlp", "d", option(90, 42)),
        request("rl", "e", option(90, 40)),
        now=CLOSE + HOUR,
    )
    run(store, CLOSE + DAY)
    told = [order.get(store, one.id, team=one.team).state for one in later]
    assert told == [OrderState.LOST, OrderState.FILLED, OrderState.FILLED]
    assert_clean(store)


def test_the_actor_of_a_policy_needs_the_role_itself() -> None:
    member = Actor.person("mia", Standing(Role.MEMBER, "nlp"))
    with pytest.raises(Forbidden):
        adopt(a_market(), Policy(), by=member)
