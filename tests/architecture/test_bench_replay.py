"""The replay of real spot prices: what is read, how ours follows, and what counts as calm."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from tests.bench import drawing, replay

ZONES = ("a", "b")


def history(folder: Path, changes: int = replay.CHANGES) -> Path:
    """Two zones whose price moves by a cent every ten minutes, the second one fewer."""
    lines = ["Region,AvailabilityZone,InstanceType,ProductDescription,SpotPrice,Timestamp"]
    for number, zone in enumerate(ZONES):
        for k in range(changes - number):
            at = f"2020-01-0{1 + k // 100}T{k // 6 % 24:02d}:{k % 6}0:00.000Z"
            lines.append(f"r,{zone},p3.2xlarge,Linux/UNIX,{1 + 0.01 * (k % 7):.6f},{at}")
    path = folder / "prices.csv.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


def test_a_series_holds_each_price_until_the_next_and_short_ones_are_left_out(
    tmp_path: Path,
) -> None:
    [one] = replay.read(history(tmp_path))
    assert (one.zone, one.kind) == ("a", "p3.2xlarge")
    assert one.theirs[:5] == pytest.approx([1.0, 1.0, 1.01, 1.01, 1.02])
    assert len(one.theirs) == 2 * (replay.CHANGES - 1)


def test_ours_ends_where_theirs_is_and_never_moves_faster_than_its_step() -> None:
    theirs = np.concatenate([np.full(50, 1.0), np.full(200, 3.0)])
    ours, over = replay.replayed(theirs, 0.5, 10.0)
    assert ours[-1] == pytest.approx(3.0, rel=0.03)
    assert np.abs(np.diff(np.log(ours))).max() <= np.log(1.125) + 1e-6
    assert 0.03 < over < 0.06  # the ticks of the way up
    capped, _ = replay.replayed(theirs, 0.5, 2.0)
    assert capped.max() <= 2.0


def test_a_price_above_the_limit_interrupts_the_days_run() -> None:
    jump = np.ones(replay.DAY + 1)
    jump[100:] = 1.5
    found = replay.calm(jump)
    assert (found.runs, found.interrupted) == (1, 1)
    assert replay.calm(np.ones(replay.DAY + 1)).interrupted == 0
    assert replay.calm(jump).largest == pytest.approx(1.5)


@pytest.mark.skipif(not drawing.possible(), reason="Matplotlib is not installed")
def test_a_picture_has_the_same_bytes_twice(tmp_path: Path) -> None:
    series = replay.read(history(tmp_path))
    [(one, ours, _)] = replay.both(series)
    found = []
    for name in ZONES:
        path = tmp_path / f"{name}.svg"
        drawing.beside(path, [("made up", one.theirs, ours)] * 2, replay.TICK)
        found.append(path.read_bytes())
    assert found[0] == found[1]
