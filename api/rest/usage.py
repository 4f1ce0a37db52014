"""Use that a scheduler or monitor measured."""

from typing import Final

from fastapi import APIRouter

from api.rest.caller import DryRun, Key, Who
from api.wire.usage import ImportedUsage, UsageBody

router: Final = APIRouter(prefix="/v1/usage", tags=["usage"])


@router.post("", status_code=201, operation_id="import_usage", summary="Take in measured use")
def take_in(body: UsageBody, who: Who, key: Key, *, dry_run: DryRun = False) -> ImportedUsage:
    """Take in how many units of reservations and spot runs were busy: all rows, or none where one
    cannot be. The same rows again change nothing. Takes the role platform."""
    return ImportedUsage.of(who.does(body.to_command(), key, dry_run=dry_run))
