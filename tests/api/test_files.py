"""Files on disk: read whole or refused in a sentence; written whole or not at all."""

import gzip
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from api.files import FileProblem, read_bytes, write_bytes, writing


@pytest.mark.parametrize("name", ["outcome.json", "outcome.json.gz"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_bytes(path, b'{"a": 1}\n')
    assert read_bytes(path) == b'{"a": 1}\n'
    assert read_bytes(str(path)) == b'{"a": 1}\n'
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_equal_data_give_equal_compressed_files(tmp_path: Path) -> None:
    """§7.7: no time and no file name inside, so the same outcome is the same file."""
    write_bytes(tmp_path / "one.json.gz", b"same")
    write_bytes(tmp_path / "another.json.gz", b"same")
    raw = (tmp_path / "one.json.gz").read_bytes()
    assert raw == (tmp_path / "another.json.gz").read_bytes()
    assert raw[4:8] == b"\0\0\0\0"
    assert gzip.decompress(raw) == b"same"


def test_a_truncated_or_false_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(bytes(range(256)) * 40)
    path = tmp_path / "problem.json.gz"
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(FileProblem, match=r"problem\.json\.gz"):
            read_bytes(path)
    path.write_bytes(b'{"format": "clearing-problem/1"}')
    with pytest.raises(FileProblem, match="not a sound gzip file"):
        read_bytes(path)
    spoilt = bytearray(whole)
    spoilt[-6] ^= 1
    path.write_bytes(bytes(spoilt))
    with pytest.raises(FileProblem, match="not a sound gzip file"):
        read_bytes(path)


def test_what_cannot_be_read_is_named_with_its_cause(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"absent\.json cannot be read: no such file"):
        read_bytes(tmp_path / "absent.json")
    with pytest.raises(FileProblem, match="cannot be read: is a directory"):
        read_bytes(tmp_path)
    with pytest.raises(FileProblem, match="cannot be read"):
        read_bytes(tmp_path / ("x" * 300))
    with pytest.raises(FileProblem, match="cannot be read"):
        read_bytes("a\0b")


def test_what_cannot_be_written_is_named_with_its_cause(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="cannot be written: is a directory"):
        write_bytes(tmp_path, b"x")
    with pytest.raises(FileProblem, match="cannot be written: no such file or directory"):
        write_bytes(tmp_path / "absent" / "outcome.json", b"x")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileProblem, match="cannot be written: not a directory"):
        write_bytes(tmp_path / "file" / "outcome.json", b"x")
    with pytest.raises(FileProblem, match="cannot be written"):
        write_bytes("/proc/outcome.json", b"x")


def test_a_disk_that_fills_up_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "outcome.json"
    write_bytes(path, b"the old one")
    program = (
        "import resource, sys; from api.files import *\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_bytes(sys.argv[1], b'x' * 5000)\n"
        "except FileProblem as bad: print(bad)\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program, str(path)], capture_output=True, text=True
    )
    assert done.stdout.startswith(f"{path} cannot be written: ")
    assert done.stderr == ""
    assert path.read_bytes() == b"the old one"
    assert [file.name for file in tmp_path.iterdir()] == ["outcome.json"]


def test_a_file_keeps_its_permissions_and_a_link_its_target(tmp_path: Path) -> None:
    path, link = tmp_path / "outcome.json", tmp_path / "latest.json"
    write_bytes(path, b"first")
    path.chmod(0o640)
    link.symlink_to(path)
    write_bytes(link, b"second")
    assert link.is_symlink()
    assert path.read_bytes() == b"second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    write_bytes(tmp_path / "ours", b"")
    (tmp_path / "any").write_bytes(b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_a_device_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_bytes(pipe, b"through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_what_goes_wrong_in_between_leaves_the_old_file_and_is_told_as_what_it_is(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bill.csv"
    path.write_bytes(b"as it was")

    def half() -> None:
        with writing(path) as file:
            file.write(b"half of ")
            raise ValueError("no such row")

    with pytest.raises(ValueError, match="no such row"):
        half()
    assert path.read_bytes() == b"as it was"
    assert [one.name for one in tmp_path.iterdir()] == ["bill.csv"]
