"""Insight: spend, movers, prices beside the market's, value won and lost, evenness, resale."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain import insight as domain
from marketplace.domain.insight import (
    BidPart,
    Bought,
    Spend,
    against_market,
    evenness,
    movers,
    period_before,
    value_map,
    week_of,
)
from marketplace.domain.reservation import Part
from marketplace.domain.transfer import PricedUnits, Tags
from marketplace.errors import BadField
from marketplace.services import insight, statement
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    TEAMS,
    a_market,
    leg,
    option,
    placed,
    request,
    run,
    won,
)

pytestmark = pytest.mark.both
PERIOD = (NOW - DAY, CLOSE + 3 * DAY)
WIDE = leg(units=16)


@pytest.fixture
def store() -> Store:
    """Two teams bid for the same hours, a third has no room, and who won gives half back."""
    store = a_market()
    bids = [
        request("nlp", "a", option(90, 8, None, WIDE)),
        request("rl", "b", option(70, 8, None, WIDE)),
        request("vision", "c", option(40, 20, None, leg(), leg("a100", 1, 2))),
    ]
    themes = ("quality", "quality", "vision")
    tagged = [replace(bid, tags=Tags(theme=theme)) for bid, theme in zip(bids, themes, strict=True)]
    boxes = won(store, *tagged)
    [box] = [one for one in boxes if one.team == "nlp"]
    half = Part(quantity=8)
    hands.release(store, box.id, CLOSE + HOUR, team="nlp", part=half)
    again = replace(request("rl", "d", option(70, 50)), tags=Tags(theme="quality"))
    placed(store, again, now=CLOSE + 2 * HOUR)
    return store


def test_spend_is_what_the_statements_say(store: Store) -> None:
    found = insight.spending(store, *PERIOD).rows
    for team in TEAMS:
        account = statement.of_team(store, team, *PERIOD)
        lines = [line for line in account.lines if line.transfer.payer.id]
        mine = sum(one.spent_ucr for one in found if one.team == team)
        assert mine == -sum(line.amount_ucr for line in lines)
    assert {(one.team, one.theme, one.pool) for one in found} == {
        ("nlp", "quality", "h100"),
        ("vision", "vision", "h100"),
        ("vision", "vision", "a100"),
    }


def test_movers_are_held_against_the_period_before(store: Store) -> None:
    found = insight.spending(store, *PERIOD).movers()
    assert {one.before_ucr for one in found} == {0}
    later = insight.spending(store, CLOSE + DAY, CLOSE + 3 * DAY).movers()
    assert {one.now_ucr for one in later} == {0}
    assert [one.change_ucr for one in later] == sorted(one.change_ucr for one in later)
    assert len(insight.spending(store, *PERIOD).movers(1)) == 1
    assert period_before(NOW, NOW + DAY) == (NOW - DAY, NOW)
    january = datetime(2026, 1, 1, tzinfo=UTC)
    march, june = january.replace(month=3), january.replace(month=6)
    assert period_before(march, june) == (january.replace(year=2025, month=12), march)


def test_the_value_map_has_what_was_won_and_what_the_organisation_could_not_get(
    store: Store,
) -> None:
    bids = insight.bids(store, *PERIOD)
    found = value_map(bids)
    quality = next(one for one in found if one.theme == "quality")
    assert (quality.won_ucr, quality.lost_ucr) == (90 * CREDIT, 70 * CREDIT)
    assert quality.unit_seconds == 32 * 3600
    vision = [one for one in found if one.theme == "vision"]
    assert sum(one.won_ucr for one in vision) == 40 * CREDIT
    spent = insight.spending(store, *PERIOD).rows
    assert sum(one.paid_ucr for one in found) == sum(one.charged_ucr for one in spent)
    own = value_map(one for one in bids if one.team == "rl")
    assert [(one.won_ucr, one.lost_ucr) for one in own] == [(0, 70 * CREDIT)]


def test_the_value_map_tells_nothing_of_a_bid_that_is_open(store: Store) -> None:
    """§7.11: not of one that was lost before and was raised since."""
    before = insight.bids(store, *PERIOD)
    placed(store, request("nlp", "sealed", option(500, 60)), now=CLOSE + 3 * HOUR)
    assert insight.bids(store, *PERIOD) == before
    run(store, CLOSE + DAY)
    assert insight.bids(store, *PERIOD) != before


def test_what_was_released_and_sold_again_is_a_share(store: Store) -> None:
    nothing = insight.spending(store, *PERIOD).resold
    assert (nothing.released, nothing.resold) == (16 * 3600, 0)
    assert insight.spending(store, CLOSE + 2 * DAY, CLOSE + 3 * DAY).resold.share is None
    assert nothing.share == 0.0


def test_time_that_was_released_and_sold_counts_once() -> None:
    store = a_market()
    [box] = won(store, request("nlp", "a", option(90, 30, None, WIDE)))
    hands.release(store, box.id, CLOSE + HOUR, team="nlp")
    placed(store, request("rl", "b", option(70, 30)), now=CLOSE + 2 * HOUR)
    run(store, CLOSE + DAY)
    found = insight.spending(store, *PERIOD).resold
    assert (found.released, found.resold, found.share) == (32 * 3600, 16 * 3600, 0.5)


def test_a_period_that_ends_before_it_starts_is_refused(store: Store) -> None:
    for one in (insight.spending, insight.bids):
        with pytest.raises(BadField, match="end"):
            one(store, NOW, NOW)


def test_all_teams_count_for_how_even_spend_is(store: Store) -> None:
    found = insight.spending(store, *PERIOD).concentration
    assert found.teams == len(TEAMS)
    assert found.hhi is not None
    assert 1 / 3 < found.hhi < 1


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=8))
def test_evenness_is_between_all_alike_and_all_of_one(values: list[int]) -> None:
    found = evenness({str(k): one for k, one in enumerate(values)})
    total, count = sum(values), len(values)
    if not total:
        assert (found.hhi, found.gini, found.jain) == (None, None, None)
        return
    assert found.hhi is not None
    assert found.gini is not None
    assert found.jain is not None
    pairs = sum(abs(one - other) for one in values for other in values)
    assert found.gini == pytest.approx(float(Fraction(pairs, 2 * count * total)), abs=1e-9)
    assert found.hhi * found.jain * count == pytest.approx(1)
    assert 1 / count - 1e-9 <= found.hhi <= 1 + 1e-9


def bought(team: str, credit: int, units: int, price: int, hours: int = 1) -> Bought:
    span = PricedUnits(NOW, NOW + hours * HOUR, units, price)
    return Bought(
        team=team,
        pool="p",
        amount_ucr=credit * CREDIT,
        unit_seconds=span.unit_seconds,
        spans=(span,),
    )


def test_a_price_is_held_against_the_average_of_the_same_hours() -> None:
    dear, cheap = against_market([bought("a", 30, 10, 3), bought("b", 10, 10, 1)])
    assert (dear.market_ucr, cheap.market_ucr) == (20 * CREDIT, 20 * CREDIT)
    assert (dear.share_above, cheap.share_above) == (0.5, -0.5)
    [alone] = against_market([bought("a", 30, 10, 0, 2)])
    assert (alone.share_above, alone.unit_seconds) == (0.0, 20 * 3600)
    later = replace(bought("b", 10, 10, 1), pool="q")
    assert [one.share_above for one in against_market([bought("a", 30, 10, 3), later])] == [0, 0]


def test_what_is_paid_in_all_is_the_market(store: Store) -> None:
    found = insight.spending(store, *PERIOD).against_market
    paid = sum(one.paid_ucr for one in found)
    assert sum(one.market_ucr for one in found) == pytest.approx(paid, abs=len(found))


def spent(team: str, credit: int, theme: str = "t") -> Spend:
    return Spend(
        team=team,
        theme=theme,
        pool="p",
        charged_ucr=credit * CREDIT,
        refunded_ucr=0,
        unit_seconds=0,
    )


def test_the_largest_change_stands_first_and_none_does_not_stand() -> None:
    now, before = [spent("a", 5), spent("b", 9), spent("d", 1)], [spent("a", 5), spent("c", 7)]
    found = movers(now, before, 2)
    assert [(one.team, one.change_ucr // CREDIT) for one in found] == [("b", 9), ("c", -7)]


def test_an_order_counts_once_a_week_as_it_ended_there() -> None:
    monday = week_of(NOW)
    assert monday <= NOW < monday + domain.WEEK

    def part(day: int, value: int, *, wins: bool = False) -> BidPart:
        at = monday + day * DAY
        return BidPart(
            order="o", team="t", theme="x", pool="p", closed_at=at, won=wins, value_ucr=value
        )

    first, second = value_map([part(0, 5), part(1, 6), part(7, 8), part(9, 9, wins=True)])
    assert (first.won_ucr, first.lost_ucr, first.week) == (0, 6, monday)
    assert (second.won_ucr, second.lost_ucr) == (9, 0)


def test_a_mean_price_is_of_time_that_was_won() -> None:
    """10 credits for three hours of one unit are 3.333333 an hour."""
    known = {"week": CLOSE, "theme": "", "pool": "h100", "won_ucr": 0, "lost_ucr": 0}
    worth = domain.Worth(**known, paid_ucr=10 * CREDIT, unit_seconds=3 * 3600)  # type: ignore[arg-type]
    assert worth.mean_price_ucr == 3_333_333
    assert replace(worth, unit_seconds=0).mean_price_ucr is None
