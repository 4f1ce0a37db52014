"""Teams and members: who has no name, or too long a one."""

import pytest

from marketplace.domain.team import Member, Role
from marketplace.errors import BadField


@pytest.mark.parametrize("person", ["", "  ", "x" * 255])
def test_a_member_has_a_name(person: str) -> None:
    with pytest.raises(BadField) as refused:
        Member(team="nlp", person=person, role=Role.MEMBER)
    assert (refused.value.field, refused.value.reason) == ("person", "no-name")


def test_a_name_may_be_as_long_as_an_address() -> None:
    assert Member(team="nlp", person="x" * 254, role=Role.LEAD).role is Role.LEAD
