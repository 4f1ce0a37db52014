"""Use that was measured, from the command line."""

from pathlib import Path

import pytest

from tests.api.counter import Counter

HEAD = "reservation,start,end,units_used\n"
AT = "2026-11-25T00:00Z"


@pytest.fixture
def later(settled: Counter) -> Counter:
    """8 units of h100 were had on the 24th from 2:00 to 6:00."""
    return settled.later(AT)


@pytest.fixture
def box(later: Counter) -> str:
    [found] = later.lists("reservations list --team nlp")
    return str(found["id"])


def row(box: str, start: int = 2, end: int = 3, units: str = "6.5") -> str:
    return f"{box},2026-11-24T0{start}:00Z,2026-11-24T0{end}:00Z,{units}\n"


def written(folder: Path, *rows: str, head: str = HEAD) -> str:
    file = folder / "usage.csv"
    file.write_text(head + "".join(rows))
    return str(file)


def used(at: Counter) -> object:
    [hours] = at.sees("statement --team nlp")["hours"]
    return hours["used_hours"]


def test_a_file_is_tried_taken_in_and_harmless_again(
    later: Counter, box: str, tmp_path: Path
) -> None:
    file = written(tmp_path, row(box), row(box, 3, 4, "8"))
    tried = later.does("usage import", file, "--dry-run").out
    assert "Nothing was imported. It would be 2 new rows, 0 replaced" in tried
    assert "Used hours are empty" in later.does("statement --team nlp").out
    assert "Imported: 2 new rows, 0 replaced, 0 known" in later.does("usage import", file).out
    assert used(later) == 14.5
    told = later.does("statement --team nlp").out
    assert "14.50" in told
    assert "Used hours are those that were measured." in told
    before = later.contents()
    assert later.sees("usage import", file) == {
        "added": 0,
        "replaced": 0,
        "unchanged": 2,
        "skipped": [],
        "dry_run": False,
    }
    assert later.contents() == before
    assert ",32.0,32.0,14.5," in later.does("statement --team nlp --csv -").out


def test_spend_says_what_was_idle_of_what_was_measured(
    later: Counter, box: str, tmp_path: Path
) -> None:
    assert "Idle reserved time" not in later.does("spend").out
    later.does("usage import", written(tmp_path, row(box), row(box, 3, 4, "7.5")))
    told = later.does("spend").out
    assert "Idle reserved time, unit-hours, as far as it was measured" in told
    assert later.sees("spend")["idle"] == [
        {
            "team": "nlp",
            "pool": "h100",
            "measured_hours": 16.0,
            "used_hours": 14.0,
            "idle_hours": 2.0,
            "idle_share": 0.125,
        }
    ]
    assert "12.5 %" in told


def test_a_reservation_says_which_share_of_what_was_measured_was_used(
    later: Counter, box: str, tmp_path: Path
) -> None:
    shown = later.does("reservations show", box).out
    assert f"Reservation {box} of nlp is expired: 8 × h100 from 2026-11-24T02:00Z" in shown
    assert "nobody has told the market" in shown
    later.does("usage import", written(tmp_path, row(box, units="6"), row(box, 3, 4, "6")))
    assert "Of what was measured of it, 75 % was used." in later.does("reservations show", box).out
    found = later.sees("reservations show", box, "--team", "nlp")
    assert (found["used_share"], found) == (0.75, *later.lists("reservations list"))
    assert "75 %" in later.does("reservations list").out
    assert later.types("reservations show", box, "--team", "vision").code == 1


def test_another_number_is_taken_where_it_is_said_to_replace(
    later: Counter, box: str, tmp_path: Path
) -> None:
    later.does("usage import", written(tmp_path, row(box)))
    other = written(tmp_path, row(box, units="2"))
    assert "6.5 units are known of that spell" in later.fails(2, "usage import", other)
    assert "1 replaced" in later.does("usage import", other, "--replace").out
    assert used(later) == 2.0


BAD = (
    ("rsv_none,2026-11-24T02:00Z,2026-11-24T03:00Z,1\n", "no reservation, and no spot request"),
    ("BOX,2026-11-24T02:00,2026-11-24T03:00Z,1\n", "has no offset to UTC"),
    ("BOX,soon,2026-11-24T03:00Z,1\n", "'soon' is not a time"),
    ("BOX,2026-11-24T03:00Z,2026-11-24T02:00Z,1\n", "a spell must end after its start"),
    ("BOX,2026-11-24T01:00Z,2026-11-24T03:00Z,1\n", "its time is from 2026-11-24T02:00Z to"),
    ("BOX,2026-11-24T04:00Z,2026-11-24T07:00Z,1\n", "its time is from 2026-11-24T02:00Z to"),
    ("BOX,2026-11-24T04:00Z,2026-11-24T05:00Z,-1\n", "no fewer than none can be busy"),
    ("BOX,2026-11-24T04:00Z,2026-11-24T05:00Z,8.5\n", "8 units were held then on average"),
    ("BOX,2026-11-24T04:00Z,2026-11-24T05:00Z,many\n", "give a decimal number of units"),
    ("BOX,2026-11-24T02:30Z,2026-11-24T03:00Z,1\n", "it overlaps the spell of 2026-11-24T02:00Z"),
    ("BOX,2026-11-24T02:00Z,2026-11-24T03:00Z,1\n", "6.5 units are known of that spell"),
    ("BOX,2026-11-24T04:00Z,1\n", "it must have 4 cells"),
    ("BOX,2026-11-24T04:00Z,2026-11-24T05:00Z,1,5\n", "it must have 4 cells"),
)


@pytest.mark.parametrize(("line", "says"), BAD)
def test_one_bad_row_refuses_all_with_its_line(
    later: Counter, box: str, tmp_path: Path, line: str, says: str
) -> None:
    later.does("usage import", written(tmp_path, row(box)))
    file = written(tmp_path, row(box, 3, 4), line.replace("BOX", box))
    said = later.fails(2, "usage import", file)
    assert f"{file}:3: " in said
    assert says in said
    assert "nothing was imported" in said
    assert "Traceback" not in said
    assert used(later) == 6.5
    left = later.types("usage import", file, "--skip-bad")
    assert left.code == 0
    assert says in left.err
    assert "Imported: 1 new row, 0 replaced, 0 known already, 1 skipped." in left.out


def test_all_bad_rows_are_told(later: Counter, box: str, tmp_path: Path) -> None:
    file = written(tmp_path, *(line.replace("BOX", box) for line, _ in BAD[:3]), row(box))
    said = later.fails(2, "usage import", file).splitlines()
    assert [line.split(": ")[0] for line in said[:3]] == [f"{file}:{n}" for n in (2, 3, 4)]
    assert "(3 rows cannot be); nothing was imported" in said[3]
    found = later.sees("usage import", file, "--skip-bad")
    assert [one["line"] for one in found["skipped"]] == [2, 3, 4]
    many = written(tmp_path, *[row("rsv_none")] * 25)
    assert "and 5 rows more" in later.fails(2, "usage import", many)
    none = later.sees("usage import", many, "--skip-bad")
    assert (none["added"], len(none["skipped"])) == (0, 25)


@pytest.mark.parametrize(
    ("head", "rows", "says"),
    [
        ("reservation,start,end,units\n", "", ":1: its columns are reservation, start, end, units"),
        ("", "", ":1: its columns are none"),
        (HEAD, "", "has no rows"),
        (HEAD, '"open', "is no CSV"),
    ],
)
def test_what_is_no_such_file_is_refused(
    later: Counter, tmp_path: Path, head: str, rows: str, says: str
) -> None:
    assert says in later.fails(2, "usage import", written(tmp_path, rows, head=head))
    assert "cannot be read" in later.fails(2, "usage import", str(tmp_path / "none.csv"))
    letters = tmp_path / "latin.csv"
    letters.write_bytes(b"\xff\xfe\x00")
    assert "is no text in UTF-8" in later.fails(2, "usage import", str(letters))
