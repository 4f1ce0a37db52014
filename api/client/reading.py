"""What everybody reads of a market that is served: pools, cycles, rules, teams, credits."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, TypeVar

from api.client import asking
from api.client.asking import part
from api.client.sending import Line
from api.wire.alert import Alert
from api.wire.capacity import Calendar, Maintenance, Pool, Window
from api.wire.credit_line import CreditLine
from api.wire.credit_transfer import CreditTransfer
from api.wire.cycle import BidName, ClearedCycle, Cycle, Sale
from api.wire.grant_schedule import GrantSchedule
from api.wire.journal import JournalLine
from api.wire.ledger import Grant, Hold, Transfer
from api.wire.override import Override
from api.wire.page import Page
from api.wire.rules import ChangedRules, Proposal, Rules, RulesVersion
from api.wire.team import Balance, Member, NewTeam, Team
from api.wire.theme import Themes, ThemesSpend
from api.wire.token import Me, Token
from marketplace.domain.page import LIMIT
from marketplace.services.cycle import Files
from marketplace.words import stamp

T = TypeVar("T")
TEAM: Final[Any] = Team | NewTeam
POOLS: Final = "/v1/pools"
RULES: Final = "/v1/rules"


class Reader:
    """A served market, for whoever looks at it. What the token may not see is refused."""

    _line: Line

    @property
    def now(self) -> datetime:
        """What time it is there: asked each time."""
        return self.me().now

    def me(self) -> Me:
        """Whom the token stands for, and what time it is there."""
        return self._read(Me, "/v1/me")

    def tokens(self, person: str = "", *, after: str = "", limit: int = LIMIT) -> Page[Token]:
        """A page of the tokens that one may revoke, by person."""
        query = {"person": person, "after": after, "limit": limit}
        return self._read(Page[Token], "/v1/tokens", **query)

    def every_token(self, person: str = "") -> Iterator[Token]:
        """Those tokens, page after page."""
        after: str | None = ""
        while after is not None:
            page = self.tokens(person, after=after)
            yield from page.items
            after = page.next

    def sale(self) -> Sale:
        """What is on sale next, and what time it is there."""
        return self._read(Sale, "/v1/sale")

    def pools(self, *, after: str = "", limit: int = LIMIT) -> Page[Pool]:
        """A page of what is on the market."""
        return self._read(Page[Pool], POOLS, after=after, limit=limit)

    def pool(self, pool: str) -> Pool:
        """One pool."""
        return self._read(Pool, f"{POOLS}/{part('pool', pool)}")

    def windows(self, pool: str, *, after: str = "", limit: int = LIMIT) -> Page[Window]:
        """A page of a pool's windows, in the order in which they came."""
        path = f"{POOLS}/{part('pool', pool)}/windows"
        return self._read(Page[Window], path, after=after, limit=limit)

    def overrides(self, pool: str, *, after: str = "", limit: int = LIMIT) -> Page[Override]:
        """A page of a pool's overrides, in the order in which they were made."""
        path = f"{POOLS}/{part('pool', pool)}/overrides"
        return self._read(Page[Override], path, after=after, limit=limit)

    def maintenance(self, *, after: str = "", limit: int = LIMIT) -> Page[Maintenance]:
        """A page of what maintenance was announced, by its start."""
        return self._read(Page[Maintenance], "/v1/maintenance", after=after, limit=limit)

    def calendar(self, *, start: datetime | None = None, hours: int = 48) -> Calendar:
        """What there is, what is sold and what is free, slot by slot; from now on, or a start."""
        first = stamp(start) if start else ""
        return self._read(Calendar, "/v1/calendar", start=first, hours=hours)

    def cycles(self, *, after: str = "", limit: int = LIMIT) -> Page[Cycle]:
        """A page of the auctions, the newest first."""
        return self._read(Page[Cycle], "/v1/cycles", after=after, limit=limit)

    def cycle(self, cycle: str) -> ClearedCycle:
        """One cycle, and what it came to."""
        return self._read(ClearedCycle, f"/v1/cycles/{part('cycle', cycle)}")

    def files(self, cycle: str) -> Files:
        """A cleared cycle's problem, its outcome, and the bids that no start had room for: the very
        files, for anyone to verify."""
        path = f"/v1/cycles/{part('cycle', cycle)}"
        return Files(
            problem=asking.read_file(self._line, f"{path}/problem"),
            outcome=asking.read_file(self._line, f"{path}/outcome"),
            refused=asking.read_file(self._line, f"{path}/refused"),
        )

    def names(
        self, cycle: str, *, team: str = "", after: str = "", limit: int = LIMIT
    ) -> Page[BidName]:
        """A page of which bids in a cycle's files are whose: the own, or all for some roles."""
        path = f"/v1/cycles/{part('cycle', cycle)}/names"
        return self._read(Page[BidName], path, team=team, after=after, limit=limit)

    def rules(self) -> Rules:
        """The rules in force, and those that later cycles will run by."""
        return self._read(Rules, RULES)

    def rules_version(self, version: int, *, since: int = 0) -> ChangedRules:
        """One version of the rules, beside the one before it, or another."""
        return self._read(ChangedRules, f"{RULES}/versions/{version}", since=since)

    def rules_versions(self, *, after: str = "", limit: int = LIMIT) -> Page[RulesVersion]:
        """A page of all versions of the rules, the newest first."""
        return self._read(Page[RulesVersion], f"{RULES}/versions", after=after, limit=limit)

    def proposals(self, *, after: str = "", limit: int = LIMIT) -> Page[Proposal]:
        """A page of other rules that were put forward, the newest first."""
        return self._read(Page[Proposal], f"{RULES}/proposals", after=after, limit=limit)

    def teams(self, *, after: str = "", limit: int = LIMIT) -> Page[Team | NewTeam]:
        """A page of all teams, with their credits where the token may see them."""
        return self._read(Page[Team | NewTeam], "/v1/teams", after=after, limit=limit)

    def team(self, team: str) -> Team | NewTeam:
        """A team, with its credits where the token may see them."""
        found: Team | NewTeam = self._read(TEAM, f"/v1/teams/{part('team', team)}")
        return found

    def members(self, team: str, *, after: str = "", limit: int = LIMIT) -> Page[Member]:
        """A page of a team's members, by name."""
        path = f"/v1/teams/{part('team', team)}/members"
        return self._read(Page[Member], path, after=after, limit=limit)

    def grant_schedules(
        self, *, team: str = "", after: str = "", limit: int = LIMIT
    ) -> Page[GrantSchedule]:
        """A page of the schedules by which a team is given credits; for finance of all."""
        return self._read(
            Page[GrantSchedule], "/v1/grant-schedules", team=team, after=after, limit=limit
        )

    def credit_lines(
        self, *, team: str = "", after: str = "", limit: int = LIMIT
    ) -> Page[CreditLine]:
        """A page of what a team may draw beyond its own credits; for finance of all."""
        return self._read(Page[CreditLine], "/v1/credit-lines", team=team, after=after, limit=limit)

    def credit_line(self, id_: str) -> CreditLine:
        """One line."""
        return self._read(CreditLine, f"/v1/credit-lines/{part('line', id_)}")

    def alerts(self, *, team: str = "", after: str = "", limit: int = LIMIT) -> Page[Alert]:
        """A page of thresholds that were passed, the newest first; for finance of all."""
        return self._read(Page[Alert], "/v1/alerts", team=team, after=after, limit=limit)

    def themes(self) -> Themes:
        """What new credits are meant for, now and later."""
        return self._read(Themes, "/v1/themes")

    def theme_spend(
        self, *, start: datetime | None = None, end: datetime | None = None
    ) -> ThemesSpend:
        """What was spent on each theme in a period, beside its share."""
        return self._read(ThemesSpend, "/v1/themes/spend", **period(start, end))

    def credit_transfers(
        self, *, team: str = "", state: str = "", after: str = "", limit: int = LIMIT
    ) -> Page[CreditTransfer]:
        """A page of what a team gives others and is given by them; for finance of all. ``state``:
        those in that state alone."""
        query = {"team": team, "state": state, "after": after, "limit": limit}
        return self._read(Page[CreditTransfer], "/v1/credit-transfers", **query)

    def grants(self, *, team: str = "", after: str = "", limit: int = LIMIT) -> Page[Grant]:
        """A page of a team's grants and what is left of them; for finance of all."""
        return self._read(Page[Grant], "/v1/grants", team=team, after=after, limit=limit)

    def grant(self, grant: str) -> Grant:
        """One grant, and what is left of it."""
        return self._read(Grant, f"/v1/grants/{part('grant', grant)}")

    def balances(self, *, team: str = "", after: str = "", limit: int = LIMIT) -> Page[Balance]:
        """A page of what the token's teams have; for finance all teams."""
        return self._read(Page[Balance], "/v1/balances", team=team, after=after, limit=limit)

    def holds(self, *, team: str = "", after: str = "", limit: int = LIMIT) -> Page[Hold]:
        """A page of what is locked of a team's credits, and for what; for finance of all."""
        return self._read(Page[Hold], "/v1/holds", team=team, after=after, limit=limit)

    def transfers(
        self,
        account: str = "",
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        after: str = "",
        limit: int = LIMIT,
    ) -> Page[Transfer]:
        """A page of the moves of credits: of an account and those below it, of a period."""
        query = {"account": account, "after": after, "limit": limit}
        return self._read(Page[Transfer], "/v1/transfers", **period(start, end), **query)

    def journal(self, *, after: str = "", limit: int = LIMIT) -> Page[JournalLine]:
        """A page of who did what, and when."""
        return self._read(Page[JournalLine], "/v1/journal", after=after, limit=limit)

    def _read(self, shape: type[T], path: str, **query: Any) -> T:
        return asking.read(self._line, shape, path, **query)


def period(start: datetime | None, end: datetime | None) -> dict[str, str]:
    """A period, as a query has it."""
    return {"start": stamp(start) if start else "", "end": stamp(end) if end else ""}
