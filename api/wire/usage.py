"""Use that a scheduler or monitor measured, and what its import came to."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.config import JsonDict

from api.wire.shape import Instant, Shape
from marketplace.domain import usage as domain
from marketplace.domain.usage_command import ImportUsage
from marketplace.errors import BadField

EXAMPLE: JsonDict = {
    "rows": [
        {
            "reservation": "rsv_0123456789abcdef",
            "start": "2026-11-24T08:00:00Z",
            "end": "2026-11-24T09:00:00Z",
            "units_used": "6.5",
        }
    ],
    "skip_bad": True,
}


def _units(value: object) -> Decimal:
    """Units from decimal text or a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError("give a decimal number of units, like 3.5")
    try:
        return Decimal(domain.units_micro(str(value))) / domain.MICRO
    except BadField as bad:
        raise ValueError(bad.because) from bad


UnitsUsed = Annotated[
    Decimal,
    BeforeValidator(_units),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": ["string", "number"], "examples": ["6.5"]}),
]


class UsageRow(Shape):
    """How many units of a time-box, or of a spot run, were busy on average in a spell."""

    reservation: str = Field(description="The id of a reservation, or of a spot request.")
    start: Instant
    end: Instant = Field(description="It is over.")
    units_used: UnitsUsed = Field(
        description="From 0 to the units that were held then; a number, or decimal text."
    )

    def to_spell(self) -> domain.Spell:
        """The spell that is meant."""
        micro = domain.units_micro(self.units_used)
        return domain.Spell(self.reservation, self.start, self.end, micro)


class UsageBody(Shape):
    """What was measured."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    rows: list[UsageRow] = Field(
        min_length=1, max_length=domain.SPELLS_MOST, description="Spells that were measured."
    )
    replace: bool = Field(
        default=False, description="Also where another number is known of a spell: in its place."
    )
    skip_bad: bool = Field(
        default=False,
        description="Leave out rows that the market cannot take, and say why; else one such row "
        "refuses all of them.",
    )

    def to_command(self) -> ImportUsage:
        """The import that is meant."""
        spells = tuple(one.to_spell() for one in self.rows)
        return ImportUsage(spells, replace=self.replace, skip_bad=self.skip_bad)


class SkippedRow(Shape):
    """A row that was left out."""

    row: int = Field(description="Its place, from 0 on.")
    why: str


class ImportedUsage(Shape):
    """What an import came to, in rows."""

    added: int
    replaced: int = Field(description="Took the place of another number.")
    unchanged: int = Field(description="Were known already.")
    skipped: list[SkippedRow]

    @classmethod
    def of(cls, found: domain.Imported) -> Self:
        """An import as data."""
        return cls(
            added=found.added,
            replaced=found.replaced,
            unchanged=found.unchanged,
            skipped=[SkippedRow(row=one.row, why=one.why) for one in found.skipped],
        )
