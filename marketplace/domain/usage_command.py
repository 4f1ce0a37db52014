"""What a monitor tells of use, as data."""

from dataclasses import dataclass

from marketplace.domain.command import Command
from marketplace.domain.usage import SPELLS_MOST, Imported, Spell
from marketplace.errors import BadField


@dataclass(frozen=True, slots=True)
class ImportUsage(Command[Imported]):
    """Take in what was measured: all of it, or with ``skip_bad`` what can be. ``replace``: also
    where another number is known of the same spell, in its place."""

    spells: tuple[Spell, ...]
    replace: bool = False
    skip_bad: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.spells) <= SPELLS_MOST:
            facts = {"least": 1, "most": SPELLS_MOST}
            raise BadField("rows", len(self.spells), "count-out-of-range", facts)
