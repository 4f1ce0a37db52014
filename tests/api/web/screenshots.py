"""Pictures of every page, in light and dark, wide and narrow, of the made-up organisation's market.

The report's picture is of ``build/demo/report.html``, as ``make demo`` writes it.

``python -m tests.api.web.screenshots`` starts ``gpumarket serve --demo``, signs in as its people,
and writes to ``build/screenshots``; those that README shows go to ``docs/`` too. ``--where`` and
``--tokens`` take a market that is served already.
"""

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from marketplace.domain.team import Team
from marketplace.store.engine import Store, connect
from tests.api.rest.desk import PEOPLE
from tests.api.service.program import start
from tests.api.web import chromium
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW, RULES

ROOT: Final = Path(__file__).parents[3]
OUT: Final = ROOT / "build" / "screenshots"
README: Final = {
    "capacity-light-wide": "capacity.png",
    "bid-light-wide": "bid.png",
    "team-dark-wide": "team.png",
}
"""Pictures that README shows, and where it finds them."""

REPORT: Final = ROOT / "build" / "demo" / "report.html"
REPORT_SIZE: Final = {"width": 1200, "height": 1310}


@dataclass(frozen=True, slots=True)
class Shot:
    """A page: who looks at it, and where it is; ``then``, ``after``: what is clicked on it, where
    it is there."""

    name: str
    who: str
    path: str
    then: str = ""
    after: str = ""


SHOTS: Final = (
    Shot("sign-in", "", "/sign-in"),
    Shot("capacity", "mia", "/"),
    Shot("capacity-weeks", "mia", "/?zoom=weeks"),
    Shot("bid", "mia", "/bid?pool=h100&quantity=8&duration=8h"),
    Shot("spot-bid", "mia", "/bid/spot?pool=h100"),
    Shot("take", "mia", "/bid/now?pool=h100&quantity=8&duration=4h"),
    Shot("market", "mia", "/market"),
    Shot("team", "lea", "/teams"),
    Shot("order", "lea", "/teams", "a[href^='/orders/']"),
    Shot("operations", "pia", "/operations"),
    Shot("pools", "pia", "/operations/pools"),
    Shot("maintenance", "pia", "/operations/maintenance"),
    Shot("rules", "pia", "/operations/rules"),
    Shot("journal", "pia", "/operations/journal"),
    Shot("nobody", "mia", "/nowhere"),
    Shot("sign-in-link", "", "/sign-in?token=gpm_a-link"),
    Shot("market-cycle", "mia", "/market?cycle=1"),
    Shot("orders", "lea", "/orders"),
    Shot("order-lost", "lea", "/orders?state=lost", "main a[href^='/orders/ord_']"),
    Shot("order-open", "lea", "/orders?state=open", "main a[href^='/orders/ord_']"),
    Shot("bid-refused", "mia", "/bid?pool=h100&quantity=7&duration=8h"),
    Shot("spot-request", "lea", "/teams", "a[href^='/spot/']"),
    Shot("release", "lea", "/teams", "a[href$='/release']"),
    Shot("release-look", "lea", "/teams", "a[href$='/release']", "text=See what comes back"),
    Shot("extend", "lea", "/teams", "a[href$='/extend']"),
    Shot("access", "lea", "/teams/llm-pretrain/access"),
    Shot("transfers", "lea", "/teams/llm-pretrain/transfers"),
    Shot("approvals", "fin", "/approvals"),
    Shot("finance", "fin", "/finance"),
    Shot("finance-budgets", "fin", "/finance/budgets"),
    Shot("finance-schedules", "fin", "/finance/schedules"),
    Shot("finance-lines", "fin", "/finance/lines"),
    Shot("finance-transfers", "fin", "/finance/transfers"),
    Shot("finance-themes", "fin", "/finance/themes"),
    Shot("finance-themes-edit", "fin", "/finance/themes/edit"),
    Shot("finance-policy", "fin", "/finance/policy"),
    Shot("finance-alerts", "fin", "/finance/alerts"),
    Shot("finance-months", "fin", "/finance/months"),
    Shot("finance-adjustments", "fin", "/finance/adjustments"),
    Shot("finance-statement", "fin", "/finance/statement?team=llm-pretrain"),
    Shot("teams-finance", "fin", "/teams"),
    Shot("operations-admin", "adam", "/operations"),
    Shot("pool", "pia", "/operations/pools/h100"),
    Shot("rules-edit", "pia", "/operations/rules/edit"),
    Shot("rules-look", "pia", "/operations/rules/edit", "text=See what would be other"),
    Shot("simulations", "pia", "/simulations"),
    Shot("simulations-new", "pia", "/simulations/new"),
)
NONE_YET: Final = (
    Shot("none-capacity", "mia", "/"),
    Shot("none-bid", "mia", "/bid"),
    Shot("none-spot-bid", "mia", "/bid/spot"),
    Shot("none-market", "mia", "/market"),
    Shot("none-team", "mia", "/teams/nlp"),
    Shot("none-orders", "mia", "/orders"),
    Shot("none-operations", "pia", "/operations"),
    Shot("none-pools", "pia", "/operations/pools"),
    Shot("none-maintenance", "pia", "/operations/maintenance"),
    Shot("no-team", "fin", "/bid"),
    Shot("none-finance", "fin", "/finance"),
    Shot("none-finance-budgets", "fin", "/finance/budgets"),
    Shot("none-finance-schedules", "fin", "/finance/schedules"),
    Shot("none-finance-lines", "fin", "/finance/lines"),
    Shot("none-finance-transfers", "fin", "/finance/transfers"),
    Shot("none-finance-themes", "fin", "/finance/themes"),
    Shot("none-finance-themes-edit", "fin", "/finance/themes/edit"),
    Shot("none-finance-policy", "fin", "/finance/policy"),
    Shot("none-finance-alerts", "fin", "/finance/alerts"),
    Shot("none-finance-months", "fin", "/finance/months"),
    Shot("none-finance-adjustments", "fin", "/finance/adjustments"),
    Shot("none-finance-statement", "fin", "/finance/statement?team=nlp"),
)
"""Of a market that was just opened: without pools, and nobody has bid."""

EXPECTED: Final = {"nobody": ("status of 404",), "rules-look": ("status of 422",)}
"""What a page is allowed to complain of: what is not there, and a look at no change at all."""

FORMS: Final = tuple(
    (scheme, name, size)
    for scheme in ("light", "dark")
    for name, size in (("wide", chromium.WIDE), ("narrow", chromium.NARROW))
)


@contextmanager
def demo() -> Iterator[tuple[str, dict[str, str]]]:
    """The made-up organisation's market, served: where, and each person's token."""
    with tempfile.TemporaryDirectory() as folder:
        running = start(Path(folder), "--demo")
        try:
            while not (tokens := tokens_of(running.log.read_text())):
                if running.child.poll() is not None:
                    raise SystemExit(running.log.read_text())
                time.sleep(0.5)
            running.wait()
            yield running.where, tokens
        finally:
            running.stop()


def just_opened(folder: str) -> Store:
    """A market with its people and a team, and nothing else."""
    store = connect(f"sqlite:///{folder}/opened.db", throwaway=True)
    hands.initialise(store, RULES, NOW)
    hands.enrol(store, [Team(id="nlp", name="NLP", created_at=NOW)])
    for person in ("mia", "fin", "pia"):
        hands.make_token(store, person, f"gpm_{person}", NOW, *PEOPLE[person])
    return store


def tokens_of(said: str) -> dict[str, str]:
    """Who there is, by what the server said."""
    return dict(re.findall(r"^ {2}(\w+) \(.*?\)\s+(gpm_\S+)$", said, re.MULTILINE))


def take(
    where: str, tokens: dict[str, str], out: Path, shots: tuple[Shot, ...] = SHOTS
) -> list[str]:
    """Take those pictures; what went wrong while they were taken."""
    out.mkdir(parents=True, exist_ok=True)
    wrong = []
    with chromium.launched() as browser:
        for scheme, name, size in FORMS:
            contexts: dict[str, Any] = {}
            for shot in shots:
                if shot.who not in contexts:
                    contexts[shot.who] = _signed_in(browser, where, tokens, shot.who, scheme, size)
                tab = contexts[shot.who]
                tab.expected = EXPECTED.get(shot.name, ())
                tab.goes(shot.path)
                for step in (shot.then, shot.after):
                    if step and tab.page.locator(step).count():
                        tab.page.locator(step).first.click()
                        tab.ready()
                taken = f"{shot.name}-{scheme}-{name}"
                tab.page.screenshot(path=out / f"{taken}.png", full_page=True)
                if taken in README:
                    tab.page.screenshot(path=ROOT / "docs" / README[taken])
                sys.stdout.write(f"{taken}\n")
            for tab in contexts.values():
                wrong += tab.wrong
                tab.page.context.close()
    return wrong


def take_report(report: Path) -> None:
    """The top of the demo's report, as README shows it."""
    with chromium.launched() as browser:
        page = browser.new_page(viewport=REPORT_SIZE)
        page.goto(report.resolve().as_uri())
        page.wait_for_selector(".heatmaplayer image")
        page.screenshot(path=ROOT / "docs" / "report.png")
        page.close()


def _signed_in(
    browser: Any, where: str, tokens: dict[str, str], who: str, scheme: str, size: dict[str, int]
) -> chromium.Tab:
    context = browser.new_context(viewport=size, color_scheme=scheme)
    tab = chromium.Tab(context.new_page(), where)
    if who:
        tab.sign_in_by(tokens[who])
    return tab


def main() -> int:
    """0 where no page complained."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--where", default="", help="a market that is served already")
    asked.add_argument("--tokens", type=Path, help="what it said when it started")
    asked.add_argument("--out", type=Path, default=OUT)
    asked.add_argument("--report", type=Path, default=REPORT, help="the demo's report")
    given = asked.parse_args()
    if not chromium.PROGRAM:
        sys.stderr.write(f"{chromium.MISSING}\n")
        return 1
    take_report(given.report)
    if given.where:
        wrong = take(given.where, tokens_of(given.tokens.read_text()), given.out)
    else:
        with demo() as (where, tokens):
            wrong = take(where, tokens, given.out)
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium.serving(just_opened(folder)) as opened,
    ):
        known = {one: f"gpm_{one}" for one in PEOPLE}
        wrong += take(opened.where, known, given.out, NONE_YET)
    sys.stdout.write("".join(f"{one}\n" for one in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
