"""A file that is not what was saved is shown, stamped, sealed and carried nowhere; none is read while others wait."""

from __future__ import annotations

import io
import re
import threading
from pathlib import Path

import pytest
from sqlalchemy import event, select

from core.base.errors import RuleError
from core.platform.jobs import runner
from core.records.files import store
from core.records.files.models import Attachment
from core.storage import writer_queue
from plugins.saraban.models.dispatches import Dispatch
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.work import certificate, exchange, originals
from tests.core.test_outages import fill
from tests.plugins.saraban.test_certificate import WORD, key, seal, upload
from tests.plugins.saraban.test_drafts import DRAFTS, issue
from tests.plugins.saraban.test_exchange import link_of, load, outgoing, send, to
from tests.plugins.saraban.test_pictures import upload as give
from tests.plugins.saraban.test_printing import LIST, register
from tests.plugins.saraban.test_scans import ONE, SCANS, TWO, found, stack, take
from tests.plugins.saraban.test_secret import broken, rescuer, secret
from tests.support import HOME, OTHER, real_pdf

__all__ = ["rescuer", "secret"]
ROOT = Path(__file__).resolve().parents[3]
MAIL = exchange.Recipient("ห้างหุ้นส่วน", "mail", address="shop@example.com")


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


@pytest.fixture
def director(world):
    return world.browser(f"director.{HOME}")


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch):
    """Comparing a file takes as long as reading it: SQLite's writer is held by none who does."""
    real = store.damage

    def watched(*given):
        assert not writer_queue.writing(), "a file is read while others wait to write"
        return real(*given)

    monkeypatch.setattr(store, "damage", watched)


def spoil(world, kind: str, record_id: int) -> None:
    """Alter every file of a record on the server, without a change of size."""
    with world.session() as s:
        wanted = select(Attachment).where(Attachment.kind == kind, Attachment.record_id == record_id)
        for file in s.execute(wanted, execution_options=store.RAW).scalars():
            path = store.place(world.khet.settings.files_dir, file.district_id, file.stored_as)
            if path.exists():
                path.write_bytes(path.read_bytes()[:-8] + bytes(8))


def test_nothing_outside_the_store_of_files_asks_where_a_file_lies_unseen():
    for path in (one for folder in ("core", "plugins") for one in (ROOT / folder).rglob("*.py")):
        if path.is_relative_to(ROOT / "core" / "records" / "files"):
            continue
        assert not re.search(r"\bpath_of\b", path.read_text(encoding="utf-8")), (
            f"{path}: ask store.whole, apart or locate"
        )


def test_an_altered_letter_is_not_stamped(world, clerk):
    number = register(world, clerk, real_pdf())
    assert clerk.get(f"{LIST}{number}/stamped").status_code == 200
    spoil(world, "saraban_incoming", number)
    assert clerk.get(f"{LIST}{number}/stamped").status_code == 410


def test_an_altered_stack_is_neither_shown_nor_registered(world, clerk):
    scan = take(world, clerk, ("ก.pdf", stack(ONE, TWO)))
    assert clerk.get(f"{SCANS}{scan}/pages/1").status_code == 200
    spoil(world, "saraban_scan", scan)
    assert clerk.get(f"{SCANS}{scan}/pages/1").status_code == 410
    clerk.get(f"{SCANS}{scan}/register")
    assert clerk.submit(f"{SCANS}{scan}/register").status_code == 410
    assert not any(piece.letter_id for piece in found(world, scan))


def test_a_stack_that_was_altered_before_it_was_read_says_so(world, clerk, monkeypatch):
    whole = runner.run_all
    monkeypatch.setattr(runner, "run_all", lambda app: None)
    scan = take(world, clerk, ("ก.pdf", stack(ONE)))
    spoil(world, "saraban_scan", scan)
    whole(world.app)
    clerk.get(f"{SCANS}{scan}")
    assert "ก.pdf: " in clerk.text
    assert found(world, scan) == []


def test_an_altered_paper_is_not_sealed(world, clerk, director):
    draft, letter = issue(world, clerk, director)
    spoil(world, "saraban_outgoing", letter.id)
    assert seal(director, draft, key()).status_code == 410
    with world.session() as s:
        assert originals.sealed(s, s.get(OutgoingLetter, letter.id)) == []


def test_a_sealed_paper_that_was_altered_is_vouched_for_by_nobody(world, clerk, director):
    draft, letter = issue(world, clerk, director)
    token = "t" * 22
    world.owner(f"update saraban_outgoing set verify = '{exchange.token_hash(token)}' where id = {letter.id}")
    assert seal(director, draft, key()).status_code == 302
    assert world.browser().get(f"/verify/{token}").status_code == 200
    spoil(world, "saraban_outgoing", letter.id)
    assert world.browser().get(f"/verify/{token}").status_code == 410


def test_an_altered_secret_paper_is_not_shown_in_an_emergency(world, secret, rescuer):
    reader = world.browser(f"secret.{HOME}")
    page = f"/saraban/incoming/{secret}/files"
    assert reader.submit(page, files=give(reader, real_pdf(), "ลับ.pdf")).status_code == 302
    glass = broken(world, rescuer, secret).location
    rescuer.get(glass)
    pages = rescuer.tree.xpath("//img/@src")
    assert pages
    assert rescuer.get(pages[0]).status_code == 200
    spoil(world, "saraban_incoming", secret)
    assert rescuer.get(pages[0]).status_code == 410
    rescuer.get(glass)
    assert not rescuer.tree.xpath("//img/@src")
    assert "This file is damaged" in rescuer.text


def test_two_signers_at_once_lose_no_seal(world, clerk, director, monkeypatch):
    draft, letter = issue(world, clerk, director)
    real, other = certificate.seal, world.browser(f"director.{HOME}")

    def and_another_is_faster(*given):
        made = real(*given)
        monkeypatch.setattr(certificate, "seal", real)
        answer = []
        faster = threading.Thread(target=lambda: answer.append(seal(other, draft, key("หนึ่ง")).status_code))
        faster.start()
        faster.join(60)
        assert answer == [302]
        return made

    monkeypatch.setattr(certificate, "seal", and_another_is_faster)
    typed = {"files": upload(director, key("สอง")), "passphrase": WORD}
    assert director.submit(f"{DRAFTS}{draft}/seal", **typed).status_code == 422
    assert "sealed anew meanwhile" in " ".join(director.errors())
    assert director.submit(f"{DRAFTS}{draft}/seal", **typed).status_code == 302, "the certificate still waits"
    with world.session() as s:
        last = originals.newest(s, s.get(OutgoingLetter, letter.id))
        path = store.place(world.khet.settings.files_dir, last.district_id, last.stored_as)
    assert [one.subject.split()[-1] for one in certificate.seals(path)] == ["หนึ่ง", "สอง"]


def test_a_letter_is_carried_and_opened_while_nobody_waits(world):
    number = outgoing(world)
    (sent,) = send(world, number, [to(world)])
    runner.run_all(world.app)
    assert load(world, Dispatch, sent).state == "sent"
    with world.session(OTHER) as s:
        brought = s.scalars(select(Attachment).where(Attachment.kind == "saraban_arrival")).one()
    assert store.whole(world.khet.settings.files_dir, brought).read_bytes() == b"%PDF-1.7 letter"


def test_a_stranger_takes_a_letter_on_a_full_disk_and_writes_nothing_the_second_time(world):
    (sent,) = send(world, outgoing(world), [MAIL], public_url="https://khet.example")
    stranger = world.browser()
    stranger.get(link_of(world))
    href = stranger.tree.xpath("//a[@download]/@href")[0]
    if world.backend == "sqlite":
        fill(world)
        with_no_room(world.database.system_engine)
        assert stranger.get(href).get_data() == b"%PDF-1.7 letter"
        return
    assert stranger.get(href).get_data() == b"%PDF-1.7 letter"
    assert load(world, Dispatch, sent).state == "opened"


def with_no_room(engine) -> None:
    """The same for the engine of what every district shares."""
    engine.dispose()

    def limit(connection, _record) -> None:
        used = connection.execute("pragma page_count").fetchone()[0]
        connection.execute(f"pragma max_page_count={used}")

    event.listen(engine, "connect", limit)


def test_a_stranger_gets_no_altered_file(world):
    number = outgoing(world)
    (sent,) = send(world, number, [MAIL], public_url="https://khet.example")
    stranger = world.browser()
    stranger.get(link_of(world))
    spoil(world, "saraban_outgoing", number)
    assert stranger.get(stranger.tree.xpath("//a[@download]/@href")[0]).status_code == 410
    assert load(world, Dispatch, sent).state == "queued", "what was not handed out was not opened"


# -- content goes when its row has gone --------------------------------------------------------------------------------


def test_a_picture_that_was_cleaned_leaves_the_old_until_the_commit_and_while_a_backup_copies(world, clerk):
    root = world.khet.settings.files_dir
    number = int(give(clerk, b"%PDF-1.7 as it came", "ก.pdf"))
    old = place_of(world, number)

    def replace(s) -> Path:
        file = s.get(Attachment, number)
        store.replace(s, root, file, io.BytesIO(b"\x89PNG\r\n\x1a\n made here"), "png")
        assert old.exists()
        return store.place(root, file.district_id, file.stored_as)

    with pytest.raises(ZeroDivisionError), world.session() as s:
        replace(s)
        _ = 1 / 0
    assert old.exists(), "a rollback brings its row back"
    with store.hold(root), world.session() as s:
        new = replace(s)
    assert old.exists(), "a backup copies it by the row that it read"
    assert place_of(world, number) == new


def place_of(world, number: int) -> Path:
    """Where a file lies that is what was saved."""
    with world.session() as s:
        file = s.get(Attachment, number)
    return store.whole(world.khet.settings.files_dir, file)


@pytest.mark.parametrize("ends_well", [True, False])
def test_the_content_of_a_discarded_file_goes_with_the_commit_and_stays_with_a_rollback(world, clerk, ends_well):
    root = world.khet.settings.files_dir
    number = int(give(clerk, real_pdf(), "ก.pdf"))
    path = place_of(world, number)
    try:
        with world.session() as s:
            store.discard(s, root, s.get(Attachment, number))
            with s.begin_nested():
                s.flush()
            assert path.exists(), "a savepoint is no commit"
            if not ends_well:
                raise RuleError("no")
    except RuleError:
        pass
    assert path.exists() == (not ends_well)
    if not ends_well:
        assert place_of(world, number) == path
