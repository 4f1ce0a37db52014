"""Spot requests."""

from datetime import timedelta
from typing import Self

from pydantic import ConfigDict, Field

from api.wire.order import Units
from api.wire.price import ExpectedPrice, TickPrice
from api.wire.shape import Credits, Duration, Instant, Said, Shape, credits_of
from marketplace.domain import spot as domain
from marketplace.domain.command import ChangeSpotLimit, StopSpot
from marketplace.domain.transfer import Tags
from marketplace.services.spot import Outlook
from pricing.units import ucr_from_credits


class Status(Shape):
    """Why a request is where it is, and since when."""

    code: str
    update_time: Instant


class Spot(Shape):
    """A spot request, with the terms that it is billed by."""

    id: str
    team: str
    key: str
    pool: str
    quantity: int
    limit_price_credits: Credits
    held_credits: Credits = Field(description="What is locked for it now.")
    minimum_runtime: Duration
    end: Instant | None
    persistent: bool
    state: str
    status: Status
    at_risk: str | None = Field(description="The code of a warning, while it is in force.")
    placed_at: Instant
    started_at: Instant | None
    interruption_deadline: Instant | None
    project: str
    theme: str
    cost_centre: str

    @classmethod
    def of(cls, one: domain.SpotRequest, held_ucr: int) -> Self:
        """A spot request as data, and what it holds."""
        terms, run = one.terms, one.run
        return cls(
            id=one.id,
            team=one.team,
            key=terms.key,
            pool=terms.pool,
            quantity=terms.quantity,
            limit_price_credits=credits_of(terms.limit_ucr),
            held_credits=credits_of(held_ucr),
            minimum_runtime=terms.minimum,
            end=terms.end,
            persistent=terms.persistent,
            state=one.state.value,
            status=Status(code=one.code, update_time=one.updated_at),
            at_risk=one.at_risk or None,
            placed_at=one.placed_at,
            started_at=run.started_at if run else None,
            interruption_deadline=run.deadline if run else None,
            project=terms.tags.project,
            theme=terms.tags.theme,
            cost_centre=terms.tags.cost_centre,
        )


class AskedSpot(Spot):
    """A spot request that was just asked for, or would be, and the prices to be expected."""

    dry_run: bool
    newest_price: TickPrice | None = Field(description="The pool's; null before its first tick.")
    expected: list[ExpectedPrice]

    @classmethod
    def asked(cls, one: domain.SpotRequest, outlook: Outlook, *, dry_run: bool) -> Self:
        """What asking for spot answers."""
        newest = outlook.newest
        return cls(
            **dict(Spot.of(one, outlook.held_ucr)),
            dry_run=dry_run,
            newest_price=TickPrice.of(newest) if newest else None,
            expected=[ExpectedPrice.of(one.terms.pool, each) for each in outlook.ahead],
        )


class SpotBody(Shape):
    """Units to ask for by the tick."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "team": "nlp",
                    "pool": "h100",
                    "quantity": 8,
                    "limit_price": "1.75",
                    "minimum_runtime": "2h",
                    "persistent": True,
                }
            ]
        }
    )

    team: str = Field(description="Whose it is: the team's id.")
    pool: str = Field(description="The pool's id.")
    quantity: Units = Field(description="So many units together: a multiple of the block size.")
    limit_price: Credits = Field(
        description="The most for a unit-hour; the price of each tick is paid, never more."
    )
    minimum_runtime: Duration = Field(
        default=timedelta(0),
        description="Once started it runs so long at least, whatever the price.",
    )
    end: Instant | None = Field(default=None, description="It runs no longer than until then.")
    persistent: bool = Field(
        default=False, strict=True, description="Whether it opens again after an interruption."
    )
    project: str = Field(default="", description="What it is for.")
    theme: str = Field(default="", description="The strategic purpose.")
    cost_centre: str = Field(default="", description="Who accounts for it.")
    said: Said = ""

    @classmethod
    def of(cls, terms: domain.SpotTerms) -> Self:
        """Terms as the body that asks for them."""
        return cls(
            team=terms.team,
            pool=terms.pool,
            quantity=terms.quantity,
            limit_price=credits_of(terms.limit_ucr),
            minimum_runtime=terms.minimum,
            end=terms.end,
            persistent=terms.persistent,
            project=terms.tags.project,
            theme=terms.tags.theme,
            cost_centre=terms.tags.cost_centre,
            said=terms.said,
        )

    def to_terms(self, key: str) -> domain.SpotTerms:
        """The terms that are meant, under their key."""
        return domain.SpotTerms(
            team=self.team,
            key=key,
            pool=self.pool,
            quantity=self.quantity,
            limit_ucr=ucr_from_credits(self.limit_price),
            minimum=self.minimum_runtime,
            end=self.end,
            persistent=self.persistent,
            tags=Tags(project=self.project, theme=self.theme, cost_centre=self.cost_centre),
            said=self.said,
        )


class LimitBody(Shape):
    """A spot request's new limit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"limit_price": "2.10"}]})

    limit_price: Credits = Field(
        description="The most for a unit-hour: any while it waits, a higher one while it runs."
    )

    def to_command(self, request: str) -> ChangeSpotLimit:
        """The change of that request that is meant."""
        return ChangeSpotLimit(request, ucr_from_credits(self.limit_price))


class StopBody(Shape):
    """Spot requests to end: all of them, or none."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"requests": ["spot_0123456789abcdef"]}]}
    )

    requests: list[str] = Field(min_length=1, max_length=1_000, description="Their ids.")

    def to_command(self) -> StopSpot:
        """The command that is meant."""
        return StopSpot(tuple(self.requests))


class StopAnswer(Shape):
    """The spot requests that were ended."""

    items: list[Spot]
