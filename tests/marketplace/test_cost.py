"""What a bill is made of: charges and refunds of months that are over."""

from datetime import timedelta

import pytest

from marketplace.domain.cost import Sold
from marketplace.domain.page import every
from marketplace.errors import BadField
from marketplace.services import cost
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, DAY, HOUR, a_market, option, request, run, won
from tests.marketplace.months import CRUMB_UCR, DECEMBER, JANUARY, NAMED, NOVEMBER, two_months

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
    assert (said.field, said.reason) == ("end", "month-not-over")
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
    assert refused(store, NOVEMBER + HOUR, DECEMBER, JANUARY).reason == "not-a-month"
    assert refused(store, NOVEMBER, DECEMBER - HOUR, JANUARY).reason == "not-a-month"
    assert refused(store, DECEMBER, DECEMBER, JANUARY).reason == "not-after-start"
