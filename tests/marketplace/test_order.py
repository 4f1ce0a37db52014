"""Orders: what can be asked, what is held for it, and when it can still be changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from marketplace.domain.order import (
    Loss,
    Option,
    Order,
    OrderRequest,
    OrderState,
    below_reserve_ucr,
    ended,
    opened,
)
from marketplace.domain.page import every
from marketplace.domain.transfer import Tags
from marketplace.errors import (
    BadField,
    InsufficientCredits,
    KeyReused,
    MarketError,
    NotAllowedNow,
    NotFound,
)
from marketplace.services import order
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    SALT,
    a_market,
    answers,
    assert_clean,
    free_ucr,
    held_ucr,
    leg,
    maintain,
    option,
    placed,
    pool,
    request,
    run,
    window,
)

ASKED = request("nlp", "a", option(100, 8, 12))


def test_a_batch_that_spends_its_credits_twice_is_refused_for_the_second() -> None:
    """§7.4"""
    store = a_market()
    both = answers(
        store,
        request("nlp", "a", option(600)),
        request("nlp", "b", option(500)),
        request("rl", "c", option(500)),
        request("nlp", "d", option(400)),
    )
    first, second, other, third = both
    assert all(isinstance(one, Order) for one in (first, other, third))
    assert isinstance(second, InsufficientCredits)
    assert (second.needed_ucr, second.free_ucr) == (500 * CREDIT, 400 * CREDIT)
    assert (free_ucr(store, "nlp"), held_ucr(store, "nlp")) == (0, 1_000 * CREDIT)
    assert_clean(store)


def test_an_order_holds_its_dearest_option() -> None:
    store = a_market()
    placed(store, request("nlp", "a", option(50), option(70, 9), option(60, 10)))
    assert held_ucr(store, "nlp") == 70 * CREDIT


def test_a_key_that_comes_again_finds_the_first_order() -> None:
    store = a_market()
    [first] = placed(store, ASKED)
    again = answers(store, ASKED, ASKED, request("rl", "a", option(100, 8, 12)), now=NOW + HOUR)
    assert list(again[:2]) == [first, first]
    assert isinstance(again[2], Order)
    assert again[2].id != first.id
    assert held_ucr(store, "nlp") == 100 * CREDIT
    [in_one_batch, repeat] = answers(store, *[request("nlp", "z", option(1))] * 2, now=NOW + HOUR)
    assert in_one_batch == repeat
    assert_clean(store)


def test_a_key_that_comes_again_after_an_amendment_still_finds_its_order() -> None:
    store = a_market()
    [first] = placed(store, ASKED)
    amended = hands.amend(store, first.id, (option(120),), NOW, team="nlp")
    assert answers(store, ASKED) == [amended]


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, options=(option(101, 8, 12),)),
        replace(ASKED, options=(option(100, 8, 13),)),
        replace(ASKED, options=(*ASKED.options, option(1))),
        replace(ASKED, standing=True),
        replace(ASKED, valid_until=CLOSE + DAY),
        replace(ASKED, tags=Tags(project="other")),
    ],
)
def test_a_key_that_stands_for_another_request_is_refused(other: OrderRequest) -> None:
    store = a_market()
    placed(store, ASKED)
    [refusal] = answers(store, other)
    assert isinstance(refusal, KeyReused)
    assert held_ucr(store, "nlp") == 100 * CREDIT


NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)


def asked(**changes: object) -> OrderRequest:
    [only] = ASKED.options
    return replace(ASKED, options=(replace(only, **changes),))  # type: ignore[arg-type]


def asked_leg(**changes: object) -> OrderRequest:
    return asked(legs=(replace(leg(), **changes),))  # type: ignore[arg-type]


BAD: dict[str, tuple[OrderRequest, str, str]] = {
    "start between slots": (
        asked(earliest_start=NINE + timedelta(minutes=5)),
        "earliest_start",
        "09:00",
    ),
    "split second": (
        asked(latest_start=NINE.replace(microsecond=1)),
        "latest_start",
        "whole seconds",
    ),
    "naive start": (asked(earliest_start=NINE.replace(tzinfo=None)), "earliest_start", "offset"),
    "naive end": (asked(latest_start=NINE.replace(tzinfo=None)), "latest_start", "offset"),
    "window backwards": (asked(earliest_start=NINE + DAY), "latest_start", "before the earliest"),
    "too late for any sale": (
        asked(earliest_start=NOW, latest_start=CLOSE),
        "latest_start",
        "sells from 2026-11-24T01",
    ),
    "a year and a day": (asked(latest_start=NINE + 367 * DAY), "latest_start", "366 days ahead"),
    "the last year there is": (
        asked(latest_start=datetime(9999, 12, 31, 23, tzinfo=UTC)),
        "latest_start",
        "366 days ahead",
    ),
    "no units in that window": (
        asked(earliest_start=NINE + 70 * DAY, latest_start=NINE + 71 * DAY),
        "quantity",
        "never has more than 0",
    ),
    "not a multiple of the block": (asked_leg(quantity=12), "quantity", "multiples of 8"),
    "no units": (asked_leg(quantity=0), "quantity", "multiples of 8"),
    "negative units": (asked_leg(quantity=-8), "quantity", "multiples of 8"),
    "more than there ever is": (
        asked_leg(quantity=24),
        "quantity",
        "window: h100 has 16 from 2026-11-24T08:00Z",
    ),
    "no time": (asked_leg(duration=timedelta(0)), "duration", "whole slots of 1h"),
    "negative time": (asked_leg(duration=-HOUR), "duration", "whole slots of 1h"),
    "half a slot": (asked_leg(duration=HOUR / 2), "duration", "whole slots of 1h"),
    "over the longest": (asked_leg(duration=25 * HOUR), "duration", "at most 1d"),
    "endless": (asked_leg(duration=timedelta.max), "duration", "whole slots of 1h"),
    "odd offset": (asked_leg(offset=HOUR / 2), "offset", "whole slots of 1h"),
    "negative offset": (asked_leg(offset=-HOUR), "offset", "whole slots of 1h"),
    "long only together": (
        asked(legs=(leg(hours=20), leg("a100", 1, 20, after=20))),
        "duration",
        "at most 1d",
    ),
    "worth nothing": (asked(value_ucr=0), "value", "above zero"),
    "worth less": (asked(value_ucr=-1), "value", "above zero"),
    "beyond counting": (asked(value_ucr=10**18 + 1), "value", "can count"),
    "no options": (replace(ASKED, options=()), "options", "1 to 10000"),
    "no legs": (asked(legs=()), "legs", "1 to 100"),
    "too many legs": (asked(legs=(leg(),) * 101), "legs", "1 to 100"),
    "no key": (replace(ASKED, key=""), "key", "1 to 128"),
    "long key": (replace(ASKED, key="k" * 129), "key", "1 to 128"),
    "over before it begins": (
        replace(ASKED, standing=True, valid_until=CLOSE),
        "valid_until",
        "the next cycle closes at 2026-11-24T00:00Z",
    ),
    "over before it is on sale": (
        replace(ASKED, standing=True, valid_until=CLOSE + 2 * DAY, options=(option(1, 6 * 24),)),
        "valid_until",
        "on sale from the cycle on that closes at 2026-11-27T00:00Z",
    ),
    "an end without standing": (
        replace(ASKED, valid_until=CLOSE + DAY),
        "valid_until",
        "only a standing order",
    ),
    "naive validity": (replace(ASKED, valid_until=datetime(2027, 1, 1)), "valid_until", "offset"),  # noqa: DTZ001
}


@pytest.mark.parametrize("what", BAD)
def test_what_the_market_could_never_serve_is_refused_with_field_and_value(what: str) -> None:
    bad, field, because = BAD[what]
    store = a_market()
    good = request("rl", "good", option(1))
    refusal, taken = answers(store, bad, good)
    assert isinstance(refusal, BadField)
    assert refusal.field.endswith(field)
    assert because in str(refusal)
    assert isinstance(taken, Order)
    assert (free_ucr(store, "nlp"), every(order.listed, store, team="nlp")) == (1_000 * CREDIT, [])


def test_a_window_that_cannot_hold_the_duration_is_refused() -> None:
    store = a_market()
    gaps = [pool("gaps"), pool("late")]
    on = [
        replace(window("gaps", 4), start=NINE + 4 * k * HOUR, end=NINE + (4 * k + 3) * HOUR)
        for k in range(6)
    ]
    hands.open_pools(store, gaps, [*on, replace(window("late", 4), start=NINE + 5 * HOUR)])
    three, four = leg("gaps", 4, 3), leg("gaps", 4, 4)
    refused = [
        request("nlp", "a", option(5, 9, 20, four)),
        request("nlp", "b", option(5, 10, 12, three)),
        request("nlp", "c", option(5, 9, 12, three, leg("late", 1, 3))),
    ]
    taken = [
        request("nlp", "d", option(5, 9, 20, three)),
        request("nlp", "e", option(5, 10, 13, three)),
        request("nlp", "f", option(5, 9, 17, three, leg("late", 1, 3))),
    ]
    for refusal in answers(store, *refused):
        assert isinstance(refusal, BadField)
        assert "no start in that window has all its units for so long" in str(refusal)
    placed(store, *taken)


def test_tags_that_are_too_long_cannot_be_said() -> None:
    for name in ("project", "theme", "cost_centre"):
        with pytest.raises(BadField, match=f"{name} is 'xxx.*at most 128 letters"):
            Tags(**{name: "x" * 129})


def test_unknown_pools_and_teams_are_named_with_those_there_are() -> None:
    store = a_market()
    no_pool, no_team = answers(store, asked_leg(pool="tpu"), request("nobody", "a", option(1)))
    assert str(no_pool) == "there is no pool 'tpu'; there are: a100, h100"
    assert str(no_team) == "there is no team 'nobody'; there are: nlp, rl, vision"


def test_an_offset_is_the_same_moment_in_utc() -> None:
    """A start given in another zone, over a clock change too, is the slot of that instant."""
    store = a_market()
    cet = timezone(HOUR)
    [only] = ASKED.options
    there = replace(
        only,
        earliest_start=only.earliest_start.astimezone(cet),
        latest_start=only.latest_start.astimezone(timezone(-8 * HOUR)),
    )
    [taken] = placed(store, request("nlp", "zone", there))
    kept = order.get(store, taken.id, team="nlp").request.options[0]
    assert kept.earliest_start.isoformat() == "2026-11-24T08:00:00+00:00"
    assert kept.latest_start.isoformat() == "2026-11-24T12:00:00+00:00"
    assert kept == only


def test_an_order_is_read_back_as_it_was_placed() -> None:
    store = a_market()
    full = OrderRequest(
        team="nlp",
        key="full",
        options=(option(9, 8, 30, leg(), leg("a100", 3, 5, after=2)), option(7, 20)),
        standing=True,
        valid_until=CLOSE + 5 * DAY,
        tags=Tags(project="p", theme="t", cost_centre="c"),
    )
    [taken] = placed(store, full)
    assert order.get(store, taken.id, team="nlp") == taken
    assert taken.request == full


@pytest.mark.parametrize("value", [40, 100, 700, 1_000])
def test_amending_moves_the_hold_up_or_down(value: int) -> None:
    store = a_market()
    [first] = placed(store, ASKED)
    after = hands.amend(store, first.id, (option(value, 9),), NOW, team="nlp")
    assert (after.id, after.version, after.state) == (first.id, 2, OrderState.OPEN)
    assert held_ucr(store, "nlp") == value * CREDIT
    assert free_ucr(store, "nlp") == (1_000 - value) * CREDIT
    assert order.get(store, first.id, team="nlp") == after
    assert_clean(store)


@pytest.mark.parametrize(
    ("options", "refusal"),
    [((option(1_001),), InsufficientCredits), ((option(5, 8, 2),), BadField), ((), BadField)],
)
def test_a_refused_amendment_changes_nothing(
    options: tuple[Option, ...], refusal: type[MarketError]
) -> None:
    store = a_market()
    [first] = placed(store, ASKED)
    with pytest.raises(refusal):
        hands.amend(store, first.id, options, NOW, team="nlp")
    assert order.get(store, first.id, team="nlp") == first
    assert held_ucr(store, "nlp") == 100 * CREDIT
    assert_clean(store)


def test_cancelling_frees_the_credits_at_once() -> None:
    """§7.5, §7.10: the hold is voided in the transaction that ends its order."""
    store = a_market()
    first, second = placed(store, ASKED, request("nlp", "b", option(200)))
    [gone] = hands.cancel(store, [first.id], NOW + HOUR, team="nlp")
    assert (gone.state, gone.reason, gone.ended_at) == (
        OrderState.CANCELLED,
        "cancelled",
        NOW + HOUR,
    )
    assert held_ucr(store, "nlp") == 200 * CREDIT
    with pytest.raises(NotAllowedNow, match="is cancelled: it has ended"):
        hands.cancel(store, [second.id, first.id], NOW + HOUR, team="nlp")
    assert order.get(store, second.id, team="nlp").open
    assert every(order.listed, store, team="nlp", state=OrderState.CANCELLED) == [gone]
    assert_clean(store)


def test_an_order_in_a_frozen_book_waits_until_the_cycle_is_settled() -> None:
    store = a_market()
    inside, later = placed(store, ASKED, request("nlp", "far", option(10, 24 * 9)))
    closed = hands.freeze(store, CLOSE, SALT)
    for change in changes_of(store, inside):
        with pytest.raises(NotAllowedNow, match="cyc_000001 is clearing it"):
            change()
    hands.cancel(store, [later.id], CLOSE, team="nlp")
    assert held_ucr(store, "nlp") == 100 * CREDIT
    [fresh] = placed(store, request("nlp", "fresh", option(5, 30)), now=CLOSE)
    assert hands.finish(store, closed, CLOSE)[1]
    assert order.get(store, inside.id, team="nlp").state is OrderState.FILLED
    assert order.get(store, fresh.id, team="nlp").state is OrderState.OPEN
    for change in changes_of(store, inside):
        with pytest.raises(NotAllowedNow, match="is filled: it has ended"):
            change()
    assert_clean(store)


def changes_of(store: Store, one: Order) -> list[Callable[[], object]]:
    return [
        lambda: hands.amend(store, one.id, (option(1),), CLOSE, team="nlp"),
        lambda: hands.cancel(store, [one.id], CLOSE, team="nlp"),
    ]


def test_a_team_finds_no_order_of_another_team() -> None:
    """§7.11"""
    store = a_market()
    [secret] = placed(store, ASKED)
    for look in (
        lambda: order.get(store, secret.id, team="rl"),
        lambda: hands.amend(store, secret.id, (option(1),), NOW, team="rl"),
        lambda: hands.cancel(store, [secret.id], NOW, team="rl"),
    ):
        with pytest.raises(NotFound, match=f"there is no order '{secret.id}'$"):
            look()
    assert every(order.listed, store, team="rl") == []
    assert order.get(store, secret.id, team="nlp") == secret


def test_trying_out_answers_like_placing_and_changes_nothing() -> None:
    store = a_market()
    asked_for = [ASKED, request("nlp", "b", option(950)), asked_leg(quantity=3)]
    tried = order.try_out(store, asked_for, NOW)
    assert every(order.listed, store, team="nlp") == []
    assert held_ucr(store, "nlp") == 0
    done = answers(store, *asked_for)
    assert [str(one) for one in tried] == [str(one) for one in done]


def test_an_order_placed_after_a_missed_closing_meets_the_sale_that_is_left() -> None:
    store = a_market()
    late = CLOSE + 30 * HOUR
    gone, fits = answers(
        store, request("nlp", "a", option(5, 29)), request("nlp", "b", option(5, 32)), now=late
    )
    assert isinstance(gone, BadField)
    assert isinstance(fits, Order)
    run(store, late)
    assert order.get(store, fits.id, team="nlp").state is OrderState.FILLED


def test_an_order_that_maintenance_leaves_no_room_is_refused_and_told_the_hours() -> None:
    store = a_market()
    maintain(store, "m", CLOSE + 8 * HOUR, 8, 6, NOW)
    over, fits, beside, later = answers(
        store,
        request("nlp", "a", option(5, 8, 12, leg(units=16))),
        request("nlp", "b", option(5, 8, 12, leg(units=8))),
        request("nlp", "c", option(5, 7, 13, leg(units=16, hours=2))),
        request("nlp", "d", option(5, 7, 14, leg(units=16, hours=2))),
    )
    assert str(over) == (
        "options[0].legs[0].quantity is 16: h100 never has more than 8 in that window: "
        "h100 has 8 from 2026-11-24T08:00Z until 2026-11-24T14:00Z"
    )
    assert str(beside) == (
        "options[0].legs[0].duration is 2h: no start in that window has all its units for so long: "
        "h100 has 8 from 2026-11-24T08:00Z until 2026-11-24T14:00Z"
    )
    assert isinstance(fits, Order)
    assert isinstance(later, Order)


def test_legs_that_need_one_pool_at_the_same_time_are_counted_together() -> None:
    store = a_market()
    both = (leg(units=16, hours=2), leg(units=8, hours=2, after=1))
    over, after = answers(
        store,
        request("nlp", "a", option(5, 8, 12, *both)),
        request("nlp", "b", option(5, 8, 12, both[0], replace(both[1], offset=2 * HOUR))),
    )
    assert "its legs overlap in one pool" in str(over)
    assert isinstance(after, Order)


def test_where_the_cycle_is_overdue_a_refusal_says_so_and_how_it_runs() -> None:
    store = a_market()
    [gone] = answers(store, request("nlp", "a", option(5, 29)), now=CLOSE + 30 * HOUR)
    assert str(gone) == (
        "options[0].latest_start is 2026-11-25T05:00Z: cycle cyc_000001 closed at "
        "2026-11-24T00:00Z and has not run yet; if it runs "
        "now it sells from 2026-11-25T07:00Z on"
    )


@pytest.mark.parametrize(
    ("first", "second", "least"), [(9, 9, 0), (3, 2, 0), (3, 1, 2 * CREDIT), (4, 0.5, 0)]
)
def test_an_order_is_below_reserve_where_none_of_its_options_is_worth_its_own(
    first: float, second: float, least: int
) -> None:
    """At a quarter of a credit: 8 units for 2 hours cost 4 credits, 4 units for 2 hours cost 2."""
    options = option(1, 8, None, leg()), option(1, 8, None, leg("a100", 4))
    values = (first, second)
    asks = [
        replace(one, value_ucr=int(value * CREDIT))
        for one, value in zip(options, values, strict=True)
    ]
    pools = {one.id: one for one in (pool("h100", 8), pool("a100"))}
    assert below_reserve_ucr(request("nlp", "a", *asks), pools) == least


def test_no_order_ends_without_a_reason() -> None:
    """§7.10"""
    with pytest.raises(ValueError, match="must not end without a reason"):
        ended(opened(ASKED, NOW), OrderState.LOST, "", NOW)


def test_a_pool_that_is_short_for_two_legs_alike_is_told_once() -> None:
    """Both legs want 16 units for hours of which the second has none."""
    store = a_market()
    maintain(store, "m", CLOSE + 9 * HOUR, 16, 1, NOW)
    wide = leg(units=16, hours=2)
    [refused] = answers(store, request("nlp", "a", option(900, 8, None, wide, wide)))
    assert isinstance(refused, BadField)
    assert refused.reason == "no-room"
    there = refused.facts["there"]
    assert isinstance(there, list)
    assert len(there) == 1


def test_a_loss_for_want_of_room_is_told_apart() -> None:
    lost = Loss(cycle_id="cyc_000001", reason="capacity-not-available", shortfall_ucr=0)
    assert lost.roomless
    assert not replace(lost, reason="outbid").roomless
