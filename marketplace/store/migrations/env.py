"""How Alembic reaches the database: by the connection, and in the transaction, it is handed."""

from alembic import context
from sqlmodel import SQLModel

from marketplace.store import (  # noqa: F401 - declares the rows
    adjustment_tables,
    alert_tables,
    approval_tables,
    credit_line_tables,
    credit_transfer_tables,
    grant_schedule_tables,
    month_tables,
    spot_tables,
    tables,
    theme_tables,
    usage_tables,
)

context.configure(
    connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata
)
context.run_migrations()
