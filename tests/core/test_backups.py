"""Khet makes a backup of each day, rehearses it, keeps the right ones, and tells when one fails."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import signal
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.base.config import ConfigError, Settings
from core.base.text.thai import BANGKOK
from core.ops import backup, backups, serve
from core.platform.seal import anchors, sealer
from core.storage import encrypted_zip
from core.storage.base import utc_now
from core.storage.encrypted_zip import BackupError
from tests.support import HOME

KEPT = (3, 2, 2)


@pytest.fixture
def kept(world, tmp_path):
    """The folder of archives of an installation that has one, and a key."""
    folder = tmp_path / "kept"
    folder.mkdir()
    world.khet.settings = dataclasses.replace(world.khet.settings, backup_dir=folder, backup_kept=KEPT)
    encrypted_zip.make_key(world.khet.settings.backup_key_file)
    return folder


def told(world) -> int:
    return world.count("core_notice", "topic = 'core.backup_failed'")


def test_a_backup_is_made_once_a_day_and_older_ones_go(world, kept):
    old = [f"khet-2020-0{month}-01T0100.khet" for month in range(1, 5)]
    for name in old:
        (kept / name).write_bytes(b"x")
    (kept / "minutes.pdf").write_bytes(b"somebody's own")
    settings, now = world.khet.settings, utc_now()
    sealer.seal(world.database)
    serve.back_up(world.app)
    made = next(iter(backups.archives(kept)))
    manifest = backup.verify(made, encrypted_zip.read_key(settings.backup_key_file), kept)
    assert manifest["tables"]["core_school"] == world.count("core_school")
    left = {path.name for path in kept.iterdir()}
    assert left == {made.name, *old[-2:], "minutes.pdf", backups.STATE, anchors.HEADS}, (
        "a day is the last one that had a backup"
    )
    assert sealer.verify(world.database, [kept / anchors.HEADS]) == []
    serve.back_up(world.app)
    assert next(iter(backups.archives(kept))) == made
    assert not list(settings.data_dir.glob("rehearsal-*"))
    assert world.browser().get("/health").json["backup"] is True
    assert not backups.due(settings, now)
    assert backups.due(settings, now + timedelta(days=1))
    assert not backups.healthy(settings, now + timedelta(days=3))


def test_one_that_fails_is_told_once_a_day_and_tried_again_by_the_hour(world, kept, tmp_path, caplog):
    settings = world.khet.settings
    key = settings.backup_key_file.rename(tmp_path / "away")
    (kept / "khet-2020-01-01T0100.khet").write_bytes(b"x")
    serve.back_up(world.app)
    assert "There is no backup key at" in caplog.text
    assert told(world) == 1
    answer = world.browser().get("/health")
    assert (answer.status_code, answer.json["backup"]) == (200, False), "people still work"
    assert [path.name for path in backups.archives(kept)] == ["khet-2020-01-01T0100.khet"], "nothing is deleted"
    assert not backups.due(settings, utc_now() + timedelta(minutes=30))
    with world.app.app_context():
        backups.nightly(world.database, world.khet.registry, settings, utc_now() + timedelta(hours=2))
        assert told(world) == 1
        key.rename(settings.backup_key_file)
        later = utc_now() + timedelta(hours=4)
        assert backups.nightly(world.database, world.khet.registry, settings, later) is not None
    assert backups.healthy(settings, later)


def test_a_file_that_is_damaged_for_good_is_told_once_and_older_archives_go(world, kept):
    world.browser(f"clerk.{HOME}").post(
        "/uploads/", {"file": (io.BytesIO(b"%PDF-1.7 a"), "k.pdf")}, content_type="multipart/form-data"
    )
    for path in world.khet.settings.files_dir.glob("*/??/*"):
        path.write_bytes(b"%PDF-1.7 b")
    for day in range(1, 8):
        (kept / f"khet-2020-01-{day:02}T0100.khet").write_bytes(b"x")
    now = utc_now()
    with world.app.app_context():
        for day in range(2):
            later = now + timedelta(days=day)
            assert backups.nightly(world.database, world.khet.registry, world.khet.settings, later) is not None
            assert len(backups.archives(kept)) < 8, "what is superseded goes"
            assert backups.healthy(world.khet.settings, later), "the archive is whole"
            assert told(world) == 1, "once for what was found"
            world.owner(f"update core_notice set read_at = '{now}' where topic = '{backups.TOPIC}'")


def test_a_key_that_comes_late_is_tried_at_once(world, kept):
    world.khet.settings.backup_key_file.unlink()
    serve.back_up(world.app)
    assert not backups.archives(kept)
    serve.back_up(world.app)
    encrypted_zip.make_key(world.khet.settings.backup_key_file)
    serve.back_up(world.app)
    assert backups.archives(kept), "not after an hour"


def test_a_folder_that_is_not_there_is_told_and_not_made(world, kept):
    kept.rmdir()
    serve.back_up(world.app)
    assert told(world) == 1
    assert not kept.exists()
    assert world.browser().get("/health").json["backup"] is False


def test_the_rehearsal_notices_what_comes_back_otherwise(world, kept, tmp_path):
    settings, made = world.khet.settings, tmp_path / "k.khet"
    key = encrypted_zip.read_key(settings.backup_key_file)
    backup.backup(settings, world.khet.registry, made, key)
    backups.rehearse(world.khet.registry, made, key, tmp_path)
    with encrypted_zip.open_zip(made, key, tmp_path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "tables/core_district.jsonl"
    first, _end, others = members[name].partition(b"\n")
    members[name] = json.dumps({**json.loads(first), "id": "1"}).encode() + b"\n" + others
    manifest = json.loads(members["manifest.json"])
    manifest["sha256"][name] = hashlib.sha256(members[name]).hexdigest()
    members["manifest.json"] = json.dumps(manifest).encode()
    with made.open("wb") as file, encrypted_zip.create_zip(file, key) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    with pytest.raises(BackupError, match="core_district comes back otherwise"):
        backups.rehearse(world.khet.registry, made, key, tmp_path)
    assert not list(tmp_path.glob("rehearsal-*"))


def test_of_several_servers_one_makes_it(world, kept):
    with backups._alone(world.khet.settings) as first, backups._alone(world.khet.settings) as second:
        assert first
        assert second is (world.backend == "sqlite"), "SQLite has one server"
    with backups._alone(world.khet.settings) as again:
        assert again


def test_the_newest_of_the_last_days_weeks_and_months_are_kept():
    days = [datetime(2026, 3, 31, 1, tzinfo=BANGKOK) - timedelta(days=n) for n in range(100)]
    found = {Path(f"{at:%m-%d}"): at for at in days}
    gone = set(backups.superseded(found, (3, 2, 2)))
    # 31 March is a Tuesday: weeks end on the 31st (so far) and on Sunday 29; months with the 31st and 28 February
    assert {path.name for path in found.keys() - gone} == {"03-31", "03-30", "03-29", "02-28"}


def test_what_is_to_be_kept_is_three_numbers(tmp_path):
    env = {"KHET_DATA_DIR": str(tmp_path)}
    assert Settings.from_environment({**env, "KHET_BACKUP_KEPT": "7, 4, 6"}, makes=True).backup_kept == (7, 4, 6)
    for wrong in ("7", "0,1,1", "a,b,c", "1,2,3,4"):
        with pytest.raises(ConfigError, match="KHET_BACKUP_KEPT"):
            Settings.from_environment({**env, "KHET_BACKUP_KEPT": wrong}, makes=True)


def test_a_backup_that_is_killed_in_its_rehearsal_is_none_and_leaves_nothing(world, kept):
    settings = world.khet.settings
    sealer.seal(world.database)
    world.database.dispose()
    child = os.fork()
    if not child:  # pragma: no cover - the one that is killed
        backups.fill_rows = lambda *_given: os.kill(os.getpid(), signal.SIGKILL)
        backups.nightly(world.database, world.khet.registry, settings)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert list(settings.data_dir.glob("rehearsal-*")), "it was at it"
    assert backups.archives(kept) == {}
    assert backups.due(settings, utc_now())
    (kept / "khet-2020-01-01T0100.unproven.x1.part").write_bytes(b"half")
    serve.back_up(world.app)
    assert len(backups.archives(kept)) == 1
    assert {path.suffix for path in kept.iterdir()} <= {".khet", ".json", ""} | {Path(anchors.HEADS).suffix}
    assert not list(settings.data_dir.glob("rehearsal-*"))


def test_an_archive_from_a_day_when_the_clock_was_wrong_stops_no_backup(world, kept):
    settings, now = world.khet.settings, utc_now()
    (kept / "khet-2099-01-01T0105.khet").write_bytes(b"x")
    assert backups.due(settings, now)
    sealer.seal(world.database)
    serve.back_up(world.app)
    assert not backups.due(settings, now + timedelta(minutes=5))
    assert not backups.healthy(settings, now + timedelta(days=3)), "that one is none of today's"


@pytest.mark.parametrize("said", ["1", "[1]", "[]", "{", "null"])
def test_a_state_that_khet_did_not_write_is_not_taken_for_good(world, kept, said):
    (kept / backups.STATE).write_text(said)
    answer = world.browser().get("/health?all")
    assert answer.status_code == 503
    assert answer.json["backup"] is False
