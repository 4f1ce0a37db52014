"""Other rules tried in a browser: looked at, started, watched, compared, and the winner adopted."""

import json
import time
from pathlib import Path

import pytest

from api.simulations.kept import Kept, Simulation, State, folder_of
from api.web import simulation_form
from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import HOUR, NOW, assert_clean, option, placed, request
from tests.sim.trials.few import TEXT

PATH = "/simulations"
NEW = f"{PATH}/new"
LONGEST_S = 120


@pytest.fixture(autouse=True)
def place(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this market's simulations are; the one scenario is small."""
    monkeypatch.setenv("GPUMARKET_SIMULATIONS", str(tmp_path))
    few = tmp_path / "few.toml"
    few.write_text(TEXT, encoding="utf-8")
    monkeypatch.setattr(simulation_form, "scenarios", lambda: {str(few): "Few, 2 days"})
    found = folder_of(desk.store, {"GPUMARKET_SIMULATIONS": str(tmp_path)})
    assert found
    return found


def typed(place: Path, **other: str) -> dict[str, str]:
    """The form, filled in."""
    source = str(place.parent / "few.toml")
    return {"act": "look", "source": source, "seeds": "3", "key": "k1", "work": "1500", **other}


def kept(place: Path, proposal: str = "", **content: str) -> str:
    """A simulation that has ended, as its process left it; its id."""
    other = proposal or "the change"
    at = place / "abc123"
    (at / "out" / "runs" / "one").mkdir(parents=True)
    asked = {
        "key": "x",
        "by": "pia",
        "at": "2026-11-23T08:00:00+00:00",
        "source": "few",
        "title": "Few, 2 days",
        "seeds": 3,
        "version": 1,
        "proposal": proposal,
        "until": "",
        "rules": {"work": 2000},
        "changes": {"work": 1500},
    }
    cells = [
        {"value": "1.0", "step": "", "side": ""},
        {"value": "2.0", "step": "+1", "side": "good"},
    ]
    said = {
        "headline": "h",
        "adopt": other,
        "why": "Adopt the change: it delivers 9 % more",
        "measures": [{"name": "Value delivered", "unit": "credits", "cells": cells}],
        "faults": [],
    }
    for name, one in (("asked", asked), ("said", said), ("ended", {"code": 0})):
        text = content.get(name, json.dumps(one))
        if text:
            (at / f"{name}.json").write_text(text)
    (at / "trouble.txt").write_text(content.get("trouble", ""))
    (at / "out" / "report.html").write_text("<p>the report")
    return at.name


def ended(desk: Desk, place: Path) -> Simulation:
    """The newest, once it has ended."""
    room, end = Kept(place, desk.store.address), time.monotonic() + LONGEST_S
    while (found := room.listed()[0]).runs and time.monotonic() < end:
        time.sleep(0.2)
    return found


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_platform_alone_tries_rules(desk: Desk, place: Path, who: str) -> None:
    id_ = kept(place)
    browsing.sign_in(desk, who)
    may = who == "pia"
    assert ("Simulations" in browsing.words(browsing.page(desk, "/"))) is may
    for path in (PATH, NEW, f"{PATH}/{id_}"):
        browsing.page(desk, path, 200 if may else 403)
    assert desk.http.get(f"{PATH}/{id_}/report").status_code == (200 if may else 403)
    if not may:
        assert browsing.sends(desk, NEW, **typed(place, act="start")).status_code == 403
        assert browsing.sends(desk, f"{PATH}/{id_}", act="stop").status_code == 403
        assert not (place / "lock").exists()


def test_one_is_tried_from_the_form_to_the_adopted_rules(desk: Desk, place: Path) -> None:
    browsing.sign_in(desk, "pia")
    assert "Nothing was tried to its end yet" in browsing.words(browsing.page(desk, PATH))
    browsing.page(desk, NEW)
    looked = browsing.sends(desk, NEW, **typed(place))
    browsing.well_formed(looked.text)
    said = browsing.words(looked.text)
    assert "1 rule is tried in 9 runs" in said
    assert "work 2,000 1,500" in said
    assert "gpumarket sim compare" in said
    assert not place.exists()
    done = browsing.sends(desk, NEW, **typed(place, act="start"))
    assert done.status_code == 303
    where = done.headers["location"]
    assert browsing.sends(desk, NEW, **typed(place, act="start")).headers["location"] == where
    html = browsing.page(desk, where)
    assert "of 9 runs" in browsing.words(html)
    assert '<noscript><meta http-equiv="refresh"' in html
    assert browsing.sends(desk, NEW, **typed(place, act="start", key="k2")).status_code == 409
    found = ended(desk, place)
    assert (found.state, found.done, found.trouble) == (State.DONE, 9, "")
    html = browsing.page(desk, where)
    assert "refresh" not in html
    assert "Value delivered" in browsing.words(html)
    report = desk.http.get(f"{where}/report")
    assert report.headers["content-security-policy"].startswith("sandbox allow-scripts;")
    assert "Value delivered" in report.text
    assert "Few, 2 days" in browsing.words(browsing.page(desk, PATH))
    assert_clean(desk.store)


@pytest.mark.slow
def test_the_markets_own_past_is_tried(desk: Desk, place: Path) -> None:
    placed(desk.store, request("nlp", "o1", option(40, 8)), request("rl", "o2", option(6, 8)))
    with browsing.later(desk, NOW + 20 * HOUR) as next_day:
        browsing.sign_in(next_day, "pia")
        form = typed(place, act="start", source="past")
        where = browsing.sends(next_day, NEW, **form).headers["location"]
        found = ended(next_day, place)
        assert (found.state, found.done, found.trouble) == (State.DONE, 9, "")
        said = browsing.words(browsing.page(next_day, where))
        assert "This market's last 28 days, 3 times by version 1" in said
        assert "sim from-history --from 2026-10-27T00:00Z --to 2026-11-24T00:00Z" in said
        assert "Value delivered, credits 46" in said
        assert "how sure it is holds for that month alone" in said


def test_the_winner_is_adopted_where_rules_are(desk: Desk, place: Path) -> None:
    id_ = kept(place)
    browsing.sign_in(desk, "pia")
    html = browsing.page(desk, f"{PATH}/{id_}")
    assert "Adopt the change: it delivers 9 % more" in browsing.words(html)
    assert "Value delivered, credits 1.0 2.0 +1 good" in browsing.words(html)
    assert 'action="/operations/rules/edit"' in html
    looked = browsing.sends(desk, "/operations/rules/edit", act="edit", seen="1", work="1500")
    assert "work 2,000 1,500" in browsing.words(looked.text)
    hands.adopt(desk.store, NOW, ("work", 9_000))
    again = browsing.words(browsing.page(desk, f"{PATH}/{id_}"))
    assert "The rules have changed since" in again


def test_a_proposal_is_tried_and_led_to(desk: Desk, place: Path) -> None:
    hands.propose(desk.store, "more-for-spot", NOW, ("reserved_share_ppm", 750_000))
    browsing.sign_in(desk, "pia")
    assert "proposal more-for-spot" in browsing.words(browsing.page(desk, NEW))
    looked = browsing.sends(desk, NEW, **typed(place, against="more-for-spot"))
    said = browsing.words(looked.text)
    assert "reserved_share_ppm 100 % 75 %" in said
    assert "work 2,000" not in said
    assert "rules/more-for-spot.json" in said


def test_a_proposal_that_wins_is_adopted_as_proposed_while_it_stands(
    desk: Desk, place: Path
) -> None:
    hands.propose(desk.store, "less-work", NOW, ("work", 1_500))
    browsing.sign_in(desk, "pia")
    path = f"{PATH}/{kept(place, 'less-work')}"
    html = browsing.page(desk, path)
    assert 'href="/operations/rules#proposals"' in html
    assert 'action="/operations/rules/edit"' not in html
    hands.adopt(desk.store, NOW, ("work", 9_000))
    assert 'action="/operations/rules/edit"' in browsing.page(desk, path)


def test_what_cannot_be_tried_is_told_beside_its_field(desk: Desk, place: Path) -> None:
    browsing.sign_in(desk, "pia")
    for other, field in (
        ({"source": "nowhere"}, "source"),
        ({"seeds": "4"}, "seeds"),
        ({"seeds": "many"}, "seeds"),
        ({"against": "none-such"}, "against"),
        ({"work": "0"}, "work"),
        ({"work": "much"}, "work"),
        ({"payment_rule": "beer"}, "payment_rule"),
    ):
        refused = browsing.sends(desk, NEW, **typed(place, **other))
        assert refused.status_code == 422, field
        assert f'aria-describedby="wrong-{field}"' in refused.text
        browsing.well_formed(refused.text)
    same = browsing.sends(desk, NEW, **typed(place, work="2000"))
    assert "The rules of version 1 are so already." in browsing.words(same.text)
    assert not place.exists()


def test_a_folder_that_cannot_be_used_is_told(desk: Desk, place: Path) -> None:
    browsing.sign_in(desk, "pia")
    place.write_text("a file, where the folder should be")
    assert "Nothing was tried" in browsing.words(browsing.page(desk, PATH))
    refused = browsing.sends(desk, NEW, **typed(place, act="start"))
    assert refused.status_code == 503
    assert "the folder of simulations cannot be used" in browsing.words(refused.text)


def test_one_that_runs_is_stopped_and_gone_on_with(desk: Desk, place: Path) -> None:
    browsing.sign_in(desk, "pia")
    form = typed(place, act="start", seeds="20")
    where = browsing.sends(desk, NEW, **form).headers["location"]
    assert "Stop it" in browsing.words(browsing.page(desk, where))
    assert "running: " in browsing.words(browsing.page(desk, PATH))
    for act, then in (("stop", "Go on"), ("go-on", "Stop it"), ("stop", "Go on")):
        done = browsing.sends(desk, where, act=act)
        assert done.headers["location"] == where
        assert then in browsing.words(browsing.page(desk, where))


def test_what_failed_or_was_interrupted_says_so(desk: Desk, place: Path) -> None:
    browsing.sign_in(desk, "pia")
    id_ = kept(place, said="", trouble="few.toml: there is <no> pool")
    said = browsing.words(browsing.page(desk, f"{PATH}/{id_}"))
    assert "Failed after 1 of 9 runs" in said
    assert "few.toml: there is <no> pool" in said
    assert "failed: few.toml" in browsing.words(browsing.page(desk, PATH))
    (place / id_ / "ended.json").unlink()
    assert "Interrupted after 1 of 9 runs" in browsing.words(browsing.page(desk, f"{PATH}/{id_}"))
    (place / id_ / "ended.json").write_text('{"code": 0, "stopped": true}')
    assert "Stopped after 1 of 9 runs" in browsing.words(browsing.page(desk, f"{PATH}/{id_}"))
    browsing.page(desk, f"{PATH}/nothing", 404)
    assert desk.http.get(f"{PATH}/{id_}/report").status_code == 404
