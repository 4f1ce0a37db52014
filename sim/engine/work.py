"""How far jobs have come: what their time-boxes were good for, and what a failure left of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from marketplace.domain.reservation import Reservation, ReservationState
from sim.agents.asking import PART
from sim.demand.job import DAY, SLOT, Job, JobLeg, JobOption
from sim.results.run import Ran

NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Box:
    """A time-box as its team used it."""

    reservation: Reservation
    kept: timedelta  # of it, what counts: up to the last checkpoint where it failed
    lost_unit_s: int  # run for nothing, and to be run again

    @property
    def end(self) -> datetime:
        """When the work that counts was done."""
        return self.reservation.start + self.kept


def boxed(reservation: Reservation, checkpoint: timedelta) -> Box:
    """What a time-box is good for: all of it, or where it failed what it ran up to a checkpoint."""
    one = reservation
    if all(units == one.quantity for units in one.units):
        return Box(one, one.end - one.start, 0)
    if one.state is ReservationState.RELEASED or one.changed_at is None:
        return Box(one, NONE, 0)
    ran = max(min(one.changed_at, one.end) - one.start, NONE)
    kept = ran // checkpoint * checkpoint
    return Box(one, kept, one.quantity * int((ran - kept).total_seconds()))


@dataclass(slots=True)
class Work:
    """One job, and the time-boxes that were won for it; mutable, as time goes on."""

    job: Job
    reason: str = ""  # why its last order did not win
    rests: int = 0
    interruptions: int = 0
    boxes: dict[str, Box] = field(default_factory=dict)  # by reservation
    spot_end: datetime | None = None  # when it was done on spot

    def take(self, reservations: Iterable[Reservation]) -> None:
        """Take in how its time-boxes are now."""
        for one in reservations:
            self.boxes[one.id] = boxed(one, self.job.checkpoint)
            if one.state is ReservationState.RECALLED:
                self.reason = one.reason

    def ran(self, back_ucr: int = 0) -> Ran:
        """What became of the job: it is served if some option's need was served whole.
        ``back_ucr``: what was paid back."""
        boxes = sorted(self.boxes.values(), key=lambda box: (box.end, box.reservation.id))
        paid_ucr = sum(box.reservation.paid_ucr for box in boxes) - back_ucr
        lost = sum(box.lost_unit_s for box in boxes)
        for number, option in enumerate(self.job.options):
            end = served_at(option, boxes)
            if end is not None:
                return Ran(
                    job=self.job,
                    option=number,
                    start=min(box.reservation.start for box in boxes if box.kept),
                    end=end,
                    delivered_ucr=self.job.worth_ucr(number, end),
                    paid_ucr=paid_ucr,
                    interruptions=self.interruptions,
                    lost_unit_s=lost,
                )
        return Ran(
            job=self.job,
            paid_ucr=paid_ucr,
            interruptions=self.interruptions,
            lost_unit_s=lost + _for_nothing(boxes),
            reason=self.reason or "never-asked",
        )

    def rest(self, sale_start: datetime) -> Job | None:
        """What is still to be done after a failure, as a job to ask for; None where nothing is, or
        where it would come too late."""
        boxes = list(self.boxes.values())
        options = []
        for option in self.job.options:
            [leg, *more] = option.legs
            if more:
                options.append(option)  # its legs belong together: it begins again
                continue
            slots = -((_done(leg, boxes) - leg.duration_slots * SLOT) // SLOT)
            if slots <= 0:
                return None
            options.append(replace(option, legs=(replace(leg, duration_slots=slots),)))
        extent = max(option.extent_slots for option in options) * SLOT
        first = max(self.job.earliest, sale_start)
        last = self._last(first, extent)
        if last < first:
            return None
        self.rests += 1
        return replace(
            self.job,
            id=f"{self.job.id}{PART}rest{self.rests}",
            options=tuple(options),
            earliest=first,
            latest_start=last,
            cancels_at=None,
        )

    def again(self, sale_start: datetime) -> Job | None:
        """The whole job, to be asked for again after a buy-out; None where its window is over."""
        first = max(self.job.earliest, sale_start)
        if first > self.job.latest_start:
            return None
        self.rests += 1
        return replace(
            self.job, id=f"{self.job.id}{PART}again{self.rests}", earliest=first, cancels_at=None
        )

    def _last(self, first: datetime, extent: timedelta) -> datetime:
        if self.job.decay is None:
            return max(self.job.latest_start, first + DAY)
        room = (self.job.decay.hard - extent - first) // SLOT
        return first + room * SLOT


def served_at(option: JobOption, boxes: Sequence[Box]) -> datetime | None:
    """When the need of an option was served whole by the boxes, which are sorted by their end;
    None where it was not. Boxes on one pool at one time add up."""
    for count, box in enumerate(boxes, 1):
        if box.kept and all(
            _done(leg, boxes[:count]) >= leg.duration_slots * SLOT for leg in option.legs
        ):
            return box.end
    return None


def _done(leg: JobLeg, boxes: Iterable[Box]) -> timedelta:
    """For how long the boxes gave as many units as a leg needs."""
    done, narrow = NONE, dict[datetime, int]()
    for box in boxes:
        one = box.reservation
        if one.pool != leg.pool:
            continue
        if one.quantity >= leg.quantity:
            done += box.kept
            continue
        for slot in range(box.kept // SLOT):
            at = one.start + slot * SLOT
            narrow[at] = narrow.get(at, 0) + one.quantity
    return done + sum(units >= leg.quantity for units in narrow.values()) * SLOT


def _for_nothing(boxes: Iterable[Box]) -> int:
    """Unit-seconds of work that counts, for a job that never came to its end."""
    return sum(box.reservation.quantity * int(box.kept.total_seconds()) for box in boxes)


def used_by_slot(reservations: Iterable[Reservation]) -> Mapping[str, Mapping[datetime, int]]:
    """Units that time-boxes kept, by pool and slot."""
    found: dict[str, dict[datetime, int]] = {}
    for one in reservations:
        grid = found.setdefault(one.pool, {})
        for number, units in enumerate(one.units):
            at = one.start + number * one.slot
            grid[at] = grid.get(at, 0) + units
    return found
