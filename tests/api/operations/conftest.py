"""The served market of the REST tests."""

from tests.api.rest.conftest import desk, store

__all__ = ["desk", "store"]
