"""Alerts: look each hour whether a threshold of the policy was passed; tell it once a period."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from marketplace.domain.agenda import of_alerts
from marketplace.domain.alert import (
    AHEAD_MOST,
    Alert,
    AlertKind,
    AlertRule,
    Reading,
    Subject,
    falls_below,
    of_team,
    runs_out,
    spend_passes,
    subject_of,
)
from marketplace.domain.burn import DAY, LATELY, Stock, ahead, daily_ucr
from marketplace.domain.event.alert import AlertRaised, TagAlertRaised
from marketplace.domain.grant import Grant
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.policy import AdoptedPolicy, Policy
from marketplace.domain.statement import Day, days_of
from marketplace.domain.transfer import SECOND
from marketplace.services import limits
from marketplace.services.policy import of_now
from marketplace.store import agenda as agenda_store
from marketplace.store import alert as alert_store
from marketplace.store import event as event_store
from marketplace.store import grant as grant_store
from marketplace.store import ledger as ledger_store
from marketplace.store import team as team_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


def look(tx: Tx, at: datetime) -> None:
    """Raise what is to be told for the first time in its period, and look again in an hour; not
    where the policy in force has no alerts. What happened until ``at`` counts, so the period is the
    one that holds or has just ended."""
    adopted = of_now(tx, at)
    if adopted is None or not adopted.policy.alerts:
        return
    agenda_store.add(tx, of_alerts(at))
    told = alert_store.told(tx, at)
    found = list(_found(tx, adopted.policy, at, told))
    if found:
        _raise(tx, adopted, found, at)


def _raise(tx: Tx, adopted: AdoptedPolicy, found: Sequence[Reading], at: datetime) -> None:
    first = alert_store.next_number(tx)
    alerts = [
        Alert(number=number, reading=reading, policy=adopted.version, raised_at=at)
        for number, reading in enumerate(found, first)
    ]
    alert_store.add(tx, alerts)
    event_store.add(tx, [_event(one) for one in alerts])


def _event(alert: Alert) -> AlertRaised | TagAlertRaised:
    reading, subject = alert.reading, alert.reading.subject
    facts: dict[str, Any] = {
        "at": alert.raised_at,
        "alert": alert.id,
        "rule": subject.rule,
        "on": subject.on.value,
        "policy": alert.policy,
        "since": subject.since,
        "until": subject.until,
        "share_ppm": reading.share_ppm,
        "amount_ucr": reading.amount_ucr,
        "of_ucr": reading.of_ucr,
    }
    if subject.team:
        day = f"{reading.out_on:%Y-%m-%d}" if reading.out_on else ""
        return AlertRaised(**facts, team=subject.team, out_on=day)
    return TagAlertRaised(**facts, project=subject.project, theme=subject.theme)


def _found(tx: Tx, policy: Policy, at: datetime, told: set[Subject]) -> Iterator[Reading]:
    """What passes a threshold and is not told yet, rule by rule."""
    just = at - SECOND
    for rule in policy.alerts:
        if rule.on is AlertKind.SPEND:
            for limit in policy.limits:
                if rule.about(limit) and subject_of(rule, limit, just) not in told:
                    passed = spend_passes(rule, limit, limits.spent(tx, limit, just), just)
                    yield from [passed] if passed else []
            continue
        if rule.on is AlertKind.RUN_OUT and not _may_run_out(rule, at):
            continue
        teams = [rule.team] if rule.team else sorted(team_store.all_of(tx))
        for team in teams:
            subject = of_team(rule, team, just)
            if subject not in told:
                passed = _left(tx, rule, subject, at)
                yield from [passed] if passed else []


def _may_run_out(rule: AlertRule, at: datetime) -> bool:
    """Whether a day is over, by which the pace is told, and the rule's date is not."""
    return at.hour == 0 and rule.before is not None and at < rule.before


def _left(tx: Tx, rule: AlertRule, subject: Subject, at: datetime) -> Reading | None:
    team = subject.team
    known = grant_store.of_teams(tx, [team]).values()
    grants = [one for one in known if not (one.over(at) or one.credit_line)]
    if rule.on is AlertKind.RUN_OUT:
        return _pace(tx, rule, subject, grants, at)
    valid = [one for one in grants if one.valid_at(at)]
    free = ledger_store.balances_of(tx, [one.free for one in valid])
    granted_ucr = sum(one.whole_ucr for one in valid)
    return falls_below(rule, subject, sum(free.values()), granted_ucr)


def _pace(
    tx: Tx, rule: AlertRule, subject: Subject, grants: Sequence[Grant], at: datetime
) -> Reading | None:
    rate_ucr = daily_ucr(_lately(tx, subject.team, at))
    if not rate_ucr or rule.before is None:
        return None
    addresses = [address for one in grants for address in (one.free, one.held)]
    has = ledger_store.balances_of(tx, addresses)
    stocks = [
        Stock(start=one.start, end=one.end, left_ucr=has.get(one.free, 0) + has.get(one.held, 0))
        for one in grants
    ]
    days = min(-(-(rule.before - at) // DAY), AHEAD_MOST)
    left_ucr = sum(one.left_ucr for one in stocks)
    return runs_out(rule, subject, ahead(stocks, rate_ucr, at, days), left_ucr, rate_ucr)


def _lately(tx: Tx, team: str, midnight: datetime) -> list[Day]:
    first = midnight - LATELY * DAY
    return days_of(transfer_store.by_day(tx, team, first, midnight), first, LATELY)


def listed(
    store: Store,
    team: str = "",
    on: AlertKind | None = None,
    *,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[Alert]:
    """Alerts, the newest first: of a team, or all; of one kind, or of all."""
    with store.read() as tx:
        return alert_store.listed(tx, team, on, after=after, limit=limit)


def standing(store: Store, now: datetime, team: str = "") -> list[Alert]:
    """What was told in periods that run still, the newest first: of a team, or all."""
    with store.read() as tx:
        return alert_store.standing(tx, now, team)
