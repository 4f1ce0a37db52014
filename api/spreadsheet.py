"""People's words in a file that a spreadsheet may open."""

import re
from functools import lru_cache
from typing import Final

FORMULA: Final = re.compile(r"(?:^|(?<=[;\t\r\n]))(?=\s*[=+\-@\t\r＝＋－＠])")
"""Where a text would begin like a formula: at its start, or where a spreadsheet that parts cells by
another sign than a comma would begin a cell."""


@lru_cache(maxsize=4_096)
def harmless(text: str) -> str:
    """A text that a spreadsheet shows and never runs: what begins like a formula gets an apostrophe
    before it. Numbers are written as numbers, and are no texts.

    >>> harmless("=1+1"), harmless("-5"), harmless("a; @b"), harmless("h100-east")
    ("'=1+1", "'-5", "a;' @b", 'h100-east')
    """
    return FORMULA.sub("'", text)
