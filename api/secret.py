"""Secret chance for tokens."""

import secrets
from typing import Final

from marketplace.domain.token import PREFIX

BYTES: Final = 32


def drawn() -> str:
    """A new token's text: 256 bits of chance behind the prefix."""
    return PREFIX + secrets.token_urlsafe(BYTES)
