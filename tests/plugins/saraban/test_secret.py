"""Secret letters appear nowhere for who is not cleared and named."""

from __future__ import annotations

import http.client
import io
import itertools
import json
import re
import threading
import time
from datetime import timedelta

import pypdfium2
import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import delete, func, select

from core.base.text.thai import today
from core.platform.documents import watermark
from core.platform.masterdata.models import Unit
from core.platform.notices.encryption import unseal
from core.platform.notices.models import Delivery, Notice, Webhook
from core.platform.timeline.models import TimelineEntry
from core.platform.users.models import Account, Grant, RoleProfile
from core.records.files.models import Attachment, SecretReader
from plugins.saraban.models.endorsements import Assignment
from plugins.saraban.models.letters import SECRET_INCOMING, IncomingLetter, RefusedLook
from plugins.saraban.work import life, refusals, registers
from tests.core.hostile import docx, office
from tests.core.serving import listening
from tests.core.statements import Statements
from tests.support import HOME, OTHER, letter, near, pages_pdf, real_pdf

WORD = "สอบสวนวินัยร้ายแรง"


@pytest.fixture
def secret(world):
    """A letter of level ลับมาก, registered by the registrar of secret papers, naming nobody else."""
    account, unit = world.account(f"secret.{HOME}"), world.unit()
    with world.session(user=f"secret.{HOME}") as s:
        row = registers.register_incoming(
            s, unit, letter(subject=WORD, doc_no="ลับ 9", sender="สพฐ. ลับ", secrecy=2),
            clerk=registers.Clerk(account.id, "นายทะเบียน", 3), today=today(),
        )  # fmt: skip
        s.add(Attachment(kind=row.__tablename__, record_id=row.id, name="ลับ.pdf", stored_as="s" * 40,
                         content_type="application/pdf", size=1, sha256="0", secrecy=2))  # fmt: skip
    return row.id


@pytest.mark.parametrize("user", ["admin", "clerk", "groupclerk", "supervisor", "groupdirector", "director", "school"])
def test_it_is_nowhere_for_the_others(world, secret, user):
    """The director is cleared to ลับที่สุด but not named; the clerk is neither."""
    browser = world.browser(f"{user}.{HOME}")
    for path in ("/", "/saraban/incoming/", f"/saraban/incoming/?q={WORD}", "/timeline/", f"/saraban/incoming/{secret}",
                 f"/saraban/incoming/{secret}/edit", f"/saraban/incoming/{secret}/correct", "/books/"):  # fmt: skip
        page = browser.get(path)
        assert page.status_code != 500
        assert WORD not in browser.text, f"{user} reads it at {path}"
    assert browser.get(f"/saraban/incoming/{secret}").status_code in (403, 404)
    assert browser.get(f"/saraban/incoming/{secret}").status_code == 404 or user in ("admin",)


def test_it_is_not_counted_either(world, secret):
    with world.session(user=f"clerk.{HOME}") as s:
        assert s.scalar(select(func.count()).select_from(IncomingLetter).where(IncomingLetter.secrecy > 0)) == 0
        assert s.scalar(select(func.count()).select_from(TimelineEntry).where(TimelineEntry.secrecy > 0)) == 0
        assert s.scalars(select(Attachment).where(Attachment.secrecy > 0)).all() == []
        assert s.get(IncomingLetter, secret) is None


def test_whose_secret_letter_somebody_else_acts_on_is_told_while_they_may_read_it(world, secret):
    holder, said = world.account(f"director.{HOME}"), "core.worklist"
    with world.session(user=f"secret.{HOME}") as s:
        row, registrar = s.get_one(IncomingLetter, secret), world.account(f"secret.{HOME}")
        s.add(SecretReader(kind="saraban_incoming", record_id=secret, user_id=holder.id))
        s.flush()
        life.propose(s, row, holder.id, by=life.Signer(registrar.id, "นายทะเบียน"))
    with world.session(user=f"secret.{HOME}") as s:
        life.act(s, s.get_one(IncomingLetter, secret), "เก็บ", by=life.Signer(registrar.id, "นายทะเบียน"))
    mine = select(Notice.label).where(Notice.user_id == holder.id, Notice.topic == said)
    with world.session(user=f"director.{HOME}", clearance=3) as s:
        label = s.scalars(mine).one()
        assert WORD not in label
        s.execute(delete(SecretReader).where(SecretReader.user_id == holder.id))
    with world.session(user=f"director.{HOME}", clearance=3) as s:
        assert s.scalars(mine).all() == []


def test_it_stands_in_a_book_of_its_own(world, secret):
    with world.session(user=f"secret.{HOME}") as s:
        row = s.get(IncomingLetter, secret)
        assert row is not None
        assert row.book == SECRET_INCOMING
        assert WORD not in row.label, "the timeline's label does not give it away"


def test_the_named_reader_sees_it_and_every_look_is_logged(world, secret):
    browser = world.browser(f"secret.{HOME}")
    assert WORD in browser.get(f"/saraban/incoming/{secret}").get_data(as_text=True)
    assert WORD in browser.get("/saraban/incoming/").get_data(as_text=True)
    browser.get(f"/saraban/incoming/{secret}")
    assert "secret paper viewed" in browser.text


def test_named_but_not_cleared_is_not_enough(world, secret):
    clerk = world.account(f"clerk.{HOME}")
    with world.session(user=f"secret.{HOME}") as s:
        s.add(SecretReader(kind="saraban_incoming", record_id=secret, user_id=clerk.id))
    assert world.browser(f"clerk.{HOME}").get(f"/saraban/incoming/{secret}").status_code == 404


def test_a_lost_clearance_hides_it_at_once(world, secret):
    browser, account = world.browser(f"secret.{HOME}"), world.account(f"secret.{HOME}")
    assert browser.get(f"/saraban/incoming/{secret}").status_code == 200
    typed = {"first_name": "ก", "last_name": "ข", "clearance": "1"}
    assert world.browser(f"admin.{HOME}").submit(f"/users/{account.id}/edit", **typed).status_code == 302
    assert browser.get(f"/saraban/incoming/{secret}").status_code == 302, "the session ended"
    assert world.browser(f"secret.{HOME}").get(f"/saraban/incoming/{secret}").status_code == 404


def test_the_registrar_registers_and_names_a_reader(world):
    browser, director = world.browser(f"secret.{HOME}"), world.account(f"director.{HOME}")
    typed = {"sender": "สพฐ.", "subject": WORD, "secrecy": "1", "readers": str(director.id)}
    assert browser.submit("/saraban/incoming/new", **typed).status_code == 302
    where = browser.page.location
    assert WORD in world.browser(f"director.{HOME}").get(where).get_data(as_text=True)
    assert world.browser(f"clerk.{HOME}").get(where).status_code == 404


def test_a_reader_is_offered_with_their_clearance_and_refused_by_name(world):
    browser, low, chief = world.browser(f"secret.{HOME}"), "supervisor", "director"
    world.owner(f"update ab_user set clearance = 1 where username = '{low}.{HOME}'")
    world.owner(f"update ab_user set clearance = 3 where username = 'admin.{HOME}'")
    ids = {name: world.account(f"{name}.{HOME}").id for name in (low, chief, "admin")}
    account = world.account(f"{low}.{HOME}")
    name = f"{account.first_name} {account.last_name}"
    for page in ("incoming", "outgoing"):
        browser.get(f"/saraban/{page}/new")
        there = {int(one) for one in browser.tree.xpath("//input[@name='readers']/@value")}
        assert ids["admin"] not in there, "cleared, and can open no letter"
        assert ids[chief] in there
    browser.get("/saraban/incoming/new")
    assert re.search(rf"{name} · [^(]+ \(Confidential\)", browser.text), "with position and clearance"
    typed = {"sender": "สพฐ.", "subject": WORD, "secrecy": "2"}
    answer = browser.submit("/saraban/incoming/new", **typed, readers=[str(ids[low]), str(ids[chief])])
    assert answer.status_code == 422
    assert [said for said in browser.errors() if name in said], browser.errors()
    typed["secrecy"] = "1"
    assert browser.submit("/saraban/incoming/new", **typed, readers=[str(ids[low])]).status_code == 302


def test_a_clerk_cannot_make_a_letter_secret(world):
    browser = world.browser(f"clerk.{HOME}")
    browser.get("/saraban/incoming/new")
    assert not browser.tree.xpath("//select[@name='secrecy']")
    browser.resubmit("/saraban/incoming/new", sender="ก", subject="ข", secrecy="3")
    assert browser.page.status_code == 302
    with world.session(user=f"clerk.{HOME}") as s:
        newest = s.scalars(select(IncomingLetter).order_by(IncomingLetter.id.desc())).first()
        assert newest is not None
        assert newest.secrecy == 0, "a field that the form does not have changes nothing"


def test_the_export_leaves_it_out(world, secret):
    from tests.plugins.saraban.test_excel import cells, download

    assert not any(WORD in str(cell) for row in cells(download(world).get_data()) for cell in row)
    for user in (f"clerk.{HOME}", f"secret.{HOME}"):
        url = f"/reports/saraban.incoming?unit_id={world.unit()}&book={SECRET_INCOMING}"
        assert world.browser(user).get(url).status_code in (403, 404)


def test_neither_its_number_nor_its_file_shows_in_the_timeline(world):
    registrar, admin = world.browser(f"secret.{HOME}"), world.browser(f"admin.{HOME}")
    before = admin.get("/timeline/").get_data(as_text=True).count("<tr")
    pdf = (io.BytesIO(real_pdf()), f"{WORD}.pdf")
    staged = registrar.post("/uploads/", {"file": pdf}, content_type="multipart/form-data").json["id"]
    typed = {"sender": "สพฐ.", "subject": WORD, "secrecy": "1", "files": str(staged)}
    assert registrar.submit("/saraban/incoming/new", **typed).status_code == 302
    page = admin.get("/timeline/").get_data(as_text=True)
    assert WORD not in page
    assert SECRET_INCOMING not in page
    assert page.count("<tr") <= before + 1, "one nameless upload is all that shows"
    registrar.get(registrar.page.location)
    assert f"{WORD}.pdf" in registrar.text


def test_head_office_s_scope_reads_no_secret(world, secret):
    with world.database.system("test") as session:
        assert session.get(IncomingLetter, secret) is None


def with_file(world, level: int, reader: str = "director") -> tuple[int, int]:
    """A secret letter of that level with a PDF, which names the registrar and one reader; (letter, file)."""
    registrar = world.browser(f"secret.{HOME}")
    staged = registrar.post(
        "/uploads/", {"file": (io.BytesIO(real_pdf()), "ลับ.pdf")}, content_type="multipart/form-data"
    ).json["id"]
    typed = {"sender": "สพฐ.", "subject": WORD, "secrecy": str(level), "files": str(staged)}
    answer = registrar.submit("/saraban/incoming/new", **typed, readers=str(world.account(f"{reader}.{HOME}").id))
    assert answer.status_code == 302
    return int(answer.location.rpartition("/")[2]), staged


def test_a_secret_file_is_handed_out_with_the_reader_s_name_across_it(world):
    letter_id, file_id = with_file(world, 2)
    director, account = world.browser(f"director.{HOME}"), world.account(f"director.{HOME}")
    taken = director.get(f"/saraban/incoming/{letter_id}/files/{file_id}").get_data()
    document = pypdfium2.PdfDocument(taken)
    assert len(document) == 2
    for page in document:
        assert account.last_name in page.get_textpage().get_text_range(), "on every page"


def test_the_highest_class_is_read_on_the_screen_and_never_taken(world, monkeypatch):
    letter_id, file_id = with_file(world, 3)
    director = world.browser(f"director.{HOME}")
    assert director.get(f"/saraban/incoming/{letter_id}/files/{file_id}").status_code == 404
    assert director.get(f"/saraban/incoming/{letter_id}/files/{file_id}/read").status_code == 200
    drawn, marks = watermark.picture, []
    monkeypatch.setattr(watermark, "picture", lambda path, mark, page: marks.append(mark) or drawn(path, mark, page))
    page = director.get(f"/saraban/incoming/{letter_id}/files/{file_id}/read/2")
    assert page.get_data().startswith(b"\x89PNG")
    assert all(world.account(f"director.{HOME}").get_full_name() in mark for mark in marks)
    assert len(marks) == 1, "the reader's name stands across the page"
    director.get(f"/saraban/incoming/{letter_id}")
    assert not director.tree.xpath("//img[@class='paper']"), "a secret paper does not lie open beside its record"
    assert director.get(f"/saraban/incoming/{letter_id}/files/{file_id}/read/3").status_code == 404
    assert world.count("core_timeline", f"action = 'saraban.secret.downloaded' and record_id = {letter_id}") == 2


def test_of_a_long_paper_every_page_is_shown_and_each_part_says_which(world):
    clerk = world.browser(f"clerk.{HOME}", "th")
    sent = {"file": (io.BytesIO(pages_pdf(450)), "ยาว.pdf")}
    staged = clerk.post("/uploads/", sent, content_type="multipart/form-data").json["id"]
    answer = clerk.submit("/saraban/incoming/new", sender="สพฐ.", subject="ยาว", files=str(staged))
    address = f"/saraban/incoming/{answer.location.rpartition('/')[2]}/files/{staged}/read"
    seen: list[int] = []
    for asked, first, last in (("", 1, 200), ("?from=201", 201, 400), ("?from=401", 401, 450), ("?from=999", 401, 450)):
        page = clerk.get(address + asked).get_data(as_text=True)
        assert f"มีทั้งหมด 450 หน้า กำลังแสดงหน้า {first} ถึง {last}" in clerk.text
        shown = [int(number) for number in re.findall(rf'src="{address}/(\d+)"', page)]
        assert shown == list(range(first, last + 1))
        seen += shown
        others = {1: {"201"}, 201: {"1", "401"}, 401: {"201"}}[first]
        assert set(re.findall(rf'href="{address}\?from=(\d+)"', page)) == others
    assert set(seen) == set(range(1, 451))
    assert clerk.get(f"{address}/450").get_data().startswith(b"\x89PNG")
    assert clerk.get(f"{address}?from=x").status_code == 200
    assert clerk.get(f"{address}?from=-9").status_code == 200


def test_a_page_that_cannot_be_drawn_says_why_in_its_place(world):
    clerk = world.browser(f"clerk.{HOME}")
    for name, data in (("เสีย.pdf", b"%PDF-1.7 nothing"), ("ล็อก.docx", office("word/document.xml", b"<x/>"))):
        sent = {"file": (io.BytesIO(data), name)}
        staged = clerk.post("/uploads/", sent, content_type="multipart/form-data").json["id"]
        answer = clerk.submit("/saraban/incoming/new", sender="สพฐ.", subject=name, files=str(staged))
        address = f"/saraban/incoming/{answer.location.rpartition('/')[2]}/files/{staged}/read"
        assert clerk.get(address).status_code == 422
        assert "This file cannot be shown" in clerk.text
        page = clerk.get(f"{address}/1")
        assert (page.status_code, page.mimetype) == (422, "image/png")
        assert page.get_data().startswith(b"\x89PNG"), "the words, drawn"
        assert "no-store" in page.headers["Cache-Control"]


def test_a_grant_to_read_ends(world):
    letter_id, _file = with_file(world, 1)
    registrar, director = world.browser(f"secret.{HOME}"), world.browser(f"director.{HOME}")
    chosen = str(world.account(f"director.{HOME}").id)
    address = f"/saraban/incoming/{letter_id}/readers"
    assert registrar.submit(address, readers=chosen, until=near(-1)).status_code == 422
    assert registrar.submit(address, readers=chosen, until=near(0)).status_code == 302
    assert director.get(f"/saraban/incoming/{letter_id}").status_code == 200
    world.owner(f"update core_secret_reader set ends_on = '{today() - timedelta(days=1)}' where ends_on is not null")
    assert director.get(f"/saraban/incoming/{letter_id}").status_code == 404
    assert registrar.get(f"/saraban/incoming/{letter_id}").status_code == 200


def test_readers_are_named_anew_from_those_who_are_and_nobody_goes_unseen_or_with_the_letter_before_them(world):
    """Saved as it opens, nothing is changed; many cleared colleagues hide no reader."""
    letter_id, _file = with_file(world, 1)
    registrar, reader = world.browser(f"secret.{HOME}"), world.browser(f"director.{HOME}")
    chief, page = world.account(f"director.{HOME}"), f"/saraban/incoming/{letter_id}"
    name = f"{chief.first_name} {chief.last_name}"

    def named() -> list[tuple[int, str]]:
        with world.session(clearance=3) as s:
            named = s.scalars(select(SecretReader).where(SecretReader.kind == "saraban_incoming"))
            return sorted((one.user_id, str(one.ends_on)) for one in named if one.record_id == letter_id)

    typed = {"readers": str(chief.id), "until": near(5)}
    assert registrar.submit(f"{page}/readers", **typed).status_code == 302, registrar.errors()
    before = named()
    assert (chief.id, str(today() + timedelta(days=5))) in before
    world.owner(f"update ab_user set clearance = 1, first_name = '!' where username <> '{chief.username}'")
    registrar = world.browser(f"secret.{HOME}")
    assert registrar.submit(f"{page}/readers").status_code == 302, registrar.errors()
    assert named() == before, "saved as it opened"
    bulk, chosen = "/saraban/incoming/bulk", str(chief.id)
    assert registrar.submit(f"{bulk}/propose?ids={letter_id}", holder_id=chosen).status_code == 302
    for holder in ("before the director", "with the director"):
        answer = registrar.submit(f"{page}/readers", readers=[])
        assert answer.status_code == 422, holder
        assert [said for said in registrar.errors() if name in said], registrar.errors()
        if holder == "before the director":
            reader.submit(f"{bulk}/direct?ids={letter_id}", text="ดำเนินการเอง", officers=chosen, lead_id="0")
    assert reader.get(page).status_code == 200
    report = f"/saraban/assignments/bulk/report?ids={_task(world, letter_id)}"
    assert reader.submit(report, report="แล้ว").status_code == 302, reader.errors()
    assert registrar.submit(f"{page}/readers", readers=[]).status_code == 302, registrar.errors()
    assert reader.get(page).status_code == 404
    registrar.get(page)
    history = " ".join(registrar.tree.xpath("//*[@id='timeline']")[0].text_content().split())
    assert "readers named anew" in history
    assert name in history.partition("readers named anew")[2], "who was left out stands there by name"


def _task(world, letter_id: int) -> int:
    with world.session(user=f"director.{HOME}") as s:
        return s.scalars(select(Assignment.id).where(Assignment.letter_id == letter_id)).one()


def test_a_refusal_is_counted_where_only_its_readers_see_it(world, secret):
    """By person, letter and day: a thousand looks make one line, and tell who looks nothing."""
    clerk = world.browser(f"clerk.{HOME}")
    before = world.count("core_timeline")
    for _look in range(5):
        assert clerk.get(f"/saraban/incoming/{secret}").status_code == 404
    assert clerk.post(f"/saraban/incoming/{secret}/cancel", {"reason": "ลอง"}).status_code == 404
    clerk.get("/saraban/incoming/999999")
    assert world.count("core_timeline") == before
    assert world.count("saraban_refused_look") == 1
    assert world.count("saraban_refused_look", f"looks = 6 and record_id = {secret}") == 1
    name = world.account(f"clerk.{HOME}").last_name
    registrar = world.browser(f"secret.{HOME}")
    registrar.get(f"/saraban/incoming/{secret}")
    assert "Tried to read it and was refused" in registrar.text
    assert "6 times" in registrar.text
    with world.session(user=f"clerk.{HOME}") as s:
        assert s.scalars(select(RefusedLook)).all() == [], "not even their own"
    assert name in registrar.text


def test_a_secret_letter_is_refused_with_the_very_steps_of_one_that_does_not_exist(world, secret):
    """Who measures learns nothing: what is counted is written when the answer is on its way."""
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get("/saraban/incoming/999999")
    asked = []
    for number in (999999, secret):
        with Statements() as seen:
            answer = clerk.client.get(f"/saraban/incoming/{number}")
            asked.append(len(seen))
        assert answer.status_code == 404
        answer.close()
    assert asked[0] == asked[1]
    assert world.count("saraban_refused_look", f"record_id = {secret}") == 1


def test_what_is_counted_holds_up_no_line_on_which_one_could_measure_it(world, secret, monkeypatch):
    """Whoever asks for the next page on the same line waited for it, and knew which numbers are secret letters'."""
    begun, go_on, done = threading.Event(), threading.Event(), []

    def count(*_facts) -> None:
        begun.set()
        go_on.wait(20)
        done.append(secret)

    monkeypatch.setattr(refusals, "count", count)
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get("/")
    cookie = {"Cookie": f"khet={clerk.client.get_cookie('khet').value}"}
    with listening(world.app) as port:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for path, status in ((f"/saraban/incoming/{secret}", 404), ("/health", 200)):
            line.request("GET", path, headers=cookie)
            answer = line.getresponse()
            answer.read()
            assert answer.status == status
            assert begun.wait(10)
            assert not done
        go_on.set()
    assert done == [secret], "a stop waits until it is written"


def hook(world) -> None:
    """The administrator lets another system hear of grave rights."""
    with world.session() as s:
        s.add(Webhook(name="x", url="https://example.org/", signing_key="k", topics=["core.grave"], active=True))


def told_outside(world) -> list[str]:
    with world.database.system("test") as session:
        rows = session.scalars(select(Delivery).where(Delivery.channel == "webhook")).all()
    return [json.loads(unseal(world.khet.settings.secret_key, row.body))["text"] for row in rows]


def test_who_was_refused_learns_of_no_line_about_it(world, secret):
    """Neither by a webhook nor by the numbers of the lines, which a gap would tell."""
    hook(world)
    admin, clerk = world.browser(f"admin.{HOME}"), world.account(f"clerk.{HOME}")
    ids = []
    for step in range(3):
        if step == 1:
            admin.get(f"/saraban/incoming/{secret}")
            world.browser(f"clerk.{HOME}").get(f"/saraban/incoming/{secret}")
            assert world.count("core_grave_log", "action = 'saraban.refused'") >= 1
        admin.submit(f"/grave-acts/ask/clearance/{clerk.id}", level=str(step + 1), reason="ตามคำสั่งแต่งตั้งฉบับใหม่")
        admin.get("/grave-log/")
        ids.append(int(admin.tree.xpath("//main//tbody//a/@href")[0].rpartition("/")[2]))
    assert not any(after - before in range(-9, 10) for before, after in itertools.pairwise(ids)), "no row of numbers"
    assert len(admin.tree.xpath("//main//tbody/tr")) == 3
    said = told_outside(world)
    assert len(said) == 3
    assert not any("ปฏิเสธ" in one for one in said)


def test_a_refused_look_is_told_in_the_director_s_language_and_by_the_login(world, secret):
    """It is written when the request is over, whose language is not the reader's."""
    world.browser(f"clerk.{HOME}").get(f"/saraban/incoming/{secret}")
    director = world.account(f"director.{HOME}")
    with world.database.system("test") as session:
        mine = select(Notice).where(Notice.user_id == director.id, Notice.topic == "core.grave")
        (said,) = [one.label for one in session.scalars(mine)]
    assert not re.search("asked|refused", said)
    assert "ลับ" in said
    assert f"clerk.{HOME}" in said


def test_the_director_is_told_once_a_day_that_somebody_tries(world, secret):
    clerk, admin = world.browser(f"clerk.{HOME}"), world.browser(f"admin.{HOME}")
    for browser in (clerk, clerk, admin):
        browser.get(f"/saraban/incoming/{secret}/files/1")
    assert world.count("core_grave_log", "action = 'saraban.refused'") == 1, "the administrator has no such page"
    account = world.account(f"director.{HOME}")
    assert world.count("core_notice", f"user_id = {account.id} and topic = 'core.grave'") == 1
    director = world.browser(f"director.{HOME}")
    director.get("/grave-log/")
    assert "was refused" in director.text
    line = director.tree.xpath("//tbody//a[contains(@href,'/grave-log/')]/@href")[0]
    admin.get("/grave-log/")
    assert "was refused" not in admin.text, "who looked would learn that there is such a paper"
    assert admin.get(line).status_code == 404


def test_a_secret_paper_is_kept_as_what_can_be_marked(world):
    registrar = world.browser(f"secret.{HOME}")
    broken = (io.BytesIO(b"%PDF-1.7 nothing"), "เสีย.pdf")
    staged = registrar.post("/uploads/", {"file": broken}, content_type="multipart/form-data").json["id"]
    answer = registrar.submit("/saraban/incoming/new", sender="สพฐ.", subject=WORD, secrecy="1", files=str(staged))
    assert answer.status_code == 422
    assert "kept as PDF" in registrar.text
    letter_id, _file = with_file(world, 1)
    assert registrar.submit(f"/saraban/incoming/{letter_id}/files", files=str(staged)).status_code == 422, "nor later"
    word = (io.BytesIO(docx("")), "หมายเหตุ.docx")
    staged = registrar.post("/uploads/", {"file": word}, content_type="multipart/form-data").json["id"]
    page = f"/saraban/incoming/{letter_id}"
    registrar.get(page)
    key = registrar.tree.xpath("//form[contains(@action,'/comment')]//input[@name='form_key']/@value")[0]
    looked = world.count("core_timeline", "action = 'saraban.secret.viewed'")
    answer = registrar.post(f"{page}/comment", {"text": "ดูแนบ", "files": str(staged), "form_key": key})
    assert answer.status_code == 422, "nor with a comment"
    assert "kept as PDF" in registrar.text
    assert world.count("core_timeline", "action = 'saraban.secret.viewed'") == looked + 1, (
        "the refusal shows the letter"
    )


def test_an_officer_who_is_named_is_told_of_their_secret_letter_and_nobody_else(world):
    letter_id, _file = with_file(world, 1)
    registrar, director = world.browser(f"secret.{HOME}"), world.browser(f"director.{HOME}")
    chosen = str(world.account(f"director.{HOME}").id)
    assert (
        registrar.submit(f"/saraban/incoming/bulk/assign?ids={letter_id}", officers=chosen, lead_id="0").status_code
        == 302
    )
    director.get("/")
    assert "/saraban/assignments/" in director.page.get_data(as_text=True), "it waits for them"
    director.get("/notices/")
    assert director.tree.xpath("//main//a[contains(@href,'/saraban/assignments/')]")
    _comes_with_a_comment_as_a_secret_paper(world, director, f"/saraban/assignments/{_task(world, letter_id)}")
    for other in ("clerk", "admin", "groupdirector"):
        browser = world.browser(f"{other}.{HOME}")
        for path in ("/", "/notices/", "/saraban/assignments/"):
            browser.get(path)
            assert WORD not in browser.text


def _comes_with_a_comment_as_a_secret_paper(world, officer, page: str) -> None:
    """What its officer says of a secret letter brings only what can be marked, which is handed out marked."""
    officer.get(page)
    key = officer.tree.xpath("//form[contains(@action,'/comment')]//input[@name='form_key']/@value")[0]
    for name, data, wanted in (("ก.docx", docx(""), 422), ("ข.pdf", real_pdf(), 302)):
        sent = {"file": (io.BytesIO(data), name)}
        staged = officer.post("/uploads/", sent, content_type="multipart/form-data").json["id"]
        said = officer.post(f"{page}/comment", {"text": "ดูแนบ", "files": str(staged), "form_key": key})
        assert said.status_code == wanted, name
    assert world.count("core_attachment", "kind = 'saraban_assignment' and secrecy = 1") == 1
    officer.get(page)
    files = [link for link in officer.tree.xpath("//main//a[@download]/@href") if link.startswith(f"{page}/files/")]
    assert len(files) == 2, "the letter's, and the comment's"
    assert officer.get(files[-1]).mimetype == "application/pdf"
    assert officer.get(f"{files[0]}/read").status_code == 200


def test_the_way_of_a_secret_letter_is_as_secret_as_it_is(world):
    registrar, clerk = world.browser(f"secret.{HOME}"), world.browser(f"clerk.{HOME}")
    answer = registrar.submit("/saraban/outgoing/new", recipient="ผู้รับลับ", subject=WORD, secrecy="1")
    number = int(answer.location.rpartition("/")[2])
    registrar.get(f"/saraban/outgoing/{number}/send")
    ways = set(registrar.tree.xpath("//select[@name='others-0-channel']/option/@value"))
    assert ways == {"", "post", "hand"}, "no way is offered that is refused"
    assert not {"schools", "office_groups", "school_groups", "offices-0-unit_id", "others-0-address"} & {
        *registrar.tree.xpath("//main//@name")
    }
    typed = {"others-0-name": "ผู้รับลับ", "others-0-channel": "hand"}
    assert registrar.submit(f"/saraban/outgoing/{number}/send", **typed).status_code == 302
    registrar.get("/saraban/dispatches/")
    assert "ผู้รับลับ" in registrar.text
    clerk.get("/saraban/dispatches/")
    assert "ผู้รับลับ" not in clerk.text


# -- break-glass ------------------------------------------------------------------------------------------------------

GLASS, REASON = "/saraban/emergency/", "ศาลขอเอกสารภายในวันนี้ นายทะเบียนลาป่วย"


@pytest.fixture
def rescuer(world):
    """The administrator, to whom two people have given the role; no right on letters comes with it."""
    account = world.account(f"admin.{HOME}")
    with world.session() as s:
        role = s.scalars(select(RoleProfile.id).where(RoleProfile.key == "saraban.emergency")).one()
        s.add(Grant(user_id=account.id, role_id=role, unit_id=world_office(s), starts_on=today()))
    return world.browser(f"admin.{HOME}")


def world_office(session) -> int:
    return session.scalars(select(Unit.id).where(Unit.kind == "office")).one()


def broken(world, browser, secret: int, **changes):
    with world.session(user=f"secret.{HOME}") as s:
        row = s.get(IncomingLetter, secret)
        asked = {"unit_id": str(row.unit_id), "book": row.book, "year": str(row.year), "number": str(row.number)}
    return browser.submit(GLASS, **{**asked, "reason": REASON, "_password": "khet-demo", **changes})


def test_the_glass_is_broken_with_a_reason_that_every_reader_gets(world, secret, rescuer):
    answer = broken(world, rescuer, secret)
    assert answer.status_code == 302, rescuer.errors()
    rescuer.get(answer.location)
    assert WORD in rescuer.text
    assert "30 minutes" in rescuer.text
    named = world.browser(f"secret.{HOME}")
    named.get("/notices/")
    assert "ฉุกเฉิน" in named.text
    assert WORD not in named.text.split("ฉุกเฉิน")[0], "a notice names the number alone"
    named.get(f"/saraban/incoming/{secret}")
    assert REASON in named.text


def test_the_director_is_told_at_once_and_it_stands_in_the_log(world, secret, rescuer):
    assert broken(world, rescuer, secret).status_code == 302
    director = world.browser(f"director.{HOME}")
    director.get("/notices/")
    address = director.tree.xpath("//main//a[contains(@href,'/grave-log/')]/@href")[0]
    director.get(address)
    assert "in an emergency" in director.text
    assert REASON in director.text
    assert WORD not in director.text, "the director is not named for the paper"
    assert "Secret incoming book" in director.text, "a number alone does not say of which book"


def test_a_director_who_is_named_for_the_paper_is_told_once(world, rescuer):
    letter_id, _file = with_file(world, 1)
    assert broken(world, rescuer, letter_id).status_code == 302
    told = f"user_id = {world.account(f'director.{HOME}').id} and topic in ('core.grave', 'saraban.emergency')"
    assert world.count("core_notice", told) == 1


def test_the_administrator_reads_that_a_glass_was_broken_and_neither_which_nor_why(world, secret, rescuer):
    """Nor head office, nor what listens outside: the secret book is not theirs."""
    hook(world)
    assert broken(world, rescuer, secret).status_code == 302
    assert broken(world, rescuer, secret, number="99999").status_code == 422
    for user, page in ((f"admin.{HOME}", "/grave-log/"), ("obec", "/head-office/grave-log/")):
        browser = world.browser(user)
        browser.get(page)
        seen = [browser.text]
        for address in browser.tree.xpath("//main//tbody//a/@href"):
            seen.append(browser.get(address).get_data(as_text=True))
        sheet = browser.post(f"{page}download", {"kind": "csv"})
        seen.append(sheet.get_data().decode("utf-8-sig"))
        for text in seen:
            assert REASON not in text
            assert "99999" not in text
            assert "Secret incoming book" not in text
        assert sum("in an emergency" in text for text in seen) >= 3, "the list, a line and the sheet say that it was"
    said = " ".join(told_outside(world))
    assert "ฉุกเฉิน" in said
    assert REASON not in said
    assert "99999" not in said


def test_a_number_that_is_not_there_is_told_and_soon_no_more_asked(world, secret, rescuer):
    """Whoever tries one number after the other would learn the secret book."""
    director = world.account(f"director.{HOME}").id
    for number in range(5):
        assert broken(world, rescuer, secret, number=str(90_000 + number)).status_code == 422
        assert "no such number" in " ".join(rescuer.errors())
    assert world.count("core_grave_log", "action = 'saraban.emergency_missed'") == 5
    assert world.count("core_notice", f"user_id = {director} and topic = 'core.grave'") == 5
    assert broken(world, rescuer, secret, number="90009").status_code == 422
    assert "too often" in " ".join(rescuer.errors())
    assert broken(world, rescuer, secret).status_code == 422, "not those that are there either"
    browser = world.browser(f"director.{HOME}")
    browser.get("/grave-log/")
    assert "90004" in browser.text
    assert REASON in browser.text


def test_the_glass_asks_for_the_password_however_lately_it_was_given(world, secret, rescuer):
    asked = broken(world, rescuer, secret, _password=None)
    assert asked.status_code == 403
    assert world.count("core_timeline", "action = 'saraban.secret.emergency'") == 0
    action = rescuer.tree.xpath("//form[@data-main]/@action")[0]
    assert rescuer.resubmit(action, _password="guess").status_code == 403
    answer = rescuer.resubmit(action, _password="khet-demo")
    assert answer.status_code == 302, rescuer.errors()
    rescuer.get(answer.location)
    assert WORD in rescuer.text


def test_nobody_takes_the_glass_for_themselves(world):
    """The role is asked for and given by two, as every grave one; the page is not there before."""
    admin, account = world.browser(f"admin.{HOME}"), world.account(f"admin.{HOME}")
    with world.session() as s:
        role = s.scalars(select(RoleProfile.id).where(RoleProfile.key == "saraban.emergency")).one()
    typed = {"role_id": str(role), "unit_id": str(world.unit()), "starts_on": near(-1), "reason": REASON}
    act = admin.submit(f"/users/{account.id}/grants/new", **typed).location
    assert admin.get(GLASS).status_code == 403
    assert world.browser(f"director.{HOME}").submit(f"{act}/consent").status_code == 302
    assert admin.get(GLASS).status_code == 200


def test_after_half_an_hour_the_glass_is_whole_again(world, secret, rescuer, monkeypatch):
    address = broken(world, rescuer, secret).location
    assert rescuer.get(address).status_code == 200
    now = time.time()
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: now + 31 * 60)
    assert rescuer.get(address).status_code == 404


def test_a_broken_glass_opens_for_nobody_else_and_nothing_else(world, secret, rescuer):
    address = broken(world, rescuer, secret).location
    assert world.browser(f"clerk.{HOME}").get(address).status_code == 403
    assert world.browser(f"director.{HOME}").get(address).status_code == 403
    for page in (f"/saraban/incoming/{secret}", f"/saraban/incoming/?q={WORD}"):
        rescuer.get(page)
        assert WORD not in rescuer.text, "it is not named for the paper"
    assert rescuer.get(address.replace(".", ".x", 1)).status_code == 404


def test_without_a_reason_or_a_right_nothing_opens(world, secret, rescuer):
    assert broken(world, rescuer, secret, reason="ด่วน").status_code == 422
    assert "Say why" in " ".join(rescuer.errors())
    assert broken(world, rescuer, secret, number="99999").status_code == 422
    assert world.browser(f"director.{HOME}").get(GLASS).status_code == 403
    assert world.count("core_timeline", "action = 'saraban.secret.emergency'") == 0


def test_another_district_s_glass_is_not_there(world, secret):
    account = world.account(f"admin.{OTHER}")
    with world.session(OTHER) as s:
        role = s.scalars(select(RoleProfile.id).where(RoleProfile.key == "saraban.emergency")).one()
        s.add(Grant(user_id=account.id, role_id=role, unit_id=world_office(s), starts_on=today()))
    there = world.browser(f"admin.{OTHER}")
    assert broken(world, there, secret, unit_id=str(world.unit(code=OTHER))).status_code == 422
    token = URLSafeTimedSerializer(world.khet.settings.secret_key, salt="break-glass").dumps(
        [SECRET_INCOMING, secret, account.id]
    )
    assert there.get(f"{GLASS}{token}").status_code == 404


def becomes_registrar(world, clearance=3):
    """The clerk holds the role and the clearance."""
    clerk, unit_id = world.account(f"clerk.{HOME}").id, world.unit()
    with world.session() as s:
        role = s.scalars(select(RoleProfile.id).where(RoleProfile.key == "saraban.secret_registrar")).one()
        s.add(Grant(user_id=clerk, role_id=role, unit_id=unit_id, starts_on=today()))
        s.get_one(Account, clerk).clearance = clearance


def successor(world, clearance=3):
    """The clerk becomes registrar of secret papers, and the one before leaves."""
    becomes_registrar(world, clearance)
    gone = world.account(f"secret.{HOME}").id
    assert world.browser(f"admin.{HOME}").post(f"/users/{gone}/leave").status_code == 302
    return world.browser(f"clerk.{HOME}")


REGISTRY = "/saraban/secret-registry/"


def test_who_becomes_registrar_takes_over_what_nobody_can_read_any_more(world, secret):
    browser = successor(world)
    assert browser.get(f"/saraban/incoming/{secret}").status_code == 404
    browser.get("/")
    assert browser.tree.xpath(f"//nav//a[@href='{REGISTRY}']"), "the way stands in the navigation"
    asked = browser.get(REGISTRY)
    assert asked.status_code == 200
    assert "no registrar in office" in browser.text
    assert WORD not in browser.text, "how many there are, and not which"
    assert browser.submit(REGISTRY, _password="khet-demo").status_code == 302, browser.errors()
    browser.get(f"/saraban/incoming/{secret}")
    assert WORD in browser.text
    assert "taken over by a registrar" in browser.text
    assert browser.get(f"/saraban/incoming/{secret}/readers").status_code == 200, "and names readers from now on"
    browser.get(REGISTRY)
    assert "nothing is to be taken over" in browser.text
    told = f"user_id = {world.account(f'director.{HOME}').id} and topic = 'core.grave' and label like '%รับช่วง%'"
    assert world.count("core_notice", told) == 1


def test_nothing_is_taken_from_a_registrar_in_office(world, secret):
    becomes_registrar(world)
    browser = world.browser(f"clerk.{HOME}")
    browser.get(REGISTRY)
    assert "nothing is to be taken over" in browser.text
    assert browser.get(f"/saraban/incoming/{secret}").status_code == 404


@pytest.mark.parametrize(
    "ended",
    [
        "update ab_user set clearance = 1 where id = :id",
        "update ab_user set active = false where id = :id",
        "update core_secret_reader set ends_on = '2020-01-01' where user_id = :id",
    ],
    ids=("cleared for less", "locked", "named for a time"),
)
def test_a_registrar_who_cannot_read_a_letter_any_more_keeps_it_from_nobody(world, secret, ended):
    """Still in office, and as good as gone: the other registrar takes the letter over."""
    becomes_registrar(world)
    world.owner(ended.replace(":id", str(world.account(f"secret.{HOME}").id)))
    browser = world.browser(f"clerk.{HOME}")
    assert browser.submit(REGISTRY, _password="khet-demo").status_code == 302, browser.errors()
    assert browser.get(f"/saraban/incoming/{secret}").status_code == 200


def test_a_registrar_takes_over_no_class_above_their_own(world, secret):
    browser = successor(world, clearance=1)
    browser.submit(REGISTRY, _password="khet-demo")
    assert browser.get(f"/saraban/incoming/{secret}").status_code == 404


def test_only_who_keeps_the_registry_of_that_office_takes_it_over(world, secret):
    successor(world)
    for user in (f"director.{HOME}", f"admin.{HOME}", f"groupclerk.{HOME}"):
        assert world.browser(user).get(REGISTRY).status_code == 403
    there = world.browser(f"secret.{OTHER}")
    there.get(REGISTRY)
    assert "nothing is to be taken over" in there.text


def test_a_secret_letter_is_offered_to_no_folder(world, secret):
    """Its registrar keeps it apart: no step is offered that would be refused, and an old link says why."""
    registrar = world.account(f"secret.{HOME}")
    with world.session(user=f"secret.{HOME}", clearance=3) as s:
        life.act(s, s.get_one(IncomingLetter, secret), "เก็บ", by=life.Signer(registrar.id, "นายทะเบียน"))
    browser = world.browser(f"secret.{HOME}")
    browser.get(f"/saraban/incoming/{secret}")
    assert not browser.tree.xpath("//main//a[contains(@href,'/bulk/store')]")
    step = f"/saraban/incoming/bulk/store?ids={secret}"
    assert browser.get(step).status_code == 302
    browser.get(browser.page.location)
    assert "kept apart" in browser.text


def test_who_gave_a_secret_letter_hears_by_name_that_its_officer_is_gone(world, secret):
    chief, gone = world.account(f"director.{HOME}"), world.account(f"secret.{HOME}")
    with world.session(user=f"secret.{HOME}") as s:
        s.add(SecretReader(kind="saraban_incoming", record_id=secret, user_id=chief.id))
    with world.session(user=f"director.{HOME}", clearance=3) as s:
        row = s.get_one(IncomingLetter, secret)
        life.assign(s, row, [gone.id], lead_id=None, by=life.Signer(chief.id, "ผอ.เขต"))
    assert world.browser(f"admin.{HOME}").post(f"/users/{gone.id}/leave").status_code == 302
    with world.session(user=f"director.{HOME}", clearance=3) as s:
        said = s.scalars(select(Notice.label).where(Notice.user_id == chief.id, Notice.topic == "core.worklist")).one()
    assert gone.get_full_name() in said
