"""Alerts: thresholds of spend and of what is left that were passed, and the rules that tell."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from api import alerts as words
from api.rest import alerts as rest
from api.rest import policy
from api.web.finance_desk import ALERTS, check, tabbed
from api.web.refusals import Page
from api.web.visitor import Seen
from api.wire.alert import Alert
from marketplace.domain.alert import AlertKind
from marketplace.errors import BadField
from marketplace.services import alert as service
from marketplace.services import team as team_service

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = ALERTS
ROWS: Final = 30
KINDS: Final = {
    AlertKind.SPEND.value: "spend of a limit",
    AlertKind.FREE.value: "little left free",
    AlertKind.RUN_OUT.value: "running out",
}


@router.get(HERE)
def alerts(seen: Seen, *, team: str = "", on: str = "", after: str = "") -> Response:
    """Alerts, the newest first: all, of a team, or of one kind; and the rules of now."""
    check(seen)
    who, team = seen.caller, team.strip()
    if on and on not in KINDS:
        raise BadField("on", on, "not-one-of", {"choices": tuple(KINDS)})
    kind = AlertKind(on) if on else None
    found = rest.listed(who, team=team, on=kind, after=after, limit=ROWS)
    asked = {name: text for name, text in (("team", team), ("on", on)) if text}
    rules = policy.now(who).now
    standing = [Alert.of(one) for one in service.standing(who.market.store, who.now)]
    teams = team_service.names(who.market.store)
    facts: dict[str, Any] = {
        "sentence": sentence(standing, teams),
        "found": found,
        "words": words,
        "kinds": KINDS,
        "on": on,
        "team": team,
        "teams": teams,
        "here": f"{HERE}?{urlencode(asked)}" if asked else HERE,
        "older": urlencode({**asked, "after": found.next}) if found.next else "",
        "first": not after,
        "now": who.now,
        "policy": rules,
    }
    return tabbed(seen, HERE, "finance_alerts.html", facts)


def sentence(standing: Sequence[Alert], teams: Mapping[str, str]) -> str:
    """How much was told in periods that run still: the newest first. ``teams``: their names."""
    if not standing:
        return "No alert was raised in a period that runs now"
    newest = teams.get(standing[0].team) or words.whose(standing[0])
    if len(standing) == 1:
        return f"One alert was raised in a period that runs now, about {newest}"
    many = len(standing)
    return f"{many} alerts were raised in periods that run now, the newest about {newest}"
