"""The kill drill: a market is killed (SIGKILL) at random moments and must never lose its books.

A child lives the market on one database: it places orders of every kind of guarantee and runs
cycles, which move some time-boxes and buy others back (and says so once each is done), cancels,
gives back. The parent waits until so much was said, kills it a moment later,
checks the books, and starts another child on the same database. By hand:
``python -m tests.marketplace.kill_drill --kills 200``, and ``--postgresql``.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from marketplace.domain.cycle import CycleState
from marketplace.domain.guarantee import Guarantee, Kind
from marketplace.domain.order import Leg, Order, OrderRequest, OrderState
from marketplace.domain.page import every
from marketplace.domain.reservation import ReservationState
from marketplace.rules import PPM
from marketplace.services import check, cycle, ledger, market, order, reservation
from marketplace.store import journal as journal_store
from marketplace.store.engine import Store, connect, open_store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    HOUR,
    RULES,
    SALT,
    TEAMS,
    leg,
    open_market,
    option,
    request,
)
from tests.postgresql import a_server

YEARS = 20 * 365
LIFE = 2_000
"""Rounds after which a child ends by itself, should nobody be left to kill it."""

ROUND = 10
"""Of so many things that a child says, one is a cycle: a round places nine orders at most."""

MOST_SAID = 3 * ROUND
CHANGES_BY = 40
"""In so many cycles some time-boxes are moved and some bought back, or the drill drills nothing."""

PAUSE_S = 0.2
"""A child is killed up to so long after it said enough: anywhere in what it does next."""

GENEROUS = replace(RULES, buy_out_gain_ppm=100 * PPM)
"""Nothing is bought back where its holder would gain more than the rules let it."""

SERVER = multiprocessing.get_context("forkserver")
"""Imports the market once, so that a child is there in milliseconds."""

SERVER.set_forkserver_preload(["tests.marketplace.bazaar"])


@dataclass(slots=True)
class Drill:
    """What a drill came to."""

    kills: int = 0
    seconds: float = 0.0
    cycles: int = 0
    unfinished: int = 0
    acknowledged: set[str] = field(default_factory=set)
    least_cycles: int = 0
    orders: int = 0
    transfers: int = 0
    moved: int = 0
    recalled: int = 0
    faults: list[str] = field(default_factory=list)

    def report(self) -> str:
        """The figures in one line."""
        return (
            f"{self.kills} kills in {self.seconds:.0f} s: {self.cycles} cycles settled, "
            f"{self.unfinished} of them found unfinished; "
            f"{len(self.acknowledged)} orders and cycles acknowledged; in the books "
            f"{self.orders} orders, {self.transfers} transfers, {self.moved} time-boxes moved and "
            f"{self.recalled} bought back; {len(self.faults)} faults"
        )


def live(url: str, seed: int, said: str) -> None:
    """Trade on and on, naming in ``said`` each order and cycle once it was answered for."""
    store, rng, out = open_store(url), Random(seed), os.open(said, os.O_WRONLY | os.O_APPEND)
    for number in range(LIFE):
        closes_at = market.now_showing(store)[1].closes_at
        with store.read() as tx:
            now = max(closes_at - HOUR, journal_store.head(tx).at or closes_at - HOUR)
        hours = (closes_at - CLOSE) // HOUR
        asks = [
            an_order(rng, team_id, f"{seed}-{number}-{k}", hours)
            for team_id in TEAMS
            for k in range(3)
        ]
        for answer in hands.place(store, asks, now):
            if isinstance(answer, Order):
                os.write(out, f"{answer.id}\n".encode())
        for one in every(order.listed, store, team=rng.choice(TEAMS), state=OrderState.OPEN)[:2]:
            hands.cancel(store, [one.id], now, team=one.team)
        hands.advance(store, now)
        for box in every(reservation.listed, store, state=ReservationState.SCHEDULED)[-1:]:
            hands.release(store, box.id, now, team=box.team)
        if rng.random() < 0.3:
            hands.run(store, now, SALT, early=True)
        ran = hands.run(store, market.now_showing(store)[1].closes_at, SALT)
        os.write(out, f"{ran.cycle.id}\n".encode())


def an_order(rng: Random, team_id: str, key: str, hours: int) -> OrderRequest:
    """One that is won with time to think again, or one that is worth more and wants these hours."""
    ahead, most = rng.choice(((52, 60), (28, 600)))
    first = hours + ahead + rng.randrange(6)
    bid = option(rng.randrange(2, most), first, first + rng.randrange(6), a_leg(rng))
    return replace(
        request(team_id, key, bid, standing=rng.random() < 0.5),
        guarantee=Guarantee(kind=rng.choice(tuple(Kind))),
    )


def a_leg(rng: Random) -> Leg:
    return leg(units=rng.choice((8, 16)), hours=rng.randrange(2, 9))


def drill(url: str, folder: Path, kills: int, seed: int) -> Drill:
    """Kill a trading child ``kills`` times on one new database; check the books after each."""
    rng, done = Random(seed), Drill()
    with opened(connect(url)) as store:
        open_market(store, rules=GENEROUS, credit=1_000_000, days=YEARS)
    with opened(connect("sqlite://", throwaway=True)) as replica:
        began = time.monotonic()
        for life in range(kills):
            enough = rng.randint(1, MOST_SAID)
            file = folder / f"{life}.said"
            file.touch()
            done.acknowledged |= set(
                one_life(url, file, life + seed * 10_000, enough, rng.random())
            )
            done.least_cycles += enough // ROUND
            done.kills += 1
            look_at(url, replica, done)
            if done.faults:
                break
        done.seconds = time.monotonic() - began
    with opened(open_store(url)) as store:
        done.faults += check.check(store).faults
    if done.cycles >= CHANGES_BY and not (done.moved and done.recalled):
        done.faults.append(f"{done.moved} time-boxes moved, {done.recalled} bought back")
    return done


@contextmanager
def opened(store: Store) -> Iterator[Store]:
    try:
        yield store
    finally:
        store.close()


def one_life(url: str, said: Path, seed: int, enough: int, pause: float) -> list[str]:
    """Let a child trade until it said enough, and a part of a pause longer; kill it, and give what
    it said. How fast the machine is changes nothing."""
    child = SERVER.Process(target=live, args=(url, seed, str(said)))
    child.start()
    while said.read_bytes().count(b"\n") < enough and child.is_alive():
        time.sleep(0.002)
    time.sleep(pause * PAUSE_S)
    alive = child.is_alive()
    child.kill()
    child.join()
    if not alive:
        raise RuntimeError(f"the child of seed {seed} died by itself; see above")
    # A line that was cut off was not said.
    return said.read_text().rpartition("\n")[0].splitlines()


def look_at(url: str, replica: Store, done: Drill) -> None:
    """Check the books as the kill left them, finish what was unfinished, and check again."""
    with opened(open_store(url)) as store:
        done.faults += check.check(store, replica=replica).faults
        cycles = every(cycle.listed, store)
        left = [one for one in cycles if one.state in (CycleState.CLOSED, CycleState.CLEARED)]
        done.unfinished += len(left)
        for one in left:
            ended = hands.run(store, one.closes_at, SALT).cycle
            if (ended.number, ended.state) != (one.number, CycleState.SETTLED):
                done.faults.append(f"{one.id} was not finished: {ended}")
        report = check.check(store, replica=replica)
        ids = [one.id for team_id in TEAMS for one in every(order.listed, store, team=team_id)]
        settled = [one.id for one in every(cycle.listed, store) if one.state is CycleState.SETTLED]
        boxes = every(reservation.listed, store)
        granted_ucr = sum(one.grant.amount_ucr for one in every(ledger.balances, store))
    done.faults += report.faults
    done.faults += [f"{lost} is lost" for lost in sorted(done.acknowledged - {*ids, *settled})]
    if len(ids) != len(set(ids)):
        done.faults.append("an order is there twice")
    if report.minted_ucr != granted_ucr:
        done.faults.append(f"{report.minted_ucr} ucr are minted, {granted_ucr} were granted")
    done.moved = sum(one.moves > 0 for one in boxes)
    done.recalled = sum(one.state is ReservationState.RECALLED for one in boxes)
    done.cycles, done.orders, done.transfers = report.cycles, report.orders, report.transfers


def main() -> int:
    """Run the drill, and say what it came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true", help="on a server of its own")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        folder, url = Path(made), f"{made}/drill.db"
        if asked.postgresql:
            url = stack.enter_context(a_server()).new_database()
        done = drill(url, folder, asked.kills, asked.seed)
    sys.stdout.write("\n".join([*done.faults, done.report()]) + "\n")
    return 1 if done.faults else 0


if __name__ == "__main__":
    sys.exit(main())
