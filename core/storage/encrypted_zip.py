"""The envelope of a backup: who has not its key can neither read an archive nor make or change one.

libsodium's secretstream (XChaCha20-Poly1305) does it piece by piece, so memory stays small, and knows the last piece,
so nothing can be cut off, swapped or doubled. The key is a file that the operator keeps a copy of, elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import re
import secrets
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from nacl import bindings
from nacl.exceptions import CryptoError

from core.base import disk

MAGIC = b"KHET-BACKUP-1\n"
#: bytes of one piece
PIECE = 1024 * 1024
_LOCKED = PIECE + bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_HEADER = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_NAME = 8


class BackupError(Exception):
    """The archive cannot be written or must not be restored; the text says why."""


def make_key(path: Path) -> None:
    """A new random key in a file that nobody else reads. Raises BackupError where there is one."""
    try:
        with disk.new_file(path) as file:
            file.write(secrets.token_hex(32).encode() + b"\n")
    except FileExistsError as error:
        raise BackupError(f"There is a key at {path} already; archives made with it need it.") from error


def read_key(path: Path) -> bytes:
    """The key in a file. Raises BackupError where there is none."""
    if not path.is_file():
        raise BackupError(f"There is no backup key at {path}: `app.py backup-key` makes one.")
    disk.make_private(path)
    found = path.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", found):
        raise BackupError(f"{path} holds no backup key, or a part of one. Put the right one back.")
    return bytes.fromhex(found)


def name_of(key: bytes) -> bytes:
    """What an archive says of its key: the same for the same key, and nothing about it."""
    return hashlib.sha256(b"khet backup key " + key).digest()[:_NAME]


class _Encryptor(io.RawIOBase):
    """What is written here goes locked into `target`. `finish` writes the last piece."""

    def __init__(self, target: IO[bytes], key: bytes) -> None:
        self._target, self._rest = target, bytearray()
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        self._head = MAGIC + name_of(key)
        target.write(self._head + bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, key))

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._rest += data
        while len(self._rest) > PIECE:
            self._push(bytes(self._rest[:PIECE]), bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)
            del self._rest[:PIECE]
        return len(data)

    def finish(self) -> None:
        self._push(bytes(self._rest), _FINAL)

    def _push(self, piece: bytes, tag: int) -> None:
        push = bindings.crypto_secretstream_xchacha20poly1305_push
        self._target.write(push(self._state, piece, self._head, tag))


@contextmanager
def create_zip(target: IO[bytes], key: bytes | None) -> Iterator[zipfile.ZipFile]:
    """An archive to be filled, in an envelope unless there is no key."""
    if key is None:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            yield archive
        return
    encryptor = _Encryptor(target, key)
    with zipfile.ZipFile(encryptor, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        yield archive
    encryptor.finish()


@contextmanager
def open_zip(source: Path, key: bytes | None, scratch: Path, *, plain: bool = False) -> Iterator[zipfile.ZipFile]:
    """The archive in a file; what was locked lies unlocked, without a name, in the folder `scratch` meanwhile.

    Raises BackupError: no archive, another key, changed or cut off. One without an envelope is read only if `plain`.
    """
    with source.open("rb") as file:
        head = file.read(len(MAGIC))
        if head == MAGIC:
            with tempfile.TemporaryFile(dir=scratch) as unlocked:
                _unlock(file, key, unlocked)
                with _zip(unlocked) as archive:
                    yield archive
            return
        file.seek(0)
        with _zip(file) as archive:
            if not plain:
                raise BackupError(
                    "This archive is not locked with a key: anybody can have changed it. Say --plain if you know "
                    "where it comes from."
                )
            yield archive


def _zip(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise BackupError(f"not a whole Khet archive: {error}") from error


def _unlock(file: IO[bytes], key: bytes | None, target: IO[bytes]) -> None:
    name = file.read(_NAME)
    if key is None:
        raise BackupError("This archive is locked: name the file of its key with --key.")
    if name != name_of(key):
        raise BackupError("This archive is locked with another key: name the file of its key with --key.")
    pull = bindings.crypto_secretstream_xchacha20poly1305_pull
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    damaged = BackupError("not a whole Khet archive: it was changed or cut off since it was made")
    header = file.read(_HEADER)
    if len(header) != _HEADER:
        raise damaged
    bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key)
    tag = None
    while tag != _FINAL:
        piece = file.read(_LOCKED)
        if len(piece) < bindings.crypto_secretstream_xchacha20poly1305_ABYTES:
            raise damaged
        try:
            content, tag = pull(state, piece, MAGIC + name)
        except CryptoError as error:
            raise damaged from error
        target.write(content)
    if file.read(1):
        raise damaged
