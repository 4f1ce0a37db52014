"""EASY backfill worked by hand, and what holds of every queue whatever its order."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.demand.job import SLOT, Decay, Job
from sim.policies import free_units, queueing
from sim.policies.precedence import InUse, Precedence, Rank, Ways
from sim.results.run import Ran
from tests.examples import examples
from tests.sim.policies.made_jobs import (
    DAY_SLOTS,
    START,
    capacity,
    check,
    crowds,
    job,
    leg,
    queued,
    starts,
    without,
    worth,
)
from tests.sim.policies.plain_queue import Plain

FAR = (1, 40)


def three(third_slots: int, third_units: int = 1) -> list[Job]:
    """Three of four units are busy until slot 5; a gang of four is the head; a third comes last."""
    return [
        job("runs", worth(5, leg(3, 4)), submitted_min=1, window=FAR),
        job("head", worth(5, leg(4, 2)), submitted_min=2, window=FAR),
        job("third", worth(5, leg(third_units, third_slots)), submitted_min=3, window=FAR),
    ]


def test_a_later_job_fills_the_gap_before_the_heads_start() -> None:
    found = starts(queued(three(third_slots=4), capacity(gpu=4)).ran)
    assert found == {"runs": (0, 1), "head": (0, 5), "third": (0, 1)}


def test_a_later_job_that_would_delay_the_head_waits() -> None:
    found = starts(queued(three(third_slots=5), capacity(gpu=4)).ran)
    assert found == {"runs": (0, 1), "head": (0, 5), "third": (0, 7)}


def test_units_that_the_head_does_not_need_may_be_used_past_its_start() -> None:
    """The head takes 4 of 5 at slot 5: one unit is extra for as long as the third likes."""
    found = starts(queued(three(third_slots=20), capacity(gpu=5)).ran)
    assert found == {"runs": (0, 1), "head": (0, 5), "third": (0, 1)}
    found = starts(queued(three(third_slots=20, third_units=2), capacity(gpu=5)).ran)
    assert found == {"runs": (0, 1), "head": (0, 5), "third": (0, 7)}


def test_only_the_head_is_promised_its_start() -> None:
    """The second gang waits behind the head without a promise, and the long small one passes it."""
    jobs = [
        job("runs", worth(5, leg(3, 4)), submitted_min=1, window=FAR),
        job("head", worth(5, leg(3, 2)), submitted_min=2, window=FAR),
        job("second", worth(5, leg(4, 2)), submitted_min=3, window=FAR),
        job("small", worth(5, leg(1, 20)), submitted_min=4, window=FAR),
    ]
    found = starts(queued(jobs, capacity(gpu=4)).ran)
    assert found == {"runs": (0, 1), "head": (0, 5), "small": (0, 1), "second": (0, 21)}


def test_each_pool_has_a_head_of_its_own() -> None:
    """While a gang waits for GPUs, a gang that waits for old ones is not passed by for ever."""
    jobs = [
        job("g1", worth(5, leg(1, 9)), submitted_min=1, window=FAR),
        job("o1", worth(5, leg(1, 4, "old")), submitted_min=2, window=FAR),
        job("gang", worth(5, leg(2, 2)), submitted_min=3, window=FAR),
        job("old-gang", worth(5, leg(2, 2, "old")), submitted_min=4, window=FAR),
        job("small", worth(5, leg(1, 9, "old")), submitted_min=5, window=FAR),
    ]
    found = starts(queued(jobs, capacity(gpu=2, old=2)).ran)
    assert (found["gang"], found["old-gang"], found["small"]) == ((0, 10), (0, 5), (0, 7))


def test_one_who_can_start_only_after_its_last_start_holds_nobody_up() -> None:
    jobs = [
        job("runs", worth(5, leg(3, 9)), submitted_min=1),
        job("late", worth(5, leg(4, 2)), submitted_min=2, window=(1, 9)),
        job("third", worth(5, leg(1, 20)), submitted_min=3),
    ]
    outcome = queued(jobs, capacity(gpu=4))
    assert starts(outcome.ran) == {"runs": (0, 1), "third": (0, 1)}
    assert outcome.ran[1].reason == "window-passed"
    in_time = [jobs[0], replace(jobs[1], latest_start=START + 10 * SLOT), jobs[2]]
    assert starts(queued(in_time, capacity(gpu=4)).ran) == {"runs": (0, 1), "late": (0, 10)}


def test_behind_one_that_comes_too_late_the_next_of_its_kind_is_the_head() -> None:
    jobs = [
        job("runs", worth(5, leg(3, 9)), submitted_min=1),
        job("late", worth(5, leg(4, 2)), submitted_min=2, window=(1, 9)),
        job("patient", worth(5, leg(4, 2)), submitted_min=3, window=FAR),
        job("third", worth(5, leg(1, 20)), submitted_min=4, window=FAR),
    ]
    found = starts(queued(jobs, capacity(gpu=4)).ran)
    assert found == {"runs": (0, 1), "patient": (0, 10), "third": (0, 12)}


def test_one_that_comes_too_late_has_its_chance_when_a_head_gives_up() -> None:
    """In slot 1 the head's promise and the busy old pool leave it no start up to slot 4; nobody
    knows yet that the head will be cancelled."""
    head = job("head", worth(5, leg(2, 10)), submitted_min=2, window=FAR)
    jobs = [
        job("runs", worth(5, leg(1, 4)), submitted_min=1),
        job("old", worth(5, leg(1, 20, "old")), submitted_min=1),
        replace(head, cancels_at=START + 3 * SLOT),
        job(
            "either",
            worth(7, leg(1, 5)),
            worth(6, leg(1, 5, "old")),
            submitted_min=3,
            window=(1, 4),
        ),
    ]
    found = starts(queued(jobs, capacity(gpu=2, old=1)).ran)
    assert found == {"runs": (0, 1), "old": (0, 1), "either": (0, 3)}


def test_one_that_needs_a_pool_with_a_head_is_no_head_elsewhere() -> None:
    """Both waits for a GPU behind the head, so that it cannot hold the old units either."""
    jobs = [
        job("g1", worth(5, leg(1, 4)), submitted_min=1),
        job("o1", worth(5, leg(1, 4, "old")), submitted_min=2),
        job("head", worth(5, leg(2, 2)), submitted_min=3, window=FAR),
        job("both", worth(5, leg(1, 1), leg(2, 1, "old")), submitted_min=4, window=FAR),
        job("small", worth(5, leg(1, 9, "old")), submitted_min=5, window=FAR),
    ]
    found = starts(queued(jobs, capacity(gpu=2, old=2)).ran)
    assert (found["head"], found["both"], found["small"]) == ((0, 5), (0, 10), (0, 1))


def test_the_first_option_that_can_start_soonest_is_taken() -> None:
    jobs = [
        job("a", worth(9, leg(1, 5)), submitted_min=1),
        job("b", worth(7, leg(1, 1)), worth(6, leg(1, 1, "old")), submitted_min=2, window=FAR),
        job("c", worth(7, leg(1, 1)), worth(6, leg(1, 9, "old")), submitted_min=3, window=FAR),
        job("d", worth(7, leg(1, 1, "old")), worth(9, leg(1, 1)), submitted_min=4, window=(7, 9)),
    ]
    outcome = queued(jobs, capacity(gpu=1, old=1))
    assert starts(outcome.ran) == {"a": (0, 1), "b": (1, 1), "c": (1, 2), "d": (1, 7)}
    assert [one.delivered_ucr for one in outcome.ran] == [9, 6, 6, 9]


def test_the_legs_of_a_gang_start_together_and_in_sequence() -> None:
    """Its second leg needs two old units from the third slot on, and one is busy until slot 8."""
    jobs = [
        job("busy", worth(5, leg(1, 7, "old")), submitted_min=1),
        job("chain", worth(5, leg(2, 2), leg(2, 3, "old", offset=2)), submitted_min=2, window=FAR),
        job("beside", worth(5, leg(1, 1), leg(1, 1, "old")), submitted_min=3, window=FAR),
    ]
    outcome = queued(jobs, capacity(gpu=2, old=2))
    assert starts(outcome.ran) == {"busy": (0, 1), "chain": (0, 6), "beside": (0, 1)}
    assert outcome.used["old"][:12].tolist() == [0, 2, 1, 1, 1, 1, 1, 1, 2, 2, 2, 0]


def test_nobody_joins_before_its_earliest_start_or_in_the_slot_of_its_submission() -> None:
    """The one that may start from slot 3 on stands behind the one that joined in slot 2."""
    jobs = [
        job("planned", worth(5, leg(1, 1)), submitted_min=0, window=(3, 9)),
        job("long", worth(5, leg(1, 3)), submitted_min=61, window=(1, 9)),
        job("late", worth(5, leg(1, 1)), submitted_min=150, window=(1, 9)),
    ]
    found = starts(queued(jobs, capacity(gpu=1)).ran)
    assert found == {"long": (0, 2), "planned": (0, 5), "late": (0, 6)}


def test_who_cancels_while_it_waits_leaves_the_queue() -> None:
    jobs = [
        job("runs", worth(5, leg(1, 4)), submitted_min=1),
        job("gone", worth(5, leg(1, 1)), submitted_min=2, window=FAR),
    ]
    for minutes, reason in ((4 * 60 + 1, "cancelled"), (5 * 60, "cancelled"), (5 * 60 + 1, "")):
        cancelled = replace(jobs[1], cancels_at=START + timedelta(minutes=minutes))
        assert queued([jobs[0], cancelled], capacity(gpu=1)).ran[1].reason == reason


def test_planned_maintenance_is_kept_free_and_nobody_is_killed() -> None:
    foreseen = without(capacity(gpu=2), "gpu", dict.fromkeys(range(4, 6), 2))
    jobs = [
        job("long", worth(5, leg(1, 4)), submitted_min=1, window=FAR),
        job("short", worth(5, leg(1, 3)), submitted_min=2, window=FAR),
    ]
    outcome = queued(jobs, foreseen)
    assert starts(outcome.ran) == {"long": (0, 6), "short": (0, 1)}
    assert sum(one.interruptions for one in outcome.ran) == 0


def failed(checkpoint: timedelta, soft: int = 40) -> list[Ran]:
    """Two units; one fails in slots 4 and 5. The job that started last has run two slots of six."""
    jobs = [
        job("first", worth(5, leg(1, 9)), submitted_min=1, window=(1, 1)),
        job(
            "last",
            worth(50, leg(1, 6)),
            submitted_min=2,
            window=(2, 2),
            checkpoint=checkpoint,
            decay=Decay(soft=START + soft * SLOT, hard=START + (soft + 5) * SLOT),
        ),
    ]
    foreseen = capacity(gpu=2)
    there = without(foreseen, "gpu", {4: 1, 5: 1})
    return list(queued(jobs, foreseen, there).ran)


@pytest.mark.parametrize(
    ("checkpoint_h", "lost_h", "end"),
    [(0, 0, 10), (1, 0, 10), (1.5, 1, 11), (2, 0, 10), (4, 2, 12)],
)
def test_a_failure_kills_who_started_last_and_it_goes_on_from_its_checkpoint(
    checkpoint_h: float, lost_h: int, end: int
) -> None:
    first, last = failed(timedelta(hours=checkpoint_h))
    assert (first.interruptions, first.end) == (0, START + 10 * SLOT)
    assert (last.interruptions, last.lost_unit_s) == (1, 3600 * lost_h)
    assert (last.start, last.end) == (START + 2 * SLOT, START + end * SLOT)


def test_an_end_made_late_by_a_failure_is_worth_less() -> None:
    """Killed with no state to go on from, it ends in slot 12: two slots past its soft deadline."""
    assert failed(4 * SLOT, soft=10)[1].delivered_ucr == 30
    assert failed(SLOT, soft=10)[1].delivered_ucr == 50


def test_one_that_is_killed_and_never_ends_has_run_for_nothing() -> None:
    foreseen = capacity(gpu=1)
    there = without(foreseen, "gpu", dict.fromkeys(range(6, DAY_SLOTS), 1))
    (one,) = queued([job("a", worth(5, leg(1, 9)))], foreseen, there).ran
    assert (one.served, one.delivered_ucr, one.reason) == (False, 0, "interrupted")
    assert (one.interruptions, one.lost_unit_s) == (1, 5 * 3600)


@examples(120)
@given(crowds(), st.integers(1, 6), st.integers(1, 6))
def test_nobody_oversells_breaks_a_gang_or_leaves_a_window(
    crowd: list[Job], gpu: int, old: int
) -> None:
    there = capacity(gpu=gpu, old=old)
    outcome = queued(crowd, there)
    check(crowd, outcome, there)


@examples(120)
@given(crowds(), st.dictionaries(st.integers(0, 20), st.integers(1, 4), max_size=8))
def test_failures_oversell_nothing_and_lose_no_count_of_work(
    crowd: list[Job], away: dict[int, int]
) -> None:
    foreseen = capacity(gpu=4, old=3)
    there = without(foreseen, "gpu", away)
    outcome = queued(crowd, foreseen, there)
    check(crowd, outcome, there)


class Widest(Precedence):
    """Ranks a team by what it has in use, and changes with every start."""

    def __init__(self, factor: int) -> None:
        self.factor = factor

    def open(self, slot: int, in_use: InUse) -> None:
        self.slot, self.in_use = slot, in_use

    def rank(self, team: int, ways: Ways) -> Rank:  # noqa: ARG002
        return (self.factor * float(self.in_use.units["gpu"][team, self.slot]),)


def test_a_start_changes_the_rank_of_its_teams_other_jobs_at_once() -> None:
    jobs = [
        job("a", worth(5, leg(1, 1)), submitted_min=1, window=FAR),
        job("b", worth(5, leg(1, 2)), submitted_min=2, window=FAR),
        job("c", worth(5, leg(1, 3)), submitted_min=3, team="blue", window=FAR),
    ]
    found = starts(queued(jobs, capacity(gpu=2), precedence=Widest(1)).ran)
    assert found == {"a": (0, 1), "c": (0, 1), "b": (0, 2)}


@examples(150)
@given(
    crowds(),
    st.dictionaries(st.integers(2, 20), st.integers(1, 4), max_size=8),
    st.dictionaries(st.integers(2, 20), st.integers(1, 3), max_size=3),
    st.integers(0, 1),
)
def test_a_plain_queue_that_looks_at_everybody_does_the_same(
    crowd: list[Job], gpu_away: dict[int, int], old_away: dict[int, int], factor: int
) -> None:
    foreseen = without(capacity(gpu=4, old=3), "gpu", {8: 2, 9: 2})
    there = without(
        foreseen, "gpu", {s: min(n, 2) if s in (12, 13) else n for s, n in gpu_away.items()}
    )
    there = without(there, "old", old_away)
    outcome = queued(crowd, foreseen, there, Widest(factor))
    plain = Plain(crowd, foreseen, there, lambda _, used: factor * used).run()
    assert {one.job.id: fate(one) for one in outcome.ran} == plain


def fate(one: Ran) -> tuple[int | None, int | None, int, int, int]:
    lost = one.lost_unit_s // 3600
    if one.start is None or one.end is None:
        return None, None, 0, one.interruptions, lost
    first, end = (one.start - START) // SLOT, (one.end - START) // SLOT
    return one.option, first, end, one.interruptions, lost


@examples(80)
@given(crowds())
def test_who_waits_and_for_how_long_add_up_to_the_length_of_the_queue(crowd: list[Job]) -> None:
    """Little's law over the whole day: L T = λ T × W, the queue's length summed over the slots is
    all jobs' waiting."""
    outcome = queued(crowd, capacity(gpu=3, old=2))
    waited = 0
    for one in outcome.ran:
        joined = max((one.job.earliest - START) // SLOT, (one.job.submitted - START) // SLOT + 1)
        left = (one.job.latest_start - START) // SLOT + 1
        until = left if one.start is None else (one.start - START) // SLOT
        waited += max(until - joined, 0)
    assert int(outcome.waiting.sum()) == waited


@examples(60)
@given(crowds(), st.randoms(use_true_random=False))
def test_the_order_of_the_list_changes_nothing(crowd: list[Job], rng: Random) -> None:
    """§7.6"""
    foreseen = capacity(gpu=3, old=2)
    there = without(foreseen, "gpu", {6: 2, 7: 2})
    whole = queued(crowd, foreseen, there)
    mixed = queued(rng.sample(crowd, len(crowd)), foreseen, there)
    assert {one.job.id: one for one in mixed.ran} == {one.job.id: one for one in whole.ran}


def test_a_queue_that_promises_nothing_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: heads are forgotten, and the long small job starts before the gang."""
    monkeypatch.setattr(queueing._Round, "_promise", lambda *_: None)
    found = starts(queued(three(third_slots=5), capacity(gpu=4)).ran)
    assert found["third"] == (0, 1)
    assert found["head"] == (0, 6)


def test_a_queue_that_oversells_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: only the first slot of each need is looked at."""

    def careless(needs: free_units.Needs, free: dict[str, free_units.Grid], start: int) -> bool:
        return all(free[need.pool][start + need.begin] >= need.quantity for need in needs)

    monkeypatch.setattr(queueing, "fits_at", careless)
    there = without(capacity(gpu=2), "gpu", {3: 2})
    crowd = [job("a", worth(5, leg(1, 4)), window=FAR)]
    outcome = queued(crowd, there)
    with pytest.raises(AssertionError):
        check(crowd, outcome, there)
