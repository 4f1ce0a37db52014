"""What goes to the terminal: tables and sentences on stdout, questions and progress on stderr.

Rich draws bars and spinners; it is loaded when there is one to draw."""

import itertools
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING, Final, TextIO, TypeVar

import typer

from api import cursors
from api.cli.grids import drawn
from api.cli.stopping import breakable
from marketplace.domain.page import Page

if TYPE_CHECKING:
    from rich.console import Console

    from api.wire.shape import Shape

WIDTH_OF_A_BAR: Final = 48
BLOCKS: Final = "▁▂▃▄▅▆▇█"
NOTHING: Final = "·"
T = TypeVar("T")
Steps = Callable[[str, int, int], None]


class NobodyReads(Exception):
    """The reader of our output has gone; there is nothing left to say, and nothing is wrong."""


def _console(stream: TextIO) -> "Console":
    """A console that takes every text as it is: no markup, no smileys, no guessed colours."""
    from rich.console import Console

    return Console(
        file=stream,
        markup=False,
        highlight=False,
        emoji=False,
    )


def _takes_all(stream: TextIO) -> bool:
    """Whether a stream takes every letter."""
    return (stream.encoding or "utf-8").lower().replace("-", "") == "utf8"


def spell_out() -> None:
    """Let letters that a terminal does not have be spelt out, not end the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            with suppress(OSError):  # a pipe that was written to before has no place to go back to
                stream.reconfigure(errors="backslashreplace")


def plain(text: str) -> str:
    """``text`` without what would steer a terminal."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text)


def say(text: str) -> None:
    """A sentence to stdout."""
    _write(plain(text), sys.stdout)


def note(text: str) -> None:
    """A sentence to stderr: what happened beside the data."""
    _write(plain(text), sys.stderr)


def document(value: object) -> None:
    """Data to stdout, as JSON and nothing else."""
    _write(json.dumps(value, indent=2, ensure_ascii=not _takes_all(sys.stdout)), sys.stdout)


def line(value: object) -> None:
    """Data to stdout, as one line of JSON: one of many."""
    _write(json.dumps(value, ensure_ascii=not _takes_all(sys.stdout)), sys.stdout)


def _write(text: str, stream: TextIO) -> None:
    try:
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError as gone:
        raise NobodyReads from gone


def table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    empty: str = "",
) -> None:
    """A table to stdout; a column whose name begins with ``>`` stands to the right."""
    if not rows and empty:
        say(empty)
        return

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    lines = drawn(columns, [[plain(cell) for cell in row] for row in rows], width)
    _write("\n".join([title, *lines] if title else lines), sys.stdout)


def page(listing: str, found: Page[T], shaped: "Callable[[T], Shape]") -> None:
    """A page of a list to stdout, as JSON: its items, and what to ask for next."""
    from api.wire import page as wire

    document(wire.Page.of(listing, found, shaped).document())


def more(listing: str, found: Page[T]) -> None:
    """Say on stderr how a list goes on."""
    goes_on(cursors.text_of(listing, found))


def goes_on(place: str | None) -> None:
    """Say on stderr how a list goes on."""
    if place:
        note(f"There are more: the same with --after {place}")


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is given up. Without a terminal, only ``--yes`` goes on."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("nobody is there to ask; say --yes to go on", param_hint="--yes")
    if not typer.confirm(question, err=True):
        note("Nothing was changed.")
        raise typer.Exit(1)


@contextmanager
def progress() -> Iterator[Steps]:
    """A progress bar on stderr for long work; where nobody watches, a line for each new step.

    Ctrl-C or SIGTERM breaks it off (``breakable``), at its next step at the latest.
    """
    with breakable() as broken, _steps() as told:

        def step(what: str, done: int, total: int) -> None:
            if broken():
                raise KeyboardInterrupt
            told(what, done, total)

        yield step


@contextmanager
def _steps() -> Iterator[Steps]:
    if not sys.stderr.isatty():
        yield _lines()
        return

    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_console(sys.stderr), transient=True) as bars:
        tasks = {}

        def step(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=max(total, 1))

        yield step


def _lines() -> Steps:
    seen: set[str] = set()

    def step(what: str, _done: int, _total: int) -> None:
        if what not in seen:
            seen.add(what)
            note(f"{what} …")

    return step


@contextmanager
def waiting(what: str) -> Iterator[Callable[[str], None]]:
    """A spinner on stderr while one long step runs, and what says how far it is: beside the
    spinner, or in a line of its own where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda far: note(f"{what}, {far}")
        return
    with _console(sys.stderr).status(what) as spinner:
        yield lambda far: spinner.update(f"{what}, {far}")


def watched() -> bool:
    """Whether somebody sees stderr on a terminal, as it goes."""
    return sys.stderr.isatty()


def bar(parts: Sequence[tuple[int, int]], width: int = WIDTH_OF_A_BAR) -> str:
    """Shares (part, whole) as blocks, at most ``width`` wide; a dot where there is nothing."""
    letters = []
    for chunk in _chunks(parts, width):
        part, whole = sum(p for p, _ in chunk), sum(w for _, w in chunk)
        if whole == 0:
            letters.append(NOTHING)
        else:
            letters.append(BLOCKS[min(part * len(BLOCKS) // whole, len(BLOCKS) - 1)])
    return "".join(letters)


def sparkline(numbers: Sequence[int], width: int = WIDTH_OF_A_BAR) -> str:
    """Numbers as a line of blocks from their least to their greatest, at most ``width`` wide."""
    means = [sum(chunk) // len(chunk) for chunk in _chunks(numbers, width)]
    if not means:
        return ""
    least, span = min(means), max(max(means) - min(means), 1)
    return "".join(BLOCKS[(mean - least) * (len(BLOCKS) - 1) // span] for mean in means)


def per_letter(hours: float, values: int) -> str:
    """How many of so many hours one letter of a bar of so many values stands for."""
    return f"{hours / max(min(values, WIDTH_OF_A_BAR), 1):.3g}"


def _chunks(values: Sequence[T], width: int) -> list[Sequence[T]]:
    count = min(width, len(values))
    edges = [k * len(values) // count for k in range(count + 1)] if count else [0]
    return [values[start:stop] for start, stop in itertools.pairwise(edges)]
