"""A transfer carries what it was for, exactly, and its hash covers all of it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.transfer import (
    GENESIS,
    HASHES,
    Movement,
    Payer,
    PricedUnits,
    SoldTime,
    Tag,
    Tags,
    Transfer,
    chain_hash,
    grant_of,
    team_of,
)
from tests.marketplace.bazaar import CREDIT, HOUR, NOW

BOX = SoldTime("h100", (PricedUnits(NOW, NOW + HOUR, 8, 2 * CREDIT),), 17)
PAID = Transfer(
    key="pay:ord.1:g:rsv",
    movement=Movement.PAY,
    source="team/nlp/grant/g/held",
    target="pool/h100/till",
    amount_ucr=16 * CREDIT,
    payer=Payer(order_id="ord", tags=Tags(project="p", theme="t", cost_centre="c")),
    hold_id="ord.1",
    reservation_id="rsv",
    cycle_id="cyc_000001",
    rule="uniform",
    reason="filled",
    sold=BOX,
    whole_ucr=16 * CREDIT,
    unit_seconds=8 * 3600,
    note="words",
)


def span(first: int, last: int, units: int, price_ucr: int) -> PricedUnits:
    return PricedUnits(
        NOW + timedelta(seconds=first), NOW + timedelta(seconds=last), units, price_ucr
    )


def test_neighbours_of_one_price_are_one_span_and_empty_ones_are_none() -> None:
    spans = (span(0, 5, 2, 7), span(5, 9, 2, 7), span(9, 12, 0, 7), span(12, 14, 2, 7))
    sold = SoldTime.of("h100", (*spans, span(14, 15, 3, 7)))
    assert sold.spans == (span(0, 9, 2, 7), span(12, 14, 2, 7), span(14, 15, 3, 7))
    assert (sold.quantity, sold.unit_seconds) == (3, 2 * 9 + 2 * 2 + 3)
    assert (sold.start, sold.end) == (spans[0].start, NOW + timedelta(seconds=15))


SECONDS = st.lists(st.integers(1, 5_000), min_size=1, max_size=6)


@given(SECONDS, st.integers(1, 64), st.integers(1, 10**7))
def test_pieces_of_a_run_cost_together_what_it_costs_at_once(
    lengths: list[int], units: int, price_ucr: int
) -> None:
    """§7.10: each piece is exact by itself, with what rounding paid ahead before it."""
    paid, ahead, first = 0, 0, 0
    for length in lengths:
        piece = SoldTime("h100", (span(first, first + length, units, price_ucr),), ahead)
        due, ahead = piece.cost_ucr()
        paid, first = paid + due, first + length
    assert paid == -(-price_ucr * units * first // 3600)


CHANGES = {
    "key": "k",
    "movement": Movement.REFUND,
    "source": "team/nlp/grant/h/held",
    "target": "pool/a100/till",
    "amount_ucr": 1,
    "payer": Payer(spot_id="ord", tags=PAID.payer.tags),
    "hold_id": "ord.2",
    "reservation_id": "rsw",
    "cycle_id": "cyc_000002",
    "rule": "vcg",
    "reason": "other",
    "sold": None,
    "whole_ucr": 1,
    "unit_seconds": 1,
    "other_team": "vision",
    "note": "other words",
}
TAGGED = [replace(PAID.payer.tags, **{name: "x"}) for name in ("project", "theme", "cost_centre")]
SOLD = [
    replace(BOX, pool="a100"),
    replace(BOX, paid_ahead=18),
    replace(BOX, spans=(span(0, 3600, 9, 2 * CREDIT),)),
    replace(BOX, spans=(span(0, 3601, 8, 2 * CREDIT),)),
]


@pytest.mark.parametrize(
    "changed",
    [
        *(replace(PAID, **{name: value}) for name, value in CHANGES.items()),  # type: ignore[arg-type]
        *(replace(PAID, payer=replace(PAID.payer, tags=tags)) for tags in TAGGED),
        *(replace(PAID, sold=sold) for sold in SOLD),
    ],
)
def test_the_hash_covers_every_fact(changed: Transfer) -> None:
    assert hashed(changed) != hashed(PAID)


def test_all_fields_were_tried() -> None:
    assert set(CHANGES) == set(Transfer.__dataclass_fields__)


def test_a_hash_names_its_way_and_covers_its_place() -> None:
    way, _, digest = hashed(PAID).partition(":")
    assert (way, len(digest)) == (HASHES, 64)
    assert hashed(PAID, seq=2) != hashed(PAID)
    assert hashed(PAID, at=NOW + HOUR) != hashed(PAID)
    assert hashed(PAID, before="1" * 64) != hashed(PAID)


def hashed(one: Transfer, seq: int = 1, at: datetime = NOW, before: str = GENESIS) -> str:
    return chain_hash(before, seq, at, one)


@pytest.mark.parametrize(
    ("account", "team", "grant"),
    [("team/nlp/grant/g/free", "nlp", "g"), ("mint", "", ""), ("pool/h100/till", "", "")],
)
def test_an_account_tells_its_team_and_grant(account: str, team: str, grant: str) -> None:
    assert (team_of(account), grant_of(account)) == (team, grant)


def test_each_tag_is_told_by_its_name() -> None:
    tags = Tags(project="p", theme="t", cost_centre="c")
    assert {tag.value: tag.of(tags) for tag in Tag} == {
        "project": "p",
        "theme": "t",
        "cost-centre": "c",
    }
