"""``token``: made and shown once, listed without their secrets, revoked."""

from marketplace.domain.token import sha256_of, token_id
from tests.api.counter import Counter


def test_a_token_is_shown_once_and_revoked_for_good(counter: Counter) -> None:
    made = counter.does("token add ada --role member:nlp --role finance --note laptop")
    text = made.out.strip()
    assert text.startswith("gpm_")
    assert "ada as member:nlp, finance, until 2027-02-21T12:00Z" in made.err
    [listed] = counter.lists("token list")
    assert listed["id"] == token_id(sha256_of(text))
    assert (listed["person"], listed["roles"]) == ("ada", ["member:nlp", "finance"])
    assert (listed["note"], listed["used_at"], listed["reason"]) == ("laptop", None, "")
    assert listed["created_by"] in counter.does("token list").out
    assert text not in counter.does("token list").out + counter.does("ledger journal").out
    assert counter.sees("token revoke", listed["id"])["reason"] == "revoked"
    assert "revoked" in counter.does("token list --person ada").out
    assert counter.lists("token list --person bob") == []


def test_a_token_that_cannot_be_made_is_refused_by_its_flag(counter: Counter) -> None:
    assert "--role is 'boss': one of member, lead" in counter.fails(2, "token add a --role boss")
    assert "--until is" in counter.fails(2, "token add a --role admin --until +900d")
    assert "no team 'x'" in counter.fails(2, "token add a --role lead:x")
    assert "no token 'tok_1'" in counter.fails(1, "token revoke tok_1")
