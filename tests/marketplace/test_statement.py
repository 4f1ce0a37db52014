"""Statements: what a team had, what moved and why, what it has."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from marketplace.domain.statement import LineType, Standing, month_around
from marketplace.errors import BadField, NotFound, StorageFailed
from marketplace.services import ledger, statement, view
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store
from tests.marketplace import hands
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
    free_ucr,
    leg,
    maintain,
    option,
    placed,
    request,
    run,
    won,
)

WIDE = leg(units=16)


@pytest.fixture
def store() -> Store:
    """A team buys two slots for 4 and 76, loses the second to maintenance, and holds 30."""
    store = a_market()
    won(
        store,
        request("nlp", "a", option(90, 8, None, WIDE)),
        request("rl", "b", option(80, 8, None, WIDE)),
    )
    maintain(store, "m", CLOSE + 9 * HOUR, 16, 1, CLOSE + 8 * HOUR + HOUR / 2)
    placed(store, request("nlp", "c", option(30, 40)), now=CLOSE + 10 * HOUR)
    return store


def test_a_statement_closes_with_the_balance_and_names_what_is_held(store: Store) -> None:
    found = statement.of_team(store, "nlp", NOW, CLOSE + DAY)
    assert [(line.type, line.amount_ucr // CREDIT) for line in found.lines] == [
        (LineType.GRANT, 1_000),
        (LineType.CHARGE, -80),
        (LineType.REFUND, 76),
    ]
    assert (found.opening_ucr, found.closing_ucr) == (0, 996 * CREDIT)
    assert found.held_ucr == 30 * CREDIT
    assert free_ucr(store, "nlp") == found.closing_ucr - found.held_ucr


def test_every_line_names_what_caused_it(store: Store) -> None:
    """§7.10"""
    _, charge, refund = statement.of_team(store, "nlp", NOW, CLOSE + DAY).lines
    paid, back = charge.transfer, refund.transfer
    assert (paid.cycle_id, paid.rule, paid.reason) == ("cyc_000001", "uniform", "filled")
    assert paid.payer.order_id
    assert paid.reservation_id
    assert (back.payer, back.cycle_id) == (paid.payer, paid.cycle_id)
    assert back.reservation_id == paid.reservation_id
    assert (back.rule, back.reason) == ("failure", "maintenance")
    box = paid.sold
    assert box is not None
    assert (box.pool, box.quantity, box.end - box.start) == ("h100", 16, 2 * HOUR)
    assert (paid.unit_seconds, back.unit_seconds) == (32 * 3600, 16 * 3600)
    assert sum(span.price_ucr * span.unit_seconds for span in box.spans) == 80 * CREDIT * 3600


def test_one_period_opens_where_the_last_closed(store: Store) -> None:
    """A line at a boundary stands in exactly one of two neighbouring periods."""
    for border in (CLOSE, CLOSE + timedelta(seconds=1), CLOSE + 9 * HOUR):
        first = statement.of_team(store, "nlp", NOW, border)
        second = statement.of_team(store, "nlp", border, CLOSE + DAY)
        assert second.opening_ucr == first.closing_ucr
        assert len(first.lines) + len(second.lines) == 3


def test_a_team_that_lost_paid_nothing(store: Store) -> None:
    """§7.5"""
    found = statement.of_team(store, "rl", NOW, CLOSE + DAY)
    assert [line.type for line in found.lines] == [LineType.GRANT]
    assert (found.held_ucr, found.closing_ucr) == (0, 1_000 * CREDIT)


def test_a_grants_end_is_a_line(store: Store) -> None:
    end = NOW + 60 * DAY
    hands.expire(store, end)
    [line] = statement.of_team(store, "rl", end, end + DAY).lines
    assert (line.type, line.amount_ucr) == (LineType.EXPIRY, -1_000 * CREDIT)
    assert line.transfer.reason == "grant-expired"


def test_what_time_decided_stands_in_the_period_in_which_it_fell_due(store: Store) -> None:
    """However late the clock was told of it."""
    end = NOW + 60 * DAY
    hands.expire(store, end + 40 * DAY)
    [line] = statement.of_team(store, "rl", end, end + DAY).lines
    assert (line.type, line.at) == (LineType.EXPIRY, end)
    assert statement.of_team(store, "rl", end + DAY, end + 50 * DAY).opening_ucr == 0


@pytest.mark.both
def test_a_month_that_is_over_reads_the_same_before_and_after_a_clock_did_what_fell_due(
    store: Store,
) -> None:
    end = NOW + 60 * DAY
    later = end + 40 * DAY
    period = (end, end + DAY)

    def read() -> tuple[object, ...]:
        return (
            statement.of_team(store, "rl", *period, now=later),
            statement.account(store, "rl", *period, now=later),
            statement.lines(store, "rl", *period, now=later).items,
        )

    before = read()
    assert statement.of_team(store, "rl", *period).lines == ()
    [line] = statement.of_team(store, "rl", *period, now=later).lines
    assert (line.type, line.at) == (LineType.EXPIRY, end)
    assert statement.of_team(store, "rl", *period, now=end - DAY).lines == ()
    hands.expire(store, later)
    assert read() == before


@pytest.mark.both
def test_a_balance_is_what_the_statement_closes_with_whenever_it_is_read(store: Store) -> None:
    """Before a clock has done what fell due, after it, and of a time that is past."""
    moment = timedelta(seconds=1)
    end = NOW + 60 * DAY
    times = [CLOSE + 9 * HOUR, end - DAY, end, end + DAY, end + 40 * DAY]

    def read() -> list[tuple[int, int]]:
        found = []
        for at in times:
            for team in TEAMS:
                purse = ledger.purses(store, at, [team])[team]
                closing = statement.account(store, team, NOW - DAY, at + moment, now=at)
                had = purse.free_ucr + purse.later_ucr + purse.ending_ucr + purse.held_ucr
                assert (had, purse.held_ucr) == (closing.closing_ucr, closing.held_ucr), (team, at)
                found.append((had, purse.held_ucr))
        return found

    before = read()
    assert {had for had, _ in before[-len(TEAMS) :]} == {0}
    hands.expire(store, end + 50 * DAY)
    assert read() == before


def test_a_statement_of_any_period_is_what_all_transfers_say(store: Store) -> None:
    hands.expire(store, NOW + 70 * DAY)
    with store.read() as tx:
        posted = list(transfer_store.posted(tx))
    for team in TEAMS:
        for first, last in ((0, 9), (1, 2), (9, 40), (40, 75), (0, 75), (59, 61), (74, 75)):
            start, end = NOW + first * DAY, NOW + last * DAY
            found = statement.of_team(store, team, start, end)
            before, until = (
                Standing().after([one for one in posted if one.at < at], team)
                for at in (start, end)
            )
            assert found.opening_ucr == before.owned_ucr
            assert (found.closing_ucr, found.held_ucr) == (until.owned_ucr, until.held_ucr)


@pytest.mark.both
def test_days_add_up_what_the_lines_say(store: Store) -> None:
    hands.expire(store, NOW + 70 * DAY)
    first = NOW.replace(hour=0)
    for team in TEAMS:
        lines = statement.of_team(store, team, first, first + 70 * DAY).lines
        days = statement.by_day(store, team, first, 70)
        for one in days:
            own = [line for line in lines if one.start <= line.at < one.start + DAY]
            assert one.change_ucr == sum(line.amount_ucr for line in own)
            paid = [line for line in own if line.type in (LineType.CHARGE, LineType.REFUND)]
            assert one.spent_ucr == -sum(line.amount_ucr for line in paid)
        assert days[0].granted_ucr == 1_000 * CREDIT
        assert sum(one.change_ucr for one in days) == 0  # all of it has expired by then
    with pytest.raises(NotFound, match="there is no team 'x'"):
        statement.by_day(store, "x", first, 1)


def test_periods_and_teams_that_cannot_be_are_refused() -> None:
    store = a_market()
    with pytest.raises(BadField, match="must end after its start"):
        statement.of_team(store, "nlp", NOW, NOW)
    with pytest.raises(BadField, match=r"start is .*offset to UTC"):
        statement.of_team(store, "nlp", NOW.replace(tzinfo=None), NOW)
    with pytest.raises(NotFound, match="there is no team 'x'"):
        statement.of_team(store, "x", NOW, CLOSE)


@pytest.mark.parametrize("held", [False, True])
def test_expired_credits_leave_the_period_in_which_their_grant_ended(*, held: bool) -> None:
    """Also where a hold lay on it, which moves to what else the team has."""
    store = a_market()
    hands.grant(store, [a_grant("brief", "nlp", 100, days=2)], NOW)
    end, posted_at = NOW + 2 * DAY, CLOSE + 2 * DAY
    run(store)
    if held:
        placed(store, request("nlp", "a", option(40, 40)), now=CLOSE)
    run(store, posted_at)
    before = statement.of_team(store, "nlp", NOW, end)
    after = statement.of_team(store, "nlp", end, end + DAY)
    [line] = after.lines
    assert (line.type, line.at, line.amount_ucr) == (LineType.EXPIRY, end, -100 * CREDIT)
    assert before.closing_ucr == after.opening_ucr == 1_100 * CREDIT
    assert after.closing_ucr == free_ucr(store, "nlp") == 1_000 * CREDIT
    assert_clean(store)


def test_a_month_is_of_utc_wherever_its_time_was_told() -> None:
    late = datetime(2026, 12, 31, 22, tzinfo=timezone(timedelta(hours=-5)))
    first, end = month_around(late)
    assert first == datetime(2027, 1, 1, tzinfo=UTC)
    assert end == datetime(2027, 2, 1, tzinfo=UTC)


def test_a_database_that_cannot_be_written_is_seen_as_it_is(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = NOW + 60 * DAY

    def refuse(*_: object) -> None:
        raise StorageFailed("market.db", "read-only")

    monkeypatch.setattr(view, "let_time_pass", refuse)
    assert statement.of_team(store, "rl", end, end + DAY, now=end + DAY).lines == ()
