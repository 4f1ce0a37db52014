"""Time that the last cycle left over is taken at once: prices, room, money, and what refuses it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from allocator.files.formats import decode_problem
from marketplace.domain.approval_command import AdoptPolicy
from marketplace.domain.asked import selling
from marketplace.domain.event.audience import Circle, OneTeam
from marketplace.domain.event.reservation import ReservationTaken
from marketplace.domain.journal import Call
from marketplace.domain.limit import Limit
from marketplace.domain.order import OrderState
from marketplace.domain.page import every
from marketplace.domain.policy import Cap, Need, Policy, Restriction, Tier
from marketplace.domain.reservation import Part, ReservationState
from marketplace.domain.spot import Code, SpotRequest, SpotTerms
from marketplace.domain.take_command import TakeNow
from marketplace.domain.taking import RULE, Most, SlotPrice, TakingRequest, extended
from marketplace.domain.transfer import Movement, Tags
from marketplace.errors import BadField, InsufficientCredits, KeyReused, NotFound
from marketplace.services import order as orders
from marketplace.services import reservation, spot
from marketplace.services import statement as statements
from marketplace.services.runner import Runner
from marketplace.store import cycle as cycle_store
from marketplace.store import spot_price
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    a_market,
    assert_clean,
    free_ucr,
    held_ucr,
    leg,
    maintain,
    option,
    pool,
    request,
    won,
)
from tests.marketplace.told import told

MINUTE = timedelta(minutes=1)
NEXT_SALE = CLOSE + HOUR
"""What the first cycle sells from; the market opens at nine the day before."""


def asked(
    team: str = "nlp",
    key: str = "now",
    *,
    pool: str = "h100",
    units: int = 8,
    hours: float = 2,
    start: datetime | None = None,
    most: int | None = None,
    tags: Tags | None = None,
) -> TakingRequest:
    """A taking; ``most`` in credits a unit-hour."""
    return TakingRequest(
        team=team,
        key=key,
        pool=pool,
        quantity=units,
        duration=hours * HOUR,
        start=start,
        most=Most(price_ucr=None if most is None else most * CREDIT),
        tags=tags or Tags(),
    )


def refused(store: Store, request: TakingRequest, now: datetime = NOW) -> BadField:
    with pytest.raises(BadField) as caught:
        hands.take(store, request, now)
    return caught.value


def adopt(store: Store, policy: Policy) -> None:
    Runner(store).run(AdoptPolicy(policy), by=hands.FINANCE, at=NOW)


def running(store: Store, units: int, minimum: timedelta, now: datetime) -> SpotRequest:
    """A spot run of the h100 pool, which started in a tick at ``now``."""
    terms = SpotTerms(
        team="rl", key="s", pool="h100", quantity=units, limit_ucr=CREDIT, minimum=minimum
    )
    [made] = hands.ask(store, [terms], now)
    assert isinstance(made, SpotRequest)
    hands.tick(store, now)
    found = spot.get(store, made.id, team="rl")
    assert found.run is not None
    return found


@pytest.mark.both
def test_what_is_taken_is_paid_at_once_and_the_teams_for_sure() -> None:
    store = a_market()
    found = hands.take(store, asked(hours=3), NOW + MINUTE)
    box = found.reservation
    # nothing was published yet, and spot has had no tick: the reserve of 0.25, 8 units, 3 hours
    assert (box.start, box.end) == (NOW + HOUR, NOW + 4 * HOUR)
    assert box.prices_ucr == (CREDIT // 4,) * 3
    assert box.paid_ucr == 6 * CREDIT
    assert [one.set_by for one in found.slots] == ["floor"] * 3
    assert (free_ucr(store, "nlp"), held_ucr(store, "nlp")) == (994 * CREDIT, 0)
    order = orders.get(store, found.order.id, team="nlp")
    assert (order.state, order.reason) == (OrderState.FILLED, "taken")
    assert order.fill is not None
    assert (order.fill.cycle_id, order.fill.payment_ucr) == ("", 6 * CREDIT)
    hands.advance(store, NOW + HOUR)
    assert reservation.get(store, box.id, team="nlp").state is ReservationState.ACTIVE
    hands.advance(store, NOW + 4 * HOUR)
    assert reservation.get(store, box.id, team="nlp").state is ReservationState.EXPIRED
    assert_clean(store)


def test_the_charge_names_its_order_its_price_and_its_rule() -> None:
    store = a_market()
    tags = Tags(project="llm", theme="quality", cost_centre="7")
    found = hands.take(store, asked(tags=tags), NOW)
    with store.read() as tx:
        moves = [one.transfer for one in transfer_store.posted_for(tx, {found.order.id})]
    [paid] = [one for one in moves if one.movement is Movement.PAY]
    assert (paid.rule, paid.reason, paid.cycle_id) == (RULE, "taken", "")
    assert paid.reservation_id == found.reservation.id
    assert paid.payer.tags == tags
    assert paid.sold is not None
    assert [(one.units, one.price_ucr) for one in paid.sold.spans] == [(8, CREDIT // 4)]
    account = statements.account(store, "nlp", NOW, NOW + DAY, now=NOW)
    assert account.closing_ucr == 996 * CREDIT


@pytest.mark.both
def test_each_slot_costs_what_is_the_greatest_of_what_is_known_of_it() -> None:
    """Worked by hand. Three teams bid for eight of sixteen units in the third hour that is sold,
    the least of them 24 credits, so that a unit costs 3 then; elsewhere it costs the reserve, 0.25.
    One who won gives its eight back. Eight units over three hours: 8 × (0.25 + 3 + 0.25) = 28."""
    store = a_market()
    bids = [(40, "nlp"), (32, "rl"), (24, "vision")]
    hour = leg(hours=1)
    boxes = won(store, *(request(team, "b", option(v, 3, None, hour)) for v, team in bids))
    mine = next(one for one in boxes if one.team == "rl")
    now = CLOSE + HOUR
    full = refused(store, asked("vision", hours=3, start=now + HOUR), now)
    assert (full.reason, full.facts["at"]) == ("not-free", CLOSE + 3 * HOUR)
    hands.release(store, mine.id, now, team="rl", part=Part())
    dear = refused(store, asked("vision", hours=3, start=now + HOUR, most=2), now)
    assert (dear.reason, dear.facts["at"]) == ("costs-more", CLOSE + 3 * HOUR)
    found = hands.take(store, asked("vision", hours=3, start=now + HOUR, most=3), now)
    assert found.reservation.prices_ucr == (250_000, 3_000_000, 250_000)
    assert {one.set_by for one in found.slots} == {"published"}
    assert found.reservation.paid_ucr == 28 * CREDIT
    assert reservation.came_back(store, [mine])[mine.id] == 24 * CREDIT
    assert_clean(store)


@pytest.mark.parametrize(
    ("published", "floor", "spot_price", "price", "by"),
    [
        (900, 250, 400, 900, "published"),
        (300, 250, 400, 400, "spot"),
        (None, 250, None, 250, "floor"),
        (300, 700, 400, 700, "floor"),
        (400, 400, 400, 400, "published"),
        (0, 0, None, 0, "published"),
    ],
)
def test_the_greatest_of_published_floor_and_spot_makes_the_price(
    published: int | None, floor: int, spot_price: int | None, price: int, by: str
) -> None:
    one = SlotPrice(at=NOW, published_ucr=published, floor_ucr=floor, spot_ucr=spot_price)
    assert (one.price_ucr, one.set_by) == (price, by)


def test_spot_that_costs_more_makes_the_price() -> None:
    store = a_market()
    running(store, 16, timedelta(0), NOW)
    hands.ask(
        store,
        [SpotTerms(team="vision", key="v", pool="h100", quantity=16, limit_ucr=CREDIT)],
        NOW,
    )
    hands.tick(store, NOW + 5 * MINUTE)
    with store.read() as tx:
        price = spot_price.before(tx, "h100", NOW + 5 * MINUTE)
    assert price is not None
    assert price.price_ucr > CREDIT // 4
    found = hands.take(store, asked(hours=1), NOW + 5 * MINUTE)
    assert found.slots[0].set_by == "spot"
    assert found.reservation.paid_ucr == 8 * price.price_ucr


def test_only_slots_to_come_before_the_next_sale_are_taken() -> None:
    store = a_market()
    assert refused(store, asked(start=NOW), NOW + MINUTE).reason == "slot-begun"
    assert refused(store, asked(start=NEXT_SALE)).reason == "sold-by-auction"
    far = refused(store, asked(start=NEXT_SALE - HOUR, hours=2))
    assert (far.field, far.reason, far.facts["most"]) == ("duration", "reaches-the-sale", HOUR)
    assert refused(store, asked(start=NOW + 90 * MINUTE)).reason == "off-the-slots"
    last = hands.take(store, asked(start=NEXT_SALE - HOUR, hours=1), NOW).reservation
    assert last.end == NEXT_SALE


def test_what_a_closed_cycle_clears_cannot_be_taken() -> None:
    store = a_market()
    hands.freeze(store, CLOSE, b"salt")
    found = hands.take(store, asked(hours=1), CLOSE).reservation
    assert found.end == NEXT_SALE
    assert refused(store, asked(key="b"), CLOSE).reason == "reaches-the-sale"


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"quantity": 4}, "quantity", "not-a-multiple"),
        ({"quantity": 0}, "quantity", "not-a-multiple"),
        ({"quantity": 24}, "quantity", "not-free"),
        ({"duration": 90 * MINUTE}, "duration", "not-slots"),
        ({"duration": timedelta(0)}, "duration", "not-slots"),
        ({"duration": 25 * HOUR}, "duration", "not-slots"),
        ({"key": ""}, "key", "letters-out-of-range"),
        ({"most": Most(price_ucr=CREDIT // 4 - 1)}, "max_price", "costs-more"),
        ({"most": Most(cost_ucr=4 * CREDIT - 1)}, "max_cost", "costs-more-in-all"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_moves(
    change: dict[str, object], field: str, reason: str
) -> None:
    store = a_market()
    found = refused(store, replace(asked(), **change))  # type: ignore[arg-type]
    assert (found.field, found.reason) == (field, reason)
    assert free_ucr(store, "nlp") == 1_000 * CREDIT
    assert not list(every(orders.listed, store, team="nlp"))


def test_a_pool_or_a_team_that_is_not_there_is_refused() -> None:
    store = a_market()
    with pytest.raises(NotFound):
        hands.take(store, asked(pool="b200"), NOW)
    with pytest.raises(NotFound):
        hands.take(store, asked("nobody"), NOW)


def test_a_price_that_is_just_as_high_as_was_said_is_paid() -> None:
    store = a_market()
    request = replace(asked(), most=Most(price_ucr=CREDIT // 4, cost_ucr=4 * CREDIT))
    assert hands.take(store, request, NOW).reservation.paid_ucr == 4 * CREDIT


def test_more_than_is_free_beside_what_was_taken_is_refused() -> None:
    store = a_market()
    hands.take(store, asked(), NOW)
    hands.take(store, asked("rl"), NOW)
    none = refused(store, asked("vision"))
    assert (none.reason, none.facts["most"]) == ("not-free", 0)
    assert_clean(store)


@pytest.mark.both
def test_without_credits_nothing_is_taken_and_a_credit_line_helps() -> None:
    store = a_market(credit=3)
    with pytest.raises(InsufficientCredits):
        hands.take(store, asked(), NOW)
    hands.credit_line(store, "nlp", CREDIT, NOW)
    assert hands.take(store, asked(), NOW).reservation.paid_ucr == 4 * CREDIT
    assert free_ucr(store, "nlp") == 0
    assert_clean(store)


def test_a_key_said_again_takes_nothing_twice() -> None:
    store = a_market()
    first = hands.take(store, asked(), NOW)
    again = hands.take(store, asked(), NOW + 2 * HOUR)
    assert again.order == first.order
    assert again.reservation.id == first.reservation.id
    assert again.slots == ()
    assert free_ucr(store, "nlp") == 996 * CREDIT
    with pytest.raises(KeyReused):
        hands.take(store, asked(units=16), NOW + 2 * HOUR)


def test_a_rehearsal_takes_nothing() -> None:
    store = a_market()
    call = Call(actor=hands.member("nlp"), at=NOW)
    found = Runner(store).rehearse(TakeNow(asked()), call).value
    assert found.reservation.paid_ucr == 4 * CREDIT
    assert free_ucr(store, "nlp") == 1_000 * CREDIT
    assert not list(every(reservation.listed, store))


@pytest.mark.both
def test_what_the_policy_lets_wait_or_forbids_is_not_taken() -> None:
    store = a_market()
    adopt(store, Policy(tiers=(Tier(name="big", needs=(Need.FINANCE,), from_ucr=4 * CREDIT),)))
    waits = refused(store, asked())
    assert (waits.reason, waits.facts["whose"]) == ("needs-approval", "finance")
    assert "bid" in str(waits)
    hands.take(store, asked(hours=1), NOW)  # two credits
    adopt(store, Policy(restrictions=(Restriction(pool="h100", teams=("rl",)),)))
    assert refused(store, asked(key="b")).reason == "restricted"
    adopt(store, Policy(caps=(Cap(pool="h100", team="nlp", units=8),)))
    above = refused(store, asked(key="c"))
    assert (above.reason, above.facts["most"]) == ("above-cap-then", 0)
    adopt(store, Policy(limits=(Limit(team="nlp", credits_ucr=5 * CREDIT),)))
    over = refused(store, asked(key="d"))
    assert (over.field, over.reason) == ("cost", "over-limit")
    assert_clean(store)


def test_a_run_keeps_its_minimum_runtime_and_the_rest_goes_with_a_notice() -> None:
    """Ten o'clock is more than a tick and a notice ahead: who is not protected is told to go."""
    store = a_market()
    kept = running(store, 16, 2 * HOUR, NOW)
    none = refused(store, asked(hours=1))
    assert none.reason == "not-free"
    assert none.facts["most"] == 0
    # its two hours and a notice end at five past eleven
    box = hands.take(store, asked(hours=1, start=NOW + 3 * HOUR), NOW).reservation
    now, seen = NOW, kept
    while now < NOW + 3 * HOUR:
        now += 5 * MINUTE
        hands.tick(store, now)
        seen = spot.get(store, kept.id, team="rl")
        if seen.run is not None and seen.run.deadline is not None:
            assert seen.run.deadline <= box.start
    assert seen.code == Code.RECLAIMED.value
    assert seen.run is None
    assert_clean(store)


@pytest.mark.both
def test_nobody_loses_units_without_a_notice() -> None:
    """At six minutes to ten there is a tick, and a notice, before ten; four to ten is too late."""
    store = a_market()
    running(store, 16, timedelta(0), NOW)
    none = refused(store, asked(hours=1), NOW + 56 * MINUTE)
    assert (none.reason, none.facts["most"]) == ("not-free", 0)
    found = hands.take(store, asked(hours=1), NOW + 114 * MINUTE).reservation
    assert found.start == NOW + 2 * HOUR
    for mark in (115, 120):
        hands.tick(store, NOW + mark * MINUTE)
    [gone] = every(spot.listed, store, team="rl")
    assert gone.code == Code.RECLAIMED.value
    [notice] = told(store, OneTeam("rl"), kind="spot.noticed")
    assert notice.event.at == NOW + 115 * MINUTE
    assert_clean(store)


@pytest.mark.both
def test_what_was_given_back_and_is_taken_brings_its_team_the_price() -> None:
    """Two teams have all sixteen units; one gives its eight back, and they are taken again."""
    store = a_market()
    bids = [(40, "nlp"), (32, "rl"), (24, "vision")]
    boxes = won(store, *(request(team, "bid", option(value, 3)) for value, team in bids))
    mine = next(one for one in boxes if one.team == "rl")
    assert mine.paid_ucr == 24 * CREDIT
    now = CLOSE + HOUR
    hands.release(store, mine.id, now, team="rl", part=Part())
    found = hands.take(store, asked("vision", start=mine.start), now)
    assert found.reservation.paid_ucr == 24 * CREDIT
    assert reservation.came_back(store, [mine])[mine.id] == 24 * CREDIT
    [given] = every(reservation.releases, store)
    assert given.left == (0, 0)
    assert_clean(store)


def test_taken_time_is_given_back_and_fails_as_any_other() -> None:
    store = a_market()
    found = hands.take(store, asked(units=16, hours=4, start=NOW + 2 * HOUR), NOW).reservation
    hands.release(store, found.id, NOW, team="nlp", part=Part(quantity=8, start=NOW + 4 * HOUR))
    again = hands.take(store, asked("rl", hours=1, start=NOW + 4 * HOUR), NOW)
    assert again.reservation.paid_ucr == 2 * CREDIT
    assert reservation.came_back(store, [found])[found.id] == 2 * CREDIT
    maintain(store, "sudden", NOW + 3 * HOUR, 16, 1, NOW + HOUR)
    after = reservation.get(store, found.id, team="nlp")
    assert after.lost == (0, 16, 0, 0)
    assert reservation.came_back(store, [found])[found.id] == 6 * CREDIT
    assert_clean(store)


def test_its_team_and_operators_are_told() -> None:
    store = a_market()
    box = hands.take(store, asked(), NOW).reservation
    [one] = told(store, OneTeam("nlp"), kind="reservation.taken")
    assert isinstance(one.event, ReservationTaken)
    assert (one.event.reservation, one.event.until) == (box.id, box.end)
    assert told(store, Circle.OPERATORS, kind="reservation.taken")
    assert not told(store, OneTeam("rl"), kind="reservation.taken")
    assert [one.event.kind for one in told(store, OneTeam("nlp")) if "order" in one.event.kind] == [
        "order.placed",
        "order.filled",
    ]


def test_a_cycle_sells_what_was_not_taken_and_no_more() -> None:
    """A cycle that is closed early sells hours of which a part was taken before."""
    store = a_market()
    hands.take(store, asked(hours=2, start=NOW + 5 * HOUR), NOW)
    cycle = hands.freeze(store, NOW, b"salt", early=True)
    with store.read() as tx:
        problem = decode_problem(cycle_store.problem(tx, cycle.number))
    [h100] = [one for one in problem.pools if one.id == "h100"]
    assert problem.start == NOW + HOUR
    assert h100.capacity[:8] == (16, 16, 16, 16, 8, 8, 16, 16)


def test_of_a_pool_that_is_retired_nothing_is_taken() -> None:
    retired = replace(pool("a100"), retired=True)
    asked = TakingRequest(team="nlp", key="k", pool="a100", quantity=1, duration=HOUR)
    with pytest.raises(BadField) as refused:
        selling({"a100": retired}, asked.pool, asked.quantity)
    assert refused.value.reason == "retired"


def test_only_what_was_won_is_extended() -> None:
    """An order without a fill has no time-box behind which more could be bought."""
    store = a_market()
    found = hands.take(
        store, TakingRequest(team="nlp", key="k", pool="a100", quantity=1, duration=HOUR), NOW
    )
    with pytest.raises(ValueError, match="won nothing"):
        extended(replace(found.order, fill=None), found.reservation, 1, (CREDIT,), CREDIT)
