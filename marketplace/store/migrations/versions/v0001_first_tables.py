"""The first tables: all that ``marketplace.store.tables`` declares.

Nothing is released yet, so there is one version, and it follows the declarations. The first release
freezes it: from then on each change of a table is a version of its own.
"""

from alembic import op
from sqlmodel import SQLModel

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    SQLModel.metadata.create_all(op.get_bind())


def downgrade() -> None:
    """Drop them."""
    SQLModel.metadata.drop_all(op.get_bind())
