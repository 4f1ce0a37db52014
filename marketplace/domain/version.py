"""Changes that must not write over one another: each names the version that it was made for."""

from marketplace.errors import NotAllowedNow


def check_seen(noun: str, id_: str, state: str, seen: int, version: int) -> None:
    """Refuse a change of what is no longer the version that was seen; 0 for any."""
    if seen not in (0, version):
        facts = {"seen": seen, "version": version}
        raise NotAllowedNow(noun, id_, state, "changed-since", facts)
