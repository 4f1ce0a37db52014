"""A market in which everything happens at least once: each command, and each kind of event."""

from dataclasses import replace
from datetime import datetime, timedelta

from marketplace.domain.actor import CLOCK, Actor, Standing
from marketplace.domain.actor import Role as ActorRole
from marketplace.domain.adjustment_command import RefuseAdjustment, WithdrawAdjustment
from marketplace.domain.alert import AlertKind, AlertRule
from marketplace.domain.approval import DelegationRequest
from marketplace.domain.approval_command import (
    AdoptPolicy,
    ApproveOrder,
    Delegate,
    EndDelegation,
    RefuseOrder,
)
from marketplace.domain.capacity import PoolChange
from marketplace.domain.clock_command import FailCycle, PruneEvents
from marketplace.domain.command import (
    AdoptProposal,
    ChangePool,
    CorrectGrant,
    EndWindow,
    ExchangeToken,
    GiveGrants,
    MakeToken,
    RemoveConsumer,
    RemoveMember,
    RevokeGrant,
    RevokeToken,
    SetClock,
    WithdrawProposal,
)
from marketplace.domain.credit_line import CreditLineChange
from marketplace.domain.credit_line_command import ChangeCreditLine, CloseCreditLine
from marketplace.domain.credit_transfer_command import RefuseTransfer, WithdrawTransfer
from marketplace.domain.event.audience import Circle, Reader
from marketplace.domain.event.wire import Told
from marketplace.domain.expiry import Expiry, ExpiryRule
from marketplace.domain.failure import OnFailure
from marketplace.domain.grant import Grant, GrantCorrection, GrantRequest
from marketplace.domain.grant_schedule import ScheduleChange
from marketplace.domain.grant_schedule_command import ChangeSchedule, EndSchedule
from marketplace.domain.guarantee import Guarantee, Kind
from marketplace.domain.limit import Limit
from marketplace.domain.override import OverrideRequest
from marketplace.domain.page import LIMIT_MAX, every
from marketplace.domain.policy import Need, Policy, Tier
from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.domain.taking import Longer, TakingRequest
from marketplace.domain.team import Member, Role
from marketplace.domain.theme import Theme, Themes
from marketplace.domain.theme_command import AdoptThemes
from marketplace.domain.token import TokenKind, TokenRequest, sha256_of, token_id
from marketplace.domain.transfer import Tags
from marketplace.domain.usage import MICRO, Spell
from marketplace.domain.usage_command import ImportUsage
from marketplace.rules import PPM
from marketplace.services import event, reservation
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import grounds, hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    SALT,
    START,
    leg,
    maintain,
    open_market,
    option,
    placed,
    request,
    run,
    window,
)

TICK = timedelta(minutes=5)
END = NOW + 40 * DAY
"""When all of it is old enough to be pruned."""


def told(store: Store, *readers: Reader, kind: str = "") -> list[Told]:
    """All that those readers may read, of one kind or of all."""
    found: list[Told] = []
    while more := event.after(store, readers, found[-1].id if found else 0, LIMIT_MAX):
        found += more
    return [one for one in found if kind in ("", one.event.kind)]


def everything() -> Store:
    """All that can happen, but for its pruning: see ``prune``."""
    return grounds.like("everything", _happens)


def _happens(store: Store) -> None:
    open_market(store, credit=300)
    hands.put_member(store, Member(team="nlp", person="ada", role=Role.LEAD), NOW)
    Runner(store).run(SetClock(NOW, "was fast"), by=hands.ROOT, at=NOW)
    hands.adopt(store, NOW, ("work", 3_000), ("forward_floor_ppm", 500_000))
    for name, end in (("out", WithdrawProposal("out")), ("in", AdoptProposal("in"))):
        hands.propose(store, name, NOW, ("work", 2_500))
        Runner(store).run(end, by=hands.PLATFORM, at=NOW)
    change = PoolChange(from_cycle=2, reserve_price_ucr=CREDIT // 5)
    Runner(store).run(ChangePool("a100", change, "power is dear"), by=hands.PLATFORM, at=NOW)
    _, more = hands.add_windows(store, [window("a100", 1), window("h100", 8)], NOW)
    Runner(store).run(EndWindow(more.id, "added twice"), by=hands.PLATFORM, at=NOW)
    asked = OverrideRequest(
        pool="a100", start=NOW + 30 * DAY, end=NOW + 31 * DAY, quantity=0, reason="holidays"
    )
    hands.cancel_override(store, hands.override(store, asked, NOW)[0].id, NOW)
    hands.register(store, "gone", Circle.EVERYBODY, NOW)
    Runner(store).run(RemoveConsumer("gone"), by=hands.ROOT, at=NOW)
    hands.grant(store, [_short_grant(), replace(_short_grant(), id="slip")], NOW)
    correction = GrantCorrection(reason="a slip", amount_ucr=2 * CREDIT)
    Runner(store).run(CorrectGrant("slip", correction), by=hands.FINANCE, at=NOW)
    Runner(store).run(RevokeGrant("slip", "given twice"), by=hands.FINANCE, at=NOW)
    hands.accept(store, hands.transfer(store, "nlp", "rl", CREDIT, NOW), "rl", NOW)
    _unanswered(store)
    _by_schedule(store)
    _by_line(store)
    _by_their_rules(store)
    _tokens(store)
    decided(store, NOW)
    _at_once(store)
    _spot(store)
    _reserved(store)
    Runner(store).run(AdoptPolicy(Policy()), by=hands.FINANCE, at=START + HOUR)
    hands.freeze(store, CLOSE + DAY, SALT)
    Runner(store).run(FailCycle(2, "nobody could clear it"), by=CLOCK, at=CLOSE + DAY)
    _recalled(store)
    hands.advance(store, END - DAY)
    hands.run(store, END - DAY, SALT)
    measure(store, END - DAY)
    ids = [hands.propose_adjustment(store, "nlp", CREDIT, END - DAY).id for _ in range(3)]
    hands.approve_adjustment(store, ids[0], END - DAY)
    Runner(store).run(RefuseAdjustment(ids[1], "no"), by=hands.SECOND, at=END - DAY)
    Runner(store).run(WithdrawAdjustment(ids[2]), by=hands.FINANCE, at=END - DAY)
    hands.close_month(store, "2026-11", END - DAY)


def _recalled(store: Store) -> None:
    """A time-box is bought back, for somebody who wants all that there is."""
    placed(store, request("rl", "all", option(50, 70, 70, leg("a100", 5, 1))), now=CLOSE + DAY)
    hands.run(store, CLOSE + DAY + HOUR, SALT, early=True)


def prune(store: Store) -> int:
    """Let what is old enough at the end go; how many events."""
    through = event.prunable(store, END)
    assert through is not None
    return Runner(store).run(PruneEvents(through), by=CLOCK, at=END)


def _tokens(store: Store) -> None:
    """A link is made and used, and what it gave is revoked; somebody leaves a team, with a role in
    another."""
    hands.put_member(store, Member(team="nlp", person="bob", role=Role.MEMBER), NOW)
    hands.make_token(store, "bob", "gpm_bob", NOW, "member:nlp", "member:rl")
    Runner(store).run(RemoveMember("nlp", "bob"), by=hands.ROOT, at=NOW)
    by, until = hands.ROOT, NOW + HOUR
    request = TokenRequest(
        person="ada",
        standings=(Standing(ActorRole.LEAD, "nlp"),),
        secret_sha256=sha256_of("link"),
        expires_at=until,
        kind=TokenKind.SIGN_IN,
    )
    runner = Runner(store)
    link = runner.run(MakeToken(request), by=by, at=NOW)
    exchange = ExchangeToken(sha256_of("link"), sha256_of("token"), until)
    runner.run(exchange, by=link.actor, at=NOW)
    runner.run(RevokeToken(token_id(sha256_of("token"))), by=by, at=NOW)


def measure(store: Store, at: datetime) -> None:
    """Half a unit of a time-box was busy in an hour in which it had units."""
    boxes = every(reservation.listed, store)
    box, k = next(
        (one, k)
        for one in boxes
        for k, units in enumerate(one.units)
        if units and one.start + (k + 1) * HOUR <= at
    )
    spell = Spell(box.id, box.start + k * HOUR, box.start + (k + 1) * HOUR, MICRO // 2)
    Runner(store).run(ImportUsage((spell,)), by=hands.PLATFORM, at=at)


def decided(store: Store, at: datetime) -> None:
    """An order waits for two words, gets one and is refused; a say is lent and taken back."""
    tier = Tier(name="risky", needs=(Need.LEAD, Need.FINANCE), themes=("risky",))
    runner, lead = Runner(store), Actor.person("lea", Standing(ActorRole.LEAD, "vision"))
    limit = Limit(theme="quality", credits_ucr=1_000 * CREDIT)
    alerts = (
        AlertRule(name="low", on=AlertKind.FREE, share_ppm=PPM, team="nlp"),
        AlertRule(name="spent", on=AlertKind.SPEND, share_ppm=1),
    )
    policy = Policy(tiers=(tier,), limits=(limit,), alerts=alerts)
    runner.run(AdoptPolicy(policy), by=hands.FINANCE, at=at)
    meant = Theme(name="risky", share_ppm=100_000, start=at, end=at + DAY)
    themes = Themes(start=at, end=at + DAY, themes=(meant,))
    runner.run(AdoptThemes(themes), by=hands.FINANCE, at=at)
    asked = replace(request("vision", "risky", option(2, 60)), tags=Tags(theme="risky"))
    [waits] = placed(store, asked, now=at)
    lent = DelegationRequest(role=Need.LEAD, to="ann", start=at, end=at + DAY, team="vision")
    say = runner.run(Delegate(lent), by=lead, at=at)
    runner.run(ApproveOrder(waits.id), by=lead, at=at)
    runner.run(RefuseOrder(waits.id, "not this quarter"), by=hands.FINANCE, at=at)
    runner.run(EndDelegation(say.id), by=lead, at=at)


def _by_their_rules(store: Store) -> None:
    """One grant shrinks to its line of linear use, one is carried over."""
    over = Expiry(rule=ExpiryRule.CARRY_OVER, carry_ucr=CREDIT, carry_days=9)
    for id_, expiry in (("line", Expiry(rule=ExpiryRule.LINEAR)), ("over", over)):
        asked = GrantRequest(
            id=id_, team="vision", amount_ucr=9 * CREDIT, end=NOW + 8 * DAY, expiry=expiry
        )
        Runner(store).run(GiveGrants((asked,)), by=hands.FINANCE, at=NOW)


def _by_schedule(store: Store) -> None:
    """One schedule is changed, and ended."""
    made = hands.schedule(store, "rl", CREDIT, NOW)
    change = ScheduleChange(reason="more work", amount_ucr=2 * CREDIT)
    for command in (ChangeSchedule(made, change), EndSchedule(made, "no more work")):
        Runner(store).run(command, by=hands.FINANCE, at=NOW)


def _by_line(store: Store) -> None:
    """A line is changed, drawn on for an order that is taken back, and closed."""
    line = hands.credit_line(store, "vision", CREDIT, NOW)
    change = CreditLineChange(reason="more work", limit_ucr=900 * CREDIT)
    Runner(store).run(ChangeCreditLine(line, change), by=hands.FINANCE, at=NOW)
    [order] = placed(store, request("vision", "dear", option(400, 40)))
    hands.cancel(store, [order.id], NOW, team="vision")
    Runner(store).run(CloseCreditLine(line, "no more work"), by=hands.FINANCE, at=NOW)


def _unanswered(store: Store) -> None:
    """One transfer is refused, one withdrawn."""
    for number, by in enumerate(("rl", "nlp"), 1):
        id_ = hands.transfer(store, "nlp", "rl", number * CREDIT, NOW)
        end = RefuseTransfer(id_, "no need") if by == "rl" else WithdrawTransfer(id_)
        lead = Actor.member("lee", by, Role.LEAD)
        Runner(store).run(end, by=lead, at=NOW)


def _short_grant() -> Grant:
    return Grant(
        id="short",
        team="rl",
        amount_ucr=CREDIT,
        start=NOW + HOUR,
        end=NOW + 3 * DAY,
        created_at=NOW,
    )


def _at_once(store: Store) -> None:
    """Free time is taken before the next sale, and more of it behind."""
    asked = TakingRequest(team="nlp", key="now", pool="h100", quantity=8, duration=HOUR)
    box = hands.take(store, asked, NOW).reservation
    hands.extend(store, box.id, Longer(duration=HOUR), NOW, team="nlp")


def _spot(store: Store) -> None:
    """One runs, is warned, told to leave and interrupted for another, which pays for its first hour
    and is stopped."""
    _ask(store, "rl", 270_000, NOW)
    for mark in range(2):
        hands.tick(store, NOW + mark * TICK)
    [other] = [_ask(store, "vision", CREDIT // 2, NOW + TICK)]
    hands.raise_limit(store, other.id, CREDIT, NOW + TICK, team="vision")
    for mark in (2, 3, 4, 14):
        hands.tick(store, NOW + mark * TICK)
    hands.stop(store, [other.id], NOW + 14 * TICK, team="vision")


def _ask(store: Store, team: str, limit_ucr: int, now: datetime) -> SpotRequest:
    terms = SpotTerms(team=team, key="s", pool="a100", quantity=5, limit_ucr=limit_ucr)
    [answer] = hands.ask(store, [terms], now)
    assert isinstance(answer, SpotRequest)
    return answer


def _reserved(store: Store) -> None:
    """Orders are filled, lost, amended, cancelled; reservations end, fail, are cut and released."""
    now, cut = NOW + 2 * HOUR, option(90, 8, None, leg(units=16, hours=4))
    placed(
        store,
        replace(request("nlp", "cut", cut), tags=Tags(theme="quality")),
        request("nlp", "ends", option(20, 8, None, leg("a100", 1))),
        request("rl", "fails", option(50, 50, None, leg(units=16))),
        request("rl", "released", option(20, 40)),
        request("rl", "moves", option(20, 60, 66), on_failure=OnFailure.MOVE),
        request("vision", "lost", option(1, 44)),
        replace(
            request("nlp", "back", option(1, 70, 70, leg("a100", 2, 1))),
            guarantee=Guarantee(kind=Kind.RECALLABLE),
        ),
        now=now,
    )
    [out] = placed(store, request("vision", "out", option(2, 44)), now=now)
    hands.amend(store, out.id, (option(3, 44),), now, team="vision")
    hands.cancel(store, [out.id], now, team="vision")
    assert hands.indicate(store, CLOSE - HOUR) is not None
    run(store, CLOSE)
    placed(store, request("vision", "expires", option(2, 25)), now=CLOSE)
    [given] = [one for one in every(reservation.listed, store) if one.start == CLOSE + 40 * HOUR]
    hands.release(store, given.id, CLOSE, team="rl")
    maintain(store, "early", CLOSE + 50 * HOUR, 16, 2)
    maintain(store, "moves", CLOSE + 60 * HOUR, 16, 2)
    maintain(store, "off", CLOSE + 70 * HOUR, 8, 2)
    hands.cancel_maintenance(store, "off", CLOSE)
    maintain(store, "sudden", START + 2 * HOUR, 8, 2, START + HOUR)
