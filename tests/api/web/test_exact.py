"""What pages say that their forms send is what the service and the command line take."""

import json
import re
import shlex
from html import unescape
from itertools import pairwise

import pytest

from api.web.exact import NUMBER, TIME, Exact, Typed
from tests.api.rest.desk import Desk
from tests.api.web import browsing
from tests.architecture.test_docs import command_fault, command_line
from tests.marketplace.bazaar import CLOSE, HOUR, option, placed, request, won
from tests.marketplace.test_spot_run import asked

SHOWN = re.compile(r'<pre data-exact="(request|line)">(.*?)</pre>', re.DOTALL)
WHEN = {"start": "2026-12-01T08:00", "end": "2026-12-01T12:00"}


def sends(desk: Desk, who: str, html: str) -> list[str]:
    """Send each request that a page shows, to be looked at alone; the commands that it shows."""
    commands = []
    for kind, text in SHOWN.findall(html):
        words = shlex.split(unescape(text).replace("\\\n", " "))
        if kind == "line":
            commands.append(shlex.join(words))
            words = words[words.index("|") + 1 :] if "|" in words else words
            assert command_fault(words[1:], command_line()) is None
            continue
        options = list(pairwise(words))
        headers = dict(value.split(": ", 1) for flag, value in options if flag == "-H")
        body = [value for flag, value in options if flag == "-d"]
        if body == ["{}"]:  # a form in which nothing is typed yet
            continue
        path = next(word for word in words if word.startswith("http")).split("testserver")[1]
        headers |= {"Authorization": f"Bearer gpm_{who}"}
        method = words[words.index("-X") + 1]
        sent = body[0] if body else None
        answer = desk.http.request(method, f"{path}?dry_run=true", headers=headers, content=sent)
        assert answer.status_code < 300, (words, answer.text)
    return commands


def test_of_an_order_and_what_it_won(desk: Desk) -> None:
    [waits] = placed(desk.store, request("nlp", "o1", option(40, 8)))
    browsing.sign_in(desk, "mia")
    assert sends(desk, "mia", browsing.page(desk, f"/orders/{waits.id}")) == [
        f"gpumarket orders amend {waits.id} --value 40",
        f"gpumarket orders cancel {waits.id}",
    ]
    [box] = won(desk.store, request("nlp", "o2", option(40, 8)))
    with browsing.later(desk, CLOSE + HOUR) as after:
        browsing.sign_in(after, "mia")
        html = browsing.page(after, f"/reservations/{box.id}/release?quantity=8")
        command = f"gpumarket reservations release {box.id} --quantity 8"
        assert sends(after, "mia", html) == [command]


def test_of_a_spot_request(desk: Desk) -> None:
    one = asked(desk.store, "nlp", 1)
    browsing.sign_in(desk, "mia")
    change, cancel = sends(desk, "mia", browsing.page(desk, f"/spot/{one.id}"))
    assert change.startswith(f"gpumarket spot limit {one.id} ")
    assert cancel == f"gpumarket spot cancel {one.id}"


def test_of_bids(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    [one] = sends(desk, "mia", browsing.page(desk, "/bid?pool=h100&value=40"))
    assert one.startswith("gpumarket bid --team nlp --pool h100 --quantity 8")
    both = browsing.page(desk, "/bid?pool=h100&pool=a100&value=40")
    assert "| gpumarket bid --team nlp --file -" in both  # its flags take one pool alone
    [one] = sends(desk, "mia", browsing.page(desk, "/bid/spot?pool=h100&limit=2"))
    assert one.startswith("gpumarket spot request")


def test_of_what_platform_confirms(desk: Desk) -> None:
    browsing.sign_in(desk, "pia")
    asked = {**WHEN, "quantity": "8", "reason": "it's hot"}
    path = "/operations/pools/h100"
    made = browsing.sends(desk, path, act="override", **asked)
    line = "--from 2026-12-01T08:00Z --until 2026-12-01T12:00Z --reason 'it'\"'\"'s hot'"
    assert f"gpumarket pool override h100 --capacity 8 {line}" in sends(desk, "pia", made.text)
    made = browsing.sends(desk, "/operations/maintenance", act="announce", pool="h100", **asked)
    assert f"gpumarket pool maintenance h100 --capacity 8 {line}" in sends(desk, "pia", made.text)
    fields = {"act": "edit", "seen": "1", "reserved_share_ppm": "750000"}
    made = browsing.sends(desk, "/operations/rules/edit", id="n", reason="r", **fields)
    assert sends(desk, "pia", made.text) == [
        "gpumarket rules adopt --set reserved_share_ppm=750000 --seen 1",
        "gpumarket rules propose --set reserved_share_ppm=750000 --seen 1 n --reason r",
    ]


def test_of_a_form_that_was_refused_it_says_what_was_typed(desk: Desk) -> None:
    browsing.sign_in(desk, "pia")
    fields = {"id": "b200", "capacity": "64", "reserve_price_credits": "x", "block_size": "8"}
    html = browsing.sends(desk, "/operations/pools", act="open", unit="gpu", **fields).text
    assert "gpumarket pool add b200 --unit gpu --capacity 64" in html


@pytest.mark.parametrize("text", ["", "  "])
def test_what_is_left_empty_is_not_sent_and_a_script_is_told_how(text: str) -> None:
    typed = [
        Typed(name="n", at="n", text="8", flag="-n", kind=NUMBER),
        Typed(name="at", at="legs.0.at", text=" 2026-12-01T08:00 ", flag="--at", kind=TIME),
        Typed(name="why", at="why", text=text, flag="--why"),
    ]
    found = Exact(
        method="POST",
        address="http://x/v1/y",
        fixed={"legs": [{"pool": "a"}]},
        command=["gpumarket", "y"],
        typed=typed,
    )
    body = '{"legs": [{"pool": "a", "at": "2026-12-01T08:00Z"}], "n": 8}'
    assert found.request.endswith(f"-d '{body}'")
    assert found.line == "gpumarket y -n 8 --at 2026-12-01T08:00Z"
    told = json.loads(found.spec)
    assert told["fixed"] == {"legs": [{"pool": "a"}]}
    assert told["typed"][1] == ["at", "legs.0.at", "--at", "time"]
