"""Work with other agencies (manual 002 part 3): analysed, proposed, ordered, done, reported, published."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.base.permissions import EVIDENCE
from core.base.text.thai import today
from core.platform.masterdata.models import Unit
from core.platform.users.models import Grant, RoleProfile
from core.plugins import migrate, switches
from core.records.letter_links.models import CitedLetter
from plugins.cooperation.models import Agency, Agreement, Case, Task
from plugins.cooperation.plugin import khet_kpis
from plugins.saraban.models.drafts import Draft
from plugins.saraban.work import drafting
from plugins.saraban.work.life import Signer
from tests.core import stand_ins
from tests.support import HOME, OTHER, near

CASES = "/cooperation/cases/"


def values(world, **more):
    with world.session() as s:
        group = s.scalars(select(Unit.id).where(Unit.code == "sup")).one()
        agency = s.scalars(select(Agency.id).order_by(Agency.id)).first()
    person = world.account(f"supervisor.{HOME}").person_id
    return {
        "unit_id": str(group), "title": "อบรมครูอนามัย", "scope": "outside", "direction": "joint", "source": "letter",
        "agencies-0-agency_id": str(agency), "objective": "ดูแลสุขภาพนักเรียน", "analysis": "ตรงกับภารกิจ",
        "proposal": "ร่วมเป็นวิทยากร", "people-0-person_id": str(person), "people-0-duty": "วิทยากร", "starts_on": near(0),
        "ends_on": near(20), **more,
    }  # fmt: skip


def begin(world, **more) -> int:
    browser = world.browser(f"supervisor.{HOME}")
    made = browser.submit(f"{CASES}new", **values(world, **more))
    assert made.status_code == 302, browser.errors()
    return int(made.location.rpartition("/")[2])


def take(world, number: int, key: str, user: str = "supervisor", *, late: bool = False, **typed):
    """A step of a work; `late` where it does not open any more, and is sent all the same."""
    browser = world.browser(f"{user}.{HOME}")
    send = browser.sent_late if late else browser.submit
    answer = send(f"{CASES}bulk/{key}?ids={number}&back=record", **typed)
    answer.browser = browser
    return answer


def load(world, number: int) -> Case:
    with world.session() as s:
        return s.get_one(Case, number)


def ordered(world, **more) -> int:
    number = begin(world, **more)
    take(world, number, "propose")
    take(world, number, "approve", "director")
    assert take(world, number, "order", letter_no="195/2569", letter_on=near(0)).status_code == 302
    return number


def test_a_work_walks_from_its_analysis_to_what_was_published(world):
    number = ordered(world)
    assert take(world, number, "begin").status_code == 302
    assert take(world, number, "evaluate", result="ครู 30 คนผ่านการอบรม", problems="เวลาน้อย").status_code == 302
    assert take(world, number, "report").status_code == 422, "to whom?"
    assert take(world, number, "report", shared_with="ผอ.เขต").status_code == 302
    assert take(world, number, "publish").status_code == 302
    assert take(world, number, "close").status_code == 302
    assert load(world, number).status == "closed"


def test_registrars_see_check_and_repair_the_books_of_works_and_of_requests(world):
    begin(world)
    registrar, officer = world.browser(f"groupclerk.{HOME}"), world.browser(f"supervisor.{HOME}")
    registrar.get("/books/")
    links = {link.partition("?")[0] for link in registrar.tree.xpath("//main//a/@href")}
    for book in ("cooperation.case", "service_request.request"):
        world.owner(f"update core_counter set last = last + 1 where book = '{book}'")
        (address,) = [link for link in links if f"/{book}/" in link]
        assert registrar.get(address).status_code == 200
        assert "account" in " ".join(registrar.tree.xpath("//main//a/@href")), "a number is missing, and said so"
        assert registrar.submit(f"{address}account", reason="เขียนผิดหน้า").status_code == 302, registrar.errors()
        registrar.get(address)
        assert "เขียนผิดหน้า" in registrar.text
        assert officer.get(address).status_code == 404
        registrar.get(address)
        for step in ("reserve", "insert"):
            assert f"{address}{step}" not in "".join(registrar.tree.xpath("//main//a/@href")), "no form takes one"
            assert registrar.get(f"{address}{step}").status_code == 404


def test_where_no_agency_is_known_the_form_says_how_one_is_added_and_one_name_stands_there_once(world):
    world.owner("update cooperation_case set agreement_id = null")
    for table in ("case_agency", "agreement", "agency"):
        world.owner(f"delete from cooperation_{table}")
    browser = world.browser(f"supervisor.{HOME}")
    browser.get(f"{CASES}new")
    assert "No agency is known yet" in " ".join(browser.errors())
    assert not browser.tree.xpath("//main//*[@data-save]"), "nothing is typed that cannot be saved"
    agency = {"name": "สถานีอนามัย", "kind": "local", "scope": "outside"}
    assert browser.submit("/cooperation/agencies/new", **agency).status_code == 302, browser.errors()
    assert browser.submit("/cooperation/agencies/new", **{**agency, "name": " สถานีอนามัย "}).status_code == 422
    assert "one of this name already" in " ".join(browser.errors())
    browser.get(f"{CASES}new")
    assert browser.tree.xpath("//main//*[@data-save]")
    with world.session() as s:
        offered = {
            s.get_one(Unit, int(one)).kind for one in browser.tree.xpath("//select[@id='unit_id']/option/@value")
        }
    assert offered == {"group", "office"}, "no school works with agencies"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"ends_on": near(-1)}, "end must lie after"),
        ({"budget": "-5"}, "cannot be negative"),
        ({"agencies-0-agency_id": ""}, "at least one"),
        ({"objective": ""}, "Fill this in"),
    ],
)
def test_bad_input_is_refused_at_its_field(world, more, said):
    browser = world.browser(f"supervisor.{HOME}")
    before = world.count("cooperation_case")
    assert browser.submit(f"{CASES}new", **values(world, **more)).status_code == 422
    assert said.lower() in " ".join(browser.errors()).lower()
    assert world.count("cooperation_case") == before
    assert world.count("core_number", "book = 'cooperation.case'") == before, "no number is lost by a refusal"


def test_work_begins_only_after_the_order_or_assignment(world):
    number = begin(world)
    assert take(world, number, "begin", late=True).status_code == 422
    browser = world.browser(f"supervisor.{HOME}")
    assert browser.submit(f"/cooperation/tasks/new?case={number}", what="ประสาน", due_on=near(3)).status_code == 422
    take(world, number, "propose")
    take(world, number, "approve", "director")
    assert take(world, number, "order").status_code == 422, "the order's number is asked for"
    assert take(world, number, "begin", late=True).status_code == 422


def test_nothing_is_proposed_without_analysis_and_people(world):
    for missing in ({"analysis": ""}, {"proposal": ""}, {"people-0-person_id": "", "people-0-duty": ""}):
        number = begin(world, **missing)
        assert take(world, number, "propose", late=True).status_code == 422, missing
        assert load(world, number).status == "analysing"
    bare = begin(world, **{"analysis": "", "proposal": "", "people-0-person_id": "", "people-0-duty": ""})
    said = " ".join(take(world, bare, "propose", late=True).browser.errors())
    assert all(one in said for one in ("analysis of mission", "what is proposed", "Nobody works on it yet")), said


def test_the_director_alone_approves_and_says_why_not(world):
    number = begin(world)
    take(world, number, "propose")
    assert take(world, number, "approve").status_code == 404
    assert take(world, number, "reject", "director").status_code == 422
    assert take(world, number, "reject", "director", reason="ไม่มีงบประมาณ").status_code == 302


def test_a_work_is_sent_back_with_a_reason_written_on_and_proposed_again(world):
    number = begin(world)
    take(world, number, "propose")
    assert take(world, number, "back", "director").status_code == 422, "a reason is asked for"
    assert take(world, number, "back").status_code == 404, "who proposes does not send back"
    assert take(world, number, "back", "director", reason="ระบุงบประมาณ").status_code == 302
    officer = world.account(f"supervisor.{HOME}").id
    assert world.count("core_notice", f"topic = 'cooperation.decided' and user_id = {officer}") == 1
    browser = world.browser(f"supervisor.{HOME}")
    browser.get(f"{CASES}{number}")
    assert "ระบุงบประมาณ" in browser.text
    assert browser.submit(f"{CASES}{number}/edit", **values(world, budget="500")).status_code == 302, browser.errors()
    assert take(world, number, "propose").status_code == 302
    assert load(world, number).decided_by == "", "nobody has decided on what is proposed now"
    assert take(world, number, "approve", "director").status_code == 302


def test_a_refused_work_is_revised_and_proposed_again_with_its_history(world):
    number = begin(world)
    browser = world.browser(f"supervisor.{HOME}")
    take(world, number, "propose")
    take(world, number, "reject", "director", reason="ไม่มีงบประมาณ")
    closed = browser.get(f"{CASES}{number}/edit")
    assert closed.location.endswith(f"{CASES}{number}"), "no form opens that would be refused"
    refused = browser.post(f"{CASES}{number}/edit", {**values(world), "title": "ชื่ออื่น"})
    assert refused.status_code == 422
    assert load(world, number).title != "ชื่ออื่น"
    browser.get(f"{CASES}{number}")
    assert browser.tree.xpath("//a[contains(@href, '/bulk/revise')]")
    with world.session() as s:
        s.add(
            CitedLetter(kind="cooperation_case", record_id=number, role="approval", number="ศธ 7/1", subject="ขออนุมัติ")
        )
    assert take(world, number, "revise", "director").status_code == 404, "it is its officers' to revise"
    assert take(world, number, "revise").status_code == 302
    assert browser.submit(f"{CASES}{number}/draft/approval").status_code == 302, "form 7.1 is written anew"
    assert browser.submit(f"{CASES}{number}/edit", **values(world, budget="0")).status_code == 302, browser.errors()
    assert take(world, number, "propose").status_code == 302
    assert take(world, number, "approve", "director").status_code == 302
    browser.get(f"{CASES}{number}")
    assert "ไม่มีงบประมาณ" in browser.text, "the history says why it was refused"
    assert "ศธ 7/1" in browser.text


def test_forms_7_1_and_7_2_are_drafted_with_the_work_s_facts(world):
    number = begin(world)
    browser = world.browser(f"supervisor.{HOME}")
    assert browser.submit(f"{CASES}{number}/draft/approval").status_code == 302, browser.errors()
    take(world, number, "propose")
    take(world, number, "approve", "director")
    assert browser.submit(f"{CASES}{number}/draft/order").status_code == 302, browser.errors()
    with world.session() as s:
        found = {
            one.role: one for one in s.scalars(select(CitedLetter).filter_by(kind="cooperation_case", record_id=number))
        }
        approval, order = (s.get_one(Draft, found[role].letter_id) for role in ("approval", "order"))
        assert (approval.kind, order.kind) == ("internal", "order")
        assert "อบรมครูอนามัย" in approval.subject
        assert "วิทยากร" in order.content["body"]
    refused = take(world, number, "order")
    assert refused.status_code == 422
    assert "still a draft" in " ".join(refused.browser.errors())


@pytest.mark.parametrize("role", ["approval", "order"])
def test_a_dropped_draft_frees_its_place_for_another_or_for_a_number_that_is_typed(world, role):
    number = begin(world)
    if role == "order":
        take(world, number, "propose")
        take(world, number, "approve", "director")
    browser = world.browser(f"supervisor.{HOME}")

    def draft() -> int:
        assert browser.submit(f"{CASES}{number}/draft/{role}").status_code == 302, browser.errors()
        with world.session() as s:
            one = s.scalars(select(CitedLetter).filter_by(kind="cooperation_case", record_id=number, role=role)).one()
            return one.letter_id

    first = draft()
    assert browser.submit(f"/saraban/drafts/{first}/step/drop").status_code == 302
    browser.get(f"{CASES}{number}")
    assert "Draft dropped" in browser.text
    assert browser.tree.xpath(f"//a[contains(@href, '/draft/{role}')]")
    assert draft() != first
    if role == "order":
        typed = take(world, number, "order", letter_no="12/2569", letter_on=near(0))
        assert typed.status_code == 302, typed.browser.errors()
        typed.browser.get(typed.location)
        assert "stays among the drafts" in typed.browser.text


def test_who_coordinates_a_work_learns_that_its_draft_was_dropped_by_another(world):
    number = begin(world)
    browser = world.browser(f"supervisor.{HOME}")
    assert browser.submit(f"{CASES}{number}/draft/approval").status_code == 302, browser.errors()
    by = Signer(world.account(f"groupclerk.{HOME}").id, "ธุรการ")
    with world.session(user=f"groupclerk.{HOME}") as s:
        one = s.scalars(select(CitedLetter).filter_by(kind="cooperation_case", record_id=number)).one()
        drafting.drop(s, s.get_one(Draft, one.letter_id), "ไม่ใช้แล้ว", by=by)
    browser.get("/notices/")
    assert f"ยกเลิกร่างหนังสือ “{one.subject[:40]}" in browser.text
    browser.get(f"{CASES}{number}")
    assert "draft of a letter dropped" in browser.text


def test_the_report_names_each_work_and_tells_its_state_from_its_result(world):
    number = ordered(world)
    browser = world.browser(f"supervisor.{HOME}")

    def row() -> dict[str, str]:
        browser.get("/reports/cooperation.cases")
        (table,) = browser.tree.xpath("//main//table[.//th[normalize-space()='Work']]")
        heads = [cell.text_content().strip() for cell in table.xpath("./thead//th")]
        label = load(world, number).number_text
        (found,) = table.xpath(f"./tbody/tr[normalize-space(*[1])='{label}']")
        return dict(zip(heads, (cell.text_content().strip() for cell in found), strict=True))

    begun = row()
    assert (begun["Work"], begun["State"], begun["Result against the objective"]) == ("อบรมครูอนามัย", "Ordered", "")
    take(world, number, "begin")
    take(world, number, "evaluate", result="ครู 30 คนผ่านการอบรม")
    done = row()
    assert (done["State"], done["Result against the objective"]) == ("Evaluated", "ครู 30 คนผ่านการอบรม")


def test_without_correspondence_the_order_is_typed(world):
    number = begin(world)
    take(world, number, "propose")
    take(world, number, "approve", "director")
    browser, draft = world.browser(f"supervisor.{HOME}"), f"{CASES}{number}/draft/order"
    browser.get(f"{CASES}{number}")
    assert draft in browser.tree.xpath("//main//a/@href"), "while it can be drafted"
    with world.session() as s:
        switches.switch(s, world.khet.switchboard, "saraban", on=False)
    browser.get(f"{CASES}{number}")
    assert draft not in browser.tree.xpath("//main//a/@href")
    assert "Correspondence" in browser.shut(draft), "an old link says what is missing"
    assert take(world, number, "order", letter_no="12/2569", letter_on=near(0)).status_code == 302


def test_an_agreement_that_is_over_or_another_s_is_not_used(world):
    with world.session() as s:
        first, second = s.scalars(select(Agency).order_by(Agency.id).limit(2))
        from datetime import timedelta

        from core.base.text.thai import today

        over = Agreement(
            agency_id=first.id, title="เก่า", starts_on=today() - timedelta(300), ends_on=today() - timedelta(1)
        )
        other = Agreement(agency_id=second.id, title="อื่น", starts_on=today(), ends_on=today() + timedelta(300))
        s.add_all([over, other])
        s.flush()
        ids = over.id, other.id
    browser = world.browser(f"supervisor.{HOME}")
    for agreement, said in zip(ids, ("agreement is over", "another agency"), strict=True):
        assert browser.submit(f"{CASES}new", **values(world, agreement_id=str(agreement))).status_code == 422
        assert said in " ".join(browser.errors())


def test_tasks_have_their_person_evidence_and_day(world):
    number = ordered(world)
    officer = world.account(f"groupclerk.{HOME}").id
    browser = world.browser(f"supervisor.{HOME}")
    typed = {"what": "ประสานวิทยากร", "user_id": str(officer), "due_on": near(3)}
    assert browser.submit(f"/cooperation/tasks/new?case={number}", **typed).status_code == 302, browser.errors()
    with world.session() as s:
        task = s.scalars(select(Task.id).filter_by(case_id=number)).one()
    assert world.count("core_waiting", f"view = 'TaskView' and record_id = {task} and user_id = {officer}") == 1
    assert world.count("core_notice", f"topic = 'cooperation.given' and user_id = {officer}") == 1, (
        "who is to do it hears"
    )
    proof = {"sort": "link", "title": "รูป", "url": "https://example.go.th/", "visibility": "inside"}
    assert browser.submit(f"/evidence/new?of=TaskView:{task}", **proof).status_code == 302
    take(world, number, "begin")
    take(world, number, "evaluate", result="ดี")
    take(world, number, "report", shared_with="ผอ.เขต")
    browser.get(f"{CASES}{number}")
    assert not browser.tree.xpath("//a[contains(@href, '/bulk/close') or contains(@href, '/bulk/publish')]")
    assert "There are tasks that are not done" in browser.text, "the page says for what the next step waits"
    for key in ("publish", "close"):
        refused = take(world, number, key, late=True)
        assert refused.status_code == 422, key
        assert "tasks that are not done" in " ".join(refused.browser.errors())
    finish, reopen = (f"/cooperation/tasks/bulk/{key}?ids={task}&back=record" for key in ("report", "reopen"))
    assert "bulk/report" not in browser.get(f"/cooperation/tasks/{task}").get_data(as_text=True)
    assert browser.sent_late(finish).status_code in (404, 422), "it is somebody else's"
    own = world.browser(f"groupclerk.{HOME}")
    assert own.submit(finish).status_code == 302
    assert own.submit(reopen).status_code == 302, "pressed too early"
    other = {**typed, "user_id": str(world.account(f"supervisor.{HOME}").id), "due_on": near(2)}
    assert browser.submit(f"/cooperation/tasks/{task}/edit", **other).status_code == 302, (
        "she fell ill: another takes it"
    )
    assert own.sent_late(finish).status_code in (404, 422)
    assert browser.submit(finish).status_code == 302
    assert take(world, number, "close").status_code == 302
    assert "bulk/reopen" not in browser.get(f"/cooperation/tasks/{task}").get_data(as_text=True)


def test_who_coordinates_a_work_or_approves_it_gives_its_tasks_on_and_who_loses_one_is_told(world):
    number = ordered(world)
    own, doer, other, director = (
        world.browser(f"{who}.{HOME}") for who in ("supervisor", "groupclerk", "groupdirector", "director")
    )
    officer, another = (world.account(f"{who}.{HOME}").id for who in ("groupclerk", "groupdirector"))
    typed = {"what": "ประสานวิทยากร", "user_id": str(officer), "due_on": near(3)}
    assert other.get(f"/cooperation/tasks/new?case={number}").status_code == 403
    other.get(f"{CASES}{number}")
    assert not other.tree.xpath("//a[contains(@href, 'tasks/new') or contains(@href, '/bulk/')]"), "all refused"
    assert take(world, number, "begin", "groupdirector", late=True).status_code == 422
    assert own.submit(f"/cooperation/tasks/new?case={number}", **typed).status_code == 302, own.errors()
    with world.session() as s:
        task = s.scalars(select(Task.id).filter_by(case_id=number)).one()
    page, taken = f"/cooperation/tasks/{task}", f"topic = 'cooperation.taken' and user_id = {officer}"
    for someone in (doer, other):
        someone.get(page)
        assert not someone.tree.xpath("//a[contains(@href, '/edit')]")
        assert someone.get(f"{page}/edit").status_code == 403
        assert someone.post(f"{page}/edit", {**typed, "user_id": str(another)}).status_code == 403
    director.get(page)
    assert director.tree.xpath(f"//a[contains(@href, '{page}/edit')]")
    assert director.submit(f"{page}/edit", user_id=str(another)).status_code == 302, director.errors()
    assert world.count("core_notice", taken) == 1
    assert own.submit(f"{page}/edit", user_id=str(officer)).status_code == 302, own.errors()
    assert own.submit(f"{page}/edit", what="ประสาน").status_code == 302, own.errors()
    assert own.submit(f"{page}/edit", user_id=str(another)).status_code == 302, own.errors()
    assert world.count("core_notice", taken) == 2, "once for each time that it was taken"
    for status in ("published", "closed"):
        world.owner(f"update cooperation_case set status = '{status}' where id = {number}")
        own.get(page)
        assert not own.tree.xpath("//a[contains(@href, '/edit')]"), status
        assert own.post(f"{page}/edit", typed).status_code == 422
    with world.session() as s:
        assert s.get_one(Task, task).what == "ประสาน"


def test_a_work_is_proposed_by_who_coordinates_it_and_handed_over_where_they_cannot(world):
    number, officer, heir = begin(world), *(world.account(f"{who}.{HOME}").id for who in ("supervisor", "groupclerk"))
    waits = "view = 'CaseView' and verb = 'edit' and record_id = %s and user_id = %s"
    assert world.count("core_waiting", waits % (number, officer)) == 1
    other = world.browser(f"groupclerk.{HOME}")
    other.get(f"{CASES}{number}")
    assert not other.tree.xpath("//a[contains(@href, '/bulk/') or contains(@href, '/edit')]")
    assert other.get(f"{CASES}{number}/edit").status_code == 403
    for key in ("propose", "hand_over"):
        assert take(world, number, key, "groupclerk", owner_id=str(heir), late=True).status_code == 422, key
    assert take(world, number, "hand_over", "director", owner_id=str(officer)).status_code == 422, "theirs already"
    assert take(world, number, "hand_over", "director", owner_id=str(heir)).status_code == 302
    for user in (heir, officer):
        assert world.count("core_notice", f"topic = 'core.handed_over' and user_id = {user}") == 1
    assert world.count("core_waiting", waits % (number, heir)) == 1
    assert take(world, number, "propose", late=True).status_code == 422
    assert take(world, number, "propose", "groupclerk").status_code == 302


def test_a_work_from_before_is_coordinated_by_who_began_it(world):
    """cooperation0002, down and up with rows; what nobody is known to have begun waits for who approves."""
    number, officer = begin(world), world.account(f"supervisor.{HOME}").id
    engine, registry = world.database.owner_engine(), world.khet.registry
    waiting = "kind = 'cooperation_case' and verb = '%s' and user_id is null"
    migrate.downgrade(engine, registry, "cooperation", "cooperation0001")
    cases = world.count("cooperation_case")
    assert world.count("core_waiting", waiting % "edit") == cases
    migrate.upgrade(engine, registry)
    engine.dispose()
    assert load(world, number).owner_id == officer
    owned = world.count("cooperation_case", "owner_id is not null and owner <> ''")
    assert world.count("core_waiting", waiting % "approve") == cases - owned > 0


def test_who_takes_a_place_does_its_tasks(world):
    number, officer, stand_in = ordered(world), *(world.account(f"{who}.{HOME}") for who in ("supervisor", "clerk"))
    browser = world.browser(f"supervisor.{HOME}")
    typed = {"what": "ประสานวิทยากร", "user_id": str(officer.id), "due_on": near(3)}
    assert browser.submit(f"/cooperation/tasks/new?case={number}", **typed).status_code == 302, browser.errors()
    with world.session() as s:
        task = s.scalars(select(Task.id).filter_by(case_id=number)).one()
        for one in s.scalars(select(Grant).where(Grant.user_id == officer.id, Grant.lasts(today()))).all():
            facts = {"role_id": one.role_id, "unit_id": one.unit_id, "starts_on": today(), "ends_on": today()}
            s.add(Grant(user_id=stand_in.id, stands_in_for_id=officer.id, **facts))
    acting = world.browser(f"clerk.{HOME}")
    acting.get("/")
    assert acting.tree.xpath(f"//section[contains(@class,'waiting')]//a[contains(@href, '/tasks/{task}')]")
    assert acting.submit(f"/cooperation/tasks/bulk/report?ids={task}&back=record").status_code == 302


def takes_the_place(world, who: str, of: str, role: str = "core.staff") -> None:
    """A user takes another's place at the office for today."""
    taker, instead, unit = world.account(f"{who}.{HOME}").id, world.account(f"{of}.{HOME}").id, world.unit()
    with world.session() as s:
        role_id = s.scalars(select(RoleProfile.id).where(RoleProfile.key == role)).one()
        days = {"starts_on": today(), "ends_on": today()}
        s.add(Grant(user_id=taker, role_id=role_id, unit_id=unit, stands_in_for_id=instead, **days))


def test_the_director_s_place_and_an_officer_s_own_role_do_not_add_up(world):
    """An officer who takes the director's place approves another's work; to change or propose it neither of the two
    would do alone."""
    number = begin(world)
    takes_the_place(world, "supervisor2", "director")
    officer = world.browser(f"supervisor2.{HOME}")
    officer.get(f"{CASES}{number}")
    assert not officer.tree.xpath(f"//main//a[contains(@href, '{number}/edit') or contains(@href, '/bulk/propose')]")
    assert officer.get(f"{CASES}{number}/edit").status_code == 403
    assert officer.post(f"{CASES}{number}/edit", {"title": "ของผู้อื่น"}).status_code == 403
    assert officer.get(f"{CASES}{number}/draft/approval").status_code == 403
    assert take(world, number, "propose", "supervisor2", late=True).status_code == 422
    assert load(world, number).status == "analysing"

    assert take(world, number, "propose").status_code == 302
    assert take(world, number, "approve", "supervisor2").status_code == 302, "that is the director's right"
    own = int(officer.submit(f"{CASES}new", **values(world)).location.rpartition("/")[2])
    assert take(world, own, "propose", "supervisor2").status_code == 302
    assert take(world, own, "approve", "supervisor2", late=True).status_code == 422, (
        "nobody approves their own, in no place"
    )


def test_evidence_is_laid_in_one_capacity_and_its_history_names_it(world):
    """Not by who lays evidence by the own account and works on the record in a place that lays none."""
    number, lays = begin(world), ("add", EVIDENCE)
    stand_ins.everybody(world)
    everything, address = stand_ins.rights_of("supervisor") | stand_ins.READING, f"/evidence/new?of=CaseView:{number}"
    typed = {"title": "ภาพกิจกรรม", "sort": "photo", "url": "https://example.org/1"}
    stand_ins.hold(world, "supervisor", stand_ins.READING | {lays}, everything - {lays})
    both = world.browser(f"{stand_ins.BOTH}.{HOME}")
    both.get(f"{CASES}{number}")
    assert not both.tree.xpath("//main//a[contains(@href, '/evidence/new')]")
    assert both.get(address).status_code == 403
    assert both.post(address, typed).status_code == 403

    stand_ins.hold(world, "supervisor", stand_ins.READING | {lays}, everything | {lays})
    assert both.submit(address, **typed).status_code == 302, both.errors()
    laid = f"actor_id = {world.account(f'{stand_ins.BOTH}.{HOME}').id}"
    assert world.count("core_timeline", laid) == 1
    assert world.count("core_timeline", f"{laid} and actor_name like '%acting for%'") == 1


def test_the_history_names_whose_place_it_was_done_in(world):
    """Of a change as of a step; and who does it by their own right is named alone."""
    number = begin(world)
    takes_the_place(world, "clerk", "supervisor", "cooperation.officer")
    clerk = world.browser(f"clerk.{HOME}")
    assert clerk.submit(f"{CASES}{number}/edit", title="แก้ในฐานะผู้แทน").status_code == 302, clerk.errors()
    assert take(world, number, "propose", "clerk").status_code == 302
    both = f"{world.account(f'clerk.{HOME}').get_full_name()} acting for ศึกษานิเทศก์"
    done = f"kind = 'cooperation_case' and record_id = {number} and actor_name = '{both}'"
    assert world.count("core_timeline", done) == 2
    clerk.get(f"{CASES}{number}")
    assert both in clerk.text
    assert world.count("core_notice", f"topic = 'core.approval' and label like '%{both}%'") >= 1, (
        "and who is told of it"
    )
    assert take(world, number, "withdraw").status_code == 302
    own = f"record_id = {number} and kind = 'cooperation_case' and action = 'core.approval.withdrawn'"
    assert world.count("core_timeline", f"{own} and actor_name like '%acting%'") == 0


def test_a_task_is_due_from_today_on_within_the_days_of_the_work(world):
    later, begun = ordered(world, starts_on=near(5)), ordered(world, starts_on=near(-5))
    browser = world.browser(f"supervisor.{HOME}")
    new = "/cooperation/tasks/new?case="
    wrong = ((later, 300, "ends on"), (later, 4, "begins on"), (begun, -1, "lies in the past"))
    for number, due, said in wrong:
        assert browser.submit(f"{new}{number}", what="ประสานวิทยากร", due_on=near(due)).status_code == 422
        assert said in browser.tree.xpath("string(//*[@id='due_on-error'])"), browser.errors()
    assert browser.submit(f"{new}{begun}", what="ประสานวิทยากร", due_on=near(0)).status_code == 302


def test_nothing_is_told_of_a_work_before_its_first_day(world):
    number = ordered(world, starts_on=near(5))
    assert take(world, number, "begin").status_code == 302, "it may be prepared"
    browser = world.browser(f"supervisor.{HOME}")
    for state, key in (("doing", "evaluate"), ("evaluated", "report"), ("reported", "publish")):
        world.owner(f"update cooperation_case set status = '{state}' where id = {number}")
        browser.get(f"{CASES}{number}")
        assert not browser.tree.xpath(f"//a[contains(@href, '/bulk/{key}')]"), key
        assert "The work begins on" in browser.text
        refused = take(world, number, key, result="ดี", shared_with="ผอ.เขต", late=True)
        assert refused.status_code == 422, key
        assert "The work begins on" in " ".join(refused.browser.errors())


def test_a_letter_in_the_register_becomes_work_by_one_action(world):
    with world.session() as s:
        from plugins.saraban.models.letters import IncomingLetter

        group = s.scalars(select(Unit.id).where(Unit.code == "sup")).one()
        letter = s.scalars(
            select(IncomingLetter).where(IncomingLetter.unit_id == group, IncomingLetter.secrecy == 0)
        ).first()
        number, subject = letter.id, letter.subject
    browser = world.browser(f"supervisor.{HOME}")
    browser.get(f"/saraban/incoming/{number}")
    link = browser.tree.xpath("//a[contains(., 'Begin work with another agency')]/@href")[0]
    browser.get(link)
    assert browser.tree.xpath("string(//input[@id='title']/@value)") == subject[:300]


def test_the_indicator_knows_no_data_and_counts_what_ended(world):
    from core.base.text.calendars import school_year
    from core.base.text.thai import today
    from core.domain.standards.indicators import counted_values

    (reported,) = khet_kpis()
    with world.session() as s:
        assert counted_values(s, [(reported, school_year(today()) - 3)]) == [None]
    number = ordered(world)
    take(world, number, "begin")
    take(world, number, "evaluate", result="ดี")
    take(world, number, "report", shared_with="ผอ.เขต")
    with world.session() as s:
        assert counted_values(s, [(reported, school_year(load(world, number).ends_on))]) == [100.0]


def test_another_district_sees_nothing_of_it(world):
    number = begin(world)
    assert world.browser(f"supervisor.{OTHER}").get(f"{CASES}{number}").status_code == 404


@pytest.mark.parametrize("source", ["letter", "order", "assigned", "media", "request"])
def test_a_case_comes_from_each_of_its_sources(world, source):
    assert load(world, begin(world, source=source)).source == source


def test_a_work_that_is_open_where_its_group_is_closed_is_counted_before_and_named_afterwards(world):
    number, admin = begin(world), world.browser(f"admin.{HOME}")
    group = load(world, number).unit_id
    assert admin.submit(f"/units/{group}/edit", active=None).status_code == 422
    assert "Work with other agencies (" in admin.text, "it keeps its number, and would be forgotten"
    assert admin.resubmit(f"/units/{group}/edit").status_code == 302
    admin.get(f"/units/{group}")
    owner = world.account(f"supervisor.{HOME}").get_full_name()
    (said,) = (one.text_content() for one in admin.tree.xpath("//*[@role='status'][contains(., 'can take this on')]"))
    assert "Work with other agencies (" in said.partition(f"{owner} can take this on no more")[2]
    director = world.browser(f"director.{HOME}")
    director.get(f"/went-on/{group}")
    assert load(world, number).title in director.text
