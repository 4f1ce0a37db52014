"""Every policy by name."""

import pytest

from sim.policies.registry import POLICIES, policy


def test_every_name_gives_a_policy_with_a_name_of_its_own() -> None:
    names = [policy(name).name for name in POLICIES]
    assert len(set(names)) == len(POLICIES)


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="'lottery' is no policy; there are fcfs-easy, "):
        policy("lottery")
