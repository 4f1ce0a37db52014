"""The decision policy in words: what a version holds, and what its parts are about, alike in
terminals and on pages."""

from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace.words import credits_text
from pricing.units import ucr_from_credits

if TYPE_CHECKING:
    from api.wire.policy import Limit, LimitUse, PolicyVersion, Tier


def in_short(told: "PolicyVersion") -> str:
    """What a policy holds, in a few words."""
    counts = {
        "tier": len(told.tiers),
        "cap": len(told.caps),
        "restricted pool": len(told.restrictions),
        "spending limit": len(told.limits),
        "alert": len(told.alerts),
    }
    parts = [f"{n} {noun}{'s' if n != 1 else ''}" for noun, n in counts.items() if n]
    return ", ".join(parts) or "every order passes at once"


def amounts(tier: "Tier") -> str:
    """The orders that a tier is about, by what they hold."""
    if not tier.at_least and tier.below is None:
        return "any amount"
    least = _credits(tier.at_least)
    return f"{least} and more" if tier.below is None else f"{least} to below {_credits(tier.below)}"


def scope(tier: "Tier") -> str:
    """Which orders a tier is about."""
    kinds = {
        "": tier.pools,
        "theme ": tier.themes,
        "project ": tier.projects,
        "label ": tier.labels,
    }
    named = [f"{kind}{', '.join(names)}" for kind, names in kinds.items() if names]
    return "; ".join(named) or "all orders"


def whose(limit: "Limit") -> str:
    """The team, project or theme that a spending limit is about."""
    if limit.theme:
        return f"theme {limit.theme}"
    return limit.team or f"project {limit.project}"


def filled(one: "LimitUse") -> float:
    """The part of a spending limit that is spent or held: beyond one where it is passed."""
    taken = one.spent_credits + one.held_credits
    return float(taken / one.credits) if one.credits else float(taken > 0)


def _credits(amount: Decimal) -> str:
    return credits_text(ucr_from_credits(amount))
