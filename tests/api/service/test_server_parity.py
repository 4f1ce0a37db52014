"""One scenario through the simulator's engine, and again over HTTP: the same market, to the byte.

The engine's journal says what everybody did and when. Here it is done again, command by command, by
the routes of a served market on the manual clock, whose own clock ticks, clears and settles.
"""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from api.wire.order import OrderBody
from api.wire.spot import SpotBody
from marketplace.domain import command as commands
from marketplace.domain.actor import CLOCK
from marketplace.domain.command import Command
from marketplace.domain.page import every
from marketplace.domain.transfer import Posted
from marketplace.services import cycle, ledger
from marketplace.store import journal
from marketplace.store.engine import Store, open_store
from pricing.units import digits_from_ucr
from sim.demand.generator import generate
from sim.demand.spot import generate_spot
from sim.engine.market import live
from sim.engine.world import World
from sim.scenarios.reading import rules_of
from sim.scenarios.shipped import scenario
from tests.api.service.program import PROGRAM, serving

SEED: Final = 1
DAYS: Final = 2
RULES: Final = {"work": 500, "tick_minutes": 60, "notice_minutes": 60, "at_risk_minutes": 60}
DAY: Final = timedelta(days=1)


def the_engines() -> World:
    """Two days of the quiet research group, spot from the first day on. No job is done in the very
    second of a tick: whether its team or the tick is first then is nobody's rule."""
    there = scenario("quiet-research").organisation(days=DAYS)
    spot = [
        replace(job, needs=job.needs + timedelta(seconds=7))
        for job in generate_spot(there, SEED, 0, DAYS, offered=0.05)
    ]
    return live(there, generate(there, SEED), spot, rules_of(RULES), SEED, lambda *_: None)


def said(world: World) -> Iterator[tuple[datetime, Command[Any]]]:
    """What people did in it, in order."""
    with world.store.read() as tx:
        for line in list(journal.lines(tx)):
            if journal.actor_of(line) != CLOCK and line.accepted:
                yield line.at, journal.command_of(line)


def rooted(start: datetime) -> tuple[str, ...]:
    """The program on that file, as if it were ``start``."""
    return (*PROGRAM, "--database", "market.db", "--at", start.isoformat())


def begun(folder: Path, start: datetime) -> str:
    """A market on a file, as an operator starts one; the token of who runs it."""
    sets = [part for name, value in RULES.items() for part in ("--set", f"{name}={value}")]
    root = rooted(start)
    subprocess.run(
        [*root, "init", "--manual-clock", *sets], cwd=folder, check=True, capture_output=True
    )
    roles = [part for role in ("admin", "finance", "platform") for part in ("--role", role)]
    add = [*root, "token", "add", "root", *roles, "--json"]
    made = subprocess.run(add, cwd=folder, check=True, capture_output=True, text=True)
    return str(json.loads(made.stdout)["token"])


class Doors:
    """The routes of a served market, as the commands that go through them."""

    def __init__(self, http: httpx2.Client, token: str, start: datetime) -> None:
        self.http, self.now, self.start, self.token = http, start, start, token

    def post(self, path: str, body: object, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        headers |= {"Idempotency-Key": key} if key else {}
        answer = self.http.post(path, json=body, headers=headers)
        assert answer.status_code < 500, answer.text
        return answer

    def until(self, at: datetime) -> None:
        """Let the clock go on to ``at``."""
        if at != self.now:
            assert self.post("/v1/test/advance", {"to": at.isoformat()}).status_code == 200
            self.now = at

    def join(self, teams: Sequence[str]) -> None:
        """Go on as somebody who is in all teams too."""
        roles = ["admin", "finance", "platform", *(f"member:{team}" for team in teams)]
        until = (self.start + 30 * DAY).isoformat()
        made = self.post("/v1/tokens", {"person": "root", "roles": roles, "expires_at": until})
        assert made.status_code == 201, made.text
        self.token = made.json()["token"]

    def does(self, command: Command[Any]) -> None:
        """The same by its route."""
        match command:
            case commands.OpenMarket() | commands.MakeToken():
                pass
            case commands.EnrolTeams(teams):
                for team in teams:
                    self.post("/v1/teams", {"id": team.id, "name": team.name})
                self.join([team.id for team in teams])
            case commands.OpenPools(pools, windows):
                for pool in pools:
                    self.post("/v1/pools", pool_body(pool, windows))
            case commands.GiveGrants(grants):
                for one in grants:
                    self.post("/v1/grants", grant_body(one), f"grant-{one.id}")
            case _:
                path, body, key = asked(command)
                self.post(path, body, key)


def asked(command: Command[Any]) -> tuple[str, dict[str, Any], str]:
    """What a team does, as its route takes it: path, body and key."""
    match command:
        case commands.PlaceOrder(request):
            return "/v1/orders", OrderBody.of(request).document(), request.key
        case commands.CancelOrders(orders):
            return "/v1/orders:cancel", {"orders": list(orders)}, f"c-{orders[0]}"
        case commands.ReleaseReservation(reservation):
            return f"/v1/reservations/{reservation}:release", {}, f"r-{reservation}"
        case commands.RequestSpot(terms):
            return "/v1/spot", SpotBody.of(terms).document(), terms.key
        case commands.StopSpot(requests):
            return "/v1/spot:stop", {"requests": list(requests)}, f"s-{requests[0]}"
    raise NotImplementedError(f"the engine does what no route is tried for here: {command}")


def pool_body(pool: Any, windows: Any) -> dict[str, Any]:
    """The pool with its one window."""
    [window] = [one for one in windows if one.pool == pool.id]
    return {
        "id": pool.id,
        "name": pool.name,
        "capacity": window.quantity,
        "block_size": pool.block_size,
        "reserve_price_credits": digits_from_ucr(pool.reserve_price_ucr),
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
    }


def grant_body(one: Any) -> dict[str, Any]:
    """The gift as finance types it."""
    return {
        "id": one.id,
        "team": one.team,
        "credits": digits_from_ucr(one.amount_ucr),
        "start": one.start.isoformat(),
        "end": one.end.isoformat(),
        "purpose": one.purpose,
    }


def files(store: Store) -> list[tuple[bytes, dict[str, Any]]]:
    """Each cycle's problem, and its outcome without what a watch measured."""
    found = []
    for one in sorted(every(cycle.listed, store), key=lambda each: each.number):
        if one.settled_at is not None:
            kept = cycle.files(store, one.number)
            outcome = json.loads(kept.outcome)
            outcome.pop("seconds", None)
            found.append((kept.problem, outcome))
    return found


def transfers(store: Store) -> list[Posted]:
    return sorted(every(ledger.posted, store), key=lambda one: one.seq)


@pytest.mark.slow
def test_the_same_awards_prices_and_ledger_over_http(tmp_path: Path) -> None:
    world = the_engines()
    start = world.organisation.start
    first = begun(tmp_path, start)
    crowd = ("--rate", "100000", "--burst", "100000")
    by_hand = (*crowd, "--clock", "manual", "--seed", str(SEED))
    with (
        serving(tmp_path, *by_hand, program=rooted(start)) as (_, where),
        httpx2.Client(base_url=where, timeout=60) as http,
    ):
        doors = Doors(http, first, start)
        for at, command in said(world):
            doors.until(at)
            doors.does(command)
        doors.until(start + DAYS * DAY)
    with closing(open_store(str(tmp_path / "market.db"))) as served:
        assert len(files(world.store)) == DAYS
        assert files(served) == files(world.store)
        assert len(transfers(world.store)) > 200
        assert transfers(served) == transfers(world.store)
