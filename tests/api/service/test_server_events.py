"""Events as they happen, from a real server: resumed, filtered, ended with their token."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.cli import run, session
from api.rest.market import utc_now
from api.service.server import GRACE_S
from marketplace.domain.team import Team
from marketplace.rules import MarketRules
from marketplace.store.engine import connect
from tests.api.service.program import PATIENCE_S, serving
from tests.marketplace import hands

PEOPLE = {
    "lea": "lead:nlp",
    "rob": "member:rl",
    "adam": "admin",
}


@dataclass(frozen=True, slots=True)
class Service:
    """A server, and requests to it by name of who sends them."""

    where: str
    pid: int

    def asks(self, who: str, method: str, path: str, **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer gpm_{who}"}
        answer = httpx2.request(method, self.where + path, headers=headers, **more)
        assert answer.is_success, answer.text
        return answer

    @contextmanager
    def listens(self, who: str, last: int | None = None, **query: Any) -> Iterator[Iterator[Any]]:
        """What somebody hears, event by event, until the server ends it."""
        headers = {"Authorization": f"Bearer gpm_{who}", "Accept": "text/event-stream"}
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        asked: dict[str, Any] = {"headers": headers, "params": query, "timeout": PATIENCE_S}
        with httpx2.stream("GET", f"{self.where}/v1/events", **asked) as answer:
            assert answer.is_success, answer.read()
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.iter_lines()
            assert next(lines).startswith("retry:")
            yield heard(lines)

    def puts(self, team: str, person: str) -> None:
        """Something happens in a team."""
        self.asks("adam", "PUT", f"/v1/teams/{team}/members/{person}", json={"role": "member"})


def heard(lines: Iterator[str]) -> Iterator[Any]:
    """Events from lines: each has an id and a kind like those of its data."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "data" in fields:
            data = json.loads(fields["data"])
            assert (fields["id"], fields["event"]) == (str(data["id"]), data["kind"])
            fields = {}
            yield data
        else:
            fields = {}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A market that is served."""
    folder = tmp_path_factory.mktemp("served")
    _open(folder)
    with serving(folder) as (child, where):
        yield Service(where, child.pid)


def _open(folder: Path) -> None:
    now = utc_now() - timedelta(minutes=1)
    store = connect(str(folder / "market.db"))
    hands.initialise(store, MarketRules(), now)
    hands.enrol(store, [Team(id=one, name=one, created_at=now) for one in ("nlp", "rl")])
    for person, role in PEOPLE.items():
        hands.make_token(store, person, f"gpm_{person}", now, role)
    store.close()


def persons(events: list[Any]) -> list[str]:
    return [one["data"]["person"] for one in events]


def test_a_stream_tells_what_happens_and_goes_on_where_it_was_cut(service: Service) -> None:
    with service.listens("lea", kind="member") as events:
        service.puts("nlp", "ada")
        service.puts("nlp", "bob")
        first = next(events)
    service.puts("nlp", "cy")
    with service.listens("lea", last=first["id"], kind="member") as events:
        missed = [next(events), next(events)]
        service.puts("nlp", "dan")
        missed.append(next(events))
    assert persons([first, *missed]) == ["ada", "bob", "cy", "dan"]
    page = service.asks("lea", "GET", "/v1/events", params={"after": first["id"]}).json()["items"]
    assert [one for one in page if one["kind"] == "member.put"] == missed
    with service.listens("lea", after=first["id"], kind="member") as events:
        assert next(events) == missed[0]


def test_who_joins_hears_all_that_happens_from_then_on_and_nothing_before(
    service: Service,
) -> None:
    """Also while others listen, whose events are looked for each half second."""
    with service.listens("lea", kind="member") as others:
        service.puts("nlp", "kay")
        assert persons([next(others)]) == ["kay"]
        for before, after in (("lou", "max"), ("ned", "oda"), ("pat", "quy")):
            service.puts("nlp", before)
            with service.listens("lea", kind="member") as events:
                service.puts("nlp", after)
                assert persons([next(events)]) == [after]


def test_another_teams_events_never_come(service: Service) -> None:
    """§7.11"""
    with service.listens("rob") as mine, service.listens("adam", kind="member") as all_of_them:
        service.puts("nlp", "eve")
        service.puts("rl", "fay")
        told = next(mine)
        assert persons([next(all_of_them), next(all_of_them)]) == ["eve", "fay"]
    assert (told["kind"], told["data"]["team"]) == ("member.put", "rl")
    everything = service.asks("rob", "GET", "/v1/events", params={"after": 0}).json()["items"]
    with service.listens("rob", after=0) as events:
        assert [next(events) for _ in everything] == everything


def test_many_listen_and_take_no_threads(service: Service) -> None:
    """The server answers others meanwhile: its forty threads are free."""
    streams = [service.listens("rob") for _ in range(60)]
    events = [one.__enter__() for one in streams]
    try:
        threads = len(list(Path(f"/proc/{service.pid}/task").iterdir()))
        assert threads < 60
        service.puts("rl", "gil")
        found = [next(one) for one in events]
        assert len({one["id"] for one in found}) == 1
    finally:
        for one in streams:
            one.__exit__(None, None, None)


def test_a_stream_ends_when_its_token_is_revoked(service: Service) -> None:
    """§7.12: and others go on."""
    body = {"person": "lea", "roles": ["member:nlp"], "note": "a watch"}
    body["expires_at"] = f"{utc_now() + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    made = service.asks("lea", "POST", "/v1/tokens", json=body).json()
    name = made["token"].removeprefix("gpm_")
    with service.listens(name, kind="member") as events, service.listens("lea") as others:
        service.asks("lea", "DELETE", f"/v1/tokens/{made['id']}")
        assert list(events) == []
        service.puts("nlp", "hal")
        assert persons([next(others)]) == ["hal"]


def test_the_terminal_shows_what_happens_and_goes_on_after_an_event(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(session.SERVER, service.where)
    monkeypatch.setenv(session.TOKEN, "gpm_lea")
    assert run(["events", "--limit", "1", "--json"]) == 0
    [newest] = json.loads(capsys.readouterr().out)["items"]
    happens = threading.Timer(0.5, service.puts, ("nlp", "ida"))
    happens.start()
    watched = ["watch", "--team", "nlp", "--kind", "member.put", "--count", "1"]
    assert run([*watched, "--after", str(newest["id"])]) == 0
    said = capsys.readouterr()
    assert "member.put: team nlp, person ida" in said.out
    assert said.err == f"(at {service.where})\n"
    happens.join()
    service.puts("nlp", "jo")
    assert run([*watched, "--after", said.out.split()[0], "--json"]) == 0
    assert persons([json.loads(capsys.readouterr().out)]) == ["jo"]


def test_a_server_that_is_told_to_stop_waits_for_no_stream(tmp_path: Path) -> None:
    _open(tmp_path)
    with serving(tmp_path) as (child, where):
        service = Service(where, child.pid)
        with service.listens("lea") as events:
            stop = threading.Timer(0.2, child.terminate)
            stop.start()
            assert list(events) == []
            stopped = time.monotonic()
            child.wait(PATIENCE_S)
            assert time.monotonic() - stopped < GRACE_S / 2
    assert "Traceback" not in (tmp_path / "log").read_text()
