"""Signing in from the command line: once, without showing a token, and out again."""

import io
import json
import stat
import sys
from collections.abc import Callable
from contextlib import closing

import pytest

from api.cli import run, session
from api.cli.session import SERVER, TOKEN
from api.texts import moment
from marketplace.store.engine import connect
from tests.api.counter import NOON, Counter, Said
from tests.marketplace import hands

WHERE = "http://market.test"
Types = Callable[..., Said]


@pytest.fixture
def types(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Types:
    """Commands typed by somebody who has not signed in yet, with what they give on stdin."""
    monkeypatch.delenv(SERVER)

    def typed(*words: str, stdin: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        return Said(run(list(words)), *capsys.readouterr())

    return typed


pytestmark = pytest.mark.parametrize("counter", ["service"], indirect=True)


def test_a_token_from_stdin_signs_in_and_is_never_shown(types: Types, counter: Counter) -> None:
    said = types("login", WHERE, "--token", "-", stdin="gpm_nlp\n")
    assert (said.code, said.out) == (0, f"You are of-nlp (member:nlp) at {WHERE}.\n")
    assert "gpm_nlp" not in said.err
    path = session.place()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    told = types("whoami")
    assert told.out == f"You are of-nlp (member:nlp) at {WHERE}.\n"
    assert types("whoami", "--json").data["address"] == WHERE
    listed = types("orders", "list", "--team", "nlp")
    assert (listed.code, listed.err) == (0, f"(as of-nlp at {WHERE})\n")
    assert types("orders", "list", "--team", "nlp", "--json").err == ""


def test_a_sign_in_link_is_used_up_for_a_token_of_ones_own(types: Types, counter: Counter) -> None:
    with closing(connect(counter.database)) as store:
        hands.make_token(store, "ada", "gpm_link", moment(NOON), "member:nlp", kind="sign-in")
    said = types("login", f"{WHERE}/sign-in?token=gpm_link", "--json")
    assert (said.code, said.data["person"], said.data["address"]) == (0, "ada", WHERE)
    kept = session.kept()
    assert kept is not None
    assert kept.token not in (said.out + said.err, "gpm_link")
    assert types("whoami").code == 0
    again = types("login", f"{WHERE}/sign-in?token=gpm_link")
    assert again.code == 1
    assert "gpm_link" not in again.err


def test_a_links_token_alone_is_taken_too(types: Types, counter: Counter) -> None:
    with closing(connect(counter.database)) as store:
        hands.make_token(store, "ada", "gpm_link", moment(NOON), "member:nlp", kind="sign-in")
    assert types("login", WHERE, stdin="gpm_link\n").code == 0
    assert types("whoami", "--json").data["person"] == "ada"


def test_signing_out_revokes_the_token_and_forgets_it(types: Types) -> None:
    types("login", WHERE, stdin="gpm_nlp\n")
    assert types("logout").out == f"Signed out from {WHERE}.\n"
    assert not session.place().exists()
    assert types("login", WHERE, stdin="gpm_nlp\n").code == 1
    assert types("logout").code == 2


def test_who_cannot_reach_the_service_is_signed_out_all_the_same(
    types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    types("login", WHERE, stdin="gpm_nlp\n")
    monkeypatch.undo()
    session.keep(session.Session("http://127.0.0.1:9", "t", "mia"))
    said = types("logout", "--json")
    assert (said.code, json.loads(said.out)["revoked"]) == (0, False)


@pytest.mark.parametrize(
    ("words", "stdin", "told"),
    [
        (("login", "market"), "x", "write it like http://127.0.0.1:8000"),
        (("login", "ftp://a/sign-in?token=gpm_x"), "", "write it like"),
        (("login", WHERE), "", "no token came"),
        (("login", WHERE, "--token", "gpm_nlp"), "", "give the token on stdin"),
        (("login", WHERE), "gpm_nobody", "token"),
    ],
)
def test_what_cannot_sign_in_is_told_why_without_the_token(
    types: Types, words: tuple[str, ...], stdin: str, told: str
) -> None:
    said = types(*words, stdin=stdin)
    assert said.code in (1, 2)
    assert told in said.err
    assert "gpm_" not in said.err
    assert not session.place().exists()


def test_the_environment_comes_before_the_file_and_a_database_before_both(
    types: Types, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    types("login", WHERE, stdin="gpm_nlp\n")
    monkeypatch.setenv(TOKEN, "gpm_vision")
    assert types("whoami", "--json").data["person"] == "of-vision"
    monkeypatch.setenv(SERVER, f"{WHERE}:81/")
    assert types("whoami", "--json").data["address"] == f"{WHERE}:81"
    monkeypatch.delenv(TOKEN)
    assert "nobody is signed in there" in types("whoami").err
    here = types("--database", counter.database, "whoami", "--json").data
    assert (here["roles"], here["database"]) == (["operator"], counter.database)
    listed = types("--database", counter.database, "--at", NOON, "orders", "list", "-t", "nlp")
    assert (listed.code, listed.err) == (0, "")


def test_a_service_has_its_own_time(types: Types) -> None:
    types("login", WHERE, stdin="gpm_nlp\n")
    said = types("--at", NOON, "orders", "list", "--team", "nlp")
    assert (said.code, "a service has its own time" in said.err) == (2, True)


def test_operator_commands_stay_on_the_database(
    types: Types, tmp_path: object, monkeypatch: pytest.MonkeyPatch, counter: Counter
) -> None:
    types("login", WHERE, stdin="gpm_nlp\n")
    monkeypatch.setenv("GPUMARKET_DATABASE", counter.database)
    assert types("team", "list").code == 0
    assert types("orders", "list", "--team", "nlp").err == ""
