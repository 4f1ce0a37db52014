"""Who fails where a pool has fewer units, from the command line: asked for first, paid back at
once."""

import pytest

from tests.api.counter import Counter

WHEN = ("--from", "2026-11-24T02:00Z", "--until", "2026-11-24T06:00Z")
AWAY = "pool maintenance h100 --capacity 1 --reason leak"
SHUT = "pool override h100 --capacity 0 --reason holiday"


@pytest.mark.parametrize(
    ("line", "reason", "back"),
    [(AWAY, "maintenance", "1"), (SHUT, "capacity-not-available", "16")],
)
def test_what_is_lost_is_listed_and_paid_back_at_once(
    sold: Counter, line: str, reason: str, back: str
) -> None:
    [order] = sold.lists("orders list --team nlp")
    said = sold.sees(line, *WHEN, "--yes")
    [failed] = said["failed"]
    assert failed["lost"] == [int(back)] * 4
    assert (failed["order"], failed["reason"]) == (order["id"], reason)
    lines = sold.sees("statement --team nlp")["lines"]
    refunds = [one["credits"] for one in lines if one["type"] == "refund"]
    assert refunds == [failed["refunded_credits"]] == [back]
    assert sold.does("ledger check").code == 0


@pytest.mark.parametrize(("line", "back"), [(AWAY, "1.00"), (SHUT, "16.00")])
def test_who_would_lose_is_told_first_and_without_a_terminal_it_wants_yes(
    sold: Counter, line: str, back: str
) -> None:
    before = sold.contents()
    told = sold.fails(2, line, *WHEN)
    assert "nlp would lose units of rsv_" in told
    assert f"and {back} credits would go back" in told
    assert "say --yes to go on" in told
    assert sold.contents() == before


@pytest.mark.parametrize("line", [AWAY, SHUT])
def test_where_nobody_loses_anything_it_asks_nobody(counter: Counter, line: str) -> None:
    assert "No reservation loses anything" in counter.does(line, *WHEN).out


def test_calling_an_override_off_asks_and_tells_too(counter: Counter) -> None:
    more = counter.sees("pool override h100 --capacity 24 --reason lent", *WHEN, "--yes")
    fixed = ("--earliest", "2026-11-24T02:00Z", "--latest", "2026-11-24T02:00Z")
    counter.does("bid --team nlp --pool h100 -q 24 -d 4h --value 60", *fixed)
    counter.later("2026-11-24T00:00Z").does("cycle run")
    later = counter.later("2026-11-24T01:00Z")
    assert "--yes" in later.fails(2, f"pool override-cancel {more['id']}")
    said = later.does(f"pool override-cancel {more['id']} --yes").out
    assert "Lost units, or moved: 8.00 credits went back" in said
