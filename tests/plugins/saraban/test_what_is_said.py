"""Nothing is said that is not so: who has read, whose name stands under a paper, what arrived, what left the house."""

from __future__ import annotations

import io

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from core.platform.jobs import runner
from core.records.files import store
from plugins.saraban.models.dispatches import HAND, KNOWN, POST, Arrival, Dispatch
from plugins.saraban.models.endorsements import Assignment
from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter
from plugins.saraban.work.drafting import _under_the_signature
from plugins.saraban.work.exchange import Recipient
from plugins.saraban.work.life import Signer
from tests.plugins.saraban import test_drafts as drafts
from tests.plugins.saraban import test_exchange as exchange
from tests.plugins.saraban import test_life as life
from tests.plugins.saraban import test_scans as scans
from tests.support import HOME, OTHER

TASKS = "/saraban/assignments/"


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


@pytest.fixture
def director(world):
    return world.browser(f"director.{HOME}")


def given_to_three(world, clerk) -> tuple[int, dict[str, int]]:
    """A letter with three officers, the supervisor leading; the ids of their parts."""
    number = life.register(world)
    names = ("supervisor", "groupdirector", "groupclerk")
    ids = {name: world.account(f"{name}.{HOME}").id for name in names}
    chosen = [str(one) for one in ids.values()]
    answer = life.step(clerk, "assign", number, officers=chosen, lead=str(ids["supervisor"]), task="เพื่อทราบ")
    assert answer.status_code == 302, clerk.errors()
    return number, {name: part(world, number, user).id for name, user in ids.items()}


def part(world, number: int, user_id: int) -> Assignment:
    with world.session() as s:
        return s.scalars(select(Assignment).where(Assignment.letter_id == number, Assignment.user_id == user_id)).one()


def state(world, task: int) -> str:
    with world.session() as s:
        return s.get(Assignment, task).state


def test_who_has_a_letter_beside_the_lead_is_done_with_it_only_by_themselves(world, clerk):
    number, tasks = given_to_three(world, clerk)
    knows, waits = world.browser(f"groupdirector.{HOME}"), world.browser(f"groupclerk.{HOME}")
    life.step(knows, "acknowledge", tasks["groupdirector"], TASKS)
    lead = world.browser(f"supervisor.{HOME}")
    assert life.step(lead, "report", tasks["supervisor"], TASKS, report="ดำเนินการแล้ว").status_code == 302
    assert life.load(world, number).status == "done"
    assert state(world, tasks["groupdirector"]) == "released", "took note, did not report, is asked no more"
    assert state(world, tasks["groupclerk"]) == "given", "has not seen it: it still waits"
    page = waits.get(f"{TASKS}{tasks['groupclerk']}")
    assert page.status_code == 200
    assert life.step(waits, "acknowledge", tasks["groupclerk"], TASKS).status_code == 302
    assert state(world, tasks["groupclerk"]) == "released"
    assert life.step(waits, "report", tasks["groupclerk"], TASKS, report="แจ้งกลุ่มแล้ว").status_code == 302
    assert state(world, tasks["groupclerk"]) == "done"
    assert life.load(world, number).action == "ดำเนินการแล้ว", "what the lead wrote stands"


def test_an_action_that_the_clerk_writes_says_of_no_officer_that_they_reported(world, clerk):
    number, tasks = given_to_three(world, clerk)
    assert life.step(clerk, "act", number, action="เวียนแล้ว").status_code == 302
    assert {state(world, task) for task in tasks.values()} == {"given"}


def test_under_a_paper_stands_the_name_of_who_signed_it(world, clerk, director):
    draft_id = drafts.write(world, clerk, signer="นายคนอื่น มิได้ลงนาม", position="ศึกษานิเทศก์")
    chief = world.account(f"director.{HOME}")
    drafts.take(clerk, draft_id, "propose", holder_id=str(chief.id))
    assert drafts.take(director, draft_id, "sign").status_code == 302
    content = drafts.load(world, draft_id).content
    assert content["signer"].endswith(f"{chief.first_name} {chief.last_name}")
    assert content["position"] != "ศึกษานิเทศก์"


HEAD, BOTH = "ผู้อำนวยการสำนักงานเขตพื้นที่การศึกษา", ("ศึกษานิเทศก์", "ผู้อำนวยการกลุ่ม")
OWN = Signer(1, "สมชาย ใจดี", BOTH[0], title="นาย", positions=BOTH)
UNKNOWN = Signer(1, "ปราณี สายทอง")
ACTING = Signer(2, "มานพ ใจดี", "รอง ผอ.", "รักษาราชการแทน ผอ.เขต", title="นาย", positions=("รอง ผอ.",))


@pytest.mark.parametrize(
    ("typed", "position", "by", "wanted"),
    [
        ("นายสมชาย  ใจดี", "ผู้อำนวยการ กลุ่ม", OWN, ("นายสมชาย  ใจดี", "ผู้อำนวยการ กลุ่ม")),
        ("ว่าที่ร้อยตรี ดร.สมชาย ใจดี", "", OWN, ("ว่าที่ร้อยตรี ดร.สมชาย ใจดี", BOTH[0])),
        ("", "", OWN, ("นายสมชาย ใจดี", BOTH[0])),
        ("นายสมชาย ใจดี", HEAD, OWN, ("นายสมชาย ใจดี", BOTH[0])),
        ("นายอมรสมชาย ใจดี", BOTH[1], OWN, ("นายสมชาย ใจดี", BOTH[0])),
        ("ท่านสมชาย ใจดี", "", OWN, ("นายสมชาย ใจดี", BOTH[0])),
        ("นางสมชาย ใจดี", "", OWN, ("นายสมชาย ใจดี", BOTH[0])),
        ("นางปราณี สายทอง", "", UNKNOWN, ("นางปราณี สายทอง", "")),
        ("นางปราณี สายทอง", HEAD, ACTING, ("นายมานพ ใจดี", "รอง ผอ.\nรักษาราชการแทน ผอ.เขต")),
        ("นายมานพ ใจดี", HEAD, ACTING, ("นายมานพ ใจดี", "รอง ผอ.\nรักษาราชการแทน ผอ.เขต")),
    ],
    ids=["the signer's, of two posts", "ranks before it", "nothing typed", "a higher position", "ends like theirs",
         "no title", "another title", "no post is known", "another's name", "signs in another's place"],
)  # fmt: skip
def test_name_and_capacity_are_the_signer_s(typed, position, by, wanted):
    assert _under_the_signature({"signer": typed, "position": position}, by) == wanted


def test_a_position_that_khet_cannot_confirm_is_not_signed(world, clerk, director):
    chief = world.account(f"director.{HOME}")
    draft_id = drafts.write(world, clerk, signer=f"{chief.first_name} {chief.last_name}", position=HEAD)
    drafts.take(clerk, draft_id, "propose", holder_id=str(chief.id))
    world.owner(f"update core_post set ends_on = '2020-01-01' where person_id = {chief.person_id}")
    assert drafts.take(director, draft_id, "sign").status_code == 422
    assert HEAD in " ".join(director.errors())
    assert drafts.take(director, draft_id, "back", text="ลบตำแหน่งออก").status_code == 302
    assert clerk.submit(f"{drafts.DRAFTS}{draft_id}/edit", position="").status_code == 302
    drafts.take(clerk, draft_id, "propose", holder_id=str(chief.id))
    assert drafts.take(director, draft_id, "sign").status_code == 302
    assert drafts.load(world, draft_id).content["position"] == ""


def test_recipients_get_the_original_and_neither_copies_of_the_house_nor_files_of_comments(world, clerk, director):
    _draft, letter = drafts.issue(world, clerk, director)
    file = {"file": (io.BytesIO(b"%PDF-1.7 what we think of it"), "ความเห็นภายใน.pdf")}
    said = clerk.post("/uploads/", file, content_type="multipart/form-data").json["id"]
    page = f"{exchange.OUT}{letter.id}"
    assert clerk.post(f"{page}/comment", {"text": "ขอหารือก่อนส่ง", "files": [said]}).status_code == 302
    assert clerk.get(f"{page}/files/{said}").status_code == 200, "who reads the comment opens its file"
    with world.session() as s:
        own = store.attachments(s, s.get(OutgoingLetter, letter.id))
        assert [file.inside for file in own] == [False, True, True, True]
        original = own[0]
    assert "ความเห็นภายใน.pdf" not in clerk.get(f"{page}/send").get_data(as_text=True)
    [sent] = exchange.send(world, letter.id, [exchange.to(world)])
    [mailed] = exchange.send(world, letter.id, [Recipient("ภายนอก", "mail", address="a@example.go.th")])
    runner.run_all(world.app)
    with world.session(OTHER) as s:
        came = s.scalars(select(Arrival).where(Arrival.dispatch_id == sent)).one()
        assert [file.sha256 for file in store.attachments(s, came)] == [original.sha256]
    assert mailed
    with world.session() as s:
        s.get(Dispatch, mailed).token = exchange.exchange.token_hash("x" * 32)
    stranger = world.browser()
    page = stranger.get(f"/letters/{'x' * 32}").get_data(as_text=True)
    assert original.name in page
    for file in own:
        assert (file.name in page) != file.inside
        answer = stranger.get(f"/letters/{'x' * 32}/files/{file.id}")
        assert answer.status_code == (404 if file.inside else 200), file.name


def lies_in(world, browser, one: int) -> str:
    """The state under which the sender's list has a dispatch: on its board, in a group and with its filter alike."""
    base, card = "/saraban/dispatches/", f"//article[@data-id='{one}']"
    browser.get(f"{base}?as=kanban")
    [lane] = browser.tree.xpath(f"{card}/ancestor::section/@aria-label")
    for key, words in KNOWN.items():
        with world.app.test_request_context(), force_locale("th"):
            said = str(words)
        browser.get(f"{base}?state={key}")
        there = bool(browser.tree.xpath(f"//main//a[@href='{base}{one}']"))
        assert there == (lane == said), (key, lane)
        if there:
            browser.get(f"{base}?group=state")
            assert said in browser.text
            found = key
    return found


@pytest.mark.parametrize("channel", [POST, HAND])
def test_what_goes_on_paper_is_not_said_to_have_arrived(world, clerk, channel):
    number = exchange.outgoing(world)
    [one] = exchange.send(world, number, [Recipient("ที่ว่าการอำเภอ", channel)])
    thai = world.browser(f"clerk.{HOME}", "th")
    page = thai.get(f"/saraban/dispatches/{one}").get_data(as_text=True)
    assert "ส่งถึงแล้ว" not in page
    assert "เปิดอ่านแล้ว" not in page
    reached = {POST: "posted", HAND: "carried"}[channel]
    assert lies_in(world, thai, one) == reached, "nor on the board, in groups and under the filter"
    clerk.submit(f"/saraban/dispatches/bulk/handed?ids={one}", proof="EB123456789TH")
    assert exchange.load(world, Dispatch, one).proof == "EB123456789TH"
    told = thai.get(f"/saraban/dispatches/{one}").get_data(as_text=True)
    assert "เปิดอ่านแล้ว" not in told
    assert ("ยังไม่ทราบว่าถึง" in told) == (channel == POST), "a number of the post office proves that it was posted"
    assert lies_in(world, thai, one) == {POST: "posted", HAND: "taken"}[channel]


def test_a_stack_keeps_the_urgency_of_each_letter_and_asks_about_doubles(world, clerk):
    urgent = (*scans.ONE[:2], "ด่วนที่สุด ๑๔ มกราคม ๒๕๖๙", scans.ONE[3])
    stack = scans.take(world, clerk, ("ก.pdf", scans.stack(urgent, scans.BLANK, scans.TWO)))
    page = f"/saraban/scans/{stack}/register"
    clerk.get(page)
    assert clerk.page.status_code == 200
    chosen = clerk.tree.xpath("//select[@name='lines-0-speed']/option[@selected]/@value")
    assert chosen[0] == "3", "as read from the paper"
    typed = {"lines-0-sender": "สพฐ.", "lines-0-doc_date": "14/1/69", "lines-1-sender": "จังหวัดเลย"}
    assert clerk.resubmit(page, **typed).status_code == 302, clerk.errors()
    with world.session() as s:
        made = s.scalars(select(IncomingLetter).order_by(IncomingLetter.id.desc()).limit(2)).all()
        assert sorted(one.speed for one in made) == [0, 3]
    again = scans.take(world, clerk, ("ข.pdf", scans.stack(urgent)))
    page = f"/saraban/scans/{again}/register"
    sender = {"lines-0-sender": "สพฐ.", "lines-0-doc_date": "14/1/69"}
    assert clerk.submit(page, **sender).status_code == 422
    assert any("registered already" in error for error in clerk.errors())
    assert clerk.resubmit(page, **sender).status_code == 302, "saving again confirms"


@pytest.mark.parametrize("letters", ["😀", "中文"])
def test_a_draft_says_which_letters_no_paper_can_show_and_keeps_what_was_typed(world, clerk, letters):
    answer = clerk.submit(
        "/saraban/drafts/new?kind=external", subject="ขอเชิญประชุม", recipient="ก", body=f"ยินดี {letters}"
    )
    assert answer.status_code == 422
    assert any(letters in error for error in clerk.errors())
    assert letters in clerk.tree.xpath("string(//textarea[@name='body'])")


def test_what_else_stands_on_a_paper_is_refused_in_words_and_printed_as_boxes_that_are_explained(
    world, clerk, director
):
    draft = drafts.write(world, clerk)
    assert drafts.take(clerk, draft, "propose", holder_id=str(world.account(f"director.{HOME}").id)).status_code == 302
    assert drafts.take(director, draft, "sign").status_code == 302
    settings = {"unit_id": str(world.unit()), "days_normal": "2", "days_urgent": "1", "phone": "☎️ 042-811-111"}
    assert clerk.submit("/saraban/settings/new", **settings).status_code == 422
    assert any("cannot be printed on a paper: ☎" in error for error in clerk.errors())
    assert clerk.resubmit("/saraban/settings/new", phone="042-811-111").status_code == 302

    world.owner(f"update core_unit set name = 'สพป. ①' where id = {world.unit()}")
    assert clerk.get(f"{drafts.DRAFTS}{draft}/pdf").status_code == 422
    assert "cannot be printed on a paper: ① (in “สพป. ①" in clerk.text
    assert drafts.take(clerk, draft, "issue").status_code == 422
    assert any("①" in error for error in clerk.errors())

    number = exchange.outgoing(world)
    boxes = clerk.get(f"/saraban/outgoing/{number}/envelopes").get_data()
    assert "อักขระที่พิมพ์ไม่ได้: U+2460" in drafts.text_of(boxes)
    world.owner(f"update core_unit set name = 'สพป.' where id = {world.unit()}")
    assert drafts.take(clerk, draft, "issue").status_code == 302
    assert "พิมพ์ไม่ได้" not in drafts.text_of(clerk.get(f"/saraban/outgoing/{number}/envelopes").get_data())
