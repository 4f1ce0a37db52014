"""What everybody may look at: the same through a service as on its database; and what an operator
alone can do, said to somebody who is signed in and has no database."""

from pathlib import Path

import pytest

from api.cli import session
from tests.api.counter import BOTH_WAYS, LOOKED_AT_THROUGH_IT, Counter

MIDNIGHT = "2026-11-24T00:00Z"
MORE = {
    "pool calendar": "--hours 5 --from 2026-11-24T01:00Z",
    "pool windows": "h100",
    "pool overrides": "h100",
    "cycle show": "cyc_000001",
    "cycle names": "cyc_000001 --team nlp",
    "rules diff": "1",
    "team members": "nlp",
    "grant list": "--team nlp",
    "credit-line show": "nlp-line",
}
THROUGH = pytest.mark.parametrize("counter", ["service"], indirect=True)


def busy(counter: Counter) -> Counter:
    """A market where there is something of everything to look at, after its first cycle."""
    fixed = ("--earliest", "2026-11-24T02:00Z", "--latest", "2026-11-24T02:00Z")
    counter.does("bid --team nlp --pool h100 -q 8 -d 4h --value 60", *fixed)
    counter.does("team member nlp ada --role lead")
    spell = "--from 2026-11-25T00:00Z --until 2026-11-25T02:00Z"
    counter.does(f"pool override h100 --capacity 20 --reason more --yes {spell}")
    counter.does(f"pool maintenance h100 --capacity 2 --reason fans --yes {spell}")
    counter.does("credit-line set nlp 5 --reason late")
    counter.does("rules propose more --set reserved_share_ppm=800000 --reason why")
    counter.later(MIDNIGHT).does("cycle run")
    return counter.later("2026-11-24T00:30Z")


OF_SOME = {"cycle files", "team list", "token list", "themes spend"}
"""What tells each role something else, or takes a folder."""


@THROUGH
def test_a_service_shows_the_same_as_its_database(counter: Counter) -> None:
    served = busy(counter)
    database = Counter(served.database, served.capsys, served.at)
    for command in sorted(LOOKED_AT_THROUGH_IT - OF_SOME):
        line = f"{command} {MORE.get(command, '')}"
        assert served.sees(line) == database.sees(line), line
        assert served.does(line).out == database.does(line).out, line
    finance, admin = served.as_role("finance"), served.as_role("admin")
    assert finance.sees("themes spend") == database.sees("themes spend")
    assert finance.does("team list").out == database.does("team list").out
    assert finance.sees("grant list") == database.sees("grant list")
    ids = [one["id"] for one in admin.lists("token list")]
    assert ids == [one["id"] for one in database.lists("token list")]
    assert "of-nlp" in admin.does("token list").out


@THROUGH
def test_a_member_sees_all_teams_and_the_credits_of_its_own(counter: Counter) -> None:
    teams = {one["id"]: one for one in counter.lists("team list")}
    assert teams["nlp"]["free_credits"] == "1000"
    assert teams["vision"] == {"id": "vision", "name": "vision"}
    assert "vision" in counter.does("team list").out
    assert [one["team"] for one in counter.lists("grant list")] == ["nlp"]
    refused = counter.as_role("nlp").fails(1, "grant list --team vision")
    assert "may not see vision" in refused
    assert "there is no pool 'x'" in counter.fails(2, "pool windows x")


@BOTH_WAYS
def test_a_list_goes_on_where_a_page_ended(counter: Counter) -> None:
    first = counter.sees("pool list --limit 1")
    [rest] = counter.lists("pool list", "--after", first["next"])
    assert [first["items"][0]["id"], rest["id"]] == ["a100", "h100"]
    assert f"--after {first['next']}" in counter.does("pool list --limit 1").err
    assert "--after" in counter.fails(2, "cycle list", "--after", first["next"])


@THROUGH
def test_who_is_signed_in_without_a_database_is_not_told_to_make_one(
    counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    counter.does("whoami")
    monkeypatch.setenv(session.TOKEN, "gpm_nlp")
    bare = Counter("", counter.capsys)
    for line in ("cycle run", "token add ada --role admin", "ledger check", "grant revoke x"):
        said = told(bare, line + " --reason y --yes" * line.startswith("grant"))
        assert "not through http://market.test; name that by --database" in said
        assert "init" not in said
    monkeypatch.delenv(session.SERVER)
    monkeypatch.delenv(session.TOKEN)
    assert "`gpumarket init`" in told(bare, "cycle run")


def told(counter: Counter, line: str) -> str:
    """What is said of a command that fails where no database is named."""
    from api.cli import run

    counter.capsys.readouterr()
    assert run(line.split()) == 2
    return counter.capsys.readouterr().err
