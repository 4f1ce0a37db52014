"""What an organisation has, slot by slot."""

from sim.demand.capacity import capacity_by_slot
from tests.sim.policies.made_jobs import demand_of


def test_maintenance_and_failures_are_taken_off() -> None:
    """Three of four fail in slots 3 and 4, and two are in maintenance in slots 6 to 8."""
    units = capacity_by_slot(demand_of([]).organisation).units
    assert units["gpu"][:10].tolist() == [4, 4, 4, 1, 1, 4, 2, 2, 2, 4]
    assert set(units["old"]) == {3}
