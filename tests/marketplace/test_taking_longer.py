"""A time-box lasts longer, under its id, where its units are free behind it."""

from dataclasses import replace
from datetime import datetime

import pytest

from marketplace.domain.approval_command import AdoptPolicy
from marketplace.domain.event.audience import OneTeam
from marketplace.domain.event.reservation import ReservationExtended
from marketplace.domain.failure import OnFailure
from marketplace.domain.order import OrderState
from marketplace.domain.page import every
from marketplace.domain.policy import Need, Policy, Tier
from marketplace.domain.reservation import Part, Reservation, ReservationState, moved, release_units
from marketplace.domain.taking import Extended, Longer, Most, TakingRequest
from marketplace.domain.transfer import Movement, Tags
from marketplace.errors import BadField, InsufficientCredits, KeyReused, NotAllowedNow, NotFound
from marketplace.services import order as orders
from marketplace.services import reservation
from marketplace.services.runner import Runner
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
    box,
    free_ucr,
    held_ucr,
    leg,
    maintain,
    option,
    request,
    run,
    won,
)
from tests.marketplace.told import told


def taken(store: Store, team: str = "nlp", units: int = 8, hours: int = 2) -> Reservation:
    """A time-box from now on, of two credits an hour and eight units."""
    asked = TakingRequest(
        team=team,
        key=f"{team}-box",
        pool="h100",
        quantity=units,
        duration=hours * HOUR,
        tags=Tags(project="llm"),
    )
    return hands.take(store, asked, NOW).reservation


def extend(
    store: Store,
    id_: str,
    hours: float = 2,
    now: datetime = NOW,
    team: str = "nlp",
    most_ucr: int | None = None,
) -> Extended:
    longer = Longer(duration=hours * HOUR, most=Most(cost_ucr=most_ucr))
    return hands.extend(store, id_, longer, now, team=team)


def refused(store: Store, id_: str, hours: float = 2, now: datetime = NOW) -> BadField:
    with pytest.raises(BadField) as caught:
        extend(store, id_, hours, now)
    return caught.value


@pytest.mark.both
def test_it_lasts_longer_under_its_id_and_its_order_pays() -> None:
    store = a_market()
    one = taken(store)
    found = extend(store, one.id, 3, NOW + HOUR)
    after = reservation.get(store, one.id, team="nlp")
    assert found.reservation == after
    assert (after.end, after.units, after.state) == (
        NOW + 5 * HOUR,
        (8,) * 5,
        ReservationState.ACTIVE,
    )
    assert (found.start, found.cost_ucr, after.paid_ucr) == (one.end, 6 * CREDIT, 10 * CREDIT)
    order = orders.get(store, one.order_id, team="nlp")
    assert (order.state, order.version) == (OrderState.FILLED, 2)
    assert order.fill is not None
    assert (order.fill.payment_ucr, order.fill.extended_ucr) == (4 * CREDIT, 6 * CREDIT)
    assert (free_ucr(store, "nlp"), held_ucr(store, "nlp")) == (990 * CREDIT, 0)
    with store.read() as tx:
        moves = [each.transfer for each in transfer_store.posted_for(tx, {order.id})]
    paid = [each for each in moves if each.movement is Movement.PAY]
    assert [(each.rule, each.reason) for each in paid] == [("take", "taken"), ("take", "extended")]
    assert {each.payer.tags.project for each in paid} == {"llm"}
    assert paid[1].sold is not None
    assert (paid[1].sold.start, paid[1].sold.end) == (one.end, after.end)
    hands.advance(store, NOW + 2 * HOUR)
    assert reservation.get(store, one.id, team="nlp").state is ReservationState.ACTIVE
    hands.advance(store, NOW + 5 * HOUR)
    assert reservation.get(store, one.id, team="nlp").state is ReservationState.EXPIRED
    assert_clean(store)


@pytest.mark.both
def test_a_box_that_an_auction_won_is_extended_too_and_each_part_comes_back_at_its_own() -> None:
    """Worked by hand. Two teams win eight of sixteen units for an hour at 24 credits, for a third
    bid so much. One takes the next hour, at the reserve: two credits more. Of its 26 credits the
    hour that it won is worth 24 when its units fail, and the other two."""
    store = a_market()
    bids = [(40, "nlp"), (32, "rl"), (24, "vision")]
    hour = leg(hours=1)
    boxes = won(store, *(request(team, "b", option(v, 3, None, hour)) for v, team in bids))
    mine = next(one for one in boxes if one.team == "nlp")
    now = mine.start
    found = extend(store, mine.id, 1, now)
    assert found.cost_ucr == 2 * CREDIT
    assert found.reservation.prices_ucr == (3_000_000, 250_000)
    maintain(store, "gone", now + HOUR, 16, 1, now)
    assert reservation.came_back(store, [mine])[mine.id] == 2 * CREDIT
    assert_clean(store)


def test_what_was_won_below_its_price_comes_back_at_what_it_paid() -> None:
    """Two hours at 4 credits, priced at 6; two more were bought at their price, 12."""
    one = box(units=2, prices=(1_000_000, 2_000_000), paid_ucr=4_000_000)
    longer = replace(
        one,
        units=(2,) * 4,
        lost=(0,) * 4,
        given_back=(0,) * 4,
        prices_ucr=(1_000_000, 2_000_000, 3_000_000, 3_000_000),
        paid_ucr=16_000_000,
        extended=2,
        extended_ucr=12_000_000,
    )
    for k, share in enumerate((1_333_333, 2_666_666, 6_000_000, 6_000_000)):
        lost = tuple(2 if slot == k else 0 for slot in range(4))
        assert longer.paid_share_ucr(lost) == share
        if k < 2:
            assert one.paid_share_ucr(lost[:2]) == share
    assert longer.paid_share_ucr((2,) * 4) == 16_000_000
    gap = moved(longer, one.start + 3 * HOUR, one.start + 5 * HOUR, NOW)
    assert gap.extended == 4
    assert gap.paid_share_ucr((0, 0, 0, 0, 0, 2)) == 6_000_000
    won_later = moved(longer, one.start + HOUR, one.start + 2 * HOUR, NOW)
    assert won_later.extended == 2
    assert won_later.paid_share_ucr((0, 0, 2, 0, 0)) == 2_666_666


@pytest.mark.parametrize(
    ("won_ucr", "more_ucr", "shares"),
    [(0, 600, (0, 600)), (400, 0, (400, 0)), (0, 0, (0, 0)), (900, 600, (900, 600))],
)
def test_what_one_part_cost_never_comes_back_for_the_other(
    won_ucr: int, more_ucr: int, shares: tuple[int, int]
) -> None:
    prices = (300 if won_ucr else 0, 600 if more_ucr else 0)
    one = box(units=1, prices=prices, paid_ucr=won_ucr + more_ucr)
    one = replace(one, extended=1, extended_ucr=more_ucr)
    found = tuple(one.paid_share_ucr(units) for units in ((1, 0), (0, 1)))
    assert found == shares


@pytest.mark.both
def test_releases_before_and_after_an_extension_are_told_apart() -> None:
    """Eight units of an hour go, and come back by the next hour: as many are left as before."""
    store = a_market()
    one = taken(store, hours=3)
    part = Part(start=NOW + HOUR, end=NOW + 2 * HOUR)
    _, first = hands.release(store, one.id, NOW, team="nlp", part=part)
    extend(store, one.id, 1)
    part = Part(start=NOW + 2 * HOUR, end=NOW + 3 * HOUR)
    _, second = hands.release(store, one.id, NOW, team="nlp", part=part)
    assert first.id != second.id
    after, third = release_units(
        reservation.get(store, one.id, team="nlp"), Part(), NOW + 3 * HOUR, 1, 8
    )
    assert third.id not in (first.id, second.id)
    assert after.given_back == (0, 8, 8, 8)
    assert_clean(store)


def test_only_what_it_has_in_its_last_slot_goes_on() -> None:
    store = a_market()
    one = taken(store, units=16, hours=2)
    hands.release(store, one.id, NOW, team="nlp", part=Part(quantity=8, start=NOW + HOUR))
    found = extend(store, one.id, 1)
    assert found.reservation.units == (16, 8, 8)
    assert found.cost_ucr == 2 * CREDIT
    hands.release(store, one.id, NOW, team="nlp", part=Part(start=NOW + 2 * HOUR))
    with pytest.raises(NotAllowedNow) as gone:
        extend(store, one.id, 1)
    assert gone.value.reason == "gave-up-its-end"
    assert_clean(store)


def test_what_is_not_free_or_not_to_be_had_is_refused_and_nothing_moves() -> None:
    store = a_market()
    one = taken(store)
    other = TakingRequest(
        team="rl", key="o", pool="h100", quantity=16, duration=HOUR, start=NOW + 4 * HOUR
    )
    hands.take(store, other, NOW)
    before = reservation.get(store, one.id, team="nlp"), free_ucr(store, "nlp")
    full = refused(store, one.id, 3)
    assert (full.field, full.reason) == ("duration", "not-free")
    assert full.facts["at"] == NOW + 4 * HOUR
    assert refused(store, one.id, 1.5).reason == "not-slots"
    assert refused(store, one.id, 15).reason == "reaches-the-sale"
    with pytest.raises(BadField) as dear:
        extend(store, one.id, 2, most_ucr=4 * CREDIT - 1)
    assert (dear.value.field, dear.value.reason) == ("max_cost", "costs-more-in-all")
    with pytest.raises(NotFound):
        extend(store, one.id, 1, team="rl")
    with pytest.raises(NotFound):
        extend(store, "rsv_none", 1)
    assert before == (reservation.get(store, one.id, team="nlp"), free_ucr(store, "nlp"))
    assert extend(store, one.id, 2, most_ucr=4 * CREDIT).cost_ucr == 4 * CREDIT
    with pytest.raises(NotAllowedNow):
        extend(store, one.id, 1, NOW + 4 * HOUR)


def test_no_box_grows_beyond_what_one_may_last() -> None:
    """Twenty-four hours is the longest; it has ten, and nineteen are left before the next sale."""
    store = a_market()
    [one] = won(store, request("nlp", "long", option(40, 20, None, leg(hours=10))))
    run(store, CLOSE + DAY)
    now = CLOSE + DAY + HOUR
    far = refused(store, one.id, 15, now)
    assert (far.reason, far.facts["most"]) == ("longer-than-longest", DAY)
    assert extend(store, one.id, 14, now).reservation.end == one.start + DAY


def test_a_box_that_reaches_the_next_sale_is_bid_for() -> None:
    store = a_market()
    asked = TakingRequest(team="nlp", key="l", pool="h100", quantity=8, duration=HOUR, start=CLOSE)
    one = hands.take(store, asked, NOW).reservation
    assert refused(store, one.id, 1).reason == "sold-by-auction"


def test_the_policy_the_credits_and_the_key_count() -> None:
    store = a_market(credit=10)
    one = taken(store)  # four of the ten
    with pytest.raises(InsufficientCredits):
        extend(store, one.id, 4)
    tier = Tier(name="big", needs=(Need.LEAD,), from_ucr=6 * CREDIT, projects=("llm",))
    Runner(store).run(AdoptPolicy(Policy(tiers=(tier,))), by=hands.FINANCE, at=NOW)
    assert refused(store, one.id, 3).reason == "needs-approval"
    longer = Longer(duration=HOUR)
    first = hands.extend(store, one.id, longer, NOW, team="nlp", key="k")
    extend(store, one.id, 1)
    again = hands.extend(store, one.id, longer, NOW + HOUR, team="nlp", key="k")
    assert (again.start, again.cost_ucr, again.prices_ucr, again.slots) == (
        *(first.start, first.cost_ucr, first.prices_ucr),
        (),
    )
    assert again.reservation.extended == 2
    assert free_ucr(store, "nlp") == 2 * CREDIT
    with pytest.raises(KeyReused):
        hands.extend(store, one.id, Longer(duration=2 * HOUR), NOW + HOUR, team="nlp", key="k")
    assert_clean(store)


@pytest.mark.both
def test_what_somebody_gave_back_behind_it_brings_them_the_price() -> None:
    store = a_market()
    one = taken(store, hours=1)
    other = taken(store, "rl", units=16 - 8, hours=2)
    filler = TakingRequest(
        team="vision", key="v", pool="h100", quantity=8, duration=HOUR, start=NOW + HOUR
    )
    hands.take(store, filler, NOW)
    hands.release(store, other.id, NOW, team="rl", part=Part(start=NOW + HOUR))
    assert extend(store, one.id, 1).cost_ucr == 2 * CREDIT
    assert reservation.came_back(store, [other])[other.id] == 2 * CREDIT
    assert_clean(store)


def test_units_that_go_missing_behind_the_end_it_had_are_paid_back_where_it_may_move() -> None:
    """Its window is over where it was extended: it cannot be moved, and shrinks."""
    store = a_market()
    asked = request("nlp", "m", option(40, 3, 6, leg(hours=1)), on_failure=OnFailure.MOVE)
    [one] = won(store, asked)
    now = one.start
    extend(store, one.id, 2, now)
    maintain(store, "gone", now + 2 * HOUR, 16, 1, now)
    after = reservation.get(store, one.id, team="nlp")
    assert sum(after.units) + sum(after.lost) == 24
    assert_clean(store)


def test_its_team_is_told_until_when() -> None:
    store = a_market()
    one = taken(store)
    extend(store, one.id, 1)
    [event] = told(store, OneTeam("nlp"), kind="reservation.extended")
    assert isinstance(event.event, ReservationExtended)
    assert (event.event.start, event.event.until) == (one.end, one.end + HOUR)
    assert event.event.quantity == 8
    assert len(every(reservation.listed, store)) == 1
