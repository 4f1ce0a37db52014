"""Replay a journal: the same commands, by the same use cases, into another database."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pydantic import ValidationError

from marketplace.domain.journal import GENESIS, Call, Line
from marketplace.errors import MarketError, StorageFailed, zulu
from marketplace.services.runner import Submission, run_in
from marketplace.store import journal as journal_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx
from marketplace.store.writes import Key, Touched

GROUP = 1_000
"""Lines replayed in one transaction: each commit waits for the disk."""


@dataclass(slots=True)
class Replay:
    """A replay as it goes on: where it stands, and what it met."""

    seq: int = 0
    hash: str = GENESIS
    touched: Touched | None = None  # what it wrote, where somebody wants to know
    faults: list[str] = field(default_factory=list)
    known: dict[object, Any] = field(default_factory=dict)

    def touched_in(self, table: str) -> set[Key]:
        """The rows of a table that it wrote."""
        return (self.touched or {}).get(table, set())

    def through(self, lines: Iterable[Line], into: Store) -> Iterator[int]:
        """Replay lines; gives the number of each group's last line once it is written.

        Whatever a line says is tried: where the journal and what it makes differ is named, and the
        replay goes on.
        """
        waiting = iter(lines)
        while group := list(islice(waiting, GROUP)):
            try:
                with _nothing_collected(), into.begin() as tx:
                    tx.kept_back.touched = self.touched
                    tx.know(self.known)
                    keyed = ((line.scope, line.key) for line in group if line.key)
                    journal_store.look_up(tx, keyed)
                    for line in group:
                        self._take(tx, line)
                self.known = tx.all_known()  # nobody else writes there
            except StorageFailed as failure:
                told = f"journal lines {group[0].seq} to {group[-1].seq} cannot be done again"
                self.faults.append(f"{told}: {failure.because}")
                return
            yield group[-1].seq

    def _take(self, tx: Tx, line: Line) -> None:
        if line.seq != self.seq + 1:
            self.faults.append(f"journal line {line.seq} stands where {self.seq + 1} should")
        before, self.seq, self.hash = self.hash, line.seq, line.hash
        again = self._again(tx, line)
        if again != line:
            self._tell(line, again, before)

    def _again(self, tx: Tx, line: Line) -> Line | None:
        """The line that the same command makes; none where it can do nothing."""
        try:
            command, actor = journal_store.command_of(line), journal_store.actor_of(line)
        except (ValueError, ValidationError):
            self.faults.append(f"journal line {line.seq} says nothing that can be read")
            return None
        call = Call(
            actor=actor,
            at=line.at,
            key=line.key,
            secret=line.secret,
            attachment=line.attachment,
        )
        before = journal_store.head(tx).seq
        try:
            run_in(tx, Submission(command, call, line.command))
        except (MarketError, ValueError, KeyError, AssertionError) as failure:
            self.faults.append(f"journal line {line.seq} cannot be done again: {failure}")
        again = journal_store.newest(tx)
        if again is None or again.seq == before:
            told = f"journal line {line.seq} ({line.kind})"
            self.faults.append(f"{told}: done again, it does nothing")
            return None
        return again

    def _tell(self, line: Line, again: Line | None, before: str) -> None:
        """Where a line is not what its command makes; ``before``: the hash of the one before."""
        if line.hash != line.hashed(before):
            self.faults.append(f"journal line {line.seq} does not fit the hash chain")
        for name in ("at", "scope", "rules_version", "accepted", "answer", "wrote"):
            if again is not None and getattr(again, name) != getattr(line, name):
                told = f"journal line {line.seq} ({line.kind} of {zulu(line.at)})"
                self.faults.append(f"{told}: done again, its {name.replace('_', ' ')} differs")


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Rows of a group live until it is written: looking for what nobody holds is in vain."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
