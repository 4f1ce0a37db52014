"""Every list in pages: all of it, each item once, in order, and answered from an index."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.domain.actor import Actor, Standing
from marketplace.domain.actor import Role as ActorRole
from marketplace.domain.adjustment import AdjustmentState
from marketplace.domain.alert import AlertKind, AlertRule
from marketplace.domain.approval import ApprovalState, DelegationRequest
from marketplace.domain.approval_command import AdoptPolicy, Delegate
from marketplace.domain.capacity import Span
from marketplace.domain.credit_line_command import CloseCreditLine
from marketplace.domain.credit_transfer import CreditTransferState
from marketplace.domain.event.audience import Circle
from marketplace.domain.order import OrderState
from marketplace.domain.override import OverrideRequest
from marketplace.domain.page import LIMIT_MAX, Cursor, Page, every
from marketplace.domain.policy import Need, Policy, Tier
from marketplace.domain.reservation import Part, ReservationState
from marketplace.domain.spot import SpotState, SpotTerms
from marketplace.domain.statement import Tagged
from marketplace.domain.team import Member, Role
from marketplace.domain.theme import Themes
from marketplace.domain.theme_command import AdoptThemes
from marketplace.domain.transfer import Tag, Tags
from marketplace.errors import BadField
from marketplace.rules import PPM
from marketplace.services import (
    adjustment,
    alert,
    approval,
    capacity,
    cost,
    credit_line_seen,
    credit_transfer,
    cycle,
    event,
    grant_schedule,
    indicative,
    journal,
    ledger,
    maintenance,
    month,
    order,
    override,
    policy,
    publication,
    reservation,
    rules,
    spot,
    statement,
    team,
    theme,
)
from marketplace.services import window as window_service
from marketplace.services.runner import Runner
from marketplace.store import reservation as reservation_store
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    START,
    a_grant,
    a_market,
    leg,
    maintain,
    option,
    placed,
    request,
    run,
    window,
)

LATER = START + 3 * HOUR
"""When some time-boxes are over, some are under way, and others are still to come."""


def busy() -> Store:
    """A market with several of everything, much of it at the same moment."""
    store = a_market()
    for person in ("ada", "eve", "lee"):
        hands.put_member(store, Member(team="nlp", person=person, role=Role.MEMBER), NOW)
    for work in (3_000, 4_000):
        hands.propose(store, f"p-{work}", NOW, ("work", work))
        hands.adopt(store, NOW, ("work", work))
    hands.add_windows(store, [window("h100", 8) for _ in range(3)], NOW)
    hands.grant(store, [a_grant(f"more-{k}", "nlp", 5, 60 + k % 2) for k in range(4)], NOW)
    _finance(store)
    small = leg("a100", 1, 2)
    bids = [request("nlp", f"k{k}", option(20, 8 + k % 3, None, small)) for k in range(6)]
    tags = Tags(project="a project", theme="a theme", cost_centre="a cost-centre")
    bids = [replace(one, tags=tags) for one in bids]
    orders = placed(store, *bids, request("rl", "r", option(90)))
    hands.cancel(store, [orders[0].id], NOW, team="nlp")
    asked = SpotTerms(
        team="nlp",
        key="s",
        pool="h100",
        quantity=8,
        limit_ucr=2 * CREDIT,
        minimum=timedelta(0),
    )
    for k in range(4):
        hands.ask(store, [SpotTerms(**_facts(asked) | {"key": f"s{k}"})], NOW)
    for minutes in (0, 5, 10, 15):
        hands.tick(store, NOW + timedelta(minutes=minutes))
    for hours in (12, 6, 1):
        hands.indicate(store, CLOSE - hours * HOUR)
    run(store)
    for k, one in enumerate(every(reservation.listed, store, team="nlp")[-2:]):
        part = Part(start=one.start + k * HOUR)
        hands.release(store, one.id, CLOSE + HOUR, team="nlp", part=part)
    shut = OverrideRequest(
        pool="h100", start=CLOSE + 9 * DAY, end=CLOSE + 10 * DAY, quantity=8, reason="shut"
    )
    for k in range(3):
        maintain(store, f"m{k}", CLOSE + 9 * DAY, 1, 2, CLOSE + HOUR)
        hands.override(store, shut, CLOSE + HOUR)
        hands.register(store, f"hook-{k}", Circle.FINANCE, CLOSE + HOUR)
    return store


def _finance(store: Store) -> None:
    """What finance keeps, and what waits for somebody's word."""
    for amount in (1, 2, 3):
        hands.propose_adjustment(store, "nlp", amount, NOW)
    for team_id, other in (("nlp", "rl"), ("rl", "nlp"), ("nlp", "vision"), ("rl", "vision")):
        hands.transfer(store, team_id, other, CREDIT, NOW)
    for k in range(4):
        hands.schedule(store, ("nlp", "rl")[k % 2], CREDIT, NOW, f"s-{k}")
    for team_id in ("nlp", "nlp", "rl", "nlp", "rl", "nlp"):
        line = hands.credit_line(store, team_id, CREDIT, NOW)
        Runner(store).run(CloseCreditLine(line, "over"), by=hands.FINANCE, at=NOW)
    tier = Tier(name="risky", needs=(Need.LEAD,), themes=("risky",))
    all_ = AlertRule(name="low", on=AlertKind.FREE, share_ppm=PPM)
    runner, lead = Runner(store), Actor.person("lea", Standing(ActorRole.LEAD, "nlp"))
    for k in range(3):
        each = AlertRule(name=f"low-{k}", on=AlertKind.FREE, share_ppm=PPM)
        policy = Policy(tiers=(tier,), alerts=(each, all_), note=f"{k}")
        runner.run(AdoptPolicy(policy), by=hands.FINANCE, at=NOW)
        themes = Themes(start=NOW, end=NOW + DAY, note=f"{k}")
        runner.run(AdoptThemes(themes), by=hands.FINANCE, at=NOW)
        asked = [request(whose, f"risky{k}", option(1, 40)) for whose in ("nlp", "vision")]
        placed(store, *(replace(one, tags=Tags(theme="risky")) for one in asked))
        lent = DelegationRequest(role=Need.LEAD, to=f"ann{k}", start=NOW, end=NOW + DAY, team="nlp")
        runner.run(Delegate(lent), by=lead, at=NOW)


def _facts(terms: SpotTerms) -> dict[str, Any]:
    return {name: getattr(terms, name) for name in SpotTerms.__slots__}


Listing = Callable[..., Page[Any]]
PERIOD = (NOW - DAY, CLOSE + 2 * DAY)
LISTS: dict[str, tuple[Listing, tuple[Any, ...], dict[str, Any]]] = {
    "teams": (team.listed, (), {}),
    "members": (team.members, ("nlp",), {}),
    "pools": (capacity.listed, (), {}),
    "windows": (window_service.listed, ("h100",), {}),
    "overrides": (override.listed, ("h100",), {}),
    "overrides that count": (override.listed_at, ("h100", LATER), {}),
    "overrides that are over": (override.listed_at, ("h100", CLOSE + 20 * DAY), {"over": True}),
    "maintenance": (maintenance.listed, (), {}),
    "maintenance that is not over": (maintenance.listed_at, (LATER,), {}),
    "maintenance that is over": (maintenance.listed_at, (CLOSE + 20 * DAY,), {"over": True}),
    "policies": (policy.listed, (), {}),
    "themes": (theme.listed, (), {}),
    "alerts": (alert.listed, (), {}),
    "alerts of a team": (alert.listed, ("nlp",), {}),
    "alerts of a kind": (alert.listed, ("", AlertKind.FREE), {}),
    "approvals": (approval.listed, (), {}),
    "approvals of a team": (approval.listed, (), {"team": "nlp"}),
    "approvals that wait": (approval.listed, (), {"state": ApprovalState.WAITING}),
    "delegations": (approval.delegations, ("person:lea",), {}),
    "credit transfers": (credit_transfer.listed, (), {}),
    "credit transfers of a team": (credit_transfer.listed, ("nlp",), {}),
    "credit transfers that wait": (
        credit_transfer.listed,
        ("", CreditTransferState.PROPOSED),
        {},
    ),
    "credit transfers of a team that wait": (
        credit_transfer.listed,
        ("nlp", CreditTransferState.PROPOSED),
        {},
    ),
    "credit lines": (credit_line_seen.listed, (), {}),
    "credit lines of a team": (credit_line_seen.listed, ("nlp",), {}),
    "grant schedules": (grant_schedule.listed, (), {}),
    "grant schedules of a team": (grant_schedule.listed, ("nlp",), {}),
    "grants": (ledger.balances, (), {}),
    "grants of a team": (ledger.balances, ("nlp",), {}),
    "holds": (ledger.held, (), {}),
    "holds of a team": (ledger.held, ("nlp",), {}),
    "orders": (order.listed, (), {"team": "nlp"}),
    "orders of all": (publication.ended_orders, (), {}),
    "orders of all in a state": (publication.ended_orders, (), {"state": OrderState.FILLED}),
    "orders in a state": (order.listed, (), {"team": "nlp", "state": OrderState.FILLED}),
    "cycles": (cycle.listed, (), {}),
    "indicative prices": (indicative.listed, ("1",), {}),
    "rules": (rules.listed, (), {}),
    "proposals": (rules.proposals, (), {}),
    "names": (publication.names, ("1",), {"by": hands.FINANCE}),
    "names of a team": (publication.names, ("1",), {"by": hands.FINANCE, "team": "nlp"}),
    "reservations": (reservation.listed, (), {}),
    "reservations of a team": (reservation.listed, (), {"team": "nlp", "now": LATER}),
    **{
        f"reservations {state.value} of {whose or 'all'}": (
            reservation.listed,
            (),
            {"team": whose, "state": state, "now": LATER},
        )
        for state in ReservationState
        for whose in ("", "nlp")
    },
    "releases": (reservation.releases, (), {}),
    "releases of a team": (reservation.releases, (), {"team": "nlp"}),
    "spot requests": (spot.listed, (), {"team": "nlp"}),
    "spot requests in a state": (spot.listed, (), {"team": "nlp", "state": SpotState.ACTIVE}),
    "spot prices": (spot.prices, ("h100", *PERIOD), {}),
    "statement lines": (statement.lines, ("nlp", *PERIOD), {}),
    **{
        f"lines of a {tag.value}{' of a team' * (teams is not None)}": (
            statement.tag_lines,
            (Tagged(tag=tag, name=f"a {tag.value}", teams=teams), *PERIOD),
            {},
        )
        for tag in Tag
        for teams in (None, ("nlp",))
    },
    "transfers": (ledger.posted, (), {}),
    "transfers of a time": (ledger.posted, ("", *PERIOD), {}),
    "transfers of a team": (ledger.posted, ("team/nlp", *PERIOD), {}),
    "transfers of a grant": (ledger.posted, ("team/nlp/grant/g-nlp",), {}),
    "transfers of an account": (ledger.posted, ("pool/h100/till",), {}),
    "adjustments": (adjustment.listed, (), {}),
    "adjustments that wait": (adjustment.listed, (), {"state": AdjustmentState.PROPOSED}),
    "months": (month.listed, (), {}),
    "journal": (journal.listed, (), {}),
    "charges and refunds": (cost.listed, PERIOD, {}),
    "consumers": (event.consumers, (), {}),
}
EMPTY = {"months"} | {
    f"reservations {state} of {whose}"
    for state in ("failed", "released", "recalled", "expired", "active", "scheduled")
    for whose in ("all", "nlp")
}
"""In this market a time may have brought nobody into these."""


@pytest.mark.both
def test_pages_put_together_are_the_list_each_item_once_and_in_its_order() -> None:
    store = busy()
    for name, (listing, args, named) in LISTS.items():
        whole = every(listing, store, *args, **named)
        assert whole or name in EMPTY, name
        for limit in (1, 2, LIMIT_MAX):
            found: list[Any] = []
            after = None
            while True:
                page = listing(store, *args, **named, after=after, limit=limit)
                assert len(page.items) == limit or page.next is None, name
                found += page.items
                if (after := page.next) is None:
                    break
            assert found == whole, (name, limit)


def test_reservations_of_each_state_are_all_the_reservations_as_time_has_made_them() -> None:
    store = busy()
    for now in (CLOSE, START + HOUR, LATER, LATER + 9 * DAY):
        as_they_are = every(reservation.listed, store, now=now)
        by_state = {
            state: every(reservation.listed, store, now=now, state=state)
            for state in ReservationState
        }
        assert sum(map(len, by_state.values())) == len(as_they_are) > 4
        for state, found in by_state.items():
            assert found == [one for one in as_they_are if one.state is state]


@contextmanager
def asked(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """The statements that the database is asked, with their values."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, query: str, values: Any, *_: Any) -> None:
        seen.append((query, values))

    sa.event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", note)


SORTS = re.compile(r"USE TEMP B-TREE")
READS_ALL = re.compile(r"^SCAN (?!.*USING (COVERING )?INDEX)")


def faults(store: Store, query: str, values: Any) -> list[str]:
    """Where SQLite would read a whole table, or sort what it read."""
    with store.read() as tx:
        plan = tx.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
    return [step for *_, step in plan if SORTS.search(step) or READS_ALL.search(step)]


SMALL = re.compile(r"FROM (team|pool) ORDER BY (team|pool)\.id$")
"""All ids, so that a refusal can name a few that there are."""


def test_no_list_reads_a_whole_table_or_sorts() -> None:
    store = busy()
    if store.engine.dialect.name != "sqlite":
        pytest.skip("how SQLite plans is asked of SQLite")
    wrong = []
    for name, (listing, args, named) in LISTS.items():
        first = listing(store, *args, **named, limit=1)
        with asked(store) as statements:
            listing(store, *args, **named, after=first.next, limit=1)
        selects = [one for one in statements if one[0].startswith("SELECT")]
        assert selects, name
        for query, values in selects:
            if not SMALL.search(" ".join(query.split())):
                wrong += [f"{name}: {fault}" for fault in faults(store, query, values)]
    assert wrong == []


def test_a_page_of_a_period_is_entered_at_its_place_alone() -> None:
    """Beside the place, another lower bound makes each page read all those before it again: an
    export of a million rows took five times as long."""
    store = busy()
    for name, (listing, args, named) in LISTS.items():
        if args[-2:] != PERIOD:
            continue
        first = listing(store, *args, **named, limit=1)
        assert first.next, name
        with asked(store) as statements:
            listing(store, *args, **named, after=first.next, limit=1)
        pages = [query for query, _ in statements if "LIMIT" in query]
        assert len(pages) == 1, name
        assert (pages[0].count(">="), pages[0].count("<")) == (0, 1), name


def test_a_place_before_a_period_begins_where_that_does() -> None:
    store = busy()
    whole = every(cost.listed, store, *PERIOD)
    assert list(cost.listed(store, *PERIOD, after=(0, 0), limit=LIMIT_MAX)) == whole


STATEMENTS = 6
"""That a page is asked for in: the page, and what it is of."""


def test_a_page_is_asked_for_in_as_few_statements_however_much_it_holds() -> None:
    """And what came back for the reservations and orders on it in one more."""
    store = busy()
    for name, (listing, args, named) in LISTS.items():
        counts = []
        for limit in (1, LIMIT_MAX):
            with asked(store) as statements:
                found = listing(store, *args, **named, limit=limit)
                if name.startswith("reservations"):
                    reservation.came_back(store, found)
                if name.startswith("orders"):
                    order.came_back(store, found)
            counts.append(sum(query.startswith("SELECT") for query, _ in statements))
        assert counts[0] <= counts[1] + 1, name
        assert max(counts) <= STATEMENTS, (name, counts)


def test_what_is_sold_ahead_is_read_from_now_on_and_not_from_the_first_day() -> None:
    store = busy()
    if store.engine.dialect.name != "sqlite":
        pytest.skip("how SQLite plans is asked of SQLite")
    with asked(store) as statements, store.read() as tx:
        reservation_store.sold(tx, Span(start=CLOSE, slot=HOUR, slots=96), ["h100"])
        reservation_store.overlapping(tx, CLOSE, CLOSE + HOUR)
    selects = [one for one in statements if one[0].startswith("SELECT")]
    assert len(selects) == 2
    for query, values in selects:
        with store.read() as tx:
            [plan] = tx.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
        assert plan[-1].endswith("INDEX ix_reservation_end (end>?)")


def test_the_plans_test_can_see() -> None:
    store = busy()
    if store.engine.dialect.name != "sqlite":
        pytest.skip("how SQLite plans is asked of SQLite")
    scan = "SELECT * FROM market_order WHERE version = ?"
    assert faults(store, scan, (1,)) == ["SCAN market_order"]
    sort = "SELECT * FROM market_order WHERE team = ? ORDER BY version"
    assert faults(store, sort, ("nlp",)) == ["USE TEMP B-TREE FOR ORDER BY"]


@pytest.mark.parametrize("limit", [0, -1, LIMIT_MAX + 1])
def test_a_limit_that_no_page_has_is_refused(limit: int) -> None:
    with pytest.raises(BadField, match=f"limit is {limit}: a whole number from 1 to 1000"):
        team.listed(a_market(), limit=limit)


@pytest.mark.parametrize("after", [(), ("x", "y"), (7,), ("nlp", 1)])
def test_a_place_that_is_none_of_this_list_is_refused(after: tuple[int | str, ...]) -> None:
    with pytest.raises(BadField, match="no place in this list"):
        team.listed(a_market(), after=after)


def test_a_place_outlives_the_item_that_stood_there() -> None:
    """A cursor names a place in the order, not a count: what is new before it moves nothing."""
    store = busy()
    first = order.listed(store, team="nlp", limit=2)
    rest = every(order.listed, store, team="nlp")[2:]
    placed(
        store, request("nlp", "new", option(9, 40, None, leg("a100", 1, 1))), now=CLOSE + 2 * HOUR
    )
    assert list(order.listed(store, team="nlp", after=first.next)) == rest


def test_every_item_is_read_page_by_page_to_the_last() -> None:
    asked: list[Cursor | None] = []

    def listing(first: int, *, after: Cursor | None, limit: int) -> Page[int]:
        asked.append(after)
        at = int(after[0]) if after else first
        return Page((at, at + 1), (at + 2,) if at < first + 4 else None)

    assert every(listing, 7) == [7, 8, 9, 10, 11, 12]
    assert asked == [None, (9,), (11,)]
