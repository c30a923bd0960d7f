"""The life of an incoming letter: proposed, directed, given out, acknowledged, done; in working days."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.thai import BANGKOK, today
from core.platform.masterdata import holidays
from core.platform.masterdata.models import Holiday, Unit
from core.platform.users.models import Grant, RoleProfile
from core.storage.base import utc_now
from plugins.saraban.models.endorsements import Assignment, Endorsement
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import life, registers
from tests.support import HOME, OTHER, letter

LIST = "/saraban/incoming/"


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


@pytest.fixture
def director(world):
    return world.browser(f"director.{HOME}")


def register(world, **changes) -> int:
    account, unit = world.account(f"clerk.{HOME}"), world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        made = registers.register_incoming(
            s, unit, letter(**changes), clerk=registers.Clerk(account.id, "เสมียน"), today=today()
        )
        return made.id


def html(browser) -> str:
    return browser.page.get_data(as_text=True)


def load(world, number: int) -> IncomingLetter:
    with world.session(clearance=3) as s:
        return s.get(IncomingLetter, number)


def step(browser, key: str, number: int, view: str = LIST, *, late: bool = False, **typed):
    """A step of a letter; `late` where it does not open any more, and is sent all the same."""
    return (browser.sent_late if late else browser.submit)(f"{view}bulk/{key}?ids={number}", **typed)


def propose(world, clerk, number: int, to: str = "director"):
    return step(clerk, "propose", number, holder_id=str(world.account(f"{to}.{HOME}").id), text="เพื่อโปรดพิจารณา")


def given(world, number: int, user: str) -> int:
    with world.session(clearance=3) as s:
        wanted = (Assignment.letter_id == number, Assignment.user_id == world.account(f"{user}.{HOME}").id)
        return s.scalars(select(Assignment.id).where(*wanted)).one()


def test_a_letter_goes_from_the_register_to_the_action_taken(world, clerk, director):
    number = register(world)
    assert propose(world, clerk, number).status_code == 302
    assert load(world, number).status == "proposed"
    officer = world.account(f"supervisor.{HOME}")
    answer = step(director, "direct", number, phrase="มอบผู้รับผิดชอบดำเนินการ", text="โดยเร็ว", officers=str(officer.id))
    assert answer.status_code == 302
    assert load(world, number).status == "assigned"
    supervisor, mine = world.browser(f"supervisor.{HOME}"), given(world, number, "supervisor")
    assert step(supervisor, "acknowledge", mine, "/saraban/assignments/").status_code == 302
    assert step(supervisor, "report", mine, "/saraban/assignments/", report="นิเทศแล้ว").status_code == 302
    done = load(world, number)
    assert (done.status, done.action) == ("done", "นิเทศแล้ว"), "the lead's report is form 13's การปฏิบัติ"
    clerk.get(f"{LIST}{number}")
    for written in ("เพื่อโปรดพิจารณา", "มอบผู้รับผิดชอบดำเนินการ โดยเร็ว", "นิเทศแล้ว", "ผอ.เขต", "ศึกษานิเทศก์"):
        assert written in clerk.text
    assert world.count("core_waiting", f"record_id = {number} and kind = 'saraban_incoming'") == 0


def test_what_was_signed_keeps_name_and_position_of_that_day(world, clerk, director):
    number = register(world)
    propose(world, clerk, number)
    step(director, "direct", number, text="ทราบ")
    world.owner("update core_post set position = 'เกษียณแล้ว'")
    director.get(f"{LIST}{number}")
    assert "เกษียณแล้ว" not in director.text


def test_an_endorsement_can_be_neither_changed_nor_deleted(world, clerk):
    number = register(world)
    propose(world, clerk, number)
    for statement in ("update saraban_endorsement set text = 'x'", "delete from saraban_endorsement"):
        with pytest.raises(Exception, match="append-only"):
            world.owner(statement)


def test_only_the_one_before_whom_it_lies_directs_it(world, clerk, director):
    number = register(world)
    propose(world, clerk, number)
    assert step(clerk, "direct", number, text="ทราบ").status_code in (403, 404)
    with world.session(user=f"groupdirector.{HOME}") as s:
        other = life.Signer(1, "คนอื่น", names=frozenset({1}))
        with pytest.raises(RuleError, match="somebody else"):
            life.direct(s, s.get(IncomingLetter, number), by=other, text="ทราบ")
    assert load(world, number).status == "proposed"


def test_who_takes_the_director_s_place_signs_for_them_until_the_last_day(world, clerk):
    director, stand_in = world.account(f"director.{HOME}"), world.account(f"groupdirector.{HOME}")
    unit = world.unit()
    with world.session() as s:
        role = s.scalars(select(RoleProfile).where(RoleProfile.key == "saraban.director")).one()
        s.add(
            Grant(
                user_id=stand_in.id, role_id=role.id, unit_id=unit, starts_on=today(), ends_on=today(),
                stands_in_for_id=director.id,
            )
        )  # fmt: skip
    number = register(world)
    propose(world, clerk, number)
    acting = world.browser(f"groupdirector.{HOME}", "th")
    acting.get("/")
    assert f"/saraban/incoming/{number}" in html(acting), "what waits for the director waits for who takes their place"
    assert step(acting, "direct", number, text="ทราบ").status_code == 302
    with world.session() as s:
        written = s.scalars(
            select(Endorsement).where(Endorsement.step == "directed", Endorsement.letter_id == number)
        ).one()
        assert written.user_id == stand_in.id
        assert written.acting_for == "รักษาราชการแทน ผอ.เขต"
    with world.session() as s:
        for grant in s.scalars(select(Grant).where(Grant.stands_in_for_id == director.id)):
            grant.starts_on = grant.ends_on = today() - timedelta(days=1)
    later = register(world)
    propose(world, clerk, later)
    assert step(world.browser(f"groupdirector.{HOME}"), "direct", later, text="ทราบ").status_code in (403, 404)


def test_a_place_is_taken_for_a_time_and_never_one_s_own(world):
    admin = world.browser(f"admin.{HOME}")
    account = world.account(f"groupdirector.{HOME}")
    with world.session() as s:
        role = s.scalars(select(RoleProfile).where(RoleProfile.key == "saraban.director")).one().id
    typed = {"role_id": str(role), "unit_id": str(world.unit())}
    address = f"/users/{account.id}/grants/new"
    assert admin.submit(address, **typed, stands_in_for_id=str(account.id)).status_code == 422
    endless = admin.submit(address, **typed, stands_in_for_id=str(world.account(f"director.{HOME}").id))
    assert endless.status_code == 422
    foreign = admin.submit(address, **typed, stands_in_for_id=str(world.account(f"director.{OTHER}").id))
    assert foreign.status_code == 422


def test_several_work_on_it_and_one_leads(world, clerk):
    number = register(world)
    lead, other = (world.account(f"{name}.{HOME}").id for name in ("supervisor", "groupclerk"))
    step(clerk, "assign", number, officers=[str(other), str(lead)], lead_id=str(lead), task="ประสานโรงเรียน")
    assert load(world, number).assignee_id == lead
    helper = world.browser(f"groupclerk.{HOME}")
    step(helper, "report", given(world, number, "groupclerk"), "/saraban/assignments/", report="ประสานแล้ว")
    assert load(world, number).status == "assigned", "the letter is done when its lead has reported"
    step(
        world.browser(f"supervisor.{HOME}"),
        "report",
        given(world, number, "supervisor"),
        "/saraban/assignments/",
        report="เสร็จ",
    )
    assert load(world, number).status == "done"


def test_who_leads_is_one_of_the_chosen_and_stands_wherever_the_letter_does(world, clerk, director):
    number = register(world)
    lead, other, third = (world.account(f"{name}.{HOME}") for name in ("supervisor", "groupclerk", "groupdirector"))
    chosen = [str(other.id), str(lead.id)]
    for who, key, more in ((clerk, "assign", {}), (director, "direct", {"phrase": "ทราบ"})):
        if who is director:
            propose(world, clerk, number)
        refused = step(who, key, number, officers=chosen, lead_id=str(third.id), **more)
        assert refused.status_code == 422
        (said,) = who.tree.xpath("//*[@id='lead_id-error']")
        assert "among the officers" in said.text_content()
    assert step(director, "direct", number, phrase="ทราบ", officers=[], lead_id=str(lead.id)).status_code == 422
    assert load(world, number).status == "proposed", "nothing is half done"
    assert step(director, "direct", number, phrase="ทราบ", officers=chosen, lead_id=str(lead.id)).status_code == 302
    assert load(world, number).assignee_id == lead.id
    name = f"{lead.first_name} {lead.last_name}"
    clerk.get(f"{LIST}{number}")
    (row,) = clerk.tree.xpath("//main//tr[td[normalize-space()='leads']]")
    assert name in row.text_content()
    supervisor, task = world.browser(f"supervisor.{HOME}"), given(world, number, "supervisor")
    for page in ("/saraban/assignments/", f"/saraban/assignments/{task}"):
        supervisor.get(page)
        assert "Leads" in supervisor.text


def test_who_is_taken_off_it_waits_for_it_no_longer(world, clerk):
    number = register(world)
    first, second = (world.account(f"{name}.{HOME}").id for name in ("supervisor", "groupclerk"))
    step(clerk, "assign", number, officers=str(first), lead_id="0")
    assert step(clerk, "assign", number, task="โดยเร็ว").status_code == 302, "the form begins with who has it"
    assert world.count("core_waiting", f"user_id = {first} and label like '%ขอเชิญประชุม%'") == 1
    step(clerk, "assign", number, officers=str(second), lead_id="0")
    assert world.count("core_waiting", f"user_id = {first} and label like '%ขอเชิญประชุม%'") == 0
    assert world.count("core_waiting", f"user_id = {second}") == 1
    mine, supervisor = given(world, number, "supervisor"), world.browser(f"supervisor.{HOME}")
    assert supervisor.sent_late(f"/saraban/assignments/bulk/report?ids={mine}", report="ก").status_code == 422


@pytest.mark.parametrize("way", ["cancelled", "sent back", "given to another"])
def test_whose_letter_is_taken_from_them_is_told_and_finds_neither_work_nor_files(world, clerk, director, way):
    number, officer = register(world), world.account(f"supervisor.{HOME}").id
    paper = clerk.post("/uploads/", {"file": (io.BytesIO(b"%PDF-1.4"), "a.pdf")}, content_type="multipart/form-data")
    clerk.submit(f"{LIST}{number}/files", files=[str(paper.json["id"])])
    step(clerk, "assign", number, officers=str(officer), lead_id="0")
    mine, supervisor = given(world, number, "supervisor"), world.browser(f"supervisor.{HOME}")
    supervisor.get(f"/saraban/assignments/{mine}")
    (file,) = supervisor.tree.xpath("//main//a[@download][contains(@href,'/files/')]/@href")
    assert supervisor.get(file).status_code == 200
    old_tab = world.browser(f"supervisor.{HOME}")
    old_tab.get(f"/saraban/assignments/bulk/acknowledge?ids={mine}")
    if way == "cancelled":
        answer = clerk.submit(f"{LIST}{number}/cancel", reason="ออกผิด")
    elif way == "sent back":
        answer = step(director, "return", number, text="ออกผิด")
    else:
        other = world.account(f"groupclerk.{HOME}").id
        answer = step(clerk, "assign", number, officers=str(other), lead_id="0", task="ออกผิด")
    assert answer.status_code == 302
    assert world.count("core_waiting", f"view = 'AssignmentView' and record_id = {mine}") == 0
    supervisor.get(f"{LIST}?mine=1&year=")
    assert f"{LIST}{number}" not in html(supervisor)
    supervisor.get("/notices/")
    assert "A letter is with you no longer" in supervisor.text or "ไม่ต้องดำเนินการหนังสือนี้แล้ว" in supervisor.text
    supervisor.get(f"/saraban/assignments/{mine}")
    assert "ออกผิด" in supervisor.text, "and why"
    assert "bulk/" not in "".join(supervisor.tree.xpath("//main//a/@href"))
    assert file not in html(supervisor)
    assert supervisor.get(file).status_code == 404
    assert supervisor.get(f"{file}/read").status_code == 404
    assert old_tab.resubmit(f"/saraban/assignments/bulk/acknowledge?ids={mine}").status_code == 422
    assert [said for said in old_tab.errors() if "taken back from you" in said], old_tab.errors()
    assert supervisor.sent_late(f"/saraban/assignments/bulk/report?ids={mine}", report="แล้ว").status_code == 422
    assert [said for said in supervisor.errors() if "taken back from you" in said], supervisor.errors()
    if way != "cancelled":
        assert step(clerk, "act", number, action="คุยกันแล้ว").status_code == 302
        supervisor.get(f"/saraban/assignments/{mine}")
        assert "คุยกันแล้ว" not in supervisor.text, "what is written after it was taken from them"
        director.get(f"{LIST}{number}")
        assert "คุยกันแล้ว" in director.text


def test_a_cancelled_letter_is_told_to_whom_it_lay_before(world, clerk, director):
    number = register(world)
    propose(world, clerk, number)
    assert clerk.submit(f"{LIST}{number}/cancel", reason="ออกผิด").status_code == 302
    director.get("/notices/")
    assert "A letter is with you no longer" in director.text or "ไม่ต้องดำเนินการหนังสือนี้แล้ว" in director.text


def test_a_letter_whose_action_is_taken_out_waits_for_somebody(world, clerk):
    """For the officer who leads, as long as they have not reported; else for the unit's clerks."""
    number = register(world)
    lead, other = (world.account(f"{name}.{HOME}").id for name in ("supervisor", "groupclerk"))
    step(clerk, "assign", number, officers=[str(lead), str(other)], lead_id=str(lead))
    waits = f"view = 'IncomingView' and record_id = {number}"

    def write(action: str) -> None:
        assert clerk.submit(f"{LIST}{number}/edit", action=action).status_code == 302, clerk.errors()

    write("เวียนแล้ว")
    write("")
    assert load(world, number).status == "assigned", "the lead has not reported yet"
    supervisor = world.browser(f"supervisor.{HOME}")
    step(supervisor, "report", given(world, number, "supervisor"), "/saraban/assignments/", report="นิเทศแล้ว")
    assert world.count("core_waiting", waits) == 0
    write("")
    assert load(world, number).status == "registered"
    assert world.count("core_waiting", waits) == 1
    officer = world.browser(f"groupclerk.{HOME}")
    task = given(world, number, "groupclerk")
    assert step(officer, "report", task, "/saraban/assignments/", report="แจ้งแล้ว").status_code == 302, officer.errors()
    assert world.count("core_waiting", waits) == 1
    assert step(clerk, "assign", number, officers=[str(lead)], lead_id="0").status_code == 302, clerk.errors()
    task = given(world, number, "supervisor")
    assert world.count("core_waiting", f"view = 'AssignmentView' and record_id = {task}") == 1


def test_what_came_with_a_comment_is_no_file_of_the_officer_s_page(world, clerk):
    """The comment stands on the letter's page, which not every officer opens; a file of the officer's own is theirs."""
    number = register(world)

    def upload(browser, name: str) -> str:
        file = (io.BytesIO(b"%PDF-1.4"), name)
        return str(browser.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"])

    clerk.submit(f"{LIST}{number}/files", files=[upload(clerk, "paper.pdf")])
    remark, open_to_all = upload(clerk, "remark.pdf"), upload(clerk, "comment.pdf")
    for file, audience in ((remark, "inside"), (open_to_all, "everybody")):
        answer = clerk.post(
            f"{LIST}{number}/comment", {"text": "x", "audience": audience, "files": file, "form_key": file.zfill(12)}
        )
        assert answer.status_code == 302, clerk.errors()
    clerk.get(f"{LIST}{number}")
    assert {"paper.pdf", "remark.pdf", "comment.pdf"} <= set(clerk.text.split())
    step(clerk, "assign", number, officers=str(world.account(f"supervisor.{HOME}").id), lead_id="0")
    page, supervisor = f"/saraban/assignments/{given(world, number, 'supervisor')}", world.browser(f"supervisor.{HOME}")
    own = upload(supervisor, "own.pdf")
    supervisor.post(f"{page}/comment", {"text": "x", "files": own, "form_key": "own-comment-1"})
    supervisor.get(page)
    links = supervisor.tree.xpath("//main//a[@download][contains(@href,'/files/')]/@href")
    there = {href.rpartition("/")[2] for href in links}
    assert own in there
    assert len(there) == 2, "the paper and the officer's own"
    for file in (remark, open_to_all):
        assert supervisor.get(f"{page}/files/{file}").status_code == 404
    for file in there:
        assert supervisor.get(f"{page}/files/{file}").status_code == 200


def test_an_officer_sees_their_own_letters_alone(world, clerk):
    number = register(world)
    step(clerk, "assign", number, officers=str(world.account(f"supervisor.{HOME}").id), lead_id="0")
    mine = given(world, number, "supervisor")
    assert world.browser(f"supervisor.{HOME}").get(f"/saraban/assignments/{mine}").status_code == 200
    for other in (f"groupclerk.{HOME}", f"clerk.{OTHER}"):
        assert world.browser(other).get(f"/saraban/assignments/{mine}").status_code == 404
    elsewhere = world.browser(f"director.{HOME}").get(f"/saraban/assignments/{mine}")
    assert elsewhere.location == f"{LIST}{number}", "who may open the letter is led there"


def test_a_letter_goes_back_with_a_reason(world, clerk, director):
    number = register(world)
    propose(world, clerk, number)
    assert step(director, "return", number, text="").status_code == 422
    assert step(director, "return", number, text="แนบเอกสารไม่ครบ").status_code == 302
    assert load(world, number).status == "returned"
    clerk.get(f"{LIST}{number}")
    assert "แนบเอกสารไม่ครบ" in clerk.text
    assert world.count("core_waiting", f"record_id = {number} and kind = 'saraban_incoming' and user_id is null") == 1
    told = f"topic = 'saraban.returned' and record_id = {number} and user_id = {world.account(f'clerk.{HOME}').id}"
    assert world.count("core_notice", told) == 1, "who put it up hears that it came back"
    assert world.count("core_notice", "topic = 'saraban.returned'") == 1, "and nobody else"
    by = world.account(f"director.{HOME}").get_full_name()
    assert world.count("core_notice", f"{told} and label like '%{by}%แนบเอกสารไม่ครบ%'") == 1, "by whom, and why"


def test_a_form_with_nothing_to_choose_from_says_what_to_do_and_who_does_it(world, clerk):
    """No director, no officer, no folder: said above the form, in place of a list that is empty."""
    number = register(world)
    step(clerk, "act", done := register(world, doc_no="2"), action="ทราบ")
    world.owner("delete from saraban_folder")
    keys = "'saraban.director', 'saraban.group_director'"
    world.owner(f"delete from core_grant where role_id in (select id from core_role where key in ({keys}))")
    for key, letter_id, name, said in (
        ("propose", number, "holder_id", "administrator gives somebody the role"),
        ("store", done, "folder_id", "There is no folder"),
    ):
        address = f"{LIST}bulk/{key}?ids={letter_id}"
        assert clerk.get(address).status_code == 200
        (above,) = clerk.errors()
        assert said in above
        assert not clerk.tree.xpath(f"//main//*[@name='{name}'] | //main//*[@data-save]")
        assert clerk.submit(address, **{name: "1"}).status_code == 422
        assert [above] == [one for one in clerk.errors() if said in one]
        assert "Not a valid choice" not in clerk.text


def test_a_forbidden_step_is_refused_loudly(world, clerk):
    number = register(world)
    with world.session(user=f"clerk.{HOME}") as s:
        found = s.get(IncomingLetter, number)
        with pytest.raises(RuleError, match="not possible"):
            life.direct(s, found, by=life.Signer(1, "ก", names=frozenset({1})), text="ทราบ")
    step(clerk, "act", number, action="ทราบ")
    officer = str(world.account(f"supervisor.{HOME}").id)
    assert step(clerk, "assign", number, late=True, officers=officer, lead_id="0").status_code == 422


def test_registered_but_proposed_to_nobody_shouts(world, clerk):
    number = register(world, received_on=today() - timedelta(days=20), doc_date=None)
    clerk.get(LIST + "?late=1&status=registered")
    assert f'data-id="{number}"' in html(clerk)
    clerk.get("/")
    assert "Registered, and proposed to nobody" in clerk.text
    propose(world, clerk, number)
    clerk.get(LIST + "?late=1&status=registered")
    assert f'data-id="{number}"' not in html(clerk)


MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("speed", "received", "until"),
    [
        (0, MONDAY, date(2026, 3, 4)),
        (1, MONDAY, date(2026, 3, 3)),
        (2, MONDAY, date(2026, 3, 3)),
        (3, MONDAY, MONDAY),
        (0, date(2026, 3, 5), date(2026, 3, 9)),  # over a Saturday and a Sunday
        (1, date(2026, 4, 10), date(2026, 4, 16)),  # over Songkran
        (3, date(2026, 3, 7), date(2026, 3, 9)),  # came on a Saturday
    ],
)
def test_the_limit_counts_working_days_from_the_day_it_came(world, speed, received, until):
    unit = world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        holidays.fill(s, 2026)
        found = IncomingLetter(unit_id=unit, received_on=received, speed=speed)
        assert life.limits(s, found).astimezone(BANGKOK) == datetime(
            until.year, until.month, until.day, 16, 30, tzinfo=BANGKOK
        )


def test_inside_the_ministry_a_hard_deadline_counts_before_the_rule(world):
    hard = datetime(2026, 3, 2, 11, 0, tzinfo=BANGKOK)
    unit = world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        found = IncomingLetter(unit_id=unit, received_on=MONDAY, speed=0, due_at=hard)
        assert life.limits(s, found) == hard


def test_a_unit_has_its_own_limits(world, clerk):
    answer = clerk.submit("/saraban/settings/new", unit_id=str(world.unit()), days_normal="5", days_urgent="3")
    assert answer.status_code == 302
    unit = world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        found = IncomingLetter(unit_id=unit, received_on=MONDAY, speed=0)
        assert life.limits(s, found).astimezone(BANGKOK).date() == date(2026, 3, 9)
    assert clerk.submit("/saraban/settings/new", unit_id=str(world.unit())).status_code == 422, "one set a unit"


def test_a_most_urgent_letter_alerts_the_directors_at_once(world, clerk, director):
    typed = {"sender": "สพฐ.", "recipient": "ผอ.เขต", "subject": "น้ำท่วม", "speed": "3"}
    assert clerk.submit(LIST + "new", **typed).status_code == 302
    director.get("/notices/")
    assert "น้ำท่วม" in director.text


def test_the_minutes_of_a_step_stand_beside_the_manual_s(world, clerk):
    clerk.get(LIST + "new")
    clerk.resubmit(LIST + "new", sender="สพฐ.", subject="จับเวลา")
    clerk.get(f"/reports/saraban.minutes?unit_id={world.unit()}")
    row = next(tr for tr in clerk.tree.xpath("//tbody/tr") if "Register incoming letters" in tr.text_content())
    cells = [td.text_content() for td in row]
    assert cells[4] == "1"
    assert 0 <= float(cells[5]) < 3
    assert cells[6] == "3", "ลงทะเบียนหนังสือรับ 3 นาที (manual 000)"
    assert "Sort, check" not in clerk.text, "what nobody timed is no data, not zero"


def test_what_waits_is_listed_with_place_and_days(world, clerk):
    number = register(world, subject="ค้างอยู่", received_on=today() - timedelta(days=30), doc_date=None)
    propose(world, clerk, number)
    clerk.get(f"/reports/saraban.pending?unit_id={world.unit()}")
    row = next(tr for tr in clerk.tree.xpath("//tbody/tr") if "ค้างอยู่" in tr.text_content())
    director = world.account(f"director.{HOME}")
    assert f"{director.first_name} {director.last_name}" in row.text_content()
    assert int(row[5].text_content()) >= 18


def test_a_secret_letter_is_given_to_nobody_who_is_not_named(world):
    registrar, unit = world.account(f"secret.{HOME}"), world.unit()
    chief, supervisor = (world.account(f"{name}.{HOME}").id for name in ("director", "supervisor"))
    with world.session(user=f"secret.{HOME}") as s:
        made = registers.register_incoming(
            s,
            unit,
            letter(secrecy=2, subject="ลับมากจริง"),
            clerk=registers.Clerk(registrar.id, "น", 3),
            today=today(),
        )
        by = life.Signer(registrar.id, "นายทะเบียน", names=frozenset({registrar.id}))
        with pytest.raises(RuleError, match="named"):
            life.propose(s, made, chief, by=by)
        with pytest.raises(RuleError, match="named"):
            life.assign(s, made, [supervisor], lead_id=None, by=by)
        life.assign(s, made, [registrar.id], lead_id=None, by=by, task="ลับมากจริง")
        number = made.id
    with world.session(user=f"admin.{HOME}") as s:
        assert s.scalars(select(Assignment).where(Assignment.letter_id == number)).first() is None
        assert s.scalars(select(Endorsement).where(Endorsement.letter_id == number)).first() is None


def test_holidays_are_kept_by_the_administrator(world):
    admin = world.browser(f"admin.{HOME}")
    with world.session() as s:
        for day in s.scalars(select(Holiday)):
            s.delete(day)
    assert admin.post("/holidays/fixed").status_code == 302
    assert world.count("core_holiday", f"district_id = {world.district_id()}") == 2 * len(holidays.FIXED)
    assert admin.submit("/holidays/new", day="13/4/2570", name="ซ้ำ").status_code == 422
    assert admin.submit("/holidays/new", day="1/2/2570", name="วันมาฆบูชา").status_code == 302
    assert world.browser(f"clerk.{HOME}").get("/holidays/new").status_code == 403


def test_a_letter_whose_action_is_taken_out_waits_again(world, clerk):
    number = register(world)
    clerk.submit(f"{LIST}{number}/edit", action="ทราบ", speed="0")
    assert load(world, number).status == "done"
    clerk.submit(f"{LIST}{number}/edit", action="", speed="0")
    assert load(world, number).status == "registered"
    assert world.count("core_waiting", f"record_id = {number} and kind = 'saraban_incoming'") == 1


def test_the_first_proposal_is_what_the_limit_asks_for(world, clerk):
    number = register(world)
    before = utc_now()
    propose(world, clerk, number)
    assert load(world, number).proposed_at >= before.replace(microsecond=0)


def report(browser, key: str, **asked) -> list[list[str]]:
    browser.get(f"/reports/{key}?" + "&".join(f"{name}={value}" for name, value in asked.items()))
    return [[cell.text_content().strip() for cell in row] for row in browser.tree.xpath("//tbody/tr")]


def test_letters_are_counted_by_day_and_kind(world, clerk):
    unit, year = world.unit(), today().year + 543
    before = {row[0]: row for row in report(clerk, "saraban.days", unit_id=unit, year=year)}.get(today_said())
    register(world)
    after = {row[0]: row for row in report(clerk, "saraban.days", unit_id=unit, year=year)}[today_said()]
    assert int(after[1]) == int(before[1] if before else 0) + 1
    assert int(after[5]) == sum(int(cell) for cell in after[1:5])


def today_said() -> str:
    return f"{today():%-d %b %Y}"


def test_who_has_waited_too_long_stands_first_with_working_days(world, clerk):
    number = register(world)
    propose(world, clerk, number)
    world.owner(
        f"update core_waiting set due_at = '2020-01-01 00:00:00' where view = 'IncomingView' and record_id = {number}"
    )
    rows = report(clerk, "saraban.people", unit_id=world.unit())
    account = world.account(f"director.{HOME}")
    assert rows[0][0] == f"{account.first_name} {account.last_name}"
    assert int(rows[0][2]) == 1
    groups = report(clerk, "saraban.groups", unit_id=world.unit())
    assert int(groups[0][2]) >= 1
    clerk.get("/reports/charts")
    while "Overdue, by officer" not in clerk.text:
        clerk.get(clerk.tree.xpath("string(//a[@rel='next']/@href)"))  # a report a page
    assert world.browser(f"clerk.{OTHER}").get(f"/reports/saraban.people?unit_id={world.unit()}").status_code == 404


def test_a_director_sees_the_groups_of_the_office_beside_each_other(world, director):
    """All of one's units stand in one table; a unit that is not one's own is not asked for by its address."""
    office, group, school = world.unit(), world.unit("group"), world.unit("school")
    with world.session(HOME) as s:
        for unit_id in (office, group, school):
            given = Assignment(
                letter_id=registers.register_incoming(
                    s, unit_id, letter(doc_no=f"{unit_id}"), clerk=registers.Clerk(None, "เสมียน"), today=today()
                ).id,
                unit_id=unit_id, user_id=world.account(f"supervisor.{HOME}").id, what="รอ", given_by="ผอ.",
            )  # fmt: skip
            s.add(given)
        names = {one.id: one.name for one in s.scalars(select(Unit).where(Unit.id.in_([office, group, school])))}
    found = {row[0] for row in report(director, "saraban.groups")}
    assert {names[office], names[group]} <= found
    assert names[school] not in found, "the director keeps no school's register"
    director.get("/reports/saraban.groups")
    alone = [str(one) for one in director.tree.xpath("//select[@name='unit_id']/option/@value")]
    assert [row[0] for row in report(director, "saraban.groups", unit_id=alone[1])] == [names[office]]
    assert director.get(f"/reports/saraban.groups?unit_id={school}").status_code == 404


def test_reports_of_what_waits_leave_the_same_letters_out_and_say_so(world, clerk):
    """A secret letter stands in none of them, also for its reader: the paper is handed round. Each says so."""
    keeper, unit = world.browser(f"secret.{HOME}"), world.unit()
    account = world.account(f"secret.{HOME}")

    def waits() -> dict[str, int]:
        found = {}
        for key, column in (("people", 1), ("groups", 1), ("pending", None)):
            asked = {} if key == "groups" else {"unit_id": unit}
            report(keeper, f"saraban.{key}", **asked)
            table = keeper.tree.xpath("//div[contains(@class,'list-table')]//tbody/tr")
            rows = [[cell.text_content() for cell in line] for line in table]
            assert "Without secret papers." in keeper.text, key
            found[key] = len(rows) if column is None else sum(int(row[column]) for row in rows)
        return found

    with world.session(HOME) as s:  # who keeps the secret book takes the reports, too
        role = s.scalars(select(RoleProfile.id).where(RoleProfile.key == "saraban.registry_clerk")).one()
        s.add(Grant(user_id=account.id, role_id=role, unit_id=unit, starts_on=today()))
    before = waits()
    with world.session(user=f"secret.{HOME}") as s:
        by = registers.Clerk(account.id, "นายทะเบียน", 3)
        registers.register_incoming(s, unit, letter(secrecy=2, subject="ลับ"), clerk=by, today=today())
    assert waits() == before
    register(world)
    assert {key: number - before[key] for key, number in waits().items()} == {"people": 1, "groups": 1, "pending": 1}


def offered(browser, name: str) -> set[int]:
    """The users that a form offers in a field."""
    found = browser.tree.xpath(f"//main//*[@name='{name}']/@value | //main//select[@name='{name}']/option/@value")
    return {int(value) for value in found if value not in ("", "0")}


def test_a_step_offers_whom_it_accepts_for_every_chosen_letter(world, clerk):
    """A clerk who keeps the registers of the office and of a school: each has officers and directors of its own."""
    ids = {name: world.account(f"{name}.{HOME}").id for name in ("clerk", "director", "schoolhead", "supervisor")}
    school = world.unit("school")
    with world.session(HOME) as s:
        role = s.scalars(select(RoleProfile.id).where(RoleProfile.key == "saraban.school_clerk")).one()
        s.add(Grant(user_id=ids["clerk"], role_id=role, unit_id=school, starts_on=today()))
    of_office = register(world)
    with world.session(user=f"clerk.{HOME}") as s:
        by = registers.Clerk(ids["clerk"], "เสมียน")
        of_school = registers.register_incoming(s, school, letter(doc_no="1"), clerk=by, today=today()).id
    clerk.get(f"{LIST}bulk/assign?ids={of_school}")
    officers = offered(clerk, "officers")
    assert {ids["clerk"], ids["schoolhead"]} <= officers
    assert not officers & {ids["director"], ids["supervisor"]}
    assert offered(clerk, "lead_id") == officers
    clerk.get(f"{LIST}bulk/propose?ids={of_school}")
    assert offered(clerk, "holder_id") == {ids["schoolhead"]}
    clerk.get(f"{LIST}bulk/assign?ids={of_school},{of_office}")
    assert offered(clerk, "officers") == {ids["clerk"]}, "who can be given both"
    assert step(clerk, "propose", of_school, holder_id=str(ids["director"])).status_code == 422
    for officer in officers:
        assert step(clerk, "assign", of_school, officers=str(officer), lead_id="0").status_code == 302
    refused = step(clerk, "assign", of_school, officers=str(ids["supervisor"]), lead_id="0")
    assert refused.status_code == 422
    assert step(clerk, "propose", of_school, late=True, holder_id=str(ids["director"])).status_code == 422
    assert step(clerk, "act", of_school, action="ทราบ").status_code == 302
    clerk.get(f"{LIST}bulk/store?ids={of_school}")
    assert offered(clerk, "folder_id") == set()


def test_a_secret_letter_is_offered_to_whom_it_names(world):
    registrar, chief = world.account(f"secret.{HOME}"), world.account(f"director.{HOME}")
    with world.session(user=f"secret.{HOME}") as s:
        by = registers.Clerk(registrar.id, "น", 3)
        values = letter(secrecy=2, readers=[chief.id])
        number = registers.register_incoming(s, world.unit(), values, clerk=by, today=today()).id
    browser = world.browser(f"secret.{HOME}")
    browser.get(f"{LIST}bulk/assign?ids={number}")
    assert offered(browser, "officers") == {registrar.id, chief.id}
    browser.get(f"{LIST}bulk/propose?ids={number}")
    assert offered(browser, "holder_id") == {chief.id}
    world.owner(f"update ab_user set clearance = 1 where id = {chief.id}")
    browser.get(f"{LIST}bulk/propose?ids={number}")
    assert offered(browser, "holder_id") == set(), "who is not cleared for it any more"
    world.owner(f"update ab_user set clearance = 3 where id = {chief.id}")
    world.owner(f"update core_secret_reader set ends_on = '2000-01-01' where user_id = {chief.id}")
    browser.get(f"{LIST}bulk/propose?ids={number}")
    assert offered(browser, "holder_id") == set(), "whose time to read it is over"
    assert step(browser, "propose", number, holder_id=str(chief.id)).status_code == 422
