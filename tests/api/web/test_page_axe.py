"""No page has a serious fault for people who use a keyboard or a screen reader, in either scheme,
wide or narrow; and nothing scrolls sideways."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe

from marketplace.domain.alert import AlertKind, AlertRule
from marketplace.domain.approval_command import AdoptPolicy
from marketplace.domain.guarantee import Guarantee, Kind
from marketplace.domain.limit import Limit
from marketplace.domain.page import every
from marketplace.domain.policy import Need, Policy, Tier
from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.domain.theme import Theme, Themes
from marketplace.domain.theme_command import AdoptThemes
from marketplace.services import reservation
from marketplace.services.runner import Runner
from tests.api.web import chromium
from tests.api.web.conftest import Opens
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, CREDIT, DAY, HOUR, option, placed, request, run

pytestmark = pytest.mark.slow

PAGES: Final = {
    "mia": (
        *("/", "/?zoom=hours&cell_pool=h100&cell_at=2026-11-24T14:00:00Z"),
        *("/bid?pool=h100", "/bid?pool=h100&quantity=7", "/bid/spot?pool=h100", "/market"),
        *("/bid/now?pool=h100&quantity=8&duration=2h", "/bid/now?pool=h100&quantity=24"),
        *("/teams/nlp", "/teams/nlp/access", "/teams/nlp/transfers", "/orders", "/operations"),
        "/finance/policy",
    ),
    "pia": (  # what is alike for all is looked at as mia
        "/bid",
        *("/operations", "/operations/pools", "/operations/pools/h100", "/operations/maintenance"),
        *("/operations/rules", "/operations/rules/edit", "/operations/journal"),
        *("/simulations", "/simulations/new"),
    ),
    "fin": (
        "/approvals",
        "/finance",
        *("/finance/policy", "/finance/policy?version=1"),
        "/finance/budgets",
        *("/finance/schedules", "/finance/schedules?schedule=base"),
        *("/finance/lines", "/finance/lines?line=nlp-line"),
        *("/finance/transfers", "/finance/transfers?state=refused"),
        *("/finance/themes", "/finance/themes/edit", "/finance/alerts"),
        "/finance/months",
        "/finance/adjustments",
        "/finance/statement",
        "/finance/statement?team=nlp",
        "/teams/nlp/transfers",
    ),
}
BAD: Final = {"serious", "critical"}
FAULTS_ALONE: Final = {"resultTypes": ["violations"]}
"""What is well need not be told in every detail."""


@pytest.fixture
def more(at: chromium.Served) -> dict[str, tuple[str, ...]]:
    """A market with a cycle behind it, an order won, one lost and one open, a spot request and a
    tick: the pages of what is in it, by who looks at them."""
    lost, *_ = placed(
        at.store,
        request("nlp", "o4", option(4, 8)),
        request("nlp", "o1", option(40, 8)),
        request("rl", "o2", option(6, 8)),
        replace(request("nlp", "o6", option(20, 60, 70)), guarantee=Guarantee(kind=Kind.MOVABLE)),
    )
    run(at.store)
    at.now = CLOSE + HOUR
    hands.tick(at.store, at.now)
    placed(at.store, request("nlp", "o3", option(40, 32)), now=at.now)
    low = AlertRule(name="low", on=AlertKind.FREE, share_ppm=1_000_000)
    tier = Tier(name="large", needs=(Need.LEAD, Need.FINANCE), from_ucr=41 * CREDIT)
    most = Limit(credits_ucr=500 * CREDIT, team="nlp")
    Runner(at.store).run(
        AdoptPolicy(Policy(tiers=(tier,), limits=(most,), alerts=(low,))),
        by=hands.FINANCE,
        at=at.now,
    )
    meant = Theme(name="safety", share_ppm=400_000, start=at.now, end=at.now + 60 * DAY)
    themes = Themes(start=at.now, end=at.now + 90 * DAY, themes=(meant,))
    Runner(at.store).run(AdoptThemes(themes), by=hands.FINANCE, at=at.now)
    placed(at.store, request("nlp", "o5", option(41, 32)), now=at.now)
    terms = SpotTerms(
        team="nlp",
        key="s",
        pool="h100",
        quantity=8,
        limit_ucr=2 * CREDIT,
        minimum=timedelta(0),
    )
    hands.schedule(at.store, "nlp", CREDIT, at.now, "base")
    hands.credit_line(at.store, "nlp", CREDIT, at.now)
    hands.transfer(at.store, "nlp", "rl", CREDIT, at.now)
    hands.transfer(at.store, "rl", "nlp", CREDIT, at.now)
    [waits] = hands.ask(at.store, [terms], at.now)
    assert isinstance(waits, SpotRequest)
    box, _ = every(reservation.listed, at.store, team="nlp")
    at.now += HOUR
    hands.advance(at.store, at.now)  # an alert is raised
    release = f"/reservations/{box.id}/release"
    from_start = f"{release}?start={box.start:%Y-%m-%dT%H:%M:%SZ}&quantity=8"
    return {
        "mia": (
            *(f"/orders/{lost.id}", f"/spot/{waits.id}", release, from_start),
            *(f"/reservations/{box.id}/extend?duration=1h", f"/bid?extends={box.id}"),
            *("/market?cycle=1", "/nowhere", "/operations/journal"),
        ),
        "pia": ("/teams",),
    }


FORMS: Final = {
    "light-wide": ("light", chromium.WIDE),
    "dark-narrow": ("dark", chromium.NARROW),
}
HERE: Final = {"mia": "dark-narrow", "pia": "light-wide", "fin": "dark-narrow"}
"""In which form whose pages are looked at each time; in the other one in the drill."""


@pytest.mark.parametrize("who", sorted(PAGES))
def test_no_page_has_a_serious_fault(
    opens: Opens, more: dict[str, tuple[str, ...]], who: str
) -> None:
    looked_at(opens, who, HERE[who], (*PAGES[who], *more.get(who, ())))


def test_nor_has_the_page_of_a_link(at: chromium.Served, opens: Opens) -> None:
    hands.make_token(at.store, "adam", "gpm_link", at.now, "admin", kind="sign-in")
    tab = opens(chromium.NARROW, color_scheme="dark")
    tab.goes("/sign-in?token=gpm_link")
    faults = _faults(tab, "/sign-in?token")
    tab.click("button[type=submit]")
    tab.page.wait_for_selector("text=You are signed in as adam")
    assert not [*faults, *_faults(tab, "a link's page")]


@pytest.mark.drill
@pytest.mark.parametrize("who", sorted(PAGES))
def test_nor_in_its_other_form(opens: Opens, more: dict[str, tuple[str, ...]], who: str) -> None:
    [other] = FORMS.keys() - {HERE[who]}
    looked_at(opens, who, other, (*PAGES[who], *more.get(who, ())))


def looked_at(opens: Opens, who: str, form: str, paths: tuple[str, ...]) -> None:
    """No page has a serious fault, or scrolls sideways."""
    scheme, size = FORMS[form]
    tab = opens(size, color_scheme=scheme)
    tab.expected = ("status of 404", "status of 403")
    tab.goes("/sign-in")
    faults = _faults(tab, "/sign-in")
    tab.sign_in(who)
    for path in paths:
        tab.goes(path)
        if path == "/operations/rules/edit":
            tab.page.fill("[name=reserved_share_ppm]", "900000")
            tab.page.click("text=See what would be other")
            tab.page.wait_for_selector("text=/^Adopt from/")
        if path == "/orders":  # the newest, which is open
            tab.page.click("main a[href^='/orders/ord_']")
            tab.ready()
        faults += _faults(tab, path)
        wide = tab.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        faults += [f"{path} scrolls sideways by {wide} px"] if wide > 0 else []
    assert not faults, "\n".join(faults)


def _faults(tab: chromium.Tab, path: str) -> list[str]:
    found = Axe().run(tab.page, options=FAULTS_ALONE).response["violations"]
    return [
        f"{path}: {one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found
        if one["impact"] in BAD
        for node in one["nodes"][:2]
    ]
