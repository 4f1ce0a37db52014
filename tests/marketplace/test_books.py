"""The books, rebuilt from transfers: a clean set is worked by hand, then each promise is broken.

Team nlp got 100 credits, spent 16 of a hold of 20 on an order and got 6 back; it holds 10 for
another order and 12 for a spot run.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pytest

from marketplace.domain.books import FAULTS_MAX, Books
from marketplace.domain.credit_line import CreditLine
from marketplace.domain.credit_transfer import (
    CreditTransfer,
    CreditTransferRequest,
    CreditTransferState,
)
from marketplace.domain.grant import Grant, grant_transfer
from marketplace.domain.ledger import (
    Due,
    Hold,
    HoldState,
    hold_transfers,
    settle_transfers,
    void_transfers,
)
from marketplace.domain.order import Fill, Order, OrderState
from marketplace.domain.refund import Haven, Paid, Refund, Tills, refund_transfers
from marketplace.domain.reservation import Release, Reservation
from marketplace.domain.spot import Code, SpotRequest, SpotRun, SpotState, SpotTerms
from marketplace.domain.spot_resale import RULE as RESALE
from marketplace.domain.transfer import (
    BETWEEN,
    GENESIS,
    MINT,
    NO_TAGS,
    Movement,
    Posted,
    PricedUnits,
    SoldTime,
    Transfer,
    chain_hash,
    free_of,
    held_of,
)
from tests.marketplace.bazaar import (
    CREDIT,
    HOUR,
    NOW,
    START,
    a_grant,
    box,
    option,
    request,
)

GRANT: Grant = replace(a_grant("g", "nlp", 100), purpose="sprint")
FREE, HELD, TILL = "team/nlp/grant/g/free", "team/nlp/grant/g/held", "pool/h100/till"


def an_order(id_: str, value: int, state: OrderState, fill: Fill | None = None) -> Order:
    ended = state is not OrderState.OPEN
    return Order(
        id=id_,
        request=request("nlp", id_, option(value)),
        state=state,
        placed_at=NOW,
        fill=fill,
        reason=state.value if ended else "",
        ended_at=NOW if ended else None,
    )


FILLED = an_order(
    "ord-r",
    20,
    OrderState.FILLED,
    Fill(cycle_id="cyc_000001", option=0, start=START, payment_ucr=16 * CREDIT, capped=False),
)
WAITS = an_order("ord-w", 10, OrderState.OPEN)
LOST = an_order("ord-l", 7, OrderState.LOST)
SOLD = SoldTime("h100", (PricedUnits(START, START + HOUR, 8, 2 * CREDIT),))
BOX: Reservation = replace(box(paid_ucr=16 * CREDIT), id="rsv", order_id="ord-r")
SPOT = SpotRequest(
    id="spot_1",
    terms=SpotTerms(team="nlp", key="s", pool="h100", quantity=4, limit_ucr=3 * CREDIT),
    placed_at=NOW,
    updated_at=NOW,
    state=SpotState.ACTIVE,
    run=SpotRun(started_at=NOW, billed_until=NOW, covered_until=NOW + HOUR),
)
"""Four units at a limit of 3 for an hour: 12 credits must be held."""


def a_hold(order: Order | SpotRequest, credit: int, state: HoldState) -> Hold:
    return Hold(
        id=order.hold_id,
        payer=order.payer,
        team="nlp",
        parts=(("g", credit * CREDIT),),
        state=state,
    )


HOLDS = (
    a_hold(FILLED, 20, HoldState.POSTED),
    a_hold(LOST, 7, HoldState.VOIDED),
    a_hold(WAITS, 10, HoldState.PENDING),
    a_hold(SPOT, 12, HoldState.PENDING),
)
HAVEN = Haven(team="nlp", now=NOW, settled_at=NOW, grants={GRANT.id: GRANT}, name="new")
DUE = Due(sold=SOLD, amount_ucr=16 * CREDIT, rule="uniform", reason="filled", reservation_id="rsv")
BACK = Refund(
    key="resale:rsv",
    reservation_id="rsv",
    order_id="ord-r",
    cycle_id="cyc_000002",
    amount_ucr=6 * CREDIT,
    rule="resale",
    reason="released",
    sold=SOLD,
)


def full() -> Tills:
    """A till that has what any refund takes."""
    return Tills(balances_ucr={"pool/h100/till": 1_000 * CREDIT})


MOVES: tuple[Transfer, ...] = (
    grant_transfer(GRANT),
    *(move for hold in HOLDS for move in hold_transfers(hold)),
    *settle_transfers(HOLDS[0], "cyc_000001", [DUE]),
    *void_transfers(HOLDS[1], "outbid", "cyc_000001"),
    *refund_transfers(
        BACK, Paid(accounts={FREE: 16 * CREDIT}, tags=FILLED.payer.tags), HAVEN, full()
    ),
)
ACCOUNTS = {
    "mint": -100 * CREDIT,
    FREE: (100 - 16 + 6 - 10 - 12) * CREDIT,
    HELD: (10 + 12) * CREDIT,
    TILL: (16 - 6) * CREDIT,
}


def posted(moves: Iterable[Transfer], first: int = 1) -> list[Posted]:
    """Transfers in a chain of their own."""
    chain, last = [], GENESIS
    for seq, move in enumerate(moves, first):
        last = chain_hash(last, seq, NOW, move)
        chain.append(Posted(seq=seq, at=NOW, transfer=move, hash=last))
    return chain


def faults(
    moves: Sequence[Transfer] = MOVES,
    *,
    accounts: dict[str, int] = ACCOUNTS,
    holds: Sequence[Hold] = HOLDS,
    orders: Sequence[Order] = (FILLED, WAITS, LOST),
    spots: Sequence[SpotRequest] = (SPOT,),
    boxes: Sequence[Reservation] = (BOX,),
    releases: Sequence[Release] = (),
    chain: Callable[[list[Posted]], list[Posted]] = list,
) -> list[str]:
    """What the books find wrong, where one thing is not as it should be."""
    books = Books()
    for one in chain(posted(moves)):
        books.read(one)
    books.compare_balances(accounts)
    books.compare_holds(holds)
    books.compare_orders(orders)
    books.compare_spot(spots)
    books.compare_payers()
    books.compare_reservations(boxes)
    books.compare_releases(releases)
    return books.faults


def test_a_clean_set_of_books_has_nothing_to_say() -> None:
    """§7.4, §7.5"""
    assert sum(ACCOUNTS.values()) == 0
    assert faults() == []


def test_a_line_out_of_its_place_and_one_that_was_changed_break_the_chain() -> None:
    assert faults(chain=lambda lines: [*lines[:2], replace(lines[2], seq=9), *lines[3:]])[:2] == [
        "transfer 9 stands where 3 should",
        f"transfer 9 ({MOVES[2].key}) does not fit the hash chain",
    ]
    changed = replace(MOVES[0], amount_ucr=101 * CREDIT)
    found = faults(chain=lambda lines: [replace(lines[0], transfer=changed), *lines[1:]])
    assert found[0] == "transfer 1 (grant:g) does not fit the hash chain"
    assert f"account {FREE} says 68000000 ucr, its transfers say 69000000 ucr" in found


def test_nobody_but_the_mint_may_be_below_zero() -> None:
    """The first hold is written before the grant that pays it."""
    moves = (MOVES[1], MOVES[0], *MOVES[2:])
    assert faults(moves) == [f"transfer 1 takes {FREE} below zero"]


def test_a_balance_that_no_transfer_made_is_named_and_so_is_what_its_team_owns() -> None:
    found = faults(accounts=ACCOUNTS | {FREE: 69 * CREDIT})
    assert found == [
        f"account {FREE} says 69000000 ucr, its transfers say 68000000 ucr",
        "team nlp owns 91000000 ucr, its statement says 90000000 ucr",
    ]
    without = {address: left for address, left in ACCOUNTS.items() if address != TILL}
    assert faults(accounts=without) == [
        f"account {TILL} says 0 ucr, its transfers say 10000000 ucr"
    ]


def test_a_hold_is_emptied_once() -> None:
    """§7.5: voided a second time it would take what other holds locked."""
    again = replace(void_transfers(HOLDS[1], "outbid")[0], key="again")
    accounts = ACCOUNTS | {FREE: 75 * CREDIT, HELD: 15 * CREDIT}
    seq = len(MOVES) + 1
    assert faults((*MOVES, again), accounts=accounts) == [
        f"hold ord-l.1 is emptied again by transfer {seq}",
        "hold ord-l.1 is voided, yet -7000000 ucr are locked",
    ]


@pytest.mark.parametrize(
    ("holds", "told"),
    [
        (
            (*HOLDS[:2], replace(HOLDS[2], parts=(("g", 9 * CREDIT),)), HOLDS[3]),
            "hold ord-w.1 says 9000000 ucr of grant g, not what moved",
        ),
        (
            (*HOLDS[:2], replace(HOLDS[2], state=HoldState.VOIDED), HOLDS[3]),
            "hold ord-w.1 is voided, yet 10000000 ucr are locked",
        ),
        (
            (replace(HOLDS[0], state=HoldState.PENDING), *HOLDS[1:]),
            "hold ord-r.1 is pending, yet 0 ucr are locked",
        ),
        (HOLDS[:3], "credits of grant g are locked for an unknown hold spot_1.1"),
    ],
)
def test_a_hold_that_is_not_what_moved_is_named(holds: tuple[Hold, ...], told: str) -> None:
    assert told in faults(holds=holds)


@pytest.mark.parametrize(
    ("orders", "told"),
    [
        (
            (FILLED, replace(WAITS, version=2), LOST),
            "order ord-w is open and holds 0 ucr",
        ),
        (
            (FILLED, replace(WAITS, state=OrderState.LOST, reason="x", ended_at=NOW), LOST),
            "order ord-w is lost and holds 10000000 ucr",
        ),
        ((FILLED, WAITS, replace(LOST, reason="")), "order ord-l ended without a reason or a time"),
        (
            (FILLED, WAITS, replace(LOST, ended_at=None)),
            "order ord-l ended without a reason or a time",
        ),
        (
            (replace(FILLED, fill=None), WAITS, LOST),
            "order ord-r is filled and should have paid 0, not 16000000",
        ),
        (
            (FILLED, WAITS, replace(LOST, state=OrderState.FILLED)),
            "order ord-l is filled and should have paid 0, not 0",
        ),
        ((WAITS, LOST), "16000000 ucr were paid for an unknown order 'ord-r'"),
        ((FILLED, LOST), "hold ord-w.1 belongs to no open order and no live spot request"),
    ],
)
def test_an_order_that_its_money_belies_is_named(orders: tuple[Order, ...], told: str) -> None:
    """§7.10 among them: no end without a reason."""
    assert told in faults(orders=orders)


def test_an_order_that_got_back_more_than_it_paid_is_named() -> None:
    more = replace(MOVES[-1], amount_ucr=17 * CREDIT)
    found = faults((*MOVES[:-1], more), accounts=ACCOUNTS | {FREE: 79 * CREDIT, TILL: -CREDIT})
    assert found == [
        f"transfer {len(MOVES)} takes {TILL} below zero",
        "order ord-r got back 17000000 ucr, but paid 16000000",
    ]


@pytest.mark.parametrize(
    ("spot", "told"),
    [
        (replace(SPOT, version=2), "spot request spot_1 is active and holds nothing"),
        (
            replace(SPOT, terms=replace(SPOT.terms, limit_ucr=3 * CREDIT + 1)),
            "spot request spot_1 holds 12000000, and may owe 12000004",
        ),
        (
            replace(SPOT, state=SpotState.CLOSED, code=Code.ENDED.value, run=None),
            "spot request spot_1 is closed and holds 12000000",
        ),
        (replace(SPOT, code=""), "spot request spot_1 is active without a reason"),
    ],
)
def test_a_spot_request_holds_what_it_may_owe(spot: SpotRequest, told: str) -> None:
    assert faults(spots=(spot,)) == [
        told,
        *(
            ["hold spot_1.1 belongs to no open order and no live spot request"]
            if spot.version == 2
            else []
        ),
    ]


@pytest.mark.parametrize(
    ("credit", "right"), [(8, True), (9, False), (7, False)], ids=["its price", "more", "less"]
)
def test_a_spot_charge_is_what_its_time_costs(credit: int, *, right: bool) -> None:
    """Four units for an hour at 2 credits are 8: a line of any other amount does not stand."""
    sold = SoldTime("h100", (PricedUnits(NOW, NOW + HOUR, 4, 2 * CREDIT),))
    due = Due(sold=sold, amount_ucr=credit * CREDIT, rule="spot", reason="ended")
    moves = (*MOVES, *settle_transfers(HOLDS[3], "", [due]))
    found = faults(
        moves,
        accounts=ACCOUNTS
        | {FREE: (68 + 12 - credit) * CREDIT, HELD: 10 * CREDIT, TILL: (10 + credit) * CREDIT},
        holds=(*HOLDS[:3], replace(HOLDS[3], state=HoldState.POSTED)),
        spots=(replace(SPOT, state=SpotState.CLOSED, code="ended", run=None),),
    )
    key = "pay:spot_1.1:g:h100"
    line = f"transfer {len(MOVES) + 1} ({key}) is not what its time costs"
    assert [one for one in found if "time costs" in one] == ([] if right else [line])


@pytest.mark.parametrize(
    ("boxes", "told"),
    [
        (
            (replace(BOX, paid_ucr=15 * CREDIT),),
            [
                "reservation rsv says that it was paid 15000000, its transfers say 16000000",
                "order ord-r paid 16000000, its legs 15000000",
            ],
        ),
        ((), ["order ord-r is filled without reservations, or the other way round"]),
        (
            (BOX, replace(BOX, id="more", order_id="ord-w", paid_ucr=0)),
            ["order ord-w is filled without reservations, or the other way round"],
        ),
        (
            (replace(BOX, paid_ucr=10 * CREDIT), replace(BOX, id="leg", paid_ucr=6 * CREDIT)),
            [
                "reservation rsv says that it was paid 10000000, its transfers say 16000000",
                "reservation leg says that it was paid 6000000, its transfers say 0",
            ],
        ),
    ],
)
def test_a_reservation_was_paid_what_it_says_and_its_legs_what_their_order_paid(
    boxes: tuple[Reservation, ...], told: list[str]
) -> None:
    assert faults(boxes=boxes) == told


def test_a_broken_chain_does_not_repeat_itself_for_ever() -> None:
    lines = posted(grant_transfer(replace(GRANT, id=f"g{k}")) for k in range(2 * FAULTS_MAX))
    books = Books()
    for line in lines:
        books.read(replace(line, hash="t1:0"))
    assert len(books.faults) == FAULTS_MAX


def test_a_charge_names_what_was_sold() -> None:
    [pay] = settle_transfers(replace(HOLDS[0], parts=(("g", 16 * CREDIT),)), "cyc_000001", [DUE])
    books = Books()
    for line in posted((MOVES[0], MOVES[1], replace(pay, sold=None))):
        books.read(line)
    assert books.faults == [f"transfer 3 ({pay.key}) is not what its time costs"]


GIVEN = Release(
    id="rsv.0",
    reservation_id="rsv",
    order_id="ord-r",
    team="nlp",
    pool="h100",
    start=BOX.start,
    slot=HOUR,
    left=(4,),
    paid_per_unit_ucr=(CREDIT,),
    released_at=NOW,
    on_sale_from=1,
    by_spot_ucr=(3 * CREDIT,),
)


def resold(spot_credit: int) -> tuple[list[str], list[str]]:
    """What the books say where spot was paid so much, and three credits of it went to who gave the
    time back: as they are read, and against a release."""
    sold = SoldTime("h100", (PricedUnits(NOW, NOW + HOUR, 1, spot_credit * CREDIT),))
    due = Due(sold=sold, amount_ucr=spot_credit * CREDIT, rule="spot", reason="ended")
    refund = replace(BACK, amount_ucr=3 * CREDIT, rule=RESALE, cycle_id="", key="resold")
    paid = Paid(accounts={FREE: 16 * CREDIT}, tags=NO_TAGS)
    back = refund_transfers(refund, paid, HAVEN, full())
    books = Books()
    for one in posted((*MOVES, *settle_transfers(HOLDS[3], "", [due]), *back)):
        books.read(one)
    read = list(books.faults)
    books.compare_releases([GIVEN])
    return read, books.faults[len(read) :]


def test_spot_gives_back_no_more_than_it_brought() -> None:
    assert resold(3) == ([], [])
    line = len(MOVES) + 3
    assert resold(2) == ([f"transfer {line} gives back more than spot brought {TILL}"], [])


def test_what_came_back_for_given_back_time_is_what_it_brought_and_at_most_what_was_paid() -> None:
    assert faults(releases=[replace(GIVEN, by_spot_ucr=(0,))]) == []
    assert faults(releases=[replace(GIVEN, by_spot_ucr=(4 * CREDIT + 1,))]) == [
        "release rsv.0 brought more than was paid for it",
        "reservation rsv brought 4000001 ucr by spot, its transfers say 0",
    ]


def test_a_transfer_between_teams_that_its_money_belies_is_named() -> None:
    asked = CreditTransferRequest(team="nlp", receiver="rl", amount_ucr=5, reason="thanks")
    waits = CreditTransfer.of(asked, 1, "person:lea", NOW)
    taken = replace(
        CreditTransfer.of(asked, 2, "person:lea", NOW), state=CreditTransferState.ACCEPTED
    )
    books = Books()
    books.passed["ctr_000009", "vision"] = 3
    books.balances[BETWEEN] = 2
    books.compare_credit_transfers([waits, taken])
    assert books.faults == [
        "credit transfer ctr_000001 is proposed and holds 0 ucr",
        "credit transfer ctr_000002 moved 0 ucr of nlp",
        "credit transfer ctr_000002 moved 0 ucr of rl",
        "credits of vision moved for an unknown credit transfer 'ctr_000009'",
        "2 ucr are left between teams",
    ]


def test_what_a_credit_line_has_drawn_is_what_moved_within_its_limit() -> None:
    right = CreditLine(
        id="nlp-line",
        team="nlp",
        limit_ucr=9,
        start=NOW,
        end=None,
        reason="late",
        set_at=NOW,
        set_by="person:fin",
        drawn_ucr=5,
    )
    books = Books()
    for place, move in enumerate((Movement.DRAW, Movement.REPAY)):
        ends = (MINT, free_of("nlp", "nlp-line"))
        moved = Transfer(
            key=move.value,
            movement=move,
            source=ends[place],
            target=ends[1 - place],
            amount_ucr=(7, 2)[place],
            rule="nlp-line",
        )
        books.read(Posted(seq=place + 1, at=NOW, transfer=moved, hash=""))
    books.faults.clear()
    books.balances[free_of("nlp", "nlp-line")] = 0
    books.balances[held_of("nlp", "nlp-line")] = 5
    books.drawn["rl-line"] = 3
    said = replace(right, id="rl-line", team="rl", drawn_ucr=2)
    books.compare_credit_lines([right, said])
    assert books.faults == ["credit line rl-line says that 2 ucr are drawn, its transfers say 3"]

    for account, amount, facts in (
        (free_of("nlp", "nlp-line"), 1, "1 ucr free, 5 held, 5 drawn"),
        (held_of("nlp", "nlp-line"), 6, "0 ucr free, 6 held, 5 drawn"),
    ):
        books = Books()
        books.drawn["nlp-line"] = 5
        books.balances[held_of("nlp", "nlp-line")] = 5
        books.balances[account] = amount
        books.compare_credit_lines([right])
        assert books.faults == [f"credit line nlp-line of 9 ucr has {facts}"]
    books = Books()
    books.drawn["gone"] = 4
    books.compare_credit_lines([])
    assert books.faults == ["4 ucr were drawn of an unknown credit line 'gone'"]
