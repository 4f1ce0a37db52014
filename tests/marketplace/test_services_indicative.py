"""Indicative clearings on a market: at fixed times, without effect, and the same to everybody."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from allocator import clearing
from marketplace.domain.actor import CLOCK
from marketplace.domain.clock_command import RecordIndicative
from marketplace.domain.event.audience import Circle, OneTeam
from marketplace.domain.indicative import (
    NOT_CLEARED,
    TOO_FEW,
    Indicative,
    IndicativePool,
    encoded,
)
from marketplace.domain.page import every
from marketplace.errors import BadField, NotFound, UnsoundOutcome
from marketplace.services import clock, indicative, order, price
from marketplace.services.clock import advance
from marketplace.services.runner import Runner
from marketplace.store import journal as journal_store
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    RULES,
    SALT,
    TEAMS,
    a_market,
    assert_clean,
    held_ucr,
    leg,
    option,
    placed,
    request,
    run,
)
from tests.marketplace.told import told

MINUTE = timedelta(minutes=1)
NOON, EVENING, LAST = CLOSE - 12 * HOUR, CLOSE - 6 * HOUR, CLOSE - HOUR


def contested() -> Store:
    """Three teams want all of h100 at the same time, and one of them a bit of a100."""
    store = a_market()
    values = dict(zip(TEAMS, (93, 71, 57), strict=True))
    for team, value in values.items():
        placed(store, request(team, "a", option(value, 8, 9, leg(units=16))))
    placed(store, request("nlp", "b", option(33, 8, None, leg("a100", 1))))
    return store


def at(store: Store, now: datetime) -> Indicative | None:
    """What the clock tells when it looks then."""
    return advance(Runner(store), now, SALT).indicative


def of_pool(one: Indicative | None, pool: str) -> IndicativePool:
    assert one is not None
    [found] = [each for each in one.pools if each.pool == pool]
    return found


def test_prices_are_told_rounded_up_where_three_teams_bid_and_nowhere_else() -> None:
    """§7.11"""
    store = contested()
    h100 = of_pool(at(store, NOON), "h100")
    told_slots = [slot for slot, one in enumerate(h100.prices_ucr) if one is not None]
    assert told_slots == [7, 8, 9]  # the sale begins an hour after the close
    assert of_pool(indicative.showing(store).latest, "a100").reason == TOO_FEW
    run(store)
    [final] = [one for one in price.latest(store).pools if one.pool == "h100"]
    for slot in told_slots:
        shown = h100.prices_ucr[slot]
        assert shown is not None
        assert final.prices_ucr[slot] <= shown <= final.prices_ucr[slot] * 1.1
    assert max(final.prices_ucr) > CREDIT
    assert_clean(store)


def test_where_two_teams_bid_another_bid_changes_nothing_that_is_told() -> None:
    """§7.11"""
    seen = []
    for value in (40, 80, 400):
        store = contested()
        for team, worth in (("rl", 50), ("vision", value)):
            box = leg("a100", 4)
            placed(store, request(team, "c", option(worth, 40, 41, box)))
        seen.append(at(store, NOON))
    assert seen[0] is not None
    assert seen[0] == seen[1] == seen[2]


def test_each_falls_due_at_its_time_and_runs_once() -> None:
    store = contested()
    assert indicative.next_due(store) == NOON
    assert at(store, NOON - MINUTE) is None
    for due_at, coming in ((NOON, EVENING), (EVENING, LAST), (LAST, None)):
        found = at(store, due_at)
        assert found is not None
        assert (found.due_at, found.as_of) == (due_at, due_at)
        assert at(store, due_at + MINUTE) is None
        assert indicative.next_due(store) == coming
    assert "indicative" not in [one.what for one in clock.next_due(store)]
    newest_first = [one.due_at for one in every(indicative.listed, store, "1")]
    assert newest_first == [LAST, EVENING, NOON]
    advance(Runner(store), CLOSE, SALT)
    assert indicative.next_due(store) == CLOSE + 12 * HOUR
    assert_clean(store)


def test_of_several_that_were_missed_the_latest_runs_alone() -> None:
    store = contested()
    found = at(store, LAST - MINUTE)
    assert found is not None
    assert (found.due_at, found.as_of) == (EVENING, LAST - MINUTE)
    assert [one.due_at for one in every(indicative.listed, store, "1")] == [EVENING]
    assert_clean(store)


def test_none_runs_at_the_gate_or_after_it() -> None:
    store = contested()
    assert at(store, CLOSE) is None
    assert indicative.asked(store, CLOSE) is None
    assert every(indicative.listed, store, "1") == []
    missed = at(store, CLOSE + 13 * HOUR)
    assert missed is not None
    assert (missed.cycle, missed.due_at) == (2, CLOSE + 12 * HOUR)


def test_hours_longer_than_the_cycle_and_no_hours_never_fall_due() -> None:
    for hours in ("", "24", "48,24"):
        store = a_market(rules=replace(RULES, indicative_hours=hours))
        for day in range(2):
            assert indicative.next_due(store) is None
            assert at(store, CLOSE + day * DAY - MINUTE) is None
            run(store, CLOSE + day * DAY)


def test_other_hours_are_adopted_from_the_next_cycle_on() -> None:
    store = a_market()
    hands.adopt(store, NOW, ("indicative_hours", "3"))
    assert indicative.next_due(store) == NOON
    run(store)
    assert indicative.next_due(store) == CLOSE + 21 * HOUR


def test_it_has_no_effect_on_orders_holds_and_the_cycle() -> None:
    store, beside = contested(), contested()
    before = every(order.listed, store, team="nlp")
    held = [held_ucr(store, team) for team in TEAMS]
    assert at(store, NOON) is not None
    assert every(order.listed, store, team="nlp") == before
    assert [held_ucr(store, team) for team in TEAMS] == held
    assert run(store).outcome == run(beside).outcome


def test_the_check_takes_prices_from_the_journal_and_clears_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """§7.13"""
    store = contested()
    assert at(store, NOON) is not None
    monkeypatch.setattr(clearing, "clear", None)
    monkeypatch.setattr(indicative, "asked", None)
    assert_clean(store)


def test_what_can_win_no_more_is_not_in_it_and_stays_as_it_is() -> None:
    store = contested()
    [late] = placed(store, request("rl", "late", option(20, 2, None, leg("a100", 4))))
    cancelled = placed(store, request("rl", "gone", option(20, 2, None, leg("a100", 4))))
    hands.cancel(store, [cancelled[0].id], NOW, team="rl")
    book = indicative.asked(store, NOON)
    assert book is not None
    assert len(book.problem.bids) == 5
    assert late.open


def test_everybody_is_told_of_the_same_and_of_no_prices() -> None:
    store = contested()
    at(store, NOON)
    readers = (Circle.EVERYBODY, Circle.FINANCE, OneTeam("nlp"), OneTeam("rl"))
    seen = [told(store, reader, kind="price.indicative") for reader in readers]
    assert all(one == seen[0] for one in seen)
    [one] = seen[0]
    assert one.document()["data"] == {
        "cycle": "cyc_000001",
        "due_at": "2026-11-23T12:00:00Z",
        "as_of": "2026-11-23T12:00:00Z",
        "pools": ["h100"],
    }


def test_the_same_book_gives_the_same_prices_and_work_is_light() -> None:
    """§7.7"""
    first, second = contested(), contested()
    assert at(first, NOON) == at(second, NOON)
    one, other = indicative.asked(first, EVENING), indicative.asked(second, EVENING)
    assert one is not None
    assert other is not None
    assert one.seed == other.seed
    assert one.rules.work == RULES.work // 10


def test_where_no_engine_clears_it_is_told_that_there_are_no_prices() -> None:
    store = contested()
    runner = Runner(store)
    found = clock.indicate(runner, NOON, clearer=lambda *_: (None, "both objected"))
    assert {one.reason for one in found.pools} == {NOT_CLEARED} if found else False
    assert clock.indicate(runner, NOON) is None
    assert_clean(store)


def test_a_clearing_that_is_done_after_the_gate_tells_nothing() -> None:
    store = contested()
    asked = indicative.asked(store, LAST)
    assert asked is not None
    run(store)
    file = encoded(())
    command = RecordIndicative(1, LAST, LAST, hashlib.sha256(file).hexdigest())
    assert Runner(store).run(command, by=CLOCK, at=LAST, attachment=file) is None
    with store.read() as tx:
        line = journal_store.newest(tx)
    assert line is not None
    assert line.kind != "record-indicative"


@pytest.mark.parametrize(
    ("due_at", "pools", "why"),
    [
        (NOON + HOUR, (), "fixed times"),
        (NOON, ("a100", "a100"), "pools"),
        (NOON, ("tpu",), "pools"),
        (NOON, ("a100",), "each slot"),
    ],
)
def test_what_could_be_no_indicative_clearing_is_refused(
    due_at: datetime, pools: tuple[str, ...], why: str
) -> None:
    store = contested()
    file = encoded(IndicativePool(pool=one, prices_ucr=(CREDIT,)) for one in pools)
    command = RecordIndicative(1, due_at, due_at, hashlib.sha256(file).hexdigest())
    with pytest.raises(UnsoundOutcome, match=why):
        Runner(store).run(command, by=CLOCK, at=due_at, attachment=file)
    other = replace(command, due_at=NOON, as_of=NOON)
    with pytest.raises(UnsoundOutcome, match="announced"):
        Runner(store).run(other, by=CLOCK, at=NOON + 2 * HOUR, attachment=b"[]" + file)
    assert_clean(store)


def test_it_is_read_by_cycle_and_by_pool() -> None:
    store = contested()
    empty = indicative.showing(store)
    assert (empty.latest, empty.next_due_at) == (None, NOON)
    at(store, NOON)
    at(store, LAST)
    one = indicative.showing(store, "cyc_000001", "h100").latest
    assert one is not None
    assert (one.due_at, [each.pool for each in one.pools]) == (LAST, ["h100"])
    run(store)
    past = indicative.showing(store, "1")
    assert (past.next_due_at, past.latest and past.latest.due_at) == (None, LAST)
    for cycle, pool in (("9", ""), ("", "tpu")):
        with pytest.raises(NotFound):
            indicative.showing(store, cycle, pool)
    with pytest.raises(BadField):
        indicative.listed(store, "first")
