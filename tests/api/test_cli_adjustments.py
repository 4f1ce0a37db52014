"""``adjustment``: proposed at one login, posted at another."""

import getpass

import pytest

from api.wire.adjustment import Adjustment
from tests.api.counter import Counter

pytestmark = pytest.mark.both
PROPOSE = ("adjustment", "propose", "vision", "12.5", "--reason", "a node was down")


def test_one_proposes_and_another_posts(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There is none yet." in counter.does("adjustment list").out
    monkeypatch.setattr(getpass, "getuser", lambda: "ann")
    made = counter.does(*PROPOSE, "--corrects", "month:2026-11", "--key", "k")
    assert "Proposed: adj_000001, 12.50 credits for vision." in made.out
    assert "gpumarket adjustment approve adj_000001" in made.err
    assert "another person of finance" in counter.fails(1, "adjustment approve adj_000001 --yes")
    assert "nobody is there to ask" in counter.fails(2, "adjustment approve adj_000001")
    monkeypatch.setattr(getpass, "getuser", lambda: "bob")
    said = counter.does("adjustment approve adj_000001 --yes --reason seen").out
    assert "adj_000001 is posted: 12.50 credits in all." in said
    [one] = [Adjustment.read(each) for each in counter.lists("adjustment list")]
    assert (one.proposed_by, one.ended_by) == ("operator:ann", "operator:bob")
    told = counter.does("adjustment show adj_000001").out
    assert "month:2026-11" in told
    assert "posted at" in told
    assert Adjustment.read(counter.sees("adjustment show adj_000001")) == one
    assert "a node was down" in counter.does("adjustment list").out
    statement = counter.does("statement --team vision").out
    assert "adj_000001, for month 2026-11: a node was down" in statement


def test_credits_are_taken_refused_and_withdrawn(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking = ("adjustment", "propose", "vision", "-12.5", "--reason", "given twice")
    monkeypatch.setattr(getpass, "getuser", lambda: "ann")
    for _ in range(3):
        made = counter.sees("adjustment", *taking[1:])
        assert made["credits"] == "-12.5"
    gone = counter.does("adjustment withdraw adj_000001 --reason slip").out
    assert "adj_000001 is withdrawn." in gone
    monkeypatch.setattr(getpass, "getuser", lambda: "bob")
    assert "adj_000002 is refused." in counter.does("adjustment refuse adj_000002 --reason no").out
    assert counter.sees("adjustment approve adj_000003 --yes")["state"] == "posted"
    assert "it has ended" in counter.fails(1, "adjustment refuse adj_000003 --reason late")
    far = ("adjustment", "propose", "vision", "-99999", "--reason", "all of it")
    assert counter.sees(*far)["id"] == "adj_000004"
    monkeypatch.setattr(getpass, "getuser", lambda: "ann")
    assert "of which" in counter.fails(1, "adjustment approve adj_000004 --yes")
    for words, says in (
        (("0",), "above or below zero"),
        (("x",), "is not a number of credits"),
        (("1", "--corrects", "cycle:1"), "one of transfer, order, month"),
    ):
        line = "adjustment propose vision --reason why"
        assert says in counter.fails(2, line, *words), words


def test_past_time_is_rated_anew(counter: Counter) -> None:
    counter.does("bid --team vision --pool h100 --quantity 8 --duration 2h --value 30")
    later = counter.later("2026-11-24T00:00Z")
    later.does("cycle run")
    after = counter.later("2026-12-20T00:00Z")
    words = (
        *("adjustment", "rerate", "h100", "--from", "2026-11-24T00:00Z"),
        *("--until", "2026-12-20T00:00Z", "--reason", "slow"),
    )
    said = after.does(*words, "--factor", "0.5")
    assert "adj_000001: proposed" in said.out
    assert "order:ord_" in said.out
    assert "gpumarket adjustment approve adj_000001" in said.err
    free = after.sees("adjustment", *words[1:], "--price", "0")
    assert free["credits"] > "0"
    assert "a factor or a price" in after.fails(2, "adjustment", *words[1:])
    far = ("adjustment", *words[1:], "--factor", "900")
    assert "--factor is '900.00'" in after.fails(2, *far)
