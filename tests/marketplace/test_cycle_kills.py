"""A market that is killed at random moments keeps its books. (The long drill: ``kill_drill``.)"""

from pathlib import Path

import pytest

from tests.marketplace import grounds
from tests.marketplace.kill_drill import drill

pytestmark = pytest.mark.both


@pytest.mark.slow
def test_kills_at_random_moments_lose_no_order_and_make_no_credit(tmp_path: Path) -> None:
    """§7.4, §7.5"""
    done = drill(grounds.here.address(tmp_path), tmp_path, kills=3, seed=3)
    assert done.faults == []
    assert done.kills == 3
    assert len(done.acknowledged) > 10
    assert done.cycles >= done.least_cycles > 1
