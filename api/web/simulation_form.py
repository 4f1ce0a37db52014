"""What somebody asks to be tried, as they typed it: on which demand, how often, and which rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from subprocess import SubprocessError
from typing import Final

from api.simulations.asked import PAST, PAST_DAYS, Asked
from api.simulations.scenarios import scenarios
from api.web.operating import Filled
from api.web.rule_words import Rule, rules_of, shown
from api.web.typed import whole
from api.web.visitor import Visitor
from marketplace.domain.proposal import Proposal, ProposalState
from marketplace.errors import BadField
from marketplace.rules import MarketRules, amended
from marketplace.services import rules as service

SEEDS: Final = (3, 5, 10, 20)
"""How often: below three nothing can be claimed."""
TYPED: Final = ""
"""The changes that are typed, and no proposal's."""

PAST_TITLE: Final = f"This market's last {PAST_DAYS} days"
TRIED: Final = (
    *("payment_rule", "reserved_share_ppm", "work", "cycle_minutes", "lead_minutes"),
    *("horizon_hours", "spot_buffer_ppm", "spot_target_ppm", "spot_step_ppm", "spot_cap_multiple"),
)
"""Rules that a simulation tells apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A rule that is other."""

    rule: str
    before: str
    after: str


def sources() -> dict[str, str]:
    """On which demand rules can be tried: the market's own past alone, where the program does not
    list its scenarios."""
    try:
        return {PAST: PAST_TITLE, **scenarios()}
    except (OSError, ValueError, SubprocessError):
        return {PAST: PAST_TITLE}


def tried(rules: MarketRules) -> tuple[Rule, ...]:
    """The rules that the form offers to be changed."""
    found = {one.name: one for one in rules_of(rules)}
    return tuple(found[name] for name in TRIED if not found[name].stays)


def open_proposals(seen: Visitor, version: int) -> dict[str, Proposal]:
    """What is proposed and may still be adopted in the place of that version, by its name."""
    found = service.proposals(seen.caller.market.store, limit=100).items
    return {
        one.id: one
        for one in found
        if one.state is ProposalState.OPEN and one.request.seen == version
    }


def asked_of(seen: Visitor, form: Mapping[str, str], filled: Filled) -> Asked:
    """What the form asks for. Raises ``BadField`` for what cannot be tried."""
    newest, now = service.standing(seen.caller.market.store).newest.rules, seen.caller.now
    source, against, known = form.get("source", ""), form.get("against", TYPED), sources()
    seeds = whole(form.get("seeds", ""))
    if source not in known:
        raise BadField("source", source, "not-one-of", {"choices": ", ".join(known)})
    if seeds not in SEEDS or isinstance(seeds, str):
        raise BadField("seeds", seeds, "not-one-of", {"choices": ", ".join(map(str, SEEDS))})
    if against == TYPED:
        changes = _typed(newest, form)
    else:
        proposals = open_proposals(seen, newest.version)
        if against not in proposals:
            raise BadField(
                "against",
                against,
                "not-one-of",
                {"choices": ", ".join(proposals) or "rules that are typed"},
            )
        changes = dict(proposals[against].request.changes)
    amended(newest, changes.items())
    document = newest.document()
    document.pop("version")
    midnight = datetime.combine(now.date(), time(), now.tzinfo)
    return Asked(
        key=f"{seen.caller.actor.name} {filled.key}",
        by=seen.person,
        at=now.isoformat(),
        source=source,
        title=known[source],
        seeds=seeds,
        version=newest.version,
        rules=document,
        changes=changes,
        proposal=against,
        until=midnight.isoformat(),
    )


def _typed(newest: MarketRules, form: Mapping[str, str]) -> dict[str, int | str]:
    found: dict[str, int | str] = {}
    for rule in tried(newest):
        text = form.get(rule.name, str(rule.value))
        typed = whole(text) if rule.number else text.strip()
        if typed != rule.value:
            found[rule.name] = typed
    return found


def changes_of(asked: Asked) -> list[Change]:
    """What is other in the rules that are tried, for people."""
    return [
        Change(rule=name, before=shown(name, asked.rules[name]), after=shown(name, value))
        for name, value in sorted(asked.changes.items())
        if name in asked.rules
    ]
