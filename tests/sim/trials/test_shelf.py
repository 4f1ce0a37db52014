"""A run on disk is there whole, or not at all."""

from pathlib import Path

import pytest

from sim.trials.cell import cells
from sim.trials.shelf import FINGERPRINT, Shelf, ShelfProblem, packed
from tests.sim.trials.few import FEW, TWO, quiet

[CELL, OTHER] = cells(FEW, TWO, (1,))


def test_what_was_kept_is_found_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.find(CELL) is None
    done = packed(CELL.run(quiet))
    shelf.keep(CELL, done)
    assert shelf.find(CELL) == done.kept
    assert shelf.find(OTHER) is None
    assert "jobs.parquet" in done.tables


def test_an_interrupted_run_is_thrown_away_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, done = Shelf(tmp_path), packed(CELL.run(quiet))

    def breaks(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", breaks)
        with pytest.raises(KeyboardInterrupt):
            shelf.keep(CELL, done)
    assert shelf.find(CELL) is None
    assert list(tmp_path.iterdir()) != []
    shelf.clear_halves()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["measures.parquet", FINGERPRINT])
def test_what_is_no_run_of_ours_is_refused_and_left(tmp_path: Path, name: str) -> None:
    shelf = Shelf(tmp_path)
    shelf.keep(CELL, packed(CELL.run(quiet)))
    (shelf.place(CELL) / name).unlink()
    with pytest.raises(ShelfProblem, match="choose another --out"):
        shelf.find(CELL)
    assert (shelf.place(CELL) / "jobs.parquet").exists()
