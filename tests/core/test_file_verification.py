"""A file is what was saved, or Khet says that it is not."""

from __future__ import annotations

import io
import json
import os
import time
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from core.base.text.thai import BANGKOK
from core.ops import backup, cli, serve
from core.platform import nightly
from core.records.files import store, verification
from core.records.files.models import Attachment
from tests.core.serving import environment
from tests.support import HOME, OTHER, near

PAPER = b"%PDF-1.7 as it was saved"


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}", "th")


def letter_with_file(world, clerk, subject: str = "มีไฟล์"):
    """A registered letter with one file; returns the address of the download and the file's row."""
    sent = {"file": (io.BytesIO(PAPER), "หนังสือ.pdf")}
    uploaded = clerk.post("/uploads/", sent, content_type="multipart/form-data").json["id"]
    typed = {"doc_no": subject, "doc_date": near(), "sender": "สพฐ.", "recipient": "ผอ.", "received_on": near()}
    assert clerk.submit("/saraban/incoming/new", subject=subject, files=str(uploaded), **typed).status_code == 302
    with world.session(HOME, f"clerk.{HOME}") as session:
        file = session.scalars(select(Attachment).order_by(Attachment.id.desc())).first()
    return f"/saraban/incoming/{file.record_id}/files/{file.id}", file


def place_of(world, file):
    return store.path_of(world.khet.settings.files_dir, file)


def spoil(path, how: str) -> None:
    if how == "missing":
        path.unlink()
    elif how == "altered":
        path.write_bytes(PAPER.replace(b"saved", b"forge"))
    else:
        path.write_bytes(PAPER[:-1])


@pytest.mark.parametrize("how", ["missing", "altered", "cut"])
def test_a_damaged_file_is_not_handed_out_and_the_page_says_so(world, clerk, caplog, how):
    address, file = letter_with_file(world, clerk)
    assert clerk.get(address).get_data() == PAPER
    spoil(place_of(world, file), how)
    page = clerk.get(address)
    assert page.status_code == 410
    assert "ไฟล์นี้เสียหาย" in clerk.text
    assert f"file {file.id} of district {file.district_id}" in caplog.text
    answer = clerk.get(address.replace("/saraban/incoming/", "/api/v1/incoming-letters/"))
    assert (answer.status_code, answer.json["error"]["code"]) == (410, "gone")
    assert store.read(world.khet.settings.files_dir, file) is None, "nor is it drawn on a page"
    assert clerk.get(address.rpartition("/")[0] + "/999999").status_code == 404, "what never was is another matter"


def test_every_file_is_compared_with_its_row(world, clerk):
    root = world.khet.settings.files_dir
    district = world.district_id()
    found = [letter_with_file(world, clerk, f"ฉบับ {n}")[1] for n in range(3)]
    assert list(verification.compare(world.database, root, district)) == []
    spoil(place_of(world, found[0]), "missing")
    spoil(place_of(world, found[1]), "altered")
    stray = store.place(root, district, "ab" * 20)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"of a killed process")
    told = {(one.what, one.path) for one in verification.compare(world.database, root, district)}
    wanted = {("missing", place_of(world, found[0])), ("altered", place_of(world, found[1]))}
    assert told == wanted, "what is young may belong to a form that is being saved"
    old = time.time() - 2 * store.ORPHAN_AFTER
    os.utime(stray, (old, old))
    told = {(one.what, one.path) for one in verification.compare(world.database, root, district)}
    assert told == wanted | {("unknown", stray)}
    assert list(verification.compare(world.database, root, world.district_id(OTHER))) == []


def test_the_operator_asks_with_verify(world, clerk, monkeypatch):
    _address, file = letter_with_file(world, clerk)
    runner, env = CliRunner(), environment(world.khet.settings)
    done = runner.invoke(cli.main, ["verify"], env=env, catch_exceptions=False)
    assert (done.exit_code, "Every file is as its row says" in done.output) == (0, True)
    spoil(place_of(world, file), "altered")
    done = runner.invoke(cli.main, ["verify", "--district", HOME], env=env, catch_exceptions=False)
    assert done.exit_code == 1
    assert f"altered: {place_of(world, file)}" in done.output
    assert runner.invoke(cli.main, ["verify", "--district", OTHER], env=env, catch_exceptions=False).exit_code == 0


def test_a_backup_tells_what_it_could_not_save_and_ends_with_1(world, clerk, tmp_path):
    files = [letter_with_file(world, clerk, f"ฉบับ {n}")[1] for n in range(2)]
    archive = tmp_path / "k.zip"
    assert backup.backup(world.khet.settings, world.khet.registry, archive)["damaged"] == []
    spoil(place_of(world, files[0]), "missing")
    spoil(place_of(world, files[1]), "altered")
    manifest = backup.backup(world.khet.settings, world.khet.registry, archive)
    assert [name.rpartition("/")[2] for name in manifest["damaged"]] == sorted(
        (one.stored_as for one in files), key=lambda name: f"{name[:2]}/{name}"
    )
    assert backup.verify(archive, None, tmp_path, plain=True)["damaged"] == manifest["damaged"], (
        "who restores it reads it too"
    )
    done = CliRunner().invoke(
        cli.main,
        ["backup", str(archive), "--plain", "--overwrite"],
        env=environment(world.khet.settings),
        catch_exceptions=False,
    )
    assert (done.exit_code, done.output.count("missing or altered: files/")) == (1, 2)
    assert archive.exists()
    away = ["backup", str(tmp_path / "away" / "k.zip"), "--plain"]
    done = CliRunner().invoke(cli.main, away, env=environment(world.khet.settings))
    assert (done.exit_code, "there is no folder" in done.output) == (1, True)
    assert isinstance(done.exception, SystemExit), "no traceback"


def test_what_is_deleted_while_a_backup_copies_is_still_in_it(world, clerk, tmp_path, monkeypatch):
    _address, file = letter_with_file(world, clerk)
    root = world.khet.settings.files_dir
    real = backup._write_rows

    def and_then_deleted(*given):
        written = real(*given)
        with world.app.test_request_context(), world.session(HOME, f"clerk.{HOME}") as session:
            store.discard(session, root, session.get(Attachment, file.id))
        return written

    monkeypatch.setattr(backup, "_write_rows", and_then_deleted)
    assert backup.backup(world.khet.settings, world.khet.registry, tmp_path / "k.zip")["damaged"] == []
    assert world.count("core_attachment", f"id = {file.id}") == 0
    assert not store.held(root)
    path = place_of(world, file)
    old = time.time() - 2 * store.ORPHAN_AFTER
    os.utime(path, (old, old))
    serve.sweep_files(world.app)
    assert not path.exists(), "afterwards it goes"


def test_a_backup_that_was_killed_does_not_hold_files_for_ever(world):
    root = world.khet.settings.files_dir
    with store.hold(root):
        assert store.held(root)
        old = time.time() - 2 * store.HELD
        [mark] = root.glob(f"{store.HOLD}.*")
        os.utime(mark, (old, old))
        assert not store.held(root)


def test_of_two_backups_at_once_the_first_to_end_leaves_the_other_its_files(world):
    root = world.khet.settings.files_dir
    with store.hold(root):
        with store.hold(root):
            pass
        assert store.held(root)
    assert not store.held(root)


# -- every night ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "hours_ago", "due"),
    [(2, 25, True), (2, 10, False), (10, 25, False), (10, 40, True), (23, 21, False), (10, -9_000, True)],
)
def test_files_are_compared_at_night_or_where_no_night_came(tmp_path, hour, hours_ago, due):
    now = datetime(2026, 11, 28, hour, 30, tzinfo=BANGKOK)
    mark = verification.mark(tmp_path)
    assert not mark.due(now), "a new installation has nothing to compare"
    at = (now - timedelta(hours=hours_ago)).timestamp()
    os.utime(mark.path, (at, at))
    assert mark.due(now) is due


def test_the_administrator_is_told_of_a_damaged_file_once(world, clerk, caplog):
    settings = world.khet.settings
    _address, file = letter_with_file(world, clerk)
    verification.mark(settings.data_dir).due(datetime.now(BANGKOK))
    with world.app.app_context():
        assert verification.nightly(world.database, settings.files_dir, settings.data_dir) == []
        spoil(place_of(world, file), "altered")
        for _night in range(2):
            found = verification.nightly(world.database, settings.files_dir, settings.data_dir)
            assert [one.file_id for one in found] == [file.id]
    assert "altered" in caplog.text
    assert json.loads((settings.data_dir / verification.MARK).read_text()) == [str(place_of(world, file))]
    assert world.count("core_notice", f"topic = '{verification.TOPIC}'") == 1, "once, not every night"
    assert world.browser().get("/health").json["files"] is False
    assert world.browser().get("/health").status_code == 200, "people work on"
    assert world.browser().get("/health?all").status_code == 503, "and a watcher hears it"
    admin = world.browser(f"admin.{HOME}", "th")
    admin.get("/notices/")
    assert "ไฟล์แนบบนเครื่องแม่ข่ายหายหรือถูกแก้ไข 1 ไฟล์" in admin.text


def test_the_server_compares_when_it_is_due(world, clerk, monkeypatch):
    settings = world.khet.settings
    serve.compare_files(world.app)
    mark = settings.data_dir / verification.MARK
    at = time.time() - 2 * nightly.AT_LATEST
    os.utime(mark, (at, at))
    serve.compare_files(world.app)
    assert time.time() - mark.stat().st_mtime < 600
