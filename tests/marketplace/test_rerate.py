"""Rating past time anew: what each team gets back or owes, as one batch for a second person."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from marketplace.domain.capacity import Maintenance
from marketplace.domain.page import every
from marketplace.domain.rerating import Rerating
from marketplace.domain.spot import SpotTerms
from marketplace.domain.statement import LineType
from marketplace.domain.transfer import MINT, TREASURY, Movement, Posted, Transfer
from marketplace.errors import BadField, NotAllowedNow, NotFound
from marketplace.services import ledger, rerate, statement
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    START,
    a_market,
    assert_clean,
    leg,
    option,
    request,
    won,
)

pytestmark = pytest.mark.both
AFTER = START + 20 * HOUR


def rerating(start: datetime = START, hours: int = 20, **more: Any) -> Rerating:
    said: dict[str, Any] = {
        "pool": "h100",
        "start": start,
        "end": start + hours * HOUR,
        "reason": "it was slow",
    }
    return Rerating(**said | more)


def sums(store: Store, *movements: Movement) -> dict[str, int]:
    """What moved for each order, by its id."""
    found = dict[str, int]()
    for one in every(ledger.posted, store):
        if one.transfer.movement in movements:
            order = one.transfer.payer.order_id
            found[order] = found.get(order, 0) + one.transfer.amount_ucr
    return found


def sold() -> Store:
    """A market in which three teams were charged for h100 at once, and one of them for a100."""
    store = a_market()
    whole = leg(units=16, hours=4)
    won(
        store,
        request("nlp", "a", option(90, 8, None, whole)),
        request("rl", "b", option(70, 12, None, leg(units=8, hours=2))),
        request("vision", "c", option(60, 12, None, leg(units=8, hours=2))),
        request("rl", "d", option(9, 12, None, leg("a100", 1, 2))),
    )
    hands.advance(store, AFTER)
    return store


def test_half_of_what_was_charged_goes_back_line_by_line_as_one_batch() -> None:
    store = sold()
    paid = sums(store, Movement.PAY)
    runner = Runner(store)
    command = rerate.adding(store, rerating(factor_ppm=500_000), AFTER)
    made = runner.run(command, by=hands.FINANCE, at=AFTER)
    lines = made.request.lines
    assert {one.team for one in lines} == {"nlp", "rl", "vision"}
    for one in lines:
        kind, _, order = one.corrects.partition(":")
        assert (kind, one.amount_ucr) == ("order", paid[order] // 2), one
    assert len(lines) == 3  # not the one of another pool
    done = hands.approve_adjustment(store, made.id, AFTER)
    assert done.state.value == "posted"
    assert sum(sums(store, Movement.ADJUSTMENT).values()) == made.sum_ucr > 0
    told = statement.of_team(store, "nlp", NOW, AFTER + HOUR)
    [line] = [one for one in told.lines if one.type is LineType.ADJUSTMENT]
    assert line.transfer.note == "it was slow"
    assert line.transfer.reason.startswith("order:")
    assert_clean(store)


def test_a_part_of_the_time_counts_by_its_own_weight_and_a_price_by_its_units() -> None:
    store = sold()
    [nlp] = [one for one in every(ledger.posted, store) if _pays(one, "nlp")]
    first = rerate.adding(store, rerating(hours=1, factor_ppm=0), AFTER)
    rest = rerate.adding(store, rerating(START + HOUR, 3, factor_ppm=0), AFTER)
    parts = [one.request.lines[0].amount_ucr for one in (first, rest)]
    assert nlp.transfer.amount_ucr - 1 <= sum(parts) <= nlp.transfer.amount_ucr
    assert 0 < parts[0] < parts[1]
    dear = rerate.adding(store, rerating(hours=1, price_ucr=10 * CREDIT), AFTER)
    assert dear.request.lines[0].amount_ucr == parts[0] - 16 * 10 * CREDIT
    free = rerate.adding(store, rerating(hours=1, price_ucr=0), AFTER)
    assert free.request.lines == first.request.lines


def _pays(one: Any, team: str) -> bool:
    return one.transfer.movement is Movement.PAY and one.transfer.team == team


def test_what_was_paid_back_already_is_not_paid_back_again() -> None:
    store = a_market()
    [box, *_] = won(store, request("nlp", "a", option(90, 8, None, leg(units=16, hours=4))))
    hands.advance(store, START + HOUR)
    maintenance = Maintenance(
        id="m",
        pool="h100",
        start=START + 2 * HOUR,
        end=START + 4 * HOUR,
        quantity=16,
        reason="fire",
        created_at=START + HOUR,
    )
    hands.schedule_maintenance(store, maintenance, START + HOUR)
    paid, back = (
        sums(store, kind).get(box.order_id, 0) for kind in (Movement.PAY, Movement.REFUND)
    )
    assert 0 < back < paid
    command = rerate.adding(store, rerating(factor_ppm=0), AFTER)
    [line] = command.request.lines
    assert line.amount_ucr == paid - back
    made = Runner(store).run(command, by=hands.FINANCE, at=AFTER)
    hands.approve_adjustment(store, made.id, AFTER)
    assert_clean(store)


def test_spot_hours_are_put_right_charge_by_charge() -> None:
    store = a_market()
    terms = SpotTerms(team="rl", key="s", pool="a100", quantity=1, limit_ucr=CREDIT)
    hands.ask(store, [terms], NOW)
    for minutes in range(0, 150, 5):
        hands.tick(store, NOW + timedelta(minutes=minutes))
    charges = [one for one in every(ledger.posted, store) if one.transfer.movement is Movement.PAY]
    assert len(charges) > 1
    asked = rerating(NOW, 2, pool="a100", factor_ppm=0)
    lines = rerate.adding(store, asked, NOW + 3 * HOUR).request.lines
    assert [one.corrects for one in lines] == [f"transfer:{one.seq}" for one in charges]
    assert {one.team for one in lines} == {"rl"}


def test_a_repeat_under_its_key_is_known_though_more_was_paid_back_since() -> None:
    store = sold()
    runner = Runner(store)
    asked = rerating(factor_ppm=500_000)
    for _ in range(2):
        command = rerate.adding(store, asked, AFTER)
        made = runner.run(command, by=hands.FINANCE, at=AFTER, key="k")
        assert made.id == "adj_000001"


def test_what_cannot_be_rated_anew_is_refused() -> None:
    store = sold()
    with pytest.raises(NotFound):
        rerate.adding(store, rerating(pool="tpu", factor_ppm=0), AFTER)
    with pytest.raises(BadField, match="has not passed"):
        rerate.adding(store, rerating(factor_ppm=0), AFTER - HOUR)
    for asked in (rerating(CLOSE, 1, factor_ppm=0), rerating(factor_ppm=1_000_000)):
        with pytest.raises(NotAllowedNow, match="nothing was charged"):
            rerate.adding(store, asked, AFTER)
    bad: tuple[dict[str, Any], ...] = (
        {},
        {"factor_ppm": 1, "price_ucr": 1},
        {"factor_ppm": -1},
        {"factor_ppm": 10**9},
        {"price_ucr": -1},
        {"factor_ppm": 0, "end": START - DAY},
        {"factor_ppm": 0, "reason": ""},
    )
    for more in bad:
        with pytest.raises(BadField):
            rerating(**more)


def test_what_sold_no_time_costs_nothing_else() -> None:
    lone = Transfer(key="k", movement=Movement.GRANT, source=MINT, target=TREASURY, amount_ucr=7)
    asked = Rerating(pool="h100", start=NOW, end=NOW + HOUR, reason="a slip", factor_ppm=500_000)
    assert asked.change_ucr(Posted(seq=1, at=NOW, transfer=lone, hash="h")) == 0
