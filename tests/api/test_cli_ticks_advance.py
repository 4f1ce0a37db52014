"""``gpumarket advance``: all that a clock must call."""

from tests.api.counter import Counter

BID = "bid --team nlp --pool h100 -q 8 -d 4h --value 60"
FIXED = ("--earliest", "2026-11-24T02:00Z", "--latest", "2026-11-24T02:00Z")


def test_one_command_runs_all_that_is_due_in_its_order(counter: Counter) -> None:
    first = counter.sees("advance")
    assert (first["tick"]["ran"], first["cycle"]) == (True, None)
    counter.does(BID, *FIXED)
    assert not counter.sees("advance")["tick"]["ran"]
    done = counter.later("2026-11-24T00:00Z").sees("advance")
    assert (done["tick"]["ran"], done["cycle"]["state"]) == (True, "settled")
    assert [one["what"] for one in done["next"]] == ["tick", "time", "indicative", "cycle"]
    begun = counter.later("2026-11-24T02:00Z").sees("advance")
    assert [one["state"] for one in begun["reservations"]] == ["active"]
    over = counter.later("2026-11-24T06:00Z").sees("advance")
    assert [one["state"] for one in over["reservations"]] == ["expired"]
    said = counter.later("2026-11-24T06:01Z").does("advance").out
    assert "0 reservations changed." in said
    assert "Next: tick at 2026-11-24T06:05Z." in said
    counter.later("2026-11-24T06:01Z").does("ledger check")
