"""The market's rules: their versions, and what changes from one to the next."""

from typing import Self

from pydantic import ConfigDict, Field, StrictInt

from api.wire.shape import Instant, Shape
from marketplace.domain.command import AdoptRules
from marketplace.rules import Adopted, MarketRules, differences
from marketplace.services.rules import Standing


class RuleChange(Shape):
    """A rule that differs."""

    rule: str
    before: int | str
    after: int | str


def changes(before: MarketRules, after: MarketRules) -> list[RuleChange]:
    """What differs, as data."""
    return [
        RuleChange.model_validate({"rule": name, "before": old, "after": new})
        for name, old, new in differences(before, after)
    ]


class RulesVersion(Shape):
    """One version of the market's rules: times in minutes, hours and days as named, shares in parts
    per million."""

    version: int
    adopted_at: Instant
    rules: dict[str, int | str]

    @classmethod
    def of(cls, adopted: Adopted) -> Self:
        """A version as data."""
        document = adopted.rules.document()
        return cls(version=document.pop("version"), adopted_at=adopted.adopted_at, rules=document)


class ChangedRules(RulesVersion):
    """A version, and what it changed of the one before."""

    changes: list[RuleChange]

    @classmethod
    def since(cls, adopted: Adopted, before: Adopted | None) -> Self:
        """A version as data, beside the one before it."""
        told = changes(before.rules, adopted.rules) if before else []
        return cls(**dict(RulesVersion.of(adopted)), changes=told)


class Rules(RulesVersion):
    """The rules in force; ``coming``: those that the next cycle runs by, where they are others."""

    cycle: str = Field(description="The open cycle, which runs by them.")
    coming: ChangedRules | None

    @classmethod
    def standing(cls, found: Standing) -> Self:
        """The rules of now as data."""
        other = found.newest.rules.version != found.now.rules.version
        coming = ChangedRules.since(found.newest, found.now) if other else None
        return cls(**dict(RulesVersion.of(found.now)), cycle=found.cycle.id, coming=coming)


class RulesBody(Shape):
    """Rules to change; those that are not named stay."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"changes": {"reserved_share_ppm": 800_000, "spot_step_ppm": 100_000}}]
        }
    )

    changes: dict[str, StrictInt | str] = Field(
        min_length=1, max_length=64, description="New values by the names of the rules."
    )

    def to_command(self, seen: int) -> AdoptRules:
        """The adoption that is meant, by whoever saw that version."""
        return AdoptRules(tuple(sorted(self.changes.items())), seen)
