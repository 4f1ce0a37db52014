"""A bill as a file, whoever asks for it: part by part, the same bytes at each door."""

from collections.abc import Iterator
from datetime import datetime

from api.focus import writing
from api.focus.bill import Bill, Totals
from api.focus.columns import columns_of
from api.focus.rows import rows
from marketplace.services import cost
from marketplace.services.books import Progress, silent
from marketplace.store.engine import Store


def parts(
    store: Store,
    bill: Bill,
    form: writing.Format,
    now: datetime,
    totals: Totals,
    step: Progress = silent,
) -> Iterator[bytes]:
    """The file of a bill in that form; ``totals`` counts its rows as they are read. Raises
    ``BadField`` at once where its months are none, or not all are over at ``now``."""
    names = cost.names(store, bill.start, bill.end, now)
    made = rows(store, bill, totals, names, writing.spelling(form), step)
    return writing.parts(form, columns_of(bill.version), made)
