"""The market's things as plain data: what ``--json`` prints. Money is decimal text, times UTC."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from api.cli import refusals
from api.cli.values import stamp, text_of_duration
from api.lines import what_for
from pricing.units import credits_from_ucr

if TYPE_CHECKING:
    from allocator.outcome import Outcome
    from marketplace.domain.capacity import Maintenance, Pool, Window
    from marketplace.domain.cycle import Cycle
    from marketplace.domain.order import Order
    from marketplace.domain.page import Page
    from marketplace.domain.reservation import Release, Reservation
    from marketplace.domain.spot import SpotRequest
    from marketplace.domain.spot_price import ExpectedPrice, TickPrice
    from marketplace.domain.statement import Account, Line
    from marketplace.domain.team import Member, Team
    from marketplace.domain.transfer import Posted, PricedUnits, Transfer
    from marketplace.errors import MarketError
    from marketplace.services.cycle import BidName
    from marketplace.services.journal import Told
    from marketplace.services.ledger import GrantBalance, Purse

Document = dict[str, Any]


def money(amount_ucr: int) -> str:
    """Credits as exact decimal text."""
    return str(credits_from_ucr(amount_ucr))


def maybe(at: datetime | None) -> str | None:
    """A time, or null."""
    return None if at is None else stamp(at)


def of_pool(pool: "Pool") -> Document:
    """A pool as data."""
    return {
        "id": pool.id,
        "name": pool.name,
        "unit": pool.unit,
        "block_size": pool.block_size,
        "reserve_price_credits": money(pool.reserve_price_ucr),
        "created_at": stamp(pool.created_at),
    }


def of_window(window: "Window") -> Document:
    """A window of capacity as data."""
    return {
        "pool": window.pool,
        "start": stamp(window.start),
        "end": stamp(window.end),
        "quantity": window.quantity,
    }


def of_maintenance(maintenance: "Maintenance") -> Document:
    """Maintenance as data."""
    return {
        "id": maintenance.id,
        "pool": maintenance.pool,
        "start": stamp(maintenance.start),
        "end": stamp(maintenance.end),
        "quantity": maintenance.quantity,
        "reason": maintenance.reason,
    }


def of_team(team: "Team", purse: "Purse") -> Document:
    """A team and its credits as data."""
    return {
        "id": team.id,
        "name": team.name,
        "free_credits": money(purse.free_ucr),
        "held_credits": money(purse.held_ucr),
        "later_credits": money(purse.later_ucr),
        "ending_credits": money(purse.ending_ucr),
    }


def of_member(member: "Member") -> Document:
    """A person in a team as data."""
    return {"team": member.team, "person": member.person, "role": member.role.value}


def of_grant(balance: "GrantBalance", now: datetime) -> Document:
    """A grant and what is left of it as data."""
    grant = balance.grant
    return {
        "id": grant.id,
        "team": grant.team,
        "credits": money(grant.amount_ucr),
        "free_credits": money(balance.free_ucr),
        "held_credits": money(balance.held_ucr),
        "spent_credits": money(balance.spent_ucr),
        "expired_credits": money(balance.expired_ucr),
        "state": grant.state(now),
        "start": stamp(grant.start),
        "end": stamp(grant.end),
        "purpose": grant.purpose,
    }


def of_order(order: "Order", back_ucr: int = 0) -> Document:
    """An order and what became of it as data; its options read as in a file of bids."""
    request, fill, loss = order.request, order.fill, order.loss
    return {
        "id": order.id,
        "team": order.team,
        "key": request.key,
        "state": order.state.value,
        "placed_at": stamp(order.placed_at),
        "held_credits": money(order.held_ucr if order.open else 0),
        "options": [
            {
                "value": money(option.value_ucr),
                "earliest_start": stamp(option.earliest_start),
                "latest_start": stamp(option.latest_start),
                "legs": [
                    {
                        "pool": leg.pool,
                        "quantity": leg.quantity,
                        "duration": text_of_duration(leg.duration),
                        "offset": text_of_duration(leg.offset),
                    }
                    for leg in option.legs
                ],
            }
            for option in request.options
        ],
        "standing": request.standing,
        "valid_until": maybe(request.valid_until),
        "project": request.tags.project,
        "theme": request.tags.theme,
        "cost_centre": request.tags.cost_centre,
        "fill": fill
        and {
            "cycle": fill.cycle_id,
            "option": fill.option,
            "start": stamp(fill.start),
            "payment_credits": money(fill.payment_ucr),
            "refunded_credits": money(back_ucr),
            "capped": fill.capped,
        },
        "loss": loss
        and {
            "cycle": loss.cycle_id,
            "reason": loss.reason,
            "shortfall_credits": money(loss.shortfall_ucr),
        },
        "cycle": order.cycle_id,
        "reason": order.reason,
        "ended_at": maybe(order.ended_at),
    }


def of_refusal(key: str, refusal: "MarketError") -> Document:
    """A refused request as data."""
    return {"key": key} | refusals.document(refusal)


def of_reservation(reservation: "Reservation", back_ucr: int = 0) -> Document:
    """A reservation as data."""
    return {
        "id": reservation.id,
        "award": reservation.award_id,
        "order": reservation.order_id,
        "cycle": reservation.cycle_id,
        "team": reservation.team,
        "pool": reservation.pool,
        "start": stamp(reservation.start),
        "end": stamp(reservation.end),
        "quantity": reservation.quantity,
        "units": list(reservation.units),
        "paid_credits": money(reservation.paid_ucr),
        "refunded_credits": money(back_ucr),
        "state": reservation.state.value,
        "reason": reservation.reason,
        "ended_at": maybe(reservation.ended_at),
    }


def of_release(release: "Release") -> Document:
    """Units given back as data; ``left`` are unsold, slot by slot."""
    return {
        "id": release.id,
        "reservation": release.reservation_id,
        "order": release.order_id,
        "team": release.team,
        "pool": release.pool,
        "start": stamp(release.start),
        "slot_minutes": release.slot // timedelta(minutes=1),
        "left": list(release.left),
        "released_at": stamp(release.released_at),
        "on_sale_from_cycle": f"cyc_{release.on_sale_from:06d}",
    }


def of_cycle(cycle: "Cycle") -> Document:
    """A cycle as data."""
    return {
        "id": cycle.id,
        "state": cycle.state.value,
        "closes_at": stamp(cycle.closes_at),
        "sale_start": maybe(cycle.sale_start),
        "rules_version": cycle.rules_version,
        "problem_sha256": cycle.problem_sha256,
        "settled_at": maybe(cycle.settled_at),
        "reason": cycle.reason,
    }


def of_bid_name(name: "BidName") -> Document:
    """Under which names an order stands in a cycle's files, as data."""
    return {
        "order": name.order_id,
        "whose": name.team,
        "bid": name.bid,
        "team": name.team_name,
    }


def of_line(line: "Told") -> Document:
    """A line of the journal as data."""
    return {
        "seq": line.seq,
        "at": stamp(line.at),
        "actor": line.actor,
        "command": line.kind,
        "team": line.team,
        "accepted": line.accepted,
        "refused": line.refused,
        "hash": line.hash,
    }


def of_outcome(outcome: "Outcome") -> Document:
    """What a clearing came to, without its awards, as data."""
    lost: dict[str, int] = {}
    for rejection in outcome.rejections:
        lost[rejection.reason.value] = lost.get(rejection.reason.value, 0) + 1
    return {
        "awards": len(outcome.awards),
        "lost": dict(sorted(lost.items())),
        "surplus_credits": money(outcome.surplus_ucr),
        "welfare_credits": money(outcome.welfare_ucr),
        "bound_credits": money(outcome.bound_ucr),
        "gap": outcome.gap,
        "paid_credits": money(sum(award.payment_ucr for award in outcome.awards)),
        "payment_rule": outcome.payment_rule.value,
        "status": outcome.status,
        "engine": outcome.engine,
        "seed": outcome.seed,
        "work": outcome.work,
        "seconds": outcome.seconds,
    }


def of_statement(account: "Account", lines: "Page[Line]", going_on: str | None) -> Document:
    """A team's account for a period and a page of its lines as data."""
    return {
        "team": account.team,
        "start": stamp(account.start),
        "end": stamp(account.end),
        "opening_credits": money(account.opening_ucr),
        "lines": [
            {
                "seq": line.seq,
                "at": stamp(line.at),
                "type": line.type.value,
                "credits": money(line.amount_ucr),
                **_facts(line.transfer),
            }
            for line in lines
        ],
        "next": going_on,
        "closing_credits": money(account.closing_ucr),
        "held_credits": money(account.held_ucr),
    }


def _facts(transfer: "Transfer") -> Document:
    """What a transfer was for. ``of_credits``: the charge or refund that it is a part of, where
    several grants paid; ``prices``: from when to when, how many units, at which price an hour."""
    payer, sold = transfer.payer, transfer.sold
    return {
        "order": payer.order_id,
        "spot_request": payer.spot_id,
        "reservation": transfer.reservation_id,
        "cycle": transfer.cycle_id,
        "rule": transfer.rule,
        "reason": transfer.reason,
        "project": payer.tags.project,
        "theme": payer.tags.theme,
        "cost_centre": payer.tags.cost_centre,
        "pool": sold.pool if sold else "",
        "quantity": sold.quantity if sold else 0,
        "start": maybe(sold.start if sold else None),
        "end": maybe(sold.end if sold else None),
        "unit_seconds": transfer.unit_seconds,
        "prices": [_span(span) for span in sold.spans] if sold else [],
        "of_credits": money(transfer.whole_ucr) if sold else None,
        "what_for": what_for(transfer),
        "note": transfer.note,
    }


def _span(span: "PricedUnits") -> Document:
    return {
        "start": stamp(span.start),
        "end": stamp(span.end),
        "quantity": span.units,
        "price_credits": money(span.price_ucr),
    }


def of_posted(posted: "Posted") -> Document:
    """A transfer in the books as data."""
    transfer = posted.transfer
    return {
        "seq": posted.seq,
        "at": stamp(posted.at),
        "movement": transfer.movement.value,
        "source": transfer.source,
        "target": transfer.target,
        "credits": money(transfer.amount_ucr),
        **_facts(transfer),
        "hash": posted.hash,
    }


def of_spot(one: "SpotRequest") -> Document:
    """A spot request as data, with the terms that it is billed by."""
    terms, run = one.terms, one.run
    return {
        "id": one.id,
        "team": one.team,
        "key": terms.key,
        "pool": terms.pool,
        "quantity": terms.quantity,
        "limit_price_credits": money(terms.limit_ucr),
        "minimum_runtime": text_of_duration(terms.minimum),
        "end": maybe(terms.end),
        "persistent": terms.persistent,
        "state": one.state.value,
        "status": {"code": one.code, "update_time": stamp(one.updated_at)},
        "at_risk": one.at_risk or None,
        "placed_at": stamp(one.placed_at),
        "started_at": maybe(run.started_at if run else None),
        "interruption_deadline": maybe(run.deadline if run else None),
        "project": terms.tags.project,
        "theme": terms.tags.theme,
        "cost_centre": terms.tags.cost_centre,
    }


def of_expected_price(pool: str, price: "ExpectedPrice") -> Document:
    """What a pool's spot price may be in an hour to come, as data."""
    return {
        "pool": pool,
        "at": stamp(price.at),
        "low_credits": money(price.low_ucr),
        "middle_credits": money(price.middle_ucr),
        "high_credits": money(price.high_ucr),
    }


def of_tick_price(price: "TickPrice") -> Document:
    """A spot price as data, with both of its parts."""
    return {
        "pool": price.pool,
        "at": stamp(price.at),
        "price_credits": money(price.price_ucr),
        "controller_credits": money(price.controller_ucr),
        "controller_reason": price.reason,
        "unserved_limit_credits": money(price.unserved_ucr) if price.unserved_ucr else None,
        "decided_by": price.decided_by,
        "wanted": price.wanted,
        "supply": price.supply,
        "used": price.used,
        "ticks": price.ticks,
    }
