"""Themes in a browser: what credits are meant for, what was spent, and the next version."""

import re
import tomllib
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from api.wire.theme import ThemesBody
from marketplace.domain.transfer import Tags
from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.api.web.test_exact import sends as shown
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, DAY, NOW, assert_clean, leg, option, request, won

PATH = "/finance/themes"
EDIT = f"{PATH}/edit"
BODY = {
    "start": "2026-11-01T00:00:00Z",
    "end": "2027-01-01T00:00:00Z",
    "themes": [
        {"name": "safety", "share_ppm": 400_000},
        {"name": "fair", "share_ppm": 125_000, "end": "2026-12-01T00:00:00Z"},
    ],
    "note": "as decided in October",
}
TYPED = {
    "act": "edit",
    "key": "k",
    "seen": "0",
    "start": "2026-11-01T00:00",
    "end": "2027-01-01T00:00",
    "note": 'by "review" – Zürich',
    "name-0": "safety",
    "share-0": "40",
    "start-0": "",
    "end-0": "",
    "name-1": "",
    "share-1": "",
    "start-1": "",
    "end-1": "",
    "name-2": "quality",
    "share-2": "12.5 %",
    "start-2": "",
    "end-2": "2026-12-01T00:00",
}


def said(desk: Desk, path: str = PATH) -> str:
    return browsing.words(browsing.page(desk, path))


def confirmed(html: str) -> dict[str, str]:
    """What the form that adopts sends."""
    form = html.split('name="act" value="adopt"')[1].split("</form>")[0]
    found = re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', form)
    return {"act": "adopt"} | {name: unescape(text) for name, text in found}


@pytest.mark.parametrize("who", sorted(set(PEOPLE) - {"fin"}))
def test_nobody_but_finance_gets_in(desk: Desk, who: str) -> None:
    """§7.11, §7.12"""
    browsing.sign_in(desk, who)
    for path in (PATH, EDIT):
        browsing.page(desk, path, 403)
    for act in ("edit", "adopt"):
        assert browsing.sends(desk, EDIT, **TYPED | {"act": act}).status_code == 403


def test_before_anything_was_decided_it_says_so(fin: Desk) -> None:
    told = said(fin)
    assert "No document says what the credits of November 2026 are meant for" in told
    assert "No theme was decided on for November 2026, and no work was tagged with one." in told
    assert "Nothing says what credits are meant for now." in told
    assert "Write the first version" in told
    assert "All versions" not in told
    told = said(fin, EDIT)
    assert "What are credits meant for?" in told
    assert 'value="2027-01-01T00:00"' in browsing.page(fin, EDIT)  # the next quarter


def test_spend_stands_beside_what_was_decided(fin: Desk) -> None:
    fin.asks("fin", "POST", "/v1/themes", json=BODY)
    wide = leg(units=16)
    bids = [
        replace(request("nlp", "a", option(90, 8, None, wide)), tags=Tags(theme="safety")),
        replace(request("rl", "b", option(80, 12, None, wide)), tags=Tags(theme="<b>more")),
        request("vision", "c", option(70, 8, None, wide)),
    ]
    won(fin.store, *bids)
    with browsing.later(fin, CLOSE + DAY / 24) as at:
        browsing.sign_in(at, "fin")
        html = browsing.page(at, PATH)
    told = browsing.words(html)
    spent = re.search(r"(\d+) % of the ([\d.]+) credits spent in November 2026 so far went", told)
    assert spent, told
    assert 0 < int(spent[1]) < 100
    assert "of 3,000.00 credits that were given" in told
    assert re.search(r"safety 40 % 1,200\.00 [\d.]+ \d+ %", told)
    assert re.search(r"<b>more none – [\d.]+ \d+ %", told)
    assert "fair 12.5 % 375.00 0.00 0 %" in told
    assert "Version 1, from 01 Nov 2026 to 01 Jan 2027; a share binds nobody" in told
    assert "safety 40 %, fair 12.5 % until 01 Dec as decided in October by fin" in told
    assert "/finance/statement?by=theme&amp;name=safety&amp;month=2026-11" in html
    browsing.page(fin, f"{PATH}?month=2026-10", 404)


def test_what_changes_is_shown_before_it_is_adopted(fin: Desk) -> None:
    fin.asks("fin", "POST", "/v1/themes", json=BODY)
    html = browsing.page(fin, EDIT)
    assert "What shall be other than in version 1?" in browsing.words(html)
    for value in ("safety", "40", "12.5", "2026-12-01T00:00", "as decided in October"):
        assert f'value="{value}"' in html
    looked = browsing.sends(fin, EDIT, **TYPED | {"seen": "1"})
    assert looked.status_code == 200, browsing.words(looked.text)
    browsing.well_formed(looked.text)
    told = browsing.words(looked.text)
    for words in (
        "3 things would be other in version 2",
        "fair 12.5 % until 01 Dec –",
        "quality – 12.5 % until 01 Dec",
        'Note as decided in October by "review" – Zürich',
    ):
        assert words in told, words
    assert "safety 40 % 40 %" not in told
    assert len(fin.gets("fin", "/v1/themes/versions")["items"]) == 1
    done = browsing.sends(fin, EDIT, **confirmed(looked.text))
    assert done.headers["location"] == f"{PATH}?adopted=2", browsing.words(done.text)
    assert "Adopted as version 2, announced to everybody." in said(fin, f"{PATH}?adopted=2")
    assert "Adopted as version 9" not in said(fin, f"{PATH}?adopted=9")
    found = fin.gets("mia", "/v1/themes")["now"]
    assert [one["share_ppm"] for one in found["themes"]] == [400_000, 125_000]
    again = browsing.sends(fin, EDIT, **TYPED | {"seen": "2", "key": "k2"})
    assert "Nothing would be other" in browsing.words(again.text)
    assert 'value="adopt"' not in again.text
    stale = browsing.sends(fin, EDIT, **TYPED | {"seen": "1", "note": "late", "key": "k3"})
    assert stale.status_code == 412
    assert "Start again from version 2" in browsing.words(stale.text)
    assert_clean(fin.store)


def test_what_is_sent_is_what_the_service_and_the_command_take(fin: Desk) -> None:
    fin.asks("fin", "POST", "/v1/themes", json=BODY)
    html = browsing.sends(fin, EDIT, **TYPED | {"seen": "1"}).text
    assert shown(fin, "fin", html) == ["gpumarket themes adopt themes.toml --seen 1"]
    [file] = re.findall(
        r"themes\.toml, for the command</summary>\n<pre>(.*?)</pre>", html, re.DOTALL
    )
    meant = ThemesBody.read(tomllib.loads(unescape(file)))
    assert meant.note == TYPED["note"]
    assert [(one.name, one.share_ppm) for one in meant.themes] == [
        ("safety", 400_000),
        ("quality", 125_000),
    ]
    assert meant.themes[1].end != meant.end


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"share-2": "many"}, "share-2", "no share in percent"),
        ({"share-2": "200"}, "share-2", ""),
        ({"name-2": ""}, "name-2", ""),
        ({"end-2": "2027-06-01T00:00"}, "start-2", "lies in the time of its document"),
        ({"share-2": "61"}, "", "are the whole"),
        ({"name-2": "safety"}, "", "named twice"),
        ({"end": "2026-10-01T00:00"}, "end", ""),
        ({"start": "2026-01-01T00:00", "end": "2026-11-02T00:00", "end-2": ""}, "end", ""),
        ({"start": ""}, "start", ""),
    ],
)
def test_what_is_wrong_stands_by_its_field_and_nothing_typed_is_lost(
    fin: Desk, typed: dict[str, str], field: str, says: str
) -> None:
    refused = browsing.sends(fin, EDIT, **TYPED | typed)
    assert refused.status_code == 422, browsing.words(refused.text)
    browsing.well_formed(refused.text)
    assert says in browsing.words(refused.text)
    assert 'role="alert"' in refused.text
    marked = re.findall(r'name="([\w-]+)"[^>]*aria-invalid="true"', refused.text)
    assert marked == ([field] if field else [])
    assert 'value="2026-11-01T00:00"' in refused.text or "start" in typed


def test_versions_come_in_pages(fin: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.web.themes_page.VERSIONS", 2)
    for k in range(3):
        later = BODY | {"note": f"try {k}"}
        headers = {"Idempotency-Key": f"k{k}"}
        fin.asks("fin", "POST", "/v1/themes", json=later, headers=headers)
    html = browsing.page(fin, PATH)
    assert ("try 1" in html, "try 0" in html) == (True, False)
    [older] = re.findall(r'href="([^"]*\?after=[^"]*)" rel="next"', html)
    assert "try 0" in browsing.page(fin, older)


def test_a_version_keeps_its_time_until_it_is_over_and_then_goes_to_the_next_quarter(
    fin: Desk,
) -> None:
    fin.asks("fin", "POST", "/v1/themes", json=BODY)
    hands.make_token(fin.store, "fin2", "gpm_fin2", NOW, "finance", days=90)
    with browsing.later(fin, CLOSE + timedelta(hours=1)) as at:
        browsing.sign_in(at, "fin")
        assert 'value="2026-11-01T00:00"' in browsing.page(at, EDIT)
    with browsing.later(fin, NOW + timedelta(days=40)) as at:  # 2 January
        browsing.sign_in(at, "fin2")
        html = browsing.page(at, EDIT)
    for value in ("2027-04-01T00:00", "2027-07-01T00:00", "safety", "12.5"):
        assert f'value="{value}"' in html
    assert 'value="2026-12-01T00:00"' not in html
