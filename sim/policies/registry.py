"""Every way of sharing by the name that scenario files and the command line call it."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from sim.engine.economy import Sprints
from sim.policies.booking import FirstComeFirstServed, FixedQuotas
from sim.policies.easy import EasyBackfill
from sim.policies.economy import ConstantSupply
from sim.policies.fair_share import FairShare
from sim.policies.karma import Karma
from sim.policies.policy import Policy
from sim.policies.quotas import QueuedQuotas

POLICIES: Final[Mapping[str, Any]] = {
    "fcfs-easy": EasyBackfill,
    "quotas": QueuedQuotas,
    "fair-share": FairShare,
    "karma": Karma,
    "fcfs-booking": FirstComeFirstServed,
    "quotas-booking": FixedQuotas,
}
"""Dataclasses: a policy's settings are its fields, each with a default."""

MARKET: Final = "market"
"""The policy that is the market itself, by its own rules and agents."""

FORESIGHT: Final = "foresight"
"""No way to share: the yardstick that knows all jobs from the start."""

KNOWN: Final = (MARKET, *POLICIES)
"""What a scenario or a command may name."""

ECONOMIES: Final[Mapping[str, Any]] = {"sprints": Sprints, "constant-supply": ConstantSupply}
"""Where a market's credits come from, by name; the same holds of their settings."""


def policy(name: str, **settings: object) -> Policy:
    """The policy of this name, with its defaults where ``settings`` say nothing else.

    Raises ``ValueError`` for another name, or a setting that the policy has not.
    """
    kind = POLICIES.get(name)
    if kind is None:
        raise ValueError(f"{name!r} is no policy; there are {', '.join(POLICIES)}")
    known = [one.name for one in fields(kind) if one.name != "name"]
    for setting in settings:
        if setting not in known:
            has = ", ".join(known) or "none"
            raise ValueError(f"{name!r} has no setting {setting!r}; it has {has}")
    made: Policy = kind(**settings)
    return made
