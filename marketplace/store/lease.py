"""Leases."""

from typing import Final

import sqlalchemy as sa

from marketplace.domain.lease import Lease
from marketplace.store.service_tables import LeaseRow
from marketplace.store.transaction import Tx
from marketplace.store.writes import Verb

TABLE: Final = LeaseRow.__table__  # type: ignore[attr-defined]


def get(tx: Tx, name: str) -> Lease | None:
    """A lease by its name."""
    row = tx.execute(sa.select(TABLE).where(TABLE.c.name == name)).first()
    return (
        Lease(name=row.name, holder=row.holder, fence=row.fence, until=row.until) if row else None
    )


def put(tx: Tx, lease: Lease, *, new: bool) -> None:
    """Keep a lease; no command tells of it: see ``LeaseRow``."""
    row = {
        "name": lease.name,
        "holder": lease.holder,
        "fence": lease.fence,
        "until": lease.until,
    }
    tx.append_row(LeaseRow, row, Verb.ADD if new else Verb.CHANGE)
