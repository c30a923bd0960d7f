"""A backup restores on another machine, into either kind of database, and a damaged one is refused."""

from __future__ import annotations

import dataclasses
import io
import zipfile

import pytest
from sqlalchemy import text

from core.db import backup, migrate
from core.db.backup import BackupError
from core.db.base import Model
from core.db.database import make_engine
from tests.conftest import BACKENDS, template_of
from tests.installations import settings_for
from tests.support import HOME


@pytest.fixture(params=BACKENDS)
def empty(request, tmp_path):
    """Settings of an empty installation of either kind, with a data folder of its own."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    if request.param == "sqlite":
        yield settings_for(folder, f"sqlite:///{folder / 'new.sqlite3'}")
        return
    template = template_of("postgresql", request)
    settings = template.copy(folder)
    engine = make_engine(settings.owner_database_url)
    for name in reversed(list(template.app.extensions["khet"].registry.manifests)):
        migrate.downgrade(engine, template.app.extensions["khet"].registry, name)
    engine.dispose()
    yield settings
    template.drop(settings)


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
    counts = backup.restore(empty, world.khet.registry, archive)
    assert counts == manifest["tables"]
    assert rows(empty) == rows(world.khet.settings)
    files = {p.relative_to(empty.files_dir): p.read_bytes() for p in empty.files_dir.rglob("*") if p.is_file()}
    assert list(files.values()) == [b"%PDF-1.7 a"]


def test_numbers_go_on_after_a_restore(world, empty, tmp_path):
    """On PostgreSQL the sequences have to follow the restored ids."""
    archive = tmp_path / "khet.zip"
    backup.backup(world.khet.settings, world.khet.registry, archive)
    backup.restore(empty, world.khet.registry, archive)
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
        backup.restore(world.khet.settings, world.khet.registry, archive)


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
        backup.verify(archive)


def test_a_backup_that_fails_leaves_no_half_file(world, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "_write_rows", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        backup.backup(world.khet.settings, world.khet.registry, tmp_path / "khet.zip")
    assert [p.name for p in tmp_path.iterdir() if p.suffix in (".zip", ".part")] == []


def test_a_path_out_of_the_data_folder_is_refused(world, tmp_path):
    with (
        zipfile.ZipFile(tmp_path / "x.zip", "w") as archive,
        pytest.raises(BackupError, match="outside"),
    ):
        backup._restore_file(archive, "files/../../evil", dataclasses.replace(world.khet.settings).files_dir)
