"""Grants on the command line: said again they are not given again; corrected; revoked."""

import pytest

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = pytest.mark.both

GIVE = ("grant", "add", "vision", "5", "--until", "2026-12-31T00:00Z", "--purpose", "sprint 12")


def of_vision(counter: Counter) -> dict[str, str]:
    """What is free of each of a team's grants, by id."""
    found = counter.lists("grant list --team vision")
    return {one["id"]: one["free_credits"] for one in found}


def test_a_grant_said_again_is_not_given_again(counter: Counter) -> None:
    before = of_vision(counter)
    first = counter.does(*GIVE)
    again = counter.does(*GIVE)
    assert (first.err, again.out) == ("", first.out)
    assert "was given before, and is not given again" in again.err
    assert "is not given again" in counter.later("2026-11-24T09:00Z").does(*GIVE).err
    relative = ("grant", "add", "vision", "7", "--until", "+30d")
    counter.does(*relative)
    assert "is not given again" in counter.later("2026-11-23T12:30Z").does(*relative).err
    given = of_vision(counter.later("2026-11-24T09:00Z"))
    assert sorted(given[id_] for id_ in given.keys() - before.keys()) == ["5", "7"]


def test_a_key_or_an_id_tells_a_second_gift_from_the_first(counter: Counter) -> None:
    before = of_vision(counter)
    for more in (
        (),
        ("--key", "second"),
        ("--key", "second"),
        ("--id", "third"),
        ("--id", "third"),
    ):
        counter.does(*GIVE, *more)
    assert len(of_vision(counter)) == len(before) + 3


@BOTH_WAYS
def test_a_grant_is_corrected_and_revoked(counter: Counter) -> None:
    counter.does(*GIVE, "--id", "slip")
    said = counter.does("grant", "correct", "slip", "--credits", "4", "--reason", "a slip")
    assert "Grant slip: 4.00 credits for vision" in said.out
    shown = counter.sees("grant correct slip --purpose sprint --reason why")
    assert (shown["purpose"], shown["credits"]) == ("sprint", "4")
    gone = counter.does("grant", "revoke", "slip", "--reason", "given twice", "--yes")
    assert "Grant slip is revoked: 0.00 credits of it were spent." in gone.out
    assert counter.sees("grant revoke slip --reason again --yes")["state"] == "revoked"
    assert of_vision(counter)["slip"] == "0"
    said = counter.types("grant", "correct", "slip", "--credits", "9", "--reason", "why")
    assert said.code == 1
    assert "it has ended" in said.err


@BOTH_WAYS
def test_a_grant_ends_by_the_rule_that_was_said(counter: Counter) -> None:
    over = ("--expiry", "carry-over", "--carry-credits", "2.5", "--carry-days", "9")
    counter.does(*GIVE, *over)
    counter.does(*GIVE, "--expiry", "linear")  # another rule: another gift
    said = {one["expiry"]: one for one in counter.lists("grant list --team vision")}
    assert said.keys() == {"all", "linear", "carry-over"}
    assert (said["carry-over"]["carry_credits"], said["carry-over"]["carry_days"]) == ("2.5", 9)
    refused = counter.types(*GIVE, "--expiry", "monthly")
    assert refused.code
    assert "one of all, linear, carry-over" in refused.err
    assert "--expiry" in refused.err
    assert "--carry-days" in counter.types(*GIVE, "--carry-days", "9").err
