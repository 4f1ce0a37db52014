"""What this machine counts by itself since it started, asleep or awake: no hand sets it."""

import time
from pathlib import Path
from typing import Final

from marketplace.services.host_clock import Beat

START: Final = Path("/proc/sys/kernel/random/boot_id")
"""What Linux names this start of the machine by; a container has its host's."""


def beat() -> Beat:
    """Which start of which machine this is, and the seconds since then."""
    try:
        start = START.read_text(encoding="ascii").strip()
        return Beat(start, int(time.clock_gettime(time.CLOCK_BOOTTIME)))
    except (AttributeError, OSError, ValueError):  # no Linux, or one that hides it
        return Beat("", 0)
