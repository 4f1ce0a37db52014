"""What a team is told of its credits, and whose they are where nobody says it."""

from contextlib import closing

import pytest

from api.cli import run
from api.cli.session import TOKEN
from api.texts import moment
from marketplace.store.engine import connect
from tests.api.counter import BOTH_WAYS, NOON, Counter
from tests.marketplace import hands

OF_A_TEAM = (
    *("balance", "statement", "orders list", "spot list"),
    "bid -p h100 -q 1 -d 1h --value 1",
    "spot request -p h100 -q 1 --limit 1",
)


@BOTH_WAYS
def test_a_balance_tells_what_is_free_held_and_to_come(counter: Counter) -> None:
    counter.does("bid --team nlp --pool h100 -q 4 -d 8h --value 84")
    counter.does("grant add nlp 50 --from 2026-12-01T00:00Z --until 2027-01-01T00:00Z")
    said = counter.does("balance --team nlp").out
    assert "nlp has 916.00 credits free; 84.00 are held for orders and spot." in said
    assert "50.00 more come with grants that have not started." in said
    found = counter.sees("balance --team nlp")
    assert (found["free_credits"], found["held_credits"]) == ("916", "84")
    assert "are held" in counter.does("balance --team poor").out


@BOTH_WAYS
def test_a_balance_of_a_team_that_is_not_there_is_refused(counter: Counter) -> None:
    assert counter.types("balance --team nobody").code != 0


@BOTH_WAYS
@pytest.mark.parametrize("line", OF_A_TEAM)
def test_a_token_of_one_team_needs_no_team_and_each_command_says_where_it_worked(
    counter: Counter, line: str
) -> None:
    if counter.service:
        assert counter.does(line).err == "(at http://market.test)\n"
    else:
        assert "--team is '': say which" in counter.fails(2, line)


@pytest.mark.parametrize("counter", ["service"], indirect=True)
def test_a_token_of_two_teams_is_asked_which(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(connect(counter.database)) as store:
        hands.make_token(store, "two", "gpm_two", moment(NOON), "member:nlp", "member:vision")
    monkeypatch.setenv(TOKEN, "gpm_two")
    assert run(["balance"]) == 2
    assert "say which: nlp, vision" in counter.capsys.readouterr().err
    assert run(["balance", "--team", "vision"]) == 0
