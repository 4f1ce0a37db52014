"""The process that runs one simulation, from its first command to its last, at low priority.

``python -m api.simulations.child FOLDER LOCK PROGRAM…``: it outlives the server that began it, and
holds the lock ``LOCK``, a file that is open already, for as long as it or its command lives.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from api.files import write_bytes

NICER: Final = 19
"""A clearing is at low priority too, and goes before."""

ASKED, ENDED = "asked.json", "ended.json"
SAID, TROUBLE = "said.json", "trouble.txt"


def main(folder: Path, lock: int, program: Sequence[str]) -> int:
    """Run the commands until one fails, and write down how that went."""
    from api.simulations.asked import Asked

    os.nice(NICER)
    asked = Asked.read((folder / ASKED).read_bytes())
    code = 0
    for words in asked.commands(folder):
        with (folder / SAID).open("wb") as said, (folder / TROUBLE).open("wb") as trouble:
            done = subprocess.run(  # noqa: S603 - this very program
                [*program, *words],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=trouble,
                pass_fds=[lock],
                check=False,
            )
        code = done.returncode
        if code:
            break
    write_bytes(folder / ENDED, json.dumps({"code": code}).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
