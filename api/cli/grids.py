"""Rows in columns, as lines of text: an amount or an id never goes over a line's end.

Where the lines go to a pipe, a row is one line however long it is, so that `grep` and `awk` find
it. On a terminal too narrow for the columns, each row stands by itself, a line a column."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

GAP = "  "


def drawn(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """The lines of a table under its headings, in a terminal of ``width`` cells or (None) a pipe.

    A column whose name begins with ``>`` stands to the right; without any name, no headings.
    """
    named = [name.removeprefix(">") for name in columns]
    cells = [[" ".join(cell.split("\n")) for cell in row] for row in rows]
    heads = [named] if any(named) else []
    widths = [max(map(cell_len, column)) for column in zip(named, *cells, strict=True)]
    if width is None or sum(widths) + len(GAP) * (len(widths) - 1) <= width:
        to_the_right = [name[:1] == ">" for name in columns]
        return [_line(row, widths, to_the_right) for row in [*heads, *cells]]
    return _stacked(named, cells)


def _line(row: Iterable[str], widths: Iterable[int], to_the_right: Iterable[bool]) -> str:
    padded = []
    for cell, width, right in zip(row, widths, to_the_right, strict=True):
        room = " " * (width - cell_len(cell))
        padded.append(room + cell if right else cell + room)
    return GAP.join(padded).rstrip()


def _stacked(named: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """Each row as lines of a name and a cell, an empty line between rows; empty cells are left
    out."""
    margin = max(map(cell_len, named))
    lines: list[str] = []
    for row in cells:
        if lines:
            lines.append("")
        for name, cell in zip(named, row, strict=True):
            if cell:
                room = " " * (margin - cell_len(name))
                lines.append(f"{name}{room}{GAP}{cell}" if margin else cell)
    return lines
