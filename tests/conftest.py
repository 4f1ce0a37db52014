"""What every test may lean on: how hard properties search, and programs from Debian packages."""

import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "ci",
    # The same examples every time, on any machine, and no minutes spent on shrinking.
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.register_profile("dev", deadline=None, max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--postgresql``: markets that name no place stand on a real server, not in memory."""
    parser.addoption("--postgresql", action="store_true", help="markets on PostgreSQL")


@pytest.fixture(scope="session", autouse=True)
def _where_markets_stand(request: pytest.FixtureRequest) -> Iterator[None]:
    if not request.config.getoption("--postgresql"):
        yield
        return
    from tests.marketplace import grounds
    from tests.postgresql import a_server

    with a_server() as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(grounds, "here", grounds.Served(server))
        yield


@pytest.fixture(autouse=True)
def _close_markets() -> Iterator[None]:
    yield
    from tests.marketplace import grounds

    grounds.give_all_back()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, so that a misspelt one is refused."""
    config.addinivalue_line(
        "markers",
        "needs_debian(program, package): the test drives a program that a Debian package installs",
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is missing, with the line that installs it; in CI, fail."""
    for marker in item.iter_markers("needs_debian"):
        require_debian(*marker.args, **marker.kwargs)


def require_debian(program: str, *, package: str) -> None:
    """Go on where ``program`` is on the path; else skip, or fail where ``CI=true``."""
    if shutil.which(program):
        return
    reason = f"{program} is not installed; install it with: apt-get install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (with CI=true nothing is skipped)", pytrace=False)
    pytest.skip(reason)
