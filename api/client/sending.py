"""Send a request, and again where that is safe: a read, or a write under a key.

A lost answer says nothing of what was done. So a write without a key is sent again only where the
service cannot have seen it, or says that it did nothing.
"""

import itertools
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

from api.client import told

BUSY: Final = frozenset({429, 503})
"""The service says: nothing was done, ask again later."""

BETWEEN: Final = frozenset({502, 504})
"""Somebody between here and the service lost the answer."""

IN_FLIGHT: Final = "key-in-flight"
ANSWER_S: Final = 30.0
CONNECT_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a client tries, in seconds, and how: pauses double, with chance in them, so that
    many clients do not come back at once."""

    seconds: float = 30.0
    knocking_s: float = 2.0  # where nobody ever answered
    first_pause_s: float = 0.2
    longest_pause_s: float = 5.0
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def pause_s(self, tries: int, asked_s: float) -> float:
        """How long to wait after so many tries; the service asked for ``asked_s`` at least."""
        doubled = min(self.first_pause_s * 2.0 ** (tries - 1), self.longest_pause_s)
        return asked_s + doubled * (0.5 + self.chance() / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. ``key``: what makes a repeat of a write harmless."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    works_s: float = 0.0  # so long the service may work on it, beside the usual

    @property
    def safe(self) -> bool:
        """Whether a repeat does nothing twice."""
        return self.method == "GET" or bool(self.key)


@dataclass(frozen=True, slots=True)
class Line:
    """The way to one service, as one person."""

    http: httpx2.Client
    address: str
    token: str = field(repr=False)
    patience: Patience

    def send(self, asked: Asked) -> httpx2.Response:
        """The answer, which may be a refusal that stands. Raises ``Unserved`` where there is none
        within the patience."""
        began, sent = self.patience.now(), False
        for tries in itertools.count(1):
            answer: httpx2.Response | None = None
            try:
                answer = self._once(asked)
            except httpx2.TransportError as lost:
                sent = sent or not told.never_sent(lost)
                silence = told.of_silence(self.address, lost, sent=sent, safe=asked.safe)
                if told.untrusted(lost) or (sent and not asked.safe):
                    raise silence from lost
            else:
                sent = True
                if not _passes(asked, answer):
                    return answer
            pause_s = self.patience.pause_s(tries, _asked_s(answer))
            limit_s = self.patience.seconds if sent else self.patience.knocking_s
            if self.patience.now() + pause_s > began + limit_s:
                if answer is None:
                    raise silence
                return answer
            self.patience.sleep(pause_s)
        raise AssertionError  # the count has no end

    def _once(self, asked: Asked) -> httpx2.Response:
        return self.http.request(
            asked.method,
            f"{self.address}{asked.path}",
            params=asked.query,
            json=asked.body,
            headers=self.headers(asked),
            timeout=httpx2.Timeout(ANSWER_S + asked.works_s, connect=CONNECT_S),
        )

    def headers(self, asked: Asked) -> dict[str, str]:
        """What goes with a request: who sends it, and its key."""
        headers = {"Accept": "application/json"} | dict(asked.headers)
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if asked.key:
            headers["Idempotency-Key"] = asked.key
        return headers


def _passes(asked: Asked, answer: httpx2.Response) -> bool:
    """Whether an answer may be another one soon, and asking again is safe."""
    status = answer.status_code
    if status in BUSY:
        asks = "retry-after" in answer.headers
        return asks or (asked.safe and "json" not in answer.headers.get("content-type", ""))
    if status in BETWEEN:
        return asked.safe
    return status == httpx2.codes.CONFLICT and f'"{IN_FLIGHT}"' in answer.text


def _asked_s(answer: httpx2.Response | None) -> float:
    """How long the service asks to wait, in seconds."""
    said = answer.headers.get("retry-after", "") if answer is not None else ""
    return float(said) if said.isascii() and said.isdigit() else 0.0
