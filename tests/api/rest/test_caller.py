"""Who may do what: every role tries every operation, and each is allowed or refused as the page of
roles says."""

from pathlib import Path

from tests.api.rest.desk import Desk
from tests.api.rest.operations import allowed, places_of, table

PAGE = Path(__file__).parents[3] / "docs" / "roles.md"


def test_every_role_may_do_what_is_written_and_nothing_else(desk: Desk) -> None:
    """§7.11, §7.12. Where this fails on purpose: python -m tests.api.rest.operations"""
    document = desk.http.get("/v1/openapi.json").json()
    found = table(allowed(desk, document, places_of(desk)))
    written = PAGE.read_text(encoding="utf-8").partition("| operation |")
    assert written[1] + written[2] == found
