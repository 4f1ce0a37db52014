"""Whether the process lives, and whether it can answer: for whoever starts and watches it."""

from typing import Final

from fastapi import APIRouter, Request

from api.operations.scrape import late_s
from api.rest.market import market_of
from api.wire.shape import Shape
from marketplace.errors import NoMarket
from marketplace.services import lease, market
from marketplace.store.engine import check_version

router: Final = APIRouter(tags=["operations"])


class Health(Shape):
    """The process lives."""

    status: str = "alive"


class Ready(Shape):
    """The process can answer; ``leader`` is empty where no process leads the clock."""

    status: str = "ready"
    schema_version: str
    leader: str
    late_seconds: float


@router.get("/healthz", operation_id="health", summary="Whether the process lives")
async def health() -> Health:
    """Answers as long as the process does anything; looks at nothing else."""
    return Health()


@router.get("/readyz", operation_id="ready", summary="Whether the service can answer")
def ready(request: Request) -> Ready:
    """The database answers and is of this program's version; who leads the clock, and how long the
    first thing that is due has waited. A problem with status 503 where it cannot answer."""
    served = market_of(request)
    store, now = served.store, served.clock()
    found = check_version(store)
    if not market.exists(store):
        raise NoMarket
    held = lease.held(store)
    leads = held is not None and held.until > now
    return Ready(
        schema_version=found,
        leader=held.holder if held and leads else "",
        late_seconds=late_s(served, now),
    )
