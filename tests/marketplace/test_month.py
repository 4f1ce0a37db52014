"""Closing a month: when it may be, what it came to, and that nothing follows in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.domain.books import Books
from marketplace.domain.command import SetClock
from marketplace.domain.event.audience import Circle, OneTeam
from marketplace.domain.grant import grant_transfer
from marketplace.domain.journal import Head
from marketplace.domain.month import MonthClose, MonthSums, Moved, following, month_named, name_of
from marketplace.domain.month_command import CloseMonth
from marketplace.domain.page import every
from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.domain.statement import LineType
from marketplace.domain.transfer import MINT, TREASURY, Movement, Posted, Transfer
from marketplace.errors import BadField, Forbidden, LedgerBroken, NotAllowedNow, NotFound
from marketplace.services import check, event, month, month_seen, statement
from marketplace.services.runner import Runner
from marketplace.store import journal as journal_store
from marketplace.store import ledger as ledger_store
from marketplace.store import month as month_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store
from tests.marketplace import grounds, hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    TEAMS,
    a_grant,
    a_market,
    assert_clean,
    option,
    placed,
    request,
    run,
    won,
)

DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, tzinfo=UTC)
LATER = DECEMBER + HOUR


def november(*, run_all: bool = True) -> Store:
    """A market in which November has grants, charges, a refund, an expiry and a hold, and is
    over."""
    store = a_market()
    hands.grant(store, [replace(a_grant("short", "rl", 7), end=CLOSE + DAY)], NOW)
    [box, *_] = won(store, request("nlp", "a", option(90)), request("rl", "b", option(70, 9)))
    hands.release(store, box.id, CLOSE, team=box.team)
    placed(store, request("vision", "c", option(5, 200, 400), standing=True), now=CLOSE + HOUR)
    if run_all:
        run(store, LATER)
    return store


def refused(store: Store, name: str, now: datetime) -> NotAllowedNow:
    with pytest.raises(NotAllowedNow) as caught:
        hands.close_month(store, name, now)
    return caught.value


@pytest.mark.both
def test_a_closed_month_says_what_its_statements_say_and_adds_up_to_zero() -> None:
    store = november()
    with store.read() as tx:
        head = journal_store.head(tx)
    made = hands.close_month(store, "2026-11", LATER)
    assert made.head.seq == head.seq
    assert (made.id, made.closed_at, made.closed_by) == ("2026-11", LATER, "person:fin")
    sums, start = made.sums, datetime(2026, 11, 1, tzinfo=UTC)
    assert sums.total_ucr == 0
    assert [one.team for one in sums.teams] == list(TEAMS)
    for one in sums.teams:
        told = statement.of_team(store, one.team, start, DECEMBER)
        assert (told.opening_ucr, told.closing_ucr) == (one.opening_ucr, one.closing_ucr)
        assert told.held_ucr == one.held_ucr
        for kind in LineType:
            lines = sum(line.amount_ucr for line in told.lines if line.type is kind)
            assert lines == one.lines[kind], (one.team, kind)
    [rl] = [one for one in sums.teams if one.team == "rl"]
    assert rl.lines[LineType.EXPIRY] < 0 < rl.lines[LineType.GRANT]
    assert sums.accounts["mint"] == -3_007 * CREDIT
    assert sums.accounts["expired"] > 0 < sums.accounts["pool"]
    assert sums.movements["grant"] == 3_007 * CREDIT
    with store.read() as tx:
        within = [one for one in transfer_store.posted(tx) if one.at < DECEMBER]
    assert sums.transfers == len(within)
    assert sums.last == (within[-1].seq, within[-1].hash)
    assert month_seen.get(store, "2026-11", LATER).close == replace(
        made, head=Head(made.head.seq, None, made.head.hash)
    )
    assert_clean(store)


@pytest.mark.both
def test_the_next_month_opens_with_what_the_last_one_closed_with() -> None:
    store = november()
    first = hands.close_month(store, "2026-11", LATER)
    won(store, request("nlp", "d", option(40, 24 * 8 + 9)), now=LATER + 23 * HOUR)
    run(store, JANUARY)
    second = hands.close_month(store, "2026-12", JANUARY + HOUR)
    for was, now in zip(first.sums.teams, second.sums.teams, strict=True):
        assert (was.team, was.closing_ucr) == (now.team, now.opening_ucr)
        assert now.closing_ucr == now.opening_ucr + sum(now.lines.values())
    assert second.sums.opening == first.sums.accounts
    [nlp] = [one for one in second.sums.teams if one.team == "nlp"]
    assert nlp.lines[LineType.CHARGE] < 0
    assert second.sums.total_ucr == 0
    newest = month.listed(store, limit=1)
    oldest = month.listed(store, limit=1, after=newest.next)
    assert [one.id for one in (*newest, *oldest)] == ["2026-12", "2026-11"]
    assert every(month.listed, store) == [*newest, *oldest]
    assert_clean(store)


def test_it_is_refused_with_what_is_in_the_way() -> None:
    store = november(run_all=False)
    early = refused(store, "2026-11", DECEMBER - HOUR)
    assert (early.reason, early.facts) == ("month-not-over", {"end": DECEMBER})
    open_ = refused(store, "2026-11", LATER)
    assert (open_.reason, open_.facts["cycles"]) == ("cycles-not-over", ("cyc_000002",))
    run(store, LATER)
    hands.close_month(store, "2026-11", LATER)
    again = refused(store, "2026-11", LATER)
    assert (again.state, again.reason) == ("closed", "closed-already")
    with pytest.raises(NotFound, match="2026-11"):
        hands.close_month(store, "2026-10", LATER)
    with pytest.raises(Forbidden):
        hands.close_month(store, "2026-12", LATER, by=hands.PLATFORM)
    for name in ("2026-13", "2026-1", "26-11", "", "0000-01", "9999-12"):
        with pytest.raises(BadField, match="give a month"):
            hands.close_month(store, name, LATER)


def test_a_cycle_that_is_frozen_and_not_settled_keeps_its_month_open() -> None:
    store = november(run_all=False)
    frozen = hands.freeze(store, DECEMBER - HOUR, b"salt")
    assert refused(store, "2026-11", LATER).facts["cycles"] == (frozen.id,)
    hands.fail(store, frozen, "test", LATER)
    assert hands.close_month(store, "2026-11", LATER).sums.total_ucr == 0


def test_an_earlier_month_with_transfers_is_closed_first_and_one_without_need_not_be() -> None:
    store = november()
    april = datetime(2027, 4, 1, tzinfo=UTC)
    run(store, april)
    told = refused(store, "2027-03", april)
    assert told.reason == "earlier-open"
    assert told.facts["earlier"] == ("2026-11", "2026-12", "2027-01")
    for name in ("2026-11", "2026-12", "2027-01", "2027-03"):
        assert month_seen.next_open(store, april).id == (name if name < "2027-02" else "2027-04")
        assert hands.close_month(store, name, april).sums.total_ucr == 0
    passed = refused(store, "2027-02", april)
    assert (passed.state, passed.reason, passed.facts) == (
        "open",
        "later-closed",
        {"later": "2027-03"},
    )
    assert_clean(store)


def test_spot_hours_of_the_month_are_posted_first() -> None:
    store = a_market(days=60)
    terms = SpotTerms(team="nlp", key="s", pool="a100", quantity=1, limit_ucr=CREDIT)
    at = DECEMBER - HOUR
    run(store, at)
    [asked] = hands.ask(store, [terms], at)
    assert isinstance(asked, SpotRequest)
    for minutes in range(0, 60, 5):
        hands.tick(store, at + timedelta(minutes=minutes))
    just_after = DECEMBER + timedelta(minutes=1)
    told = refused(store, "2026-11", just_after)
    assert (told.reason, told.facts["requests"]) == ("runs-not-posted", (asked.id,))
    seen = month_seen.get(store, "2026-11", just_after).checklist
    assert seen.over
    assert not seen.ready
    hands.tick(store, DECEMBER + timedelta(minutes=3))
    assert month_seen.get(store, "2026-11", DECEMBER + timedelta(minutes=4)).checklist.ready
    hands.close_month(store, "2026-11", DECEMBER + timedelta(minutes=4))
    assert_clean(store)


def test_nothing_is_posted_in_a_closed_month() -> None:
    store = november()
    hands.close_month(store, "2026-11", LATER)
    more = [grant_transfer(a_grant("more", "nlp"))]
    with store.begin() as tx, tx.noting():
        with pytest.raises(LedgerBroken, match="closed month"):
            ledger_store.post(tx, more, DECEMBER - timedelta(seconds=1))
        ledger_store.post(tx, more, DECEMBER)


def test_the_clock_is_not_set_back_into_it() -> None:
    store = november()
    hands.close_month(store, "2026-11", LATER)
    back = SetClock(DECEMBER - HOUR, "wrong")
    with pytest.raises(BadField, match="a month is closed"):
        Runner(store).run(back, by=hands.ROOT, at=back.at)


def test_who_is_told() -> None:
    store = november()
    made = hands.close_month(store, "2026-11", LATER)
    for reader, kinds in (
        (Circle.FINANCE, ["month.closed", *(3 * ["statement.closed"])]),
        (OneTeam("rl"), ["statement.closed"]),
        (Circle.OPERATORS, []),
    ):
        told = event.after(store, [reader], 0, 1_000, ["month.closed", "statement.closed"])
        assert [one.event.kind for one in told] == kinds, reader
    [first] = event.after(store, [Circle.FINANCE], 0, 1_000, ["month.closed"])
    assert first.document()["data"]["head"] == made.head.told


def test_a_key_that_comes_again_answers_the_closed_month() -> None:
    store = november()
    runner = Runner(store)
    first = runner.run(CloseMonth("2026-11"), by=hands.FINANCE, at=LATER, key="k")
    again = runner.run(CloseMonth("2026-11"), by=hands.FINANCE, at=LATER + HOUR, key="k")
    assert again.sums == first.sums


def test_the_books_find_what_a_closed_month_says_otherwise() -> None:
    store = november()
    hands.close_month(store, "2026-11", LATER)
    with store.read() as tx:
        [close] = month_store.every(tx)
        posted = list(transfer_store.posted(tx))
    assert _faults(posted, close) == []
    sums = close.sums
    poorer = replace(sums.teams[0], closing_ucr=sums.teams[0].closing_ucr - 1)
    for other, said in (
        (replace(sums, transfers=3), "says transfers 3"),
        (replace(sums, last=(1, "x")), "says last"),
        (replace(sums, movements={}), "says movements"),
        (replace(sums, opening={"mint": 1}), "says opening"),
        (replace(sums, accounts={**sums.accounts, "mint": 0}), "adds up to"),
        (replace(sums, teams=sums.teams[1:]), "team nlp"),
        (replace(sums, teams=(poorer, *sums.teams[1:])), "team nlp"),
    ):
        assert any(said in one for one in _faults(posted, replace(close, sums=other))), said
    changed = replace(posted[0], transfer=replace(posted[0].transfer, amount_ucr=5))
    assert any("month 2026-11" in one for one in _faults([changed, *posted[1:]], close))


def _faults(posted: list, close: MonthClose) -> list[str]:  # type: ignore[type-arg]
    books = Books()
    for one in posted:
        books.months.read(one)
    books.compare_months([close])
    return books.faults


@pytest.mark.sqlite
def test_a_hand_in_a_closed_month_is_found_by_the_check() -> None:
    for sql in (
        "UPDATE month_close SET transfers = transfers + 1",
        "UPDATE month_team SET held_ucr = held_ucr + 1 WHERE team = 'nlp'",
        "UPDATE transfer SET amount_ucr = amount_ucr + 1 WHERE seq = 1",
    ):
        store = november()
        hands.close_month(store, "2026-11", LATER)
        raw = grounds.raw_of(store)
        raw.execute("DROP TRIGGER transfer_update")
        raw.execute(sql)
        raw.commit()
        said = check.check(store).faults
        assert any(one.startswith("month 2026-11") for one in said), (sql, said)


@pytest.mark.sqlite
def test_a_month_that_does_not_add_up_is_not_closed() -> None:
    store = november()
    raw = grounds.raw_of(store)
    raw.execute("UPDATE team_month SET owned_ucr = owned_ucr + 1 WHERE team = 'nlp'")
    raw.commit()
    with pytest.raises(LedgerBroken, match="by its months"):
        hands.close_month(store, "2026-11", LATER)
    moved = Moved()
    moved.accounts["mint"] = 3
    with pytest.raises(LedgerBroken, match="not to zero"):
        MonthSums.of(month_named("2026-11"), moved, None).check()


def test_months_have_names() -> None:
    assert month_named("2026-11") == datetime(2026, 11, 1, tzinfo=UTC)
    assert name_of(month_named("0800-02")) == "0800-02"
    assert following(month_named("2026-12")) == JANUARY


def test_what_no_team_moves_is_of_no_team() -> None:
    moved = Moved()
    lone = Transfer(key="k", movement=Movement.GRANT, source=MINT, target=TREASURY, amount_ucr=7)
    moved.read(Posted(seq=1, at=NOW, transfer=lone, hash="h"))
    assert dict(moved.accounts) == {"mint": -7, "treasury": 7}
    assert not moved.held
