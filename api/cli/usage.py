"""``usage``: what a scheduler or monitor measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import show
from api.cli.desk import AsJson, desk
from api.files import FileProblem

if TYPE_CHECKING:
    from marketplace.domain.usage import Spell

app = typer.Typer(help="Use of reservations and spot runs, as it was measured.")
COLUMNS: Final = ("reservation", "start", "end", "units_used")
TOLD_MOST: Final = 20
"""So many rows that cannot be are told one by one."""


@app.callback()
def usage() -> None:
    """Use of reservations and spot runs, as it was measured."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot be taken in: its line, and why."""

    line: int
    why: str


@app.command("import")
def take_in(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE.csv", help="A CSV file; - is stdin.")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Let other numbers replace those that are known.")
    ] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out rows that cannot be, and say which.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check all rows, and import nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take in how many units were busy: rows of reservation (or spot request), start, end and
    units_used. All of them, or none where one cannot be. The same rows again change nothing.
    docs/statements.md tells how such a file is made."""
    from marketplace.domain.usage_command import ImportUsage

    lines, spells, bad = _read(file)
    at = desk(ctx)
    with at.store() as store:
        command = ImportUsage(tuple(spells), replace, skip_bad=True) if spells else None
        found = at.rehearse(store, command) if command else None
        bad += [Bad(lines[one.row], one.why) for one in (found.skipped if found else ())]
        bad.sort(key=lambda one: one.line)
        _tell_bad(file, bad, skip_bad=skip_bad, quiet=as_json)
        if command and not dry_run:
            found = at.do(store, ImportUsage(tuple(spells), replace, skip_bad))
    counts = (found.added, found.replaced, found.unchanged) if found else (0, 0, 0)
    if as_json:
        told = dict(zip(("added", "replaced", "unchanged"), counts, strict=True))
        skipped = [{"line": one.line, "why": one.why} for one in bad]
        show.document(told | {"skipped": skipped, "dry_run": dry_run})
        return
    added, replaced, unchanged = counts
    verb = "Nothing was imported. It would be" if dry_run else "Imported:"
    show.say(
        f"{verb} {added:,} new row{'s' * (added != 1)}, {replaced:,} replaced, "
        f"{unchanged:,} known already, {len(bad):,} skipped."
    )


def _tell_bad(file: str, bad: Sequence[Bad], *, skip_bad: bool, quiet: bool) -> None:
    """Say which rows cannot be. Raises ``FileProblem`` where they are not to be left out."""
    if not bad:
        return
    where = "stdin" if file == "-" else file
    if skip_bad or len(bad) > 1:
        for one in bad[: 0 if quiet else TOLD_MOST]:
            show.note(f"{where}:{one.line}: {one.why}")
        if len(bad) > TOLD_MOST and not quiet:
            show.note(f"and {len(bad) - TOLD_MOST:,} rows more")
    if not skip_bad:
        first = bad[0]
        more = f" ({len(bad):,} rows cannot be)" if len(bad) > 1 else ""
        sentence = f"{where}:{first.line}: {first.why}{more}; nothing was imported"
        raise FileProblem(f"{sentence}; --skip-bad leaves such rows out", file)


def _read(file: str) -> "tuple[list[int], list[Spell], list[Bad]]":
    """The rows of a file, with the line of each, and those that cannot be read. Raises
    ``FileProblem`` for what is no such file."""
    import csv
    from io import StringIO

    from api.cli import bidfile

    where = "stdin" if file == "-" else file
    try:
        text = bidfile.read(file).decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        raise FileProblem(f"{where} is no text in UTF-8", file) from bad
    reader = csv.DictReader(StringIO(text, newline=""), strict=True)
    lines, spells, wrong = list[int](), list["Spell"](), list[Bad]()
    try:
        _check_columns(where, file, reader.fieldnames or ())
        for row in reader:
            try:
                spells.append(_spell(row))
                lines.append(reader.line_num)
            except ValueError as bad:
                wrong.append(Bad(reader.line_num, str(bad)))
    except csv.Error as bad:
        raise FileProblem(f"{where}:{reader.line_num}: is no CSV: {bad}", file) from bad
    if not spells and not wrong:
        raise FileProblem(f"{where} has no rows", file)
    _check_number(where, file, len(spells))
    return lines, spells, wrong


def _check_columns(where: str, file: str, names: Sequence[str]) -> None:
    if sorted(names) != sorted(COLUMNS):
        found = ", ".join(names) or "none"
        wanted = ", ".join(COLUMNS)
        raise FileProblem(f"{where}:1: its columns are {found}; they must be {wanted}", file)


def _check_number(where: str, file: str, rows: int) -> None:
    from marketplace.domain.usage import SPELLS_MOST

    if rows > SPELLS_MOST:
        sentence = f"{where} has {rows:,} rows; at most {SPELLS_MOST:,} are imported at once"
        raise FileProblem(sentence, file)


def _spell(row: "dict[str | None, str | None]") -> "Spell":
    """A row's spell. Raises ``ValueError``: a sentence for people."""
    from api.texts import moment
    from marketplace.domain.usage import Spell, units_micro
    from marketplace.errors import BadField

    if None in row or None in row.values():
        raise ValueError(f"it must have {len(COLUMNS)} cells")
    reservation, start, end, units = ((row[name] or "").strip() for name in COLUMNS)
    try:
        return Spell(reservation, moment(start), moment(end), units_micro(units))
    except BadField as bad:
        raise ValueError(str(bad)) from bad
