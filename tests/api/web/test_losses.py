"""Lost bids: why, and the address of the bid that would have won."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from api.web.losses import again, lost, wanted
from marketplace.domain.order import Loss, Order, OrderState, opened
from marketplace.domain.terms import Sale
from tests.marketplace.bazaar import CLOSE, CREDIT, DAY, HOUR, NOW, leg, option, request

SALE = Sale(
    cycle_id="cyc_000002",
    closes_at=CLOSE + DAY,
    overdue=False,
    start=CLOSE + DAY + HOUR,
    starts_before=CLOSE + 4 * DAY,
    slot=HOUR,
    now=CLOSE,
)


def outbid(short_ucr: int, *options: object, reason: str = "outbid") -> Order:
    order = opened(request("nlp", "a", *options), NOW)  # type: ignore[arg-type]
    loss = Loss(cycle_id="cyc_000001", reason=reason, shortfall_ucr=short_ucr)
    return replace(order, state=OrderState.LOST, reason=reason, loss=loss, ended_at=CLOSE)


def asks(address: str) -> dict[str, str]:
    assert urlsplit(address).path == "/bid"
    return {name: one for name, [one] in parse_qs(urlsplit(address).query).items()}


def test_the_bid_again_is_raised_to_what_was_asked_in_whole_hundredths() -> None:
    found = lost(outbid(1_234_567, option(30, 40, 44)), SALE)
    assert asks(found.again) == {
        "pool": "h100",
        "quantity": "8",
        "duration": "2h",
        "start": "2026-11-25T16:00:00Z",
        "latest": "2026-11-25T20:00:00Z",
        "value": "31.24",
    }
    assert found.by_price
    assert found.how == "outbid, 1.234567 below the published price"
    assert found.advice.startswith("Bid more")


def test_a_bid_that_made_the_price_itself_is_raised_by_a_hundredth() -> None:
    assert asks(lost(outbid(0, option(30, 40, 44)), SALE).again)["value"] == "30.01"
    full = outbid(0, option(30, 40, 44), reason="unfit")
    assert asks(lost(full, SALE).again)["value"] == "30.00"


def test_a_window_that_is_over_moves_to_the_next_sale_and_keeps_its_length() -> None:
    asked = asks(lost(outbid(0, option(30, 2, 5)), SALE).again)
    assert (asked["start"], asked["latest"]) == ("2026-11-25T01:00:00Z", "2026-11-25T04:00:00Z")
    asked = asks(lost(outbid(0, option(30, 2, 30)), SALE).again)
    assert (asked["start"], asked["latest"]) == ("2026-11-25T01:00:00Z", "2026-11-25T06:00:00Z")


def test_of_several_ways_it_takes_the_dearest_of_one_leg() -> None:
    pair = option(90, 8, None, leg(), leg("a100", 1, 1, 2))
    order = outbid(CREDIT, option(20), option(40, 12), pair)
    found, value_ucr = wanted(order)
    assert found == order.request.options[1]
    assert value_ucr == 41 * CREDIT
    assert lost(outbid(CREDIT, pair), SALE).again == ""
    assert asks(again(order.request.options[0], SALE, CREDIT, "a100"))["pool"] == "a100"


def test_where_price_was_not_the_cause_it_does_not_say_that_more_wins() -> None:
    found = lost(outbid(0, option(30), reason="capacity-not-available"), SALE)
    assert not found.by_price
    assert found.advice.startswith("Price was not the cause")
