"""Enrol teams and their members."""

from collections.abc import Sequence

from marketplace.domain.event import Event
from marketplace.domain.team import Member, Team
from marketplace.errors import Duplicate, NotFound
from marketplace.services.market import check_clock
from marketplace.store import event as event_store
from marketplace.store import team as team_store
from marketplace.store.engine import Store


def enrol(store: Store, teams: Sequence[Team]) -> list[Team]:
    """Take in new teams: all of them or none. Raises ``Duplicate``."""
    with store.begin() as tx:
        for team in teams[:1]:
            check_clock(tx, team.created_at)
        known = set(team_store.all_of(tx))
        for team in teams:
            if team.id in known:
                raise Duplicate("team", team.id)
            known.add(team.id)
        team_store.add(tx, teams)
        events = [
            Event(
                kind="team.enrolled",
                subject=team.id,
                at=team.created_at,
                team=team.id,
                data={"name": team.name},
            )
            for team in teams
        ]
        event_store.add(tx, events)
        return list(teams)


def listed(store: Store) -> list[Team]:
    """All teams by id."""
    with store.read() as tx:
        return list(team_store.all_of(tx).values())


def put_member(store: Store, member: Member) -> Member:
    """Take a person into a team, or change their role. Raises ``NotFound`` for the team."""
    with store.begin() as tx:
        teams = team_store.all_of(tx)
        if member.team not in teams:
            raise NotFound("team", member.team, tuple(teams)[:8])
        team_store.put_member(tx, member)
        return member


def members(store: Store, team: str) -> list[Member]:
    """A team's members by name."""
    with store.read() as tx:
        teams = team_store.all_of(tx)
        if team not in teams:
            raise NotFound("team", team, tuple(teams)[:8])
        return team_store.members(tx, team)
