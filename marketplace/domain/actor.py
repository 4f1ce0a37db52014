"""Who acts: a person or a token with roles, the clock, or an operator at the machine."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from marketplace.domain.team import Role as TeamRole
from marketplace.errors import BadField


class Role(StrEnum):
    """What somebody may do: in a team (member, lead), or in the organisation."""

    MEMBER = "member"
    LEAD = "lead"
    FINANCE = "finance"
    PLATFORM = "platform"
    ADMIN = "admin"
    CLOCK = "clock"
    OPERATOR = "operator"  # whoever has the database has the market


IN_TEAM: Final = frozenset({Role.MEMBER, Role.LEAD})


@dataclass(frozen=True, slots=True)
class Standing:
    """A role, and the team that it is in; none for a role in the organisation."""

    role: Role
    team: str = ""

    def __post_init__(self) -> None:
        if (self.role in IN_TEAM) != bool(self.team):
            raise BadField("role", self.role.value, "role-elsewhere")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, under which name, with which roles."""

    name: str  # person:ada@example.org, operator:root, clock
    standings: tuple[Standing, ...]
    token: str = ""  # the id of the token that it was recognised by

    @classmethod
    def person(cls, name: str, *standings: Standing) -> Self:
        """Somebody who was recognised."""
        return cls(f"person:{name}", standings)

    @classmethod
    def member(cls, name: str, team: str, role: TeamRole = TeamRole.MEMBER) -> Self:
        """A person of one team."""
        return cls.person(name, Standing(Role(role.value), team))

    @classmethod
    def operator(cls, name: str) -> Self:
        """Whoever works on the database itself."""
        return cls(f"operator:{name}", (Standing(Role.OPERATOR),))

    @property
    def roles(self) -> frozenset[Role]:
        """All its roles, wherever they hold."""
        return frozenset(one.role for one in self.standings)

    def in_team(self, team: str, roles: frozenset[Role]) -> bool:
        """Whether it has one of the roles in that team; an operator is in every team."""
        return any(
            one.role is Role.OPERATOR or (one.team == team and one.role in roles)
            for one in self.standings
        )


CLOCK: Final = Actor("clock", (Standing(Role.CLOCK),))
"""Time itself: what falls due."""
