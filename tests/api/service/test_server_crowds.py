"""A real server that many connect to, and that some send to drop by drop: it answers all others."""

import socket
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from tests.api.service.program import PROGRAM, serving

IDLE, SLOW, ASKED = 1_000, 20, 15
QUICK_S = 3.0


HASTY = (
    PROGRAM[0],
    "-c",
    "from api.cli import main; from api.service import patience; patience.HEAD_S = 2.0; main()",
)
"""The program, with less patience."""


def test_idle_connections_and_slow_senders_hold_nobody_up(tmp_path: Path) -> None:
    head = b"POST /v1/sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    with serving(tmp_path, program=HASTY) as (child, where), ExitStack() as stack:
        port = urlsplit(where).port
        opened = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port or 0)))
            for _ in range(IDLE + SLOW)
        ]
        for one in opened[:SLOW]:
            one.sendall(head + b"Content-Length: 1000\r\n\r\n{")
        http = stack.enter_context(httpx2.Client(base_url=where))
        slowest = 0.0
        for number in range(ASKED):
            opened[number % SLOW].sendall(b" ")
            began = time.monotonic()
            assert http.get("/healthz").status_code == 200
            assert http.get("/readyz").status_code == 200
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < QUICK_S
        begun = stack.enter_context(socket.create_connection(("127.0.0.1", port or 0)))
        begun.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        for silent in (opened[-1], begun):
            silent.settimeout(10)
            assert silent.recv(1) == b"", "it is sent away"
        assert child.poll() is None
    assert "Traceback" not in (tmp_path / "log").read_text()
