"""``gpumarket serve`` as people run it: a process, a port, a new market, Ctrl-C."""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from marketplace.store.engine import connect
from tests.marketplace.bazaar import assert_clean

PROGRAM = (sys.executable, "-c", "from api.cli import main; main()")
PATIENCE_S = 60


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(folder: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program, serving: it, and where."""
    port = str(free_port())
    line = [*PROGRAM, "serve", "--port", port, *more]
    log = folder / "log"
    with (
        log.open("w") as told,
        subprocess.Popen(line, cwd=folder, stderr=told, stdout=told, text=True) as child,
    ):
        where = f"http://127.0.0.1:{port}"
        try:
            _wait(child, where, log)
            yield child, where
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(PATIENCE_S)


def _wait(child: subprocess.Popen[str], where: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        assert child.poll() is None, log.read_text()
        try:
            httpx2.get(f"{where}/v1/me")
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"nobody answers: {log.read_text()}")


def test_a_new_market_is_served_and_its_first_administrator_signs_in(tmp_path: Path) -> None:
    with serving(tmp_path) as (child, where):
        said = (tmp_path / "log").read_text()
        [link] = re.findall(rf"{where}/sign-in\?token=(\S+)", said)
        made = httpx2.post(f"{where}/v1/sign-in", json={"token": link}).json()
        headers = {"Authorization": f"Bearer {made['token']}"}
        me = httpx2.get(f"{where}/v1/me", headers=headers).json()
        assert me["roles"] == ["admin", "platform", "finance"]
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE_S) == -signal.SIGTERM
    said = (tmp_path / "log").read_text()
    assert "Traceback" not in said
    assert made["token"] not in said
    assert_clean(connect(str(tmp_path / "market.db")))
    with serving(tmp_path):
        assert "sign-in" not in (tmp_path / "log").read_text()
