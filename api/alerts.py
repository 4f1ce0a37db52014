"""Alerts in words: what a rule looks at, and what was found, alike in terminals and on pages."""

from decimal import Decimal

from api.wire.alert import Alert, AlertRule
from marketplace.domain.alert import AlertKind
from marketplace.words import zulu
from pricing.shown import ppm_shown


def whose(one: Alert) -> str:
    """The team, project or theme that an alert is about."""
    return one.team or (f"project {one.project}" if one.project else f"theme {one.theme}")


def told(one: Alert) -> str:
    """What was found."""
    amount, whole = _credits(one.credits), _credits(one.of_credits)
    if one.on is AlertKind.SPEND:
        return f"{amount} of {whole} spent, {ppm_shown(one.share_ppm)} or more"
    if one.on is AlertKind.FREE:
        return f"{amount} of {whole} free, less than {ppm_shown(one.share_ppm)}"
    return f"runs out on {one.out_on}: {amount} left, {whole} a day"


def looks_for(rule: AlertRule) -> str:
    """When a rule tells."""
    tag = f"project {rule.project}" if rule.project else f"theme {rule.theme}"
    of = rule.team or (tag if rule.project or rule.theme else "each")
    share = ppm_shown(rule.share_ppm or 0)
    if rule.on is AlertKind.SPEND:
        return f"{of} has spent {share} of a spending limit"
    if rule.on is AlertKind.FREE:
        return f"{of} has less than {share} of what was granted free, once a {rule.period}"
    until = zulu(rule.before) if rule.before else ""
    return f"{of} runs out before {until}, at the pace of late, once a {rule.period}"


def _credits(amount: Decimal) -> str:
    return f"{amount:,.2f}"
