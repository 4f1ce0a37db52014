"""The market's rules: their versions, what changes from one to the next, and what is proposed."""

from typing import Self

from pydantic import ConfigDict, Field, StrictInt

from api.wire.shape import Instant, Shape
from marketplace.domain import proposal as domain
from marketplace.domain.command import AdoptProposal, AdoptRules, ProposeRules
from marketplace.domain.cycle import id_of, number_of
from marketplace.domain.proposal import ProposalRequest, ProposalState
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
    per million. ``from_cycle``: the first cycle that runs by it, where no newer version does."""

    version: int
    adopted_at: Instant
    from_cycle: str
    proposal: str = Field(description="Whose it was; empty where it was adopted at once.")
    rules: dict[str, int | str]

    @classmethod
    def of(cls, adopted: Adopted) -> Self:
        """A version as data."""
        document = adopted.rules.document()
        return cls(
            version=document.pop("version"),
            adopted_at=adopted.adopted_at,
            from_cycle=id_of(adopted.from_cycle),
            proposal=adopted.proposal,
            rules=document,
        )


class ChangedRules(RulesVersion):
    """A version, and what it changed of the one before."""

    changes: list[RuleChange]

    @classmethod
    def since(cls, adopted: Adopted, before: Adopted | None) -> Self:
        """A version as data, beside the one before it."""
        told = changes(before.rules, adopted.rules) if before else []
        return cls(**dict(RulesVersion.of(adopted)), changes=told)


class Rules(RulesVersion):
    """The rules in force; ``coming``: those that later cycles will run by, in that order, each
    beside the ones before it."""

    cycle: str = Field(description="The open cycle, which runs by them.")
    coming: list[ChangedRules]

    @classmethod
    def standing(cls, found: Standing) -> Self:
        """The rules of now as data."""
        before = (found.now, *found.coming)
        coming = [ChangedRules.since(*pair) for pair in zip(found.coming, before, strict=False)]
        return cls(**dict(RulesVersion.of(found.now)), cycle=found.cycle.id, coming=coming)


class Proposal(Shape):
    """Other rules that somebody put forward, in place of those of ``rules_version``. ``outdated``:
    they have changed since, so that it can be adopted no more."""

    id: str
    state: ProposalState
    changes: list[RuleChange]
    reason: str
    from_cycle: str
    rules_version: int
    outdated: bool
    proposed_at: Instant
    proposed_by: str
    ended_at: Instant | None
    adopted_version: int | None

    @classmethod
    def of(cls, proposal: domain.Proposal, made_for: MarketRules, newest: int) -> Self:
        """A proposal as data, beside the rules that it would change; ``newest``: their version by
        now."""
        request, before = proposal.request, made_for.document()
        return cls(
            id=proposal.id,
            state=proposal.state,
            changes=[
                RuleChange(rule=name, before=before[name], after=value)
                for name, value in request.changes
                if before[name] != value
            ],
            reason=request.reason,
            from_cycle=id_of(request.from_cycle),
            rules_version=request.seen,
            outdated=proposal.state is ProposalState.OPEN and request.seen != newest,
            proposed_at=proposal.proposed_at,
            proposed_by=proposal.proposed_by,
            ended_at=proposal.ended_at,
            adopted_version=proposal.version or None,
        )


class _FromCycle(Shape):
    """From when on."""

    from_cycle: str = Field(
        default="", description="The first cycle that runs by them; the next where none is named."
    )

    @property
    def first(self) -> int:
        """That cycle's number; 0 for the next. Raises ``BadField``."""
        return number_of(self.from_cycle, "from_cycle") if self.from_cycle else 0


class _Changes(_FromCycle):
    """What would be other, and from when on."""

    changes: dict[str, StrictInt | str] = Field(
        min_length=1, max_length=64, description="New values by the names of the rules."
    )


class RulesBody(_Changes):
    """Rules to change, from the next cycle on or a later one; those that are not named stay."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"changes": {"reserved_share_ppm": 800_000, "spot_step_ppm": 100_000}}]
        }
    )

    def to_command(self, seen: int) -> AdoptRules:
        """The adoption that is meant, by whoever saw that version."""
        return AdoptRules(tuple(sorted(self.changes.items())), seen, self.first)


class ProposalBody(_Changes):
    """Rules that somebody would change, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "more-for-spot",
                    "changes": {"reserved_share_ppm": 750_000},
                    "reason": "Spot was dry on most mornings.",
                    "from_cycle": "cyc_000009",
                }
            ]
        }
    )

    id: str = Field(description="A name for it, that no other has had.")
    reason: str = Field(description="Why: everybody reads it.")

    def to_command(self, seen: int) -> ProposeRules:
        """The proposal that is meant, by whoever saw that version."""
        return ProposeRules(
            ProposalRequest(
                id=self.id,
                changes=tuple(sorted(self.changes.items())),
                reason=self.reason,
                from_cycle=self.first,
                seen=seen,
            )
        )


class AdoptProposalBody(_FromCycle):
    """From when on a proposal shall hold: no sooner than it says."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"from_cycle": "cyc_000012"}]})

    def to_command(self, proposal: str) -> AdoptProposal:
        """Its adoption."""
        return AdoptProposal(proposal, self.first)
