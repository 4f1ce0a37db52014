"""Statements of a project, theme or cost centre, and the hours of a period."""

from dataclasses import replace
from datetime import timedelta

import pytest

from marketplace.domain.hours import Box, PoolHours, hours_of
from marketplace.domain.page import every
from marketplace.domain.reservation import Part
from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.domain.statement import LineType, Standing, Tagged
from marketplace.domain.transfer import Tag, Tags
from marketplace.errors import BadField
from marketplace.services import statement
from marketplace.services.ledger import held as holds
from marketplace.services.reservation import listed as boxes
from marketplace.store import statement as statement_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    START,
    TEAMS,
    a_market,
    leg,
    maintain,
    option,
    placed,
    request,
    run,
)

pytestmark = pytest.mark.both
PERIOD = (NOW - DAY, CLOSE + 2 * DAY)
SEARCH = Tags(project="search", theme="quality", cost_centre="cc-1")
CHAT = Tags(project="chat", theme="quality")
WIDE = leg(units=16)


@pytest.fixture
def store() -> Store:
    """Two teams buy for one theme, one loses a slot to maintenance, one gives a slot back, one runs
    on spot, and one still bids."""
    store = a_market()
    first = replace(request("nlp", "a", option(90, 8, None, WIDE)), tags=SEARCH)
    other = replace(request("rl", "b", option(80, 8, None, WIDE)), tags=CHAT)
    plain = request("vision", "c", option(20, 20))
    placed(store, first, replace(other, options=(option(80, 12, None, WIDE),)), plain)
    run(store)
    maintain(store, "m", CLOSE + 9 * HOUR, 16, 1, CLOSE + 2 * HOUR)
    [box] = every(boxes, store, team="rl")
    hands.release(store, box.id, CLOSE + 2 * HOUR, team="rl", part=Part(start=box.start + HOUR))
    waits = replace(request("nlp", "w", option(30, 40)), tags=SEARCH)
    placed(store, waits, now=CLOSE + 2 * HOUR)
    terms = SpotTerms(
        team="nlp",
        key="s",
        pool="a100",
        quantity=4,
        limit_ucr=2 * CREDIT,
        minimum=timedelta(0),
        tags=SEARCH,
    )
    [spot] = hands.ask(store, [terms], CLOSE + 2 * HOUR)
    hands.tick(store, CLOSE + 2 * HOUR)
    assert isinstance(spot, SpotRequest)
    hands.stop(store, [spot.id], CLOSE + 3 * HOUR, team="nlp")
    return store


def of(tag: Tag, name: str, *teams: str) -> Tagged:
    return Tagged(tag=tag, name=name, teams=teams or None)


def test_a_tag_is_charged_what_its_work_of_all_teams_paid_and_got_back(store: Store) -> None:
    theme = of(Tag.THEME, "quality")
    found = every(statement.tag_lines, store, theme, *PERIOD)
    assert {line.transfer.team for line in found} == {"nlp", "rl"}
    assert {line.type for line in found} == {LineType.CHARGE, LineType.REFUND}
    whole = statement.tag_account(store, theme, *PERIOD)
    assert whole.spent_ucr == -sum(line.amount_ucr for line in found) > 0
    parts = [
        statement.tag_account(store, of(Tag.PROJECT, name), *PERIOD) for name in ("search", "chat")
    ]
    assert whole.spent_ucr == sum(one.spent_ucr for one in parts)
    centre = statement.tag_account(store, of(Tag.COST_CENTRE, "cc-1"), *PERIOD)
    assert centre.spent_ucr == parts[0].spent_ucr


def test_a_tag_opens_where_it_closed(store: Store) -> None:
    theme, middle = of(Tag.THEME, "quality"), CLOSE + HOUR
    first = statement.tag_account(store, theme, PERIOD[0], middle)
    then = statement.tag_account(store, theme, middle, PERIOD[1])
    whole = statement.tag_account(store, theme, *PERIOD)
    assert (first.before_ucr, then.before_ucr) == (0, first.in_all_ucr)
    assert then.in_all_ucr == whole.in_all_ucr == whole.spent_ucr
    assert (then.held_ucr, first.held_ucr) == (whole.held_ucr, 0)


def test_what_a_tag_holds_is_what_its_orders_hold(store: Store) -> None:
    held = statement.tag_account(store, of(Tag.PROJECT, "search"), *PERIOD).held_ucr
    assert held == sum(one.amount_ucr for one in every(holds, store)) == 30 * CREDIT
    assert statement.tag_account(store, of(Tag.PROJECT, "chat"), *PERIOD).held_ucr == 0


def test_a_tag_is_seen_of_some_teams_alone(store: Store) -> None:
    """§7.11"""
    whole = every(statement.tag_lines, store, of(Tag.THEME, "quality"), *PERIOD)
    own = every(statement.tag_lines, store, of(Tag.THEME, "quality", "rl", "vision"), *PERIOD)
    assert own == [line for line in whole if line.transfer.team == "rl"]
    mine = statement.tag_account(store, of(Tag.THEME, "quality", "rl"), *PERIOD)
    assert mine.spent_ucr == -sum(line.amount_ucr for line in own)
    hours = statement.hours(store, of(Tag.THEME, "quality", "rl"), *PERIOD)
    assert hours == statement.hours(store, "rl", *PERIOD)
    none = statement.tag_account(store, replace(of(Tag.THEME, "quality"), teams=()), *PERIOD)
    assert (none.in_all_ucr, none.held_ucr) == (0, 0)


def test_a_tag_that_nothing_has_cost_nothing_and_one_without_a_name_is_refused(
    store: Store,
) -> None:
    none = statement.tag_account(store, of(Tag.THEME, "nowhere"), *PERIOD)
    assert (none.before_ucr, none.spent_ucr, none.held_ucr) == (0, 0, 0)
    assert statement.hours(store, of(Tag.THEME, "nowhere"), *PERIOD) == ()
    for name in ("", "x" * 129):
        with pytest.raises(BadField, match="name"):
            of(Tag.THEME, name)


def test_hours_are_those_bought_ahead_those_left_and_none_that_nobody_told(store: Store) -> None:
    assert statement.hours(store, "rl", *PERIOD) == (
        PoolHours(pool="h100", reserved=32 * 3600, allocated=16 * 3600),
    )
    a100, h100 = statement.hours(store, "nlp", *PERIOD)
    assert (a100.reserved, a100.allocated) == (0, 4 * 3600)
    assert (h100.reserved, h100.allocated, h100.used_micro) == (32 * 3600, 16 * 3600, None)
    [vision] = statement.hours(store, "vision", *PERIOD)
    assert (vision.reserved, vision.allocated) == (16 * 3600, 16 * 3600)
    by_tag = statement.hours(store, of(Tag.PROJECT, "search"), *PERIOD)
    assert by_tag == (a100, h100)


def test_hours_of_neighbouring_periods_add_up(store: Store) -> None:
    for team in TEAMS:
        whole = {one.pool: one for one in statement.hours(store, team, *PERIOD)}
        for middle in (START + 7 * HOUR, START + 7 * HOUR + HOUR / 2, START + 19 * HOUR):
            parts = [
                one
                for period in ((PERIOD[0], middle), (middle, PERIOD[1]))
                for one in statement.hours(store, team, *period)
            ]
            for pool, one in whole.items():
                of_pool = [part for part in parts if part.pool == pool]
                assert sum(part.reserved for part in of_pool) == one.reserved
                assert sum(part.allocated for part in of_pool) == one.allocated


def test_sums_in_the_database_are_those_of_the_transfers(store: Store) -> None:
    """Held by addresses and held by movements is the same."""
    for at in (NOW, CLOSE, CLOSE + HOUR / 2, CLOSE + 3 * HOUR, PERIOD[1]):
        with store.read() as tx:
            for team in TEAMS:
                posted = transfer_store.posted_in(tx, team, PERIOD[0], at)
                there = Standing().after(posted, team)
                assert statement_store.changed(tx, team, PERIOD[0], at) == there


def test_a_slot_across_the_end_of_a_period_counts_for_its_part() -> None:
    box = Box(pool="p", start=NOW, slot=HOUR, units=(2, 2), gone=(0, 1))
    period = (NOW + HOUR / 2, NOW + 1.5 * HOUR)
    assert hours_of({"q": 5}, [box], {"p": 7}, period) == (
        PoolHours(pool="p", reserved=2 * 1800 + 3 * 1800, allocated=4 * 1800 + 7),
        PoolHours(pool="q", reserved=5, allocated=5),
    )


def test_a_place_before_the_period_brings_nothing_from_before_it(store: Store) -> None:
    late = (CLOSE + HOUR, PERIOD[1])
    whole = statement.lines(store, "nlp", *late)
    assert whole.items
    assert statement.lines(store, "nlp", *late, after=(0, 0)) == whole
    with pytest.raises(BadField, match="no place in this list"):
        statement.lines(store, "nlp", *late, after=("x", 0))
