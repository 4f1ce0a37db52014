"""Teams and grants from the command line."""

from tests.api.counter import BOTH_WAYS, Counter


def test_teams_are_listed_with_their_free_and_held_credits(counter: Counter) -> None:
    counter.does("bid --team nlp --pool h100 -q 1 -d 1h --value 17.60")
    teams = {team["id"]: team for team in counter.lists("team", "list")}
    assert (teams["nlp"]["free_credits"], teams["nlp"]["held_credits"]) == ("982.4", "17.6")
    assert teams["poor"]["free_credits"] == "0"


def test_a_grants_id_is_its_team_and_month_and_counts_on_where_that_is_taken(
    counter: Counter,
) -> None:
    ids = [counter.sees("grant", "add", "nlp", many, "--until", "+1d")["id"] for many in ("1", "2")]
    assert ids == ["nlp-2026-11-2", "nlp-2026-11-3"]
    later = counter.sees(
        *("grant", "add", "nlp", "1", "--from", "2027-02-01T00:00Z", "--until", "2027-03-01T00:00Z")
    )
    assert later["id"] == "nlp-2027-02"


def test_a_grant_tells_its_times_in_utc_whatever_offset_they_were_given_in(
    counter: Counter,
) -> None:
    grant = counter.sees("grant", "add", "nlp", "0.01", "--until", "2027-01-01T00:00-08:00")
    assert (grant["end"], grant["credits"]) == ("2027-01-01T08:00:00Z", "0.01")
    assert "2027-01-01T08:00Z" in counter.does("grant", "list", "--team", "nlp").out


@BOTH_WAYS
def test_a_team_name_cannot_steer_the_terminal(counter: Counter) -> None:
    name = ("team", "add", "odd", "--name")
    assert "without control characters" in counter.fails(2, *name, "[red]\x1b[31mred")
    counter.does(*name, "[red]red")
    said = counter.does("team", "list").out
    assert "\x1b" not in said
    assert "[red]" in said


def test_a_person_becomes_member_then_lead(counter: Counter) -> None:
    counter.does("team", "member", "nlp", "ada@example.org")
    said = counter.sees("team", "member", "nlp", "ada@example.org", "--role", "lead")
    assert said == {"team": "nlp", "person": "ada@example.org", "role": "lead"}


def test_a_person_is_taken_out_of_a_team_with_their_tokens(counter: Counter) -> None:
    counter.does("team member nlp ada --role lead")
    counter.does("token add ada --role lead:nlp")
    [token] = counter.lists("token list")
    assert "nobody is there to ask" in counter.fails(2, "team remove-member nlp ada")
    said = counter.does("team remove-member nlp ada --yes").out
    assert said == f"ada is in nlp no more.\nNarrowed or revoked: {token['id']}.\n"
    assert counter.lists("team members nlp") == []
    assert counter.lists("token list")[0]["reason"] == "revoked"
    assert "no member 'ada'" in counter.fails(1, "team remove-member nlp ada --yes")
    counter.does("team member nlp bob")
    gone = counter.sees("team remove-member nlp bob --yes")
    assert gone == {"team": "nlp", "person": "bob", "tokens": []}


def test_one_duplicate_among_new_teams_takes_in_none(counter: Counter) -> None:
    before = counter.contents()
    said = counter.types("team", "add", "speech", "nlp")
    assert (said.code, counter.contents()) == (1, before)
    assert "'nlp'" in said.err
