"""The quarter's themes: what new credits are meant for, and what was spent on each."""

from dataclasses import replace
from datetime import datetime
from typing import Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from api.wire.shape import Instant, Shape, SignedCredits, credits_of
from marketplace.domain import theme as domain
from marketplace.domain.theme_command import AdoptThemes
from marketplace.errors import BadField

PPM = "In parts per million of the credits that are given then."
EXAMPLE: JsonDict = {
    "start": "2027-01-01T00:00:00Z",
    "end": "2027-04-01T00:00:00Z",
    "themes": [
        {"name": "safety", "share_ppm": 400_000},
        {"name": "quality", "share_ppm": 250_000},
        {"name": "fair", "share_ppm": 100_000, "end": "2027-03-01T00:00:00Z"},
    ],
    "note": "as decided in December's review",
}


class MeantTheme(Shape):
    """A theme, and its share."""

    name: str
    share_ppm: int = Field(strict=True, description=PPM)
    start: Instant | None = Field(default=None, description="The document's start, else.")
    end: Instant | None = Field(default=None, description="The document's end, else.")


class ThemesBody(Shape):
    """The themes of a time, a quarter as a rule."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    start: Instant = Field(description="When the quarter begins, or whatever time it is.")
    end: Instant = Field(description="When it is over.")
    themes: tuple[MeantTheme, ...] = Field(
        default=(), max_length=domain.THEMES_MAX, description="What its credits are meant for."
    )
    note: str = Field(default="", description="What it is, or why: everybody reads it.")

    def to_themes(self) -> domain.Themes:
        """The themes that are meant. Raises ``BadField`` with the place."""
        made = []
        for number, one in enumerate(self.themes):
            try:
                theme = domain.Theme(
                    name=one.name,
                    share_ppm=one.share_ppm,
                    start=one.start or self.start,
                    end=one.end or self.end,
                )
            except BadField as bad:
                raise replace(bad, field=f"themes[{number}].{bad.field}") from None
            made.append(theme)
        return domain.Themes(start=self.start, end=self.end, themes=tuple(made), note=self.note)

    def to_command(self, seen: int) -> AdoptThemes:
        """The adoption that is meant, by whoever saw that version."""
        return AdoptThemes(self.to_themes(), seen)


class Theme(Shape):
    """A theme, its time and its share."""

    name: str
    share_ppm: int = Field(description=PPM)
    start: Instant
    end: Instant


class ThemesVersion(Shape):
    """A version of the themes."""

    version: int
    adopted_at: Instant
    adopted_by: str
    start: Instant
    end: Instant
    themes: list[Theme]
    note: str

    @classmethod
    def of(cls, adopted: domain.AdoptedThemes) -> Self:
        """A version as data."""
        found = adopted.themes
        return cls(
            version=adopted.version,
            adopted_at=adopted.adopted_at,
            adopted_by=adopted.adopted_by,
            start=found.start,
            end=found.end,
            themes=[
                Theme(name=one.name, share_ppm=one.share_ppm, start=one.start, end=one.end)
                for one in found.themes
            ],
            note=found.note,
        )


class Themes(Shape):
    """The version of now, where there is one, and those to come."""

    now: ThemesVersion | None
    coming: list[ThemesVersion]

    @classmethod
    def of(cls, now: domain.AdoptedThemes | None, coming: tuple[domain.AdoptedThemes, ...]) -> Self:
        """What stands, as data."""
        return cls(
            now=ThemesVersion.of(now) if now else None,
            coming=[ThemesVersion.of(one) for one in coming],
        )


class ThemeSpend(Shape):
    """A theme in a period."""

    theme: str
    share_ppm: int | None = Field(
        description="Its share as it was last decided; null: no document of the period names it."
    )
    planned_credits: SignedCredits = Field(description="Its share of the credits given then.")
    spent_credits: SignedCredits = Field(description="Charges less refunds.")
    spent_share: float | None = Field(description="Of all that was spent; null where nothing was.")

    @classmethod
    def of(cls, one: domain.ThemeSpend, all_ucr: int) -> Self:
        """A theme as data."""
        return cls(
            theme=one.theme,
            share_ppm=one.share_ppm,
            planned_credits=credits_of(one.planned_ucr),
            spent_credits=credits_of(one.spent_ucr),
            spent_share=one.spent_ucr / all_ucr if all_ucr > 0 else None,
        )


class ThemesSpend(Shape):
    """Spend against strategy, of a period."""

    start: Instant
    end: Instant
    versions: list[int] = Field(description="Of the document, that decided in the period.")
    granted_credits: SignedCredits = Field(description="Given in the period, less revoked.")
    spent_credits: SignedCredits = Field(description="With and without a theme.")
    unthemed_credits: SignedCredits = Field(description="Spent without a theme.")
    themes: list[ThemeSpend]

    @classmethod
    def of(cls, period: tuple[datetime, datetime], found: domain.Strategy) -> Self:
        """A period as data."""
        return cls(
            start=period[0],
            end=period[1],
            versions=list(found.versions),
            granted_credits=credits_of(found.granted_ucr),
            spent_credits=credits_of(found.spent_ucr),
            unthemed_credits=credits_of(found.unthemed_ucr),
            themes=[ThemeSpend.of(one, found.spent_ucr) for one in found.themes],
        )
