"""Has the engine's search compiled and kept, before several processes would each do it anew.

``python -m tests.allocator.compiled``: half a minute in a fresh tree, then three seconds.
"""

from allocator.clearing import clear
from allocator.outcome import ClearingRules
from tests.allocator.small_markets import crowd


def main() -> None:
    """Clear a market that is too large for a proof and for an LP over all its columns: so all that
    is compiled is called."""
    clear(crowd(400, seed=3), ClearingRules(engine="full", work=3_000))


if __name__ == "__main__":
    main()
