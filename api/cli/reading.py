"""What everybody may look at in a market, wherever it is: pools, cycles, rules, teams, credits.

A service answers through its client itself, a database through ``read_database``. Both answer by
the shapes of ``api/wire``, so that a command prints the same either way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from api.cli.desk import Desk
from api.cli.trading import signed_in

if TYPE_CHECKING:
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
    from marketplace.services.cycle import Files


class Reading(Protocol):
    """A market, for somebody who looks at it. Each method raises what the market refuses, and what
    keeps it from answering. A list is in pages: ``after`` goes on where one ended."""

    @property
    def now(self) -> datetime:
        """What time it is there."""

    def pools(self, *, after: str, limit: int) -> "Page[Pool]":
        """What is on the market, by id."""

    def windows(self, pool: str, *, after: str, limit: int) -> "Page[Window]":
        """A pool's windows, in the order in which they came."""

    def overrides(self, pool: str, *, after: str, limit: int) -> "Page[Override]":
        """A pool's overrides, in the order in which they were made."""

    def maintenance(self, *, after: str, limit: int) -> "Page[Maintenance]":
        """What maintenance was announced, by its start."""

    def calendar(self, *, start: datetime | None, hours: int) -> "Calendar":
        """What there is, what is sold and what is free, slot by slot; from now on, or a start."""

    def cycles(self, *, after: str, limit: int) -> "Page[Cycle]":
        """The auctions, the newest first."""

    def cycle(self, cycle: str) -> "ClearedCycle":
        """One cycle, and what it came to."""

    def files(self, cycle: str) -> "Files":
        """A cleared cycle's files."""

    def names(self, cycle: str, *, team: str, after: str, limit: int) -> "Page[BidName]":
        """Which bids in a cycle's files are whose."""

    def rules(self) -> "Rules":
        """The rules in force, and those that later cycles will run by."""

    def rules_version(self, version: int, *, since: int) -> "ChangedRules":
        """One version of the rules, beside the one before it, or another."""

    def rules_versions(self, *, after: str, limit: int) -> "Page[RulesVersion]":
        """All versions of the rules, the newest first."""

    def proposals(self, *, after: str, limit: int) -> "Page[Proposal]":
        """Other rules that were put forward, the newest first."""

    def teams(self, *, after: str, limit: int) -> "Page[Team | NewTeam]":
        """All teams, with the credits that one may see."""

    def members(self, id_: str, /, *, after: str, limit: int) -> "Page[Member]":
        """A team's members, by name."""

    def grants(self, *, team: str, after: str, limit: int) -> "Page[Grant]":
        """A team's grants and what is left of them; of all, for those who may see that."""

    def credit_transfers(
        self, *, team: str, state: str, after: str, limit: int
    ) -> "Page[CreditTransfer]":
        """What teams give each other, the newest first: of a team, or of all; in a state, or
        any."""

    def grant_schedules(self, *, team: str, after: str, limit: int) -> "Page[GrantSchedule]":
        """By which schedules a team is given credits; all, for those who may see that."""

    def credit_lines(self, *, team: str, after: str, limit: int) -> "Page[CreditLine]":
        """What a team may draw beyond its own credits; all, for those who may see that."""

    def credit_line(self, id_: str) -> "CreditLine":
        """One line."""

    def alerts(self, *, team: str, after: str, limit: int) -> "Page[Alert]":
        """Thresholds that were passed, the newest first: of a team, or of all."""

    def themes(self) -> "Themes":
        """What new credits are meant for, now and later."""

    def theme_spend(self, *, start: datetime | None, end: datetime | None) -> "ThemesSpend":
        """What was spent on each theme in a period, beside its share."""

    def policy(self) -> "Policies":
        """Which orders pass at once and which wait for whom, now and later."""

    def policy_version(self, version: int) -> "PolicyVersion":
        """One version of the policy."""

    def tokens(self, person: str, *, after: str, limit: int) -> "Page[Token]":
        """The tokens that one may revoke, by person."""


@contextmanager
def reading(at: Desk, *, quiet: bool) -> Iterator[Reading]:
    """The market for whoever looks at it, through the service or on the database. Where it is a
    service, whom they look as is said on stderr, unless ``quiet``. Raises ``Misuse``."""
    session = at.session()
    if session is None:
        from api.cli.read_database import ReadDatabase

        with at.store() as store:
            yield ReadDatabase(at, store)
        return
    with signed_in(at, session, quiet=quiet) as client:
        yield client
