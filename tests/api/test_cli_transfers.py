"""Transfers between teams on the command line."""

import pytest

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = pytest.mark.both

WHY = ("--reason", "they help us")


@BOTH_WAYS
def test_credits_are_proposed_and_accepted(counter: Counter) -> None:
    said = counter.does("transfer", "propose", "nlp", "vision", "100", *WHY)
    assert "Transfer ctr_000001: 100.00 credits of nlp are set aside for vision" in said.out
    assert "until 2026-12-07T12:00Z" in said.out
    counter.does("transfer", "propose", "nlp", "vision", "100", *WHY)
    [one] = counter.lists("transfer list --team vision")
    assert (one["state"], one["credits"], one["reason"]) == ("proposed", "100", "they help us")
    done = counter.sees("transfer accept ctr_000001")
    assert done["grants"] == ["vision-2026-11-2"]
    assert (
        "went from nlp to vision: vision-2026-11-2"
        in counter.does("transfer", "accept", "ctr_000001").out
    )
    assert "accepted" in counter.does("transfer", "list").out


def test_credits_are_refused_withdrawn_or_lapse(counter: Counter) -> None:
    assert "There is no transfer yet" in counter.does("transfer", "list").out
    for amount in ("1", "2", "3"):
        counter.does("transfer", "propose", "nlp", "vision", amount, *WHY)
    said = counter.does("transfer", "refuse", "ctr_000001", "--reason", "enough")
    assert "nlp has its credits back" in said.out
    counter.does("transfer", "withdraw", "ctr_000002")
    later = counter.later("2026-12-07T12:00Z")
    later.does("advance")
    states = [one["state"] for one in later.lists("transfer list")]
    assert states == ["lapsed", "withdrawn", "refused"]
    [refused_] = later.lists("transfer list --state refused")
    assert refused_["id"] == "ctr_000001"
    assert "No transfer is accepted." in later.does("transfer list --state accepted").out
    assert "one of proposed, accepted" in later.fails(2, "transfer list --state lost")
    for words, why in (
        (("propose", "nlp", "nlp", "5", *WHY), "a team gives credits to another, not to itself"),
        (("propose", "nlp", "nobody", "5", *WHY), "there is no team 'nobody'"),
        (("propose", "nlp", "vision", "-5", *WHY), "above zero"),
        (("accept", "ctr_000003"), "it has ended"),
        (("accept", "ctr_000009"), "there is no transfer 'ctr_000009'"),
        (("accept", "nonsense"), "give an id like ctr_000001"),
    ):
        refused = later.types("transfer", *words)
        assert refused.code
        assert why in refused.err
