"""Post the hours that spot runs have used, in parts that each take a moment."""

from collections.abc import Sequence
from datetime import datetime

from marketplace.domain.clock_command import BillSpot
from marketplace.domain.event.spot import SpotBilled
from marketplace.domain.journal import Call
from marketplace.domain.spot import SpotRequest
from marketplace.domain.spot_price import HOUR
from marketplace.errors import InsufficientCredits
from marketplace.rules import MarketRules, floor_to
from marketplace.services.market import rules_and_cycle
from marketplace.services.spot_run import Bills
from marketplace.store import spot as spot_store
from marketplace.store.transaction import Tx


def bill(tx: Tx, command: BillSpot, call: Call) -> str:
    """Bill the runs of one part up to now, and roll their holds to the hour's end: those with an
    hour that is over, and those whose holds would be short at the next tick.

    A run whose team cannot hold so much goes on as it is: its hold pays a while longer, and the
    tick that finds it short decides.
    """
    rules, _ = rules_and_cycle(tx)
    hour, short = floor_to(call.at, HOUR), call.at + 2 * rules.tick + rules.notice
    runs = spot_store.to_bill(tx, hour, short, command.after, command.most)
    if not runs:
        return ""
    bills, rolled = Bills.of(tx, runs, call.at), list[SpotRequest]()
    for one in runs:
        until = hold_times(one, call.at, rules)[0]
        try:
            rolled.append(bills.roll(one, call.at, [until]))
        except InsufficientCredits:
            continue
    if rolled:
        bills.events.append(SpotBilled(at=call.at, runs=len(rolled), paid_ucr=bills.paid_ucr))
    bills.write(tx, call.at)
    spot_store.put(tx, rolled)
    return runs[-1].id


def hold_times(one: SpotRequest, now: datetime, rules: MarketRules) -> Sequence[datetime]:
    """Until when a run's next hold should pay, best first: to the hour's end, or at least until a
    notice given at the next tick is over; never less than its minimum runtime protects it."""
    shortest = now + rules.tick + rules.notice
    protected = (one.protected_until() or now) + rules.notice
    hour = floor_to(now, HOUR) + HOUR + rules.tick + rules.notice
    return list(dict.fromkeys(max(each, shortest, protected) for each in (hour, shortest)))
