"""What a team is told of its credits."""

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = BOTH_WAYS


def test_a_balance_tells_what_is_free_held_and_to_come(counter: Counter) -> None:
    counter.does("bid --team nlp --pool h100 -q 4 -d 8h --value 84")
    counter.does("grant add nlp 50 --from 2026-12-01T00:00Z --until 2027-01-01T00:00Z")
    said = counter.does("balance --team nlp").out
    assert "nlp has 916.00 credits free; 84.00 are held for orders and spot." in said
    assert "50.00 more come with grants that have not started." in said
    found = counter.sees("balance --team nlp")
    assert (found["free_credits"], found["held_credits"]) == ("916", "84")
    assert "are held" in counter.does("balance --team poor").out


def test_a_balance_of_a_team_that_is_not_there_is_refused(counter: Counter) -> None:
    assert counter.types("balance --team nobody").code != 0
