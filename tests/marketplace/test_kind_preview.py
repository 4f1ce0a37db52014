"""The three kinds beside each other before a bid: alike in price, unlike in what may follow."""

from dataclasses import replace
from datetime import datetime

import pytest

from allocator.outcome import PaymentRule
from marketplace.domain.guarantee import FIRM, Guarantee, Kind
from marketplace.domain.kind_preview import (
    BuyOuts,
    KindPreview,
    Outlook,
    Past,
    kind_previews,
)
from marketplace.domain.preview import OptionPreview, Quote
from marketplace.rules import MarketRules
from marketplace.services.preview import preview
from marketplace.store.engine import Store
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    RULES,
    a_market,
    leg,
    option,
    request,
    run,
)
from tests.marketplace.test_forward_floor import FLOORED, contested
from tests.marketplace.test_standing import (
    ALL,
    GENEROUS,
    MOVABLE,
    RECALLABLE,
    SECOND,
    asks,
    two_cycles,
)

NEXT_SALE = CLOSE + DAY + HOUR
START = CLOSE + 60 * HOUR


def looked(value: int = 60, until: int = 70) -> OptionPreview:
    """An option that costs 8 credits and starts at 60 h."""
    quote = Quote(start=START, now_ucr=7 * CREDIT, expected_ucr=8 * CREDIT)
    return OptionPreview(
        option=option(value, 60, until),
        reserve_ucr=4 * CREDIT,
        quote=quote,
        others=(),
        asked_ucr={},
    )


def three(
    one: OptionPreview, asked: Guarantee = FIRM, rules: MarketRules = RULES
) -> dict[Kind, KindPreview]:
    outlook = Outlook(rules=rules, next_sale=NEXT_SALE, past={Kind.MOVABLE: Past(3, 1)})
    return {each.kind: each for each in kind_previews(one, asked, 4 * CREDIT, outlook)}


def test_all_kinds_cost_the_same_and_differ_in_what_may_follow() -> None:
    """The gate is a day before the start. Paid 8, a buy-out brings at most nine times that
    beyond, 80 in all; worth 90 the order would ask for 90, and is moved at most."""
    found = three(looked(90))
    assert {(one.least_ucr, one.now_ucr, one.expected_ucr) for one in found.values()} == {
        (4 * CREDIT, 7 * CREDIT, 8 * CREDIT)
    }
    assert found[Kind.FIRM].until is None
    assert found[Kind.MOVABLE].until == START - DAY
    buy_out = found[Kind.RECALLABLE].buy_out
    assert buy_out == BuyOuts(least_ucr=8 * CREDIT, own_ucr=90 * CREDIT, most_ucr=80 * CREDIT)
    assert not buy_out.within
    assert found[Kind.RECALLABLE].until == START - DAY
    assert [found[kind].past for kind in Kind] == [Past(), Past(3, 1), Past()]


@pytest.mark.parametrize(
    ("value", "named", "own", "most"),
    [(90, 20, 20, 80), (90, 80, 80, 80), (20, None, 20, 20), (90, 5, 8, 80), (5, None, 5, 5)],
)
def test_a_buy_out_lies_between_what_is_paid_and_what_the_rules_let(
    value: int, named: int | None, own: int, most: int
) -> None:
    asked = replace(RECALLABLE, buy_out_ucr=None if named is None else named * CREDIT)
    one = three(looked(value), asked)[Kind.RECALLABLE]
    assert one.buy_out
    assert (one.buy_out.own_ucr, one.buy_out.most_ucr) == (own * CREDIT, most * CREDIT)
    assert one.buy_out.within
    assert one.until == START - DAY


@pytest.mark.parametrize(
    ("one", "asked", "rules", "until"),
    [
        (looked(), replace(MOVABLE, gate=30 * HOUR), RULES, START - 30 * HOUR),
        (looked(), replace(MOVABLE, gate=36 * HOUR), RULES, None),  # no cycle sells before that
        (looked(until=60), MOVABLE, RULES, None),  # one start alone
        (looked(), MOVABLE, replace(RULES, moves_most=0), None),
        (looked(), MOVABLE, replace(RULES, payment_rule=PaymentRule.VCG), None),
        (replace(looked(), quote=None), MOVABLE, RULES, None),  # nothing is free
    ],
)
def test_what_never_changes_says_so(
    one: OptionPreview, asked: Guarantee, rules: MarketRules, until: datetime | None
) -> None:
    assert three(one, asked, rules)[Kind.MOVABLE].until == until


def kinds_at(store: Store, now: datetime, at: int) -> dict[Kind, KindPreview]:
    found = preview(store, request("vision", "preview", option(60, at, at + 9, leg())), now)
    [kinds] = found.kinds
    return {one.kind: one for one in kinds}


def test_what_became_of_such_is_counted_from_the_last_four_weeks() -> None:
    """One of each kind, both changed by the second cycle, at 60 h and at 66 h; before they were to
    start nobody counts them, and four weeks after no longer."""
    store = a_market(rules=GENEROUS)
    first = asks("nlp", "a", MOVABLE, option(100, 60, 70, ALL))
    assert {one.past for one in kinds_at(store, NOW, 60).values()} == {Past()}
    two_cycles(store, first, request("rl", "b", option(50, 60, 60, ALL)))
    before = kinds_at(store, SECOND + HOUR, 80)
    assert before[Kind.MOVABLE].past == Past()
    after = kinds_at(store, CLOSE + 63 * HOUR, 130)
    assert after[Kind.MOVABLE].past == Past(1, 1)
    assert after[Kind.RECALLABLE].past == after[Kind.FIRM].past == Past()
    assert kinds_at(store, CLOSE + 29 * DAY + 62 * HOUR, 850)[Kind.MOVABLE].past == Past()


def test_what_was_bought_back_is_counted_and_what_stayed_not() -> None:
    store = a_market(rules=GENEROUS)
    first = asks("nlp", "a", RECALLABLE, option(100, 60, 60, ALL))
    two_cycles(store, first, request("rl", "b", option(200, 60, 60, ALL)))
    run(store, CLOSE + 2 * DAY)
    assert kinds_at(store, CLOSE + 63 * HOUR, 100)[Kind.RECALLABLE].past == Past(1, 1)
    quiet = a_market(rules=GENEROUS)
    two_cycles(quiet, first, request("rl", "b", option(20, 60, 60, ALL)))
    assert kinds_at(quiet, CLOSE + 63 * HOUR, 100)[Kind.RECALLABLE].past == Past(1, 0)


@pytest.mark.parametrize(("rules", "least"), [(FLOORED, 1128), (RULES, 800)])
def test_forward_floors_hold_for_every_kind(rules: MarketRules, least: int) -> None:
    """All units for two hours, of which the second has a floor of .455: 16 × (.25 + .455) = 11.28,
    and 8 at the reserve price without floors."""
    hour = 9 * 24 + 6
    asked = request("nlp", "preview", option(60, hour, hour, ALL))
    found = preview(contested(rules), asked, CLOSE + 6 * DAY + HOUR)
    [kinds] = found.kinds
    assert [one.least_ucr for one in kinds] == [least * CREDIT // 100] * 3
