"""Addresses of databases: the file of that very name, every form of a server, no password told."""

from pathlib import Path

import pytest

from marketplace.errors import BadField
from marketplace.store import address
from marketplace.store.engine import connect, migrate, open_store

SECRET = "s3" + "cret"


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://bob:{SECRET}@h/db",
        f"postgres://bob:{SECRET}@h:5433/db",
        f"postgresql+psycopg://bob:{SECRET}@h/db?sslmode=require",
        f"postgresql://bob@h/db?password={SECRET}",
        f"postgresql://h/db?user=bob&password={SECRET}",
        f"host=h dbname=db user=bob password={SECRET}",
        f"host=h dbname=db user=bob password='{SECRET}'",
        f"postgresql://bob:{SECRET}@h1:1,h2:2/db",
    ],
)
def test_every_form_of_a_server_is_read_and_none_tells_its_password(text: str) -> None:
    found = address.read(text)
    assert (found.url.username, found.url.password, found.url.database) == ("bob", SECRET, "db")
    store = connect(text)
    assert SECRET not in store.where + repr(store) + repr(store.engine)
    assert "***" in store.where
    assert store.address == text


@pytest.mark.parametrize(
    "text",
    [
        f"mysql://bob:{SECRET}@h/db",
        f"postgresql://bob:{SECRET}@h:abc/db",
        f"postgresql://bob:{SECRET}@h:99999/db",
        f"postgresql://bob:{SECRET}@h1:1,h2:x/db",
        f"postgresql://bob:{SECRET}@h",
        f"postgresql://bob:{SECRET}@h/db?no=option",
        f"postgresql://bob:%zz{SECRET}@h/db",
        f"host=h password={SECRET}",
        f"host=h dbname=db passwort={SECRET} password={SECRET}",
        f"sqlite://bob:{SECRET}@h/db",
        f"postgresql://bob:a/b@{SECRET}@h/db",
    ],
)
def test_what_is_no_address_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(BadField, match="database") as caught:
        address.read(text)
    told = f"{caught.value} {caught.value.fields()}"
    assert f"password={SECRET}" not in told
    assert f":{SECRET}" not in told


def test_a_port_that_is_none_is_named() -> None:
    with pytest.raises(BadField, match="a port is a whole number from 1 to 65535"):
        address.read("postgresql://h:abc/db")


def test_several_hosts_and_options_reach_the_driver() -> None:
    found = address.read("postgresql://h1:1,h2:2/db?sslmode=require")
    assert found.more == {"host": "h1,h2", "port": "1,2", "sslmode": "require"}
    one = address.read("postgresql://h:5433/db?options=-c%20geqo%3Doff")
    assert (one.url.host, one.url.port) == ("h", 5433)
    assert one.more == {"options": "-c geqo=off"}
    assert address.read("service=market").more == {"service": "market"}


@pytest.mark.parametrize("name", ["a?x.db", "a%20b.db", "a#b.db", "b%41.db", "x y.db", "ü&=.db"])
@pytest.mark.parametrize("form", ["{}", "sqlite:///{}"])
def test_a_file_is_the_one_of_that_very_name(
    name: str, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = connect(form.format(name))
    migrate(store)
    store.close()
    again = open_store(store.address)
    again.close()
    assert {one.name.removesuffix("-wal").removesuffix("-shm") for one in Path().iterdir()} == {
        name
    }


@pytest.mark.parametrize("text", ["", "a\x00.db", "nothing://x", "sqlite://x", "://"])
def test_no_file_is_made_of_what_is_no_name(text: str) -> None:
    with pytest.raises(BadField, match="give a file name"):
        address.read(text)


def test_memory_is_in_no_file() -> None:
    assert address.read("sqlite://").memory
    assert address.read(":memory:").memory
    assert connect("sqlite://").address == ""
