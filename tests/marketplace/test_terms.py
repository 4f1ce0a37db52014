"""An order as people ask for it: default window, changed terms, the cycle it meets."""

from dataclasses import replace

import pytest

from marketplace.domain.cycle import Cycle, CycleState
from marketplace.domain.order import Option, OrderState, opened
from marketplace.domain.terms import Changes, Meets, changed, meeting, sale_at, start_window
from marketplace.errors import BadField
from marketplace.services import order
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
)

SALE = CLOSE + HOUR
CYCLE = Cycle(number=1, state=CycleState.OPEN, closes_at=CLOSE, rules_version=1)
ORDER = opened(request("nlp", "a", option(5, 8, 12)), NOW)
[OPTION] = ORDER.request.options


@pytest.mark.parametrize(
    ("earliest", "latest", "meant"),
    [
        (None, None, (SALE, SALE + DAY)),
        (SALE + 5 * HOUR, None, (SALE + 5 * HOUR, SALE + 5 * HOUR + DAY)),
        (NOW, None, (NOW, SALE + DAY)),
        (None, SALE + HOUR, (SALE, SALE + HOUR)),
        (NOW, CLOSE, (NOW, CLOSE)),
    ],
)
def test_a_window_that_is_not_named_is_a_day_from_the_next_sale(
    earliest: object, latest: object, meant: object
) -> None:
    assert start_window(earliest, latest, SALE) == meant  # type: ignore[arg-type]
    assert order.sale(a_market(), NOW).start == SALE


def test_what_is_not_named_stays() -> None:
    assert changed(ORDER, Changes()) == OPTION
    after = changed(ORDER, Changes(value_ucr=7 * CREDIT, quantity=16, duration=3 * HOUR))
    assert after == replace(OPTION, value_ucr=7 * CREDIT, legs=(leg("h100", 16, 3),))


def test_a_latest_start_moves_along_where_the_earliest_passes_it() -> None:
    within = changed(ORDER, Changes(earliest_start=CLOSE + 10 * HOUR))
    assert within.latest_start == CLOSE + 12 * HOUR
    beyond = changed(ORDER, Changes(earliest_start=CLOSE + 20 * HOUR))
    assert beyond.latest_start == CLOSE + 24 * HOUR
    named = Changes(earliest_start=CLOSE + 20 * HOUR, latest_start=CLOSE + 21 * HOUR)
    assert changed(ORDER, named).latest_start == CLOSE + 21 * HOUR


@pytest.mark.parametrize(
    "options",
    [(option(5), option(6)), (option(5, 8, 9, leg(), leg("a100", 1)),)],
)
def test_an_order_of_several_options_or_legs_has_no_one_option(
    options: tuple[Option, ...],
) -> None:
    several = replace(ORDER, request=replace(ORDER.request, options=options))
    with pytest.raises(BadField, match="several options or legs") as refused:
        changed(several, Changes(value_ucr=1))
    assert refused.value.fields()["field"] == "order"


def test_an_order_meets_the_open_cycle_a_later_one_or_none() -> None:
    sale = sale_at(CYCLE, RULES, NOW)
    assert (sale.cycle_id, sale.closes_at, sale.start) == (CYCLE.id, CLOSE, SALE)
    assert (sale.starts_before, sale.overdue) == (SALE + 72 * HOUR, False)
    assert meeting(ORDER, sale) is Meets.NEXT
    assert meeting(ORDER, sale_at(CYCLE, RULES, CLOSE + HOUR / 2)) is Meets.OVERDUE
    far = opened(request("nlp", "b", option(5, 1 + 72)), NOW)
    assert meeting(far, sale) is Meets.LATER
    near = opened(request("nlp", "c", option(5, 72)), NOW)
    assert meeting(near, sale) is Meets.NEXT
    over = replace(ORDER, state=OrderState.LOST, reason="outbid", ended_at=CLOSE)
    assert meeting(over, sale) is Meets.NONE
