"""An order's life, step by step."""

from dataclasses import replace
from datetime import timedelta

from api.web.life import Step, life
from marketplace.domain.failure import lose, rest_from
from marketplace.domain.order import Fill, Loss, Order, OrderState, ended, opened
from marketplace.domain.reservation import EVERYTHING, Part, advanced, moved, release_units
from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.domain.taking import Longer, TakingRequest
from marketplace.domain.terms import Sale
from marketplace.rules import SpotController
from marketplace.services import ledger, order, reservation
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    RULES,
    START,
    a_market,
    box,
    leg,
    option,
    placed,
    request,
    run,
    won,
)

SALE = Sale(
    cycle_id="cyc_000002",
    closes_at=CLOSE + DAY,
    overdue=False,
    start=CLOSE + DAY + HOUR,
    starts_before=CLOSE + 4 * DAY,
    slot=HOUR,
    now=CLOSE + HOUR,
)
ORDER = opened(request("nlp", "a", option(30, 40)), NOW)


def steps(one: Order, *boxes: object, now: int = 1) -> list[Step]:
    sale = replace(SALE, now=CLOSE + now * HOUR)
    return life(one, [], boxes, None, sale, {"h100": "H100"})  # type: ignore[arg-type]


def titles(found: list[Step]) -> list[str]:
    return [one.title for one in found]


def filled() -> Order:
    fill = Fill(cycle_id="cyc_000001", option=0, start=START, payment_ucr=20 * CREDIT, capped=True)
    return replace(ended(ORDER, OrderState.FILLED, "filled", CLOSE), fill=fill)


def test_an_open_order_waits_for_the_cycle_that_sells_its_start() -> None:
    placed_, coming = steps(ORDER)
    assert (placed_.at, placed_.title) == (NOW, "Placed")
    assert (coming.title, coming.coming) == ("cyc_000002 closes", True)
    far = opened(request("nlp", "a", option(30, 24 * 5)), NOW)
    assert titles(steps(far)) == ["Placed", "Waits"]
    clearing = replace(ORDER, cycle_id="cyc_000002")
    assert titles(steps(clearing)) == ["Placed", "cyc_000002 clears"]


def test_one_that_did_not_win_and_stays_open_says_both() -> None:
    loss = Loss(cycle_id="cyc_000001", reason="outbid", shortfall_ucr=CREDIT)
    _, lost, _ = steps(replace(ORDER, loss=loss))
    assert lost.title == "Did not win"
    assert lost.note == "Outbid, 1.00 below the published price. It stayed open."


def test_every_end_has_its_reason() -> None:
    late = ended(ORDER, OrderState.EXPIRED, "window-passed", CLOSE)
    assert steps(late)[-1].note == "Window-passed. What it held is free again."
    cancelled = ended(ORDER, OrderState.CANCELLED, "cancelled", CLOSE)
    last = steps(cancelled)[-1]
    assert (last.title, last.note) == ("Cancelled by its team", "What it held is free again.")


def test_what_was_won_begins_and_ends() -> None:
    before = steps(filled(), box())
    assert titles(before) == ["Placed", "Won", "Begins", "Ends"]
    paid = "Pays 20.00 of the 30.00 credits that it was worth: "
    assert before[1].note == f"{paid}the published price was above its value."
    after = steps(filled(), advanced(box(), START + DAY), now=40)
    assert titles(after) == ["Placed", "Won", "Began", "Ended"]
    assert not any(one.coming for one in after)


def test_what_was_given_back_is_told_with_what_is_left() -> None:
    part, _ = release_units(box(), Part(quantity=3), CLOSE + HOUR, 2)
    told = steps(filled(), part)
    assert told[2].title == "Given back in part"
    assert told[2].note == "4 × H100; 1 is left. It is paid back as it sells."
    whole, _ = release_units(box(), EVERYTHING, CLOSE + HOUR, 2)
    assert titles(steps(filled(), whole, now=40)) == ["Placed", "Won", "Given back"]


def test_what_failed_is_told_with_why() -> None:
    gone = lose(box(), rest_from(box(), START), "maintenance", CLOSE + HOUR).reservation
    told = steps(filled(), gone)[-1]
    assert (told.title, told.note) == (
        "Cut short",
        "Maintenance. What is not delivered is paid back.",
    )
    shorter = lose(
        box(), rest_from(box(), START + 2 * HOUR), "maintenance", CLOSE + HOUR
    ).reservation
    assert "Cut short" in titles(steps(filled(), shorter))
    assert "Given back in part" not in titles(steps(filled(), shorter))
    narrow = lose(box(), (0, 3, 1, 0), "maintenance", CLOSE + HOUR).reservation
    [told] = [one for one in steps(filled(), narrow) if one.title == "Lost units"]
    assert told.note == "Maintenance. Up to 3 of its units for 2h, which are paid back."


def test_what_was_moved_is_told() -> None:
    elsewhere = moved(box(), START, START + 2 * HOUR, CLOSE + HOUR)
    [told] = [one for one in steps(filled(), elsewhere) if one.title == "Moved"]
    assert told.note.startswith("4 × H100: units were missing where it was")


def test_from_the_books_come_changes_prices_and_what_was_paid_back() -> None:
    store = a_market()
    [one] = placed(store, request("nlp", "a", option(60, 40, None, leg(units=16))))
    hands.amend(store, one.id, (option(70, 40, None, leg(units=16)),), NOW + HOUR, team="nlp")
    run(store)
    [own] = reservation.of_order(store, order.get(store, one.id, team="nlp"), CLOSE)
    hands.release(store, own.id, CLOSE + timedelta(minutes=1), team="nlp")
    won(store, request("rl", "b", option(90, 40, None, leg(units=16))), now=CLOSE + DAY)
    now = order.get(store, one.id, team="nlp")
    boxes = reservation.of_order(store, now, CLOSE + DAY)
    told = life(now, ledger.caused_by(store, now), boxes, None, SALE, {})
    assert titles(told) == ["Placed", "Changed", "Won", "Given back", "Paid back"]
    assert (told[0].note, told[1].note) == ("Holds 60.00 credits.", "Holds 70.00 credits.")
    assert "0.25 a unit-hour on average" in told[2].note
    assert told[2].rule == "uniform"
    assert (told[4].note, told[4].rule) == ("8.00 credits came back.", "resale")


def test_what_spot_brings_by_the_hour_is_told_by_the_day() -> None:
    """Four credits an hour for two hours; the market's reserve price is their spot price."""
    store = a_market(rules=replace(RULES, spot_controller=SpotController.FIXED))
    boxes = won(store, request("nlp", "a", option(60, 40, None, leg(units=16))))
    begin = boxes[0].start
    terms = SpotTerms(team="rl", key="s", pool="h100", quantity=16, limit_ucr=CREDIT)
    hands.release(store, boxes[0].id, CLOSE, team="nlp")
    [one] = hands.ask(store, [terms], begin)
    assert isinstance(one, SpotRequest)
    for hour in range(2):
        hands.tick(store, begin + hour * HOUR)
    hands.stop(store, [one.id], begin + 2 * HOUR, team="rl")
    now = order.get(store, boxes[0].order_id, team="nlp")
    told = life(now, ledger.caused_by(store, now), [], None, SALE, {})
    assert [(each.at, each.note, each.rule) for each in told if each.title == "Paid back"] == [
        (begin + 2 * HOUR, "8.00 credits came back.", "spot-resale")
    ]


def test_time_that_was_taken_met_no_cycle_and_says_when_it_was_extended() -> None:
    store = a_market()
    asked = TakingRequest(team="nlp", key="t", pool="h100", quantity=8, duration=2 * HOUR)
    found = hands.take(store, asked, NOW)
    hands.extend(store, found.reservation.id, Longer(duration=HOUR), NOW + HOUR, team="nlp")
    one = order.get(store, found.order.id, team="nlp")
    moves, boxes = ledger.caused_by(store, one), reservation.of_order(store, one, NOW + HOUR)
    told = life(one, moves, boxes, None, replace(SALE, now=NOW + HOUR), {"h100": "H100"})
    assert titles(told) == ["Placed", "Taken at once", "Began", "Extended", "Ends"]
    assert told[1].note == (
        "Pays 4.00 credits, what its time cost then, 0.25 a unit-hour on average."
    )
    assert told[3].note == "It lasts until Mon 23 Nov 12:00 UTC. Pays 2.00 credits more."
    assert (told[1].cycle, told[1].rule, told[3].rule) == ("", "take", "take")
