"""What Khet writes to disk: read by nobody but its own account, and really there before anybody is told.

A power cut takes what the operating system still held in memory, so a file and the folders that name it are synced
before the row that speaks of it is committed. Windows has neither modes nor folders to sync; there the service's
account and the file system's journal stand in.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

FILE, FOLDER = 0o600, 0o700
_POSIX = os.name == "posix"


def folder(path: Path) -> Path:
    """Make a folder and those above it that are missing, ours alone and on disk; returns it."""
    missing = [path]
    while not missing[-1].is_dir():
        missing.append(missing[-1].parent)
    for made in reversed(missing[:-1]):
        made.mkdir(mode=FOLDER, exist_ok=True)
        sync_folder(made.parent)
    return path


def within(path: Path, folder: Path) -> bool:
    """Whether a path is a folder or leads into it, whatever links lie on the way."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def sync_folder(path: Path) -> None:
    """Make sure that the names in a folder are on disk."""
    if _POSIX:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def own(path: Path) -> IO[bytes]:
    """A file to write to, new or over the one that is there, that nobody else reads where it is new."""
    return open(path, "wb", opener=lambda name, flags: os.open(name, flags, FILE))  # noqa: SIM115, PTH123 - the caller's


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A new file to write to; at the end of the block it and its name are on disk. Gone again after an exception.

    Raises FileExistsError.
    """
    folder(path.parent)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), FILE)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def make_private(path: Path) -> None:
    """Take from others what they may do with a file or folder of ours; another account's is left as it is."""
    if _POSIX and path.exists():
        state = path.stat()
        if state.st_mode & 0o077 and state.st_uid == os.geteuid():
            path.chmod(FOLDER if path.is_dir() else FILE)


def replace(made: Path, target: Path) -> None:
    """Give a finished file its name: who finds the name finds all of the file, after a power cut too."""
    with made.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(made, target)
    sync_folder(target.parent)
