"""Use that a scheduler or monitor measured: taken in row by row, or not at all."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from marketplace.domain.event.usage import UsageImported
from marketplace.domain.journal import Call
from marketplace.domain.reservation import Reservation
from marketplace.domain.spot import SpotRequest
from marketplace.domain.transfer import SECOND
from marketplace.domain.usage import (
    Had,
    Imported,
    Known,
    Measurable,
    Measured,
    Skipped,
    Spell,
    Used,
    measured,
    units_text,
)
from marketplace.domain.usage_command import ImportUsage
from marketplace.errors import BadField
from marketplace.store import event as event_store
from marketplace.store import order as order_store
from marketplace.store import reservation as reservation_store
from marketplace.store import spot as spot_store
from marketplace.store import usage as usage_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

COUNTS: Final = 3
"""So many of an import's names are numbers; the others are rows that were left out."""


def take_in(tx: Tx, command: ImportUsage, call: Call) -> Imported:
    """Keep what was measured. The same rows again change nothing.

    Raises ``BadField`` for the first row that cannot be, where such rows are not to be left out.
    """
    reader = _Reader(tx, command, call.at)
    skipped = []
    for row, spell in enumerate(command.spells):
        try:
            reader.read(spell)
        except BadField as bad:
            if not command.skip_bad:
                field = f"rows[{row}].{bad.field}"
                raise BadField(field, bad.value, bad.reason, bad.facts) from bad
            skipped.append(Skipped(row, str(bad)))
    usage_store.add(tx, reader.new, call.at, call.actor.name)
    usage_store.put(tx, reader.other, call.at, call.actor.name)
    imported = Imported(
        added=len(reader.new),
        replaced=len(reader.other),
        unchanged=reader.unchanged,
        skipped=tuple(skipped),
    )
    if reader.new or reader.other:
        event_store.add(tx, [_told(imported, call)])
    return imported


def _told(imported: Imported, call: Call) -> UsageImported:
    return UsageImported(
        at=call.at,
        added=imported.added,
        replaced=imported.replaced,
        unchanged=imported.unchanged,
        skipped=len(imported.skipped),
        by=call.actor.name,
    )


class _Reader:
    """Reads rows one after the other, and remembers those before."""

    def __init__(self, tx: Tx, command: ImportUsage, now: datetime) -> None:
        ids = {spell.reservation for spell in command.spells}
        first = min(spell.start for spell in command.spells)
        self._now, self._replace = now, command.replace
        self._of = measurable(tx, ids, first, now)
        self._known = usage_store.known(tx, ids)
        self._here = set[tuple[str, datetime]]()
        self.new = list[Measured]()
        self.other = list[Measured]()
        self.unchanged = 0

    def read(self, spell: Spell) -> None:
        """Take a row in. Raises ``BadField``."""
        known = self._known.setdefault(spell.reservation, Known())
        if known.has(spell):  # whatever has become of its time-box since
            self.unchanged += 1
            return
        found = measured(spell, self._of.get(spell.reservation), self._now)
        same = known.same(spell)
        if same is not None:
            self._check_replaced(spell, same)
        (self.new if same is None else self.other).append(found)
        self._here.add(spell.place)
        known.put(spell)

    def _check_replaced(self, spell: Spell, same: Spell) -> None:
        if spell.place in self._here:
            raise BadField("start", spell.start, "named-twice")
        if not self._replace:
            facts = {"known": units_text(same.used_micro)}
            raise BadField("units_used", units_text(spell.used_micro), "known-otherwise", facts)


def measurable(
    tx: Tx, ids: Iterable[str], since: datetime, now: datetime
) -> Mapping[str, Measurable]:
    """Time-boxes and spot requests by id, with what they had to use: of spot since that time, and
    until now."""
    wanted = sorted(set(ids))
    boxes = reservation_store.get_all(tx, wanted)
    orders = order_store.get(tx, {box.order_id for box in boxes.values()})
    found = {
        box.id: Measurable(
            id=box.id,
            spot=False,
            team=box.team,
            pool=box.pool,
            tags=orders[box.order_id].request.tags,
            had=_slots(box),
        )
        for box in boxes.values()
    }
    requests = spot_store.get(tx, (id_ for id_ in wanted if id_ not in boxes))
    return found | {one.id: one for one in _runs(tx, requests, since, now)}


def _slots(box: Reservation) -> list[Had]:
    return [
        Had(box.start + k * box.slot, box.start + (k + 1) * box.slot, units)
        for k, units in enumerate(box.units)
    ]


def _runs(
    tx: Tx, requests: Mapping[str, SpotRequest], since: datetime, now: datetime
) -> Iterator[Measurable]:
    by_team = defaultdict[str, list[str]](list)
    for one in requests.values():
        by_team[one.terms.team].append(one.id)
    for team, ids in sorted(by_team.items()):
        billed = usage_store.billed(tx, team, ids, since)
        for id_ in ids:
            terms = requests[id_].terms
            yield Measurable(
                id=id_,
                spot=True,
                team=team,
                pool=terms.pool,
                tags=terms.tags,
                had=[*billed.get(id_, ()), *_unbilled(requests[id_], now)],
            )


def _unbilled(request: SpotRequest, now: datetime) -> list[Had]:
    """What a run has had that is not billed yet."""
    run = request.run
    if run is None or run.billed_until + SECOND > now:
        return []
    return [Had(run.billed_until, now, request.terms.quantity)]


def names(imported: Imported) -> tuple[str, ...]:
    """An import, as its line of the journal keeps it."""
    counts = (imported.added, imported.replaced, imported.unchanged)
    return (*map(str, counts), *(f"{one.row} {one.why}" for one in imported.skipped))


def recall(ids: Sequence[str]) -> Imported:
    """What an import came to."""
    added, replaced, unchanged = map(int, ids[:COUNTS])
    parts = (name.partition(" ") for name in ids[COUNTS:])
    skipped = tuple(Skipped(int(row), why) for row, _, why in parts)
    return Imported(added=added, replaced=replaced, unchanged=unchanged, skipped=skipped)


def used(store: Store, ids: Iterable[str]) -> dict[str, Used]:
    """How much of what was measured of time-boxes was used, by id; those of which nothing is known
    are left out."""
    with store.read() as tx:
        return usage_store.used(tx, ids)
