"""Letters between the offices of one installation: sent once, received by one key, and seen by the sender."""

from __future__ import annotations

import hashlib
import io
import json

import pypdfium2
import pytest
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.thai import today
from core.platform.jobs import runner
from core.platform.masterdata.models import School, Unit
from core.platform.notices.encryption import unseal
from core.platform.notices.models import Delivery
from core.plugins import migrate, switches
from core.records.files import store
from core.records.files.models import Attachment
from plugins.saraban.models.dispatches import Arrival, Dispatch
from plugins.saraban.models.endorsements import Assignment
from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter
from plugins.saraban.work import arrivals, delivery, exchange, registers
from tests.plugins.saraban.test_drafts import png
from tests.support import HOME, OTHER, letter, near, real_pdf

OUT, TRAY, BOARD = "/saraban/outgoing/", "/saraban/arrivals/", "/saraban/dispatches/"
#: a picture among the objects of a page
PICTURE = 3


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


def _staged(world, data: bytes, code: str = HOME) -> int:
    """A file that the office's clerk uploaded."""
    file = (io.BytesIO(data), "หนังสือ.pdf")
    browser = world.browser(f"clerk.{code}")
    return browser.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"]


def outgoing(world, **changes) -> int:
    """An outgoing letter of the office with a file."""
    staged = _staged(world, b"%PDF-1.7 letter")
    account, unit = world.account(f"clerk.{HOME}"), world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        values = {**letter(subject="แจ้งปฏิทินการนิเทศ"), "doc_no": "", "files": [staged], **changes}
        made = registers.register_outgoing(
            s, unit, values, clerk=registers.Clerk(account.id, "เสมียน", 3), today=today()
        )
        return made.id


def send(world, number: int, recipients, **more) -> list[int]:
    with world.session(user=f"clerk.{HOME}") as s:
        made = exchange.send(s, s.get(OutgoingLetter, number), recipients, reply_by=None, today=today(), **more)
        return [one.id for one in made]


def to(world, code: str = OTHER, kind: str = "office") -> exchange.Recipient:
    return exchange.Recipient("ปลายทาง", "khet", world.district_id(code), world.unit(kind, code))


def load(world, model, record_id: int, code: str = HOME):
    with world.session(code) as s:
        return s.get(model, record_id)


def arrival_of(world, dispatch_id: int, code: str = OTHER) -> Arrival:
    with world.session(code) as s:
        return s.scalars(select(Arrival).where(Arrival.dispatch_id == dispatch_id)).one()


def test_a_letter_lands_in_another_district_s_tray_and_its_fate_comes_back(world, clerk):
    number = outgoing(world)
    other = world.unit("office", OTHER)
    answer = clerk.submit(f"{OUT}{number}/send", **{"offices-0-unit_id": str(other)}, reply_by=near(7))
    assert answer.status_code == 302
    runner.run_all(world.app)
    with world.session() as s:
        sent = s.scalars(select(Dispatch).where(Dispatch.letter_id == number)).one()
    assert sent.state == "sent"
    there = world.browser(f"clerk.{OTHER}")
    came = arrival_of(world, sent.id)
    there.get(f"{TRAY}{came.id}")
    assert "แจ้งปฏิทินการนิเทศ" in there.text
    runner.run_all(world.app)
    assert load(world, Dispatch, sent.id).state == "opened"
    answer = there.submit(f"{TRAY}bulk/register?ids={came.id}")
    assert answer.status_code == 302
    runner.run_all(world.app)
    theirs = load(world, Arrival, came.id, OTHER)
    mine = load(world, Dispatch, sent.id)
    registered = load(world, IncomingLetter, theirs.letter_id, OTHER)
    there.get(answer.location)
    number_said = f"{registered.number_text}/{registered.year % 100}"
    assert there.tree.xpath("//*[@role='status']/strong/text()") == [number_said], "to be written on the paper"
    assert (mine.state, mine.their_number) == ("registered", registered.number_text)
    assert (registered.doc_no, registered.subject) == (sent.doc_no, sent.subject)
    there.submit(f"/saraban/incoming/bulk/act?ids={registered.id}", action="แจ้งโรงเรียนแล้ว")
    runner.run_all(world.app)
    assert load(world, Dispatch, sent.id).state == "acknowledged"
    assert clerk.submit(f"{BOARD}bulk/answered?ids={sent.id}").status_code == 302
    clerk.get(f"{OUT}{number}")
    assert "Answered" in clerk.text


def test_a_letter_that_has_gone_out_stays_as_far_as_it_is_whatever_is_written_on_it(world, clerk):
    """Sent, given to an officer, done, not done after all, stored: no form and no step takes it back to the desk."""
    number = outgoing(world)
    send(world, number, [exchange.Recipient("ที่ว่าการอำเภอ", "post")])
    officer, edit = world.account(f"clerk.{HOME}").id, f"{OUT}{number}/edit"
    assert clerk.submit(f"{OUT}bulk/assign?ids={number}", assignee_id=str(officer)).status_code == 302, clerk.errors()
    sent = load(world, OutgoingLetter, number)
    assert (sent.status, sent.assignee_id) == ("sent", officer)
    for action, status in (("แจ้งแล้ว", "done"), ("", "sent"), ("แจ้งแล้ว", "done")):
        assert clerk.submit(edit, action=action).status_code == 302, clerk.errors()
        assert load(world, OutgoingLetter, number).status == status
    assert clerk.sent_late(f"{OUT}bulk/assign?ids={number}", assignee_id="0").status_code == 422, "it is done"
    clerk.get(edit)
    opened = clerk.fields()
    world.owner(f"update saraban_outgoing set status = 'stored' where id = {number}")
    assert clerk.get(edit).status_code == 302, "the form of what lies in its folder does not open"
    assert clerk.client.post(edit, data={**opened, "action": ""}).status_code == 422, "nor is it saved"
    assert load(world, OutgoingLetter, number).status == "stored"


def test_a_letter_is_read_on_a_full_disk_and_counts_as_opened_later(world, clerk, monkeypatch):
    (number,) = send(world, outgoing(world), [to(world)])
    runner.run_all(world.app)
    came = arrival_of(world, number)
    there = world.browser(f"clerk.{OTHER}")
    with monkeypatch.context() as full:
        full.setattr(arrivals, "open_arrival", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        assert there.get(f"{TRAY}{came.id}").status_code == 200
        assert "แจ้งปฏิทินการนิเทศ" in there.text
        full.setattr(arrivals, "open_arrival", lambda *_: (_ for _ in ()).throw(ValueError("a fault of ours")))
        assert there.get(f"{TRAY}{came.id}").status_code == 500
    assert load(world, Arrival, came.id, OTHER).state == "sent"
    there.get(f"{TRAY}{came.id}")
    assert load(world, Arrival, came.id, OTHER).state == "opened"


def test_the_files_come_along_and_open_in_the_recipient_s_register(world):
    (sent,) = send(world, outgoing(world), [to(world)])
    runner.run_all(world.app)
    there, came = world.browser(f"clerk.{OTHER}"), arrival_of(world, sent)
    with world.session(OTHER) as s:
        file = s.scalars(select(Attachment).where(Attachment.kind == "saraban_arrival")).one()
    assert there.get(f"{TRAY}{came.id}/files/{file.id}").get_data() == b"%PDF-1.7 letter"
    there.submit(f"{TRAY}bulk/register?ids={came.id}")
    letter_id = load(world, Arrival, came.id, OTHER).letter_id
    assert there.get(f"/saraban/incoming/{letter_id}/files/{file.id}").get_data() == b"%PDF-1.7 letter"
    assert world.browser(f"clerk.{HOME}").get(f"/saraban/incoming/{letter_id}").status_code == 404


def test_a_file_that_was_attached_by_mistake_stays_in_the_house_when_the_letter_goes_again(world, clerk):
    """A circular went out with a wrong file and was taken back: the right one goes, under the same number."""
    wrong, right = _staged(world, b"%PDF-1.7 salaries"), _staged(world, b"%PDF-1.7 calendar")
    number = outgoing(world, files=[wrong])
    (first,) = send(world, number, [to(world)])
    runner.run_all(world.app)
    clerk.submit(f"{BOARD}bulk/recall?ids={first}", reason="แนบไฟล์ผิด")
    runner.run_all(world.app)
    clerk.submit(f"{OUT}{number}/files", files=str(right))
    clerk.get(f"{OUT}{number}/send")
    assert clerk.fields()["enclosed"] == [str(wrong), str(right)], "all of it goes unless somebody says otherwise"
    office = {"offices-0-unit_id": str(world.unit("office", OTHER))}
    assert clerk.resubmit(f"{OUT}{number}/send", **office, enclosed=str(right)).status_code == 302, clerk.errors()
    runner.run_all(world.app)
    with world.session(OTHER) as s:
        brought = s.scalars(select(Attachment).where(Attachment.kind == "saraban_arrival")).all()
    assert [file.sha256 for file in brought] == [hashlib.sha256(b"%PDF-1.7 calendar").hexdigest()]
    clerk.get(f"{OUT}{number}")
    assert "files kept back" in clerk.text, "and its history says so"
    clerk.get(f"{OUT}{number}/send")
    assert clerk.fields()["enclosed"] == [str(right)]


def test_a_letter_whose_file_is_damaged_is_not_delivered_without_it(world, clerk):
    letter = outgoing(world)
    (sent,) = send(world, letter, [to(world)])
    with world.session() as s:
        file = s.scalars(select(Attachment).where(Attachment.record_id == letter)).first()
    place = store.path_of(world.khet.settings.files_dir, file)
    whole = place.read_bytes()
    place.write_bytes(whole[:-1])
    runner.run_all(world.app)
    assert load(world, Dispatch, sent).state == "failed"
    assert world.count("saraban_arrival") == 0
    clerk.get(f"{OUT}{letter}")
    assert "ไฟล์ของหนังสือฉบับนี้บนเครื่องแม่ข่ายหายหรือถูกแก้ไข" in clerk.text or "missing or altered" in clerk.text
    place.write_bytes(whole)
    assert clerk.submit(f"{OUT}{letter}/resend").status_code == 302
    runner.run_all(world.app)
    assert load(world, Dispatch, sent).state == "sent"


def test_a_circular_reaches_every_school_in_one_action(world, clerk):
    number = outgoing(world, circular=True)
    assert clerk.confirm(f"{OUT}{number}/send", schools="y").status_code == 302
    runner.run_all(world.app)
    with world.session() as s:
        schools = s.scalars(select(School.unit_id).where(School.status == "open")).all()
        reached = s.scalars(select(Arrival.unit_id)).all()
    assert sorted(reached) == sorted(schools)
    assert world.count("saraban_dispatch", "state = 'sent'") == len(schools)


def test_nobody_gets_it_twice(world, clerk):
    number = outgoing(world)
    there = to(world)
    send(world, number, [there])
    with world.session(user=f"clerk.{HOME}") as s, pytest.raises(RuleError, match="not been sent"):
        exchange.send(s, s.get(OutgoingLetter, number), [there], reply_by=None, today=today())


def test_a_delivery_that_was_cut_off_goes_on_without_doubling(world, monkeypatch):
    """The job is killed after the recipient's row is written and before the sender's is."""
    (sent,) = send(world, outgoing(world), [to(world)])
    real, calls = exchange.advance, []

    def cut(*args, **kwargs):
        calls.append(args)
        raise KeyboardInterrupt

    monkeypatch.setattr(delivery.exchange, "advance", cut)
    with pytest.raises(KeyboardInterrupt):
        runner.run_all(world.app)
    monkeypatch.setattr(delivery.exchange, "advance", real)
    world.owner("update core_job set lease_until = '2020-01-01'")
    runner.run_all(world.app)
    assert world.count("saraban_arrival", f"dispatch_id = {sent}") == 1
    assert load(world, Dispatch, sent).state == "sent"


def test_a_secret_letter_goes_sealed_and_by_hand(world):
    number, there = outgoing(world, secrecy=1), to(world)
    with world.session(user=f"clerk.{HOME}", clearance=3) as s:
        one = s.get(OutgoingLetter, number)
        with pytest.raises(RuleError, match="by hand"):
            exchange.send(s, one, [there], reply_by=None, today=today())
        with pytest.raises(RuleError, match="by hand"):
            mail = exchange.Recipient("ก", "mail", address="a@example.go.th")
            exchange.send(s, one, [mail], reply_by=None, today=today())


def test_where_the_module_is_off_it_says_so_and_can_be_sent_again(world, clerk):
    with world.session(OTHER) as s:
        switches.switch(s, world.khet.switchboard, "saraban", on=False)
    (sent,) = send(world, outgoing(world), [to(world)])
    runner.run_all(world.app)
    assert load(world, Dispatch, sent).state == "failed"
    assert world.count("saraban_arrival") == 0
    with world.session(OTHER) as s:
        switches.switch(s, world.khet.switchboard, "saraban", on=True)
    assert clerk.submit(f"{BOARD}bulk/again?ids={sent}").status_code == 302
    runner.run_all(world.app)
    assert load(world, Dispatch, sent).state == "sent"


def test_the_late_are_reminded(world, clerk):
    (sent,) = send(world, outgoing(world), [to(world)])
    runner.run_all(world.app)
    assert clerk.submit(f"{BOARD}bulk/remind?ids={sent}").status_code == 302
    runner.run_all(world.app)
    there = world.browser(f"clerk.{OTHER}")
    there.get("/notices/")
    assert "เตือน" in there.text, "in the reader's own language"


def test_a_registered_arrival_is_not_registered_again(world):
    (sent,) = send(world, outgoing(world), [to(world)])
    runner.run_all(world.app)
    there, came = world.browser(f"clerk.{OTHER}"), arrival_of(world, sent)
    there.submit(f"{TRAY}bulk/register?ids={came.id}")
    assert there.sent_late(f"{TRAY}bulk/register?ids={came.id}").status_code == 422


def test_a_tray_belongs_to_its_unit(world):
    (sent,) = send(world, outgoing(world), [to(world, HOME, "group")])
    runner.run_all(world.app)
    came = arrival_of(world, sent, HOME)
    assert world.browser(f"clerk.{HOME}").get(f"{TRAY}{came.id}").status_code == 404
    assert world.browser(f"groupclerk.{HOME}").get(f"{TRAY}{came.id}").status_code == 200
    assert world.browser(f"clerk.{OTHER}").get(f"{TRAY}{came.id}").status_code == 404


def test_errands_of_the_house_stand_in_nobody_s_list_and_against_nobody_s_limit(world, clerk):
    for _n in range(8):
        send(world, outgoing(world), [to(world)])
    clerk.get("/jobs/")
    assert "Sending" not in clerk.text
    runner.run_all(world.app)
    assert world.count("saraban_dispatch", "state = 'sent'") == 8
    assert world.count("core_notice", "topic = 'core.job_ended'") == 0


def test_a_delivery_is_done_even_when_who_sent_it_is_gone(world):
    (sent,) = send(world, outgoing(world), [to(world)])
    world.owner(
        f"update ab_user set active = {'false' if world.backend == 'postgresql' else '0'} where username = 'clerk.{HOME}'"
    )
    runner.run_all(world.app)
    assert load(world, Dispatch, sent).state == "sent"


def link_of(world) -> str:
    with world.database.system("test") as s:
        body = s.scalars(select(Delivery.body).where(Delivery.channel == "mail")).one()
    return unseal(world.khet.settings.secret_key, body).rpartition("https://khet.example")[2]


def test_a_recipient_outside_opens_a_link_and_that_is_the_proof(world):
    mail = exchange.Recipient("ห้างหุ้นส่วน", "mail", address="shop@example.com")
    (sent,) = send(world, outgoing(world), [mail], public_url="https://khet.example")
    stranger, link = world.browser(), link_of(world)
    stranger.get(link)
    assert "แจ้งปฏิทินการนิเทศ" in stranger.text
    assert load(world, Dispatch, sent).state == "queued", "a mail scanner that looks is no reader"
    href = stranger.tree.xpath("//a[@download]/@href")[0]
    assert stranger.get(href).get_data() == b"%PDF-1.7 letter"
    assert load(world, Dispatch, sent).state == "opened"
    stranger.get(link)
    token = stranger.tree.xpath("//input[@name='csrf_token']/@value")[0]
    stranger.client.post(f"{link}/confirm", data={"csrf_token": token})
    assert load(world, Dispatch, sent).state == "acknowledged"


def test_a_guessed_link_and_one_of_a_cancelled_letter_open_nothing(world, clerk):
    number = outgoing(world)
    mail = exchange.Recipient("ห้างหุ้นส่วน", "mail", address="shop@example.com")
    send(world, number, [mail], public_url="https://khet.example")
    stranger, link = world.browser(), link_of(world)
    assert stranger.get("/letters/" + "a" * 32).status_code == 404
    clerk.submit(f"{OUT}{number}/cancel", reason="ผิด")
    assert stranger.get(link).status_code == 404
    assert world.count("core_delivery", "channel = 'mail'") == 0, "nor does its mail go out any more"
    assert world.count("saraban_dispatch", f"token = '{link.rpartition('/')[2]}'") == 0, "only its hash is kept"


def test_post_and_hand_are_proven_by_who_took_it(world, clerk):
    number = outgoing(world)
    typed = {
        "others-0-name": "ร้านถ่ายเอกสาร",
        "others-0-channel": "hand",
        "others-1-name": "ไม่มีเมล",
        "others-1-channel": "mail",
    }
    assert clerk.submit(f"{OUT}{number}/send", **typed).status_code == 422
    assert "no e-mail address" in clerk.text
    assert (
        clerk.submit(f"{OUT}{number}/send", **{"others-0-name": "ร้านถ่ายเอกสาร", "others-0-channel": "hand"}).status_code
        == 302
    )
    with world.session() as s:
        sent = s.scalars(select(Dispatch).where(Dispatch.letter_id == number)).one().id
    assert clerk.submit(f"{BOARD}bulk/handed?ids={sent}", proof="").status_code == 422
    assert clerk.submit(f"{BOARD}bulk/handed?ids={sent}", proof="นางสาวรับของ").status_code == 302
    assert load(world, Dispatch, sent).proof == "นางสาวรับของ"
    assert clerk.submit(f"{BOARD}bulk/correct?ids={sent}", proof="").status_code == 422
    assert clerk.submit(f"{BOARD}bulk/correct?ids={sent}", proof="นายรับจริง").status_code == 302
    assert load(world, Dispatch, sent).proof == "นายรับจริง"
    clerk.get(f"{BOARD}{sent}")
    assert "นางสาวรับของ" in clerk.text, "the history keeps what was corrected"
    assert world.browser(f"supervisor.{HOME}").get(f"{BOARD}bulk/correct?ids={sent}").status_code in (403, 404)


def test_the_directory_knows_offices_everywhere_and_schools_only_at_home(world, clerk):
    with world.session(OTHER) as s:
        office = s.scalars(select(Unit.name).where(Unit.kind == "office")).one()
        school = s.scalars(select(Unit).where(Unit.kind == "school")).first()
    found = clerk.get(f"{BOARD}offices?q={office}").json
    assert [one["text"] for one in found] == [office]
    assert str(school.id) not in [str(one["id"]) for one in clerk.get(f"{BOARD}offices?q={school.name}").json]
    number = outgoing(world)
    assert clerk.submit(f"{OUT}{number}/send", **{"offices-0-unit_id": str(school.id)}).status_code == 422


def test_another_system_sends_a_letter_and_asks_where_it_is(world):
    number, other = outgoing(world), world.unit("office", OTHER)
    system = world.browser(f"clerk.{HOME}")
    answer = system.post("/api/v1/dispatches/", {"letter_id": number, "channel": "khet", "to_unit_id": other})
    assert answer.status_code == 201
    sent = answer.json["id"]
    runner.run_all(world.app)
    state = system.client.get(f"/api/v1/dispatches/{sent}", headers=system.bearer()).json["state"]
    assert state == "sent"
    twice = system.post("/api/v1/dispatches/", {"letter_id": number, "channel": "khet", "to_unit_id": other})
    assert twice.status_code == 422
    nobody = system.post("/api/v1/dispatches/", {"letter_id": number, "channel": "khet", "to_unit_id": 999_999})
    assert nobody.status_code == 422


def take_back(world, *sent: int, reason: str = "ส่งผิดฉบับ"):
    chosen = ",".join(map(str, sent))
    return world.browser(f"clerk.{HOME}").submit(f"{BOARD}bulk/recall?ids={chosen}", reason=reason)


def test_what_was_sent_is_taken_back_before_it_is_registered(world):
    (sent,) = send(world, outgoing(world), [to(world)])
    runner.run_all(world.app)
    assert take_back(world, sent).status_code == 302
    runner.run_all(world.app)
    there, came = world.browser(f"clerk.{OTHER}"), arrival_of(world, sent)
    assert (load(world, Dispatch, sent).state, came.state) == ("recalled", "recalled")
    there.get(f"{TRAY}{came.id}")
    assert "Taken back by the sender" in there.text
    assert "ส่งผิดฉบับ" in there.text
    answer = there.sent_late(f"{TRAY}bulk/register?ids={came.id}")
    assert answer.status_code == 422
    assert "taken this letter back" in there.text
    assert world.count("core_waiting", f"view = 'ArrivalView' and record_id = {came.id}") == 0


def test_what_is_registered_there_stays_and_says_that_it_was_taken_back(world):
    (sent,) = send(world, outgoing(world), [to(world)])
    runner.run_all(world.app)
    there, came = world.browser(f"clerk.{OTHER}"), arrival_of(world, sent)
    there.submit(f"{TRAY}bulk/register?ids={came.id}")
    take_back(world, sent)
    runner.run_all(world.app)
    theirs = arrival_of(world, sent)
    assert theirs.state == "registered"
    there.get(f"/saraban/incoming/{theirs.letter_id}")
    assert "taken back by the sender" in there.text
    world.owner("update core_job set state = 'queued' where kind = 'saraban.recall'")
    runner.run_all(world.app)
    noted = f"action = 'saraban.incoming.recalled' and record_id = {theirs.letter_id}"
    assert world.count("core_timeline", noted) == 1, "a job that runs again says it once"
    there.get("/notices/")
    assert "ดึงหนังสือคืน" in there.text, "a notice speaks its reader's language"


@pytest.mark.parametrize("how", ["has it", "took note, and it was done by another", "reported"])
def test_what_its_sender_took_back_is_work_of_no_officer_any_more(world, how):
    """Registered there and given to an officer: who keeps the register keeps the paper, nobody else opens it."""
    (sent,) = send(world, outgoing(world), [to(world)])
    runner.run_all(world.app)
    there, came = world.browser(f"clerk.{OTHER}"), arrival_of(world, sent)
    there.submit(f"{TRAY}bulk/register?ids={came.id}")
    number, chief = arrival_of(world, sent).letter_id, world.account(f"director.{OTHER}")
    supervisor = world.account(f"supervisor.{OTHER}")
    officers = [str(supervisor.id), str(chief.id)]
    there.submit(f"/saraban/incoming/bulk/assign?ids={number}", officers=officers, lead_id="0")
    officer = world.browser(f"supervisor.{OTHER}")
    with world.session(OTHER) as s:
        mine = s.scalars(select(Assignment.id).where(Assignment.user_id == supervisor.id)).one()
    task = f"/saraban/assignments/{mine}"
    if how == "took note, and it was done by another":
        assert officer.submit(f"/saraban/assignments/bulk/acknowledge?ids={mine}").status_code == 302
        assert there.submit(f"/saraban/incoming/bulk/act?ids={number}", action="แจ้งโรงเรียนแล้ว").status_code == 302
    elif how == "reported":
        assert officer.submit(f"/saraban/assignments/bulk/report?ids={mine}", report="แจ้งแล้ว").status_code == 302
    there.get(f"/saraban/incoming/{number}")
    links = there.tree.xpath("//main//a[contains(@href,'/files/')]/@href")
    (file,) = [link for link in links if link.rpartition("/")[2].isdecimal()]
    reader = world.browser(f"director.{OTHER}")
    assert reader.get(file).status_code == 200
    take_back(world, sent)
    runner.run_all(world.app)
    assert world.count("core_waiting", f"view = 'AssignmentView' and user_id in ({supervisor.id}, {chief.id})") == 0
    officer.get("/notices/")
    assert "ไม่ต้องดำเนินการหนังสือนี้แล้ว" in officer.text
    officer.get(task)
    assert "ส่งผิดฉบับ" in officer.text
    report = f"/saraban/assignments/bulk/report?ids={mine}"
    assert officer.get(report).location == task, "its form does not open any more"
    assert officer.post(report, {"report": "ก"}).status_code == 422
    for who, page in ((officer, task), (reader, f"/saraban/incoming/{number}")):
        assert who.get(page).status_code == 200
        assert "/files/" not in "".join(who.tree.xpath("//main//a/@href"))
        name = file.rpartition("/")[2]
        assert who.get(f"{page}/files/{name}").status_code == 404
        assert who.get(f"{page}/files/{name}/read").status_code == 404
        assert who.get(f"{page}/files/{name}/read/1").status_code == 404
    assert reader.get(f"/saraban/incoming/{number}/stamped").status_code == 404
    assert there.get(file).status_code == 200
    if how == "has it":
        assert load(world, IncomingLetter, number, OTHER).assignee_id is None
    else:  # the action is taken out: it does not wait again
        assert there.submit(f"/saraban/incoming/{number}/edit", action="").status_code == 302
    there.get(f"/saraban/incoming/{number}")
    assert "Taken back by the sender" in there.text
    assert "/bulk/" not in "".join(there.tree.xpath("//main//a/@href")), "no step gives it out again"
    assert world.count("core_waiting", f"view = 'IncomingView' and record_id = {number}") == 0
    give_out: dict[str, dict[str, object]] = {
        "propose": {"holder_id": str(chief.id)}, "assign": {"officers": officers, "lead_id": "0"}, "act": {"action": "ก"}
    }  # fmt: skip
    for step, typed in give_out.items():
        there.sent_late(f"/saraban/incoming/bulk/{step}?ids={number}", **typed)
        assert there.page.status_code == 422, step
        assert "Taken back by the sender" in " ".join(there.errors()), step


def test_what_its_sender_took_back_is_not_found_by_the_words_of_its_files(world):
    (sent,) = send(world, outgoing(world, files=[_staged(world, real_pdf("พลับพลึงทอง"))]), [to(world)])
    runner.run_all(world.app)
    there, came = world.browser(f"clerk.{OTHER}"), arrival_of(world, sent)
    there.submit(f"{TRAY}bulk/register?ids={came.id}")
    runner.run_all(world.app)
    number, reader = arrival_of(world, sent).letter_id, world.browser(f"director.{OTHER}")

    def found() -> bool:
        reader.get("/saraban/incoming/?q=พลับพลึงทอง&year=")
        return f'data-id="{number}"' in reader.page.get_data(as_text=True)

    assert found()
    take_back(world, sent)
    runner.run_all(world.app)
    assert not found()
    there.submit(f"/saraban/incoming/{number}/correct", subject="แจ้งปฏิทินการนิเทศใหม่", reason="พิมพ์ผิด")
    there.submit(f"/saraban/incoming/{number}/files", files=[str(_staged(world, real_pdf("ลีลาวดี"), OTHER))])
    runner.run_all(world.app)
    assert not found(), "nor when its files are read once more"
    world.owner(
        f"update saraban_incoming set file_text = 'x', search_text = search_text || ' พลับพลึงทอง' where id = {number}"
    )
    assert found(), "as it was before"
    engine = world.database.owner_engine()
    migrate.downgrade(engine, world.khet.registry, "saraban", "saraban0012")
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
    assert not found(), "nor is one that was taken back before"


def test_a_cancelled_letter_is_taken_back_from_everybody(world, clerk):
    number = outgoing(world)
    (sent,) = send(world, number, [to(world)])
    runner.run_all(world.app)
    assert clerk.submit(f"{OUT}{number}/cancel", reason="ออกซ้ำ").status_code == 302
    runner.run_all(world.app)
    assert arrival_of(world, sent).state == "recalled"


def test_what_has_not_left_yet_never_arrives(world):
    (sent,) = send(world, outgoing(world), [to(world)])
    take_back(world, sent)
    runner.run_all(world.app)
    assert world.count("saraban_arrival") == 0


def test_what_is_taken_back_while_it_is_carried_is_taken_back_there(world, monkeypatch):
    """The clerk presses while the job has written the recipient's row and not yet the sender's."""
    (sent,) = send(world, outgoing(world), [to(world)])
    real = delivery._bring

    def carried(running, letter, one, files):
        outcome = real(running, letter, one, files)
        with world.session(user=f"clerk.{HOME}") as s:
            exchange.recall(s, s.get(Dispatch, one.id), "ส่งผิด")
        return outcome

    def dies(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(delivery, "_bring", carried)
    with monkeypatch.context() as cut_off:
        cut_off.setattr(delivery, "_take_back", dies)
        with pytest.raises(KeyboardInterrupt):
            runner.run_all(world.app)
    world.owner("update core_job set state = 'queued' where state = 'running'")
    runner.run_all(world.app)
    assert (load(world, Dispatch, sent).state, arrival_of(world, sent).state) == ("recalled", "recalled")


def test_paper_on_its_way_is_not_taken_back_from_the_desk(world):
    (sent,) = send(world, outgoing(world), [exchange.Recipient("จังหวัด", "post")])
    late = world.browser(f"clerk.{HOME}").sent_late(f"{BOARD}bulk/recall?ids={sent}", reason="ส่งผิดฉบับ")
    assert late.status_code == 422


def test_an_answer_that_is_sent_shows_on_the_letter_that_asked(world):
    number = outgoing(world)
    (sent,) = send(world, number, [to(world)])
    assert load(world, OutgoingLetter, number).status == "sent"
    runner.run_all(world.app)
    there, came = world.browser(f"clerk.{OTHER}"), arrival_of(world, sent)
    there.submit(f"{TRAY}bulk/register?ids={came.id}")
    theirs = arrival_of(world, sent).letter_id
    answer = there.submit(f"/saraban/drafts/new?kind=internal&answers={theirs}", body="เรียนตอบ", speed="0")
    draft = int(answer.location.rpartition("/")[2])
    director = world.account(f"director.{OTHER}").id
    there.submit(f"/saraban/drafts/{draft}/step/propose", holder_id=str(director))
    world.browser(f"director.{OTHER}").submit(f"/saraban/drafts/{draft}/step/sign")
    assert there.submit(f"/saraban/drafts/{draft}/step/issue").status_code == 302
    with world.session(OTHER) as s:
        reply = s.scalars(select(OutgoingLetter.id).order_by(OutgoingLetter.id.desc())).first()
    assert there.submit(f"{OUT}{reply}/send", **{"offices-0-unit_id": str(world.unit())}).status_code == 302
    runner.run_all(world.app)
    assert load(world, Dispatch, sent).state == "answered"
    assert load(world, OutgoingLetter, number).status == "answered"


def signed(browser) -> str:
    file = (io.BytesIO(png()), "ลายมือชื่อ.png")
    return str(browser.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"])


def test_who_takes_letters_signs_once_for_all_of_them(world, clerk):
    """แบบที่ 16 และ 17."""
    number = outgoing(world)
    both = send(
        world, number, [exchange.Recipient("โรงเรียนบ้านหนึ่ง", "hand"), exchange.Recipient("โรงเรียนบ้านสอง", "hand")]
    )
    chosen = ",".join(map(str, both))
    answer = clerk.submit(f"{BOARD}bulk/handed?ids={chosen}", proof="นายมานะ ตั้งใจ", files=signed(clerk))
    assert answer.status_code == 302
    for one in both:
        slip = pypdfium2.PdfDocument(clerk.get(f"{BOARD}{one}/receipt").get_data())[0]
        text = slip.get_textpage().get_text_range()
        assert "ใบรับหนังสือ" in text
        assert "นายมานะ" in text
        assert any(part.type == PICTURE for part in slip.get_objects())
    clerk.get(f"/reports/saraban.form16?unit_id={world.unit()}&year=0")
    assert "โรงเรียนบ้านสอง" in clerk.text
    assert "นายมานะ ตั้งใจ" in clerk.text


def test_a_signature_that_is_no_picture_is_refused(world, clerk):
    (one,) = send(world, outgoing(world), [exchange.Recipient("โรงเรียน", "hand")])
    file = (io.BytesIO(b"%PDF-1.7 x"), "ก.pdf")
    staged = clerk.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"]
    answer = clerk.submit(f"{BOARD}bulk/handed?ids={one}", proof="ก", files=str(staged))
    assert answer.status_code == 422
    assert load(world, Dispatch, one).state == "sent"


def test_every_recipient_on_paper_has_an_envelope(world, clerk):
    """แบบที่ 15."""
    number = outgoing(world, speed=3)
    send(
        world, number, [exchange.Recipient("จังหวัดเลย", "post"), exchange.Recipient("ศึกษาธิการจังหวัด", "hand"), to(world)]
    )
    pages = pypdfium2.PdfDocument(clerk.get(f"{OUT}{number}/envelopes").get_data())
    first, second = (page.get_textpage().get_text_range() for page in pages)
    assert "จังหวัดเลย" in first
    assert "ศึกษาธิการจังหวัด" in second
    assert "ด่วนที่สุด" in first
    assert world.browser(f"clerk.{OTHER}").get(f"{OUT}{number}/envelopes").status_code == 404


def test_webhooks_hear_how_far_a_sent_letter_is(world):
    admin = world.browser(f"admin.{HOME}")
    admin.submit("/webhooks/new", name="ศูนย์", url="https://example.org/x", topics=["saraban.dispatch"], active="y")
    (sent,) = send(world, outgoing(world), [to(world)])
    runner.run_all(world.app)
    world.browser(f"clerk.{OTHER}").submit(f"{TRAY}bulk/register?ids={arrival_of(world, sent).id}")
    runner.run_all(world.app)
    with world.session() as s:
        told = [
            json.loads(unseal(world.khet.settings.secret_key, one.body))
            for one in s.scalars(select(Delivery).where(Delivery.channel == "webhook"))
        ]
    assert [one["state"] for one in told] == ["sent", "registered"]
    assert told[0]["record"] == ["saraban_dispatch", sent]
    assert set(told[0]) == {"topic", "record", "at", "state", "letter_id"}, "neither to whom nor about what"
    assert "(webhooks)" not in world.browser(f"clerk.{HOME}").get("/notices/").get_data(as_text=True)


def test_before_a_letter_goes_to_many_one_sees_to_how_many_and_what_goes_along(world, clerk):
    """Nothing leaves at the first press: the number of recipients, a missing file, a missing ว are said."""
    number = outgoing(world, files=[])
    with world.session() as s:
        schools = len(exchange.schools_of(s, everywhere=True, on=today()))
    send_to_all = {"schools": "y", "reply_by": near(7)}
    assert clerk.submit(f"{OUT}{number}/send", **send_to_all).status_code == 422
    for said in (f"It goes to {schools:,} recipients", "No file is attached", "not numbered as a circular"):
        assert said in clerk.text, said
    assert world.count("saraban_dispatch", f"letter_id = {number}") == 0
    assert clerk.resubmit(f"{OUT}{number}/send", office_groups="y").status_code == 422, "that was not what was shown"
    assert clerk.resubmit(f"{OUT}{number}/send").status_code == 302
    sent = world.count("saraban_dispatch", f"letter_id = {number}")
    assert sent > schools
    assert f"On its way to {sent} recipients" in clerk.get(f"{OUT}{number}").get_data(as_text=True)


def test_a_letter_with_its_file_goes_to_one_recipient_at_once(world, clerk):
    number, other = outgoing(world), world.unit("office", OTHER)
    assert clerk.submit(f"{OUT}{number}/send", **{"offices-0-unit_id": str(other)}).status_code == 302
    assert world.count("saraban_dispatch", f"letter_id = {number}") == 1
