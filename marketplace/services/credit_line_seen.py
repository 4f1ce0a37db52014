"""Credit lines as they are at a time."""

from datetime import datetime

from marketplace.domain.credit_line import CreditLine
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.errors import NotFound
from marketplace.services.team import check_team
from marketplace.services.view import as_of
from marketplace.store import credit_line as store_of
from marketplace.store.engine import Store


def get(store: Store, id_: str, now: datetime | None = None) -> CreditLine:
    """One line. ``now``: with what fell due by then, also where no clock has done it yet. Raises
    ``NotFound``."""
    with as_of(store, now) as tx:
        found = store_of.every(tx).get(id_)
        if found is None:
            raise NotFound("credit line", id_)
        return found


def listed(
    store: Store,
    team: str = "",
    *,
    after: Cursor | None = None,
    limit: int = LIMIT,
    now: datetime | None = None,
) -> Page[CreditLine]:
    """Lines by id, those that are over too: of a team, or of all; ``now`` as in ``get``."""
    with as_of(store, now) as tx:
        if team:
            check_team(tx, team)
        return store_of.listed(tx, team, after=after, limit=limit)
