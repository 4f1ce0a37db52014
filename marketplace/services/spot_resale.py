"""Note which given-back units spot uses, and pay those who gave them back as they are paid for."""

from collections.abc import Sequence
from datetime import datetime

from marketplace.domain.board import Board
from marketplace.domain.reservation import Release
from marketplace.domain.spot import SpotRequest
from marketplace.domain.spot_resale import Charge, Resold, resold, used
from marketplace.rules import MarketRules
from marketplace.services.refund import pay_back
from marketplace.store import reservation as reservation_store
from marketplace.store import spot_resale as resale_store
from marketplace.store.transaction import Tx


def given_back(tx: Tx, at: datetime) -> dict[str, list[Release]]:
    """What of each pool was given back of the slot that holds ``at``, and is not sold again."""
    found: dict[str, list[Release]] = {}
    for one in reservation_store.releases_at(tx, at):
        if one.left_at(at):
            found.setdefault(one.pool, []).append(one)
    return found


def noted(
    board: Board, releases: Sequence[Release], requests: Sequence[SpotRequest], rules: MarketRules
) -> Resold:
    """What runs use of the releases after a tick; ``requests``: the board's, as they are then."""
    at = board.now
    return Resold(
        pool=board.pool,
        at=at,
        until=rules.slot_floor(at) + rules.slot,
        uses=used(releases, at, int(board.supply(rules)[0]), requests),
    )


def pay(tx: Tx, charges: Sequence[Charge], now: datetime) -> None:
    """Pay back what charges bring that were just posted."""
    if not charges:
        return
    pools = {one.sold.pool for one in charges}
    start, end = (min(one.sold.start for one in charges), max(one.sold.end for one in charges))
    notes = resale_store.between(tx, pools, start, end)
    ids = {use.release for note in notes for use in note.uses}
    if not ids:
        return
    changed, refunds = resold(charges, notes, reservation_store.releases_by_id(tx, ids))
    reservation_store.put_releases(tx, changed)
    pay_back(tx, refunds, now)
