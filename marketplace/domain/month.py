"""A month of the books: what it came to, what must be over before it is closed, and its closing."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self

from marketplace.domain.journal import Head
from marketplace.domain.period import Period
from marketplace.domain.statement import LINE_OF, LineType, change_of, month_of
from marketplace.domain.transfer import Movement, Posted
from marketplace.errors import BadField, LedgerBroken, NotAllowedNow
from marketplace.words import Credits

NAMED: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
SHOWN_MOST: Final = 8
"""So many of what is in the way are named."""


def month_named(text: str) -> datetime:
    """The start of the month that ``2026-11`` names. Raises ``BadField``."""
    found = NAMED.fullmatch(text)
    if found is None or not 2 <= int(found[1]) <= 9_998:
        raise BadField("month", text, "not-a-month", {"like": "2026-11"})
    return datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC)


def name_of(month: datetime) -> str:
    """What ``month_named`` reads."""
    return f"{month:%Y-%m}".rjust(7, "0")


def following(month: datetime) -> datetime:
    """The start of the next month."""
    return Period.MONTH.after(month)


def kind_of(account: str) -> str:
    """What kind of account one is: ``mint``, ``treasury``, ``expired``, ``pool`` or ``team``."""
    return account.partition("/")[0]


@dataclass(slots=True)
class Moved:
    """What transfers of one month moved, added up; mutable: it is a running sum. ``owned``: of
    teams' credits by kind of line; ``held``: of those that are held; ``accounts``: of all others by
    kind of account; ``last``: number and hash of the newest transfer."""

    owned: dict[str, dict[LineType, int]] = field(default_factory=lambda: defaultdict(dict))
    held: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    accounts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    movements: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    transfers: int = 0
    last: tuple[int, str] = (0, "")

    def take(
        self, team: str, movement: Movement, kinds: tuple[str, str], amount_ucr: int, count: int = 1
    ) -> None:
        """Add what went between two kinds of accounts for one team, or none."""
        self.transfers += count
        self.movements[movement.value] += amount_ucr
        more = (kinds[1] == "team") - (kinds[0] == "team")
        if more and movement in LINE_OF:
            lines, line = self.owned[team], LINE_OF[movement]
            lines[line] = lines.get(line, 0) + more * amount_ucr
        for kind, sign in zip(kinds, (-1, 1), strict=True):
            if kind != "team":
                self.accounts[kind] += sign * amount_ucr

    def read(self, posted: Posted) -> None:
        """Add one transfer."""
        one, team = posted.transfer, posted.transfer.team
        kinds = (kind_of(one.source), kind_of(one.target))
        self.take(team, one.movement, kinds, one.amount_ucr)
        if team:
            self.held[team] += change_of(one, team)[1]
        self.last = (posted.seq, posted.hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMonth:
    """A team's statement of a month, added up by kind of line: above zero, the team got more."""

    team: str
    opening_ucr: int
    lines: Mapping[LineType, int]
    closing_ucr: int
    held_ucr: int  # of the closing balance


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSums:
    """What a month came to. ``accounts``: what all that is no team's has at its end, by kind;
    ``opening``: the same at its start; ``movements``: what moved, by why."""

    month: datetime
    transfers: int
    last: tuple[int, str]
    movements: Mapping[str, int]
    opening: Mapping[str, int]
    accounts: Mapping[str, int]
    teams: tuple[TeamMonth, ...]

    @classmethod
    def of(cls, month: datetime, moved: Moved, before: "MonthSums | None") -> Self:
        """A month's sums by what it moved; ``before``: those of the last one that was closed."""
        opening = dict(before.accounts) if before else {}
        stood = {one.team: one for one in before.teams} if before else {}
        named = sorted(opening.keys() | moved.accounts.keys())
        return cls(
            month=month,
            transfers=moved.transfers,
            last=moved.last,
            movements=dict(sorted(moved.movements.items())),
            opening={name: opening.get(name, 0) for name in named},
            accounts={name: opening.get(name, 0) + moved.accounts.get(name, 0) for name in named},
            teams=tuple(
                _team_month(team, stood.get(team), moved)
                for team in sorted(stood.keys() | moved.owned.keys() | moved.held.keys())
            ),
        )

    @property
    def total_ucr(self) -> int:
        """All statements and all other accounts together: zero, always (§7.4)."""
        return sum(one.closing_ucr for one in self.teams) + sum(self.accounts.values())

    def check(self) -> None:
        """Raises ``LedgerBroken`` where credits came from nowhere."""
        if self.total_ucr:
            facts = {"left": Credits(self.total_ucr)}
            raise LedgerBroken("month", name_of(self.month), "sum-not-zero", facts)


def _team_month(team: str, before: TeamMonth | None, moved: Moved) -> TeamMonth:
    opening_ucr, held_ucr = (before.closing_ucr, before.held_ucr) if before else (0, 0)
    lines = moved.owned.get(team, {})
    return TeamMonth(
        team=team,
        opening_ucr=opening_ucr,
        lines={kind: lines.get(kind, 0) for kind in LineType},
        closing_ucr=opening_ucr + sum(lines.values()),
        held_ucr=held_ucr + moved.held.get(team, 0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthClose:
    """A closed month: what it came to, and ``head``, where the journal stood then."""

    sums: MonthSums
    closed_at: datetime
    closed_by: str
    head: Head

    @property
    def id(self) -> str:
        """Its month: ``2026-11``."""
        return name_of(self.sums.month)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """What must be over before a month is closed, and what of it is not: names of cycles, spot
    requests and earlier months, some of them where they are many."""

    month: datetime
    over: bool
    cycles: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    closed: bool = False
    later: str = ""  # a later month that is closed already

    @property
    def ready(self) -> bool:
        """Whether it can be closed."""
        passed = self.closed or self.later or not self.over
        return not (passed or self.cycles or self.runs or self.earlier)

    def check(self) -> None:
        """Raises ``NotAllowedNow`` for the first thing that is in the way."""
        ends = following(self.month)
        why: tuple[tuple[object, str, Mapping[str, Any]], ...] = (
            (self.closed, "closed-already", {}),
            (self.later, "later-closed", {"later": self.later}),
            (not self.over, "month-not-over", {"end": ends}),
            (self.earlier, "earlier-open", {"earlier": self.earlier}),
            (self.cycles, "cycles-not-over", {"cycles": self.cycles}),
            (self.runs, "runs-not-posted", {"requests": self.runs, "end": ends}),
        )
        for stands, reason, facts in why:
            if stands:
                state = "closed" if self.closed else "open"
                raise NotAllowedNow("month", name_of(self.month), state, reason, facts)


@dataclass(slots=True)
class MonthBooks:
    """What each month moved, by its transfers alone. Mutable: it is a running sum."""

    moved: dict[datetime, Moved] = field(default_factory=dict)
    _month: datetime | None = None
    _end: datetime | None = None
    _sums: Moved = field(default_factory=Moved)

    def read(self, posted: Posted) -> None:
        """Take in the next transfer."""
        if self._month is None or self._end is None or not self._month <= posted.at < self._end:
            self._month = month_of(posted.at)
            self._end = following(self._month)
            self._sums = self.moved.setdefault(self._month, Moved())
        self._sums.read(posted)

    def faults(self, closed: Iterable[MonthClose]) -> list[str]:
        """What closed months say otherwise than their transfers; they come by their time."""
        found, before = list[str](), None
        for one in closed:
            before = MonthSums.of(one.sums.month, self.moved.get(one.sums.month, Moved()), before)
            found += [f"month {one.id} {told}" for told in _differences(one.sums, before)]
            if one.sums.total_ucr:
                found.append(f"month {one.id} adds up to {one.sums.total_ucr} ucr, not to zero")
        return found


def _differences(written: MonthSums, rebuilt: MonthSums) -> list[str]:
    names = ("transfers", "last", "movements", "opening", "accounts")
    found = [
        f"says {name} {getattr(written, name)}, its transfers say {getattr(rebuilt, name)}"
        for name in names
        if getattr(written, name) != getattr(rebuilt, name)
    ]
    says, make = ({one.team: one for one in sums.teams} for sums in (written, rebuilt))
    return found + [
        f"has another sum of team {team} than its transfers make"
        for team in sorted(says.keys() | make.keys())
        if says.get(team) != make.get(team)
    ]
