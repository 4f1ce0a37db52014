"""Time-boxes that a cycle bought back: their teams ask again for the work, while it can be done."""

from typing import Final

from marketplace.domain.event.audience import Circle
from marketplace.domain.event.reservation import ReservationRecalled
from marketplace.domain.page import LIMIT_MAX
from marketplace.services import event
from sim.engine.world import World

KINDS: Final = (ReservationRecalled.kind,)


def ask_again(world: World) -> None:
    """Hand each team the work whose time-boxes the last cycle bought back, as work to ask for; a
    gang once, however many legs it has."""
    orders = dict[str, None]()
    newest = event.newest(world.store)
    while told := event.after(
        world.store, [Circle.OPERATORS], world.recalls_heard, LIMIT_MAX, KINDS
    ):
        world.recalls_heard = told[-1].id
        for one in told:
            assert isinstance(one.event, ReservationRecalled)  # noqa: S101 - asked for no others
            orders[one.event.order] = None
    world.recalls_heard = newest  # or each cycle would look through all events so far
    sale_start = world.rules.sale_start(world.closes_at)
    for order_id in orders:
        if order_id in world.jobs:
            again = world.work[world.jobs[order_id].id].again(sale_start)
            if again is not None:
                world.desks[again.team].arrived.append(again)
