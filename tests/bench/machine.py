"""What the figures were measured on: the machine, the versions, and how fast it is today."""

import hashlib
import multiprocessing
import os
import platform
import resource
import statistics
import time
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import numpy as np

from tests.bench.children import ROOT

PACKAGES: Final = ("numpy", "scipy", "ortools", "highspy", "numba")
ENGINE_ROOMS: Final = ("allocator",)
ENGINE_FILES: Final = ("pricing/units.py", "api/cli/clearing.py", "api/files.py")


def described() -> dict[str, str]:
    """The machine and the versions, as the table of quality shows them."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **versions(),
    }


def versions() -> dict[str, str]:
    """The installed packages that a figure may depend on."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def fingerprint() -> str:
    """One word for the machine: figures of another are not taken for this one's."""
    here = described()
    return _short(f"{here['processor']}/{here['cores']}/{here['memory']}".encode())


def engine_version() -> str:
    """One word for the engine's code and the packages under it."""
    files = [path for room in ENGINE_ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    files += [ROOT / name for name in ENGINE_FILES]
    return _of_files(files)


def peer_version() -> str:
    """One word for the wrappers' code and the packages under it."""
    names = ("peers.py", "heuristics.py", "columns.py")
    return _of_files([Path(__file__).with_name(name) for name in names])


def _of_files(files: Iterable[Path]) -> str:
    words = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    words += [f"{name} {number}" for name, number in versions().items()]
    return _short(" ".join(words).encode())


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def calibration_s(repeats: int = 5) -> float:
    """Seconds of a fixed loop of Python and NumPy, the median of ``repeats``.

    An absolute time means little without it: on a machine twice as slow, or with another at
    work beside, both grow.
    """
    return statistics.median(_loop() for _ in range(repeats))


def _loop() -> float:
    began_s = time.perf_counter()
    table: dict[int, int] = {}
    for number in range(400_000):
        table[number % 1_021] = table.get(number % 1_021, 0) + number * number % 7
    grid = np.arange(1_000_000, dtype=np.float64)
    for _ in range(20):
        grid = np.sqrt(np.cumsum(grid) % 1_000_003)
    return time.perf_counter() - began_s


def family_mb() -> float:
    """What this process and those that it began by ``multiprocessing`` hold in memory now."""
    own = [str(child.pid) for child in multiprocessing.active_children()]
    return sum(resident_mb(process) for process in ("self", *own))


def resident_mb(process: str = "self") -> float:
    """What a process holds in memory now; its peak where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20
