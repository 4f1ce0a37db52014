"""What a team can spend now, what waits, what has ended; and grants that look like slips."""

import pytest

from tests.api.counter import Counter


def test_free_now_is_what_a_refused_bid_says_too(counter: Counter) -> None:
    counter.does("grant add nlp 7 --until 2026-11-23T18:00Z --purpose ends-today")
    counter.does("grant add nlp 90 --from 2026-12-01T00:00Z --until 2026-12-31T00:00Z")
    [nlp] = [team for team in counter.lists("team list") if team["id"] == "nlp"]
    assert (nlp["free_credits"], nlp["later_credits"]) == ("1000", "90")
    assert nlp["ending_credits"] == "7"
    said = counter.types("bid --team nlp --pool h100 -q 1 -d 1h --value 1001")
    assert "has 1,000.00 free now" in said.err
    table = counter.does("team list").out
    assert "free now" in table
    assert "1,000.00" in table


def test_an_ended_grant_has_nothing_free_before_the_next_cycle_posts_it(counter: Counter) -> None:
    grant = counter.sees("grant add nlp 7 --until 2026-11-23T18:00Z")["id"]
    evening = counter.later("2026-11-23T20:00Z")
    for at in (evening, counter.later("2026-11-24T00:00Z")):
        if at is not evening:
            at.does("cycle run")
        [ended] = [one for one in at.lists("grant list --team nlp") if one["id"] == grant]
        assert (ended["free_credits"], ended["expired_credits"]) == ("0", "7")
        assert (ended["state"], ended["spent_credits"]) == ("ended", "0")
    assert evening.later("2026-11-24T00:00Z").lists("team list")[0]["ending_credits"] == "0"


def test_a_grant_list_says_what_was_spent(counter: Counter) -> None:
    counter.does("bid --team nlp --pool h100 -q 16 -d 4h --value 60")
    counter.later("2026-11-24T00:00Z").does("cycle run")
    [grant] = counter.later("2026-11-24T00:00Z").lists("grant list --team nlp")
    assert (grant["spent_credits"], grant["free_credits"], grant["state"]) == ("16", "984", "valid")
    assert "984.00" in counter.does("grant list --team nlp").out


@pytest.mark.parametrize("amount", ["-5", "-0.5", "0"])
def test_credits_below_zero_are_refused_as_a_number(counter: Counter, amount: str) -> None:
    before = counter.contents()
    said = counter.types("grant", "add", "nlp", amount, "--until", "+1d")
    assert (said.code, counter.contents()) == (2, before)
    assert f"credits must be above zero, not '{amount}'" in said.err
    assert "No such option" not in said.err


def test_a_slip_in_a_flag_is_still_told(counter: Counter) -> None:
    said = counter.types("grant", "add", "nlp", "5", "--untill", "+1d")
    assert (said.code, "--untill" in said.err) == (2, True)


def test_a_teams_members_are_listed(counter: Counter) -> None:
    assert "no members" in counter.does("team members nlp").out
    counter.does("team member nlp ada@example.org --role lead")
    assert counter.lists("team members nlp") == [
        {"team": "nlp", "person": "ada@example.org", "role": "lead"}
    ]
    assert "ada@example.org" in counter.does("team members nlp").out
