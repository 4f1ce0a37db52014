"""A statement as files: CSV for a spreadsheet, HTML for paper."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from api.cli import show
from api.cli.refusals import Misuse
from api.cli.trading import Trading
from api.files import write_bytes

if TYPE_CHECKING:
    from api.cli.values import Period
    from api.wire.statement import Line, Statement, TagStatement
    from marketplace.domain.transfer import Tag

STDOUT: Final = "-"
AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose statement, of when, and into which files."""

    team: str
    tagged: "tuple[Tag, str] | None"
    period: "Period"
    csv: str
    html: str

    def check(self, *, other: str) -> None:
        """Raises ``Misuse`` where the files do not go together, or with another flag."""
        if other:
            because = "a file has all lines, and is no JSON: leave one of the two out"
            raise Misuse(other, "", because)
        if self.csv == self.html == STDOUT:
            raise Misuse("--html", self.html, "stdout takes one of the two")

    def write(self, market: Trading) -> None:
        """Write what is wanted: each file whole or not at all. Raises ``FileProblem``."""
        if self.csv:
            _put(self.csv, self._sheet(market))
        if self.html:
            from api.statements import page

            first = self._page(market, "")
            text = page.render(first, self._lines(market, first))
            _put(self.html, iter([text.encode()]))

    def _sheet(self, market: Trading) -> Iterator[bytes]:
        if self.tagged is None:
            return market.statement_csv(self.team, self.period)
        return market.tag_statement_csv(*self.tagged, self.team, self.period)

    def _page(self, market: Trading, after: str) -> "Statement | TagStatement":
        if self.tagged is None:
            return market.statement(self.team, self.period, after, AT_ONCE)
        return market.tag_statement(*self.tagged, self.team, self.period, after, AT_ONCE)

    def _lines(self, market: Trading, first: "Statement | TagStatement") -> "Iterator[Line]":
        yield from first.lines
        after = first.next
        while after:
            found = self._page(market, after)
            yield from found.lines
            after = found.next


def _put(where: str, parts: Iterator[bytes]) -> None:
    if where != STDOUT:
        write_bytes(where, b"".join(parts))
        show.note(f"Wrote {where}.")
        return
    try:
        for part in parts:
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
    except BrokenPipeError as gone:
        raise show.NobodyReads from gone
