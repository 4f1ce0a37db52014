"""What teams were charged and got back in months that are over: the rows of a bill."""

from datetime import datetime

from marketplace.domain.cost import Cost, Names, Sold
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.statement import month_of
from marketplace.errors import BadField
from marketplace.services.ended_month import check_over
from marketplace.store import capacity as capacity_store
from marketplace.store import cost as cost_store
from marketplace.store import journal as journal_store
from marketplace.store import team as team_store
from marketplace.store.engine import Store


def names(store: Store, start: datetime, end: datetime, now: datetime) -> Names:
    """How those are called that costs of the months from ``start`` until ``end`` name. Raises
    ``BadField`` where these are no months, or not all are over at ``now``."""
    for field, at in (("start", start), ("end", end)):
        if at != month_of(at):
            raise BadField(field, at, "not-a-months-start")
    if end <= start:
        raise BadField("end", end, "not-after-start", {"what": "an export", "start": start})
    with store.read() as tx:
        check_over(tx, end, now)
        teams, pools = team_store.all_of(tx), capacity_store.pools(tx)
    return Names(
        teams={one.id: one.name for one in teams.values()},
        pools={one.id: Sold(name=one.name, unit=one.unit) for one in pools.values()},
    )


def began(store: Store) -> datetime | None:
    """When the market's journal begins: before it nothing cost anything."""
    with store.read() as tx:
        first = journal_store.next_line(tx)
    return first.at if first else None


def listed(
    store: Store,
    start: datetime,
    end: datetime,
    *,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[Cost]:
    """Charges, refunds, and what corrects them, that were posted in [start, end), by time."""
    with store.read() as tx:
        return cost_store.listed(tx, start, end, after=after, limit=limit)
