"""The quarter's themes from the command line."""

from pathlib import Path

import pytest

from tests.api.counter import BOTH_WAYS, Counter

QUARTER = """
start = 2026-10-01T00:00:00Z
end = "2027-01-01T00:00Z"
note = "as decided"

[[themes]]
name = "safety"
share_ppm = 400_000

[[themes]]
name = "fair"
share_ppm = 100_000
end = "2026-12-01T00:00Z"
"""


def written(folder: Path, text: str = QUARTER) -> str:
    file = folder / "themes.toml"
    file.write_text(text)
    return str(file)


@BOTH_WAYS
def test_themes_are_checked_adopted_shown_and_held_against_spend(
    counter: Counter, tmp_path: Path
) -> None:
    file, finance = written(tmp_path), counter.as_role("finance")
    assert "Nothing says what credits are meant for" in counter.does("themes show").out
    tried = counter.does("themes adopt", file, "--dry-run").out
    assert "Nothing was adopted. It would be version 1: 2 themes from 2026-10-01" in tried
    assert counter.sees("themes show") == {"now": None, "coming": []}
    assert "say --yes" in counter.fails(2, "themes adopt", file)
    assert counter.sees("themes adopt", file, "--yes")["version"] == 1
    shown = counter.does("themes show").out
    for words in ("safety", "40 %", "10 %", "2026-12-01", "as decided"):
        assert words in shown, words
    later = written(tmp_path, 'start = "2027-01-01T00:00Z"\nend = "2027-04-01T00:00Z"')
    assert "Adopted: version 2" in counter.does("themes adopt", later, "--yes").out
    assert "From 2027-01-01" in counter.does("themes show").out
    for theme, hour in (("safety", 2), ("", 8)):
        at = f"2026-11-24T{hour:02}:00Z"
        more = f"--earliest {at} --latest {at} {theme and f'--theme {theme}'}"
        counter.does(f"bid --team nlp --pool h100 -q 8 -d 2h --value 40 {more}")
    finance = counter.later("2026-11-24T00:00Z").as_role("finance")
    finance.does("cycle run")
    found = finance.sees("themes spend")
    assert (found["granted_credits"], found["unthemed_credits"]) == ("2000", "4")
    fair, safety = found["themes"]
    assert (safety["planned_credits"], safety["spent_credits"]) == ("800", "4")
    assert (fair["planned_credits"], fair["spent_credits"]) == ("200", "0")
    told = finance.does("themes spend").out
    for words in ("800.00", "50 %", "2,000.00 credits were given", "4.00 without a theme"):
        assert words in told, words
    assert "No theme" in finance.does("themes spend --from 2028-01-01T00:00Z --until +900d").out
    assert counter.does("ledger check").code == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[themes]", "is no TOML"),
        ('end = "2027-01-01T00:00Z"', "start: Field required"),
        (QUARTER.replace("400_000", "950_000"), "share_ppm is 1050000: the shares at 2026-10-01"),
        (QUARTER.replace("400_000", "-1"), "themes[0].share_ppm is -1: a whole number from 0"),
        (QUARTER.replace("share_ppm", "part"), "themes[0].share_ppm: Field required"),
        (
            QUARTER.replace("00:00:00Z", "00:00:00"),
            "00:00:00: give the offset",
        ),
    ],
)
def test_a_file_that_says_nothing_is_told_its_place(
    counter: Counter, tmp_path: Path, text: str, says: str
) -> None:
    assert says in counter.fails(2, "themes adopt", written(tmp_path, text), "--yes")
    assert counter.sees("themes show")["now"] is None
