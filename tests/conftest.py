"""What every test may lean on: how hard properties search, and programs from Debian packages."""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings

if TYPE_CHECKING:
    from tests.marketplace.grounds import Ground
    from tests.postgresql import Server

for name in ("ci", "drill"):  # tests.examples looks at which it is
    settings.register_profile(
        name,
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


MARKET = ("tests/marketplace/", "tests/golden/")
"""Tests of the market's own rooms."""

EITHER = (*MARKET, "tests/api/test_cli_")
"""Whose markets stand on either database."""

COLLECT_AFTER = 20_000
"""So many new objects are looked through for garbage at a time."""

MEASURED = (*MARKET, "tests/pricing/", "tests/api/rest/")
"""Whose runs count for the floors of coverage: requests over HTTP ask the services for most."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--postgresql``: markets that name no place stand on a real server, not in memory.
    ``--both``: tests that are marked so run twice, in memory and on a server."""
    parser.addoption("--postgresql", action="store_true", help="markets on PostgreSQL")
    parser.addoption("--both", action="store_true", help="some in memory, and on PostgreSQL too")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Where both are asked for, run again on a server what may stand on one."""
    if metafunc.config.getoption("--both") and _stands_on_either(metafunc):
        metafunc.parametrize("_where_markets_stand", ["memory", "postgresql"], indirect=True)


def _stands_on_either(metafunc: pytest.Metafunc) -> bool:
    """A test of the market's that is marked so, in a file that makes markets where they stand, and
    that is bound to neither: to SQLite by its mark, to a server by asking for one itself."""
    own = metafunc.module.__name__
    told = {getattr(one, "__module__", None) or "" for one in vars(metafunc.module).values()}
    told |= {getattr(one, "__name__", None) or "" for one in vars(metafunc.module).values()}
    rooms = ("tests.marketplace.", "tests.api.counter")
    makers = {name for name in told if str(name).startswith(rooms)} - {own}
    return (
        metafunc.definition.nodeid.startswith(EITHER)
        and bool(makers)
        and "tests.postgresql" not in told
        and metafunc.definition.get_closest_marker("both") is not None
        and metafunc.definition.get_closest_marker("sqlite") is None
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long ones first, so that no process waits for one at the end; and measure coverage where
    the floors are measured: once, in memory, without the runs that only do the same again."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    if not config.getoption("--both"):
        return
    for item in items:
        if (
            _on_a_server(item)
            or not item.nodeid.startswith(MEASURED)
            or item.get_closest_marker("slow")
        ):
            item.add_marker("no_cover")


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    import sqlalchemy as sa

    from tests.compiled_once import shared

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sa, "create_engine", shared(sa.create_engine))
        yield


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: whoever looks for garbage need not look
    through it again and again, which took a tenth of all tests' time."""
    gc.freeze()


def _on_a_server(item: pytest.Item) -> bool:
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return params.get("_where_markets_stand") == "postgresql"


@pytest.fixture(scope="session")
def server() -> "Iterator[Server]":
    """The tests' own PostgreSQL server: one for each process, started by who needs it first."""
    from tests.postgresql import a_server

    with a_server() as server:
        yield server


@pytest.fixture(scope="session")
def _served(server: "Server") -> "Ground":
    from tests.marketplace import grounds

    return grounds.Served(server)


@pytest.fixture(autouse=True)
def _where_markets_stand(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    only = "postgresql" if request.config.getoption("--postgresql") else "memory"
    if getattr(request, "param", only) == "memory":
        return
    from tests.marketplace import grounds

    monkeypatch.setattr(grounds, "here", request.getfixturevalue("_served"))


@pytest.fixture(autouse=True)
def _close_markets() -> Iterator[None]:
    yield
    grounds = sys.modules.get("tests.marketplace.grounds")  # where no market was opened, it is not
    if grounds is not None:
        grounds.give_all_back()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, so that a misspelt one is refused."""
    gc.set_threshold(COLLECT_AFTER)
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
