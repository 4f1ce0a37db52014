"""Tables as lines: ids and amounts stay whole, in a pipe and at 80 columns."""

import io
import sys

import pytest
from rich.cells import cell_len

from api.cli import show
from api.cli.grids import drawn

COLUMNS = ("order", "project", ">value", "asks for", "result")
ROWS = [
    ("ord_0123456789abcdef", "search", "1,234,567.89", "16 × h100 for 4 h", "outbid, short by 12"),
    ("ord_fedcba9876543210", "検索", "2.00", "8 × h100 for 72 h + 8 × a100 for 72 h", ""),
]


def test_a_pipe_gets_one_line_a_row_however_long() -> None:
    found = drawn(COLUMNS, [*ROWS, ("x" * 300, "a\nb", "1.00", "", "")], None)
    assert len(found) == 4
    assert all(" ".join(cell.split()) in found[1] for cell in ROWS[0])
    assert "a b" in found[3]


def test_columns_stand_below_each_other_by_what_a_terminal_shows() -> None:
    head, *lines = drawn(("pool", ">price"), [("検索", "1.00"), ("h100", "10.00")], 80)
    assert [head, *lines] == ["pool  price", "検索   1.00", "h100  10.00"]
    assert {cell_len(line) for line in lines} == {11}
    assert drawn(("", ""), [("a", "b")], 80) == ["a  b"]


def test_what_does_not_fit_is_stacked_and_no_cell_is_broken() -> None:
    found = drawn(COLUMNS, ROWS, 80)
    assert found == [
        "order     ord_0123456789abcdef",
        "project   search",
        "value     1,234,567.89",
        "asks for  16 × h100 for 4 h",
        "result    outbid, short by 12",
        "",
        "order     ord_fedcba9876543210",
        "project   検索",
        "value     2.00",
        "asks for  8 × h100 for 72 h + 8 × a100 for 72 h",
    ]
    assert drawn(("", ""), [("a" * 50, "b" * 50)], 80) == ["a" * 50, "b" * 50]


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_a_terminal_of_any_width_shows_every_cell_whole(
    monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", columns)
    show.table("Orders of vision", COLUMNS, ROWS)
    lines = screen.getvalue().splitlines()
    assert lines[0] == "Orders of vision"
    assert all(any(cell in line for line in lines) for row in ROWS for cell in row)
    assert all(cell_len(line) <= int(columns) for line in lines[1:] if "72 h" not in line)
