"""Teams and their members."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marketplace.errors import BadField

_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


class Role(StrEnum):
    """What a person may do in a team."""

    MEMBER = "member"
    LEAD = "lead"


def checked_id(field: str, value: str) -> str:
    """``value``, if it can name a pool, a team or a grant: it becomes part of account addresses."""
    if not _ID.fullmatch(value):
        raise BadField(field, value, "not-a-name", {"most": 64})
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A group that bids with one purse."""

    id: str
    name: str
    created_at: datetime

    def __post_init__(self) -> None:
        checked_id("team", self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in a team."""

    team: str
    person: str
    role: Role

    def __post_init__(self) -> None:
        if not self.person.strip() or len(self.person) > 254:
            raise BadField("person", self.person, "no-name", {"most": 254})


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A person who is in a team no more. ``tokens``: those that had a role there; they are good for
    the person's other roles, or for nothing."""

    team: str
    person: str
    tokens: tuple[str, ...] = ()
