"""The quarter's themes: what new credits are meant for, and what was spent on each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations, pairwise
from typing import Final

from marketplace.domain.transfer import TEXT_MAX
from marketplace.errors import BadField
from marketplace.rules import PPM, checked_instant

THEMES_MAX: Final = 100
"""So many themes at most: people read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A strategic purpose in [start, end), and its share of the credits that are given then."""

    name: str
    share_ppm: int
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > TEXT_MAX:
            facts = {"least": 1, "most": TEXT_MAX}
            raise BadField("name", self.name, "letters-out-of-range", facts)
        if not 0 <= self.share_ppm <= PPM:
            facts = {"least": 0, "most": PPM}
            raise BadField("share_ppm", self.share_ppm, "out-of-range", facts)
        for name, at in zip(("start", "end"), _dated("a theme", self.start, self.end), strict=True):
            object.__setattr__(self, name, at)

    def overlaps(self, other: "Theme") -> bool:
        """Whether both hold at some time."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Themes:
    """The themes of [start, end). Their shares are the whole at most, at any time of it."""

    start: datetime
    end: datetime
    themes: tuple[Theme, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        start, end = _dated("a set of themes", self.start, self.end)
        for name, at in (("start", start), ("end", end)):
            object.__setattr__(self, name, at)
        if (many := len(self.themes)) > THEMES_MAX:
            raise BadField("themes", many, "count-out-of-range", {"least": 0, "most": THEMES_MAX})
        if len(self.note) > TEXT_MAX:
            raise BadField("note", self.note, "too-long", {"most": TEXT_MAX})
        for number, one in enumerate(self.themes):
            if not start <= one.start < one.end <= end:
                facts = {"start": start, "end": end}
                raise BadField(f"themes[{number}].start", one.start, "outside-its-time", facts)
        for one, other in combinations(self.themes, 2):
            if one.name == other.name and one.overlaps(other):
                raise BadField("themes", one.name, "named-twice")
        for at in sorted({one.start for one in self.themes}):
            if (total := sum(self.shares(at).values())) > PPM:
                raise BadField("share_ppm", total, "above-the-whole", {"most": PPM, "at": at})

    def shares(self, at: datetime) -> dict[str, int]:
        """Each theme's share at a time, in parts per million, by name."""
        return {one.name: one.share_ppm for one in self.themes if one.start <= at < one.end}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedThemes:
    """A version of the document."""

    version: int
    themes: Themes
    adopted_at: datetime
    adopted_by: str


def decisive(versions: Iterable[AdoptedThemes], at: datetime) -> AdoptedThemes | None:
    """The version that says what holds then: the newest of those that are about that time."""
    about = [one for one in versions if one.themes.start <= at < one.themes.end]
    return max(about, key=lambda one: one.version, default=None)


def coming(versions: Sequence[AdoptedThemes], now: datetime) -> tuple[AdoptedThemes, ...]:
    """The versions that will be decisive later, and are not now, by their start."""
    here = decisive(versions, now)
    moments = sorted({at for one in versions for at in (one.themes.start, one.themes.end)})
    later = [decisive(versions, at) for at in moments if at > now]
    return tuple(dict.fromkeys(one for one in later if one and one is not here))


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A time in which all shares stay as they are."""

    start: datetime
    end: datetime
    shares: Mapping[str, int]


def pieces(versions: Sequence[AdoptedThemes], start: datetime, end: datetime) -> list[Piece]:
    """[start, end), cut wherever a share may change."""
    cuts = {start, end}
    for version in versions:
        times = [(one.start, one.end) for one in version.themes.themes]
        for time in (*times, (version.themes.start, version.themes.end)):
            cuts |= {at for at in time if start < at < end}
    found = []
    for first, last in pairwise(sorted(cuts)):
        there = decisive(versions, first)
        shares = there.themes.shares(first) if there else {}
        found.append(Piece(start=first, end=last, shares=shares))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeSpend:
    """A theme in a period. ``share_ppm``: its share as it was last decided; None: no document names
    it. ``planned_ucr``: its share of the credits that were given then. ``spent_ucr``: charges less
    refunds."""

    theme: str
    share_ppm: int | None
    planned_ucr: int
    spent_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """What a period's credits were meant for, and what they were spent on."""

    granted_ucr: int  # less what was revoked
    themes: tuple[ThemeSpend, ...]
    unthemed_ucr: int = 0  # spent without a theme
    versions: tuple[int, ...] = field(default=())  # of the document, that decided in it

    @property
    def spent_ucr(self) -> int:
        """All that was spent, with and without a theme."""
        return self.unthemed_ucr + sum(one.spent_ucr for one in self.themes)


def strategy(
    versions: Sequence[AdoptedThemes],
    parts: Sequence[tuple[Piece, int]],
    spent_ucr: Mapping[str, int],
) -> Strategy:
    """Hold spend against what was decided: pieces of the period with the credits that were given in
    each, and what was spent by theme; an empty name is none."""
    share: dict[str, int] = {}
    planned: dict[str, int] = {}
    for piece, granted_ucr in parts:
        for theme, share_ppm in piece.shares.items():
            share[theme] = share_ppm
            planned[theme] = planned.get(theme, 0) + granted_ucr * share_ppm
    names = sorted(share.keys() | spent_ucr.keys() - {""})
    deciding = (decisive(versions, piece.start) for piece, _ in parts)
    return Strategy(
        granted_ucr=sum(granted_ucr for _, granted_ucr in parts),
        themes=tuple(
            ThemeSpend(
                theme=name,
                share_ppm=share.get(name),
                planned_ucr=planned.get(name, 0) // PPM,
                spent_ucr=spent_ucr.get(name, 0),
            )
            for name in names
        ),
        unthemed_ucr=spent_ucr.get("", 0),
        versions=tuple(sorted({one.version for one in deciding if one})),
    )


def _dated(what: str, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    first, last = checked_instant("start", start), checked_instant("end", end)
    if last <= first:
        raise BadField("end", end, "not-after-start", {"what": what, "start": start})
    return first.astimezone(UTC), last.astimezone(UTC)
