"""The lock file has every dependency that pyproject.toml asks for, with a version and hashes."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PYTHONS = ("3.11", "3.12", "3.13")
ASKED = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]


def entries() -> list[tuple[str, Version, Marker | None, str]]:
    """Name, version, condition and hashes of each entry of the lock file."""
    found = re.findall(r"^(\S[^\\\n]*?)((?: \\\n +--hash=\S+)*)$", LOCK, flags=re.MULTILINE)
    result: list[tuple[str, Version, Marker | None, str]] = []
    for line, hashes in found:
        requirement = Requirement(line.strip())
        [pin] = requirement.specifier
        assert pin.operator == "==", f"{line} is not one exact version"
        name = canonicalize_name(requirement.name)
        result.append((name, Version(pin.version), requirement.marker, hashes))
    return result


def test_every_entry_has_a_hash() -> None:
    assert entries()
    assert [name for name, _, _, hashes in entries() if "--hash=sha256:" not in hashes] == []


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("asked", ASKED)
def test_what_is_asked_for_is_locked_once_for_each_python(asked: str, python: str) -> None:
    wanted = Requirement(asked)
    here = {"python_version": python, "python_full_version": f"{python}.1"}
    here |= {"sys_platform": "linux", "platform_python_implementation": "CPython"}
    locked = [
        version
        for name, version, marker, _ in entries()
        if name == canonicalize_name(wanted.name) and (not marker or marker.evaluate(here))
    ]
    assert len(locked) == 1, f"{asked} on Python {python}: run make lock"
    assert wanted.specifier.contains(locked[0]), f"{asked} against {locked[0]}: run make lock"
