"""Whether a month is over: what is told of it then stays so."""

from datetime import datetime

from marketplace.domain.statement import month_of
from marketplace.domain.transfer import SECOND
from marketplace.errors import BadField
from marketplace.store import agenda as agenda_store
from marketplace.store.transaction import Tx


def check_over(tx: Tx, end: datetime, now: datetime) -> None:
    """Raises ``BadField`` where the month that ends at ``end`` is not over at ``now``, or where
    something that fell due in it is not done yet."""
    if now < end:
        last = f"{month_of(end - SECOND):%Y-%m}"
        raise BadField("end", end, "month-still-open", {"month": last, "ends": end})
    due = agenda_store.first(tx)
    if due is not None and due < end:
        raise BadField("end", end, "month-not-done", {"due": due})
