"""The market as it is at a time, also where no clock has done yet what fell due."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime

from marketplace.errors import StorageFailed
from marketplace.services.runner import let_time_pass
from marketplace.store import agenda as agenda_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


class _Undone(Exception):
    """Leaves a transaction that nothing may remain of."""


@contextmanager
def as_of(store: Store, now: datetime | None) -> Iterator[Tx]:
    """A view of the market in which what time alone decides until ``now`` has passed, each thing at
    its own time, whether or not a clock has done it yet. Nothing of it stays. Where the database
    cannot be written, it is seen as it is; and where no time is said."""
    with suppress(_Undone), ExitStack() as stack:
        tx = stack.enter_context(store.read())
        due = None if now is None else agenda_store.first(tx)
        if now is not None and due is not None and due <= now:
            stack.close()
            try:
                tx = stack.enter_context(store.begin())
                let_time_pass(tx, now)
            except StorageFailed:
                stack.close()
                tx = stack.enter_context(store.read())
        yield tx
        raise _Undone
