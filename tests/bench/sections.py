"""What is measured: one section for each promise, in two sizes, full and quick."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tests.bench import (
    export,
    finance,
    firsts,
    journal,
    large,
    notices,
    policies,
    proving,
    racing,
    raises,
    replay,
    scale,
    service,
    simulation,
    spot,
    statements,
    web,
)
from tests.bench.cells import Bench
from tests.bench.plan import Plan
from tests.bench.rows import Row


@dataclass(frozen=True, slots=True)
class Section:
    """``rows`` yields each row as its figure is known; ``minutes`` says how long it may take."""

    rows: Callable[[Bench, Plan], Iterator[Row]]
    promise: str
    minutes: str


SECTIONS: Final[dict[str, Section]] = {
    "start-up": Section(scale.start_up, "ten bids, the whole process, warm caches", "1"),
    "first-minutes": Section(
        firsts.rows, "the demo to its report, and `serve --demo` to its first answer", "4"
    ),
    "exact-300": Section(
        proving.exact_300, "300 bids: time to an optimum proven to 1e-4", "20 to 60"
    ),
    "surplus-2000": Section(
        racing.surplus_2000, "2,000 bids in 10 s against the best peer's best of three", "60 to 75"
    ),
    "long-2000": Section(
        racing.long_2000, "2,000 bids in 10 s against stored runs of 600 s", "5, or 400 with --long"
    ),
    "scarce-2000": Section(
        racing.scarce, "bids that need many things at once, or few for long: 10 s", "60"
    ),
    "default-work": Section(
        racing.default_work, "up to 2,000 bids at the default work: two minutes at most", "15"
    ),
    "gap-20000": Section(scale.gap_20000, "20,000 bids in 30 s: the gap proven by prices", "10"),
    "week-100000": Section(
        scale.week_100000, "100,000 bids: time and memory to a gap of 4 %", "15 to 30"
    ),
    "scaling": Section(
        scale.scaling, "every k-th bid of 100,000: time to 98 % of the surplus of 120 s", "60"
    ),
    "explain": Section(
        raises.explained, "what explain tells twenty losers, bid and cleared again", "5"
    ),
    "block": Section(racing.block, "the GPU-block auction: share of the LP bound in 60 s", "6"),
    "combinatorial": Section(
        proving.combinatorial,
        "combinatorial auctions of 100 goods: time to the optimum",
        "30 to 90",
    ),
    "journal": Section(
        journal.rows, "groups of commands, large markets, and the proof of all rows", "10"
    ),
    "export": Section(export.rows, "the bill of a month of many rows, and its memory", "1"),
    "finance": Section(
        finance.rows, "closed months and statements of many transfers, proved again", "2"
    ),
    "service": Section(service.rows, "orders and reads over HTTP beside a bare route", "1"),
    "service-postgresql": Section(service.on_postgresql, "the same on PostgreSQL", "1"),
    "service-large": Section(
        large.rows, "a team's reads over HTTP in a market of a million orders", "10"
    ),
    "service-clearing": Section(
        service.beside_clearing, "orders over HTTP while 20,000 bids clear beside them", "5"
    ),
    "statements": Section(
        statements.rows, "a statement of 100,000 lines: its first page, and all of it as CSV", "1"
    ),
    "web": Section(web.rows, "the pages' budgets: weight, time, shift, news, the server", "10"),
    "policies": Section(
        policies.rows, "the market beside other ways to share, on paired seeds of three traces", "8"
    ),
    "simulation": Section(
        simulation.rows,
        "orders a second beside other simulators, 32 runs by two processes, a whole trace",
        "25",
    ),
    "spot-prices": Section(
        spot.prices, "spot controllers: steps of demand, and how often a tick is full", "1"
    ),
    "spot-notices": Section(
        notices.rows, "interruptions by price, and those that brought nobody in", "1"
    ),
    "spot-replay": Section(
        replay.rows, "our spot price on the demand behind a real history of prices", "1"
    ),
    "spot-ticks": Section(spot.ticks, "a tick of a large spot market, and 5,000 ticks", "5"),
    "spot-waits": Section(spot.waits, "how long others wait while hours are posted", "1"),
}
"""In the order in which they run."""
