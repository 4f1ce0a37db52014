"""A team's account for a period."""

from datetime import datetime

from marketplace.domain.statement import Statement, statement_of
from marketplace.errors import BadField, zulu
from marketplace.rules import checked_instant
from marketplace.services.ledger import check_team
from marketplace.store import ledger as ledger_store
from marketplace.store.engine import Store


def of_team(store: Store, team: str, start: datetime, end: datetime) -> Statement:
    """The team's statement for [start, end). Raises ``NotFound``, or ``BadField`` for the times."""
    if checked_instant("end", end) <= checked_instant("start", start):
        raise BadField("end", end, f"a period must end after its start {zulu(start)}")
    with store.read() as tx:
        check_team(tx, team)
        grants = ledger_store.grants(tx, [team]).values()
        return statement_of(team, start, end, ledger_store.posted(tx, team=team), grants)
