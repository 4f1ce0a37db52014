"""A market on another database: its journal replayed there, and every table held against it."""

from marketplace.errors import Duplicate
from marketplace.services.books import Progress, silent
from marketplace.services.replay import Replay
from marketplace.store import comparison, copying
from marketplace.store import journal as journal_store
from marketplace.store.engine import Store, migrate, prepared


def digests(store: Store) -> tuple[str, dict[str, str]]:
    """The journal's head, and a SHA-256 of all that each table says that the journal makes: the
    same on any database."""
    with store.read() as tx:
        return journal_store.head(tx).told, comparison.digests(tx)


def copy(store: Store, into: Store, progress: Progress = silent) -> tuple[str, ...]:
    """Make the market in an empty database, of either kind, from its journal; what is not the same
    there: nothing, where the copy is one. Whoever writes to the market meanwhile is not in it.

    Raises ``Duplicate`` where there is a market already.
    """
    if prepared(into):
        raise Duplicate("market", into.where)
    migrate(into)
    replay = Replay()
    with store.read() as tx:
        lines = journal_store.head(tx).seq
        for done in replay.through(journal_store.lines(tx), into):
            progress("journal", done, lines)
        with into.begin() as there:
            copying.copy_beside(tx, there)
        meant = comparison.digests(tx)
    _, made = digests(into)
    other = [f"{name} says something else there" for name in meant if meant[name] != made[name]]
    return (*replay.faults, *other)
