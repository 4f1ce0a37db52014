"""What everybody may look at in a market, read from its database."""

from dataclasses import dataclass
from datetime import datetime

from api import cursors
from api.cli.desk import Desk
from api.wire.alert import Alert
from api.wire.capacity import Calendar, Maintenance, Pool, Window
from api.wire.credit_line import CreditLine
from api.wire.credit_transfer import CreditTransfer
from api.wire.cycle import BidName, ClearedCycle, Cycle
from api.wire.grant_schedule import GrantSchedule
from api.wire.ledger import Grant
from api.wire.override import Override
from api.wire.page import Page
from api.wire.policy import Policies, PolicyVersion
from api.wire.rules import ChangedRules, Proposal, Rules, RulesVersion
from api.wire.team import Member, NewTeam, Team
from api.wire.theme import Themes, ThemesSpend
from api.wire.token import Token
from marketplace.domain.credit_transfer import CreditTransferState
from marketplace.domain.statement import month_or
from marketplace.services import (
    alert,
    capacity,
    credit_line_seen,
    credit_transfer,
    grant_schedule,
    ledger,
    maintenance,
    market,
    override,
    policy,
    publication,
    rules,
    strategy,
    team,
    theme,
    token,
    window,
)
from marketplace.services import cycle as cycles
from marketplace.services.cycle import Files
from marketplace.store.engine import Store


@dataclass(frozen=True, slots=True)
class ReadDatabase:
    """A market on a database that is open, for whoever works at this machine."""

    desk: Desk
    store: Store

    @property
    def now(self) -> datetime:
        """The time that the command acts at."""
        return self.desk.now

    def pools(self, *, after: str, limit: int) -> Page[Pool]:
        """What is on the market, by id."""
        place = cursors.place_of("pools", after)
        return Page[Pool].of(
            "pools", capacity.listed(self.store, after=place, limit=limit), Pool.of
        )

    def windows(self, pool: str, *, after: str, limit: int) -> Page[Window]:
        """A pool's windows, in the order in which they came."""
        place = cursors.place_of("windows", after)
        found = window.listed(self.store, pool, after=place, limit=limit)
        return Page[Window].of("windows", found, Window.of)

    def overrides(self, pool: str, *, after: str, limit: int) -> Page[Override]:
        """A pool's overrides, in the order in which they were made."""
        place = cursors.place_of("overrides", after)
        found = override.listed(self.store, pool, after=place, limit=limit)
        return Page[Override].of("overrides", found, Override.of)

    def maintenance(self, *, after: str, limit: int) -> Page[Maintenance]:
        """What maintenance was announced, by its start."""
        place = cursors.place_of("maintenance", after)
        found = maintenance.listed(self.store, after=place, limit=limit)
        return Page[Maintenance].of("maintenance", found, Maintenance.of)

    def calendar(self, *, start: datetime | None, hours: int) -> Calendar:
        """What there is, what is sold and what is free, slot by slot; from now on, or a start."""
        slots = -(-hours * 60 // market.now_showing(self.store)[0].slot_minutes)
        return Calendar.of(*capacity.calendar(self.store, start or self.now, slots, now=self.now))

    def cycles(self, *, after: str, limit: int) -> Page[Cycle]:
        """The auctions, the newest first."""
        place = cursors.place_of("cycles", after)
        return Page[Cycle].of(
            "cycles", cycles.listed(self.store, after=place, limit=limit), Cycle.of
        )

    def cycle(self, cycle: str) -> ClearedCycle:
        """One cycle, and what it came to."""
        found = cycles.get(self.store, cycle)
        return ClearedCycle.cleared(found, cycles.result(self.store, found))

    def files(self, cycle: str) -> Files:
        """A cleared cycle's files."""
        return publication.files(self.store, cycle)

    def names(self, cycle: str, *, team: str, after: str, limit: int) -> Page[BidName]:
        """Which bids in a cycle's files are whose: a team's, or all."""
        place, by = cursors.place_of("names", after), self.desk.actor(team)
        found = publication.names(self.store, cycle, by=by, team=team, after=place, limit=limit)
        return Page[BidName].of("names", found, BidName.of)

    def rules(self) -> Rules:
        """The rules in force, and those that later cycles will run by."""
        return Rules.standing(rules.standing(self.store))

    def rules_version(self, version: int, *, since: int) -> ChangedRules:
        """One version of the rules, beside the one before it, or another."""
        return ChangedRules.since(*rules.get(self.store, version, since))

    def rules_versions(self, *, after: str, limit: int) -> Page[RulesVersion]:
        """All versions of the rules, the newest first."""
        place = cursors.place_of("rules", after)
        found = rules.listed(self.store, after=place, limit=limit)
        return Page[RulesVersion].of("rules", found, RulesVersion.of)

    def proposals(self, *, after: str, limit: int) -> Page[Proposal]:
        """Other rules that were put forward, the newest first."""
        place = cursors.place_of("proposals", after)
        found = rules.proposals(self.store, after=place, limit=limit)
        made_for, newest = rules.made_for(self.store, found)
        return Page[Proposal].of(
            "proposals", found, lambda one: Proposal.of(one, made_for[one.request.seen], newest)
        )

    def teams(self, *, after: str, limit: int) -> Page[Team | NewTeam]:
        """All teams, with their credits."""
        found = team.listed(self.store, after=cursors.place_of("teams", after), limit=limit)
        purses = ledger.purses(self.store, self.now, [one.id for one in found])
        return Page[Team | NewTeam].of("teams", found, lambda one: Team.of(one, purses[one.id]))

    def members(self, id_: str, *, after: str, limit: int) -> Page[Member]:
        """A team's members, by name."""
        place = cursors.place_of("members", after)
        found = team.members(self.store, id_, after=place, limit=limit)
        return Page[Member].of("members", found, Member.of)

    def grants(self, *, team: str, after: str, limit: int) -> Page[Grant]:
        """A team's grants and what is left of them, or all."""
        place = cursors.place_of("grants", after)
        found = ledger.balances(self.store, team, after=place, limit=limit, now=self.now)
        return Page[Grant].of("grants", found, lambda one: Grant.of(one.at(self.now), self.now))

    def credit_transfers(
        self, *, team: str, state: str, after: str, limit: int
    ) -> Page[CreditTransfer]:
        """What teams give each other, the newest first: of a team, or of all; in a state, or
        any."""
        place, only = cursors.place_of("credit-transfers", after), CreditTransferState.named(state)
        found = credit_transfer.listed(self.store, team, only, after=place, limit=limit)
        return Page[CreditTransfer].of("credit-transfers", found, CreditTransfer.of)

    def credit_lines(self, *, team: str, after: str, limit: int) -> Page[CreditLine]:
        """What a team may draw, or all."""
        place = cursors.place_of("credit-lines", after)
        found = credit_line_seen.listed(self.store, team, after=place, limit=limit, now=self.now)
        return Page[CreditLine].of("credit-lines", found, lambda one: CreditLine.of(one, self.now))

    def credit_line(self, id_: str) -> CreditLine:
        """One line."""
        return CreditLine.of(credit_line_seen.get(self.store, id_, self.now), self.now)

    def alerts(self, *, team: str, after: str, limit: int) -> Page[Alert]:
        """Thresholds that were passed, the newest first: of a team, or of all."""
        place = cursors.place_of("alerts", after)
        found = alert.listed(self.store, team, after=place, limit=limit)
        return Page[Alert].of("alerts", found, Alert.of)

    def themes(self) -> Themes:
        """What new credits are meant for, now and later."""
        now, coming, _ = theme.standing(self.store, self.now)
        return Themes.of(now, coming)

    def theme_spend(self, *, start: datetime | None, end: datetime | None) -> ThemesSpend:
        """What was spent on each theme in a period, beside its share."""
        period = month_or(self.now, start, end)
        return ThemesSpend.of(period, strategy.spend(self.store, *period, now=self.now))

    def policy(self) -> Policies:
        """Which orders pass at once and which wait for whom, now and later."""
        now, coming, _ = policy.standing(self.store, self.now)
        return Policies.of(now, coming)

    def policy_version(self, version: int) -> PolicyVersion:
        """One version of the policy."""
        return PolicyVersion.of(policy.get(self.store, version))

    def grant_schedules(self, *, team: str, after: str, limit: int) -> Page[GrantSchedule]:
        """By which schedules a team is given credits, or all."""
        place = cursors.place_of("grant-schedules", after)
        found = grant_schedule.listed(self.store, team, after=place, limit=limit)
        return Page[GrantSchedule].of("grant-schedules", found, GrantSchedule.of)

    def tokens(self, person: str, *, after: str, limit: int) -> Page[Token]:
        """All tokens, or a person's."""
        place, by = cursors.place_of("tokens", after), self.desk.actor()
        found = token.listed(self.store, by, person, after=place, limit=limit)
        return Page[Token].of("tokens", found, Token.seen)
