"""Files on disk: read whole, written whole or not at all; ``.gz`` names are compressed."""

import errno
import gzip
import os
import secrets
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


class FileProblem(Exception):
    """A file cannot be read or written; the message is one sentence for the person who named it."""

    def __init__(self, sentence: str, file: Path | str) -> None:
        super().__init__(sentence)
        self.file = str(file)


def read_bytes(path: Path | str) -> bytes:
    """The file's content, gunzipped where the name ends in ``.gz``. Raises ``FileProblem``."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as bad:
        raise FileProblem(f"{path} cannot be read: {_cause(bad)}", path) from bad
    if path.suffix != ".gz":
        return data
    try:
        return gzip.decompress(data)
    except EOFError as bad:
        raise FileProblem(
            f"{path} ends too early to be a whole gzip file: truncated?", path
        ) from bad
    except (OSError, zlib.error) as bad:
        raise FileProblem(f"{path} is named .gz but is not a sound gzip file", path) from bad


def write_bytes(path: Path | str, data: bytes) -> None:
    """Put ``data`` at ``path``: afterwards it holds all of it, or what it held before.

    A name ending in ``.gz`` is compressed without a time or a name inside, so equal data give
    equal files. Raises ``FileProblem``.
    """
    path = Path(path)
    with writing(path) as file:
        file.write(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


@contextmanager
def writing(path: Path | str) -> Iterator[IO[bytes]]:
    """A file to write ``path`` into, part by part: afterwards it holds all of it, or what it held
    before. Raises ``FileProblem``."""
    path = Path(path)
    try:
        place = path.resolve()
    except (OSError, ValueError) as bad:
        raise _unwritten(path, bad) from bad
    try:
        if place.is_file() or not place.exists():
            with _replacing(place) as file:
                yield file
        else:  # a pipe or a device takes the bytes, a directory refuses them
            with path.open("wb") as file:
                yield file
    except OSError as bad:
        raise _unwritten(path, bad) from bad


def _unwritten(path: Path, bad: Exception) -> FileProblem:
    return FileProblem(f"{path} cannot be written: {_cause(bad)}", path)


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Write beside the target and rename: a crash or a full disk leaves the old file whole."""
    if path.exists() and not os.access(path, os.W_OK):  # a rename would not ask
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    beside = path.with_name(f".{path.name[:80]}.{secrets.token_hex(8)}.part")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            beside.chmod(path.stat().st_mode & 0o7777)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Make the rename itself survive a power cut, where the file system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _cause(bad: Exception) -> str:
    return bad.strerror.lower() if isinstance(bad, OSError) and bad.strerror else str(bad)
