"""Credits: nothing moves unbalanced, twice or below zero, and whoever edits the books is seen."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.grant import Grant, spending_order
from marketplace.domain.ledger import Due, Hold, expiry_transfers, plan_hold, settle_transfers
from marketplace.domain.order import OrderState
from marketplace.domain.page import every
from marketplace.domain.refund import Haven, Paid, Refund, Tills, paid_for, refund_transfers
from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.domain.transfer import (
    NO_TAGS,
    SECOND,
    Movement,
    Payer,
    PricedUnits,
    SoldTime,
    Tags,
    Transfer,
)
from marketplace.errors import (
    BadField,
    Duplicate,
    InsufficientCredits,
    LedgerBroken,
    NotFound,
    StorageFailed,
)
from marketplace.services import check, ledger, order
from marketplace.store import ledger as ledger_store
from marketplace.store.engine import Store, open_store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
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
    tamper,
    won,
)

AMOUNTS = st.integers(1, 50)
TAGS = Tags(project="p", theme="t", cost_centre="c")
PAYER = Payer(order_id="ord", tags=TAGS)


def sold(pool: str) -> SoldTime:
    """Seven units of a pool for an hour and a second."""
    end = NOW + HOUR + timedelta(seconds=1)
    return SoldTime(pool, (PricedUnits(NOW, end, 7, CREDIT),))


def move(key: str, source: str, target: str, amount_ucr: int) -> Transfer:
    return Transfer(
        key=key, movement=Movement.GRANT, source=source, target=target, amount_ucr=amount_ucr
    )


@pytest.mark.parametrize(("target", "amount_ucr"), [("mint", 1), ("x", 0), ("x", -1), ("x", 2**63)])
def test_a_transfer_that_moves_no_money_cannot_be_written(target: str, amount_ucr: int) -> None:
    with pytest.raises(ValueError, match="moves no money"):
        move("k", "mint", target, amount_ucr)


def balances(store: Store) -> dict[str, int]:
    with store.read() as tx:
        return ledger_store.all_balances(tx)


@pytest.mark.parametrize("amount_ucr", [5, 6])
def test_a_key_posts_once_for_ever(amount_ucr: int) -> None:
    """The database itself refuses it a second time, for the same movement or another."""
    store = a_market()
    with store.begin() as tx, tx.noting():
        ledger_store.post(tx, [move("k", "mint", "treasury", 5)], NOW)
    before = balances(store)
    again = [move("k", "mint", "treasury", amount_ucr)]
    with pytest.raises(StorageFailed, match="key"), store.begin() as tx, tx.noting():
        ledger_store.post(tx, again, NOW)
    assert balances(store) == before


def test_an_overdraft_is_refused_and_nothing_of_its_batch_is_posted() -> None:
    store = a_market()
    before = balances(store)
    batch = [move("a", "mint", "treasury", 5), move("b", "treasury", "expired", 6)]
    with pytest.raises(LedgerBroken, match=r"fall to -0\.000001 credits"), store.begin() as tx:
        ledger_store.post(tx, batch, NOW)
    assert balances(store) == before


def test_all_accounts_together_hold_nothing_and_no_team_less() -> None:
    """§7.4"""
    store = a_market()
    won(store, request("nlp", "a", option(90)), request("rl", "b", option(80)))
    found = balances(store)
    assert sum(found.values()) == 0
    assert min(amount for account, amount in found.items() if account != "mint") >= 0


def test_the_earliest_ending_grant_is_spent_first() -> None:
    grants = [
        a_grant("b", "nlp", 3, days=9),
        a_grant("c", "nlp", 3, days=5),
        a_grant("a", "nlp", 3),
    ]
    assert [one.id for one in spending_order(grants)] == ["c", "b", "a"]
    free = {one.id: one.amount_ucr for one in grants}
    hold = plan_hold("ord.1", PAYER, "nlp", 4 * CREDIT, grants, free)
    assert hold.parts == (("c", 3 * CREDIT), ("b", CREDIT))
    with pytest.raises(InsufficientCredits, match=r"has 9\.00 free now"):
        plan_hold("ord.1", PAYER, "nlp", 10 * CREDIT, grants, free)


@given(st.lists(AMOUNTS, min_size=1, max_size=4), st.lists(AMOUNTS, max_size=4), st.data())
def test_settling_empties_a_hold_exactly(
    grants: list[int], pools: list[int], data: st.DataObject
) -> None:
    """§7.5: whatever the grants and the pools, each grant gives all it holds, each pool gets its
    due, and no key stands twice."""
    hold = Hold(
        id="ord.1",
        payer=PAYER,
        team="nlp",
        parts=tuple((f"g{k}", amount) for k, amount in enumerate(grants)),
    )
    dues = [
        Due(sold=sold(f"p{k}"), amount_ucr=amount, rule="uniform", reservation_id=f"rsv_{k}")
        for k, amount in enumerate(pools)
    ]
    if sum(pools) > sum(grants):
        with pytest.raises(ValueError, match="due against a hold"):
            settle_transfers(hold, "cyc", dues)
        return
    moves = settle_transfers(hold, "cyc", dues)
    for grant, amount in hold.parts:
        source = f"team/nlp/grant/{grant}/held"
        assert sum(one.amount_ucr for one in moves if one.source == source) == amount
    for due in dues:
        own = [one for one in moves if one.target == f"pool/{due.sold.pool}/till"]
        assert sum(one.amount_ucr for one in own) == due.amount_ucr
        assert sum(one.unit_seconds for one in own) == due.sold.unit_seconds
        assert {(one.whole_ucr, one.reservation_id) for one in own} == {
            (due.amount_ucr, due.reservation_id)
        }
    assert len({one.key for one in moves}) == len(moves)


@given(st.lists(AMOUNTS, min_size=1, max_size=4), st.lists(AMOUNTS, max_size=5), AMOUNTS)
def test_refunds_go_back_to_the_grants_that_paid_and_never_more(
    paid: list[int], refunds: list[int], in_till: int
) -> None:
    left = {f"team/nlp/grant/g{k}/free": amount for k, amount in enumerate(paid)}
    grants = {f"g{k}": a_grant(f"g{k}", "nlp") for k in range(len(paid))}
    haven = Haven(team="nlp", now=NOW, settled_at=CLOSE, grants=grants, name="new")
    till = Tills(balances_ucr={"pool/h100/till": in_till})
    for number, amount_ucr in enumerate(refunds):
        refund = Refund(
            key=f"r{number}",
            reservation_id="rsv_0",
            order_id="ord",
            cycle_id="cyc",
            amount_ucr=amount_ucr,
            rule="resale",
            reason="released",
            sold=sold("h100"),
        )
        if amount_ucr > sum(left.values()):
            with pytest.raises(ValueError, match="more to refund than was paid"):
                refund_transfers(refund, Paid(accounts=left, tags=NO_TAGS), haven, till)
            continue
        before = sum(left.values())
        moves = refund_transfers(refund, Paid(accounts=left, tags=TAGS), haven, till)
        assert sum(one.unit_seconds for one in moves) == sold("h100").unit_seconds
        assert {one.payer for one in moves} == {Payer(order_id="ord", tags=TAGS)}
        assert {one.target for one in moves} <= left.keys()
        assert before - sum(left.values()) == sum(one.amount_ucr for one in moves) == amount_ucr
        assert min(left.values()) >= 0
        minted = sum(one.amount_ucr for one in moves if one.source == "mint")
        assert not (minted and any(till.balances_ucr.values()))
        assert len({one.key for one in moves}) == len(moves)
    assert sum(left.values()) <= sum(paid)


def test_what_was_paid_last_comes_back_first() -> None:
    """The grant that ends later was spent later, so a refund lives as long as it can."""
    store = a_market(credit=3)
    hands.grant(store, [a_grant("late", "nlp", 100, days=90)], NOW)
    [one] = won(store, request("nlp", "a", option(60)))
    assert one.paid_ucr == 4 * CREDIT
    assert left_of(store) == {"g-nlp": 0, "late": 99 * CREDIT}
    maintain(store, "m", one.start + HOUR, 16, 1, one.start)
    assert left_of(store) == {"g-nlp": CREDIT, "late": 100 * CREDIT}
    assert_clean(store)


def left_of(store: Store) -> dict[str, int]:
    return {one.grant.id: one.free_ucr for one in every(ledger.balances, store, "nlp")}


def test_only_free_credits_of_ended_grants_expire() -> None:
    grant = a_grant("g", "nlp", 5)
    assert expiry_transfers([grant], {"g": 0}, {}) == []
    [one] = expiry_transfers([grant], {"g": 3}, {"g": 7})
    assert (one.key, one.amount_ucr, one.target) == ("expire:g:7", 3, "expired")


def test_a_grant_that_starts_later_or_ends_before_the_closing_holds_nothing() -> None:
    store = a_market(credit=1)
    later = Grant(
        id="later",
        team="nlp",
        amount_ucr=500 * CREDIT,
        start=NOW + DAY,
        end=NOW + 9 * DAY,
        created_at=NOW,
    )
    hands.grant(store, [later, a_grant("gone", "nlp", 500)], NOW)
    gone = Grant(
        id="brief", team="rl", amount_ucr=500 * CREDIT, start=NOW, end=CLOSE, created_at=NOW
    )
    hands.grant(store, [gone], NOW)
    [refusal] = hands.place(store, [request("rl", "a", option(100))], NOW)
    assert isinstance(refusal, InsufficientCredits)
    assert refusal.free_ucr == CREDIT
    [taken] = placed(store, request("nlp", "b", option(400)))
    with store.read() as tx:
        [hold] = ledger_store.pending_holds(tx, [taken])
    assert "later" not in dict(hold.parts)
    soon = replace(later, id="soon", start=NOW + HOUR, end=NOW + 3 * DAY)
    hands.grant(store, [soon], NOW)
    [early] = hands.place(store, [request("nlp", "c", option(400))], NOW)
    assert isinstance(early, InsufficientCredits)
    placed(store, request("nlp", "d", option(400)), now=NOW + HOUR)


def test_a_grant_is_given_once_to_a_team_that_is_there_and_can_be_counted() -> None:
    store = a_market()
    with pytest.raises(Duplicate):
        hands.grant(store, [a_grant("g-nlp", "nlp", 77)], NOW)  # other words than the first
    with pytest.raises(NotFound):
        hands.grant(store, [a_grant("new", "nlp"), a_grant("x", "nobody")], NOW)
    with pytest.raises(BadField, match="ended already"):
        hands.grant(store, [a_grant("x", "nlp", days=1)], NOW + 2 * DAY)
    most = 10**12
    with pytest.raises(BadField, match="all grants together"):
        hands.grant(store, [a_grant(f"x{k}", "nlp", most) for k in range(10)], NOW)
    assert [one.grant.id for one in every(ledger.balances, store)] == ["g-nlp", "g-rl", "g-vision"]
    assert_clean(store)


@pytest.mark.parametrize(
    ("credit", "days"), [(0, 1), (-5, 1), (10**13, 1), (5, 0), (5, -1)], ids=str
)
def test_a_grant_of_nothing_or_for_no_time_is_refused(credit: int, days: int) -> None:
    with pytest.raises(BadField):
        a_grant("g", "nlp", credit, days)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with some history: two fills, a loss, a cancellation."""
    file = tmp_path_factory.mktemp("history") / "market.db"
    store = a_market(str(file))
    wide = (leg(units=16),)
    won(
        store,
        request("nlp", "a", option(90, 8, None, *wide)),
        request("rl", "b", option(80, 8, None, *wide)),
        request("vision", "c", option(70, 20)),
    )
    [last] = placed(store, request("nlp", "d", option(5, 30)), now=CLOSE)
    hands.cancel(store, [last.id], CLOSE, team="nlp")
    placed(store, request("nlp", "e", option(6, 30)), now=CLOSE)
    assert_clean(store)
    store.close()
    return file


@pytest.fixture
def file(history: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil."""
    return Path(shutil.copy(history, tmp_path))


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "statement",
    ["UPDATE transfer SET note = 'x' WHERE seq = 1", "DELETE FROM transfer WHERE seq = 1"],
)
def test_the_database_itself_refuses_to_change_a_transfer(file: Path, statement: str) -> None:
    store = open_store(str(file))
    with pytest.raises(StorageFailed, match="append-only"), store.begin() as tx:
        tx.connection().exec_driver_sql(statement)
    store.close()


FREE = ("DROP TRIGGER transfer_update", "DROP TRIGGER transfer_delete")
TAMPERED = {
    "an amount": ("UPDATE transfer SET amount_ucr = amount_ucr + 1 WHERE seq = 2", "hash chain"),
    "a note": ("UPDATE transfer SET note = 'gift' WHERE seq = 3", "hash chain"),
    "a time": ("UPDATE transfer SET at = at + 1 WHERE seq = 5", "hash chain"),
    "an order": ("UPDATE transfer SET order_id = 'ord_x' WHERE movement = 'pay'", "hash chain"),
    "a movement": ("UPDATE transfer SET movement = 'gift' WHERE seq = 4", "is no transfer"),
    "a key": ("UPDATE transfer SET key = 'hold' WHERE seq = 4", "hash chain"),
    "a deleted row": ("DELETE FROM transfer WHERE seq = 4", "stands where 4 should"),
    "the last row deleted": (
        "DELETE FROM transfer WHERE seq = (SELECT max(seq) FROM transfer)",
        "its transfers say",
    ),
    "a balance": ("UPDATE account SET balance_ucr = balance_ucr + 1 WHERE team = 'nlp'", "says"),
    "a hold's state": (
        "UPDATE hold SET state = 'pending' WHERE state = 'posted'",
        "0 ucr are lock",
    ),
    "a hold's amount": ("UPDATE hold SET amount_ucr = 1", "not what moved"),
    "an order's payment": (
        "UPDATE market_order SET fill = json_set(fill, '$.payment_ucr', 1) WHERE state = 'filled'",
        "should have paid 1",
    ),
    "an order's state": (
        "UPDATE market_order SET state = 'cancelled' WHERE state = 'filled'",
        "should have paid",
    ),
    "an end without a reason": (
        "UPDATE market_order SET reason = '' WHERE state = 'lost'",
        "without a reason",
    ),
    "units won": ("UPDATE reservation SET units = '[99, 99]'", "oversold by"),
    "a reservation gone": ("DELETE FROM reservation", "without reservations"),
    "a leg's payment": ("UPDATE reservation SET paid_ucr = 1", "its legs 1"),
    "the problem": ("UPDATE cycle SET problem = outcome WHERE number = 1", "not the one that was"),
    "a torn file": ("UPDATE cycle SET outcome = X'746f726e' WHERE number = 1", "is damaged"),
}


@pytest.mark.sqlite
@pytest.mark.parametrize("what", TAMPERED)
def test_the_check_sees_a_hand_in_the_books(file: Path, what: str) -> None:
    statement, said = TAMPERED[what]
    tamper(file, *FREE, statement)
    store = open_store(str(file))
    assert any(said in fault for fault in check.check(store).faults)
    store.close()


@pytest.mark.sqlite
def test_the_check_sees_transfers_in_another_order(file: Path) -> None:
    tamper(
        file,
        *FREE,
        "UPDATE transfer SET seq = 10000 WHERE seq = 5",
        "UPDATE transfer SET seq = 5 WHERE seq = 6",
        "UPDATE transfer SET seq = 6 WHERE seq = 10000",
    )
    store = open_store(str(file))
    assert any("hash chain" in fault for fault in check.check(store).faults)
    store.close()


@pytest.mark.sqlite
def test_a_settlement_whose_order_lost_its_hold_is_refused_in_words(file: Path) -> None:
    tamper(file, "UPDATE hold SET state = 'voided' WHERE state = 'pending'")
    store = open_store(str(file))
    with pytest.raises(LedgerBroken, match="is open and holds nothing"):
        run(store, CLOSE + DAY)
    [left] = every(order.listed, store, team="nlp", state=OrderState.OPEN)
    with pytest.raises(LedgerBroken, match="is open and holds nothing"):
        hands.cancel(store, [left.id], CLOSE + DAY, team="nlp")
    store.close()


def test_balances_name_what_is_free_and_what_is_held() -> None:
    store = a_market()
    placed(store, request("nlp", "a", option(90)))
    assert (free_ucr(store, "nlp"), held_ucr(store, "nlp")) == (910 * CREDIT, 90 * CREDIT)
    with pytest.raises(NotFound, match="there is no team 'nobody'; there are: nlp, rl, vision"):
        every(ledger.balances, store, "nobody")


def test_a_grant_waits_for_its_start_is_valid_and_ends() -> None:
    grant = a_grant("g", "nlp", days=2)
    moments = (NOW - SECOND, NOW, NOW + 2 * DAY - SECOND, NOW + 2 * DAY)
    assert [grant.state(at) for at in moments] == ["not-started", "valid", "valid", "ended"]


def test_what_was_paid_is_what_was_not_given_back_account_by_account() -> None:
    def moved(movement: Movement, source: str, target: str, credit: int, box: str) -> Transfer:
        return Transfer(
            key=f"{movement}{source}{credit}",
            movement=movement,
            source=source,
            target=target,
            amount_ucr=credit * CREDIT,
            payer=Payer(order_id="o", tags=TAGS),
            reservation_id=box,
        )

    held, free, till = "team/nlp/grant/{}/held", "team/nlp/grant/{}/free", "pool/h100/till"
    found = paid_for(
        [
            moved(Movement.HOLD, free.format("g"), held.format("g"), 99, ""),
            moved(Movement.PAY, held.format("g"), till, 7, "one"),
            moved(Movement.PAY, held.format("h"), till, 5, "one"),
            moved(Movement.PAY, held.format("h"), till, 4, "two"),
            moved(Movement.REFUND, till, free.format("h"), 3, "one"),
        ]
    )
    left = {"one": {"g": 7, "h": 2}, "two": {"h": 4}}
    assert found == {
        box: Paid(
            accounts={free.format(grant): credit * CREDIT for grant, credit in each.items()},
            tags=TAGS,
        )
        for box, each in left.items()
    }


def test_what_an_order_and_a_spot_request_have_caused_is_found_by_them() -> None:
    store = a_market()
    [one, other] = placed(store, request("nlp", "a", option(9)), request("nlp", "b", option(8)))
    terms = SpotTerms(team="nlp", key="s", pool="a100", quantity=1, limit_ucr=CREDIT)
    [asked] = hands.ask(store, [terms], NOW)
    assert isinstance(asked, SpotRequest)
    hands.cancel(store, [one.id], NOW, team="nlp")
    hands.stop(store, [asked.id], NOW, team="nlp")
    for each in (one, asked):
        moves = [posted.transfer for posted in ledger.caused_by(store, each)]
        assert [move.movement for move in moves] == [Movement.HOLD, Movement.VOID]
        assert {move.payer.id for move in moves} == {each.id}
    assert len(ledger.caused_by(store, other)) == 1
