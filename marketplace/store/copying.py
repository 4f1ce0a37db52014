"""What stands beside the journal, copied to another database: cursors of readers, last uses of
tokens, and which clock the market runs on."""

from typing import Final

import sqlalchemy as sa
from sqlmodel import SQLModel

from marketplace.store.comparison import NAMES
from marketplace.store.transaction import Tx

BESIDE: Final = tuple(table for table in SQLModel.metadata.sorted_tables if table.name not in NAMES)
"""Every table that the journal does not make."""


def copy_beside(tx: Tx, into: Tx) -> None:
    """Write the rows of those tables into a database that has none of them."""
    for table in BESIDE:
        rows = [dict(row) for row in tx.execute(sa.select(table)).mappings()]
        if rows:
            into.execute(sa.insert(table), rows)
