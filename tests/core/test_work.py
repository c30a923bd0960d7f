"""Work standards: the manuals' steps, rounds, evidence, verification and indicators (rules 1–6 of the kernel)."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.calendars import school_year
from core.base.text.thai import today
from core.domain.standards import due_dates, indicators, services
from core.domain.standards.models import Evidence, Kpi, KpiTarget, Progress, Run, Standard, StandardStep, Term
from core.domain.standards.specs import DOWN, UP, StandardSpec, StepSpec, read
from core.ops import seed_data
from core.platform.masterdata.models import Holiday, Unit
from core.platform.users.models import Grant, RoleProfile
from tests.support import HOME, OTHER, near

PLAIN = StandardSpec("T-1", "งานทดสอบ", "คู่มือ", "เพื่อทดสอบ", (StepSpec("1", "หนึ่ง"), StepSpec("2", "สอง", evidence=True)))
TERMS = {1: (date(2026, 5, 16), date(2026, 10, 11)), 2: (date(2026, 11, 1), date(2027, 4, 1))}
YEAR = 2569


# -- the manuals' steps ---------------------------------------------------------------------------------------------


def test_the_manuals_own_153_steps_are_there_in_every_district(world):
    for code in (HOME, OTHER):
        with world.session(code) as s:
            assert len(s.scalars(select(StandardStep.id)).all()) == 153
            codes = set(s.scalars(select(Standard.code)))
    assert {"002-QA", "004-SVC", "004-AREA", "002-COOP", "003-T12", "001-TUMHOME"} <= codes


def test_2_1_and_2_10_are_two_steps_as_text(tmp_path):
    file = tmp_path / "s.csv"
    head = "code,topic_code,source,seq,activity_th,timing_th,timing_rule,quality_th,responsible_th,evidence\n"
    file.write_text(head + "X.2.1,X,s,2.1,ก,,,,,0\nX.2.10,X,s,2.10,ข,,,,,1\n", encoding="utf-8")
    (found,) = read(file, {"X": ("งาน", "")})
    assert [(step.seq, step.evidence) for step in found.steps] == [("2.1", False), ("2.10", True)]


def test_loading_again_changes_nothing(world):
    with world.session() as s:
        before = s.scalars(select(Standard.id).order_by(Standard.id)).all()
        assert seed_data.write(s, world.khet.registry) == 0
        assert s.scalars(select(Standard.id).order_by(Standard.id)).all() == before


def test_a_new_text_takes_the_place_of_the_old_where_nothing_has_begun(world):
    with world.session() as s:
        services.load(s, "core", [PLAIN])
        assert services.load(s, "core", [replace(PLAIN, title="งานใหม่")]) == 1
        found = s.scalars(select(Standard).filter_by(code="T-1")).all()
        assert [(one.title, one.edition) for one in found] == [("งานใหม่", 1)]


def test_what_the_district_changed_is_never_overwritten(world):
    with world.session() as s:
        services.load(s, "core", [PLAIN])
        one = services.current(s, "T-1")
        services.save_standard(s, one, {"title": "ของเรา", "active": True}, [{"seq": "1", "activity": "แก้แล้ว"}])
        assert services.load(s, "core", [replace(PLAIN, title="ของส่วนกลาง")]) == 0
        assert services.current(s, "T-1").title == "ของเรา"
        assert [step.activity for step in services.steps(s, services.current(s, "T-1"))] == ["แก้แล้ว"]


def test_a_standard_that_a_round_has_begun_with_becomes_the_next_edition(world):
    unit = world.unit()
    with world.session() as s:
        services.load(s, "core", [PLAIN])
        run = services.start_run(s, services.current(s, "T-1"), unit, YEAR)
        services.load(s, "core", [replace(PLAIN, steps=(StepSpec("1", "หนึ่งใหม่"),))])
        now = services.current(s, "T-1")
        assert now.edition == 2
        assert run.standard_id != now.id
        assert [one.title for one in services.of_run(s, run)] == ["หนึ่ง", "สอง"], "the old round keeps its steps"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"seq": "x/1", "activity": "ก"}, "place like"),
        ({"seq": "1", "activity": "ก", "timing_rule": "SOMETIMES"}, "no such timing rule"),
    ],
)
def test_a_place_or_rule_that_is_none_is_refused_at_its_line(world, line, said):
    with pytest.raises(RuleError, match=said) as refused, world.session() as s:
        services.save_standard(s, None, {"code": "T-9", "title": "ก", "active": True}, [line])
    assert refused.value.field.startswith("lines-0-")


# -- when a step is due -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "term", "wanted"),
    [
        ("ALL_YEAR", 0, date(2027, 4, 1)), ("ACADEMIC_YEAR_END", 0, date(2027, 4, 1)), ("ONCE_A_YEAR", 0, date(2027, 4, 1)),
        ("EVERY_ACADEMIC_YEAR", 0, date(2027, 4, 1)), ("EVERY_TERM", 1, date(2026, 10, 11)),
        ("TERM_END", 2, date(2027, 4, 1)), ("MIN_2_PER_TERM", 1, date(2026, 10, 11)), ("MONTH:3", 0, date(2027, 3, 31)),
        ("MONTH:6", 0, date(2026, 6, 30)), ("PER_EVENT", 0, None), ("LEAD_DAYS:14", 0, None), ("PHASE:2", 0, None),
        ("", 0, None),
    ],
)  # fmt: skip
def test_each_timing_rule_gives_its_day(rule, term, wanted):
    assert due_dates.due(rule, YEAR, term, TERMS) == wanted


def test_every_term_is_one_progress_a_term(world):
    unit = world.unit()
    spec = replace(
        PLAIN, steps=(StepSpec("1", "นิเทศ", timing_rule="EVERY_TERM"), StepSpec("2", "สรุป", timing_rule="ALL_YEAR"))
    )
    with world.session() as s:
        services.load(s, "core", [spec])
        run = services.start_run(s, services.current(s, "T-1"), unit, YEAR)
        assert [(one.seq, one.term) for one in services.of_run(s, run)] == [("1", 1), ("1", 2), ("2", 0)]


def test_the_district_s_own_terms_hold_before_the_ministry_s(world):
    unit = world.unit()
    with world.session() as s:
        services.save_term(
            s, None, {"school_year": YEAR, "number": 2, "starts_on": date(2026, 11, 2), "ends_on": date(2027, 3, 19)}
        )  # fmt: skip
        services.load(s, "core", [replace(PLAIN, steps=(StepSpec("1", "สรุป", timing_rule="ACADEMIC_YEAR_END"),))])
        run = services.start_run(s, services.current(s, "T-1"), unit, YEAR)
        assert services.of_run(s, run)[0].due_on == date(2027, 3, 19)


def test_a_due_day_without_offices_moves_to_the_last_working_day_before(world):
    with world.session() as s:
        assert due_dates.workday(s, date(2026, 10, 11)) == date(2026, 10, 9), "a Sunday"
        s.add(Holiday(day=date(2026, 10, 9), name="วันหยุดพิเศษ"))
        s.flush()
        assert due_dates.workday(s, date(2026, 10, 11)) == date(2026, 10, 8)


def test_a_term_ends_after_it_begins_and_is_there_once(world):
    values = {"school_year": 2560, "number": 1, "starts_on": date(2017, 5, 16), "ends_on": date(2017, 5, 1)}
    with world.session() as s, pytest.raises(RuleError, match="after the beginning"):
        services.save_term(s, None, values)
    with world.session() as s:
        s.add(Term(**{**values, "ends_on": date(2017, 10, 11)}))
        s.flush()
        with pytest.raises(RuleError, match="already"):
            services.save_term(s, None, {**values, "ends_on": date(2017, 10, 10)})


# -- rounds and progress ------------------------------------------------------------------------------------------------


def begun(world, assignee: str = f"supervisor.{HOME}") -> int:
    """A round of two steps, given to somebody; its id."""
    unit, account = world.unit("group"), world.account(assignee)
    with world.session() as s:
        services.load(s, "core", [PLAIN])
        return services.start_run(s, services.current(s, "T-1"), unit, school_year(today()), assignee=account).id


def steps_of(world, run_id: int) -> list[int]:
    with world.session() as s:
        return [one.id for one in services.of_run(s, s.get_one(Run, run_id))]


def take(world, number: int, key: str, user: str = "supervisor", *, late: bool = False, **typed):
    browser = world.browser(f"{user}.{HOME}")
    send = browser.sent_late if late else browser.submit
    answer = send(f"/steps/bulk/{key}?ids={number}&back=record", **typed)
    answer.browser = browser
    return answer


def state(world, number: int) -> str:
    with world.session() as s:
        return s.get_one(Progress, number).status


def proof(world, number: int, user: str = "supervisor"):
    browser = world.browser(f"{user}.{HOME}")
    typed = {"sort": "link", "title": "ภาพกิจกรรม", "url": "https://example.go.th/p", "visibility": "inside"}
    return browser.submit(f"/evidence/new?of=ProgressView:{number}", **typed)


def test_the_same_round_is_begun_once(world):
    begun(world)
    unit = world.unit("group")
    with world.session() as s, pytest.raises(RuleError, match="already"):
        services.start_run(s, services.current(s, "T-1"), unit, school_year(today()))


def test_a_step_that_wants_evidence_is_not_done_without(world):
    _first, second = steps_of(world, begun(world))
    refused = take(world, second, "hand_in")
    assert refused.status_code == 422
    assert "evidence" in " ".join(refused.browser.errors())
    assert proof(world, second).status_code == 302
    assert take(world, second, "hand_in").status_code == 302
    assert state(world, second) == "checking"


def test_nobody_verifies_their_own_work(world):
    first, _second = steps_of(world, begun(world, f"groupdirector.{HOME}"))
    assert take(world, first, "hand_in", "groupdirector").status_code == 302
    refused = take(world, first, "verify", "groupdirector")
    assert refused.status_code == 422
    assert "Somebody else" in " ".join(refused.browser.errors())
    assert state(world, first) == "checking"
    me, director = world.account(f"groupdirector.{HOME}"), world.account(f"director.{HOME}")
    world.owner(f"update ab_user set person_id = {me.person_id} where id = {director.id}")
    assert take(world, first, "verify", "director").status_code == 422, "by no other account of theirs either"
    world.owner(f"update ab_user set person_id = {director.person_id} where id = {director.id}")
    assert take(world, first, "verify", "director").status_code == 302, "the demo has a second keeper"
    assert state(world, first) == "done"


def test_another_verifies_it_or_sends_it_back_with_a_reason(world):
    first, _second = steps_of(world, begun(world))
    take(world, first, "hand_in")
    assert take(world, first, "back", "groupdirector").status_code == 422, "a reason is asked for"
    assert take(world, first, "back", "groupdirector", note="ขาดรูป").status_code == 302
    take(world, first, "hand_in")
    assert take(world, first, "verify", "groupdirector").status_code == 302
    assert state(world, first) == "done"


def test_whose_turn_a_step_is_learns_of_it(world):
    def told(user: str) -> int:
        return world.count("core_notice", f"topic = 'core.step' and user_id = {world.account(f'{user}.{HOME}').id}")

    first, second = steps_of(world, begun(world))
    take(world, first, "hand_in")
    assert (told("groupdirector"), told("supervisor")) == (1, 0), "who verifies"
    take(world, first, "back", "groupdirector", note="ขาดรูป")
    assert told("supervisor") == 1, "whose step it is"
    officer = world.account(f"groupclerk.{HOME}").id
    director = world.browser(f"groupdirector.{HOME}")
    take(world, first, "hand_in")
    assert take(world, first, "assign", "groupdirector", late=True, assignee_id=str(officer)).status_code == 422
    director.get(f"/steps/{first}")
    assert not director.tree.xpath("//a[contains(@href, '/bulk/assign')]")
    assert director.submit(f"/steps/bulk/assign?ids={second}&back=record", assignee_id=str(officer)).status_code == 302
    assert told("groupclerk") >= 1, "to whom it is given"
    assert told("supervisor") == 2, "who has it no more"
    loser = world.browser(f"supervisor.{HOME}")
    for page in ("/notices/", "/"):
        loser.get(page)
        lines = loser.tree.xpath("//*[contains(@class, 'wait-line')][contains(., 'มอบขั้นตอนนี้ให้ผู้อื่นแล้ว')]")
        assert lines, "the words stand"
        assert not [line for line in lines if line.get("href")], "and lead nowhere: it cannot be opened any more"
        assert loser.tree.xpath(f"//main//a[@href='/steps/{first}']"), "what is still theirs opens"


def test_who_gives_steps_to_another_keeps_their_days_and_takes_those_of_the_rule_by_saying_so(world):
    first, second = steps_of(world, begun(world))
    director, both = world.browser(f"groupdirector.{HOME}"), f"/steps/bulk/assign?ids={first},{second}"

    def days():
        with world.session() as s:
            return [s.get_one(Progress, one).due_on for one in (first, second)]

    by_rule = days()
    for number, day in ((first, near(3)), (second, near(5))):
        assert director.submit(f"/steps/bulk/assign?ids={number}&back=record", due_on=day).status_code == 302
    officer = world.account(f"groupclerk.{HOME}").id
    assert director.submit(both, assignee_id=str(officer)).status_code == 302
    assert days() == [today() + timedelta(days=3), today() + timedelta(days=5)], "each keeps its own"
    assert director.submit(both, due_on=near(7), by_rule="y").status_code == 422, "one or the other"
    assert director.submit(both, by_rule="y").status_code == 302, director.errors()
    assert days() == by_rule
    with world.session() as s:
        assert {s.get_one(Progress, one).assignee_id for one in (first, second)} == {officer}


def test_the_officer_does_not_verify_at_all(world):
    first, _second = steps_of(world, begun(world))
    take(world, first, "hand_in")
    assert take(world, first, "verify").status_code in (403, 404)


def test_somebody_else_s_step_is_not_there(world):
    first, _second = steps_of(world, begun(world))
    assert world.browser(f"clerk.{HOME}").get(f"/steps/{first}").status_code == 404
    assert world.browser(f"supervisor.{OTHER}").get(f"/steps/{first}").status_code == 404
    assert proof(world, first, "clerk").status_code == 404


def test_my_steps_wait_for_me_and_then_for_who_verifies(world):
    first, _second = steps_of(world, begun(world))
    mine = f"view = 'ProgressView' and record_id = {first}"
    assert world.count("core_waiting", f"{mine} and user_id = {world.account(f'supervisor.{HOME}').id}") == 1
    take(world, first, "hand_in")
    assert world.count("core_waiting", f"{mine} and user_id is null and verb = 'verify'") == 1
    take(world, first, "verify", "groupdirector")
    assert world.count("core_waiting", mine) == 0


def test_progress_counts_leaf_steps_without_those_that_do_not_apply():
    rows = [Progress(seq=str(n), status=s) for n, s in enumerate(("done", "todo", "na", "checking"))]
    assert services.tally(rows).percent == Decimal("33.3")
    assert services.tally([Progress(seq="1", status="na")]).percent is None, "nothing wanted is not nought"


def test_a_round_with_evidence_is_archived_not_deleted(world):
    run = begun(world)
    first, _second = steps_of(world, run)
    proof(world, first)
    keeper = world.browser(f"groupdirector.{HOME}")
    assert keeper.sent_late(f"/rounds/bulk/delete?ids={run}").status_code == 422
    assert keeper.submit(f"/rounds/bulk/archive?ids={run}").status_code == 302
    assert world.count("core_work_run", f"id = {run} and archived") == 1
    assert world.count("core_evidence") == 1


def test_a_round_on_which_somebody_worked_is_archived_not_deleted(world):
    run = begun(world)
    first, _second = steps_of(world, run)
    keeper = world.browser(f"groupdirector.{HOME}")

    def offered() -> bool:
        keeper.get(f"/rounds/{run}")
        return bool(keeper.tree.xpath("//main//a[contains(@href, '/bulk/delete')]"))

    assert offered(), "nobody has begun"
    for key, user in (("begin", "supervisor"), ("hand_in", "supervisor"), ("verify", "groupdirector")):
        assert take(world, first, key, user).status_code == 302
        assert not offered(), key
        assert keeper.sent_late(f"/rounds/bulk/delete?ids={run}").status_code == 422, key
        assert "archive it instead" in " ".join(keeper.errors()), key
    assert state(world, first) == "done"


def test_a_round_is_archived_when_nothing_waits_to_be_verified_and_its_officers_are_told(world):
    run = begun(world)
    first, second = steps_of(world, run)
    keeper, officer = world.browser(f"groupdirector.{HOME}"), world.account(f"supervisor.{HOME}").id
    take(world, first, "hand_in")
    assert keeper.sent_late(f"/rounds/bulk/archive?ids={run}").status_code == 422
    assert "1 หนึ่ง" in " ".join(keeper.errors()), "the step that waits is named"
    assert state(world, first) == "checking"
    take(world, first, "verify", "groupdirector")
    before = world.count("core_notice", f"topic = 'core.step' and user_id = {officer}")
    assert keeper.submit(f"/rounds/bulk/archive?ids={run}").status_code == 302, keeper.errors()
    assert (state(world, first), state(world, second)) == ("done", "na")
    assert world.count("core_notice", f"topic = 'core.step' and user_id = {officer}") == before + 1
    reader = world.browser(f"supervisor.{HOME}")
    reader.get("/notices/")
    assert "เก็บรอบ" in reader.text
    assert reader.get(f"/steps/{second}").status_code == 200, "the notice leads there"


def test_nothing_is_done_in_a_round_that_was_archived(world):
    run = begun(world)
    first, second = steps_of(world, run)
    take(world, first, "hand_in")
    take(world, first, "verify", "groupdirector")
    keeper = world.browser(f"groupdirector.{HOME}")
    assert keeper.submit(f"/rounds/bulk/archive?ids={run}").status_code == 302
    for number, key in ((first, "back"), (second, "take_up")):
        keeper.get(f"/steps/{number}")
        assert not keeper.tree.xpath("//main//a[contains(@href, '/steps/bulk/')]"), key
        assert take(world, number, key, "groupdirector", note="อีกครั้ง", late=True).status_code == 422, key
    with world.session() as s, pytest.raises(RuleError, match="put away"):
        who = services.Who(world.account(f"groupdirector.{HOME}").id, "x")
        services.apply(s, s.get_one(Progress, second), "take_up", who=who, today=today())
    assert (state(world, first), state(world, second)) == ("done", "na")
    assert world.count("core_waiting", f"view = 'ProgressView' and record_id in ({first}, {second})") == 0


def test_who_keeps_the_work_of_one_unit_finds_it_in_the_form(world):
    """The role reaches every unit of the district; it was given at one, which is the one that is meant."""
    keeper = world.account(f"groupdirector.{HOME}").id
    with world.session() as s:
        role = s.scalars(select(RoleProfile.id).where(RoleProfile.key == "core.work_keeper")).one()
        unit_id = s.scalars(select(Grant.unit_id).where(Grant.user_id == keeper, Grant.role_id == role)).one()
        name = s.get_one(Unit, unit_id).name
        standard = s.scalars(select(Standard.id).where(Standard.code == "002-QA")).first()
    browser = world.browser(f"groupdirector.{HOME}")
    browser.get(f"/rounds/new?standard={standard}")
    assert browser.fields()["unit_id"] == [str(unit_id)]
    assert browser.tree.xpath("//input[@name='unit_id-text']/@value") == [name]
    assert browser.resubmit("/rounds/new").status_code == 302, browser.errors()
    with world.session() as s:
        s.add(Grant(user_id=keeper, role_id=role, unit_id=world.unit(), starts_on=today()))
    browser = world.browser(f"groupdirector.{HOME}")
    browser.get("/rounds/new")
    assert browser.fields()["unit_id"] == [""], "of two units nobody guesses"


def test_a_round_without_evidence_can_be_taken_away(world):
    run = begun(world)
    assert world.browser(f"groupdirector.{HOME}").submit(f"/rounds/bulk/delete?ids={run}").status_code == 302
    assert world.count("core_work_progress") == 0
    assert world.count("core_waiting", "view = 'ProgressView'") == 0


# -- evidence -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("urls", "typed", "field", "said"),
    [
        (
            (
                "javascript:alert(1)",
                "https://",
                "http:// example.go.th",
                "https://เอกสาร",
                "https://a:b@example.go.th/",
            ),
            {},
            "url",
            "begins with https",
        ),
        (("",), {}, "files", "Attach a file"),
        (("",), {"files": "999999"}, "files", "Attach a file"),
        (("",), {"sort": "letter"}, "dated", "Attach the letter"),
    ],
)
def test_evidence_is_a_file_or_a_real_address(world, urls, typed, field, said):
    first, _second = steps_of(world, begun(world))
    browser = world.browser(f"supervisor.{HOME}")
    for url in urls:
        values = {"sort": "photo", "title": "ภาพ", "visibility": "inside", "url": url, **typed}
        assert browser.submit(f"/evidence/new?of=ProgressView:{first}", **values).status_code == 422, url
        assert said in " ".join(browser.errors())
        assert browser.tree.xpath(f"//*[@id='{field}-error']"), browser.errors()
    assert world.count("core_evidence") == 0


def test_evidence_with_a_file_opens_to_who_may_open_the_record_and_to_nobody_else(world):
    first, _second = steps_of(world, begun(world))
    browser = world.browser(f"supervisor.{HOME}")
    file = (io.BytesIO(b"%PDF-1.7 ..."), "รายงาน.pdf")
    staged = browser.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"]
    values = {"sort": "document", "title": "รายงาน", "visibility": "inside", "files": str(staged)}
    assert browser.submit(f"/evidence/new?of=ProgressView:{first}", **values).status_code == 302
    with world.session() as s:
        number = s.scalars(select(Evidence.id)).one()
    assert browser.get(f"/evidence/{number}").status_code == 200
    assert world.browser(f"clerk.{HOME}").get(f"/evidence/{number}").status_code == 404
    assert world.browser(f"supervisor.{OTHER}").get(f"/evidence/{number}").status_code == 404


def test_a_record_that_holds_none_takes_none(world):
    browser = world.browser(f"supervisor.{HOME}")
    assert browser.get(f"/evidence/new?of=SchoolView:{world.school_id()}").status_code == 404
    assert browser.get("/evidence/new?of=NoView:1").status_code == 404
    assert browser.get("/evidence/new").status_code == 404


# -- indicators -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direction", "target", "actual", "wanted"),
    [
        (UP, 90, 90, "met"),
        (UP, 90, 89.9, "missed"),
        (DOWN, 5, 5, "met"),
        (DOWN, 5, 5.1, "missed"),
        (UP, 0, None, "no_data"),
    ],
)
def test_target_against_actual_where_no_data_is_never_nought(direction, target, actual, wanted):
    assert indicators.result(direction, target, actual) == wanted


def test_an_indicator_without_data_says_so_on_its_page(world):
    browser = world.browser(f"groupdirector.{HOME}")
    browser.get("/indicators/")
    assert "No data" in browser.text
    assert "Works reported" in browser.text


def test_a_typed_value_wants_evidence_and_a_counted_one_is_not_typed(world):
    with world.session() as s:
        kpi = Kpi(code="own.1", title="ของเขต", unit_title="คน", direction="up")
        s.add(kpi)
        s.flush()
        target = KpiTarget(kpi_id=kpi.id, year=2569, target=5)
        counted = s.scalars(
            select(KpiTarget).join(Kpi, Kpi.id == KpiTarget.kpi_id).where(Kpi.code == "svc.letter")
        ).one()
        s.add(target)
        s.flush()
        number, other = target.id, counted.id
    browser = world.browser(f"groupdirector.{HOME}")
    assert browser.submit(f"/indicators/{number}/edit", target="5", typed="6").status_code == 422
    typed = {"sort": "link", "title": "ที่มา", "url": "https://example.go.th/", "visibility": "inside"}
    assert browser.submit(f"/evidence/new?of=KpiView:{number}", **typed).status_code == 302
    assert browser.submit(f"/indicators/{number}/edit", target="5", typed="6").status_code == 302
    browser.submit(f"/indicators/{other}/edit", target="80", typed="99")
    with world.session() as s:
        assert s.get_one(KpiTarget, number).typed == 6
        assert (s.get_one(KpiTarget, other).target, s.get_one(KpiTarget, other).typed) == (80, None)


def test_loading_indicators_again_keeps_the_district_s_target(world):
    with world.session() as s:
        one = s.scalars(select(KpiTarget).order_by(KpiTarget.id)).first()
        one.target = 42
        s.flush()
        seed_data.write(s, world.khet.registry)
        assert s.get_one(KpiTarget, one.id).target == 42


# -- reports ------------------------------------------------------------------------------------------------------------------


def test_the_summary_form_has_the_manual_s_columns_in_their_order(world):
    browser = world.browser(f"groupdirector.{HOME}", locale="th")
    with world.session() as s:
        standard = services.current(s, "002-QA").id
    browser.get(f"/reports/core.standard_form?standard_id={standard}")
    heads = [" ".join(th.text_content().split()) for th in browser.tree.xpath("//table[1]/thead//th")]
    assert heads[:6] == ["ลำดับที่", "ผังขั้นตอน", "รายละเอียดงาน", "เวลาดำเนินการ", "มาตรฐานคุณภาพงาน", "ผู้รับผิดชอบ"]
    assert "ชื่องาน งานส่งเสริมพัฒนาระบบการประกันคุณภาพการศึกษา" in browser.text
    for kind, begins in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        got = browser.post(f"/reports/core.standard_form/file?standard_id={standard}", {"kind": kind})
        assert got.data.startswith(begins)


def test_progress_by_standard_and_gaps_of_evidence(world):
    _first, second = steps_of(world, begun(world))
    browser = world.browser(f"groupdirector.{HOME}")
    browser.get("/reports/core.work_progress")
    assert "งานทดสอบ" in browser.text
    browser.get("/reports/core.work_gaps")
    assert "สอง" in browser.text
    proof(world, second)
    browser.get("/reports/core.work_gaps")
    assert "สอง" not in browser.text
    browser.get("/steps/?gap=1")
    assert "สอง" not in browser.text


def test_references_stand_under_the_summary_form(world):
    with world.session() as s:
        one = services.save_standard(
            s, None, {"code": "R-1", "title": "งาน", "active": True, "refs": "พ.ร.บ. การศึกษาแห่งชาติ พ.ศ. 2542"},
            [{"seq": "1", "activity": "ทำ"}],
        ).id  # fmt: skip
    browser = world.browser(f"groupdirector.{HOME}")
    browser.get(f"/reports/core.standard_form?standard_id={one}")
    assert "พ.ร.บ. การศึกษาแห่งชาติ พ.ศ. 2542" in browser.text


# -- who is no longer there, and what was said before --------------------------------------------------------------------


def test_what_is_sent_back_to_somebody_who_has_left_waits_to_be_given_to_another(world):
    first, second = steps_of(world, begun(world))
    assert take(world, first, "hand_in").status_code == 302
    leaver, heir = world.account(f"supervisor.{HOME}"), world.account(f"groupclerk.{HOME}")
    admin, director = world.browser(f"admin.{HOME}"), world.browser(f"groupdirector.{HOME}")
    assert admin.post(f"/users/{leaver.id}/leave").status_code == 302
    assert take(world, first, "back", "groupdirector", note="ขาดรูป").status_code == 302
    director.get(f"/steps/{first}")
    with world.session() as s:
        one = s.get_one(Progress, first)
        assert (one.status, one.assignee_id, one.assignee) == ("doing", None, "")
    mine = f"view = 'ProgressView' and record_id = {first}"
    assert world.count("core_waiting", f"{mine} and verb = 'verify' and user_id is null") == 1, (
        "for whoever gives it out"
    )
    assert director.submit(f"/steps/bulk/assign?ids={first}&back=record", assignee_id=str(heir.id)).status_code == 302
    assert world.count("core_waiting", f"{mine} and verb = 'edit' and user_id = {heir.id}") == 1
    assert take(world, first, "hand_in", "groupclerk").status_code == 302
    assert state(world, second) == "todo"


def test_whoever_sends_a_step_back_reads_that_its_officer_has_left(world):
    first, _second = steps_of(world, begun(world))
    assert take(world, first, "hand_in").status_code == 302
    admin = world.browser(f"admin.{HOME}")
    assert admin.post(f"/users/{world.account(f'supervisor.{HOME}').id}/leave").status_code == 302
    director = world.browser(f"groupdirector.{HOME}")
    assert director.submit(f"/steps/bulk/back?ids={first}&back=record", note="ขาดรูป").status_code == 302
    director.get(f"/steps/{first}")
    assert "can do no work here any more" in director.text


def test_a_remark_that_was_answered_stands_in_the_history_alone(world):
    first, second = steps_of(world, begun(world))
    assert take(world, first, "hand_in").status_code == 302
    assert take(world, first, "back", "groupdirector", note="ขาดรูป").status_code == 302
    assert take(world, first, "hand_in").status_code == 302
    assert take(world, first, "verify", "groupdirector").status_code == 302
    assert take(world, second, "leave_out", "groupdirector", note="ไม่มีงานนี้").status_code == 302
    assert take(world, second, "take_up", "groupdirector").status_code == 302
    with world.session() as s:
        assert [s.get_one(Progress, one).note for one in (first, second)] == ["", ""]
    director = world.browser(f"groupdirector.{HOME}")
    director.get(f"/steps/{first}")
    assert "ขาดรูป" in director.text, "in the history"
