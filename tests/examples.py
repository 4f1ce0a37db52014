"""How many examples a property is tried on: some in ``make test``, all in ``make drill``."""

import os
from typing import Final

from hypothesis import settings

ALL: Final = os.environ.get("HYPOTHESIS_PROFILE") == "drill"
PART: Final = 3
"""One of so many is tried where not all are."""


def examples(many: int) -> settings:
    """So many examples in all."""
    return settings(max_examples=many if ALL else -(-many // PART), deadline=None)
