"""A backup restores on another machine, into either kind of database, and a damaged one is refused."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import shutil
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect, text

from core.base import disk
from core.ops import backup, cli, restore
from core.ops.application import create_app
from core.ops.backup import BackupError
from core.platform.seal import anchors, sealer
from core.plugins import migrate
from core.storage import encrypted_zip
from core.storage.base import Model
from core.storage.database import make_engine
from tests.conftest import BACKENDS, template_of
from tests.core.test_factors import enrolled
from tests.core.test_outbox import put
from tests.core.test_serving import environment
from tests.installations import settings_for
from tests.support import HOME


@contextlib.contextmanager
def installation(kind, request, folder):
    """Settings of an empty installation of a kind, with a data folder of its own."""
    folder.mkdir()
    if kind == "sqlite":
        yield settings_for(folder, f"sqlite:///{folder / 'new.sqlite3'}")
        return
    template = template_of("postgresql", "", request)
    settings = template.copy(folder)
    engine = make_engine(settings.owner_database_url)
    for name in reversed(list(template.app.extensions["khet"].registry.manifests)):
        migrate.downgrade(engine, template.app.extensions["khet"].registry, name)
    engine.dispose()
    yield settings
    template.drop(settings)


@pytest.fixture(params=BACKENDS)
def empty(request, tmp_path):
    """Of either kind, whatever the archive comes from."""
    with installation(request.param, request, tmp_path / "elsewhere") as settings:
        yield settings


@pytest.fixture
def alike(world, request, tmp_path):
    """Of the kind that the archive comes from."""
    with installation(world.backend, request, tmp_path / "elsewhere") as settings:
        yield settings


def rows(settings) -> dict[str, list[tuple]]:
    engine = make_engine(settings.owner_database_url)
    with engine.connect() as connection:
        found = {}
        for table in Model.metadata.sorted_tables:
            if table.name not in backup.LEFT_OUT:
                result = connection.execute(table.select().order_by(*table.primary_key.columns))
                found[table.name] = [tuple(row) for row in result]
    engine.dispose()
    return found


def test_every_row_and_file_comes_back(world, empty, tmp_path):
    world.browser(f"clerk.{HOME}").post(
        "/uploads/", {"file": (io.BytesIO(b"%PDF-1.7 a"), "ก.pdf")}, content_type="multipart/form-data"
    )
    archive = tmp_path / "khet.zip"
    manifest = backup.backup(world.khet.settings, world.khet.registry, archive)
    assert sum(name.startswith("files/") for name in manifest["sha256"]) == 1
    counts, _manifest = restore.restore(empty, world.khet.registry, archive, plain=True)
    assert counts == manifest["tables"]
    assert rows(empty) == rows(world.khet.settings)
    files = {p.relative_to(empty.files_dir): p.read_bytes() for p in empty.files_dir.rglob("*") if p.is_file()}
    assert list(files.values()) == [b"%PDF-1.7 a"]


def test_numbers_go_on_after_a_restore(world, empty, tmp_path):
    """On PostgreSQL the sequences have to follow the restored ids."""
    archive = tmp_path / "khet.zip"
    backup.backup(world.khet.settings, world.khet.registry, archive)
    restore.restore(empty, world.khet.registry, archive, plain=True)
    engine = make_engine(empty.owner_database_url)
    with engine.connect() as connection:
        highest = connection.execute(text("select max(id) from core_person")).scalar_one()
        district = connection.execute(text("select min(district_id) from core_person")).scalar_one()
        statement = (
            Model.metadata.tables["core_person"]
            .insert()
            .values(
                district_id=district,
                title="",
                first_name="ก",
                last_name="ข",
                search_text="",
                sort_key="",
                version=1,
            )
        )
        assert connection.execute(statement).inserted_primary_key[0] == highest + 1
        connection.rollback()
    engine.dispose()


def test_a_restore_never_overwrites(world, tmp_path):
    archive = tmp_path / "khet.zip"
    backup.backup(world.khet.settings, world.khet.registry, archive)
    with pytest.raises(BackupError, match="users already"):
        restore.restore(world.khet.settings, world.khet.registry, archive, plain=True)


@pytest.mark.parametrize("damage", ["truncate", "change", "add", "escape"])
def test_a_damaged_archive_is_refused(world, tmp_path, damage):
    archive = tmp_path / "khet.zip"
    backup.backup(world.khet.settings, world.khet.registry, archive)
    if damage == "truncate":
        archive.write_bytes(archive.read_bytes()[:-2000])
    else:
        with zipfile.ZipFile(archive) as old:
            members = {name: old.read(name) for name in old.namelist()}
        if damage == "change":
            members["tables/core_school.jsonl"] = members["tables/core_school.jsonl"].replace(
                "โรงเรียน".encode(), b"x", 1
            )
        elif damage == "add":
            members["tables/extra.jsonl"] = b"{}"
        else:
            members["../evil"] = b"x"
        with zipfile.ZipFile(archive, "w") as new:
            for name, content in members.items():
                new.writestr(name, content)
    with pytest.raises(BackupError):
        backup.verify(archive, None, tmp_path, plain=True)


def test_a_backup_that_fails_leaves_no_half_file(world, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "_write_rows", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        backup.backup(world.khet.settings, world.khet.registry, tmp_path / "khet.zip")
    assert [p.name for p in tmp_path.iterdir() if p.suffix in (".zip", ".part")] == []


# -- a refused restore changes nothing ------------------------------------------------------------------------------


@pytest.fixture
def archive(world, tmp_path):
    """Of an installation with two files."""
    clerk = world.browser(f"clerk.{HOME}")
    for content in (b"%PDF-1.7 a", b"%PDF-1.7 b"):
        file = (io.BytesIO(content), "ก.pdf")
        clerk.post("/uploads/", {"file": file}, content_type="multipart/form-data")
    made = tmp_path / "khet.zip"
    backup.backup(world.khet.settings, world.khet.registry, made)
    return made


def forged(archive, made, change):
    """An archive that `change(members, manifest)` made another, with checksums that fit again."""
    with zipfile.ZipFile(archive) as old:
        members = {name: old.read(name) for name in old.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    manifest["sha256"] = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    with zipfile.ZipFile(made, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)
        new.writestr("manifest.json", json.dumps(manifest))
    return made


def first_row(members, table, **values):
    name = f"tables/{table}.jsonl"
    line, _end, others = members[name].partition(b"\n")
    members[name] = json.dumps({**json.loads(line), **values}).encode() + b"\n" + others


FORGERIES = {
    "leads outside": lambda m, _: m.update({"files/../../evil": b"x"}),
    "files/ leads outside": lambda m, _: m.update({"files/": b""}),
    "nothing that an archive holds": lambda m, _: m.update({"tables/none.jsonl": b""}),
    "has no rows of core_school": lambda m, _: m.pop("tables/core_school.jsonl"),
    "tables are not those": lambda _, manifest: manifest["tables"].pop("core_school"),
    r"other columns .*\(extra\)": lambda m, _: first_row(m, "core_person", extra=1),
    "a value cannot be read": lambda m, _: first_row(m, "core_timeline", at="gestern"),
    "line 1: a value cannot": lambda m, _: m.update({"tables/core_unit.jsonl": b"{"}),
    "rows in the archive": lambda m, _: m.update({"tables/core_unit.jsonl": b""}),
    "another version": lambda _, manifest: manifest["revisions"].update(core="core0001"),
    "manifest lacks tables": lambda _, manifest: manifest.pop("tables"),
    "database refuses": lambda m, _: first_row(m, "core_person", district_id=10**6),
}


def contents(settings) -> tuple[int, list[str]]:
    """How many people sign in here, and what lies in the data folder."""
    engine = make_engine(settings.owner_database_url)
    with engine.connect() as connection:
        there = inspect(connection).has_table("ab_user")
        users = connection.execute(text("select count(*) from ab_user")).scalar_one() if there else 0
    engine.dispose()
    return users, sorted(path.name for path in settings.files_dir.rglob("*") if path.is_file())


def test_an_archive_with_something_wrong_in_it_changes_nothing(world, alike, archive, tmp_path):
    for number, (said, change) in enumerate(FORGERIES.items()):
        bad = forged(archive, tmp_path / f"{number}.zip", change)
        with pytest.raises(BackupError, match=said):
            restore.restore(alike, world.khet.registry, bad, plain=True)
        assert contents(alike) == (0, []), said
    assert not (tmp_path / "evil").exists()
    assert restore.restore(alike, world.khet.registry, archive, plain=True)[0]["ab_user"] > 0


def test_without_room_it_is_refused_before_anything_is_written(world, alike, archive, monkeypatch):
    usage = type(shutil.disk_usage("/"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**9, 10**9 - 10**6, 10**6))
    with pytest.raises(BackupError, match="MB of room"):
        restore.restore(alike, world.khet.registry, archive, plain=True)
    assert contents(alike) == (0, [])


@pytest.mark.parametrize("step", ["new_file", "replace"])
def test_a_disk_that_fills_up_among_the_files_leaves_room_for_a_second_try(world, alike, archive, monkeypatch, step):
    real, calls = getattr(disk, step), []

    def full(path, *more):
        calls.append(path)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, *more)

    with monkeypatch.context() as patched, pytest.raises(OSError, match="No space left"):
        patched.setattr(disk, step, full)
        restore.restore(alike, world.khet.registry, archive, plain=True)
    assert contents(alike) == (0, [])
    restore.restore(alike, world.khet.registry, archive, plain=True)
    assert len(contents(alike)[1]) == 2


@pytest.mark.skipif(os.name == "nt", reason="fork")
def test_whoever_is_killed_among_the_files_tries_again(world, alike, archive):
    child = os.fork()
    if not child:
        real = disk.replace
        disk.replace = lambda made, place: os._exit(9) if any(alike.files_dir.glob("*/*/*")) else real(made, place)
        restore.restore(alike, world.khet.registry, archive, plain=True)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    restore.restore(alike, world.khet.registry, archive, plain=True)
    assert rows(alike) == rows(world.khet.settings)
    assert len(contents(alike)[1]) == 2


def test_a_database_of_an_older_version_with_people_in_it_keeps_its_version(world, archive):
    engine = make_engine(world.khet.settings.owner_database_url)
    migrate.downgrade(engine, world.khet.registry, "core", "core0012")
    with pytest.raises(BackupError, match="users already"):
        restore.restore(world.khet.settings, world.khet.registry, archive, plain=True)
    assert migrate.pending(engine, world.khet.registry)
    engine.dispose()


# -- the key --------------------------------------------------------------------------------------------------------


@pytest.fixture
def operator(world, tmp_path):
    """Types commands; `code` is how they are to end."""

    def command(*words, code=0):
        done = CliRunner().invoke(cli.main, [str(word) for word in words], env=environment(world))
        assert done.exit_code == code, done.output
        assert done.exception is None or isinstance(done.exception, SystemExit), "no traceback"
        return done.output

    return command


def test_without_a_key_no_backup_is_made_and_none_is_made_twice(world, operator, tmp_path):
    made = tmp_path / "k.khet"
    assert "`app.py backup-key` makes one" in operator("backup", made, code=1)
    assert not made.exists()
    key = world.khet.settings.backup_key_file
    assert str(key) in operator("backup-key")
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_text()
    assert "There is a key" in operator("backup-key", code=1)
    assert key.read_text() == before
    operator("backup", made)
    assert b"PK" not in made.read_bytes()[:64]
    operator("backup", tmp_path / "plain.zip", "--plain")
    assert zipfile.is_zipfile(tmp_path / "plain.zip")
    assert "--plain" in operator("restore", tmp_path / "plain.zip", code=1)
    key.write_text(before[:20])
    assert "holds no backup key" in operator("backup", made, code=1)


def test_what_was_locked_with_one_key_opens_with_no_other(world, alike, operator, tmp_path):
    made, key = tmp_path / "k.khet", world.khet.settings.backup_key_file
    operator("backup-key")
    operator("backup", made)
    kept = key.rename(tmp_path / "kept")
    assert "is locked: name the file of its key" in operator("restore", made, code=1)
    operator("backup-key")
    assert "locked with another key" in operator("restore", made, code=1)
    said = operator("restore", made, "--key", tmp_path / "none", code=1)
    assert f"{tmp_path / 'none'} is not there" in said
    assert "backup-key" not in said, "a new key opens no old archive"
    assert f"there is no folder {tmp_path / 'nowhere'}" in operator("backup", tmp_path / "nowhere" / "k.khet", code=1)
    assert "users already" in operator("restore", made, "--key", kept, code=1)
    counts, manifest = restore.restore(alike, world.khet.registry, made, encrypted_zip.read_key(kept))
    assert counts == manifest["tables"]
    assert rows(alike) == rows(world.khet.settings)


def test_after_a_restore_every_chain_has_a_head_outside_again(world, alike, operator, tmp_path):
    sealer.seal(world.database)
    operator("backup", tmp_path / "k.zip", "--plain")
    env = environment(SimpleNamespace(khet=SimpleNamespace(settings=alike)))
    done = CliRunner().invoke(cli.main, ["restore", str(tmp_path / "k.zip"), "--plain"], env=env)
    assert done.exit_code == 0, done.output
    assert len(anchors.newest(alike.heads_file)) == world.count("core_district")
    shutil.copy(world.khet.settings.seal_key_file, alike.seal_key_file)  # as the operator does, from the copy kept
    done = CliRunner().invoke(cli.main, ["seal"], env=env)
    assert "Every chain is whole." in done.output, done.output


def test_a_restore_elsewhere_says_what_the_old_machine_s_secret_key_has_locked(world, alike, operator, tmp_path):
    world.owner(f"update ab_user set demo = {'false' if world.backend == 'postgresql' else 0}")  # these take no app
    enrolled(world)
    put(world)
    put(world, body="", view="PersonView")
    operator("backup", tmp_path / "k.zip", "--plain")
    old, new = world.khet.settings.secret_key, {"KHET_SECRET_KEY": "n" * 40}
    env = environment(SimpleNamespace(khet=SimpleNamespace(settings=alike))) | new
    done = CliRunner().invoke(cli.main, ["restore", str(tmp_path / "k.zip"), "--plain"], env=env)
    assert done.exit_code == 0, done.output
    waiting = world.count("core_delivery", "state = 'waiting' and body <> ''")
    assert f"1 authenticator apps and {waiting} messages that wait are locked with another secret key" in done.output
    assert "KHET_SECRET_KEY_OLD" in done.output
    database = create_app(replace(alike, secret_key="n" * 40, secret_key_old=old)).extensions["khet"].database
    with database.system("test") as session:
        assert restore.locked(session, database.settings) == (0, 0), "with the old key everything opens"


def test_an_archive_holds_the_files_that_rows_know_and_lies_not_among_them(world, operator, tmp_path):
    world.browser(f"clerk.{HOME}").post(
        "/uploads/", {"file": (io.BytesIO(b"%PDF-1.7 a"), "k.pdf")}, content_type="multipart/form-data"
    )
    root = world.khet.settings.files_dir
    [known] = root.glob("*/??/*")
    for stray in (root / "k.khet.x1.part", known.parent / "k.khet", root / "backups" / "old.khet"):
        stray.parent.mkdir(exist_ok=True)
        stray.write_bytes(b"x" * 1000)
    (tmp_path / "link").symlink_to(root)
    before = sorted(root.rglob("*"))
    for folder in (root, known.parent, root / "backups", tmp_path / "link"):
        said = operator("backup", folder / "new.zip", "--plain", code=1)
        assert "a backup does not lie in the folder of files" in said.splitlines()[-1]
    operator("backup", tmp_path / "k.zip", "--plain")
    assert sorted(root.rglob("*")) == before
    with zipfile.ZipFile(tmp_path / "k.zip") as archive:
        files = [name for name in archive.namelist() if name.startswith("files/")]
    assert files == [f"files/{known.relative_to(root).as_posix()}"]


@pytest.fixture
def locked(tmp_path):
    """A locked archive of some pieces, its key and what is in it."""
    key, content = bytes(range(32)), {f"{n}": os.urandom(encrypted_zip.PIECE) for n in range(3)}
    made = tmp_path / "k.khet"
    with made.open("wb") as file, encrypted_zip.create_zip(file, key) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return made, key, content


def test_a_large_archive_goes_in_pieces_and_comes_back_whole(locked, tmp_path):
    made, key, content = locked
    with encrypted_zip.open_zip(made, key, tmp_path) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == content
    assert [path.name for path in tmp_path.iterdir()] == ["k.khet"], "nothing unlocked stays"


PIECES = {
    "a bit": lambda b: b[:5000] + bytes([b[5000] ^ 1]) + b[5001:],
    "the end": lambda b: b[:-1],
    "last piece": lambda b: b[: 46 + 3 * encrypted_zip._LOCKED],
    "all but the head": lambda b: b[:30],
    "more behind": lambda b: b + b"x",
    "swapped": lambda b: b[:46] + b[46 + encrypted_zip._LOCKED : 46 + 2 * encrypted_zip._LOCKED] + b[46 : 46 + encrypted_zip._LOCKED]
    + b[46 + 2 * encrypted_zip._LOCKED :],
    "the first twice": lambda b: b[: 46 + encrypted_zip._LOCKED] + b[46:],
}  # fmt: skip


@pytest.mark.parametrize("what", PIECES)
def test_a_locked_archive_that_was_changed_or_cut_off_is_refused(locked, tmp_path, what):
    made, key, _content = locked
    made.write_bytes(PIECES[what](made.read_bytes()))
    with pytest.raises(BackupError, match="changed or cut off"), encrypted_zip.open_zip(made, key, tmp_path):
        pass
