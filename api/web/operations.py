"""Operations: is the market well? Its clock, its cycles, its ticks, its outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Response

from api.operations.scrape import late_s
from api.web.clearings import Told, told
from api.web.operating import HERE, may_audit, tabbed
from api.web.refusals import Page
from api.web.visitor import Seen, Visitor
from marketplace.domain.cycle import CycleState
from marketplace.services import clock, lease, market
from marketplace.services import cycle as cycles
from marketplace.services.figures import figures

router: Final = APIRouter(include_in_schema=False, route_class=Page)
CYCLES: Final = 8
ON_TIME_S: Final = 30.0
"""A clock looks every few seconds; a cycle's clearing may take it longer."""

DUE: Final = {
    "time": "a start, an end or an expiry",
    "tick": "a tick of spot",
    "indicative": "indicative prices",
    "cycle": "a cycle's closing",
}
"""What falls due, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Who leads the clock, nobody where ``leader`` is empty; how long the first thing that is due
    has waited; and what falls due next, the soonest first."""

    leader: str
    fence: int
    late: timedelta
    dues: tuple[tuple[datetime, str], ...]

    @property
    def on_time(self) -> bool:
        """Whether somebody leads it and nothing waits."""
        return bool(self.leader) and self.late.total_seconds() < ON_TIME_S


@router.get(HERE)
def operations(seen: Seen) -> Response:
    """How the clock, the cycles, the ticks and the outbox do."""
    who, store = seen.caller, seen.caller.market.store
    rules, _ = market.now_showing(store)
    found = figures(store, who.now)
    history = told(who, cycles.listed(store, limit=CYCLES).items)
    this = clock_of(seen)
    facts: dict[str, Any] = {
        "sentence": sentence(this, history, [one.spot.at for one in found.pools if one.spot]),
        "clock": this,
        "due": DUE,
        "lag": lag,
        "rules": rules,
        "history": history,
        "pools": found.pools,
        "behind": found.behind if may_audit(seen) else None,
    }
    return tabbed(seen, HERE, "operations.html", facts)


def clock_of(seen: Visitor) -> Clock:
    """How the clock does, at the time of the request."""
    served, now = seen.caller.market, seen.caller.now
    held = lease.held(served.store)
    leads = held is not None and held.until > now
    return Clock(
        leader=held.holder if held and leads else "",
        fence=held.fence if held else 0,
        late=timedelta(seconds=late_s(served, now)),
        dues=tuple((one.at, one.what) for one in clock.next_due(served.store)),
    )


def sentence(this: Clock, history: Sequence[Told], ticks: Sequence[datetime]) -> str:
    """Whether the market is well, and what is not."""
    said = [f"cycle {one.cycle.number} failed" for one in _ended(history) if _failed(one)]
    if not this.leader:
        said.append("nobody leads the clock: nothing is decided until a server runs")
    elif not this.on_time:
        said.append(f"the clock is {lag(this.late)} behind")
    if not said:
        said = ["the market is well: the clock is on time"]
        said += [_settled(one) for one in _ended(history)]
        said += [f"the last tick was at {max(ticks):%H:%M} UTC"] if ticks else []
    line = "; ".join(said)
    return line[:1].upper() + line[1:]


def _ended(history: Sequence[Told]) -> list[Told]:
    """The newest cycle that has ended, if any has."""
    ended = (CycleState.SETTLED, CycleState.FAILED)
    return [one for one in history if one.cycle.state in ended][:1]


def _failed(one: Told) -> bool:
    return one.cycle.state is CycleState.FAILED


def _settled(one: Told) -> str:
    if one.took is None or one.clearing is None:
        return f"cycle {one.cycle.number} is settled"
    return f"cycle {one.cycle.number} settled {lag(one.took)} after it closed"


def lag(time: timedelta) -> str:
    """How long, as short as it may be said.

    >>> lag(timedelta(seconds=0.4)), lag(timedelta(seconds=90)), lag(timedelta(hours=30))
    ('0 s', '90 s', '30 h')
    """
    seconds = int(time.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
