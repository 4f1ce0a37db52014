"""Addresses of calendars from the command line: made and shown once, listed, withdrawn."""

import httpx2
import pytest

from tests.api.counter import Counter

through_service = pytest.mark.parametrize("counter", ["service"], indirect=True)


def reads(counter: Counter, address: str) -> int:
    """How the service answers a calendar program there, which sends no token."""
    assert counter.service is not None
    with httpx2.Client(transport=counter.service.way) as program:
        return program.get(address).status_code


@through_service
def test_an_address_is_shown_once_listed_and_withdrawn(counter: Counter) -> None:
    made = counter.does("calendar make")
    address = made.out.strip()
    assert address.startswith("http://market.test/v1/calendars/gpm_")
    assert "calendar of nlp, until 2036-" in made.err
    assert reads(counter, address) == 200
    pools = counter.sees("calendar make --pool h100")
    assert pools["kind"] == "calendar"
    listed = counter.lists("calendar list")
    assert [one["note"] for one in listed] == ["calendar of nlp", "calendar of pool h100"]
    assert listed[0]["used_at"] == "2026-11-23T12:00:00Z"
    said = counter.does("calendar list").out
    assert "calendar of pool h100" in said
    assert address.rpartition("/")[2] not in said
    gone = counter.does("calendar end --yes")
    assert gone.out == "Your address of the calendar of nlp is revoked.\n"
    assert counter.sees("calendar end --pool h100 --yes")["reason"] == "revoked"
    assert [reads(counter, one) for one in (address, pools["address"])] == [404, 404]
    assert "You have no address of a calendar" in counter.does("calendar list").out


@through_service
def test_asking_again_ends_the_address_before(counter: Counter) -> None:
    before, after = (counter.sees("calendar make --team nlp")["address"] for _ in range(2))
    assert [reads(counter, one) for one in (before, after)] == [404, 200]
    assert len(counter.lists("calendar list")) == 1


@through_service
def test_what_has_no_calendar_is_refused_by_its_flag(counter: Counter) -> None:
    assert "there is no pool 'tpu'" in counter.fails(2, "calendar make --pool tpu")
    assert "leave one out" in counter.fails(2, "calendar make --team nlp --pool h100")
    assert "there is no calendar" in counter.fails(1, "calendar end --yes")
    assert "say --yes to go on" in counter.fails(2, "calendar end --team nlp")


def test_on_a_database_it_says_what_to_do(counter: Counter) -> None:
    for line in ("calendar make --team nlp", "calendar list", "calendar end --pool h100"):
        said = counter.fails(2, line)
        assert "`gpumarket login` signs in" in said
