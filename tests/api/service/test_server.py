"""``gpumarket serve`` as people run it: a process, a port, a new market, Ctrl-C."""

import re
import signal
from pathlib import Path

import httpx2

from marketplace.store.engine import connect
from tests.api.service.program import PATIENCE_S, serving
from tests.marketplace.bazaar import assert_clean


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
