"""Credit lines on the command line."""

import re

import pytest

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = pytest.mark.both

SET = ("credit-line", "set", "nlp", "50", "--reason", "a late grant")


@BOTH_WAYS
def test_a_line_is_set_seen_changed_and_closed(counter: Counter) -> None:
    assert "There is no credit line yet" in counter.does("credit-line", "list").out
    said = counter.does(*SET)
    whole = "Credit line nlp-line of nlp: 0 of 50.00 credits are drawn; 50.00 can be drawn"
    assert f"{whole} until it is closed." in said.out.replace("0.00 of", "0 of")
    assert counter.does(*SET).out == said.out
    shown = counter.sees("credit-line show nlp-line")
    [one] = counter.lists("credit-line list --team nlp")
    assert one == shown
    assert "50.00" in counter.does("credit-line", "list").out
    grants = counter.does("grant", "list").out
    assert "2999" not in grants
    assert re.search(r"nlp-line .* open +", grants)
    assert "50.00 more can be drawn." in counter.does("balance", "--team", "nlp").out
    changed = counter.sees("credit-line change nlp-line --credits 60 --until +9d --reason more")
    assert (changed["limit_credits"], changed["state"]) == ("60", "open")
    gone = counter.does("credit-line", "close", "nlp-line", "--reason", "over", "--yes")
    assert "it is closed" in gone.out


def test_what_is_drawn_and_repaid_is_told(counter: Counter) -> None:
    """A team without credits draws 40 for a bid, which pays the reserve price alone."""
    counter.does("credit-line", "set", "poor", "50", "--reason", "a late grant")
    fixed = ("--earliest", "2026-11-24T02:00Z", "--latest", "2026-11-24T02:00Z")
    wanted = "--team poor --pool h100 -q 8 -d 1h --value"
    looked = counter.does(f"preview {wanted} 40", *fixed)
    assert "would draw 40.00 credits of credit line poor-line" in looked.out + looked.err
    counter.does(f"bid {wanted} 40", *fixed)
    told = counter.does("balance", "--team", "poor").out
    assert "40.00 are drawn of its credit line; 10.00 more can be drawn." in told
    refused = counter.types(f"bid {wanted} 11", *fixed)
    assert "has 0.00 free now, and 10.00 left on credit line poor-line" in refused.err
    later = counter.later("2026-11-24T00:00Z")
    later.does("cycle run")
    owed = later.sees("credit-line show poor-line")["drawn_credits"]
    assert 0 < float(owed) < 40
    given = later.does("grant", "add", "poor", "100", "--until", "+9d").out
    assert f"{float(owed):.2f} of them repaid what it owed of its credit line." in given
    lines = later.does("statement", "--team", "poor").out
    assert "drawn of credit line poor-line" in lines
    assert "back to credit line poor-line, unspent" in lines
    assert "repaid credit line poor-line" in lines


def test_nonsense_is_refused_and_a_line_to_come_says_so(counter: Counter) -> None:
    counter.does(*SET, "--from", "+1d")
    assert "it can be drawn from" in counter.does("credit-line", "show", "nlp-line").out
    for words, why in (
        (("set", "nlp", "60", "--reason", "x"), "nlp has it already"),
        (("set", "vision", "-5", "--reason", "x"), "above zero"),
        (("set", "vision", "5", "--reason", "x", "--until", "2026-01-01T00:00Z"), "in the past"),
        (("change", "nlp-line", "--credits", "0", "--reason", "x"), "credits from"),
        (("close", "zzz", "--reason", "x", "--yes"), "there is no credit line 'zzz'"),
        (("show", "zzz"), "there is no credit line 'zzz'"),
    ):
        refused = counter.types("credit-line", *words)
        assert refused.code
        assert why in refused.err
