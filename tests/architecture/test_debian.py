"""A test that needs a Debian package says so: skipped by name at a desk, a failure in CI."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
INSTALL_LINE = "apt-get install no-such-package"


def outcome_of(tmp_path: Path, program: str, ci: str | None) -> subprocess.CompletedProcess[str]:
    """What pytest says of one test that is marked as needing ``program``."""
    shutil.copy(CONFTEST, tmp_path / "conftest.py")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_browser.py").write_text(
        "import pytest\n"
        f"@pytest.mark.needs_debian({program!r}, package='no-such-package')\n"
        "def test_the_page_opens() -> None:\n"
        "    assert True\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "--strict-markers", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=environment | ({} if ci is None else {"CI": ci}),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("ci", [None, "false"])
def test_without_the_program_the_test_is_skipped_with_the_line_that_installs_it(
    tmp_path: Path, ci: str | None
) -> None:
    result = outcome_of(tmp_path, "no-such-program", ci)
    assert result.returncode == 0, result.stdout
    assert "1 skipped" in result.stdout
    assert INSTALL_LINE in result.stdout


def test_in_ci_the_missing_program_is_a_failure(tmp_path: Path) -> None:
    result = outcome_of(tmp_path, "no-such-program", "true")
    assert result.returncode == 1, result.stdout
    assert "1 error" in result.stdout
    assert INSTALL_LINE in result.stdout


def test_with_the_program_the_test_runs(tmp_path: Path) -> None:
    result = outcome_of(tmp_path, "sh", "true")
    assert "1 passed" in result.stdout, result.stdout
