"""A test that needs a Debian package says so: skipped by name at a desk, a failure in CI."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import require_debian

CONFTEST = Path(__file__).parents[1] / "conftest.py"
INSTALL_LINE = "apt-get install no-such-package"


def outcome_of(tmp_path: Path, ci: str | None) -> str:
    """What pytest says of two tests that need a program each: nobody has that of the first."""
    shutil.copy(CONFTEST, tmp_path / "conftest.py")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_browser.py").write_text(
        "import pytest\n"
        "@pytest.mark.needs_debian('no-such-program', package='no-such-package')\n"
        "def test_the_page_opens() -> None:\n"
        "    assert True\n"
        "@pytest.mark.needs_debian('sh', package='no-such-package')\n"
        "def test_the_shell_opens() -> None:\n"
        "    assert True\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment["PYTHONPATH"] = str(CONFTEST.parents[1])  # what the conftest imports is there too
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "--strict-markers", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=environment | ({} if ci is None else {"CI": ci}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (1 if ci == "true" else 0), done.stdout
    return done.stdout


def test_without_the_program_the_test_is_skipped_with_the_line_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = outcome_of(tmp_path, None)
    assert "1 passed, 1 skipped" in said
    assert INSTALL_LINE in said
    monkeypatch.setenv("CI", "false")
    with pytest.raises(pytest.skip.Exception, match=INSTALL_LINE):
        require_debian("no-such-program", package="no-such-package")


def test_in_ci_the_missing_program_is_a_failure(tmp_path: Path) -> None:
    said = outcome_of(tmp_path, "true")
    assert "1 passed, 1 error" in said
    assert INSTALL_LINE in said
