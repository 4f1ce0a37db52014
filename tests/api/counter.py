"""Where the tests stand: a market's database, a time to act at, and commands typed one by one."""

import hashlib
import json
import shlex
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql

from api.app import create_app
from api.cli import run, session
from api.client.served import Client
from api.rest.market import Market
from api.texts import moment
from marketplace.store.engine import Store, connect
from tests.marketplace import hands

REFUSED = '"refused": '
"""What only the line of a refusal says, in its answer."""

NOON = "2026-11-23T12:00Z"
"""A Monday; the first cycle closes at midnight and sells from 01:00 on."""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended: its code, and what it said where."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What ``--json`` printed."""
        return json.loads(self.out)


TEAMS = ("nlp", "vision", "poor")
ROLES = ("finance", "platform", "admin")
THROUGH_THE_SERVICE = frozenset(
    {
        "balance",
        "bid",
        "calendar",
        "events",
        "explain",
        "extend",
        "indicative",
        "orders",
        "preview",
        "approval",
        "prices",
        "reservations",
        "spend",
        "spot",
        "take",
        "statement",
        "value-map",
        "whoami",
    }
)
"""Commands of teams: what they do goes through the service, where there is one."""

LOOKED_AT_THROUGH_IT = frozenset(
    {
        *("pool list", "pool calendar", "pool windows", "pool overrides", "pool maintenance-list"),
        *("cycle list", "cycle show", "cycle files", "cycle names"),
        *("rules show", "rules list", "rules diff", "rules proposals"),
        *(
            "team list",
            "team members",
            "grant list",
            "token list",
            "transfer list",
            "grant schedules",
        ),
        *("credit-line list", "credit-line show"),
        *(
            "alerts list",
            "policy show",
            "themes show",
            "themes spend",
        ),
    }
)
"""Of an operator's nouns, what everybody may look at: through the service too."""

BOTH_WAYS = pytest.mark.parametrize("counter", ["database", "service"], indirect=True)
"""Runs a test on the database, and through a service over it."""


@dataclass(slots=True)
class Service:
    """A market that is served in this process, with a token for each team; ``now`` is its time."""

    database: str
    patch: pytest.MonkeyPatch
    now: str = NOON
    way: httpx2.BaseTransport = field(init=False)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        store = self.store = connect(self.database)
        for team in TEAMS:
            role, text = f"member:{team}", f"gpm_{team}"
            hands.make_token(store, f"of-{team}", text, moment(NOON), role, days=90)
        for role in ROLES:
            hands.make_token(store, role, f"gpm_{role}", moment(NOON), role, days=90)
        market = Market(store, lambda: moment(self.now))
        http = TestClient(create_app(market), raise_server_exceptions=False)
        self.way = http._transport
        self.patch.setattr(session, "client", self.client)
        self.patch.setenv(session.SERVER, "http://market.test")

    def client(self, signed_in: session.Session) -> Client:
        """A client of it, as ``session.client`` makes one of a service on the network."""
        http = httpx2.Client(transport=self.way)
        return Client(signed_in.address, signed_in.token, http=http)

    def knows(self, whom: str, at: str) -> None:
        """Let the next command be a member's of that team, or somebody's with that role, then."""
        self.now = at
        self.patch.setenv(session.TOKEN, f"gpm_{whom}")


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter where commands are typed: on one database, or those of teams through a service."""

    database: str
    capsys: pytest.CaptureFixture[str]
    at: str = NOON
    service: Service | None = None
    role: str = ""  # in the organisation, for those who go through a service

    def types(self, line: str, *more: str) -> Said:
        """Run ``gpumarket`` with a line of words, and more; it must never end in a traceback."""
        self.capsys.readouterr()
        words = [*shlex.split(line), *more]
        if self.service and goes_through(words):
            named = words[words.index("--team") + 1] if "--team" in words else TEAMS[0]
            self.service.knows(self.role or named, self.at)
            code = run(words)
        else:
            at = ["--at", self.at] if self.at else []
            code = run(["--database", self.database, *at, *words])
        said = Said(code, *self.capsys.readouterr())
        assert "Traceback" not in said.out + said.err
        return said

    def does(self, line: str, *more: str) -> Said:
        """Run a command that must succeed."""
        said = self.types(line, *more)
        assert said.code == 0, said
        return said

    def sees(self, line: str, *more: str) -> Any:
        """Run a command that must succeed, and read its JSON."""
        return self.does(line, *more, "--json").data

    def lists(self, line: str, *more: str) -> Any:
        """Run a list that must succeed and have no second page, and read its items."""
        found = self.sees(line, *more)
        assert found["next"] is None
        return found["items"]

    def fails(self, code: int, line: str, *more: str) -> str:
        """Run a command that must end with that code; what it said of it."""
        said = self.types(line, *more)
        assert said.code == code, said
        assert not said.out
        return said.err

    def later(self, at: str) -> "Counter":
        """The same counter at another time."""
        return replace(self, at=at)

    def as_role(self, role: str) -> "Counter":
        """The same counter, where somebody with that role stands at it; on a database the one who
        has it."""
        return replace(self, role=role)

    def contents(self) -> str:
        """A digest of all rows of the database: equal where nothing changed. That somebody was
        refused stands in the journal, and changes nothing."""
        digest = hashlib.sha256()
        for table, line in _rows(self.database):
            if not (table == "journal" and REFUSED in line):
                digest.update(line.encode())
        return digest.hexdigest()


def _rows(database: str) -> Iterator[tuple[str, str]]:
    """All rows of a database as text, each after the name of its table."""
    if database.startswith("postgresql"):
        with psycopg.connect(database) as served:
            tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            for (table,) in served.execute(tables).fetchall():
                row = sql.SQL("SELECT each::text FROM {} each ORDER BY 1")
                for (line,) in served.execute(row.format(sql.Identifier(table))):
                    yield table, line.replace('""', '"')
        return
    with closing(sqlite3.connect(database)) as plain:
        for line in plain.iterdump():
            yield line.removeprefix('INSERT INTO "').split('"')[0], line


def goes_through(words: Sequence[str]) -> bool:
    """Whether a command goes through the service, where there is one."""
    return words[0] in THROUGH_THE_SERVICE or " ".join(words[:2]) in LOOKED_AT_THROUGH_IT


def opened(counter: Counter) -> Counter:
    """Start the market: two pools, three teams, 1,000 credits for two of them."""
    counter.does("init", "--manual-clock")
    counter.does("pool", "add", "h100", "--capacity", "16", "--reserve-price", "0.25")
    counter.does(
        *("pool", "add", "a100", "--capacity", "8", "--reserve-price", "0.1"),
        *("--block-size", "4", "--name", "A100 west"),
    )
    counter.does("team", "add", "nlp", "vision", "poor")
    for team in ("nlp", "vision"):
        counter.does("grant", "add", team, "1000", "--until", "2027-01-01T00:00Z")
    return counter


def counter_in(folder: Path, capsys: pytest.CaptureFixture[str]) -> Counter:
    """A counter on a database that is not there yet."""
    return Counter(str(folder / "market.db"), capsys)
