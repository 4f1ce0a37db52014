"""Every write as data: a frozen dataclass per use case, with what it answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from marketplace.domain.capacity import Maintenance, Pool, PoolChange, Window
from marketplace.domain.consumer import Consumer
from marketplace.domain.event.audience import Reader
from marketplace.domain.grant import Grant, GrantCorrection, GrantRequest
from marketplace.domain.order import Option, Order, OrderRequest
from marketplace.domain.override import Override, OverrideRequest
from marketplace.domain.proposal import Proposal, ProposalRequest
from marketplace.domain.recurrence import Recurrence
from marketplace.domain.reservation import EVERYTHING, Part, Release, Reservation
from marketplace.domain.spot import SpotRequest, SpotTerms
from marketplace.domain.team import Member, Removal, Team, checked_id
from marketplace.domain.token import Token, TokenRequest
from marketplace.rules import Adopted, Change, MarketRules

T = TypeVar("T", covariant=True)


class Command(Generic[T]):
    """What somebody wants done; its answer is a ``T``. ``key``: what makes a repeat harmless."""

    __slots__ = ()
    waits: ClassVar[bool] = False
    """Whether its time was read before work that may take long: it is dated like what came in
    between, where anything of another time would be refused."""

    @property
    def key(self) -> str:
        """The key that its own words give it; most get theirs from the door."""
        return ""

    @property
    def scope(self) -> str:
        """The team whose keys it shares; none where its actor's name stands for that."""
        return ""

    def repeats(self, first: "Command[Any]") -> bool:
        """Whether it asks for what ``first`` asked for: what it came to, or what was said."""
        return self == first or (_said(self) != "" and _said(self) == _said(first))


def _said(command: Command[Any]) -> str:
    asked = getattr(command, "request", None) or getattr(command, "terms", None)
    return str(getattr(asked, "said", ""))


@dataclass(frozen=True, slots=True)
class OpenMarket(Command[MarketRules]):
    """Start a market under rules."""

    rules: MarketRules


@dataclass(frozen=True, slots=True)
class SetClock(Command[datetime]):
    """Say what time it is, and go on from there, whatever time the books have."""

    at: datetime
    reason: str

    @property
    def key(self) -> str:
        """One a second: what was said is kept, though it need change no row."""
        return f"clock/{self.at.isoformat()}"


@dataclass(frozen=True, slots=True)
class AdoptRules(Command[Adopted]):
    """Let the market run by other rules from a cycle on: the next, or a later one. ``seen``: the
    newest version that was seen, so that nobody's change is written over; 0 where any will do."""

    changes: tuple[Change, ...]
    seen: int = 0
    from_cycle: int = 0


@dataclass(frozen=True, slots=True)
class ProposeRules(Command[Proposal]):
    """Put other rules forward, for everybody to see."""

    request: ProposalRequest


@dataclass(frozen=True, slots=True)
class AdoptProposal(Command[Adopted]):
    """Adopt what was proposed, from the cycle on that it names, or a later one."""

    proposal: str
    from_cycle: int = 0


@dataclass(frozen=True, slots=True)
class WithdrawProposal(Command[Proposal]):
    """Take a proposal back."""

    proposal: str


@dataclass(frozen=True, slots=True)
class EnrolTeams(Command[tuple[Team, ...]]):
    """Take in new teams: all of them or none."""

    teams: tuple[Team, ...]


@dataclass(frozen=True, slots=True)
class PutMember(Command[Member]):
    """Take a person into a team, or change their role."""

    member: Member


@dataclass(frozen=True, slots=True)
class RemoveMember(Command[Removal]):
    """Take a person out of a team, and out of the tokens that speak for them there."""

    team: str
    person: str


@dataclass(frozen=True, slots=True)
class OpenPools(Command[tuple[Pool, ...]]):
    """Put new pools on the market with their first windows: all or none."""

    pools: tuple[Pool, ...]
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangePool(Command[Pool]):
    """Let a pool be other from a later cycle on; from the next one where that is 0."""

    pool: str
    change: PoolChange
    reason: str


@dataclass(frozen=True, slots=True)
class AddWindows(Command[tuple[Window, ...]]):
    """Add units to pools for a time. ``recurrence``: whose dates the windows are, where they recur;
    it stands here for people, and what is done is done by the windows."""

    windows: tuple[Window, ...]
    recurrence: Recurrence | None = None


@dataclass(frozen=True, slots=True)
class EndWindow(Command[tuple[Window, tuple[Reservation, ...]]]):
    """End a window: from then on, or once none of its units is sold. Answers what failed for it."""

    window: str
    reason: str
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScheduleMaintenance(Command[tuple[Reservation, ...]]):
    """Take units away for a time; answers what failed for it."""

    maintenance: Maintenance


@dataclass(frozen=True, slots=True)
class CancelMaintenance(Command[Maintenance]):
    """Call off a maintenance that has not begun."""

    maintenance: str


@dataclass(frozen=True, slots=True)
class OverrideWindows(Command[tuple[Override, tuple[Reservation, ...]]]):
    """Let a pool have other units for a time than its windows say; answers what failed for it."""

    request: OverrideRequest


@dataclass(frozen=True, slots=True)
class CancelOverride(Command[tuple[Override, tuple[Reservation, ...]]]):
    """Call off an override, from now on; answers what failed for it."""

    override: str


@dataclass(frozen=True, slots=True)
class GiveGrants(Command[tuple[Grant, ...]]):
    """Give teams credits: all of the grants or none."""

    requests: tuple[GrantRequest, ...]


@dataclass(frozen=True, slots=True)
class CorrectGrant(Command[Grant]):
    """Let a grant be other than it was given, as far as it is unspent."""

    grant: str
    correction: GrantCorrection


@dataclass(frozen=True, slots=True)
class RevokeGrant(Command[Grant]):
    """Take back what is unspent of a grant, which can be spent no more."""

    grant: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlaceOrder(Command[Order]):
    """Offer for reserved time."""

    request: OrderRequest

    @property
    def key(self) -> str:
        """The request's own."""
        return self.request.key

    @property
    def scope(self) -> str:
        """The team's."""
        return self.request.team


@dataclass(frozen=True, slots=True)
class AmendOrder(Command[Order]):
    """Replace an open order's options. ``version``: the one that was seen, so that nobody's change
    is written over; 0 where any will do."""

    order: str
    options: tuple[Option, ...]
    version: int = 0


@dataclass(frozen=True, slots=True)
class CancelOrders(Command[tuple[Order, ...]]):
    """Cancel open orders, free of charge: all of them or none. ``versions``: those that were seen,
    in the same order; none where any will do."""

    orders: tuple[str, ...]
    versions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseReservation(Command[tuple[Reservation, Release]]):
    """Give back whole future slots of a reservation."""

    reservation: str
    part: Part = EVERYTHING


@dataclass(frozen=True, slots=True)
class RequestSpot(Command[SpotRequest]):
    """Ask for spot capacity."""

    terms: SpotTerms

    @property
    def key(self) -> str:
        """The terms' own."""
        return self.terms.key

    @property
    def scope(self) -> str:
        """The team's."""
        return self.terms.team


@dataclass(frozen=True, slots=True)
class ChangeSpotLimit(Command[SpotRequest]):
    """Give a spot request another limit."""

    request: str
    limit_ucr: int


@dataclass(frozen=True, slots=True)
class StopSpot(Command[tuple[SpotRequest, ...]]):
    """End spot requests: all of them or none."""

    requests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisterConsumer(Command[Consumer]):
    """Let somebody read events by a name, from now on."""

    name: str
    reader: Reader

    def __post_init__(self) -> None:
        checked_id("consumer", self.name)


@dataclass(frozen=True, slots=True)
class RemoveConsumer(Command[Consumer]):
    """Forget a consumer of events."""

    name: str


@dataclass(frozen=True, slots=True)
class MakeToken(Command[Token]):
    """Make a token that a person is recognised by."""

    request: TokenRequest


@dataclass(frozen=True, slots=True)
class ExchangeToken(Command[Token]):
    """Use up a token that is good for signing in once, for one that is good for any request. Both
    by the hashes of their secrets."""

    sign_in_sha256: str
    secret_sha256: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RevokeToken(Command[Token]):
    """End a token before its time is over."""

    token: str
