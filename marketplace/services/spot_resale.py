"""Note which given-back units spot uses, and pay those who gave them back as they are paid for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from marketplace.domain.board import Board
from marketplace.domain.capacity import Span
from marketplace.domain.reservation import Release
from marketplace.domain.spot import SpotRequest
from marketplace.domain.spot_resale import Charge, Resold, resold, used
from marketplace.domain.transfer import SECOND
from marketplace.rules import MarketRules
from marketplace.services.capacity import on_span
from marketplace.services.refund import pay_back
from marketplace.store import capacity as capacity_store
from marketplace.store import reservation as reservation_store
from marketplace.store import spot as spot_store
from marketplace.store import spot_resale as resale_store
from marketplace.store.transaction import Tx


def given_back(tx: Tx, at: datetime) -> dict[str, list[Release]]:
    """What of each pool was given back of the slot that holds ``at``, and no cycle has sold."""
    return _left_at(reservation_store.releases_within(tx, at, at + SECOND), at)


def _left_at(releases: Iterable[Release], at: datetime) -> dict[str, list[Release]]:
    found: dict[str, list[Release]] = {}
    for one in releases:
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


def catch_up(tx: Tx, ticked: Mapping[str, datetime], now: datetime, rules: MarketRules) -> None:
    """Note what runs used in the slots that began since a pool's last tick, at their starts: other
    units may be given back there, and no tick came. What was noted before stays."""
    first = rules.slot_floor(min([*ticked.values(), now])) + rules.slot
    if first >= now:
        return
    releases = reservation_store.releases_within(tx, first, now)
    if not releases:
        return
    span = Span(start=first, slot=rules.slot, slots=-((first - now) // rules.slot))
    done = {(one.pool, one.at) for one in resale_store.between(tx, ticked, first, now)}
    live, known = spot_store.live(tx), capacity_store.pools(tx)
    there = {one.pool.id: one for one in on_span(tx, [known[id_] for id_ in sorted(ticked)], span)}
    notes = list[Resold]()
    for slot in range(span.slots):
        at = span.at(slot)
        for pool, own in sorted(_left_at(releases, at).items()):
            if ticked.get(pool, now) < at and (pool, at) not in done:
                board = Board(
                    pool=pool,
                    now=at,
                    span=replace(span, start=at, slots=1),
                    capacity=there[pool].capacity[slot:],
                    sold=there[pool].sold[slot:],
                    requests=live.get(pool, ()),
                )
                notes.append(noted(board, own, board.requests, rules))
    resale_store.add(tx, notes)


def pay(tx: Tx, charges: Sequence[Charge], notes: Sequence[Resold], now: datetime) -> None:
    """Pay back what charges bring that were just posted; ``notes``: those of their time."""
    ids = {use.release for note in notes for use in note.uses}
    if not ids or not charges:
        return
    changed, refunds = resold(charges, notes, reservation_store.releases_by_id(tx, ids))
    reservation_store.put_releases(tx, changed)
    pay_back(tx, refunds, now)
