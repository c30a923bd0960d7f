"""What was answered is on disk: a power cut takes nothing back, and nobody else on the machine reads it."""

from __future__ import annotations

import _sqlite3
import ctypes
import io
import os
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import make_url

from core.base import disk
from core.base.config import ConfigError, Settings
from core.ops import backup
from core.storage.database import WRITE, make_engine
from tests.support import HOME, near

NEW = "/saraban/incoming/new"


# -- a power cut ----------------------------------------------------------------------------------------------------
#
# What SQLite has written and not synced may be gone after a power cut. SQLite reaches the disk through a table of
# functions (its VFS); here its syncs are watched, and the copy that "was on the disk" is cut where the last one ended.

_Sync = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_Open = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_int)
)
_Size = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_longlong))


class _Methods(ctypes.Structure):
    """sqlite3_io_methods, as far as xFileSize and what stands behind it unnamed."""

    _fields_ = [
        ("version", ctypes.c_int), ("close", ctypes.c_void_p), ("read", ctypes.c_void_p), ("write", ctypes.c_void_p),
        ("truncate", ctypes.c_void_p), ("sync", ctypes.c_void_p), ("size", ctypes.c_void_p),
        ("more", ctypes.c_void_p * 12),
    ]  # fmt: skip


class _Vfs(ctypes.Structure):
    """sqlite3_vfs up to xOpen, with room for what follows."""

    _fields_ = [
        ("version", ctypes.c_int), ("file_size", ctypes.c_int), ("most_path", ctypes.c_int), ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p), ("data", ctypes.c_void_p), ("open", ctypes.c_void_p), ("more", ctypes.c_void_p * 18),
    ]  # fmt: skip


class Disk:
    """Knows how much of each of SQLite's files a power cut would leave."""

    def __init__(self) -> None:
        self.synced: dict[str, int] = {}
        self._kept: list[object] = []
        self._library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))  # built in: the program itself
        self._library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        self._real = self._library.sqlite3_vfs_find(None)
        self._ours = _Vfs.from_buffer_copy(self._real.contents)
        self._ours.name, self._ours.next = b"watched", None
        opened = _Open(self._open)
        self._kept.append(opened)
        self._ours.open = ctypes.cast(opened, ctypes.c_void_p).value
        self._library.sqlite3_vfs_register(ctypes.byref(self._ours), 1)

    def remove(self) -> None:
        self._library.sqlite3_vfs_register(self._real, 1)
        self._library.sqlite3_vfs_unregister(ctypes.byref(self._ours))

    def _open(self, vfs, name, file, flags, answer) -> int:
        code = _Open(self._real.contents.open)(vfs, name, file, flags, answer)
        place = ctypes.cast(file, ctypes.POINTER(ctypes.c_void_p))
        if code == 0 and name and place[0]:
            methods = _Methods.from_address(place[0])
            watched = _Methods.from_buffer_copy(methods)
            real, size, path = _Sync(methods.sync), _Size(methods.size), ctypes.string_at(name).decode()

            def sync(which, how) -> int:
                length = ctypes.c_longlong()
                size(which, ctypes.byref(length))
                done = real(which, how)
                self.synced[path] = length.value
                return done

            held = _Sync(sync)
            watched.sync = ctypes.cast(held, ctypes.c_void_p).value
            self._kept += [watched, held]
            place[0] = ctypes.addressof(watched)
        return code

    def after_a_power_cut(self, database: Path, folder: Path) -> Path:
        """A copy of the database as it stands when only what was synced is left."""
        copy = folder / "after.sqlite3"
        shutil.copy(database, copy)
        log = Path(f"{database}-wal")
        left = log.read_bytes()[: self.synced.get(str(log), 0)]
        Path(f"{copy}-wal").write_bytes(left)
        return copy


@pytest.fixture
def watched_disk():
    watched = Disk()
    yield watched
    watched.remove()


@pytest.fixture
def synced(monkeypatch):
    """Inodes that os.fsync was called for, with the size they had."""
    found: dict[int, int] = {}
    real = os.fsync

    def fsync(handle) -> None:
        real(handle)
        state = os.fstat(handle)
        found[state.st_ino] = state.st_size

    monkeypatch.setattr(os, "fsync", fsync)
    return found


def upload(browser) -> str:
    file = {"file": (io.BytesIO(b"%PDF-1.7 answered"), "ก.pdf")}
    answer = browser.post("/uploads/", file, content_type="multipart/form-data")
    assert answer.status_code == 201
    return str(answer.json["id"])


def register(browser, subject: str, **more) -> None:
    typed = {"doc_no": subject, "doc_date": near(), "sender": "สพฐ.", "recipient": "ผอ.เขต", "received_on": near()}
    answer = browser.submit(NEW, subject=subject, **typed, **more)
    assert answer.status_code == 302, browser.errors()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_power_cut_takes_back_no_letter_that_was_answered(watched_disk, synced, world, tmp_path):
    path = Path(make_url(world.database.settings.database_url).database)
    browser = world.browser(f"clerk.{HOME}")
    for number in range(3):
        register(browser, f"ตอบแล้ว {number}", files=upload(browser))
        left = sqlite3.connect(watched_disk.after_a_power_cut(path, tmp_path))
        found = left.execute("select count(*) from saraban_incoming where subject like 'ตอบแล้ว %'").fetchone()[0]
        left.close()
        assert found == number + 1, "every letter that was answered, the last one too"
    files = [p for p in world.khet.settings.files_dir.rglob("*") if p.is_file()]
    assert len(files) == 3
    for file in files:
        assert synced.get(file.stat().st_ino) == len(b"%PDF-1.7 answered"), "the whole file, before its row"
        for folder in (file.parent, file.parent.parent, world.khet.settings.files_dir, world.khet.settings.data_dir):
            assert folder.stat().st_ino in synced, "and the names that lead to it"


def test_the_watched_disk_would_show_a_loss(watched_disk, tmp_path):
    """What the test above proves, it could also have found missing."""
    path = tmp_path / "k.sqlite3"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute("create table t (n)")
    for synchronous, kept in (("full", 1), ("normal", 1), ("full", 3)):
        connection.execute(f"pragma synchronous={synchronous}")
        connection.execute("insert into t values (1)")
        left = sqlite3.connect(watched_disk.after_a_power_cut(path, tmp_path))
        assert left.execute("select count(*) from t").fetchone()[0] == kept, synchronous
        left.close()
    connection.close()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_every_connection_to_sqlite_syncs_what_it_commits(world):
    for engine in (world.database.app_engine, world.database.system_engine, world.database.owner_engine()):
        with engine.execution_options(**{WRITE: True}).connect() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "FULL"
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_file_that_is_refused_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="no"), disk.new_file(tmp_path / "a" / "b") as file:
        file.write(b"half")
        raise ValueError("no")
    assert list((tmp_path / "a").iterdir()) == []


# -- who may read ---------------------------------------------------------------------------------------------------


def modes(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): stat.S_IMODE(p.stat().st_mode) for p in folder.rglob("*")}


@pytest.fixture
def loose_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_nobody_else_on_the_machine_reads_what_khet_keeps(loose_umask, world, tmp_path):
    from core.platform.jobs import runner

    archive = tmp_path / "kept" / "khet.zip"
    archive.parent.mkdir()
    browser = world.browser(f"clerk.{HOME}")
    register(browser, "ปิด", files=upload(browser))
    running = runner.Running.__new__(runner.Running)
    running.app, running.district_id, running.under = world.app, world.district_id(), {"a": "right"}
    running.keep(io.BytesIO(b"x"), "ก.xlsx")
    backup.backup(world.khet.settings, world.khet.registry, archive)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    found = modes(world.khet.settings.data_dir)
    wanted = {name: mode for name, mode in found.items() if name.startswith(("files", "jobs"))}
    assert len(wanted) >= 7
    for name, mode in wanted.items():
        is_folder = (world.khet.settings.data_dir / name).is_dir()
        assert mode == (0o700 if is_folder else 0o600), name


def test_a_new_database_with_its_log_is_its_own_account_s(loose_umask, tmp_path):
    made = Settings.from_environment({"KHET_DATA_DIR": str(tmp_path / "data")}, makes=True)
    engine = make_engine(made.database_url)
    with engine.execution_options(**{WRITE: True}).begin() as connection:
        connection.exec_driver_sql("create table t (n)")
        found = modes(tmp_path)
    engine.dispose()
    assert found.pop("data") == 0o700
    assert {"data/khet.sqlite3", "data/khet.sqlite3-wal", "data/khet.sqlite3-shm", "data/secret_key"} == set(found)
    assert set(found.values()) == {0o600}


def test_what_an_older_version_left_open_is_closed_at_the_next_start(tmp_path):
    data = tmp_path / "data"
    (data / "files").mkdir(parents=True)
    for name in ("khet.sqlite3", "khet.sqlite3-wal"):
        (data / name).touch()
        (data / name).chmod(0o644)
    for folder in (data, data / "files"):
        folder.chmod(0o755)
    Settings.from_environment({"KHET_DATA_DIR": str(data)}, makes=True)
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    found = modes(data)
    assert found.pop("files") == 0o700
    assert set(found.values()) == {0o600}


def test_a_folder_of_everybody_is_not_closed(tmp_path):
    data = tmp_path / "shared"
    data.mkdir()
    data.chmod(0o1777)
    Settings.from_environment({"KHET_DATA_DIR": str(data)}, makes=True)
    assert stat.S_IMODE(data.stat().st_mode) == 0o1777


# -- the key --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "\n", "half"])
def test_a_key_that_was_not_written_whole_is_refused(tmp_path, content):
    (tmp_path / "secret_key").write_text(content)
    with pytest.raises(ConfigError, match="secret_key is empty or cut off"):
        Settings.from_environment({"KHET_DATA_DIR": str(tmp_path)}, makes=True)
    (tmp_path / "secret_key").unlink()
    assert len(Settings.from_environment({"KHET_DATA_DIR": str(tmp_path)}, makes=True).secret_key) > 40


def test_a_data_folder_that_cannot_be_made_or_written_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="data folder"):
        Settings.from_environment({"KHET_DATA_DIR": str(tmp_path / "file" / "data")}, makes=True)
    monkeypatch.setattr("core.base.config.os.access", lambda path, how: how != os.W_OK)  # a disk mounted to be read
    with pytest.raises(ConfigError, match="cannot be made or written"):
        Settings.from_environment({"KHET_DATA_DIR": str(tmp_path)}, makes=True)
