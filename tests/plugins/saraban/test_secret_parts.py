"""What belongs to a secret letter is as secret as the letter: its way, its place, who works on it."""

from __future__ import annotations

import io
from datetime import date

import pypdfium2
import pytest
from sqlalchemy import select

from core.platform.notices.models import Notice
from core.platform.timeline import recorder
from core.platform.timeline.models import COMMENT, TimelineEntry
from core.platform.worklist.models import WorklistRow
from core.records.files.models import Attachment, SecretReader
from core.storage.base import Secret, mapped
from plugins.saraban.models.dispatches import Dispatch
from plugins.saraban.models.endorsements import Assignment
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.models.storage import Destruction, DestructionLine, Folder, Retention, Stored
from plugins.saraban.pages.secret import SecretPapers
from tests.support import HOME, OTHER, real_pdf

WORD, SAID, PAPER = "ผลสอบวินัยลับเฉพาะ", "มอบถึงมือแล้วที่หน้าห้อง", "ใบรับลับ.pdf"
#: in another unit, in another district, and an administrator of each
OTHERS = [f"{who}.{HOME}" for who in ("clerk", "groupclerk", "supervisor", "school", "admin")] + [
    f"{who}.{OTHER}" for who in ("clerk", "director", "secret", "admin")
]


def id_of(world, name: str) -> int:
    return world.account(name).id


def say(browser, page: str, text: str, name: str) -> None:
    """Comment on a record, with a file."""
    sent = {"file": (io.BytesIO(real_pdf()), name)}
    staged = browser.post("/uploads/", sent, content_type="multipart/form-data").json["id"]
    browser.get(page)
    (key,) = browser.tree.xpath("//form[contains(@action,'/comment')]//input[@name='form_key']/@value")
    answer = browser.post(f"{page}/comment", {"text": text, "files": str(staged), "form_key": key})
    assert answer.status_code == 302


@pytest.fixture
def way(world) -> tuple[int, int]:
    """A secret letter that names the director, on its way by hand, with a comment and a file: (letter, dispatch)."""
    registrar = world.browser(f"secret.{HOME}")
    typed = {"recipient": "ผู้รับลับ", "subject": WORD, "secrecy": "1", "readers": str(id_of(world, f"director.{HOME}"))}
    answer = registrar.submit("/saraban/outgoing/new", **typed)
    assert answer.status_code == 302, registrar.errors()
    letter = int(answer.location.rpartition("/")[2])
    sent = {"others-0-name": "ผู้รับลับ", "others-0-channel": "hand"}
    assert registrar.submit(f"/saraban/outgoing/{letter}/send", **sent).status_code == 302
    with world.session(user=f"secret.{HOME}") as s:
        dispatch = s.scalars(select(Dispatch.id).where(Dispatch.letter_id == letter)).one()
    say(registrar, f"/saraban/dispatches/{dispatch}", SAID, PAPER)
    return letter, dispatch


def test_who_may_read_the_letter_reads_what_was_said_on_its_way_and_takes_its_files_marked(world, way):
    letter, dispatch = way
    director, account = world.browser(f"director.{HOME}"), world.account(f"director.{HOME}")
    page = f"/saraban/dispatches/{dispatch}"
    director.get(page)
    assert SAID in director.text
    assert PAPER in director.text
    (file,) = [link for link in director.tree.xpath("//main//a[@download]/@href") if link.startswith(f"{page}/files/")]
    taken = pypdfium2.PdfDocument(director.get(file).get_data())
    assert account.last_name in taken[0].get_textpage().get_text_range(), "marked as the letter's own"
    assert director.get(f"{file}/read").status_code == 200
    for action in ("viewed", "downloaded"):
        noted = f"action = 'saraban.secret.{action}' and kind = 'saraban_outgoing' and record_id = {letter}"
        assert world.count("core_timeline", f"{noted} and actor_id = {account.id}"), "who looked stands on the letter"


@pytest.mark.parametrize("user", OTHERS)
def test_for_the_others_nothing_of_the_way_of_a_secret_letter_is_there(world, way, user):
    """Nor for who is cleared and not named."""
    letter, dispatch = way
    world.owner(f"update ab_user set clearance = 3 where username = '{user}'")
    browser = world.browser(user)
    page = f"/saraban/dispatches/{dispatch}"
    with world.session(user=f"secret.{HOME}") as s:
        file = s.scalars(select(Attachment.id).where(Attachment.name == PAPER)).one()
    for hidden in (page, f"{page}/files/{file}", f"{page}/files/{file}/read", f"{page}/files/{file}/read/1"):
        assert browser.get(hidden).status_code in (403, 404)
    assert browser.post(f"{page}/comment", {"text": "ก"}).status_code in (403, 404)
    for path in ("/", "/timeline/", "/timeline/?kind=saraban_dispatch", "/saraban/dispatches/", "/notices/",
                 f"/saraban/dispatches/?q={WORD}", f"/search/?q={WORD}", "/saraban/dispatches/?group=state"):  # fmt: skip
        browser.get(path)
        assert not any(word in browser.text for word in (WORD, SAID, PAPER, "ผู้รับลับ") if f"q={word}" not in path), path
    code = user.rpartition(".")[2]
    with world.session(code, user=user, clearance=3) as s:
        for kept in (TimelineEntry, Attachment):
            mine = select(kept).where(kept.kind == "saraban_dispatch", kept.record_id == dispatch)
            assert s.scalars(mine).all() == []
        assert s.get(Dispatch, dispatch) is None


def test_who_is_taken_off_the_letter_is_off_its_parts_at_once(world, way):
    letter, dispatch = way
    director = world.browser(f"director.{HOME}")
    assert director.get(f"/saraban/dispatches/{dispatch}").status_code == 200
    typed = {"readers": None}
    assert world.browser(f"secret.{HOME}").submit(f"/saraban/outgoing/{letter}/readers", **typed).status_code == 302
    assert director.get(f"/saraban/dispatches/{dispatch}").status_code == 404
    with world.session(user=f"director.{HOME}", clearance=3) as s:
        assert s.scalars(select(TimelineEntry).where(TimelineEntry.kind == "saraban_dispatch")).all() == []


@pytest.fixture
def part(world) -> tuple[int, str]:
    """A secret incoming letter that names director and supervisor, given to the supervisor: (letter, officer)."""
    registrar, officer = world.browser(f"secret.{HOME}"), f"supervisor.{HOME}"
    world.owner(f"update ab_user set clearance = 1 where username = '{officer}'")
    readers = [str(id_of(world, name)) for name in (f"director.{HOME}", officer)]
    answer = registrar.submit("/saraban/incoming/new", sender="สพฐ.", subject=WORD, secrecy="1", readers=readers)
    assert answer.status_code == 302, registrar.errors()
    letter, chosen = int(answer.location.rpartition("/")[2]), str(id_of(world, officer))
    given = registrar.submit(f"/saraban/incoming/bulk/assign?ids={letter}", officers=chosen, lead_id="0")
    assert given.status_code == 302, registrar.errors()
    return letter, officer


def test_the_readers_of_a_secret_letter_read_what_its_officer_said(world, part):
    letter, officer = part
    with world.session(user=f"secret.{HOME}") as s:
        task = s.scalars(select(Assignment.id).where(Assignment.letter_id == letter)).one()
    say(world.browser(officer), f"/saraban/assignments/{task}", SAID, PAPER)
    assert world.count("core_secret_reader", "kind <> 'saraban_incoming' and kind <> 'saraban_outgoing'") == 0
    for user, sees in ((officer, 1), (f"director.{HOME}", 1), (f"secret.{HOME}", 1), (f"clerk.{HOME}", 0)):
        with world.session(user=user, clearance=1 if user == officer else 3) as s:
            said = select(TimelineEntry).where(TimelineEntry.kind == "saraban_assignment", TimelineEntry.note == SAID)
            assert len(s.scalars(said).all()) == sees, user
            assert len(s.scalars(select(Attachment).where(Attachment.name == PAPER)).all()) == sees, user


def test_an_officer_who_is_named_no_more_has_neither_their_part_nor_what_told_of_it(world, part):
    letter, officer = part
    me = id_of(world, officer)

    def mine(s) -> list[int]:
        kept = (Notice.user_id == me, Notice.kind == "saraban_assignment"), (WorklistRow.user_id == me,)
        rows = select(WorklistRow).where(*kept[1], WorklistRow.kind == "saraban_assignment", WorklistRow.secrecy > 0)
        return [len(s.scalars(found).all()) for found in (select(Notice).where(*kept[0], Notice.secrecy > 0), rows)]

    with world.session(user=officer, clearance=1) as s:
        assert mine(s) == [1, 1]
    world.owner(f"delete from core_secret_reader where user_id = {me}")
    with world.session(user=officer, clearance=1) as s:
        assert mine(s) == [0, 0]
        assert s.scalars(select(Assignment).where(Assignment.letter_id == letter)).all() == []


def test_a_place_in_the_archive_and_a_line_of_what_is_destroyed_follow_their_letter(world, part):
    """And naming somebody for the part alone opens nothing. (Today secret papers come into no folder.)"""
    letter, _officer = part
    unit, keeper = world.unit(), f"secret.{HOME}"
    with world.session(user=keeper) as s:
        paper = s.get_one(IncomingLetter, letter)
        retention = Retention(code="ก", title="ปกติ", years=1)
        s.add(retention)
        s.flush()
        folder = Folder(unit_id=unit, code="ล1", title="เรื่องลับ", retention_id=retention.id)
        s.add(folder)
        s.flush()
        stored = Stored(
            unit_id=unit, number=9_999, kind="saraban_incoming", letter_id=letter, folder_id=folder.id,
            stored_on=date(2020, 1, 1), register_no=paper.number_text, subject=WORD, secrecy=1,
        )  # fmt: skip
        made = Destruction(unit_id=unit, year=2560, surveyed_by_id=1, surveyed_by="ก")
        s.add_all([stored, made])
        s.flush()
        line = DestructionLine(destruction_id=made.id, stored_id=stored.id, secrecy=1)
        s.add(line)
        s.flush()
        for one in (stored, line):
            recorder.note(s, one, COMMENT, SAID)
            s.add(SecretReader(kind=one.__tablename__, record_id=one.id, user_id=id_of(world, f"clerk.{HOME}")))
        ids = {Stored: stored.id, DestructionLine: line.id}
    for user, sees in ((f"director.{HOME}", True), (f"clerk.{HOME}", False), (f"admin.{HOME}", False)):
        with world.session(user=user, clearance=3) as s:
            for model, number in ids.items():
                assert (s.get(model, number) is not None) == sees, (user, model)
                said = (TimelineEntry.kind == model.__tablename__, TimelineEntry.note == SAID)
                assert bool(s.scalars(select(TimelineEntry).where(*said)).all()) == sees, (user, model)
            joined = select(DestructionLine, Stored).join(Stored, Stored.id == DestructionLine.stored_id)
            assert bool(s.execute(joined.where(DestructionLine.secrecy > 0)).all()) == sees


def test_every_page_of_what_may_be_secret_hands_its_files_out_marked(world):
    pages = [view for view in world.khet.views.values() if getattr(view, "model", None) in set(mapped(Secret))]
    plain = {type(view).__name__ for view in pages if type(view).__module__.startswith("plugins.saraban")}
    plain -= {type(view).__name__ for view in pages if isinstance(view, SecretPapers)}
    assert plain == set(), "a file of a secret paper would go out without its reader's name"
