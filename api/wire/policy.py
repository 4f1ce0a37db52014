"""The decision policy: who is asked about which orders, and what nobody may do."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Self, TypeVar

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from api.wire.alert import AlertRule
from api.wire.shape import Credits, Duration, Instant, Shape, SignedCredits, credits_of
from marketplace.domain import limit as domain_limit
from marketplace.domain import policy as domain
from marketplace.domain.approval_command import AdoptPolicy
from marketplace.domain.period import Period
from marketplace.errors import BadField
from pricing.units import ucr_from_credits

Part = TypeVar("Part")
Made = TypeVar("Made")
Names = Annotated[tuple[str, ...], Field(max_length=domain.PARTS_MAX)]
EXAMPLE: JsonDict = {
    "tiers": [
        {"name": "large", "at_least": "2000", "needs": ["lead"], "within": "24h"},
        {"name": "export", "labels": ["export-controlled"], "needs": ["lead", "finance"]},
    ],
    "labels": [{"name": "export-controlled", "projects": ["weather-model"]}],
    "caps": [{"pool": "h100", "share_ppm": 500_000}],
    "restrictions": [{"pool": "a100", "teams": ["nlp"]}],
    "limits": [{"theme": "safety", "period": "quarter", "credits": "50000"}],
    "alerts": [{"name": "most-spent", "on": "spend", "share_ppm": 800_000}],
    "note": "as decided in the second quarter's review",
}


class Tier(Shape):
    """Orders that hold [`at_least`, `below`) credits, and are about any of those pools, themes,
    projects or labels where some are named, wait for those that it `needs`."""

    name: str
    needs: list[domain.Need] = Field(description="Whose word it takes.")
    at_least: Credits = Field(default=credits_of(0), description="From so many on.")
    below: Credits | None = Field(default=None, description="Below so many; without an end.")
    pools: Names = ()
    themes: Names = ()
    projects: Names = ()
    labels: Names = ()
    within: Duration = Field(default=timedelta(days=1), description="By when to decide.")
    then: domain.Then = Field(
        default=domain.Then.REFUSE, description="What happens where nobody has decided by then."
    )

    @classmethod
    def of(cls, tier: domain.Tier) -> Self:
        """A tier as data."""
        return cls(
            name=tier.name,
            needs=list(tier.needs),
            at_least=credits_of(tier.from_ucr),
            below=None if tier.below_ucr is None else credits_of(tier.below_ucr),
            pools=tier.pools,
            themes=tier.themes,
            projects=tier.projects,
            labels=tier.labels,
            within=tier.within,
            then=tier.then,
        )

    def to_tier(self) -> domain.Tier:
        """The tier that is meant. Raises ``BadField``."""
        return domain.Tier(
            name=self.name,
            needs=tuple(self.needs),
            from_ucr=ucr_from_credits(self.at_least),
            below_ucr=None if self.below is None else ucr_from_credits(self.below),
            pools=self.pools,
            themes=self.themes,
            projects=self.projects,
            labels=self.labels,
            within=self.within,
            then=self.then,
        )


class Label(Shape):
    """A risk that is seen in some projects; tiers name it."""

    name: str
    projects: Names

    def to_label(self) -> domain.Label:
        """The label that is meant. Raises ``BadField``."""
        return domain.Label(name=self.name, projects=self.projects)


class Cap(Shape):
    """A team, or each, has at most so many units of a pool ahead at a time, or such a share."""

    pool: str
    team: str = Field(default="", description="Whose; each team's where none is named.")
    units: int | None = Field(default=None, strict=True)
    share_ppm: int | None = Field(default=None, strict=True, description="In parts per million.")

    def to_cap(self) -> domain.Cap:
        """The cap that is meant. Raises ``BadField``."""
        return domain.Cap(
            pool=self.pool, team=self.team, units=self.units, share_ppm=self.share_ppm
        )


class Restriction(Shape):
    """A pool that those teams alone may bid for."""

    pool: str
    teams: Names

    def to_restriction(self) -> domain.Restriction:
        """The restriction that is meant."""
        return domain.Restriction(pool=self.pool, teams=self.teams)


class Limit(Shape):
    """A team, or work of a project or a theme, spends so much a period and no more."""

    credits: Credits
    period: Period = Period.MONTH
    team: str = ""
    project: str = ""
    theme: str = ""

    @classmethod
    def of(cls, limit: domain_limit.Limit) -> Self:
        """A limit as data."""
        return cls(
            credits=credits_of(limit.credits_ucr),
            period=limit.period,
            team=limit.team,
            project=limit.project,
            theme=limit.theme,
        )

    def to_limit(self) -> domain_limit.Limit:
        """The limit that is meant. Raises ``BadField``."""
        return domain_limit.Limit(
            credits_ucr=ucr_from_credits(self.credits),
            period=self.period,
            team=self.team,
            project=self.project,
            theme=self.theme,
        )


class LimitUse(Limit):
    """A spending limit of the policy in force, and how full it is in its period."""

    start: Instant = Field(description="When the period that runs now began.")
    end: Instant = Field(description="When it ends, and the limit begins anew.")
    spent_credits: SignedCredits = Field(
        description="Spent in the period, as adjustments corrected it."
    )
    held_credits: Credits = Field(
        description="Held now, by orders and spot requests that may still be charged."
    )
    left_credits: Credits = Field(description="Left where all that is held is spent.")

    @classmethod
    def used(cls, one: domain_limit.LimitUse) -> Self:
        """A limit and its use as data."""
        return cls(
            **Limit.of(one.limit).model_dump(),
            start=one.start,
            end=one.end,
            spent_credits=credits_of(one.spent_ucr),
            held_credits=credits_of(one.held_ucr),
            left_credits=credits_of(one.left_ucr),
        )


class LimitUses(Shape):
    """How full spending limits are, in the order of the policy."""

    limits: list[LimitUse]

    @classmethod
    def used_so(cls, found: Sequence[domain_limit.LimitUse]) -> Self:
        """Them as data."""
        return cls(limits=[LimitUse.used(one) for one in found])


class PolicyBody(Shape):
    """A whole policy: it takes the place of the one before."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    tiers: tuple[Tier, ...] = Field(default=(), description="Which orders wait for whom.")
    labels: tuple[Label, ...] = Field(
        default=(), description="Risks that are seen in projects; tiers name them."
    )
    caps: tuple[Cap, ...] = Field(
        default=(), description="How much of a pool a team has ahead at most."
    )
    restrictions: tuple[Restriction, ...] = Field(
        default=(), description="Pools that some teams alone may bid for."
    )
    limits: tuple[Limit, ...] = Field(
        default=(), description="What a team, project or theme spends in a period at most."
    )
    alerts: tuple[AlertRule, ...] = Field(
        default=(), description="What is told once a period, as an event."
    )
    note: str = Field(default="", description="What it is, or why: everybody reads it.")
    valid_from: Instant | None = Field(
        default=None, description="From when on it decides; from now on where nothing is said."
    )

    def to_policy(self) -> domain.Policy:
        """The policy that is meant. Raises ``BadField`` and ``NotFound``, with the place."""
        return domain.Policy(
            tiers=_each("tiers", self.tiers, Tier.to_tier),
            labels=_each("labels", self.labels, Label.to_label),
            caps=_each("caps", self.caps, Cap.to_cap),
            restrictions=_each("restrictions", self.restrictions, Restriction.to_restriction),
            limits=_each("limits", self.limits, Limit.to_limit),
            alerts=_each("alerts", self.alerts, AlertRule.to_rule),
            note=self.note,
        )

    def to_command(self, seen: int) -> AdoptPolicy:
        """The adoption that is meant, by whoever saw that version."""
        return AdoptPolicy(self.to_policy(), self.valid_from, seen)


def _each(name: str, parts: Sequence[Part], make: Callable[[Part], Made]) -> tuple[Made, ...]:
    made = []
    for number, part in enumerate(parts):
        try:
            made.append(make(part))
        except BadField as bad:
            raise replace(bad, field=f"{name}[{number}].{bad.field}") from None
    return tuple(made)


class PolicyVersion(Shape):
    """A version of the decision policy."""

    version: int
    adopted_at: Instant
    adopted_by: str
    valid_from: Instant
    tiers: list[Tier]
    labels: list[Label]
    caps: list[Cap]
    restrictions: list[Restriction]
    limits: list[Limit]
    alerts: list[AlertRule]
    note: str

    @classmethod
    def of(cls, adopted: domain.AdoptedPolicy) -> Self:
        """A version as data."""
        policy = adopted.policy
        return cls(
            version=adopted.version,
            adopted_at=adopted.adopted_at,
            adopted_by=adopted.adopted_by,
            valid_from=adopted.valid_from,
            tiers=[Tier.of(one) for one in policy.tiers],
            labels=[Label(name=one.name, projects=one.projects) for one in policy.labels],
            caps=[
                Cap(pool=one.pool, team=one.team, units=one.units, share_ppm=one.share_ppm)
                for one in policy.caps
            ],
            restrictions=[
                Restriction(pool=one.pool, teams=one.teams) for one in policy.restrictions
            ],
            limits=[Limit.of(one) for one in policy.limits],
            alerts=[AlertRule.of(one) for one in policy.alerts],
            note=policy.note,
        )


class Policies(Shape):
    """The version in force, none where every order passes at once, and those to come."""

    now: PolicyVersion | None
    coming: list[PolicyVersion]

    @classmethod
    def of(cls, now: domain.AdoptedPolicy | None, coming: Iterable[domain.AdoptedPolicy]) -> Self:
        """What stands, as data."""
        return cls(
            now=PolicyVersion.of(now) if now else None,
            coming=[PolicyVersion.of(one) for one in coming],
        )
