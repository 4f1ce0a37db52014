"""The scenarios that come with the product, as the command line lists them: the pages do not know
the simulator themselves."""

import json
import subprocess
import sys
from functools import cache
from typing import Final

PROGRAM: Final = (sys.executable, "-P", "-c", "from api.cli import main; main()")
"""What runs a command of ``gpumarket``, whatever folder it is in."""
PATIENCE_S: Final = 60


@cache
def scenarios() -> dict[str, str]:
    """Their titles by name. It takes a second or two, once in a process.

    Raises ``OSError`` and ``subprocess.SubprocessError`` where the program cannot be run.
    """
    done = subprocess.run(  # noqa: S603 - this very program
        [*PROGRAM, "sim", "list", "--json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return {one["name"]: f"{one['title']}, {one['days']} days" for one in json.loads(done.stdout)}
