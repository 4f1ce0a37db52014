"""What was done, line by line, for those who may read it."""

import json
from dataclasses import dataclass
from datetime import datetime

from marketplace.domain.journal import Line, Sought
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.store import journal as journal_store
from marketplace.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A line of the journal as its readers see it: without secrets and without files."""

    seq: int
    at: datetime
    actor: str
    kind: str
    team: str  # for whom, where it was for a team
    accepted: bool
    refused: str  # the code of a refusal
    hash: str


def newest_at(store: Store) -> datetime | None:
    """When something was done last; None where nothing was yet."""
    with store.read() as tx:
        return journal_store.head(tx).at


def listed(store: Store, *, after: Cursor | None = None, limit: int = LIMIT) -> Page[Told]:
    """The journal's lines in the order in which they were written."""
    with store.read() as tx:
        return journal_store.listed(tx, after=after, limit=limit).each(_told)


def sought(
    store: Store, what: Sought, *, after: Cursor | None = None, limit: int = LIMIT
) -> Page[Told]:
    """The lines that are looked for, the newest first. A page may be short, or empty, where more
    follow."""
    with store.read() as tx:
        return journal_store.sought(tx, what, after=after, limit=limit).each(_told)


def _told(line: Line) -> Told:
    actor = journal_store.actor_of(line).name
    return Told(
        seq=line.seq,
        at=line.at,
        actor=actor,
        kind=line.kind,
        # the scope is a team, or the actor: a name with a colon, or the clock, which has no team
        team="" if line.scope == actor else line.scope,
        accepted=line.accepted,
        refused="" if line.accepted else json.loads(line.answer)["refused"],
        hash=line.hash,
    )
