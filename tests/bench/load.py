"""Load on a server: clients that each keep a connection and send one request after another."""

import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

CLIENTS: Final = 8
Asked = tuple[str, str, Mapping[str, str], Any]
"""Method, path, headers and body of a request."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How many requests there were a second, and how long each took."""

    per_s: float
    took_s: list[float]
    refused: int

    @property
    def p99_s(self) -> float:
        """What 99 of 100 stayed below."""
        return statistics.quantiles(self.took_s, n=100)[98]


def load(
    port: int,
    ask: Callable[[int, int], Asked],
    each: int,
    *,
    clients: int = CLIENTS,
    per_s: float | None = None,
) -> Answered:
    """``each`` requests of each client as fast as it can, or together ``per_s`` a second;
    ``ask(client, k)`` makes the k-th one of a client."""
    took: list[list[float]] = [[] for _ in range(clients)]
    refused = [0] * clients
    ready = threading.Barrier(clients + 1)

    def run(client: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        line.connect()
        ready.wait()
        began_s = time.perf_counter()
        for k in range(each):
            if per_s is not None:
                due_s = began_s + (k * clients + client) / per_s
                time.sleep(max(0.0, due_s - time.perf_counter()))
            method, path, headers, body = ask(client, k)
            sent_s = time.perf_counter()
            data = None if body is None else json.dumps(body)
            line.request(method, path, data, {"Content-Type": "application/json", **headers})
            answer = line.getresponse()
            answer.read()
            took[client].append(time.perf_counter() - sent_s)
            refused[client] += answer.status >= 300
        line.close()

    threads = [threading.Thread(target=run, args=(k,)) for k in range(clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    began_s = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began_s
    return Answered(clients * each / seconds, [one for each in took for one in each], sum(refused))
