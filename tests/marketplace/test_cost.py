"""What a bill is made of: charges and refunds of months that are over."""

from datetime import timedelta

import pytest

from marketplace.domain.adjustment import AdjustmentLine, AdjustmentRequest
from marketplace.domain.adjustment_command import ProposeAdjustment
from marketplace.domain.cost import Cost, Sold
from marketplace.domain.page import every
from marketplace.domain.transfer import SECOND, Movement
from marketplace.errors import BadField
from marketplace.services import cost, ledger
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    START,
    a_market,
    leg,
    option,
    placed,
    request,
    run,
    won,
)
from tests.marketplace.months import (
    CRUMB_UCR,
    DECEMBER,
    JANUARY,
    NAMED,
    NOVEMBER,
    TAGS,
    two_months,
)

pytestmark = pytest.mark.both


def refused(store: Store, *times: object) -> BadField:
    with pytest.raises(BadField) as caught:
        cost.names(store, *times)  # type: ignore[arg-type]
    return caught.value


def test_costs_are_charges_and_refunds_alone_each_in_its_month() -> None:
    store = two_months()
    november = every(cost.listed, store, NOVEMBER, DECEMBER)
    december = every(cost.listed, store, DECEMBER, JANUARY)
    assert [(one.team, one.refund) for one in november] == [
        *[("nlp", False)] * 3,
        ("formula", False),
        ("nlp", False),
        ("formula", True),
        ("vision", False),
    ]
    assert [(one.team, one.refund) for one in december] == [("vision", True)]
    assert every(cost.listed, store, NOVEMBER, JANUARY) == [*november, *december]


def test_a_refund_knows_when_its_charge_was_posted() -> None:
    store = two_months()
    [back] = every(cost.listed, store, DECEMBER, JANUARY)
    assert back.paid_at == CLOSE + 6 * DAY < DECEMBER <= back.at
    assert {one.paid_at for one in every(cost.listed, store, NOVEMBER, DECEMBER)} == {None, CLOSE}


def test_a_part_that_rounds_to_no_second_has_its_share_of_them() -> None:
    [crumb] = [
        one for one in every(cost.listed, two_months(), NOVEMBER, DECEMBER) if one.grant == "crumb"
    ]
    assert crumb.amount_ucr == CRUMB_UCR
    assert 0 < crumb.unit_seconds < 0.5
    assert crumb.unit_seconds * 250_000 == CRUMB_UCR * 3_600


def test_a_bill_calls_teams_and_pools_by_their_names() -> None:
    found = cost.names(two_months(), NOVEMBER, JANUARY, JANUARY)
    assert found.teams["formula"] == NAMED
    assert found.pools["h100"] == Sold(name="H100", unit="gpu")


def test_a_month_that_is_not_over_has_no_bill_yet() -> None:
    store = two_months()
    said = refused(store, NOVEMBER, JANUARY, JANUARY - timedelta(seconds=1))
    assert (said.field, said.reason) == ("end", "month-still-open")
    assert said.facts == {"month": "2026-12", "ends": JANUARY}
    cost.names(store, NOVEMBER, JANUARY, JANUARY)


def test_what_fell_due_in_a_month_must_be_done_before_its_bill() -> None:
    store = a_market()
    won(store, request("nlp", "a", option(9)))
    assert refused(store, NOVEMBER, DECEMBER, DECEMBER).reason == "month-not-done"
    run(store, CLOSE + DAY)
    hands.advance(store, DECEMBER)
    cost.names(store, NOVEMBER, DECEMBER, DECEMBER)


def test_a_bill_is_of_whole_months_from_the_first_to_the_last() -> None:
    store = two_months()
    assert refused(store, NOVEMBER + HOUR, DECEMBER, JANUARY).reason == "not-a-months-start"
    assert refused(store, NOVEMBER, DECEMBER - HOUR, JANUARY).reason == "not-a-months-start"
    assert refused(store, DECEMBER, DECEMBER, JANUARY).reason == "not-after-start"


def adjusted(store: Store, *lines: tuple[str, int, str]) -> dict[str, Cost]:
    """What a bill says of adjustments of those teams, by what they correct."""
    asked = tuple(
        AdjustmentLine(team=team, amount_ucr=amount_ucr, corrects=corrects)
        for team, amount_ucr, corrects in lines
    )
    request_ = AdjustmentRequest(lines=asked, reason="it was wrong")
    made = Runner(store).run(ProposeAdjustment(request_), by=hands.FINANCE, at=JANUARY)
    hands.approve_adjustment(store, made.id, JANUARY)
    found = every(cost.listed, store, JANUARY, JANUARY + DAY)
    return {one.reason: one for one in found if one.adjustment}


def test_an_adjustment_is_a_cost_where_it_corrects_one() -> None:
    store = two_months()
    posted = every(ledger.posted, store)
    paid = [one for one in posted if one.transfer.movement is Movement.PAY]
    spot = next(one for one in paid if one.transfer.payer.spot_id)
    [tagged, *_] = [one for one in paid if one.transfer.payer.tags == TAGS]
    given = next(one for one in posted if one.transfer.movement is Movement.GRANT)
    order, charge = f"order:{tagged.transfer.payer.order_id}", f"transfer:{spot.seq}"
    found = adjusted(
        store,
        (tagged.transfer.team, -5, order),
        (spot.transfer.team, 7, charge),
        (given.transfer.team, 3, f"transfer:{given.seq}"),
        ("rl", CREDIT, "month:2026-11"),
        ("rl", CREDIT, ""),
    )
    assert set(found) == {order, charge}
    mine, its = found[order], found[charge]
    assert (mine.refund, mine.amount_ucr, mine.tags, mine.note) == (False, 5, TAGS, "it was wrong")
    assert (its.refund, its.amount_ucr, its.spot_id) == (True, 7, spot.transfer.payer.spot_id)
    for one, was in ((mine, tagged), (its, spot)):
        sold = was.transfer.sold
        assert sold is not None
        assert (one.pool, one.start, one.end) == (sold.pool, sold.start, sold.end)
        assert (one.paid_at, one.unit_seconds, one.rule) == (was.at, 0, "adj_000001")
        assert one.grant.startswith(one.team) is one.refund


@pytest.mark.parametrize("pools", [("h100", "h100"), ("h100", "a100"), ()])
def test_an_adjustment_is_of_the_pool_and_time_of_all_that_its_order_paid(
    pools: tuple[str, ...],
) -> None:
    store = a_market()
    legs = [leg(pool, 8 if pool == "h100" else 1, 2, 3 * place) for place, pool in enumerate(pools)]
    if pools:
        order = won(store, request("nlp", "a", option(90, 8, None, *legs)))[0].order_id
    else:
        [order] = [one.id for one in placed(store, request("nlp", "a", option(9)))]
        hands.cancel(store, [order], CLOSE - HOUR, team="nlp")
    hands.advance(store, JANUARY - HOUR)
    [one] = adjusted(store, ("nlp", 5, f"order:{order}")).values()
    if pools:
        assert (one.start, one.end, one.paid_at) == (START, START + 5 * HOUR, CLOSE)
        assert one.pool == ("h100" if pools[0] == pools[1] else "")
    else:
        assert (one.start, one.end, one.paid_at) == (one.at, one.at + SECOND, None)
        assert one.pool == ""
