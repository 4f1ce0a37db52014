"""Metrics for Prometheus: what is counted in this process, and what is read from the market when
somebody asks."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from api.operations.scrape import OfMarket
from api.rest.caller import Who
from api.rest.market import Market
from marketplace.errors import Forbidden

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
LATENCY_S: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
CYCLE_S: Final = (0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0)
"""The upper ends of what is counted together, in seconds."""
FORWARDED: Final = frozenset({"forwarded", "x-forwarded-for"})
READERS: Final = ("finance", "platform", "admin")

router: Final = APIRouter(include_in_schema=False)


@dataclass(slots=True)
class Metrics:
    """The metrics of one service. ``holder``: its clock's name in the lease, if any."""

    market: Market
    holder: str = ""
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    requests: Counter = field(init=False)
    latency: Histogram = field(init=False)
    cycle: Histogram = field(init=False)
    deaths: Counter = field(init=False)
    _counted: dict[tuple[str, int], tuple[Counter, Histogram]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.requests = Counter(
            "gpumarket_requests",
            "Requests that were answered",
            ("operation", "status"),
            registry=self.registry,
        )
        self.latency = Histogram(
            "gpumarket_request_seconds",
            "From a request to the start of its answer",
            ("operation",),
            buckets=LATENCY_S,
            registry=self.registry,
        )
        self.cycle = Histogram(
            "gpumarket_cycle_seconds",
            "From the closing of a cycle to its end, where this process ran it",
            buckets=CYCLE_S,
            registry=self.registry,
        )
        self.deaths = Counter(
            "gpumarket_clearing_deaths",
            "How often the process that clears has died",
            registry=self.registry,
        )
        self.registry.register(OfMarket(self.market, self.holder))

    def count(self, operation: str, status: int, seconds: float) -> None:
        """One request more. Looking a metric up by its labels takes longer than counting in it."""
        found = self._counted.get((operation, status))
        if found is None:
            found = self.requests.labels(operation, str(status)), self.latency.labels(operation)
            self._counted[operation, status] = found
        found[0].inc()
        found[1].observe(seconds)

    def text(self) -> bytes:
        """All of them, as Prometheus reads it."""
        return generate_latest(self.registry)


@router.get("/metrics", operation_id="metrics")
def metrics(request: Request, who: Who) -> Response:
    """The metrics: for who asks from this machine, or with a token of the organisation's roles.

    Raises ``Unrecognised`` and ``Forbidden``.
    """
    if not from_here(request) and not any(one.role.value in READERS for one in who.actor.standings):
        raise Forbidden(who.actor.name, "read the metrics", READERS)
    found: Metrics = request.app.state.metrics
    return Response(found.text(), media_type=MEDIA_TYPE)


def from_here(request: Request) -> bool:
    """Whether a request comes from this machine, and from nobody else through a proxy on it."""
    if FORWARDED.intersection(request.headers) or request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:  # a name of a test, or of a socket in a file
        return False
