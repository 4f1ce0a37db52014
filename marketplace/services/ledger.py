"""What is left of grants, what is held, what was moved."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from marketplace.domain.cycle import next_closing
from marketplace.domain.grant import Grant
from marketplace.domain.ledger import HeldPart
from marketplace.domain.order import Order
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.spot import SpotRequest
from marketplace.domain.transfer import BETWEEN, EXPIRED, MINT, TREASURY, Posted
from marketplace.errors import NotFound
from marketplace.missing import among
from marketplace.services.market import is_past, rules_and_cycle
from marketplace.services.team import check_team
from marketplace.services.view import as_of
from marketplace.store import capacity as capacity_store
from marketplace.store import credit_line as line_store
from marketplace.store import grant as grant_store
from marketplace.store import ledger as ledger_store
from marketplace.store import team as team_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantBalance:
    """What is left of a grant."""

    grant: Grant
    free_ucr: int
    held_ucr: int
    expired_ucr: int = 0

    @property
    def spent_ucr(self) -> int:
        """What was paid from it, less what came back to it, and what it repaid."""
        left_ucr = self.free_ucr + self.held_ucr + self.expired_ucr
        return self.grant.whole_ucr - self.grant.repaid_ucr - left_ucr

    def at(self, now: datetime) -> "GrantBalance":
        """As it is at ``now``: what an ended grant has free has expired, posted or not yet."""
        if not self.grant.over(now):
            return self
        return replace(self, free_ucr=0, expired_ucr=self.expired_ucr + self.free_ucr)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """A team's credits: ``free_ucr`` are what an order placed now can hold of its own.

    Others wait for their grant's start, or belong to a grant that ends before the next cycle.
    ``drawn_ucr``: what is drawn of credit lines and not repaid, which ``held_ucr`` has where it is
    held; ``line_ucr``: what an order placed now can draw beyond what is free.
    """

    team: str
    free_ucr: int = 0
    later_ucr: int = 0
    ending_ucr: int = 0
    held_ucr: int = 0
    drawn_ucr: int = 0
    line_ucr: int = 0


def balances(
    store: Store,
    team: str = "",
    *,
    after: Cursor | None = None,
    limit: int = LIMIT,
    now: datetime | None = None,
) -> Page[GrantBalance]:
    """What is left of each grant: of a team or of all, by team and end. ``now``: with what fell due
    by then, also where no clock has done it yet. Raises ``NotFound``."""
    with as_of(store, now) as tx:
        if team:
            check_team(tx, team)
        page = grant_store.listed(tx, team, after=after, limit=limit)
        return Page(tuple(left_of(tx, page.items)), page.next)


def left_of(tx: Tx, grants: Iterable[Grant]) -> list[GrantBalance]:
    """What is left of these grants, in their order."""
    known = list(grants)
    accounts = [account for one in known for account in (one.free, one.held)]
    left = ledger_store.balances_of(tx, accounts)
    expired = transfer_store.expired(tx, [one.free for one in known])
    return [
        GrantBalance(
            grant=one,
            free_ucr=left.get(one.free, 0),
            held_ucr=left.get(one.held, 0),
            expired_ucr=expired.get(one.free, 0),
        )
        for one in known
    ]


def balance(store: Store, grant: str, now: datetime | None = None) -> GrantBalance:
    """What is left of one grant; ``now`` as in ``balances``. Raises ``NotFound``."""
    with as_of(store, now) as tx:
        found = grant_store.by_id(tx, [grant])
        if grant not in found:
            raise NotFound("grant", grant)
        return left_of(tx, found.values())[0]


def held(
    store: Store,
    team: str = "",
    *,
    after: Cursor | None = None,
    limit: int = LIMIT,
    now: datetime | None = None,
) -> Page[HeldPart]:
    """What orders and spot requests lock now: of a team's credits, or of all; ``now`` as in
    ``balances``. Raises ``NotFound``."""
    with as_of(store, now) as tx:
        if team:
            check_team(tx, team)
        return ledger_store.held(tx, team, after=after, limit=limit)


def purses(store: Store, now: datetime, teams: Iterable[str]) -> dict[str, Purse]:
    """The credits of those teams at ``now``, by team: what a statement of theirs that is read then
    closes with, also where no clock has done yet what fell due, and also later. Raises
    ``NoMarket``."""
    with as_of(store, now) as tx:
        rules, cycle = rules_and_cycle(tx)
        found = {team: Purse(team=team) for team in teams}
        left = left_of(tx, grant_store.of_teams(tx, found).values())
        settled_at, lines = next_closing(cycle, rules, now), line_store.every(tx)
        if is_past(tx, now):
            left, settled_at = _left_then(tx, left, now), rules.next_close(now)
            owing = sorted({one.team for one in lines.values()} & found.keys())
            drawn = transfer_store.drawn_at(tx, owing, now)
            lines = {id_: replace(one, drawn_ucr=drawn.get(id_, 0)) for id_, one in lines.items()}
    for one in left:
        grant, purse = one.grant, found[one.grant.team]
        spendable, later = grant.spendable(now, settled_at), now < grant.start
        found[grant.team] = replace(
            purse,
            free_ucr=purse.free_ucr + one.free_ucr * spendable,
            later_ucr=purse.later_ucr + one.free_ucr * later,
            ending_ucr=purse.ending_ucr + one.free_ucr * (not spendable and not later),
            held_ucr=purse.held_ucr + one.held_ucr,
        )
        if grant.credit_line:
            line, purse = lines[grant.id], found[grant.team]
            found[grant.team] = replace(
                purse,
                drawn_ucr=purse.drawn_ucr + line.drawn_ucr,
                line_ucr=purse.line_ucr + max(line.rest_ucr, 0) * spendable,
            )
    return found


def _left_then(tx: Tx, left: Iterable[GrantBalance], now: datetime) -> list[GrantBalance]:
    """What was left of grants at a time that is past."""
    known = list(left)
    then = transfer_store.balances_at(tx, sorted({one.grant.team for one in known}), now)
    return [
        replace(
            one,
            free_ucr=then.get(one.grant.free, 0),
            held_ucr=then.get(one.grant.held, 0),
        )
        for one in known
    ]


def newest(store: Store) -> int:
    """The number of the newest transfer."""
    with store.read() as tx:
        return transfer_store.head(tx)[0]


def caused_by(store: Store, one: Order | SpotRequest) -> list[Posted]:
    """The transfers that an order or a spot request has caused, in the order they were posted: for
    whoever may see it."""
    with store.read() as tx:
        if isinstance(one, SpotRequest):
            return transfer_store.posted_for_spot(tx, one.team, one.id, one.placed_at)
        return transfer_store.posted_for(tx, [one.id])


def posted(
    store: Store,
    account: str = "",
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[Posted]:
    """The transfers in [start, end) by time: to or from an account or any below it (``team/nlp``),
    or all of them. Raises ``NotFound`` for an account that is none."""
    with store.read() as tx:
        account = account.rstrip("/")
        found = transfer_store.listed(tx, account, (start, end), after=after, limit=limit)
        if account and not found.items:
            _check_account(tx, account)
        return found


def _check_account(tx: Tx, account: str) -> None:
    """Raises ``NotFound`` where there is no such account, none below it, and no team or pool that
    would have some."""
    known = set(ledger_store.all_balances(tx))
    known |= {MINT, TREASURY, EXPIRED, BETWEEN}
    known |= {f"team/{one}" for one in team_store.all_of(tx)}
    known |= {f"pool/{one}" for one in capacity_store.pools(tx)}
    if not any(one == account or one.startswith(f"{account}/") for one in known):
        some = sorted({"/".join(one.split("/")[:2]) for one in known})
        raise among("account", account, some)
