"""What finance does with themes, as data."""

from dataclasses import dataclass

from marketplace.domain.command import Command
from marketplace.domain.theme import AdoptedThemes, Themes


@dataclass(frozen=True, slots=True)
class AdoptThemes(Command[AdoptedThemes]):
    """Decide on the themes of a time. ``seen``: the newest version that was seen, so that nobody's
    change is written over; 0 where any will do."""

    themes: Themes
    seen: int = 0
