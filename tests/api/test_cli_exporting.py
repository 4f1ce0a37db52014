"""Bills of months that are over, from the command line."""

import csv
from pathlib import Path

import pytest

from tests.api.counter import Counter

FOCUS = "export focus --from 2026-11 --currency EUR --rate 0.85"
OVER = "2026-12-02T00:00Z"


@pytest.fixture(name="december")
def _december(settled: Counter) -> Counter:
    """After the month in which nlp paid for eight units and four hours."""
    at = settled.later(OVER)
    at.does("advance")
    return at


def test_a_month_is_exported_and_its_totals_are_told(december: Counter, tmp_path: Path) -> None:
    out = tmp_path / "november.csv"
    said = december.does(f"{FOCUS} --version 1.2 --out {out}")
    assert said.out == f"{out}: 1 row, 6.8 EUR for 8.00 credits.\n"
    [row] = list(csv.DictReader(out.read_text().splitlines()))
    assert (row["SubAccountId"], row["BilledCost"], row["PricingUnit"]) == (
        "nlp",
        "6.8",
        "GPU-Hours",
    )
    told = december.sees(f"{FOCUS} --until 2026-12 --out {out}")
    assert told == {
        "file": str(out),
        "version": "1.2",
        "start": "2026-11-01T00:00:00Z",
        "end": "2026-12-01T00:00:00Z",
        "rows": 1,
        "credits": "8",
        "currency": "EUR",
        "rate": "0.85",
        "billed": "6.8",
    }


def test_parquet_is_chosen_by_the_files_name(december: Counter, tmp_path: Path) -> None:
    out = tmp_path / "november.parquet"
    december.does(f"{FOCUS} --out {out}")
    assert out.read_bytes()[:4] == b"PAR1"


def test_the_newer_version_is_marked(december: Counter, tmp_path: Path) -> None:
    said = december.does(f"{FOCUS} --version 1.4 --out {tmp_path / 'n.csv'}")
    assert "No validator knows this version yet" in said.err


def test_a_month_that_is_not_over_is_refused_with_the_way_out(
    settled: Counter, tmp_path: Path
) -> None:
    out = tmp_path / "november.csv"
    out.write_text("as it was")
    said = settled.types(f"{FOCUS} --out {out}")
    assert said.code == 2
    assert "--until is 2026-12-01T00:00Z: 2026-11 is not over before 2026-12-01T00:00Z" in said.err
    assert "export it from then on, or end with an earlier month" in said.err
    assert out.read_text() == "as it was"
    settled.does(f"export focus --from 2026-10 --currency EUR --rate 1 --out {out}")


def test_it_is_said_where_months_are_before_the_market(december: Counter, tmp_path: Path) -> None:
    out = tmp_path / "early.csv"
    early = FOCUS.replace("2026-11", "2026-09")
    said = december.does(f"{early} --out {out}")
    assert said.out == f"{out}: 0 rows, 0 EUR for 0.00 credits.\n"
    nothing = "Nothing is there before 2026-11: the market began on 2026-11-23.\n"
    assert said.err == nothing
    assert december.does(f"{early} --out {out}", "--json").err == nothing
    assert december.does(f"{early} --until 2026-12 --out {out}").err == nothing
    assert december.does(f"{FOCUS} --out {out}").err == ""


def test_a_month_in_which_something_is_still_to_do_is_refused(
    settled: Counter, tmp_path: Path
) -> None:
    at = settled.later(OVER)
    said = at.types(f"{FOCUS} --out {tmp_path / 'n.csv'}")
    assert (said.code, "`gpumarket advance` does it" in said.err) == (2, True)
    assert not (tmp_path / "n.csv").exists()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (FOCUS.replace("2026-11", "2026-13") + " --out n.csv", "not a month; write it like"),
        (FOCUS.replace("EUR", "eur") + " --out n.csv", "ISO 4217"),
        (FOCUS.replace("0.85", "0") + " --out n.csv", "no rate above zero"),
        (FOCUS.replace("0.85", "0.1234567") + " --out n.csv", "up to 6 digits"),
        (f"{FOCUS} --out n.xlsx", "one of .csv, .parquet"),
        (f"{FOCUS} --version 1.1 --out n.csv", "one of 1.2, 1.4"),
        (f"{FOCUS} --until 2026-11 --out n.csv", "an export must end after its start"),
        (f"{FOCUS} --out nowhere/n.csv", "cannot be written"),
    ],
)
def test_what_cannot_be_is_refused(december: Counter, line: str, says: str) -> None:
    said = december.types(line)
    assert (said.code, says in said.err) == (2, True), said


def test_the_ledger_is_exported_whole(december: Counter, tmp_path: Path) -> None:
    out = tmp_path / "ledger.beancount"
    said = december.does(f"ledger export --out {out}")
    head = december.does("ledger head").out.strip()
    assert said.out.splitlines()[-1] == f"Head of the journal: {head}"
    assert f"; Head of the journal: {head}" in out.read_text()
    told = december.sees(f"ledger export --out {out}")
    assert (told["file"], told["head"], told["month_ends"]) == (str(out), head, 1)
    assert told["transfers"] == out.read_text().count("\n  transfer: ")
    assert december.types(f"ledger export --out {tmp_path / 'ledger.txt'}").code == 2
