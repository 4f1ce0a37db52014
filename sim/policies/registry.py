"""Every way of sharing by the name that scenario files and the command line call it."""

from collections.abc import Callable, Mapping
from typing import Final

from sim.policies.booking import FirstComeFirstServed, FixedQuotas
from sim.policies.easy import EasyBackfill
from sim.policies.policy import Policy

POLICIES: Final[Mapping[str, Callable[..., Policy]]] = {
    "fcfs-easy": EasyBackfill,
    "fcfs-booking": FirstComeFirstServed,
    "quotas-booking": FixedQuotas,
}
"""The settings of a policy are its fields, each with a default."""


def policy(name: str) -> Policy:
    """The policy of this name, with its defaults. Raises ``ValueError`` for any other."""
    try:
        return POLICIES[name]()
    except KeyError:
        known = ", ".join(POLICIES)
        raise ValueError(f"{name!r} is no policy; there are {known}") from None
