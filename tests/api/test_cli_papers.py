"""Statements written as files from the command line."""

import csv
from io import StringIO
from pathlib import Path

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = BOTH_WAYS

HOSTILE = '=HYPERLINK("http://evil.test")'


def bought(counter: Counter) -> Counter:
    """A market in which a team has paid for a project of a hostile name."""
    for k in range(3):
        counter.does(
            f"bid --team nlp --pool h100 -q 4 -d 1h --value 60 --key k{k} --theme quality",
            *("--project", HOSTILE),
        )
    at = counter.later("2026-11-24T00:00Z")
    at.does("cycle run")
    return at


def test_a_sheet_is_written_whole_to_a_file_or_to_stdout(counter: Counter, tmp_path: Path) -> None:
    at, file = bought(counter), tmp_path / "nlp.csv"
    said = at.does("statement --team nlp --limit 1 --csv", str(file))
    assert f"Wrote {file}." in said.err
    text = file.read_bytes().decode()
    rows = list(csv.DictReader(StringIO(text)))
    found = at.sees("statement --team nlp")
    assert [one["seq"] for one in rows if one["seq"]] == [str(one["seq"]) for one in found["lines"]]
    assert rows[-2]["balance_credits"] == found["closing_credits"]
    assert {one["project"] for one in rows if one["type"] == "charge"} == {f"'{HOSTILE}"}
    assert at.does("statement --team nlp --csv -").out == text
    theme = at.does("statement --team nlp --theme quality --csv -").out
    assert theme.splitlines()[-2].startswith(",,in-all,,")


def test_a_page_is_written_and_its_hostile_names_are_text(counter: Counter, tmp_path: Path) -> None:
    at, file = bought(counter), tmp_path / "nlp.html"
    at.does("statement --team nlp --html", str(file))
    page = file.read_text()
    assert "<h1>Statement of team nlp</h1>" in page
    assert page.count(HOSTILE.replace('"', "&#34;")) == 3
    at.does("statement --team nlp --project", HOSTILE, "--html", str(file))
    assert f"<h1>Statement of project {HOSTILE.replace(chr(34), '&#34;')}</h1>" in file.read_text()


def test_files_that_do_not_go_together_are_refused(counter: Counter, tmp_path: Path) -> None:
    for more in ("--by project", "--json", "--after x"):
        assert "a file has all lines" in counter.types(f"statement -t nlp --csv - {more}").err
    assert "stdout takes one" in counter.types("statement -t nlp --csv - --html -").err
    assert counter.types("statement -t nlp --csv", str(tmp_path / "no" / "a.csv")).code == 2
    assert counter.types("statement -t nope --csv", str(tmp_path / "a.csv")).code != 0
    assert not (tmp_path / "a.csv").exists()
