"""Starts for a search, by dives: the LP's greatest awards rounded up, a few at a time.

Where few large gangs fill most of the room, which of them go together decides more than all that
follows, and a search that takes a stretch back at a time seldom changes it. The LP weighs them all
at once: so take a few of those it takes in part, close what then fits no more, and ask it again.
The rest is left to construction and search.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from allocator.engine.bounds.master import Master
from allocator.engine.effort import Effort
from allocator.engine.flat import VALUE, Flat
from allocator.engine.improve import empty_field, terms_of
from allocator.engine.kernels import field_kernel
from allocator.engine.kernels.field_kernel import Field
from allocator.engine.lattice import Flags, Floats, Ints

WHOLE: Final = 1e-6  # a share so near to none or all is no part


@dataclass(slots=True)
class Dives:
    """A linear programme that was solved, and the (option, start) settled outside it."""

    flat: Flat
    master: Master
    settled: Ints

    def start(self, seed: int, effort: Effort) -> Ints | None:
        """What to take, [column, (option, start)], first what is surest; none where the effort
        ended before. Other seeds give other starts."""
        chance = np.random.default_rng(seed)
        columns, terms = self.master.columns(), terms_of(self.flat)
        value = self.flat.options[columns[:, 0], VALUE]
        great = value >= np.quantile(value, 1 - self.master.params.dive_great_share)
        field = empty_field(self.flat)
        field_kernel.place_all(terms, field, self.settled)
        taken: list[int] = []
        self.master.reopen()
        self.master.close(np.flatnonzero(self._barred(field, taken)))
        while self.master.solve(effort, again=True):
            share = self.master.shares()
            parts = great & (share > WHOLE) & (share < 1 - WHOLE)
            parts[taken] = False
            batch = self._batch(np.flatnonzero(parts), share, chance, field)
            if not batch:
                rest = np.argsort(-share, kind="stable")
                return np.concatenate([self.settled, columns[taken], columns[rest]])
            taken += batch
            self.master.take(batch)
            self.master.close(np.flatnonzero(self._barred(field, taken)))
        return None

    def _batch(
        self, parts: Ints, share: Floats, chance: np.random.Generator, field: Field
    ) -> list[int]:
        """The next to be taken, placed in the field; a column for each bid at most."""
        columns, terms, params = self.master.columns(), terms_of(self.flat), self.master.params
        value = self.flat.options[columns[parts, 0], VALUE]
        noise = np.exp(params.dive_noise * chance.normal(size=len(parts)))
        weight = share[parts] * np.sqrt(value) * noise
        batch: list[int] = []
        for each in parts[np.argsort(-weight, kind="stable")].tolist():
            if len(batch) >= max(1, int(len(parts) * params.dive_batch_share)):
                break
            if field_kernel.may_have(terms, field, *columns[each]):
                field_kernel.place(terms, field, *columns[each])
                batch.append(each)
        return batch

    def _barred(self, field: Field, taken: list[int]) -> Flags:
        """Per column: whether what was taken leaves it no room, no money, or has its bid."""
        columns = self.master.columns()
        barred = np.zeros(len(columns), dtype=np.bool_)
        field_kernel.barred(terms_of(self.flat), field, columns, barred)
        barred[taken] = False
        return barred
