"""Enrol teams; who may change their members, and who those are."""

from collections.abc import Sequence
from dataclasses import replace

from marketplace.domain.actor import Actor, Role
from marketplace.domain.command import EnrolTeams
from marketplace.domain.event.market import TeamEnrolled
from marketplace.domain.journal import Call
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.team import Member, Team
from marketplace.errors import BadField, Duplicate, Forbidden
from marketplace.missing import among
from marketplace.store import event as event_store
from marketplace.store import team as team_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

LEADS = frozenset({Role.LEAD})


def enrol(tx: Tx, command: EnrolTeams, call: Call) -> tuple[Team, ...]:
    """Take in new teams: all of them or none. Raises ``Duplicate``, and ``BadField`` where
    one is named twice."""
    known, named = team_store.all_of(tx), set[str]()
    teams = tuple(replace(team, created_at=call.at) for team in command.teams)
    for team in teams:
        if team.id in known:
            raise Duplicate("team", team.id)
        if team.id in named:
            raise BadField("team", team.id, "named-twice")
        named.add(team.id)
    team_store.add(tx, teams)
    event_store.add(tx, [TeamEnrolled(at=call.at, team=one.id, name=one.name) for one in teams])
    return teams


def recall(tx: Tx, ids: Sequence[str]) -> tuple[Team, ...]:
    """Those teams as they are."""
    known = team_store.all_of(tx)
    return tuple(known[id_] for id_ in ids)


def check_leads(tx: Tx, team: str, actor: Actor) -> None:
    """Raises ``Forbidden`` where the actor may not change the members, ``NotFound`` for a team."""
    check_team(tx, team)
    if Role.ADMIN not in actor.roles and not actor.in_team(team, LEADS):
        raise Forbidden(actor.name, f"change members of {team}", ("lead", "admin"))


def check_team(tx: Tx, team: str) -> None:
    """Raises ``NotFound`` where there is no such team."""
    teams = team_store.all_of(tx)
    if team not in teams:
        raise among("team", team, teams)


def get(store: Store, id_: str) -> Team:
    """One team. Raises ``NotFound``."""
    with store.read() as tx:
        check_team(tx, id_)
        return team_store.all_of(tx)[id_]


def names(store: Store) -> dict[str, str]:
    """The name of every team by its id, in the order of ids."""
    with store.read() as tx:
        return {id_: one.name for id_, one in team_store.all_of(tx).items()}


def listed(store: Store, *, after: Cursor | None = None, limit: int = LIMIT) -> Page[Team]:
    """Teams by id."""
    with store.read() as tx:
        return team_store.listed(tx, after=after, limit=limit)


def members(
    store: Store, team: str, *, after: Cursor | None = None, limit: int = LIMIT
) -> Page[Member]:
    """A team's members by name. Raises ``NotFound``."""
    with store.read() as tx:
        check_team(tx, team)
        return team_store.members(tx, team, after=after, limit=limit)
