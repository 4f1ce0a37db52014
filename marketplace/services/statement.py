"""A team's account for a period."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from marketplace.domain.statement import LineType, Statement, month_of, statement_of
from marketplace.domain.transfer import Tag
from marketplace.errors import BadField
from marketplace.rules import checked_instant
from marketplace.services.team import check_team
from marketplace.store import ledger as ledger_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store


def of_team(store: Store, team: str, start: datetime, end: datetime) -> Statement:
    """The team's statement for [start, end). Raises ``NotFound``, or ``BadField`` for the times."""
    if checked_instant("end", end) <= checked_instant("start", start):
        raise BadField("end", end, "not-after-start", {"what": "a period", "start": start})
    with store.read() as tx:
        check_team(tx, team)
        first = month_of(start)
        opening = ledger_store.standing(tx, team, first)
        opening = opening.after(transfer_store.posted_in(tx, team, first, start), team)
        posted = transfer_store.posted_in(tx, team, start, end)
        return statement_of(team, (start, end), opening, posted)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSum:
    """What the orders and spot requests of one project, theme or cost centre cost in a period."""

    name: str
    orders: int
    charged_ucr: int
    refunded_ucr: int


def sums_by(statement: Statement, tag: Tag) -> list[TagSum]:
    """A statement's charges and refunds added up by what the work was for, the dearest first."""
    charged, refunded = Counter[str](), Counter[str]()
    payers: dict[str, set[str]] = defaultdict(set)
    for line in statement.lines:
        payer = line.transfer.payer
        if not payer.id:
            continue
        name = tag.of(payer.tags)
        payers[name].add(payer.id)
        charged[name] -= line.amount_ucr if line.type is LineType.CHARGE else 0
        refunded[name] += line.amount_ucr if line.type is LineType.REFUND else 0
    return [
        TagSum(
            name=name,
            orders=len(payers[name]),
            charged_ucr=charged[name],
            refunded_ucr=refunded[name],
        )
        for name in sorted(payers, key=lambda name: (refunded[name] - charged[name], name))
    ]
