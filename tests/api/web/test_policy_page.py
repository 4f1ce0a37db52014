"""The decision policy in a browser: what is in force, what comes, what was, and who reads it."""

import pytest

from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.marketplace.bazaar import HOUR, NOW

PATH = "/finance/policy"
FIRST = {
    "tiers": [
        {"name": "large", "at_least": "2000", "below": "9000", "needs": ["lead"], "within": "6h"},
        {
            "name": "export",
            "labels": ["controlled"],
            "needs": ["lead", "finance"],
            "then": "pass",
        },
    ],
    "labels": [{"name": "controlled", "projects": ["weather-model"]}],
    "caps": [{"pool": "h100", "share_ppm": 500_000}, {"pool": "h100", "team": "rl", "units": 16}],
    "restrictions": [{"pool": "h100", "teams": ["nlp", "rl"]}],
    "limits": [
        {"theme": "safety", "credits": "50000", "period": "quarter"},
        {"team": "nlp", "credits": "1000"},
    ],
    "alerts": [{"name": "spent", "on": "spend", "share_ppm": 800_000}],
    "note": 'as "decided" in <March>',
}
LATER = {"note": "all pass", "valid_from": f"{NOW + 2 * HOUR:%Y-%m-%dT%H:%M:%SZ}"}


def said(desk: Desk, path: str = PATH) -> str:
    return browsing.words(browsing.page(desk, path))


@pytest.fixture
def adopted(desk: Desk) -> Desk:
    """Two versions: one in force, and one that comes."""
    for number, body in enumerate((FIRST, LATER)):
        key = {"Idempotency-Key": str(number)}
        answer = desk.asks("fin", "POST", "/v1/policy", json=body, headers=key)
        assert answer.status_code == 201, answer.text
    return desk


def test_before_any_was_adopted_it_says_so_and_how_one_is(fin: Desk) -> None:
    told = said(fin)
    assert "Every order passes at once: no decision policy is in force" in told
    assert "gpumarket policy adopt FILE.toml --dry-run" in told
    assert "All versions" not in told
    assert "What comes" not in told
    browsing.page(fin, f"{PATH}?version=1", 404)


def test_it_says_who_decides_and_what_nobody_may_do(adopted: Desk) -> None:
    browsing.sign_in(adopted, "fin")
    told = said(adopted)
    for words in (
        "Orders of 2 tiers wait for somebody's word, by version 1 of the policy, in force since",
        "In force since Mon 23 Nov 09:00 UTC ; adopted by fin, Mon 23 Nov 09:00 UTC",
        'Its note: as "decided" in <March>',
        "large 2,000.00 to below 9,000.00 all orders its team's lead 6h it is refused",
        "export any amount label controlled its team's lead and finance 1d it passes",
        "controlled weather-model",
        "Spending limit credits theme safety 50,000.00 a quarter",
        "Spending limit credits NLP 1,000.00 a month",
        "Cap h100 each team 50 % of its units ahead at a time",
        "Cap h100 RL 16 units ahead at a time",
        "Restricted pool h100 NLP, RL they alone may bid for it",
        "spent each has spent 80 % of a spending limit",
        "Version 2 from Mon 23 Nov 11:00 UTC on: every order passes at once.",
        "1 in force Mon 23 Nov 09:00 UTC 2 tiers, 2 caps, 1 restricted pool, 2 spending limits",
        "2 Mon 23 Nov 11:00 UTC Every order passes at once all pass by fin",
    ):
        assert words in told, words
    comes = said(adopted, f"{PATH}?version=2")
    assert "Comes into force Mon 23 Nov 11:00 UTC" in comes
    assert "No order waits for anybody" in comes
    assert "It has no guardrails" in comes
    assert "Orders of 2 tiers wait" in comes  # what is in force stays the first line


def test_an_earlier_version_is_told_as_what_it_was(adopted: Desk) -> None:
    with browsing.later(adopted, NOW + 3 * HOUR) as at:
        browsing.sign_in(at, "fin")
        now = said(at)
        assert "Every order passes at once, by version 2 of the policy, in force since Mon" in now
        assert "What comes" not in now
        before = said(at, f"{PATH}?version=1")
    assert "It was for the time from Mon 23 Nov 09:00 UTC on; version 2 is in force now" in before
    assert "large 2,000.00 to below 9,000.00" in before


@pytest.mark.parametrize("who", sorted(set(PEOPLE) - {"fin"}))
def test_everybody_reads_it_without_what_is_finances_alone(adopted: Desk, who: str) -> None:
    browsing.sign_in(adopted, who)
    html = browsing.page(adopted, PATH)
    assert "large 2,000.00 to below 9,000.00" in browsing.words(html)
    assert 'href="/finance/' not in html.replace('href="/finance/policy', "")
    assert "policy adopt" not in html


def test_what_the_page_says_of_roles_is_so(adopted: Desk) -> None:
    """§7.11"""
    for who in PEOPLE:
        assert adopted.gets(who, "/v1/policy/versions/1")["note"] == FIRST["note"]
        answer = adopted.asks(who, "POST", "/v1/policy", json=LATER, params={"dry_run": "true"})
        assert (answer.status_code == 201) is (who == "fin"), answer.text
    told = said_to(adopted, "mia")
    assert "Finance what waits for a word in all teams; all alerts" in told
    assert "A team what was said of its own orders, and by whom; alerts about the team" in told
    assert adopted.gets("fin", "/v1/alerts")["items"] == []
    for other in ("pia", "rob"):
        adopted.refused(403, other, "GET", "/v1/alerts", params={"team": "nlp"})


def said_to(desk: Desk, who: str) -> str:
    browsing.sign_in(desk, who)
    return said(desk)


def test_versions_come_in_pages(adopted: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.web.policy_page.VERSIONS", 1)
    browsing.sign_in(adopted, "fin")
    html = browsing.page(adopted, PATH)
    versions = html.split('id="versions"')[1]
    assert ("?version=2" in versions, "?version=1" in versions) == (True, False)
    older = versions.split('href="/finance/policy?after=')[1].split('"')[0]
    versions = browsing.page(adopted, f"{PATH}?after={older}").split('id="versions"')[1]
    assert ("?version=2" in versions, "?version=1" in versions) == (False, True)
    assert "← first" in versions
