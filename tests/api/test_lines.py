"""What a transfer was for, in words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.lines import mean_price_ucr, what_for
from marketplace.domain.transfer import Movement, Payer, PricedUnits, SoldTime, Transfer

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BOX = SoldTime(
    "h100",
    (PricedUnits(NOON, NOON + HOUR, 8, 2_000_000), PricedUnits(NOON + HOUR, NOON + 3 * HOUR, 8, 5)),
)
THREE_HOURS = "8 × h100 spot, 2026-11-24T12:00Z to 2026-11-24T15:00Z"
SPOT, ORDER = Payer(spot_id="spot_1"), Payer(order_id="ord_1")


def a_transfer(movement: Movement, payer: Payer, **facts: Any) -> Transfer:
    values: dict[str, Any] = {"whole_ucr": 48, "sold": BOX} | facts
    return Transfer(
        key="k", movement=movement, source="a", target="b", amount_ucr=1, payer=payer, **values
    )


@pytest.mark.parametrize(
    ("transfer", "told"),
    [
        (
            a_transfer(Movement.PAY, ORDER),
            "8 × h100 for 3 h from 2026-11-24T12:00Z, mean price 0.66667 a unit-hour",
        ),
        (
            a_transfer(Movement.PAY, SPOT, reason="hold-rolled"),
            "8 × h100 spot, 2026-11-24T12:00Z to 2026-11-24T15:00Z, mean price 0.66667 a unit-hour",
        ),
        (
            a_transfer(Movement.PAY, SPOT, reason="outbid"),
            f"{THREE_HOURS}, mean price 0.66667 a unit-hour: outbid",
        ),
        (
            a_transfer(Movement.REFUND, ORDER, rule="failure", reason="maintenance"),
            "24 undelivered unit-hours of h100: maintenance",
        ),
        (
            a_transfer(Movement.REFUND, ORDER, rule="resale", reason="released"),
            "24 released unit-hours of h100 sold again, 0.000002 each on average",
        ),
        (
            a_transfer(Movement.REFUND, ORDER, rule="spot-resale", reason="released"),
            "24 released unit-hours of h100 sold as spot, 0.000002 each on average",
        ),
        (a_transfer(Movement.VOID, ORDER, sold=None, reason="cancelled"), "cancelled"),
        (a_transfer(Movement.GRANT, ORDER, sold=None, note="quarter four"), "quarter four"),
        (a_transfer(Movement.HOLD, ORDER, sold=None), ""),
    ],
)
def test_a_transfer_is_told_by_its_facts(transfer: Transfer, told: str) -> None:
    assert what_for(transfer) == told


def test_a_mean_price_is_weighed_by_time() -> None:
    assert mean_price_ucr(BOX) == (2_000_000 + 2 * 5) // 3
