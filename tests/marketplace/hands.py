"""Everybody's hands: each write of the market as one call, by an actor that may do it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from allocator.outcome import Outcome
from marketplace.domain.actor import CLOCK, Actor, Role, Standing
from marketplace.domain.adjustment import Adjustment, AdjustmentLine, AdjustmentRequest
from marketplace.domain.adjustment_command import ApproveAdjustment, ProposeAdjustment
from marketplace.domain.capacity import Maintenance, Pool, Window
from marketplace.domain.clock_command import Advance, CloseCycle, FailCycle, SettleCycle
from marketplace.domain.command import (
    AddWindows,
    AdoptRules,
    AmendOrder,
    CancelMaintenance,
    CancelOrders,
    CancelOverride,
    ChangeSpotLimit,
    EnrolTeams,
    GiveGrants,
    MakeToken,
    OpenPools,
    OverrideWindows,
    PlaceOrder,
    ProposeRules,
    PutMember,
    RegisterConsumer,
    ReleaseReservation,
    RequestSpot,
    ScheduleMaintenance,
    StopSpot,
)
from marketplace.domain.consumer import Consumer
from marketplace.domain.credit_line import CreditLine, CreditLineRequest
from marketplace.domain.credit_line_command import CloseCreditLine, SetCreditLine
from marketplace.domain.credit_transfer import CreditTransfer, CreditTransferRequest
from marketplace.domain.credit_transfer_command import AcceptTransfer, ProposeTransfer
from marketplace.domain.cycle import Cycle
from marketplace.domain.event.audience import Reader
from marketplace.domain.forward_floor import Floors
from marketplace.domain.grant import Grant, GrantRequest
from marketplace.domain.grant_schedule import ScheduleRequest, ScheduleTerms
from marketplace.domain.grant_schedule_command import ScheduleGrants
from marketplace.domain.indicative import Indicative
from marketplace.domain.month import MonthClose
from marketplace.domain.month_command import CloseMonth
from marketplace.domain.order import Option, Order, OrderRequest
from marketplace.domain.override import Override, OverrideRequest
from marketplace.domain.period import Period
from marketplace.domain.proposal import Proposal, ProposalRequest
from marketplace.domain.recurrence import Recurrence
from marketplace.domain.reservation import EVERYTHING, Part, Release, Reservation
from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.domain.take_command import ExtendReservation, TakeNow
from marketplace.domain.taking import Extended, Longer, Taken, TakingRequest
from marketplace.domain.team import Member, Team
from marketplace.domain.team import Role as TeamRole
from marketplace.domain.tick import Ticked
from marketplace.domain.token import Token, TokenKind, TokenRequest, read_role, sha256_of
from marketplace.domain.transfer import EXPIRED
from marketplace.errors import MarketError
from marketplace.rules import Change, MarketRules
from marketplace.services import clearing, clock, market
from marketplace.services import recurrence as recurrences
from marketplace.services.runner import Runner
from marketplace.store import ledger as ledger_store
from marketplace.store.engine import Store

ROOT = Actor.operator("tester")
PLATFORM = Actor.person("pat", Standing(Role.PLATFORM))
FINANCE = Actor.person("fin", Standing(Role.FINANCE))
SECOND = Actor.person("sam", Standing(Role.FINANCE))
"""Another person of finance."""
ADMIN = Actor.person("adm", Standing(Role.ADMIN))


def member(*teams: str) -> Actor:
    """Somebody in those teams."""
    return Actor.person("mem", *(Standing(Role.MEMBER, team) for team in dict.fromkeys(teams)))


def initialise(store: Store, rules: MarketRules, now: datetime) -> MarketRules:
    Runner.open_market(store, rules, by=ROOT, at=now, secret=b"a market of the tests")
    return market.now_showing(store)[0]


def adopt(store: Store, now: datetime, *changes: Change) -> MarketRules:
    return Runner(store).run(AdoptRules(changes), by=PLATFORM, at=now).rules


def propose(store: Store, id_: str, now: datetime, *changes: Change) -> Proposal:
    request = ProposalRequest(id=id_, changes=changes, reason="for a test")
    return Runner(store).run(ProposeRules(request), by=PLATFORM, at=now)


def enrol(store: Store, teams: Sequence[Team]) -> list[Team]:
    at = teams[0].created_at
    return list(Runner(store).run(EnrolTeams(tuple(teams)), by=ADMIN, at=at))


def put_member(store: Store, member: Member, now: datetime) -> Member:
    return Runner(store).run(PutMember(member), by=ADMIN, at=now)


def open_pools(store: Store, pools: Sequence[Pool], windows: Sequence[Window]) -> list[Pool]:
    command = OpenPools(tuple(pools), tuple(windows))
    return list(Runner(store).run(command, by=PLATFORM, at=pools[0].created_at))


def add_windows(store: Store, windows: Sequence[Window], now: datetime) -> list[Window]:
    return list(Runner(store).run(AddWindows(tuple(windows)), by=PLATFORM, at=now))


def recur(store: Store, recurrence: Recurrence, now: datetime) -> list[Window]:
    command = recurrences.adding(store, recurrence)
    return list(Runner(store).run(command, by=PLATFORM, at=now))


def schedule_maintenance(
    store: Store, maintenance: Maintenance, now: datetime
) -> list[Reservation]:
    return list(Runner(store).run(ScheduleMaintenance(maintenance), by=PLATFORM, at=now))


def cancel_maintenance(store: Store, id_: str, now: datetime) -> Maintenance:
    return Runner(store).run(CancelMaintenance(id_), by=PLATFORM, at=now)


def override(
    store: Store, request: OverrideRequest, now: datetime
) -> tuple[Override, tuple[Reservation, ...]]:
    return Runner(store).run(OverrideWindows(request), by=PLATFORM, at=now)


def cancel_override(
    store: Store, id_: str, now: datetime
) -> tuple[Override, tuple[Reservation, ...]]:
    return Runner(store).run(CancelOverride(id_), by=PLATFORM, at=now)


def grant(store: Store, grants: Sequence[Grant], now: datetime) -> list[Grant]:
    asked = tuple(asked_for(one) for one in grants)
    return list(Runner(store).run(GiveGrants(asked), by=FINANCE, at=now))


def transfer(store: Store, team: str, receiver: str, amount_ucr: int, now: datetime) -> str:
    """Propose a transfer; its id."""
    asked = CreditTransferRequest(
        team=team, receiver=receiver, amount_ucr=amount_ucr, reason="they help us"
    )
    return Runner(store).run(ProposeTransfer(asked), by=FINANCE, at=now).id


def accept(store: Store, transfer_id: str, receiver: str, now: datetime) -> CreditTransfer:
    """As its receiver's lead."""
    lead = Actor.member("lee", receiver, TeamRole.LEAD)
    return Runner(store).run(AcceptTransfer(transfer_id), by=lead, at=now)


def schedule(store: Store, team: str, amount_ucr: int, now: datetime, id_: str = "") -> str:
    """Give a team credits each month; the schedule's id."""
    asked = ScheduleRequest(
        id=id_, team=team, every=Period.MONTH, terms=ScheduleTerms(amount_ucr=amount_ucr)
    )
    return Runner(store).run(ScheduleGrants(asked), by=FINANCE, at=now).id


def credit_line(
    store: Store, team: str, limit_ucr: int, now: datetime, end: datetime | None = None
) -> str:
    """Let a team draw credits; the line's id."""
    asked = CreditLineRequest(team=team, limit_ucr=limit_ucr, reason="a late grant", end=end)
    return Runner(store).run(SetCreditLine(asked), by=FINANCE, at=now).id


def close_line(store: Store, line: str, now: datetime) -> CreditLine:
    """Let nothing more be drawn of a line."""
    return Runner(store).run(CloseCreditLine(line, "over"), by=FINANCE, at=now)


def asked_for(grant: Grant) -> GrantRequest:
    """What makes that grant, at its own time."""
    return GrantRequest(
        team=grant.team,
        amount_ucr=grant.amount_ucr,
        end=grant.end,
        start=grant.start,
        purpose=grant.purpose,
        id=grant.id,
        expiry=grant.expiry,
    )


def propose_adjustment(store: Store, team: str, amount_ucr: int, now: datetime) -> Adjustment:
    line = AdjustmentLine(team=team, amount_ucr=amount_ucr)
    request = AdjustmentRequest(lines=(line,), reason="for a test")
    return Runner(store).run(ProposeAdjustment(request), by=FINANCE, at=now)


def approve_adjustment(store: Store, id_: str, now: datetime) -> Adjustment:
    return Runner(store).run(ApproveAdjustment(id_), by=SECOND, at=now)


def close_month(store: Store, month: str, now: datetime, by: Actor = FINANCE) -> MonthClose:
    return Runner(store).run(CloseMonth(month), by=by, at=now)


def make_token(
    store: Store,
    person: str,
    text: str,
    now: datetime,
    *roles: str,
    by: Actor = ROOT,
    kind: str = "bearer",
    days: int = 1,
) -> Token:
    """A token for a day, or more, by its secret text."""
    request = TokenRequest(
        person=person,
        standings=tuple(read_role(role) for role in roles),
        secret_sha256=sha256_of(text),
        expires_at=now + timedelta(days=days),
        kind=TokenKind(kind),
    )
    return Runner(store).run(MakeToken(request), by=ROOT, at=now)


def register(store: Store, name: str, reader: Reader, now: datetime, by: Actor = ROOT) -> Consumer:
    return Runner(store).run(RegisterConsumer(name, reader), by=by, at=now)


def expire(store: Store, now: datetime) -> int:
    """How many micro-credits expire when the clock passes."""
    before = _expired_ucr(store)
    advance(store, now)
    return _expired_ucr(store) - before


def _expired_ucr(store: Store) -> int:
    with store.read() as tx:
        return ledger_store.balances_of(tx, [EXPIRED]).get(EXPIRED, 0)


def advance(store: Store, now: datetime) -> list[Reservation]:
    return list(Runner(store).run(Advance(), by=CLOCK, at=now))


def place(
    store: Store, requests: Sequence[OrderRequest], now: datetime
) -> list[Order | MarketError]:
    by = member(*(request.team for request in requests))
    return Runner(store).run_all([PlaceOrder(request) for request in requests], by=by, at=now)


def amend(
    store: Store, id_: str, options: tuple[Option, ...], now: datetime, *, team: str
) -> Order:
    return Runner(store).run(AmendOrder(id_, options), by=member(team), at=now)


def cancel(store: Store, ids: Sequence[str], now: datetime, *, team: str) -> list[Order]:
    return list(Runner(store).run(CancelOrders(tuple(ids)), by=member(team), at=now))


def release(
    store: Store, id_: str, now: datetime, *, team: str, part: Part = EVERYTHING
) -> tuple[Reservation, Release]:
    return Runner(store).run(ReleaseReservation(id_, part), by=member(team), at=now)


def take(store: Store, request: TakingRequest, now: datetime) -> Taken:
    return Runner(store).run(TakeNow(request), by=member(request.team), at=now)


def extend(
    store: Store, id_: str, longer: Longer, now: datetime, *, team: str, key: str = ""
) -> Extended:
    command = ExtendReservation(id_, longer)
    return Runner(store).run(command, by=member(team), at=now, key=key)


def ask(store: Store, asked: Sequence[SpotTerms], now: datetime) -> list[SpotRequest | MarketError]:
    by = member(*(terms.team for terms in asked))
    return Runner(store).run_all([RequestSpot(terms) for terms in asked], by=by, at=now)


def raise_limit(store: Store, id_: str, limit_ucr: int, now: datetime, *, team: str) -> SpotRequest:
    return Runner(store).run(ChangeSpotLimit(id_, limit_ucr), by=member(team), at=now)


def stop(store: Store, ids: Sequence[str], now: datetime, *, team: str) -> list[SpotRequest]:
    return list(Runner(store).run(StopSpot(tuple(ids)), by=member(team), at=now))


def tick(store: Store, now: datetime) -> Ticked | None:
    return clock.run_tick(Runner(store), now)


def floors(store: Store, now: datetime) -> Floors | None:
    return clock.make_floors(Runner(store), now)


def indicate(store: Store, now: datetime) -> Indicative | None:
    return clock.indicate(Runner(store), now)


def run(
    store: Store,
    now: datetime,
    salt: bytes,
    *,
    early: bool = False,
    stop: clearing.Stop = clearing.never,
) -> clock.Run:
    return clock.run_cycle(Runner(store), now, salt, early=early, stop=stop)


def finish(store: Store, cycle: Cycle, now: datetime) -> tuple[Cycle, bool]:
    """Clear and settle a cycle that is closed."""
    done = clock._finish(Runner(store), cycle, now, CLOCK, clearing.never, clearing.attempt)
    return done.cycle, done.settled_here


def freeze(store: Store, now: datetime, salt: bytes, *, early: bool = False) -> Cycle:
    return Runner(store).run(CloseCycle(early), by=CLOCK, at=now, secret=salt)


def record(store: Store, cycle: Cycle, outcome: Outcome, now: datetime) -> None:
    clock.record(Runner(store), cycle, outcome, now, CLOCK)


def settle(store: Store, number: int, now: datetime) -> tuple[Cycle, bool]:
    done = Runner(store).run(SettleCycle(number), by=CLOCK, at=now)
    return done.cycle, done.here


def fail(store: Store, cycle: Cycle, reason: str, now: datetime) -> tuple[Cycle, bool]:
    done = Runner(store).run(FailCycle(cycle.number, reason), by=CLOCK, at=now)
    return done.cycle, done.here
