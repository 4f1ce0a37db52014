"""The client against the program itself, over the network of this machine."""

import re
from pathlib import Path

import pytest

from api.client.failures import Refused, Unserved
from api.client.sending import Patience
from api.client.served import Client
from tests.api.client.test_served import a_body
from tests.api.service.program import serving


def test_a_first_administrator_signs_in_and_a_stopped_service_is_told_of(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, where):
        [link] = re.findall(r"/sign-in\?token=(\S+)", (tmp_path / "log").read_text())
        with Client(where) as nobody:
            token = nobody.sign_in(link).token
        client = Client(where, token, patience=Patience(knocking_s=0))
        assert client.me().roles == ["admin", "platform", "finance"]
        assert client.sale().cycle == "cyc_000001"
        with pytest.raises(Refused) as no_team:
            client.place_order(a_body())
        assert no_team.value.code in ("forbidden", "not-found")
    with client, pytest.raises(Unserved, match="nobody answers"):
        client.me()
