"""A paper from its first words to its number: versions, checking, signing, the three sets, and the way back from Word."""

from __future__ import annotations

import io
import struct
import zlib

import pypdfium2
import pytest
from docx import Document
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.thai import thai_digits, today
from core.records.files import store
from core.records.files.models import Attachment
from plugins.saraban import kinds
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter
from plugins.saraban.papers import word
from plugins.saraban.work import drafting
from plugins.saraban.work.life import Signer
from tests.support import HOME, OTHER

DRAFTS = "/saraban/drafts/"


def png(wide: int = 4, high: int = 4) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    rows = b"".join(b"\x00" + b"\x80" * min(wide, 4) for _row in range(min(high, 4)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


WORDS = {
    "subject": "ขอเชิญประชุม", "body": "ด้วยกำหนดจัดประชุม\nจึงเรียนมาเพื่อโปรดทราบ", "recipient": "ผู้อำนวยการโรงเรียน",
    "speed": "0",
}  # fmt: skip


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


@pytest.fixture
def director(world):
    return world.browser(f"director.{HOME}")


def write(world, clerk, kind: str = "external", **typed) -> int:
    known = {name for name in WORDS if name in (*kinds.BY_KEY[kind].fields, "subject", "speed")}
    answer = clerk.submit(f"{DRAFTS}new?kind={kind}", **{k: v for k, v in WORDS.items() if k in known}, **typed)
    assert answer.status_code == 302, clerk.errors()
    return int(answer.location.rpartition("/")[2])


def load(world, draft_id: int) -> Draft:
    with world.session() as s:
        return s.get(Draft, draft_id)


def take(browser, draft_id: int, step: str, *, late: bool = False, **typed):
    """A step of a draft; `late` where it does not open any more, and is sent all the same."""
    return (browser.sent_late if late else browser.submit)(f"{DRAFTS}{draft_id}/step/{step}", **typed)


def issue(world, clerk, director, kind: str = "external", **typed) -> tuple[int, OutgoingLetter]:
    """Written by the clerk, signed by the director, numbered by the clerk."""
    draft_id = write(world, clerk, kind, **typed)
    assert take(clerk, draft_id, "propose", holder_id=str(world.account(f"director.{HOME}").id)).status_code == 302
    assert take(director, draft_id, "sign").status_code == 302
    assert take(clerk, draft_id, "issue").status_code == 302
    with world.session() as s:
        return draft_id, s.get(OutgoingLetter, s.get(Draft, draft_id).letter_id)


def papers(world, letter_id: int) -> list[tuple[str, bytes]]:
    root = world.khet.settings.files_dir
    with world.session() as s:
        found = select(Attachment).where(Attachment.kind == "saraban_outgoing", Attachment.record_id == letter_id)
        return [(file.name, store.read(root, file)) for file in s.scalars(found.order_by(Attachment.id))]


def text_of(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


@pytest.mark.parametrize("kind", [kind.key for kind in kinds.KINDS])
def test_every_kind_of_paper_walks_from_its_words_to_its_own_book(world, clerk, director, kind):
    draft_id, letter = issue(world, clerk, director, kind)
    declared = kinds.BY_KEY[kind]
    assert (letter.kind, letter.book) == (kind, declared.book)
    if declared.number == kinds.BY_YEAR:
        assert letter.doc_no == f"{letter.number}/{letter.year}"
    else:
        assert letter.doc_no.endswith(f"/{letter.number}")
    assert load(world, draft_id).status == "issued"
    assert clerk.get(f"{DRAFTS}{draft_id}").status_code == 200
    assert clerk.get(f"{DRAFTS}{draft_id}/pdf").get_data().startswith(b"%PDF-")
    view = "issued" if declared.number == kinds.BY_YEAR else "outgoing"
    assert clerk.get(f"/saraban/{view}/{letter.id}").status_code == 200
    other = "outgoing" if view == "issued" else "issued"
    assert clerk.get(f"/saraban/{other}/{letter.id}").status_code == 404


def test_what_a_template_leaves_open_is_said_before_it_is_signed(world, clerk, director):
    """A letter that invites ในวันที่ … เวลา … was signed, and had its number."""
    answer = clerk.submit(f"{DRAFTS}new?kind=external&template=meeting", recipient="ผู้อำนวยการโรงเรียน")
    draft_id = int(answer.location.rpartition("/")[2])
    holder = str(world.account(f"director.{HOME}").id)
    said = "nobody has filled in"
    assert said in clerk.get(f"{DRAFTS}{draft_id}/step/propose").get_data(as_text=True)
    take(clerk, draft_id, "propose", holder_id=holder)
    assert said in director.get(f"{DRAFTS}{draft_id}/step/sign").get_data(as_text=True)
    assert said not in director.get(f"{DRAFTS}{draft_id}/step/back").get_data(as_text=True)
    filled = write(world, clerk)
    assert said not in clerk.get(f"{DRAFTS}{filled}/step/propose").get_data(as_text=True)


def test_numbering_says_one_thing_the_number(world, clerk, director):
    _draft_id, letter = issue(world, clerk, director)
    clerk.get(clerk.page.location)
    (said,) = [" ".join(node.text_content().split()) for node in clerk.tree.xpath("//main//*[@role='status']")]
    assert said == f"Registered as number {letter.doc_no}"


def test_the_three_sets_bear_the_same_number_and_date(world, clerk, director):
    """ต้นฉบับ, สำเนาเจ้าของเรื่อง, สำเนาสารบรรณกลาง (manual 000); the file copies bear who drafted, typed and checked."""
    _draft, letter = issue(world, clerk, director)
    made = papers(world, letter.id)
    assert len(made) == 3
    for _name, data in made:
        assert data.startswith(b"%PDF-")
        assert b"pdfaid:part" in data, "PDF/A"
        words = text_of(data)
        assert thai_digits(letter.doc_no) in words
        assert thai_digits(str(letter.doc_date.year + 543)) in words
    assert "ร่าง" not in text_of(made[0][1])
    assert "ร่าง" in text_of(made[1][1])
    assert "ร่าง" in text_of(made[2][1])


def test_a_draft_s_paper_is_the_present_one(world, clerk, director):
    """After an edit the new words; after numbering the original with number and date, in Word too."""
    draft_id = write(world, clerk)

    def paper() -> str:
        answer = clerk.get(f"{DRAFTS}{draft_id}/pdf")
        assert answer.headers["Cache-Control"] == "no-store"
        return text_of(answer.get_data())

    assert "ขอเชิญประชุม" in paper()
    assert clerk.submit(f"{DRAFTS}{draft_id}/edit", subject="ขอเลื่อนประชุม").status_code == 302
    changed = paper()
    assert "ขอเลื่อนประชุม" in changed
    assert "ขอเชิญประชุม" not in changed
    assert "ยังไม่ได้ออกเลขที่" in changed.replace("\n", "")
    take(clerk, draft_id, "propose", holder_id=str(world.account(f"director.{HOME}").id))
    take(director, draft_id, "sign")
    take(clerk, draft_id, "issue")
    with world.session() as s:
        found = s.get(OutgoingLetter, s.get(Draft, draft_id).letter_id)
    numbered = paper()
    assert thai_digits(found.doc_no) in numbered
    assert "ร่าง" not in numbered
    assert clerk.get(f"{DRAFTS}{draft_id}/pdf").get_data() == papers(world, found.id)[0][1], "the original itself"
    document = Document(io.BytesIO(clerk.get(f"{DRAFTS}{draft_id}/docx").get_data()))
    assert f"ที่  {thai_digits(found.doc_no)}" in [one.text for one in document.paragraphs]


def test_circulars_are_numbered_with_their_own_sign(world, clerk, director):
    _draft, letter = issue(world, clerk, director, circular="y")
    assert "/ว " in letter.doc_no
    assert letter.book == "saraban.circular"


def test_nobody_signs_what_lies_before_somebody_else(world, clerk, director):
    draft_id = write(world, clerk)
    assert take(clerk, draft_id, "sign").status_code == 403
    take(clerk, draft_id, "propose", holder_id=str(world.account(f"director.{HOME}").id))
    other = world.browser(f"groupdirector.{HOME}")
    assert take(other, draft_id, "sign").status_code in (403, 404, 422)
    assert load(world, draft_id).status == "signing"
    foreign = world.browser(f"director.{OTHER}")
    assert foreign.get(f"{DRAFTS}{draft_id}").status_code == 404


def test_an_old_form_signs_no_words_that_its_signer_has_not_seen(world, clerk, director):
    """Open before the head while the drafter fetches the draft, changes it and proposes it again."""
    draft_id, chief = write(world, clerk), world.account(f"director.{HOME}").id
    take(clerk, draft_id, "propose", holder_id=str(chief))
    director.get(f"{DRAFTS}{draft_id}/step/sign")
    seen = director.fields()
    take(clerk, draft_id, "fetch")
    assert clerk.submit(f"{DRAFTS}{draft_id}/edit", body="ขออนุมัติเงินเพิ่ม").status_code == 302
    take(clerk, draft_id, "propose", holder_id=str(chief))
    for _press in range(2):
        answer = director.client.post(f"{DRAFTS}{draft_id}/step/sign", data=seen)
        assert answer.location == f"{DRAFTS}{draft_id}"
        assert load(world, draft_id).status == "signing", "however often it is pressed"
        director.get(answer.location)
        assert "changed this while you had it open" in director.text
        assert "ขออนุมัติเงินเพิ่ม" in director.text
    assert take(director, draft_id, "sign").status_code == 302
    assert load(world, draft_id).status == "signed"


def test_what_waits_for_a_signature_does_not_change(world, clerk):
    draft_id = write(world, clerk)
    clerk.get(f"{DRAFTS}{draft_id}/edit")
    opened_before = clerk.fields() | {"subject": "เปลี่ยน"}
    take(clerk, draft_id, "propose", holder_id=str(world.account(f"director.{HOME}").id))
    assert clerk.get(f"{DRAFTS}{draft_id}/edit").location == f"{DRAFTS}{draft_id}", "no form opens that is refused"
    assert clerk.client.post(f"{DRAFTS}{draft_id}/edit", data=opened_before).status_code == 422
    assert load(world, draft_id).subject == "ขอเชิญประชุม"


def test_words_changed_behind_the_signature_are_not_numbered(world, clerk, director):
    draft_id = write(world, clerk)
    take(clerk, draft_id, "propose", holder_id=str(world.account(f"director.{HOME}").id))
    take(director, draft_id, "sign")
    world.owner(f"update saraban_draft set subject = 'แอบแก้' where id = {draft_id}")
    before = world.count("saraban_outgoing")
    take(clerk, draft_id, "issue", late=True)
    assert load(world, draft_id).status == "signed"
    assert world.count("saraban_outgoing") == before, "and no number is lost"


def test_a_draft_goes_back_with_a_reason_and_is_written_on(world, clerk, director):
    draft_id = write(world, clerk)
    take(clerk, draft_id, "propose", holder_id=str(world.account(f"director.{HOME}").id))
    assert take(director, draft_id, "back", text="").status_code == 422
    assert take(director, draft_id, "back", text="แก้วันประชุม").status_code == 302
    assert clerk.submit(f"{DRAFTS}{draft_id}/edit", body="ด้วยเลื่อนวันประชุม").status_code == 302
    clerk.get(f"{DRAFTS}{draft_id}/versions/2")
    assert clerk.tree.xpath("//ins[contains(., 'เลื่อนวันประชุม')]")
    assert clerk.tree.xpath("//del[contains(., 'กำหนดจัดประชุม')]")


def test_who_checks_stands_on_the_file_copies(world, clerk, director):
    draft_id, checker = write(world, clerk), world.account(f"groupdirector.{HOME}")
    assert take(clerk, draft_id, "check", holder_id=str(checker.id)).status_code == 302
    reviewing = world.browser(f"groupdirector.{HOME}")
    assert take(reviewing, draft_id, "propose", holder_id=str(world.account(f"director.{HOME}").id)).status_code == 302
    take(director, draft_id, "sign")
    take(clerk, draft_id, "issue")
    name = f"{checker.first_name} {checker.last_name}"
    made = papers(world, load(world, draft_id).letter_id)
    assert f"ตรวจ {name}" in text_of(made[1][1])


def test_who_checked_it_did_not_check_what_is_written_after_it_came_back(world, clerk, director):
    draft_id, checker = write(world, clerk), world.account(f"groupdirector.{HOME}")
    reviewing, head = world.browser(f"groupdirector.{HOME}"), str(world.account(f"director.{HOME}").id)
    name = f"{checker.first_name} {checker.last_name}"

    def checked() -> str:
        assert take(clerk, draft_id, "check", holder_id=str(checker.id)).status_code == 302
        assert take(reviewing, draft_id, "propose", holder_id=head).status_code == 302
        return load(world, draft_id).checked_by

    for step, by in (("back", director), ("fetch", clerk), ("unsign", director)):
        assert checked() == name
        if step == "unsign":
            assert take(director, draft_id, "sign").status_code == 302
        assert take(by, draft_id, step, text="แก้วันที่").status_code == 302, step
        assert load(world, draft_id).checked_by == "", step
    assert take(clerk, draft_id, "propose", holder_id=head).status_code == 302
    assert take(director, draft_id, "sign").status_code == 302
    assert take(clerk, draft_id, "issue").status_code == 302
    assert name not in text_of(papers(world, load(world, draft_id).letter_id)[1][1])


def test_a_version_can_be_neither_changed_nor_deleted(world, clerk):
    write(world, clerk)
    with pytest.raises(Exception, match="append-only"):
        world.owner("update saraban_draft_version set by = 'x'")


def test_an_answer_takes_over_what_it_answers(world, clerk):
    with world.session() as s:
        found = s.scalars(
            select(IncomingLetter).where(IncomingLetter.secrecy == 0, IncomingLetter.doc_no != "")
        ).first()
    clerk.get(f"{DRAFTS}new?kind=external&answers={found.id}")
    fields = clerk.fields()
    assert fields["recipient"] == [found.sender]
    assert found.doc_no in fields["reference"][0]
    assert load(world, write(world, clerk, answers_id=str(found.id))).answers_id == found.id
    school = world.browser(f"school.{HOME}")
    assert load(world, write(world, school, answers_id=str(found.id))).answers_id is None, "of a register not theirs"


def test_the_signature_s_picture_stands_on_the_paper(world, clerk, director):
    file = (io.BytesIO(png()), "ลายเซ็น.png")
    staged = director.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"]
    assert director.submit("/saraban/signature/", files=str(staged)).status_code == 302
    _draft, letter = issue(world, clerk, director)
    document = pypdfium2.PdfDocument(papers(world, letter.id)[0][1])
    kinds_of_object = [one.type for one in document[0].get_objects()]
    assert pypdfium2.raw.FPDF_PAGEOBJ_IMAGE in kinds_of_object


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"%PDF-1.7", "ลายเซ็น.pdf"),
        (png()[:-20], "ขาด.png"),
        (png(60_000, 60_000), "ยักษ์.png"),
        (b"\xff\xd8\xff\xe0", "ก.jpg"),
    ],
)
def test_what_is_no_whole_picture_is_no_signature(director, content, name):
    sent = director.post("/uploads/", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")
    if sent.status_code == 201:
        assert director.submit("/saraban/signature/", files=str(sent.json["id"])).status_code == 422
    else:
        assert (sent.status_code, name) == (422, "ก.jpg"), "a picture's first bytes alone are no picture"


def test_the_qr_code_leads_to_a_page_that_tells_whether_it_holds(world, clerk, director):
    draft_id = write(world, clerk)
    take(clerk, draft_id, "propose", holder_id=str(world.account(f"director.{HOME}").id))
    take(director, draft_id, "sign")
    known = []
    from plugins.saraban.pages import drafts

    real = drafts.token_hash
    drafts.token_hash = lambda token: known.append(token) or real(token)
    try:
        take(clerk, draft_id, "issue")
    finally:
        drafts.token_hash = real
    stranger = world.browser()
    stranger.get(f"/verify/{known[0]}")
    letter_id = load(world, draft_id).letter_id
    with world.session() as s:
        number = s.get(OutgoingLetter, letter_id).doc_no
    assert number in stranger.text
    clerk.submit(f"/saraban/outgoing/{letter_id}/cancel", reason="ผิด")
    stranger.get(f"/verify/{known[0]}")
    assert stranger.tree.xpath("//*[contains(@class,'alert-danger')]")
    assert stranger.get("/verify/" + "a" * 20).status_code == 404


def test_the_text_goes_out_to_word_and_comes_back(world, clerk):
    draft_id = write(world, clerk)
    given = clerk.get(f"{DRAFTS}{draft_id}/docx").get_data()
    document = Document(io.BytesIO(given))
    thai = [one for one in document.paragraphs if one.style.name == word.BODY]
    assert [one.text for one in thai] == WORDS["body"].split("\n")
    assert 'w:cs="TH SarabunPSK"' in document.styles[word.BODY].element.xml, "Thai has a font of its own in Word"
    assert 'w:szCs w:val="32"' in document.styles[word.BODY].element.xml
    thai[0].text = "ด้วยแก้ไขใน Word"
    changed = io.BytesIO()
    document.save(changed)
    changed.seek(0)
    staged = clerk.post("/uploads/", {"file": (changed, "ร่าง.docx")}, content_type="multipart/form-data").json["id"]
    assert clerk.submit(f"{DRAFTS}{draft_id}/word", files=str(staged)).status_code == 302
    assert load(world, draft_id).content["body"].startswith("ด้วยแก้ไขใน Word\n")


def test_a_foreign_word_document_is_refused(world, clerk):
    draft_id = write(world, clerk)
    other = io.BytesIO()
    document = Document()
    document.add_paragraph("ข้อความอื่น")
    document.save(other)
    other.seek(0)
    staged = clerk.post("/uploads/", {"file": (other, "อื่น.docx")}, content_type="multipart/form-data").json["id"]
    assert clerk.submit(f"{DRAFTS}{draft_id}/word", files=str(staged)).status_code == 422
    assert load(world, draft_id).content["body"] == WORDS["body"]


def test_a_forbidden_step_is_refused(world, clerk):
    draft_id = write(world, clerk)
    with world.session(user=f"clerk.{HOME}") as s:
        found = s.get(Draft, draft_id)
        found.holder_id = found.drafted_by_id
        with pytest.raises(RuleError, match="not possible"):
            drafting.sign(s, found, by=Signer(found.drafted_by_id, "ก", names=frozenset({found.drafted_by_id})))
        s.rollback()


def test_a_paper_is_never_dated_by_hand(world, clerk, director):
    """Number and date come from the book on the day of numbering."""
    _draft, letter = issue(world, clerk, director, "order")
    assert letter.doc_date == letter.registered_on == today()


def test_the_demo_s_head_of_a_school_finds_its_letters_and_signs_them(world):
    head = world.browser(f"schoolhead.{HOME}")
    head.get("/")
    links = [link.partition("?")[0] for link in head.tree.xpath("//main//a/@href")]
    waiting = [link for link in links if link.startswith(DRAFTS)]
    assert waiting
    draft_id = int(next(link for link in waiting if link.removeprefix(DRAFTS).isdecimal()).rpartition("/")[2])
    assert take(head, draft_id, "sign").status_code == 302
    assert load(world, draft_id).status == "signed"
    school = world.browser(f"school.{HOME}")
    assert take(school, draft_id, "issue").status_code == 302
    assert load(world, draft_id).letter_id
    head.get("/")
    links = [link.partition("?")[0] for link in head.tree.xpath("//main//a/@href")]
    letters = {link for link in links if link.startswith("/saraban/incoming/")}
    letters = {link for link in letters if link.rpartition("/")[2].isdecimal()}
    number = max(int(link.rpartition("/")[2]) for link in letters)
    with world.session() as s:
        came_in = s.scalars(
            select(IncomingLetter).where(IncomingLetter.unit_id == s.get(Draft, draft_id).unit_id)
        ).all()
    newest = sorted(one.id for one in came_in)[-3:]
    assert {f"/saraban/incoming/{one}" for one in newest} == letters, "and the newest that came in to be directed"
    directed = head.submit(f"/saraban/incoming/bulk/direct?ids={number}", text="แจ้งครูทุกคน")
    assert directed.status_code == 302, head.errors()


def test_who_signed_takes_the_signature_back_until_the_paper_has_a_number(world, clerk, director):
    draft_id = write(world, clerk, signer="", position="")
    assert take(clerk, draft_id, "propose", holder_id=str(world.account(f"director.{HOME}").id)).status_code == 302
    before = load(world, draft_id).content
    assert take(director, draft_id, "sign").status_code == 302
    address = f"{DRAFTS}{draft_id}/step/unsign"
    clerk.get(f"{DRAFTS}{draft_id}")
    assert address not in clerk.page.get_data(as_text=True)
    assert take(clerk, draft_id, "unsign", text="ขอแก้").status_code in (403, 422)
    other = world.browser(f"groupdirector.{HOME}")
    assert take(other, draft_id, "unsign", text="ขอแก้").status_code in (403, 404, 422)
    director.get(f"{DRAFTS}{draft_id}")
    assert address in director.tree.xpath("//main//a/@href")
    assert take(director, draft_id, "unsign", text=" ").status_code == 422
    assert take(director, draft_id, "unsign", text="วันที่ประชุมผิด").status_code == 302
    again = load(world, draft_id)
    assert (again.status, again.signed_by, again.signed_at, again.signature_id) == ("drafted", "", None, None)
    assert again.content == before, "name and position of who signed are gone from the words too"
    clerk.get("/notices/")
    assert "วันที่ประชุมผิด" in clerk.text, "why"
    assert f"{DRAFTS}{draft_id}" in clerk.page.get_data(as_text=True)
    clerk.get(f"{DRAFTS}{draft_id}")
    assert "วันที่ประชุมผิด" in clerk.text
    name = world.account(f"director.{HOME}").first_name
    assert name not in text_of(clerk.get(f"{DRAFTS}{draft_id}/pdf").get_data())
    assert world.count("core_waiting", f"view = 'DraftPaperView' and record_id = {draft_id}") == 1
    take(clerk, draft_id, "issue", late=True)
    assert load(world, draft_id).status == "drafted"
    assert clerk.submit(f"{DRAFTS}{draft_id}/edit", subject="ขอเชิญประชุม (แก้ไข)").status_code == 302
    take(clerk, draft_id, "propose", holder_id=str(world.account(f"director.{HOME}").id))
    assert take(director, draft_id, "sign").status_code == 302
    clerk.get("/notices/")
    assert "ลงนามร่างหนังสือที่เสนอแล้ว" in clerk.text, "the drafter, who numbers it, learns of it"
    assert take(clerk, draft_id, "issue").status_code == 302
    director.get(f"{DRAFTS}{draft_id}")
    assert address not in director.page.get_data(as_text=True)
    assert take(director, draft_id, "unsign", late=True, text="ช้าไป").status_code == 422


def test_a_drafter_is_told_when_the_draft_comes_back_and_when_it_is_signed(world, clerk, director):
    draft_id = write(world, clerk)
    take(clerk, draft_id, "propose", holder_id=str(world.account(f"director.{HOME}").id))
    assert take(director, draft_id, "back", text="แก้คำผิด").status_code == 302
    assert clerk.get("/notices/").status_code == 200
    assert f"{DRAFTS}{draft_id}" in clerk.page.get_data(as_text=True)


def test_who_loses_a_draft_is_told_and_finds_the_reason(world, clerk, director):
    draft_id = write(world, clerk)
    take(clerk, draft_id, "propose", holder_id=str(world.account(f"director.{HOME}").id))
    assert take(director, draft_id, "drop", text=" ").status_code == 422
    assert take(director, draft_id, "drop", text="ไม่ต้องออกแล้ว").status_code == 302, director.errors()
    clerk.get("/notices/")
    assert f"{DRAFTS}{draft_id}" in clerk.page.get_data(as_text=True)
    assert "ยกเลิกร่างหนังสือที่เสนอไว้" in clerk.text
    clerk.get(f"{DRAFTS}{draft_id}")
    assert "ไม่ต้องออกแล้ว" in clerk.text
    own = write(world, clerk)
    assert take(clerk, own, "drop").status_code == 302, "one's own without a reason"


def test_a_new_draft_like_another_is_as_urgent_and_a_circular_too(world):
    """Else a copied circular takes a number of the ordinary book, and neither checker nor signer sees it."""
    clerk = world.browser(f"clerk.{HOME}")
    first = write(world, clerk, circular="y")
    with world.session() as s:
        s.get_one(Draft, first).speed = 1
    clerk.get(f"{DRAFTS}{first}")
    assert "Circular" in clerk.text
    assert clerk.submit(f"{DRAFTS}new?kind=external&like={first}").status_code == 302, clerk.errors()
    again = load(world, int(clerk.page.location.rpartition("/")[2]))
    assert (again.circular, again.speed) == (True, 1)
