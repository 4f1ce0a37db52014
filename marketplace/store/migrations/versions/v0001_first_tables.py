"""The first tables: all that ``marketplace.store.tables`` declares, and what may never change.

Nothing is released yet, so there is one version, and it follows the declarations. The first release
freezes it: from then on each change of a table is a version of its own.
"""

from alembic import op
from sqlmodel import SQLModel

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("journal", "transfer")
"""Written to and never over, whoever holds the pen."""

REFUSE = "CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} "
REFUSES = {
    "sqlite": REFUSE + "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    "postgresql": REFUSE + "EXECUTE FUNCTION refuse_change()",
}
POSTGRESQL_FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""


def upgrade() -> None:
    SQLModel.metadata.create_all(op.get_bind())
    kind = op.get_context().dialect.name
    if kind == "postgresql":
        op.execute(POSTGRESQL_FUNCTION)
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            op.execute(REFUSES[kind].format(table=table, verb=verb))


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first version")
