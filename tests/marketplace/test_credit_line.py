"""Credit lines: drawn where a team's own credits do not suffice, within the limit, repaid first."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from marketplace.domain.actor import Actor
from marketplace.domain.command import CorrectGrant, GiveGrants, PlaceOrder, RevokeGrant
from marketplace.domain.credit_line import (
    OPEN,
    REPAID,
    CreditLine,
    CreditLineChange,
    CreditLineRequest,
)
from marketplace.domain.credit_line_command import (
    ChangeCreditLine,
    CloseCreditLine,
    SetCreditLine,
)
from marketplace.domain.event.audience import Circle
from marketplace.domain.grant import GrantCorrection, GrantRequest
from marketplace.domain.order import Order, OrderState
from marketplace.domain.page import every
from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.domain.statement import LineType
from marketplace.domain.team import Role
from marketplace.domain.transfer import Tag
from marketplace.errors import (
    BadField,
    Duplicate,
    Forbidden,
    InsufficientCredits,
    LedgerBroken,
    NotAllowedNow,
    NotFound,
)
from marketplace.services import credit_line_seen as service
from marketplace.services import ledger, order, statement
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from pricing.units import MAX_UCR
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    SALT,
    START,
    a_grant,
    a_market,
    assert_clean,
    free_ucr,
    held_ucr,
    leg,
    maintain,
    option,
    placed,
    request,
    run,
)
from tests.marketplace.told import told

pytestmark = pytest.mark.both

DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DEAR = option(30, 8, None, leg(units=16, hours=5))
"""16 units for 5 hours: 20 credits by the reserve price of a quarter, which it pays alone."""


def line_of(store: Store, id_: str = "nlp-line") -> CreditLine:
    return service.get(store, id_)


def drawn(store: Store, id_: str = "nlp-line") -> float:
    return line_of(store, id_).drawn_ucr / CREDIT


def give(store: Store, id_: str, credit: int, at: datetime, **more: Any) -> None:
    hands.grant(store, [replace(a_grant(id_, "nlp", credit), start=at, **more)], at)


def lines(store: Store, until: datetime) -> list[tuple[str, float]]:
    found = statement.of_team(store, "nlp", NOW, until).lines
    return [(one.type.value, one.amount_ucr / CREDIT) for one in found]


def change(store: Store, at: datetime = NOW, id_: str = "nlp-line", **other: Any) -> CreditLine:
    told_why = CreditLineChange(reason="other needs", **other)
    return Runner(store).run(ChangeCreditLine(id_, told_why), by=hands.FINANCE, at=at)


def close(store: Store, at: datetime = NOW, id_: str = "nlp-line") -> CreditLine:
    return Runner(store).run(CloseCreditLine(id_, "over"), by=hands.FINANCE, at=at)


def the_order(
    store: Store, *options: Any, key: str = "a", now: datetime = NOW, **more: Any
) -> Order:
    [one] = placed(store, request("nlp", key, *(options or (DEAR,)), **more), now=now)
    return one


def get(store: Store, one: Order) -> Order:
    return order.get(store, one.id, team="nlp")


def test_what_is_drawn_is_spent_last_and_repaid_first() -> None:
    """§7.4. By hand: 12 of its own, an order of 30 draws 18. It pays 20: 12 of its own and 8 drawn;
    the other 10 go back. Of the next 5 all repay, 3 are owed; of 10 more 3 repay, 7 are free."""
    store = a_market(credit=12)
    assert hands.credit_line(store, "nlp", 50 * CREDIT, NOW) == "nlp-line"
    the_order(store)
    assert (drawn(store), free_ucr(store, "nlp")) == (18, 0)
    assert [(one.grant, one.amount_ucr // CREDIT) for one in every(ledger.held, store, "nlp")] == [
        ("g-nlp", 12),
        ("nlp-line", 18),
    ]
    run(store)
    assert drawn(store) == 8
    give(store, "five", 5, CLOSE + HOUR)
    assert (drawn(store), free_ucr(store, "nlp")) == (3, 0)
    give(store, "ten", 10, CLOSE + HOUR)
    assert (drawn(store), free_ucr(store, "nlp")) == (0, 7 * CREDIT)
    assert lines(store, CLOSE + DAY) == [
        ("grant", 12),
        ("draw", 18),
        ("charge", -12),
        ("charge", -8),
        ("repayment", -10),
        ("grant", 5),
        ("repayment", -5),
        ("grant", 10),
        ("repayment", -3),
    ]
    left = {one.grant.id: one for one in every(ledger.balances, store, "nlp")}
    spent = {id_: (one.spent_ucr // CREDIT, one.free_ucr // CREDIT) for id_, one in left.items()}
    assert spent == {"g-nlp": (12, 0), "five": (0, 0), "ten": (0, 7), "nlp-line": (8, 0)}
    assert left["ten"].grant.repaid_ucr == 3 * CREDIT
    assert_clean(store)


def test_a_draw_goes_back_where_its_hold_is_voided() -> None:
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 50 * CREDIT, NOW)
    order = the_order(store)
    hands.cancel(store, [order.id], NOW, team="nlp")
    assert (drawn(store), free_ucr(store, "nlp")) == (0, 12 * CREDIT)
    assert lines(store, CLOSE) == [("grant", 12), ("draw", 18), ("repayment", -18)]
    moved = [one.transfer for one in every(ledger.posted, store) if one.transfer.rule == "nlp-line"]
    assert [(one.key, one.reason, one.payer.id) for one in moved] == [
        (f"draw:{order.hold_id}", "", order.id),
        ("repay:nlp-line:1", "draw-unspent", ""),
    ]
    told_of = statement.of_team(store, "nlp", NOW, CLOSE)
    assert statement.sums_by(told_of, Tag.THEME) == []
    assert_clean(store)


def test_amending_draws_what_more_it_needs_and_gives_back_what_less() -> None:
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 20 * CREDIT, NOW)
    order = the_order(store)
    more, less = (replace(DEAR, value_ucr=value * CREDIT) for value in (32, 21))
    hands.amend(store, order.id, (more,), NOW, team="nlp")
    assert drawn(store) == 20
    with pytest.raises(InsufficientCredits):
        hands.amend(store, order.id, (replace(DEAR, value_ucr=33 * CREDIT),), NOW, team="nlp")
    hands.amend(store, order.id, (less,), NOW, team="nlp")
    assert drawn(store) == 9
    assert_clean(store)


def test_two_orders_at_once_never_pass_the_limit() -> None:
    """§7.4: the second finds what the first left, in one transaction or in two."""
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 30 * CREDIT, NOW)
    first, second, third = hands.place(
        store,
        [request("nlp", key, replace(DEAR, value_ucr=20 * CREDIT)) for key in ("a", "b", "c")],
        NOW,
    )
    assert isinstance(first, Order)
    assert isinstance(second, Order)
    assert isinstance(third, InsufficientCredits)
    assert (third.free_ucr, third.credit_line, third.line_ucr) == (0, "nlp-line", 2 * CREDIT)
    assert "0.00 free now, and 2.00 left on credit line nlp-line" in str(third)
    assert drawn(store) == 28
    assert_clean(store)


def test_many_threads_draw_within_the_limit(tmp_path: Path) -> None:
    """§7.4: eight at once, each of 20 of a line of 70, after 12 of its own: four are placed."""
    store = a_market(str(tmp_path / "market.db"), credit=12)
    hands.credit_line(store, "nlp", 70 * CREDIT, NOW)
    runner = Runner(store)

    def bid(number: int) -> bool:
        asked = request("nlp", f"k{number}", replace(DEAR, value_ucr=20 * CREDIT))
        try:
            runner.run(PlaceOrder(asked), by=Actor.operator("test"), at=NOW)
        except InsufficientCredits:
            return False
        return True

    with ThreadPoolExecutor(8) as doors:
        assert sum(doors.map(bid, range(8))) == 4
    assert (drawn(store), free_ucr(store, "nlp")) == (68, 0)
    assert_clean(store)


def test_posting_itself_refuses_what_passes_the_limit() -> None:
    store = a_market()
    hands.credit_line(store, "nlp", CREDIT, NOW)
    one = line_of(store)
    assert one.drawing(CREDIT).rest_ucr == 0
    with pytest.raises(LedgerBroken, match="would have drawn"):
        one.drawing(CREDIT + 1)


def test_own_credits_that_are_free_again_repay_what_was_spent() -> None:
    """Whoever owes has nothing free: 12 held for one order, 30 drawn for another, which pays 20.
    Then the first is taken back."""
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 50 * CREDIT, NOW)
    kept = the_order(store, option(12, 90, 110), key="kept", standing=True)
    the_order(store)
    assert drawn(store) == 30
    run(store)
    assert drawn(store) == 20
    hands.cancel(store, [kept.id], CLOSE, team="nlp")
    assert (drawn(store), free_ucr(store, "nlp")) == (8, 0)
    assert_clean(store)


def test_a_grant_that_starts_repays_then_and_not_before() -> None:
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 50 * CREDIT, NOW)
    the_order(store)
    late = GrantRequest(
        team="nlp", id="late", amount_ucr=5 * CREDIT, start=CLOSE + DAY, end=CLOSE + 9 * DAY
    )
    Runner(store).run(GiveGrants((late,)), by=hands.FINANCE, at=NOW)
    run(store)
    hands.advance(store, CLOSE + DAY - SECOND)
    assert drawn(store) == 8
    hands.advance(store, CLOSE + DAY)
    assert drawn(store) == 3
    [back] = [one for one in every(ledger.posted, store) if one.transfer.reason == REPAID]
    assert back.at == CLOSE + DAY
    assert_clean(store)


def test_transfers_adjustments_schedules_and_refunds_repay_too() -> None:
    """By hand: 8 are owed. 1 from another team, 2 by an adjustment: 5. All 16 units fail for an
    hour: of 20 paid for 5 hours 4 come back, 1 is owed. The month's 3 repay it, 2 are left."""
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 50 * CREDIT, NOW)
    the_order(store)
    run(store)
    hands.accept(store, hands.transfer(store, "rl", "nlp", CREDIT, CLOSE), "nlp", CLOSE)
    assert drawn(store) == 7
    made = hands.propose_adjustment(store, "nlp", 2 * CREDIT, CLOSE)
    hands.approve_adjustment(store, made.id, CLOSE)
    assert drawn(store) == 5
    hands.schedule(store, "nlp", 3 * CREDIT, CLOSE)
    maintain(store, "away", START + HOUR, 16, 1)
    assert drawn(store) == 1
    hands.advance(store, DECEMBER)
    assert (drawn(store), free_ucr(store, "nlp")) == (0, 2 * CREDIT)
    assert_clean(store)


def test_days_of_a_team_add_up_and_a_draw_is_neither_given_nor_spent() -> None:
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 50 * CREDIT, NOW)
    the_order(store)
    run(store)
    days = statement.by_day(store, "nlp", NOW.replace(hour=0), 2)
    known = [
        (one.granted_ucr // CREDIT, one.spent_ucr // CREDIT, one.drawn_ucr // CREDIT)
        for one in days
    ]
    assert known == [(12, 0, 18), (0, 20, -10)]
    assert sum(one.change_ucr for one in days) == 0


def test_a_purse_says_what_is_drawn_and_what_can_be_also_of_a_time_that_is_past() -> None:
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 50 * CREDIT, NOW)
    the_order(store)
    run(store)

    def purse(at: datetime) -> tuple[int, ...]:
        one = ledger.purses(store, at, ["nlp", "rl"])["nlp"]
        amounts = (one.free_ucr, one.held_ucr, one.drawn_ucr, one.line_ucr)
        return tuple(amount // CREDIT for amount in amounts)

    assert purse(NOW) == (0, 30, 18, 32)
    assert purse(CLOSE) == (0, 0, 8, 42)
    assert purse(CLOSE + HOUR) == (0, 0, 8, 42)
    close(store, CLOSE)
    assert purse(CLOSE) == (0, 0, 8, 0)
    assert ledger.purses(store, CLOSE, ["rl"])["rl"].drawn_ucr == 0


def test_spot_draws_as_orders_do_and_a_run_goes_on_by_the_line() -> None:
    store = a_market(credit=1)
    hands.credit_line(store, "nlp", 90 * CREDIT, NOW)
    terms = SpotTerms(team="nlp", key="s", pool="a100", quantity=4, limit_ucr=4 * CREDIT)
    [asked] = hands.ask(store, [terms], NOW)
    assert isinstance(asked, SpotRequest)
    first = drawn(store)
    assert first > 0
    for minutes in range(5, 200, 5):
        hands.tick(store, NOW + timedelta(minutes=minutes))
    assert 0 < drawn(store) < 90
    hands.stop(store, [asked.id], NOW + 4 * HOUR, team="nlp")
    paid = [one for one in lines(store, CLOSE) if one[0] == "charge"]
    assert drawn(store) == -sum(amount for _, amount in paid) - 1 > 0
    assert held_ucr(store, "nlp") == 0
    assert_clean(store)


def test_nothing_is_drawn_to_give_it_to_another_team() -> None:
    """§7.12"""
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 50 * CREDIT, NOW)
    with pytest.raises(InsufficientCredits) as refused:
        hands.transfer(store, "nlp", "rl", 13 * CREDIT, NOW)
    assert (refused.value.free_ucr, refused.value.credit_line) == (12 * CREDIT, "")
    assert drawn(store) == 0


def test_at_its_end_what_waits_moves_or_ends_and_what_is_owed_stays() -> None:
    store = a_market(credit=12)
    end = CLOSE + 2 * DAY
    hands.credit_line(store, "nlp", 50 * CREDIT, NOW, end)
    the_order(store)
    run(store)
    waits = [
        the_order(store, option(6, 90, 110), key=key, standing=True, now=CLOSE)
        for key in ("m", "e")
    ]
    assert drawn(store) == 8 + 12
    give(store, "more", 14, CLOSE)  # 8 repay, 6 are free
    assert (drawn(store), free_ucr(store, "nlp")) == (12, 6 * CREDIT)
    hands.advance(store, end)
    states = sorted((get(store, one).state, get(store, one).reason) for one in waits)
    assert states == [(OrderState.EXPIRED, "grant-expired"), (OrderState.OPEN, "")]
    assert (drawn(store), free_ucr(store, "nlp")) == (0, 0)
    [over] = told(store, Circle.FINANCE, kind="line.ended")
    assert (over.event.at, line_of(store).state(end)) == (end, "ended")
    with pytest.raises(InsufficientCredits) as refused:
        hands.transfer(store, "nlp", "rl", CREDIT, end)
    assert refused.value.credit_line == ""
    with pytest.raises(NotAllowedNow):
        change(store, end, limit_ucr=60 * CREDIT)
    with pytest.raises(NotAllowedNow):
        close(store, end)
    assert_clean(store)


def test_closing_lets_nothing_more_be_drawn_and_what_is_owed_is_repaid_yet() -> None:
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 50 * CREDIT, NOW)
    the_order(store)
    run(store)
    waits = the_order(store, option(6, 90, 110), key="m", standing=True, now=CLOSE)
    assert close(store, CLOSE).state(CLOSE) == "closed"
    assert (get(store, waits).state, drawn(store)) == (OrderState.EXPIRED, 8)
    assert close(store, CLOSE) == line_of(store)
    [refused] = hands.place(store, [request("nlp", "n", option(1, 90, 110))], CLOSE)
    assert isinstance(refused, InsufficientCredits)
    assert refused.credit_line == ""
    assert hands.credit_line(store, "nlp", 20 * CREDIT, CLOSE) == "nlp-line-2"
    the_order(store, option(5, 90, 110), key="o", standing=True, now=CLOSE)
    assert drawn(store, "nlp-line-2") == 5
    give(store, "more", 9, CLOSE)
    assert (drawn(store), drawn(store, "nlp-line-2"), free_ucr(store, "nlp")) == (0, 5, CREDIT)
    assert_clean(store)


def test_what_a_book_holds_when_a_line_is_closed_is_paid_from_it() -> None:
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 50 * CREDIT, NOW)
    the_order(store)
    frozen = hands.freeze(store, CLOSE, SALT)
    close(store, CLOSE)
    assert drawn(store) == 18
    hands.finish(store, frozen, CLOSE)
    assert drawn(store) == 8
    assert_clean(store)


def test_a_line_is_changed_within_what_is_drawn_of_it() -> None:
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 18 * CREDIT, NOW)
    the_order(store)
    assert change(store, limit_ucr=20 * CREDIT).rest_ucr == 2 * CREDIT
    with pytest.raises(BadField, match=r"18\.00 credits of it are drawn"):
        change(store, limit_ucr=18 * CREDIT - 1)
    assert change(store, limit_ucr=20 * CREDIT).version == 2
    assert change(store, end=CLOSE + DAY).end == CLOSE + DAY
    assert change(store, end=CLOSE + 2 * DAY).version == 4
    hands.advance(store, CLOSE + DAY)
    assert line_of(store).state(CLOSE + DAY) == "open"
    with pytest.raises(BadField, match="in the past"):
        change(store, CLOSE + DAY, end=CLOSE)
    hands.advance(store, CLOSE + 2 * DAY)
    assert line_of(store).over(CLOSE + 2 * DAY)
    assert_clean(store)


def test_a_team_has_one_line_at_a_time_and_the_same_words_set_none_again() -> None:
    store = a_market()
    asked = CreditLineRequest(team="nlp", limit_ucr=CREDIT, reason="late", start=NOW + DAY)

    def sets(one: CreditLineRequest) -> CreditLine:
        return Runner(store).run(SetCreditLine(one), by=hands.FINANCE, at=NOW)

    made = sets(asked)
    assert made.state(NOW) == "not-started"
    assert sets(asked) == made
    with pytest.raises(NotAllowedNow, match="nlp has it already"):
        sets(replace(asked, limit_ucr=2 * CREDIT))
    with pytest.raises(NotFound):
        sets(replace(asked, team="zzz"))
    with pytest.raises(BadField, match="in the past"):
        sets(replace(asked, team="rl", start=None, end=NOW))
    with pytest.raises(BadField, match="must end after its start"):
        sets(replace(asked, team="rl", end=NOW + DAY))
    with pytest.raises(BadField, match="all grants together"):
        sets(replace(asked, team="rl", limit_ucr=MAX_UCR))
    with pytest.raises(BadField, match="credits from"):
        replace(asked, limit_ucr=0)
    with pytest.raises(Forbidden):
        Runner(store).run(SetCreditLine(asked), by=Actor.member("lea", "nlp", Role.LEAD), at=NOW)
    with pytest.raises(NotFound):
        change(store, id_="none")
    with pytest.raises(NotFound):
        service.get(store, "none")


def test_what_is_drawn_is_no_grant_to_correct_or_to_take_back() -> None:
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 50 * CREDIT, NOW)
    run_ = Runner(store).run
    for command in (
        CorrectGrant("nlp-line", GrantCorrection(reason="why", amount_ucr=CREDIT)),
        RevokeGrant("nlp-line", "why"),
    ):
        with pytest.raises(NotAllowedNow, match="change or close the line"):
            run_(command, by=hands.FINANCE, at=NOW)
    with pytest.raises(Duplicate):
        hands.grant(store, [a_grant("nlp-line", "nlp", 1)], NOW)
    made = hands.propose_adjustment(store, "nlp", CREDIT, NOW)
    hands.approve_adjustment(store, made.id, NOW)
    ends = {one.grant.id: one.grant.end for one in every(ledger.balances, store, "nlp")}
    assert ends["nlp-line"] == OPEN
    assert max(end for id_, end in ends.items() if id_ != "nlp-line") == ends["g-nlp"]


def test_a_month_with_draws_is_closed_to_zero() -> None:
    store = a_market(credit=12)
    hands.credit_line(store, "nlp", 50 * CREDIT, NOW)
    the_order(store)
    run(store)
    give(store, "five", 5, CLOSE)
    hands.run(store, DECEMBER, SALT)
    hands.tick(store, DECEMBER)
    sums = hands.close_month(store, "2026-11", DECEMBER).sums
    [nlp] = [one for one in sums.teams if one.team == "nlp"]
    assert sums.total_ucr == 0
    assert (nlp.lines[LineType.DRAW], nlp.lines[LineType.REPAYMENT]) == (18 * CREDIT, -15 * CREDIT)
    assert (sums.movements["draw"], sums.movements["repay"]) == (18 * CREDIT, 15 * CREDIT)
    assert nlp.closing_ucr == 0
    assert_clean(store)
