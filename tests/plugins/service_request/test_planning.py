"""Analysis in seven steps, the plan that ผอ.เขต approves, its activities; reports and head office's workbook."""

from __future__ import annotations

import io
from datetime import timedelta

from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from core.base.text.calendars import school_year, school_year_of
from core.base.text.thai import today
from core.domain.standards.models import Progress
from core.exchange.reports.figure import shares
from core.platform.jobs import runner
from core.platform.masterdata.models import SchoolGroup
from core.platform.users.models import Grant, RoleProfile
from core.plugins import switches
from plugins.service_request import figures, kpis, tables
from plugins.service_request.models import Activity, Analysis, Expense, Nominee, Plan, Request, SurveyTemplate
from tests.plugins.service_request.test_no_dead_end import offer
from tests.plugins.service_request.world import HOME, activity_of, approved, circulated, hold, preparing, received, step
from tests.support import OTHER, near

YEAR = school_year(today())
ANALYSIS = {
    "title": "วิเคราะห์เครือข่าย",
    "year": str(YEAR),
    "approach": "area",
    "schools": "กลุ่มนาแห้ว",
    "team": "รอง ผอ.เขต",
}
PLAN = {"title": "แผนบริการ", "year": str(YEAR), "objectives": "พัฒนาครู"}


def analysed(world) -> int:
    browser = world.browser(f"supervisor.{HOME}")
    made = browser.submit("/services/analyses/new", **ANALYSIS)
    assert made.status_code == 302, browser.errors()
    return int(made.location.rpartition("/")[2])


def planned(world, analysis: int) -> int:
    made = world.browser(f"supervisor.{HOME}").submit(f"/services/plans/new?analysis={analysis}", **PLAN)
    return int(made.location.rpartition("/")[2])


def steps_on_page(browser, analysis: int) -> list[str]:
    """Addresses of the steps to which the page of an analysis leads."""
    browser.get(f"/services/analyses/{analysis}")
    return list(dict.fromkeys(browser.tree.xpath("//main//a[starts-with(@href, '/steps/')]/@href")))


def take(world, number: int, key: str, user: str = "supervisor", **typed):
    browser = world.browser(f"{user}.{HOME}")
    answer = browser.submit(f"/services/plans/bulk/{key}?ids={number}&back=record", **typed)
    answer.browser = browser
    return answer


def test_the_seven_steps_begin_with_the_analysis(world):
    number = analysed(world)
    with world.session() as s:
        run = s.get_one(Analysis, number).run_id
        steps = s.scalars(select(Progress).filter_by(run_id=run).order_by(Progress.id)).all()
        assert [one.seq for one in steps] == ["1", "2", "3", "4", "5", "6", "7"]


def test_a_plan_is_proposed_when_the_steps_before_it_are_done(world):
    analysis = analysed(world)
    number = planned(world, analysis)
    refused = take(world, number, "propose")
    assert refused.status_code == 422
    assert "7 of the seven steps" in " ".join(refused.browser.errors())
    supervisor = world.browser(f"supervisor.{HOME}")
    steps = steps_on_page(supervisor, analysis)
    assert len(steps) == 7, "who wrote the analysis does its steps, and its page leads to each"
    supervisor.get("/")
    assert supervisor.tree.xpath(f"//a[@href='{steps[0]}?queue=1']"), "the first waits for them"
    before = ",".join(one.rpartition("/")[2] for one in steps[:6])
    assert supervisor.submit(f"/steps/bulk/hand_in?ids={before}").status_code == 302, supervisor.errors()
    keeper = world.browser(f"groupdirector.{HOME}")
    assert keeper.submit(f"/steps/bulk/verify?ids={before}").status_code == 302, keeper.errors()
    assert take(world, number, "propose").status_code == 302


def test_the_round_of_an_analysis_is_not_deleted_from_it_and_archived_does_no_step(world):
    analysis = analysed(world)
    with world.session() as s:
        run = s.get_one(Analysis, analysis).run_id
    keeper = world.browser(f"groupdirector.{HOME}")
    keeper.get(f"/rounds/{run}")
    assert not keeper.tree.xpath("//main//a[contains(@href, '/bulk/delete')]")
    assert keeper.sent_late(f"/rounds/bulk/delete?ids={run}").status_code == 422
    assert "วิเคราะห์เครือข่าย" in " ".join(keeper.errors()), "it is said to what the round belongs"
    plan = planned(world, analysis)
    first = steps_on_page(keeper, analysis)[0].rpartition("/")[2]
    assert keeper.submit(f"/steps/bulk/leave_out?ids={first}", note="ทำแล้วในแผนเดิม").status_code == 302, keeper.errors()
    assert keeper.submit(f"/rounds/bulk/archive?ids={run}").status_code == 302
    refused = take(world, plan, "propose")
    assert refused.status_code == 422, "an archived round has done nothing"
    for page in (f"/rounds/{run}", f"/services/analyses/{analysis}"):
        keeper.get(page)
        states = keeper.tree.xpath("//section[.//h2[contains(., 'teps')]]//tr/td[last()]")
        said = [" ".join(one.text_content().split()) for one in states]
        assert (said.count("Archived"), said.count("Does not apply")) == (6, 1), (
            "what was open is not said to be left out"
        )
    assert "6 of the seven steps" in " ".join(refused.browser.errors())


def test_who_is_named_for_the_seven_steps_is_told_and_finds_them(world):
    officer = world.account(f"groupclerk.{HOME}").id
    browser = world.browser(f"supervisor.{HOME}")
    made = browser.submit("/services/analyses/new", **ANALYSIS, officer_id=str(officer))
    analysis = int(made.location.rpartition("/")[2])
    assert steps_on_page(browser, analysis) == [], "they are another's"
    offered = browser.get("/services/analyses/officers?q=").get_json()
    school = {world.account(f"{name}.{HOME}").id for name in ("school", "schoolhead")}
    assert offered
    assert not school & {one["id"] for one in offered}, "the steps are the office's"
    browser.submit("/services/analyses/new", **{**ANALYSIS, "title": "อีกครั้ง"}, officer_id=str(min(school)))
    assert browser.errors()
    assert world.count("core_notice", f"topic = 'core.step' and user_id = {officer}") == 1
    assert world.count("core_waiting", f"view = 'ProgressView' and user_id = {officer}") == 7


def test_the_director_approves_it_or_sends_it_back_and_activities_follow(world):
    browser = world.browser(f"supervisor.{HOME}")
    made = browser.submit("/services/plans/new", **PLAN)
    number = int(made.location.rpartition("/")[2])
    activity = {
        "title": "อบรม", "area": "1", "start_on": near(20), "start_time": "09.00", "end_on": near(20), "end_time": "12.00",
        "venue": "หอประชุม",
    }  # fmt: skip
    assert browser.sent_late(f"/services/plans/{number}/activity", **activity).status_code == 422, "not approved yet"
    take(world, number, "propose")
    assert take(world, number, "approve").status_code == 404
    assert take(world, number, "back", "director").status_code == 422, "a reason is asked for"
    assert take(world, number, "back", "director", reason="งบประมาณสูงไป").status_code == 302
    writer = world.account(f"supervisor.{HOME}").id
    told = f"topic = 'service_request.plan' and user_id = {writer}"
    waits = f"view = 'PlanView' and record_id = {number}"
    assert world.count("core_notice", told) == 1
    assert world.count("core_waiting", f"{waits} and user_id = {writer} and verb = 'edit'") == 1
    browser.get(f"/services/plans/{number}")
    assert "งบประมาณสูงไป" in browser.text, "whoever wrote the plan reads why"
    take(world, number, "propose")
    assert world.count("core_waiting", f"{waits} and user_id is null and verb = 'approve'") == 1
    assert take(world, number, "approve", "director").status_code == 302
    assert world.count("core_notice", told) == 2
    assert world.count("core_waiting", waits) == 0
    with world.session() as s:
        assert s.get_one(Plan, number).approved_on == today()
    assert browser.submit(f"/services/plans/{number}/activity", **activity).status_code == 302
    assert browser.submit(f"/services/plans/{number}/activity", **{**activity, "end_time": "08.00"}).status_code == 422
    assert world.count("service_request_activity", f"plan_id = {number}") == 1


def another_supervisor(world) -> str:
    """A supervisor besides the one who writes the plans."""
    name, group = "clerk", world.unit("group")
    with world.session() as s:
        role = s.scalars(select(RoleProfile.id).where(RoleProfile.key == "service_request.supervisor")).one()
        facts = {"user_id": world.account(f"{name}.{HOME}").id, "role_id": role, "unit_id": group}
        s.add(Grant(**facts, starts_on=today()))
    return name


def test_an_activity_of_a_plan_is_called_off_with_its_reason_and_taken_up_again(world):
    browser, clerk = world.browser(f"supervisor.{HOME}"), world.browser(f"groupclerk.{HOME}")
    number = int(browser.submit("/services/plans/new", **PLAN).location.rpartition("/")[2])
    take(world, number, "propose")
    take(world, number, "approve", "director")
    held = {
        "title": "อบรมภาษาไทย", "area": "1", "start_on": near(20), "start_time": "09.00", "end_on": near(20),
        "end_time": "12.00", "venue": "หอประชุม",
    }  # fmt: skip
    assert browser.submit(f"/services/plans/{number}/activity", **held).status_code == 302
    with world.session() as s:
        one = s.scalars(select(Activity.id).filter_by(plan_id=number)).one()
    page = f"/services/activities/{one}"
    cost = {"sort": "room", "payer": "office", "amount": "4000", "evidence_due": near(30)}
    assert clerk.submit(f"/services/costs/new?activity={one}", **cost).status_code == 302
    with world.session() as s:
        template = s.scalars(select(SurveyTemplate.id)).first()
    survey = browser.submit(f"/services/surveys/new?activity={one}", template_id=str(template), closes_on=near(30))
    assert survey.status_code == 302, browser.errors()
    browser.get(page)
    assert f"{page}/call-off" in browser.tree.xpath("//main//a/@href")
    moved = {"sort": "moved", "reason": "หอประชุมไม่ว่าง", "start_on": near(22), "start_time": "09.00", "end_on": near(22),
             "end_time": "12.00"}  # fmt: skip
    assert browser.submit(f"{page}/change", **moved).status_code == 302, browser.errors()
    for user in ("director", "groupdirector", "groupclerk"):
        told = world.browser(f"{user}.{HOME}", "th")
        told.get("/notices/")
        assert "วันเวลาจัดกิจกรรมเปลี่ยนแล้ว" in told.text, user
    other = world.browser(f"{another_supervisor(world)}.{HOME}")
    other.get(page)
    assert not [link for link in other.tree.xpath("//main//a/@href") if link.startswith(f"{page}/")]
    assert other.submit(f"{page}/change", **moved).status_code == 403, "it is of who is responsible for the plan"
    assert other.get(f"/services/surveys/new?activity={one}").status_code == 403
    assert browser.submit(f"{page}/call-off", reason=" ").status_code == 422
    assert browser.submit(f"{page}/call-off", reason="ฝนตกหนัก น้ำท่วมหอประชุม").status_code == 302
    browser.get(page)
    links = " ".join(browser.tree.xpath("//main//a/@href"))
    assert "น้ำท่วมหอประชุม" in browser.text

    def history(action: str, reason: str) -> int:
        told = f"kind = 'service_request_activity' and record_id = {one} and action = 'service_request.{action}'"
        return world.count("core_timeline", f"{told} and note = '{reason}'")

    assert history("called_off", "ฝนตกหนัก น้ำท่วมหอประชุม") == 1
    assert not [step for step in ("held", "prepare", "change", "call-off") if f"{page}/{step}" in links]
    for user in ("director", "groupdirector", "groupclerk"):
        told = world.browser(f"{user}.{HOME}")
        told.get("/notices/")
        assert "ยกเลิกกิจกรรม" in told.text, user
    mine = f"activity_id = {one}"
    assert world.count("service_request_survey", f"{mine} and status = 'open'") == 0
    assert world.count("service_request_expense", f"{mine} and status = 'void'") == 1
    assert world.count("core_waiting", f"kind = 'service_request_expense' and unit_id is not null and record_id in "
                       f"(select id from service_request_expense where {mine})") == 0  # fmt: skip
    with world.session() as s:
        assert "อบรมภาษาไทย" not in [row[0] for row in tables.expenses(s, school_year(today() + timedelta(days=20)))]
    assert browser.submit(f"{page}/take-up", start_on=near(-2), end_on=near(-2)).status_code == 422
    again_at = {"start_on": near(40), "end_on": near(40), "venue": "โรงอาหาร", "reason": "น้ำลดแล้ว"}
    assert browser.submit(f"{page}/take-up", **again_at).status_code == 302
    assert history("resumed", "น้ำลดแล้ว") == 1
    with world.session() as s:
        again = s.get_one(Activity, one)
        assert (again.status, again.venue, again.day) == ("planned", "โรงอาหาร", today() + timedelta(days=40))
    assert world.count("service_request_expense", f"{mine} and status = 'open'") == 1
    director = world.browser(f"director.{HOME}")
    director.get("/notices/")
    assert "ดำเนินกิจกรรมต่อ" in director.text
    browser.submit(f"{page}/call-off", reason="ไม่มีผู้สมัคร")
    with world.session() as s:
        spent = s.scalars(select(Expense.id).filter_by(activity_id=one)).one()
    assert clerk.submit(f"/services/costs/bulk/spend?ids={spent}").status_code == 302
    clerk.get(f"/services/costs/{spent}")
    assert f"/services/costs/{spent}/edit" not in clerk.tree.xpath("//main//a/@href"), "it would be refused"
    assert world.browser(f"groupclerk.{HOME}").get(f"{page}/take-up").status_code in (403, 404)
    take(world, number, "close")
    browser.get(page)
    assert f"{page}/take-up" not in browser.tree.xpath("//main//a/@href"), "its plan is closed"
    assert browser.sent_late(f"{page}/take-up", start_on=near(40), end_on=near(40)).status_code == 422


def test_a_plan_keeps_its_themes(world):
    browser = world.browser(f"supervisor.{HOME}")
    browser.get("/services/plans/new")
    assert len(browser.tree.xpath("//input[@type='checkbox'][@name='themes']")) == 5, "a tick box for each"
    made = browser.submit("/services/plans/new", **PLAN, themes=["together", "lasting"])
    browser.get(made.location)
    assert "Taking part, Lasting" in browser.text


def test_a_summary_keeps_its_lessons(world):
    number = preparing(world)
    hold(world, number)
    browser = world.browser(f"supervisor.{HOME}")
    address = f"/services/summaries/new?activity={activity_of(world, number).id}"
    made = browser.submit(address, attended="25", result="บรรลุ", lessons="ใช้กลุ่มย่อยได้ผลดี")
    browser.get(made.location)
    assert "ใช้กลุ่มย่อยได้ผลดี" in browser.text
    assert browser.sent_late(address, attended="25", result="บรรลุ").status_code == 422, "one summary an activity"


# -- reports ------------------------------------------------------------------------------------------------------------------


def test_each_report_opens_on_the_page_and_leaves_in_every_kind(world):
    browser = world.browser(f"groupdirector.{HOME}")
    keys = [key for key in world.khet.registry.reports if key.startswith("service_request.")]
    assert len(keys) == 8
    for key in keys:
        assert browser.get(f"/reports/{key}").status_code == 200, key
        for kind, begins in (("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf"), ("pdf", b"%PDF")):
            assert browser.post(f"/reports/{key}/file?year={YEAR}", {"kind": kind}).data.startswith(begins), (key, kind)


def test_the_register_has_the_columns_of_the_page_in_their_order(world):
    browser = world.browser(f"groupdirector.{HOME}", locale="th")
    browser.get("/reports/service_request.register")
    heads = [" ".join(th.text_content().split()) for th in browser.tree.xpath("//table[1]/thead//th")]
    assert heads[:14] == [
        "เลขที่", "วันที่รับ", "ที่", "ผู้ขอ", "กลุ่มโรงเรียน", "บริการ", "รูปแบบ", "เรื่อง", "วันจัด", "ล่วงหน้า (วัน)",
        "การพิจารณา", "เลขหนังสือตอบ", "วิทยากร", "สถานะ",
    ]  # fmt: skip


def test_lead_time_stands_in_weeks_with_the_line_at_fourteen_days(world):
    received(world, letter="1", days=13)
    received(world, letter="2", days=14)
    with world.session() as s:
        found = figures.lead_bins(s, YEAR)
    (short, under), (enough, over) = found.series
    assert (short, enough) == ("Less than 14 days", "14 days or more")
    assert under[found.names.index("7–13")] >= 1
    assert over[found.names.index("14–20")] >= 1, "two weeks are enough"
    assert found.names[found.line] == "14–20", "the line stands before it"


def test_the_funnel_counts_who_came_at_least_this_far(world):
    with world.session() as s:
        before = dict(figures.funnel(s, YEAR))
    number = circulated(world, letter="1")
    told = {"reason": "people", "reason_text": "x", "told_on": near(0)}
    step(world, number, "decline", "groupdirector", **told)
    received(world, letter="2")

    def came() -> list[int]:
        with world.session() as s:
            after = dict(figures.funnel(s, YEAR))
        return [after[stage] - before[stage] for stage in after]

    assert came() == [2, 2, 1, 1, 0, 0, 0, 0, 0], "the declined one came as far as it was considered"
    assert step(world, number, "reply", letter_no="ศธ 9/1", letter_on=near(0)).status_code == 302
    assert step(world, number, "end").status_code == 302
    assert came() == [2, 2, 1, 1, 0, 0, 0, 0, 0], "its letter and its end make it neither approved nor held"
    assert step(world, received(world, letter="3"), "cancel", "school", reason="เลิกจัด").status_code == 302
    assert step(world, approved(world, letter="4"), "call_off", "groupdirector", reason="ป่วย").status_code == 302
    assert came() == [4, 4, 2, 2, 1, 0, 0, 0, 0], "what was given up came as far as is known of it"


def test_served_is_who_was_served(world):
    with world.session() as s:
        part, whole = (s.scalar(one) or 0 for one in kpis._served(s, YEAR))
    step(world, approved(world, letter="1"), "cancel", "school", reason="เลิกจัด")
    step(world, approved(world, letter="2"), "call_off", "groupdirector", reason="ป่วย")
    with world.session() as s:
        now = tuple(s.scalar(one) or 0 for one in kpis._served(s, YEAR))
    assert now == (part, whole + 1), "neither is served, and what the school withdrew the office did not refuse"


def test_demand_stands_by_area_over_the_twelve_months_of_the_school_year(world):
    received(world, letter="1")
    with world.session() as s:
        found = figures.demand(s, YEAR)
        asked = s.scalar(select(func.count()).where(Request.asked_on.between(*school_year_of(YEAR))))
    assert len(found.names) == 12
    assert found.names[0].startswith("May "), "a school year begins in May"
    assert len(found.series) == 6, "the areas of the manual"
    assert sum(found.totals()) == asked


def test_a_school_group_that_never_asks_has_an_empty_line(world):
    received(world, letter="1")
    with world.session() as s:
        s.add(SchoolGroup(name="กลุ่มโรงเรียนที่เงียบ"))
        s.flush()
        found = figures.silence(s, YEAR)
        asked = set(s.scalars(select(Request.network).where(Request.asked_on.between(*school_year_of(YEAR)))))
    silent = [name for name in found.names if name not in asked]
    assert "กลุ่มโรงเรียนที่เงียบ" in silent
    at = dict(zip(found.names, found.totals(), strict=True))
    assert all(at[name] == 0 for name in silent)
    assert all(at[name] > 0 for name in found.names if name in asked)


def test_reasons_stand_by_how_often_with_their_share(world):
    for letter, reason in (("1", "people"), ("2", "people"), ("3", "scope")):
        number = circulated(world, letter=letter)
        told = {"reason": reason, "reason_text": "x", "told_on": near(0)}
        step(world, number, "decline", "groupdirector", **told)
    with world.session() as s:
        declined = sum(count for _label, count in figures.pareto(s, YEAR))
    assert step(world, circulated(world, letter="4"), "offer", "groupdirector", **offer()).status_code == 302
    with world.session() as s:
        assert sum(count for _label, count in figures.pareto(s, YEAR)) == declined, "an offer declines nothing"
        counts = [count for _label, count in figures.pareto(s, YEAR)]
    assert counts == sorted(counts, reverse=True)
    assert shares(counts)[-1] == 100


CHARTS = {
    "register": ["funnel", "histogram"], "by_area": ["stacked", "heat"], "speakers": ["bar"],
    "satisfaction": ["diverging"], "declined": ["pareto"], "kpi": ["bullet"],
}  # fmt: skip


def test_each_question_of_the_page_has_the_drawing_that_answers_it(world):
    reports = world.khet.registry.reports
    assert {name: [one.kind for one in reports[f"service_request.{name}"].charts] for name in CHARTS} == CHARTS
    assert [one.kind for one in reports["cooperation.cases"].charts] == ["stacked_bar"]


def workbook(world, key: str) -> CalamineWorkbook:
    browser = world.browser("obec")
    asked = browser.post("/head-office/reports/", {"report": key, "year": str(YEAR)})
    assert asked.status_code == 302, asked.get_data(as_text=True)[-500:]
    runner.run_all(world.app)
    browser.get(asked.location)
    link = browser.tree.xpath("//a[contains(@href, '/file') or @download]/@href")[0]
    return CalamineWorkbook.from_filelike(io.BytesIO(browser.get(link).data))


def test_head_office_takes_reports_2_4_8_and_9_over_all_districts(world):
    with world.session(OTHER) as s:
        switches.switch(s, world.khet.switchboard, "service_request", on=False)
    for key in ("by_area", "satisfaction", "kpi"):
        book = workbook(world, f"service_request.{key}")
        totals = [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]
        said = {row[0]: row[2] for row in totals if row and row[0] in (HOME, OTHER)}
        assert said[HOME] != said[OTHER], "a district that has the module off is listed as such"
    book = workbook(world, "cooperation.cases")
    assert len(book.sheet_names) == 2


def test_who_is_responsible_changes_a_plan_or_template_and_nobody_lays_evidence_to_others_work(world):
    chief, group = world.account(f"groupdirector.{HOME}"), world.unit("group")
    with world.session() as s:
        shipped = s.scalars(select(SurveyTemplate)).first()
        plan = Plan(unit_id=group, year=2569, title="แผน", objectives="x", owner_id=chief.id, owner="x")
        s.add(plan)
        activity = s.scalars(select(Activity).where(Activity.status == "planned")).first()
        s.scalars(select(Nominee).filter_by(request_id=activity.request_id)).first().user_id = chief.id
        s.flush()
        pages = {f"/services/plans/{plan.id}": "PlanView", f"/services/survey-templates/{shipped.id}": ""}
        pages[f"/services/activities/{activity.id}"] = "ActivityView"
    supervisor, director = world.browser(f"supervisor.{HOME}"), world.browser(f"groupdirector.{HOME}")
    for page, view in pages.items():
        number = page.rpartition("/")[2]
        doors = [f"/evidence/new?of={view}:{number}"] if view else []
        doors += [f"{page}/edit"] if "activities" not in page else []
        supervisor.get(page)
        assert not supervisor.tree.xpath(f"//a[contains(@href, '{page}/edit') or contains(@href, '/evidence/new')]")
        for door in doors:
            assert supervisor.get(door).status_code == 403, door
            assert director.get(door).status_code == 200, door
    assert supervisor.sent_late(f"/services/plans/bulk/propose?ids={plan.id}&back=record").status_code == 422
    mine = supervisor.submit("/services/survey-templates/new", **{"title": "ของฉัน", "items-0-text": "ข้อเดียว"})
    assert mine.status_code == 302
    with world.session() as s:
        own = s.scalars(select(SurveyTemplate).filter_by(title="ของฉัน")).one()
    assert own.owner_id == world.account(f"supervisor.{HOME}").id
    assert supervisor.get(f"/services/survey-templates/{own.id}/edit").status_code == 200


def test_a_plan_its_analysis_and_a_template_go_on_with_who_is_named_in_their_writers_place(world):
    """ผู้จัดทำแผนย้าย: whoever answers for all services names a colleague, who writes on; both hear of it once."""
    analysis = analysed(world)
    plan = planned(world, analysis)
    supervisor, chief = world.browser(f"supervisor.{HOME}"), world.browser(f"groupdirector.{HOME}")
    made = supervisor.submit("/services/survey-templates/new", **{"title": "ของฉัน", "items-0-text": "ข้อเดียว"})
    writer, heir, idle = (world.account(f"{who}.{HOME}") for who in ("supervisor", "clerk", "groupclerk"))
    group = world.unit("group")
    with world.session() as s:
        role = s.scalars(select(RoleProfile).filter_by(key="service_request.supervisor")).one()
        s.add(Grant(user_id=heir.id, role_id=role.id, unit_id=group, starts_on=today()))
    pages = {f"/services/analyses/{analysis}", f"/services/plans/{plan}", made.location}
    for page in pages:
        base, _slash, number = page.rpartition("/")
        door = f"{base}/bulk/hand_over?ids={number}&back=record"
        supervisor.get(page)
        assert supervisor.tree.xpath(f"//a[contains(@href, '{base}/bulk/hand_over?ids={number}')]")
        asked = world.browser(f"clerk.{HOME}")
        asked.get(page)
        assert not asked.tree.xpath("//a[contains(@href, 'hand_over')]")
        assert asked.sent_late(door, owner_id=str(heir.id)).status_code == 422, "it is nobody's to take for themselves"
        assert chief.submit(door, owner_id=str(writer.id)).status_code == 422, "it is theirs already"
        assert chief.submit(door, owner_id=str(idle.id)).status_code == 422, "whose role writes none takes none"
        assert chief.submit(door, owner_id=str(heir.id)).status_code == 302, chief.errors()
        chief.get(page)
        assert heir.get_full_name() in chief.text
        assert "given to somebody else" in chief.text
        assert supervisor.get(f"{page}/edit").status_code == 403
        assert asked.get(f"{page}/edit").status_code == 200
    for account in (writer, heir):
        assert world.count("core_notice", f"topic = 'core.handed_over' and user_id = {account.id}") == len(pages)
    waits = f"kind = 'service_request_plan' and record_id = {plan} and user_id = {heir.id}"
    assert world.count("core_waiting", waits) == 1
    assert world.count("core_notice", f"topic = 'core.worklist' and user_id = {writer.id}") == 0, "said once"
    world.owner(f"update service_request_plan set status = 'closed' where id = {plan}")
    door = f"/services/plans/bulk/hand_over?ids={plan}&back=record"
    assert chief.sent_late(door, owner_id=str(writer.id)).status_code == 422, "nothing of it is left to be given on"
