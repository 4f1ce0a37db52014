"""Teams, their credits and their members."""

from datetime import datetime
from typing import Final, Self

from pydantic import ConfigDict, Field

from api.wire.shape import Credits, Shape, credits_of
from marketplace.domain import team as domain
from marketplace.services.ledger import Purse

DRAWN: Final = "Drawn of credit lines and not repaid: held, or spent and owed."
LINE: Final = "What an order placed now can draw beyond what is free."


class NewTeam(Shape):
    """A team that was just taken in."""

    id: str
    name: str

    @classmethod
    def enrolled(cls, team: domain.Team) -> Self:
        """What enrolling answers."""
        return cls(id=team.id, name=team.name)


class Team(NewTeam):
    """A team and its credits."""

    free_credits: Credits = Field(description="What an order placed now can hold.")
    held_credits: Credits
    later_credits: Credits = Field(description="Of grants that have not started.")
    ending_credits: Credits = Field(description="Of grants that end before the next cycle.")
    drawn_credits: Credits = Field(description=DRAWN)
    line_credits: Credits = Field(description=LINE)

    @classmethod
    def of(cls, team: domain.Team, purse: Purse) -> Self:
        """A team and its credits as data."""
        return cls(
            id=team.id,
            name=team.name,
            free_credits=credits_of(purse.free_ucr),
            held_credits=credits_of(purse.held_ucr),
            later_credits=credits_of(purse.later_ucr),
            ending_credits=credits_of(purse.ending_ucr),
            drawn_credits=credits_of(purse.drawn_ucr),
            line_credits=credits_of(purse.line_ucr),
        )


class Balance(Shape):
    """A team's credits."""

    team: str
    free_credits: Credits = Field(description="What an order placed now can hold.")
    held_credits: Credits
    later_credits: Credits = Field(description="Of grants that have not started.")
    ending_credits: Credits = Field(description="Of grants that end before the next cycle.")
    drawn_credits: Credits = Field(description=DRAWN)
    line_credits: Credits = Field(description=LINE)

    @classmethod
    def of(cls, purse: Purse) -> Self:
        """A team's credits as data."""
        return cls(
            team=purse.team,
            free_credits=credits_of(purse.free_ucr),
            held_credits=credits_of(purse.held_ucr),
            later_credits=credits_of(purse.later_ucr),
            ending_credits=credits_of(purse.ending_ucr),
            drawn_credits=credits_of(purse.drawn_ucr),
            line_credits=credits_of(purse.line_ucr),
        )


class Member(Shape):
    """A person in a team."""

    team: str
    person: str
    role: str

    @classmethod
    def of(cls, member: domain.Member) -> Self:
        """A member as data."""
        return cls(team=member.team, person=member.person, role=member.role.value)


class Removal(Shape):
    """A person who is in a team no more."""

    team: str
    person: str
    tokens: list[str] = Field(description="Those that had a role there: narrowed, or revoked.")

    @classmethod
    def of(cls, gone: domain.Removal) -> Self:
        """A removal as data."""
        return cls(team=gone.team, person=gone.person, tokens=list(gone.tokens))


class TeamBody(Shape):
    """A team to take in."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "speech", "name": "Speech recognition"}]}
    )

    id: str = Field(description="Its name in orders and accounts: a-z, 0-9, -, _, .")
    name: str = Field(default="", description="A name for people; without it the id.")

    def to_team(self, now: datetime) -> domain.Team:
        """The team that is meant, taken in at ``now``."""
        return domain.Team(id=self.id, name=self.name or self.id, created_at=now)


class RoleBody(Shape):
    """What a person is to be in a team."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "lead"}]})

    role: domain.Role = Field(
        default=domain.Role.MEMBER, description="What they may do in the team."
    )

    def to_member(self, team: str, person: str) -> domain.Member:
        """That person as a member of that team."""
        return domain.Member(team=team, person=person, role=self.role)
