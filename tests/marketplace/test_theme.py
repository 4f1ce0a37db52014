"""The quarter's themes: what may stand in the document, which version counts, spend against it."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from marketplace.domain.actor import Actor
from marketplace.domain.command import RevokeGrant
from marketplace.domain.theme import (
    THEMES_MAX,
    AdoptedThemes,
    Theme,
    Themes,
    ThemeSpend,
    coming,
    decisive,
    pieces,
)
from marketplace.domain.theme_command import AdoptThemes
from marketplace.domain.transfer import Tags
from marketplace.errors import BadField, Forbidden, NotAllowedNow, NotFound
from marketplace.services import statement, strategy, theme
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    TEAMS,
    a_grant,
    a_market,
    assert_clean,
    leg,
    option,
    request,
    won,
)

END = NOW + 90 * DAY


def one(name: str = "safety", share_ppm: int = 400_000, **more: Any) -> Theme:
    facts: dict[str, Any] = {"name": name, "share_ppm": share_ppm, "start": NOW, "end": END}
    return Theme(**facts | more)


def document(*themes: Theme, **more: Any) -> Themes:
    facts: dict[str, Any] = {"start": NOW, "end": END, "themes": themes}
    return Themes(**facts | more)


def adopt(
    store: Store, themes: Themes, by: Actor = hands.FINANCE, at: datetime = NOW, seen: int = 0
) -> AdoptedThemes:
    return Runner(store).run(AdoptThemes(themes, seen), by=by, at=at)


def version(number: int, start: int, end: int, share_ppm: int = 100) -> AdoptedThemes:
    """A version about those days."""
    time = {"start": NOW + start * DAY, "end": NOW + end * DAY}
    themes = document(one("t", share_ppm, **time), **time)
    return AdoptedThemes(version=number, themes=themes, adopted_at=NOW, adopted_by="person:fin")


@pytest.mark.parametrize(
    ("make", "field", "reason"),
    [
        (lambda: one(""), "name", "letters-out-of-range"),
        (lambda: one(share_ppm=-1), "share_ppm", "out-of-range"),
        (lambda: one(share_ppm=1_000_001), "share_ppm", "out-of-range"),
        (lambda: one(end=NOW), "end", "not-after-start"),
        (lambda: one(start=datetime(2026, 11, 23)), "start", "no-offset"),  # noqa: DTZ001
        (lambda: document(end=NOW), "end", "not-after-start"),
        (lambda: document(one(end=END + DAY)), "themes[0].start", "outside-its-time"),
        (lambda: document(one(), one()), "themes", "named-twice"),
        (lambda: document(one("a", 600_000), one("b", 400_001)), "share_ppm", "above-the-whole"),
    ],
)
def test_what_no_quarter_can_be_meant_for_is_refused_with_its_place(
    make: Any, field: str, reason: str
) -> None:
    with pytest.raises(BadField) as refused:
        make()
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_shares_are_the_whole_at_any_time_and_not_over_all_time() -> None:
    half = NOW + 45 * DAY
    early, late = one("a", 700_000, end=half), one("a", 900_000, start=half)
    found = document(early, late, one("b", 100_000))
    assert found.shares(NOW) == {"a": 700_000, "b": 100_000}
    assert found.shares(half) == {"a": 900_000, "b": 100_000}
    assert found.shares(END) == {}


def test_the_newest_version_that_is_about_a_time_decides_on_it() -> None:
    versions = [version(1, 0, 90), version(2, 90, 180), version(3, 0, 90), version(4, 100, 110)]

    def who(day: int) -> int:
        found = decisive(versions, NOW + day * DAY)
        return found.version if found else 0

    assert [who(day) for day in (-1, 0, 89, 90, 99, 100, 110, 180)] == [0, 3, 3, 2, 2, 4, 2, 0]
    assert [each.version for each in coming(versions, NOW)] == [2, 4]
    assert [each.version for each in coming(versions, NOW + 105 * DAY)] == [2]


def test_a_period_is_cut_where_a_share_may_change() -> None:
    versions = [version(1, 0, 2, 10), version(2, 1, 3, 20)]
    found = pieces(versions, NOW - DAY, NOW + 4 * DAY)
    assert [dict(each.shares) for each in found] == [{}, {"t": 10}, {"t": 20}, {"t": 20}, {}]
    assert (found[0].start, found[-1].end) == (NOW - DAY, NOW + 4 * DAY)
    assert all(a.end == b.start for a, b in pairwise(found))


@pytest.mark.both
def test_themes_are_kept_by_version_and_another_offset_changes_no_byte() -> None:
    store = a_market()
    there = NOW.astimezone(timezone(timedelta(hours=2)))
    first = adopt(store, document(one(start=there), start=there, note="first quarter"))
    assert (first.version, first.adopted_by, first.themes.start) == (1, "person:fin", NOW)
    assert theme.get(store, 1) == first
    later = adopt(store, document(start=END, end=END + DAY), seen=1)
    assert theme.standing(store, NOW) == (first, (later,), 2)
    assert theme.standing(store, END) == (later, (), 2)
    assert list(theme.listed(store)) == [later, first]
    with pytest.raises(NotAllowedNow, match="version 2 now"):
        adopt(store, document(), seen=1)
    with pytest.raises(NotFound):
        theme.get(store, 3)
    assert_clean(store)


def test_only_finance_adopts_and_nothing_that_is_over() -> None:
    store = a_market()
    for by in (hands.PLATFORM, hands.member("nlp")):
        with pytest.raises(Forbidden):
            adopt(store, document(), by=by)
    with pytest.raises(BadField, match="past"):
        adopt(store, document(start=NOW - DAY, end=NOW))
    assert list(theme.listed(store)) == []


@pytest.mark.both
def test_spend_is_held_against_each_themes_share_of_new_credits() -> None:
    store = a_market(credit=1_000)  # to each of three teams
    adopt(store, document(one("safety", 400_000), one("idle", 1)))
    hands.grant(store, [a_grant("slip", "nlp", 500)], NOW)
    Runner(store).run(RevokeGrant("slip", "given twice"), by=hands.FINANCE, at=NOW)
    tagged = (("nlp", "safety", 8), ("rl", "", 20), ("vision", "other", 30))
    bids = [
        replace(request(team, team, option(40, at, None, leg())), tags=Tags(theme=name))
        for team, name, at in tagged
    ]
    won(store, *bids)
    found = strategy.spend(store, NOW, CLOSE + 2 * DAY, now=CLOSE + HOUR)
    assert (found.granted_ucr, found.versions) == (3_000 * CREDIT, (1,))
    idle, other, safety = found.themes
    assert (idle.planned_ucr, idle.spent_ucr, idle.share_ppm) == (3_000, 0, 1)
    assert (safety.planned_ucr, safety.share_ppm) == (1_200 * CREDIT, 400_000)
    assert other == ThemeSpend(
        theme="other", share_ppm=None, planned_ucr=0, spent_ucr=other.spent_ucr
    )
    assert min(safety.spent_ucr, other.spent_ucr, found.unthemed_ucr) > 0
    charged = sum(
        -line.amount_ucr
        for team in TEAMS
        for line in statement.of_team(store, team, NOW, CLOSE + 2 * DAY).lines
        if line.type == "charge"
    )
    assert found.spent_ucr == charged
    late = strategy.spend(store, CLOSE + HOUR, CLOSE + 2 * DAY)
    assert (late.granted_ucr, late.spent_ucr) == (0, 0)
    with pytest.raises(BadField):
        strategy.spend(store, NOW, NOW)


@pytest.mark.both
def test_credits_count_by_the_share_of_when_they_were_given() -> None:
    store = a_market(credit=100)
    adopt(store, document(one("a", 500_000, end=NOW + DAY), one("a", 100_000, start=NOW + DAY)))
    hands.grant(store, [replace(a_grant("more", "nlp", 200), start=NOW)], NOW + DAY)
    [found] = strategy.spend(store, NOW, END, now=NOW + DAY).themes
    assert found.planned_ucr == (150 + 20) * CREDIT
    assert found.share_ppm == 100_000


def test_a_document_of_too_much_is_refused() -> None:
    one = Theme(name="a", share_ppm=1, start=NOW, end=NOW + DAY)
    many = tuple(replace(one, name=f"t{k}") for k in range(THEMES_MAX + 1))
    for more in ({"themes": many}, {"note": "x" * 129}):
        with pytest.raises(BadField):
            Themes(start=NOW, end=NOW + DAY, **more)
