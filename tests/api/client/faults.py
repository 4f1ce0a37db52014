"""A client over a served market, with a way between them that fails when it is told to."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2

from api.client.sending import Patience
from api.client.served import Client

Fault = Callable[[httpx2.Request, Callable[[httpx2.Request], httpx2.Response]], httpx2.Response]


def lose_answer(
    request: httpx2.Request, pass_on: Callable[[httpx2.Request], httpx2.Response]
) -> httpx2.Response:
    """The service does it, and its answer is lost."""
    pass_on(request)
    raise httpx2.ReadTimeout("the read operation timed out")


def refuse_knock(
    request: httpx2.Request, _pass_on: Callable[[httpx2.Request], httpx2.Response]
) -> httpx2.Response:
    """Nobody listens."""
    raise httpx2.ConnectError("[Errno 111] Connection refused")


def answering(
    status: int, body: str = "", kind: str = "application/problem+json", **headers: str
) -> Fault:
    """Somebody on the way answers in the service's place."""
    told = {"content-type": kind} | {name.replace("_", "-"): one for name, one in headers.items()}
    return lambda request, _: httpx2.Response(status, text=body, headers=told, request=request)


@dataclass(slots=True)
class Way(httpx2.BaseTransport):
    """The way to the service: its next requests meet these faults, one each."""

    inner: httpx2.BaseTransport
    faults: list[Fault] = field(default_factory=list)
    seen: list[httpx2.Request] = field(default_factory=list)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass a request on, or fail it."""
        self.seen.append(request)
        fault = self.faults.pop(0) if self.faults else None
        pass_on = self.inner.handle_request
        return fault(request, pass_on) if fault else pass_on(request)

    @property
    def keys(self) -> list[str]:
        """The keys that were sent."""
        return [one.headers.get("Idempotency-Key", "") for one in self.seen]


@dataclass(slots=True)
class Time:
    """A clock that only sleeping moves; ``slept``: for how long each time."""

    slept: list[float] = field(default_factory=list)

    def patience(self) -> Patience:
        """A patience of this clock, without chance."""
        return Patience(now=self.now, sleep=self.slept.append, chance=lambda: 1.0)

    def now(self) -> float:
        """Seconds since it began."""
        return sum(self.slept)


def over(way: Way, time: Time, token: str, address: str = "http://market.test") -> Client:
    """A client whose requests go that way."""
    http = httpx2.Client(transport=way)
    return Client(address, token, patience=time.patience(), http=http)
