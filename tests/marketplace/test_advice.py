"""What a reason means and what to do about it: one place, every reason."""

from dataclasses import replace

import pytest

from allocator.outcome import Reason
from marketplace.domain.advice import ORDER, SPOT, how, of_order
from marketplace.domain.order import Loss, OrderState, opened
from marketplace.domain.spot import Code
from tests.marketplace.bazaar import CLOSE, CREDIT, NOW, option, request

PLACED = opened(request("nlp", "a", option(5)), NOW)


def lost(reason: str, short: int = 0) -> Loss:
    return Loss(cycle_id="cyc_000001", reason=reason, shortfall_ucr=short * CREDIT)


def test_every_reason_for_which_a_bid_loses_and_every_spot_code_is_explained() -> None:
    assert {reason.value for reason in Reason} <= ORDER.keys()
    assert {code.value for code in Code} == SPOT.keys()


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        (lost("outbid", 3), "outbid, 3.00 below the published price"),
        (lost("outbid"), "outbid, worth exactly its price; the place went to a bid valued as high"),
        (lost("below-reserve", 2), "below-reserve, short by 2.00 credits"),
        (lost("unfit"), "unfit"),
        (lost("capacity-not-available"), "no start in its window had room for it"),
    ],
)
def test_how_an_order_lost_is_a_phrase(loss: Loss, told: str) -> None:
    assert how(loss).startswith(told)


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        (lost("outbid", 3), "The published prices asked 8.00 credits; a higher bid moves"),
        (lost("outbid"), "Leave more freedom"),
        (lost("below-reserve", 2), "The reserve price asks 7.00 credits; to win it may take more."),
        (lost("unfit"), "Price was not the cause"),
        (lost("not-found"), "No place was found for it"),
    ],
)
def test_what_to_do_names_the_value_that_the_prices_asked(loss: Loss, told: str) -> None:
    ended = replace(PLACED, state=OrderState.LOST, reason=loss.reason, loss=loss, ended_at=CLOSE)
    assert told in of_order(ended)


def test_of_several_options_only_the_lack_of_the_best_is_known() -> None:
    several = opened(request("nlp", "b", option(5), option(9)), NOW)
    ended = replace(
        several, state=OrderState.LOST, reason="outbid", loss=lost("outbid", 3), ended_at=CLOSE
    )
    assert "3.00 more credits for its best option" in of_order(ended)


def test_a_standing_order_that_stays_is_advised_by_its_last_loss() -> None:
    assert "asked 8.00 credits" in of_order(replace(PLACED, loss=lost("outbid", 3)))
    amended = replace(PLACED, loss=lost("outbid", 3), version=2)
    assert "3.00 more credits" in of_order(amended)


def test_an_order_that_won_was_cancelled_or_has_met_no_cycle_needs_no_advice() -> None:
    assert of_order(PLACED) == ""
    gone = replace(PLACED, state=OrderState.CANCELLED, reason="cancelled", ended_at=NOW)
    assert of_order(gone) == ""
    over = replace(PLACED, state=OrderState.EXPIRED, reason="window-passed", ended_at=NOW)
    assert of_order(over) == ORDER["window-passed"]
