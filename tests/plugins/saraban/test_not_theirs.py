"""A letter that reached the wrong unit: taken back by its sender, or sent back by who got it, and what of it remains."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.base.text.thai import BANGKOK, today
from core.platform.jobs import runner
from core.platform.masterdata.holidays import closing
from core.records.files import store
from core.records.files.models import Attachment
from plugins.saraban.models.dispatches import Arrival, Dispatch
from plugins.saraban.work import exchange
from tests.plugins.saraban.test_drafts import issue
from tests.plugins.saraban.test_exchange import BOARD, OUT, TRAY, arrival_of, load, outgoing, send, to
from tests.plugins.saraban.test_pictures import remark, upload
from tests.support import HOME, OTHER, near

SUBJECT = "แจ้งปฏิทินการนิเทศ"


def files_of(world, came: Arrival, code: str) -> list[Attachment]:
    with world.session(code) as s:
        mine = (Attachment.kind == "saraban_arrival", Attachment.record_id == came.id)
        return list(s.scalars(select(Attachment).where(*mine)))


@pytest.fixture(params=[OTHER, "school"])
def mistaken(world, request):
    """Sent to another district, or to a school; read there, with its file. (dispatch id, arrival, who reads, code)"""
    school = request.param == "school"
    code, kind, user = (HOME, "school", f"school.{HOME}") if school else (OTHER, "office", f"clerk.{OTHER}")
    (sent,) = send(world, outgoing(world), [to(world, code, kind)])
    runner.run_all(world.app)
    came, reader = arrival_of(world, sent, code), world.browser(user)
    page = reader.get(f"{TRAY}{came.id}")
    assert page.status_code == 200
    assert SUBJECT in reader.text
    (file,) = files_of(world, came, code)
    address = f"{TRAY}{came.id}/files/{file.id}"
    assert reader.get(address).status_code == 200
    runner.run_all(world.app)
    path = store.path_of(world.khet.settings.files_dir, file)
    assert path.is_file()
    return sent, came, reader, code, address, path


def is_gone(world, came, reader, code, address, path, why) -> None:
    """Words and file are gone; number, sender, who, when and why stay."""
    assert reader.get(address).status_code == 404
    assert not path.exists(), "the file is gone from the disk too"
    assert files_of(world, came, code) == []
    for page in (f"{TRAY}{came.id}", TRAY, "/", "/notices/"):
        assert reader.get(page).status_code == 200
        assert SUBJECT not in reader.page.get_data(as_text=True), page
    reader.get(f"{TRAY}{came.id}")
    for said in (came.doc_no, came.sender, why, f"{today():%-d %b %Y}"):
        assert said in reader.text, said
    assert world.count("core_timeline", f"kind = 'saraban_arrival' and record_label like '%{SUBJECT}%'") == 0
    assert world.count("core_waiting", f"kind = 'saraban_arrival' and record_id = {came.id} and"
                       f" district_id = {world.district_id(code)}") == 0  # fmt: skip
    assert reader.sent_late(f"{TRAY}bulk/register?ids={came.id}").status_code == 422


def test_of_what_is_taken_back_neither_words_nor_files_stay_with_the_mistaken_recipient(world, mistaken):
    sent, came, reader, code, address, path = mistaken
    clerk = world.browser(f"clerk.{HOME}")
    assert clerk.submit(f"{BOARD}bulk/recall?ids={sent}", reason="ส่งผิดหน่วยงาน").status_code == 302
    runner.run_all(world.app)
    is_gone(world, came, reader, code, address, path, "ส่งผิดหน่วยงาน")
    assert load(world, Dispatch, sent).subject == SUBJECT, "its sender keeps all of it"


def test_who_gets_what_is_not_theirs_sends_it_back_with_a_reason_that_the_sender_reads(world, mistaken):
    sent, came, reader, code, address, path = mistaken
    back = f"{TRAY}bulk/send_back?ids={came.id}&back=record"
    reader.get(f"{TRAY}{came.id}")
    assert reader.tree.xpath("//a[contains(@href, 'bulk/send_back')]")
    assert reader.submit(back, text="").status_code == 422
    assert reader.submit(back, text="เป็นของกลุ่มแผน").status_code == 302
    runner.run_all(world.app)
    is_gone(world, came, reader, code, address, path, "เป็นของกลุ่มแผน")
    one = load(world, Dispatch, sent)
    assert (one.state, one.problem) == ("returned", "เป็นของกลุ่มแผน")
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get(f"{BOARD}{sent}")
    assert "เป็นของกลุ่มแผน" in clerk.text
    clerk.get("/notices/")
    assert "ส่งหนังสือนี้คืน" in clerk.text, "in the reader's own language"
    assert reader.sent_late(back, text="อีกครั้ง").status_code == 422


def test_an_answer_noted_by_hand_invents_nothing_and_hides_no_return_and_a_return_takes_nobody_s_own_file(world):
    (sent,) = send(world, outgoing(world), [to(world)])
    runner.run_all(world.app)
    clerk, reader = world.browser(f"clerk.{HOME}"), world.browser(f"clerk.{OTHER}")
    assert clerk.submit(f"{BOARD}bulk/answered?ids={sent}").status_code == 302
    one, came = load(world, Dispatch, sent), arrival_of(world, sent)
    assert one.state == "answered"
    assert (one.opened_at, one.registered_at, one.acknowledged_at) == (None, None, None), "nobody there has said so"
    (theirs,) = files_of(world, came, OTHER)
    page = f"{TRAY}{came.id}"
    remark(reader, page, upload(reader, b"%PDF-1.7 own", "บันทึกของเรา.pdf"))
    (own,) = (file for file in files_of(world, came, OTHER) if file.id != theirs.id)
    assert reader.submit(f"{TRAY}bulk/send_back?ids={came.id}", text="ไม่ใช่ของเรา").status_code == 302
    runner.run_all(world.app)
    assert (load(world, Dispatch, sent).state, load(world, Dispatch, sent).problem) == ("returned", "ไม่ใช่ของเรา")
    clerk.get("/notices/")
    assert "ส่งหนังสือนี้คืน" in clerk.text, "the sender is told whatever the line said"
    assert reader.get(f"{page}/files/{own.id}").get_data() == b"%PDF-1.7 own", "their comment keeps its file"
    assert reader.get(f"{page}/files/{theirs.id}").status_code == 404


@pytest.mark.parametrize("way", ["came back", "taken back"])
def test_what_lies_with_its_recipient_no_longer_can_go_there_again(world, way):
    """From its line and from the letter's own form, and is refused while it is there."""
    number = outgoing(world)
    clerk, reader = world.browser(f"clerk.{HOME}"), world.browser(f"clerk.{OTHER}")
    office = {"offices-0-unit_id": str(world.unit("office", OTHER))}
    assert clerk.submit(f"{OUT}{number}/send", **office).status_code == 302
    with world.session() as s:
        first = s.scalars(select(Dispatch.id).where(Dispatch.letter_id == number)).one()

    def goes_back(sent: int) -> None:
        runner.run_all(world.app)
        if way == "came back":
            came = arrival_of(world, sent)
            assert reader.submit(f"{TRAY}bulk/send_back?ids={came.id}", text="กดผิด").status_code == 302
        else:
            assert clerk.submit(f"{BOARD}bulk/recall?ids={sent}", reason="ลืมแนบไฟล์").status_code == 302
        runner.run_all(world.app)

    def offered(sent: int) -> bool:
        clerk.get(f"{BOARD}{sent}")
        return bool(clerk.tree.xpath("//a[contains(@href, 'bulk/again')]"))

    def latest() -> int:
        with world.session() as s:
            return max(s.scalars(select(Dispatch.id).where(Dispatch.letter_id == number)))

    assert not offered(first)
    assert clerk.submit(f"{OUT}{number}/send", **office).status_code == 422
    goes_back(first)
    assert offered(first)
    clerk.get(clerk.get(f"{OUT}{number}/resend").location)
    assert "sent again from its own line" in clerk.text, "it did not fail on its way"
    assert "has reached everybody" not in clerk.text
    assert clerk.submit(f"{BOARD}bulk/again?ids={first}").status_code == 302
    second = latest()
    assert not offered(first), "it is on its way"
    assert clerk.sent_late(f"{BOARD}bulk/again?ids={first}").status_code == 422
    goes_back(second)
    assert clerk.submit(f"{OUT}{number}/send", **office).status_code == 302
    third = latest()
    runner.run_all(world.app)
    assert first < second < third
    gone = "returned" if way == "came back" else "recalled"
    assert [load(world, Dispatch, one).state for one in (first, second, third)] == [gone, gone, "sent"]
    came = arrival_of(world, third)
    assert came.subject == SUBJECT
    assert files_of(world, came, OTHER)
    assert reader.submit(f"{TRAY}bulk/register?ids={came.id}").status_code == 302


def test_a_mail_that_failed_goes_to_the_corrected_address(world):
    number = outgoing(world)
    to_mail = [exchange.Recipient("ร้านค้า", "mail", address=f"{name}@example.go.th") for name in ("wrong", "right")]
    (wrong,) = send(world, number, to_mail[:1])
    world.owner(f"update saraban_dispatch set state = 'failed' where id = {wrong}")
    (right,) = send(world, number, to_mail)
    assert load(world, Dispatch, right).address == "right@example.go.th"


def test_what_is_registered_is_not_sent_back(world, mistaken):
    sent, came, reader, code, _address, path = mistaken
    assert reader.submit(f"{TRAY}bulk/register?ids={came.id}").status_code == 302
    assert reader.sent_late(f"{TRAY}bulk/send_back?ids={came.id}", text="ไม่ใช่").status_code == 422
    runner.run_all(world.app)
    assert load(world, Dispatch, sent).state == "registered"
    assert path.is_file()


def test_the_day_of_the_answer_goes_with_the_letter_into_the_register_and_to_its_officer(world):
    clerk, number = world.browser(f"clerk.{HOME}"), outgoing(world)
    school = str(world.unit("school"))
    assert clerk.submit(f"{OUT}{number}/send", **{"offices-0-unit_id": school}, reply_by=near(7)).status_code == 302
    runner.run_all(world.app)
    with world.session() as s:
        came = s.scalars(select(Arrival).where(Arrival.unit_id == int(school)).order_by(Arrival.id.desc())).first()
    there = world.browser(f"school.{HOME}")
    assert there.submit(f"{TRAY}bulk/register?ids={came.id}").status_code == 302
    letter_id = load(world, Arrival, came.id).letter_id
    day = f"{came.reply_by:%-d %B %Y}"
    there.get(f"/saraban/incoming/{letter_id}")
    assert day in there.text
    me = str(world.account(f"school.{HOME}").id)
    assert there.submit(f"/saraban/incoming/bulk/assign?ids={letter_id}", officers=me, lead_id="0").status_code == 302
    there.get("/saraban/assignments/")
    assert f"{closing(came.reply_by).astimezone(BANGKOK):%-d %b %Y %H:%M}" in there.text


def test_before_sending_one_sees_everybody_other_districts_apart_and_what_cannot_leave(world):
    clerk, number = world.browser(f"clerk.{HOME}"), outgoing(world, circular=True)
    other = world.unit("office", OTHER)
    typed = {
        "schools": "y", "offices-0-unit_id": str(other), "others-0-name": "บริษัทสมมติ", "others-0-channel": "mail",
        "others-0-address": "a@example.org",
    }  # fmt: skip
    assert clerk.submit(f"{OUT}{number}/send", **typed).status_code == 422
    asked = clerk.tree.get_element_by_id("before-sending")
    named = asked.xpath(".//details//li/text()")
    with world.session() as s:
        schools = [one.name for one in exchange.schools_of(s, everywhere=True, on=today())]
    assert set(named) == {*schools, "บริษัทสมมติ"}, "every one of them, not the first dozen"
    apart = asked.xpath(".//strong[contains(., 'other districts')]/following-sibling::span/text()")
    assert len(apart) == 1
    assert apart[0] not in named
    assert "no SMTP is set" in asked.text_content()
    sent = clerk.resubmit(f"{OUT}{number}/send")
    assert sent.status_code == 302
    clerk.get(f"{OUT}{number}")
    assert f"On its way to {len(schools) + 2} recipients" in clerk.text


def test_the_page_before_sending_names_the_files_that_go_and_no_copies_of_the_house(world):
    clerk, director = world.browser(f"clerk.{HOME}"), world.browser(f"director.{HOME}")
    _draft, letter = issue(world, clerk, director)
    clerk.get(f"{OUT}{letter.id}/send")
    named = clerk.tree.xpath("//dl//dd[@translate='no']/div/text()")
    assert len([name for name in named if name.strip()]) == 1, named
