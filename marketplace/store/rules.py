"""Versions of the market's rules, and what was proposed for others."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlmodel import col, select

from marketplace.domain.cycle import Cycle
from marketplace.domain.page import Cursor, Page
from marketplace.domain.proposal import Proposal, ProposalRequest, ProposalState
from marketplace.rules import Adopted, Change, MarketRules
from marketplace.store.page import paged
from marketplace.store.tables import ProposalRow, RulesRow
from marketplace.store.transaction import Tx

VERSION = RulesRow.__table__.c.version  # type: ignore[attr-defined]
PROPOSALS = ProposalRow.__table__.c  # type: ignore[attr-defined]


def add(tx: Tx, adopted: Adopted) -> None:
    """Keep a new version."""
    row = {
        "version": adopted.rules.version,
        "document": adopted.rules.document(),
        "adopted_at": adopted.adopted_at,
        "from_cycle": adopted.from_cycle,
        "proposal": adopted.proposal,
    }
    tx.add_rows(RulesRow, [row])


def get(tx: Tx, version: int) -> MarketRules:
    """One version, as it was adopted: it never changes."""

    def look() -> MarketRules:
        return MarketRules.from_document(tx.get_one(RulesRow, version).document)

    found: MarketRules = tx.known(("rules", version), look)
    return found


def adopted(tx: Tx, version: int) -> Adopted | None:
    """One version and when it was adopted; ``None`` for one that is not there."""
    row = tx.get(RulesRow, version)
    return _adopted(row) if row else None


def listed(tx: Tx, *, after: Cursor | None, limit: int) -> Page[Adopted]:
    """All versions, the newest first."""
    query = select(RulesRow)
    return paged(tx, query, [VERSION], _adopted, after=after, limit=limit, newest_first=True)


def _adopted(row: Any) -> Adopted:
    return Adopted(
        rules=MarketRules.from_document(row.document),
        adopted_at=row.adopted_at,
        from_cycle=row.from_cycle,
        proposal=row.proposal,
    )


def latest(tx: Tx) -> Adopted | None:
    """The newest version; ``None`` in a database without a market."""
    row = tx.exec(select(RulesRow).order_by(col(RulesRow.version).desc())).first()
    return _adopted(row) if row else None


def of_cycle(tx: Tx, number: int) -> Adopted:
    """The newest of the versions that hold for a cycle that opens now."""
    query = select(RulesRow).where(col(RulesRow.from_cycle) <= number)
    return _adopted(tx.exec(query.order_by(col(RulesRow.version).desc()).limit(1)).one())


def from_now_on(tx: Tx, cycle: Cycle) -> list[Adopted]:
    """The version that the open cycle runs by, and those that later ones will, in their order."""
    query = select(RulesRow).where(col(RulesRow.from_cycle) > cycle.number)
    coming = [_adopted(row) for row in tx.exec(query.order_by(col(RulesRow.version)))]
    now = _adopted(tx.get_one(RulesRow, cycle.rules_version))
    superseded = {a.rules.version for a, b in pairwise(coming) if a.from_cycle == b.from_cycle}
    return [now, *(one for one in coming if one.rules.version not in superseded)]


def add_proposal(tx: Tx, proposal: Proposal) -> None:
    """Keep a new proposal."""
    tx.add_rows(ProposalRow, [_row(proposal)])


def change_proposal(tx: Tx, proposal: Proposal) -> None:
    """Keep what became of a proposal."""
    tx.change_rows(ProposalRow, [_row(proposal)])


def proposal(tx: Tx, id_: str) -> Proposal | None:
    """One proposal."""
    row = tx.get(ProposalRow, id_)
    return _proposal(row) if row else None


def proposals(tx: Tx, *, after: Cursor | None, limit: int) -> Page[Proposal]:
    """Proposals, the newest first."""
    keys = [PROPOSALS.proposed_at, PROPOSALS.id]
    query = select(ProposalRow)
    return paged(tx, query, keys, _proposal, after=after, limit=limit, newest_first=True)


def _row(proposal: Proposal) -> dict[str, Any]:
    request = proposal.request
    return {
        "id": request.id,
        "changes": [list(one) for one in request.changes],
        "reason": request.reason,
        "from_cycle": request.from_cycle,
        "seen": request.seen,
        "proposed_at": proposal.proposed_at,
        "proposed_by": proposal.proposed_by,
        "state": proposal.state.value,
        "ended_at": proposal.ended_at,
        "version": proposal.version,
    }


def _proposal(row: Any) -> Proposal:
    request = ProposalRequest(
        id=row.id,
        changes=_changes(row.changes),
        reason=row.reason,
        from_cycle=row.from_cycle,
        seen=row.seen,
    )
    return Proposal(
        request=request,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        state=ProposalState(row.state),
        ended_at=row.ended_at,
        version=row.version,
    )


def _changes(kept: Sequence[Any]) -> tuple[Change, ...]:
    return tuple((name, value) for name, value in kept)
