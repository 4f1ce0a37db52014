"""The kill drill of the server: killed (SIGKILL) at any time, it loses and doubles no order.

Eight threads post orders, each under a key of its own, while cycles close each minute; the server
is killed at random moments and started again, and what was not answered is sent again under the
same key. Then two servers share a database on which a cycle is overdue, and the one that leads is
killed while it clears. By hand: ``python -m tests.api.service.kill_drill --kills 20``, and
``--postgresql``.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx2

from api.heartbeat import beat
from marketplace.domain.capacity import Pool, Window
from marketplace.domain.cycle import CycleState
from marketplace.domain.grant import Grant
from marketplace.domain.order import Leg, Option, OrderRequest
from marketplace.domain.page import every
from marketplace.domain.team import Team
from marketplace.rules import MarketRules
from marketplace.services import check, cycle, host_clock, lease, order
from marketplace.store.engine import Store, connect, open_store
from tests.api.service.program import PATIENCE_S, Program, free_port, start
from tests.marketplace import hands
from tests.postgresql import a_server

CREDIT: Final = 1_000_000
TEAMS: Final = ("nlp", "rl")
SENDERS: Final = 8
TOKEN: Final = "gpm_drill"  # noqa: S105 - of a market that is thrown away
RULES: Final = MarketRules(
    cycle_minutes=1, tick_minutes=1, notice_minutes=1, horizon_hours=48, longest_hours=8, work=2_000
)
ANY_RATE: Final = ("--rate", "100000", "--burst", "100000")
LONG_S: Final = 240
"""A first clearing compiles the engine, on a machine that does other things too."""

LONGEST_LIFE_S: Final = 1.5
"""A server is killed up to so long after the first answers that it gave."""


@dataclass(slots=True)
class Drill:
    """What a drill came to."""

    kills: int = 0
    leaders: int = 0
    seconds: float = 0.0
    acknowledged: int = 0
    again: int = 0
    cycles: int = 0
    faults: list[str] = field(default_factory=list)

    def report(self) -> str:
        """The figures in one line."""
        return (
            f"{self.kills} kills under load and {self.leaders} of a leader that cleared, in "
            f"{self.seconds:.0f} s: {self.acknowledged} orders acknowledged, {self.again} of them "
            f"by an answer to a key that was sent again; {self.cycles} cycles; "
            f"{len(self.faults)} faults"
        )


def utc_now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def a_market(url: str, at: datetime, rules: MarketRules) -> None:
    """Open a market with much to sell and rich teams, and one token for both."""
    hour = at.replace(minute=0, second=0)
    end = hour + timedelta(days=30)
    with closing(connect(url)) as store:
        hands.initialise(store, rules, at)
        hands.enrol(store, [Team(id=one, name=one.upper(), created_at=at) for one in TEAMS])
        pool = Pool(
            id="h100",
            name="H100",
            unit="gpu",
            block_size=8,
            reserve_price_ucr=CREDIT // 4,
            created_at=at,
        )
        hands.open_pools(store, [pool], [Window(pool="h100", start=hour, end=end, quantity=64)])
        grants = [
            Grant(
                id=f"g-{one}",
                team=one,
                amount_ucr=10_000_000 * CREDIT,
                start=at,
                end=end,
                created_at=at,
            )
            for one in TEAMS
        ]
        hands.grant(store, grants, at)
        hands.make_token(store, "drill", TOKEN, at, *(f"member:{one}" for one in TEAMS))


@dataclass(slots=True)
class Senders:
    """Threads that post one order after another, each until it is answered; ``known``: the id that
    each key was answered with."""

    where: str
    seed: int
    known: dict[str, str] = field(default_factory=dict)
    again: int = 0
    faults: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to send."""
        for number in range(SENDERS):
            thread = threading.Thread(target=self._send, args=(number,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End, once each has its answer."""
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)
            if thread.is_alive():
                self.faults.append("a sender never had its answer")

    def _send(self, number: int) -> None:
        rng = Random(self.seed * 1_000 + number)
        last: tuple[str, dict[str, Any]] = ("", {})
        count = 0
        with httpx2.Client(base_url=self.where, timeout=10) as http:
            while not self._stop.is_set():
                key, body = f"{self.seed}-{number}-{count}", a_body(rng)
                broken = self._post(http, key, body)
                if broken and last[0]:  # what was answered before the kill is answered alike
                    self._post(http, *last)
                last, count = (key, body), count + 1

    def _post(self, http: httpx2.Client, key: str, body: dict[str, Any]) -> bool:
        """Send one order until it is answered; whether that took more than one try."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": key}
        broken = False
        while True:
            try:
                answer = http.post("/v1/orders", headers=headers, json=body)
            except httpx2.TransportError:
                broken = True
                time.sleep(0.02)
                continue
            if answer.status_code in (409, 429, 503):  # in flight, or busy: later
                time.sleep(0.05)
                continue
            self._take(key, answer)
            return broken

    def _take(self, key: str, answer: httpx2.Response) -> None:
        if answer.status_code != 201:
            self.faults.append(f"{key} was answered {answer.status_code}: {answer.text[:300]}")
            self._stop.set()
            return
        self.again += "Idempotency-Replayed" in answer.headers
        id_ = answer.json()["id"]
        if self.known.setdefault(key, id_) != id_:
            self.faults.append(f"{key} was answered by {id_} and by {self.known[key]}")


def a_body(rng: Random) -> dict[str, Any]:
    """An order that any cycle of the next hours may take."""
    begin = utc_now().replace(minute=0, second=0) + timedelta(hours=rng.randrange(4, 12))
    hours = rng.randrange(1, 4)
    return {
        "team": rng.choice(TEAMS),
        "options": [
            {
                "value": str(rng.randrange(8, 90)),
                "earliest_start": begin.isoformat(),
                "latest_start": (begin + timedelta(hours=12)).isoformat(),
                "legs": [{"pool": "h100", "quantity": 8, "duration": f"{hours}h"}],
            }
        ],
    }


def under_load(url: str, folder: Path, kills: int, seed: int, done: Drill) -> None:
    """Kill a server ``kills`` times while orders come in; then look at the books."""
    rng, port = Random(seed), free_port()
    a_market(url, utc_now() - timedelta(minutes=5), RULES)
    senders = Senders(f"http://127.0.0.1:{port}", seed)
    program = start(folder, *ANY_RATE, database=url, port=port)
    senders.start()
    try:
        for _ in range(kills):
            _answered(senders, program)
            time.sleep(rng.random() * LONGEST_LIFE_S)
            program.kill()
            done.kills += 1
            program = start(folder, *ANY_RATE, database=url, port=port)
        _answered(senders, program)
        senders.stop()
    finally:
        program.stop()
    done.acknowledged, done.again = len(senders.known), senders.again
    done.faults += senders.faults
    with closing(open_store(url)) as store:
        there = [one for team in TEAMS for one in every(order.listed, store, team=team)]
        done.faults += compared(senders.known, [(one.request.key, one.id) for one in there])
    _look_at(url, done)


def compared(known: dict[str, str], there: list[tuple[str, str]]) -> list[str]:
    """What is wrong where ``there`` are in the books and ``known`` were acknowledged."""
    faults = [f"{key} is lost" for key, id_ in known.items() if (key, id_) not in set(there)]
    faults += [f"{key} was never acknowledged" for key, _ in there if key not in known]
    if len({key for key, _ in there}) != len(there):
        faults.append("an order is there twice")
    return faults


def _answered(senders: Senders, program: Program) -> None:
    """Wait until this server has answered each sender about once."""
    enough = len(senders.known) + SENDERS
    _until(lambda: len(senders.known) >= enough or bool(senders.faults), program)


def _until(true: Callable[[], bool], program: Program) -> None:
    until = time.monotonic() + LONG_S
    while not true():
        if time.monotonic() > until:
            raise RuntimeError(f"nothing moves: {program.log.read_text()[-2000:]}")
        time.sleep(0.02)


def in_mid_cycle(url: str, folder: Path, seed: int, done: Drill) -> None:
    """Kill the leader of two servers while it clears an overdue cycle: the other finishes it."""
    rng, began = Random(seed), utc_now() - timedelta(days=1)
    a_market(url, began, MarketRules(horizon_hours=72, longest_hours=8, work=2_000))
    with closing(open_store(url)) as store:
        _fill(store, began, rng)
        host_clock.remember(store, utc_now(), beat())  # this machine's clock is right
        first = cycle.listed(store).items[0].number
        programs = [start(folder, database=url, log=f"log-{n}") for n in range(2)]
        try:
            _until(lambda: _state(store, first) is CycleState.CLOSED, programs[0])
            time.sleep(rng.random() * 0.5)
            left = _state(store, first)
            leader, other = _by_lead(store, programs)
            children = _children(leader.child.pid)
            leader.kill()
            other.wait()
            _until(lambda: _state(store, first) is CycleState.SETTLED, other)
        finally:
            for one in programs:
                if one.child.poll() is None:
                    one.stop()
        done.leaders += 1
        orphans = [pid for pid in children if Path(f"/proc/{pid}").exists()]
        if orphans:
            done.faults.append(f"processes that clear for nobody are left: {orphans}")
        if left is not CycleState.CLOSED:
            done.faults.append(f"the leader was killed too late: the cycle was {left}")
        settled = [one for one in every(cycle.listed, store) if one.number == first]
        if [one.state for one in settled] != [CycleState.SETTLED]:
            done.faults.append(f"the cycle was not finished once: {settled}")
    _look_at(url, done)


def _fill(store: Store, at: datetime, rng: Random) -> None:
    """Place orders that fight for what there is, so that clearing them takes a while."""
    first = at.replace(minute=0, second=0) + timedelta(hours=26)
    asks = [
        OrderRequest(
            team=rng.choice(TEAMS),
            key=f"own-{number}",
            options=(
                Option(
                    value_ucr=rng.randrange(20, 200) * CREDIT,
                    earliest_start=first + timedelta(hours=rng.randrange(0, 12)),
                    latest_start=first + timedelta(hours=rng.randrange(12, 48)),
                    legs=(
                        Leg(
                            pool="h100",
                            quantity=8 * rng.randrange(1, 4),
                            duration=timedelta(hours=rng.randrange(1, 9)),
                        ),
                    ),
                ),
            ),
        )
        for number in range(60)
    ]
    hands.place(store, asks, at)


def _state(store: Store, number: int) -> CycleState:
    [found] = [one for one in every(cycle.listed, store) if one.number == number]
    return found.state


def _children(pid: int) -> list[str]:
    """The processes that one started; none are found where the system does not tell."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [child for one in threads for child in one.read_text().split()]


def _by_lead(store: Store, programs: list[Program]) -> tuple[Program, Program]:
    found = lease.held(store)
    if found is None:
        raise RuntimeError("nobody leads")
    pid = int(found.holder.rpartition(":")[2])
    one, other = programs
    return (one, other) if one.child.pid == pid else (other, one)


def _look_at(url: str, done: Drill) -> None:
    with closing(open_store(url)) as store:
        done.faults += check.check(store).faults
        done.cycles += len(every(cycle.listed, store)) - 1


def drill(urls: Callable[[], str], folder: Path, kills: int, leaders: int, seed: int) -> Drill:
    """The whole of it: each part on a new database that ``urls`` gives."""
    done, began = Drill(), time.monotonic()
    if kills:
        under_load(urls(), folder, kills, seed, done)
    for number in range(leaders):
        in_mid_cycle(urls(), folder, seed * 100 + number, done)
    done.seconds = time.monotonic() - began
    return done


def main() -> int:
    """Run the drill, and say what it came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--leaders", type=int, default=3, help="kills of a leader that clears")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true", help="on a server of its own")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        folder, names = Path(made), iter(range(1_000))
        urls: Callable[[], str] = lambda: f"{made}/drill-{next(names)}.db"  # noqa: E731
        if asked.postgresql:
            urls = stack.enter_context(a_server()).new_database
        done = drill(urls, folder, asked.kills, asked.leaders, asked.seed)
    sys.stdout.write("\n".join([*done.faults, done.report()]) + "\n")
    return 1 if done.faults else 0


if __name__ == "__main__":
    sys.exit(main())
