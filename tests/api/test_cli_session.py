"""Where a session is kept, and what is said of one that cannot be read."""

from pathlib import Path

import pytest

from api.cli import session
from api.cli.refusals import Misuse
from api.cli.session import Session


def test_a_session_is_kept_where_the_users_configuration_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    one = Session("http://a", "gpm_secret", "mia")
    assert session.keep(one) == tmp_path / "c" / "gpumarket" / "login.json"
    assert session.kept() == session.present() == one
    assert session.keep(Session("http://b", "t", "lea")).stat().st_mode & 0o077 == 0
    session.forget()
    session.forget()
    assert session.present() is None
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert session.place() == tmp_path / ".config" / "gpumarket" / "login.json"


def test_a_session_shows_no_token() -> None:
    one = Session("http://a", "gpm_secret", "mia")
    assert "gpm_secret" not in repr(one) + one.who
    assert (one.who, Session("http://a", "t").who) == ("as mia at http://a", "at http://a")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"address": 1}', '{"address": "a", "token": 1}'])
def test_a_file_that_is_no_session_is_told_of(text: str) -> None:
    path = session.keep(Session("http://a", "t", "mia"))
    path.write_text(text)
    with pytest.raises(Misuse, match="`gpumarket login` writes it anew"):
        session.present()


def test_a_token_without_a_service_and_a_service_without_a_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(session.TOKEN, "gpm_x")
    with pytest.raises(Misuse, match="say of which service") as nowhere:
        session.present()
    assert "gpm_x" not in str(nowhere.value)
    monkeypatch.delenv(session.TOKEN)
    monkeypatch.setenv(session.SERVER, "http://a")
    with pytest.raises(Misuse, match="nobody is signed in there"):
        session.present()
    with pytest.raises(Misuse, match="not a service's address"):
        session.client(Session("a", "t"))
