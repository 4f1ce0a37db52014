"""Two months of a small market with a line of every kind on its bill."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.domain.team import Team
from marketplace.domain.transfer import Tags
from marketplace.rules import SpotController
from marketplace.store.engine import Store
from tests.marketplace import grounds, hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    RULES,
    a_grant,
    leg,
    maintain,
    open_market,
    option,
    request,
    run,
    won,
)

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, tzinfo=UTC)
NAMED = '=HYPERLINK("http://x","nlp")'
"""What somebody called their team, and a spreadsheet would compute."""

TAGS = Tags(project="-search", theme="@safety", cost_centre="+4711")
CRUMB_UCR = 30
"""So little of a grant pays for less than half a second of a unit."""

MINUTE = timedelta(minutes=1)


def two_months() -> Store:
    """November has reserved time that three grants paid, a refund for maintenance, and spot by odd
    seconds. December pays back what November was paid. Both are over at ``JANUARY``."""
    return grounds.like("two months", live)


def live(store: Store) -> None:
    """Let an empty market live through them."""
    open_market(store, rules=replace(RULES, spot_controller=SpotController.FIXED))
    hands.enrol(store, [Team(id="formula", name=NAMED, created_at=NOW)])
    brief = replace(a_grant("brief", "nlp", 1, days=3), amount_ucr=1_234_567)
    crumb = replace(a_grant("crumb", "nlp", 1, days=2), amount_ucr=CRUMB_UCR)
    hands.grant(store, [brief, crumb, a_grant("g-formula", "formula")], NOW)
    _november(store)
    hands.advance(store, DECEMBER - HOUR)
    late = CLOSE + 175 * HOUR
    maintain(store, "later", late + 5 * HOUR, 8, 1, late + HOUR)
    hands.advance(store, JANUARY)


def _november(store: Store) -> None:
    wide = leg(units=16)
    tagged = replace(request("formula", "a", option(90, 8, None, wide)), tags=TAGS)
    won(
        store,
        tagged,
        request("rl", "b", option(80, 8, None, wide)),
        request("nlp", "c", option(40, 12, None, leg("h100", 8, 3))),
    )
    for team, limit in (("nlp", 12), ("rl", 10)):
        _asks(store, team, limit, CLOSE + HOUR)
    for at in range(0, 31, 5):
        hands.tick(store, CLOSE + 2 * HOUR + at * MINUTE)
    maintain(store, "m", CLOSE + 9 * HOUR, 16, 1, CLOSE + 8 * HOUR + HOUR / 2)
    for day in range(1, 6):
        run(store, CLOSE + day * DAY)
    won(
        store,
        request("vision", "d", option(60, 175, 180, leg("h100", 16, 6))),
        now=CLOSE + 6 * DAY,
    )


def _asks(store: Store, team: str, limit: int, now: datetime) -> None:
    terms = SpotTerms(
        team=team,
        key=f"spot-{team}",
        pool="a100",
        quantity=3,
        limit_ucr=limit * CREDIT,
        end=now + HOUR + 7 * MINUTE + timedelta(seconds=7),
    )
    [answer] = hands.ask(store, [terms], now)
    assert isinstance(answer, SpotRequest), str(answer)
