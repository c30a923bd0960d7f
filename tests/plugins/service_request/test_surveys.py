"""Satisfaction surveys: by link without login, one answer a browser, and nobody is recognised."""

from __future__ import annotations

import io
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from limits import parse
from pypdfium2 import PdfDocument
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from core.base.text import figures
from core.base.text.calendars import school_year
from core.base.text.thai import BANGKOK, today
from core.platform.notices import services as notices
from core.platform.schedule.periodic import Turn
from plugins.service_request.models import Activity, Nominee, Survey, SurveyAnswer, SurveyBallot, SurveyTemplate
from plugins.service_request.surveys import ends, services, views
from tests.plugins.service_request.world import HOME, activity_of, hold, meet, preparing, pressed_twice, step
from tests.support import near


@pytest.fixture
def survey(world) -> Survey:
    """An open survey of an activity that was held."""
    number = preparing(world)
    hold(world, number)
    activity = activity_of(world, number)
    with world.session() as s:
        template = s.scalars(select(SurveyTemplate.id)).first()
    browser = world.browser(f"supervisor.{HOME}")
    address = f"/services/surveys/new?activity={activity.id}"
    assert browser.submit(address, template_id=str(template), closes_on=near(5)).status_code == 302
    with world.session() as s:
        return s.scalars(select(Survey).filter_by(activity_id=activity.id)).one()


def vote(browser, survey, value: int = 5, **more):
    """Fill the survey in as a stranger does."""
    address = f"/survey/{survey.link}"
    browser.get(address)
    token = browser.tree.xpath("//form//input[@name='csrf_token']/@value")
    if not token:
        return browser.page
    typed = {f"item-{n}": str(value) for n in range(len(survey.items))}
    browser.page = browser.client.post(address, data={"csrf_token": token[0], "kind": "teacher", **typed, **more})
    return browser.page


def test_a_stranger_answers_without_login_and_once(world, survey):
    stranger = world.browser()
    assert vote(stranger, survey).status_code == 200
    assert "ขอบคุณ" in stranger.text
    assert vote(stranger, survey).status_code == 200
    assert "ตอบแล้ว" in stranger.text
    assert not stranger.tree.xpath("//form[@data-main]"), "nothing is asked again"
    assert world.count("service_request_survey_answer", f"survey_id = {survey.id}") == 1
    assert vote(world.browser(), survey).status_code == 200, "another browser may"


def test_the_same_answer_sent_twice_at_once_is_one_and_the_second_is_told_so(world, survey, monkeypatch):
    """Whoever is signed in answers as a stranger does: Save pressed twice is one answer."""
    meet(monkeypatch, services, "clean")
    address = f"/survey/{survey.link}"
    for number, browser in enumerate((world.browser(), world.browser(f"school.{HOME}")), start=1):
        browser.get(address)
        sent = {"csrf_token": browser.tree.xpath("//form//input[@name='csrf_token']/@value")[0], "kind": "teacher"}
        pages = pressed_twice(world, browser, address, {**sent, "item-0": "5"})
        assert [page.status_code for page in pages] == [200, 200]
        texts = "".join(page.get_data(as_text=True) for page in pages)
        for said in (("Your answer is in", "ได้รับคำตอบแล้ว"), ("You have answered already", "ตอบแล้ว ขอบคุณ")):
            assert sum(texts.count(one) for one in said) == 1, said
        assert world.count("service_request_survey_answer", f"survey_id = {survey.id}") == number


def test_a_hall_of_three_hundred_behind_one_address_opens_it_and_answers(world, survey):
    address = f"/survey/{survey.link}"
    opened = [world.browser().get(address).status_code for _person in range(300)]
    assert set(opened) == {200}
    assert {vote(world.browser(), survey).status_code for _person in range(20)} == {200}


def test_a_ballot_that_no_page_gave_out_counts_nothing(world, survey):
    stranger = world.browser()
    stranger.get(f"/survey/{survey.link}")
    stranger.client.set_cookie("khet-survey", "a" * 32, path=f"/survey/{survey.link}")
    token = stranger.tree.xpath("//form//input[@name='csrf_token']/@value")[0]
    answer = stranger.client.post(
        f"/survey/{survey.link}", data={"csrf_token": token, "kind": "teacher", "item-0": "5"}
    )
    assert answer.status_code == 422
    assert world.count("service_request_survey_answer", f"survey_id = {survey.id}") == 0


def test_a_survey_takes_no_more_answers_than_a_meeting_has_people(world, survey, monkeypatch):
    monkeypatch.setattr(services, "MOST_ANSWERS", 1)
    assert vote(world.browser(), survey).status_code == 200
    assert vote(world.browser(), survey).status_code == 422


def test_one_address_uses_up_no_survey(world, survey, monkeypatch):
    monkeypatch.setattr(views, "A_SHARE", parse("1 per day"))
    first, second, elsewhere = (world.browser() for _n in range(3))
    elsewhere.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert vote(first, survey).status_code == 200
    assert vote(second, survey).status_code == 422
    assert "เครือข่ายนี้" in second.text
    assert vote(elsewhere, survey).status_code == 200
    assert world.count("service_request_survey_answer", f"survey_id = {survey.id}") == 2


def test_an_answer_names_nobody_and_no_row_leads_to_it(world, survey):
    vote(world.browser(f"school.{HOME}"), survey, remark="ดีมาก")
    with world.session() as s:
        answer = s.scalars(select(SurveyAnswer).filter_by(survey_id=survey.id)).one()
        ballot = s.scalars(select(SurveyBallot).filter_by(survey_id=survey.id)).one()
        assert set(SurveyAnswer.__table__.columns.keys()) == {
            "id",
            "district_id",
            "survey_id",
            "kind",
            "values",
            "remark",
        }
        assert set(SurveyBallot.__table__.columns.keys()) == {"id", "district_id", "survey_id", "hash"}
        assert ballot.hash not in (answer.remark, answer.kind)
    assert (
        world.count("core_timeline", "kind in ('service_request_survey_answer', 'service_request_survey_ballot')") == 0
    )


def test_nothing_that_a_stranger_says_is_cut(world, survey):
    stranger, long = world.browser(), "ห้องประชุมร้อน " * 80
    refused = vote(stranger, survey, remark=long)
    assert refused.status_code == 422
    assert "1000" in " ".join(stranger.errors())
    assert long.strip() in stranger.tree.xpath("string(//textarea[@name='remark'])"), "the words are still there"
    assert world.count("service_request_survey_answer", f"survey_id = {survey.id}") == 0
    assert vote(stranger, survey, remark=long[:900]).status_code == 200


def test_nobody_is_a_head_who_did_not_say_so(world, survey):
    assert vote(world.browser(), survey, kind="").status_code == 200
    assert world.count("service_request_survey_answer", f"survey_id = {survey.id} and kind = 'other'") == 1


def test_fewer_than_five_answers_are_hidden(world, survey):
    browser = world.browser(f"groupdirector.{HOME}")
    for _ in range(4):
        vote(world.browser(), survey, remark="ควรมีเอกสาร")
    state(world, survey, "closed")
    browser.get(f"/services/surveys/{survey.id}")
    assert "Fewer than five" in browser.text
    assert "ควรมีเอกสาร" not in browser.text
    state(world, survey, "open")
    vote(world.browser(), survey)
    state(world, survey, "closed")
    browser.get(f"/services/surveys/{survey.id}")
    assert "Fewer than five" not in browser.text
    assert "ควรมีเอกสาร" in browser.text


def state(world, survey, status: str) -> None:
    world.owner(f"update service_request_survey set status = '{status}' where id = {survey.id}")


def test_no_answer_is_found_by_comparing_the_figures_before_and_after_it(world, survey):
    """While it is open neither its page nor any report has figures: those of five and of six would tell the sixth."""
    world.owner("delete from service_request_survey_answer")
    answered(world, survey, (4, 5))
    browser = world.browser(f"groupdirector.{HOME}")
    pages = (f"/services/surveys/{survey.id}", "/reports/service_request.satisfaction")
    seen = []
    for _ in range(2):
        seen.append([browser.get(page) and browser.text for page in pages])
        answered(world, survey, (1, 1))
    assert "4.00" not in " ".join(seen[0])
    assert "shown once it is closed" in seen[0][0]
    assert seen[0][1] == seen[1][1], "the report is as it was"
    state(world, survey, "closed")
    browser.get(pages[0])
    assert "3.14" in browser.text, "(4×5 + 1 + 1) / 7"


def test_a_survey_whose_figures_are_shown_is_not_opened_again(world, survey):
    """Or who closes it after five answers and again after the sixth finds what the sixth said."""
    world.owner("delete from service_request_survey_answer")
    answered(world, survey, (4, 4))
    browser, page = world.browser(f"supervisor.{HOME}"), f"/services/surveys/{survey.id}"
    bulk = f"/services/surveys/bulk/%s?ids={survey.id}&back=record"
    assert browser.submit(bulk % "close").status_code == 302
    assert browser.submit(bulk % "reopen", closes_on=near(3)).status_code == 302, "four show nothing yet"
    answered(world, survey, (4, 1))
    assert browser.submit(bulk % "close").status_code == 302
    browser.get(page)
    assert "4.00" in browser.text
    assert not browser.tree.xpath("//a[contains(@href, '/bulk/reopen')]"), "what would be refused is not offered"
    assert browser.sent_late(bulk % "reopen", closes_on=near(3)).status_code == 422
    assert "figures are shown" in " ".join(browser.errors())


@pytest.mark.parametrize(
    ("mean", "wanted"),
    [
        (4.51, "Highest"),
        (4.5, "High"),
        (3.51, "High"),
        (3.5, "Middling"),
        (2.5, "Low"),
        (1.5, "Lowest"),
        (1.0, "Lowest"),
    ],
)
def test_the_bands_are_those_of_the_regulations(world, mean, wanted):
    with world.session():
        assert str(figures.band(Decimal(str(mean)), services.BANDS)) == wanted


def test_mean_and_deviation_leave_out_what_was_left_out():
    one = services.result_of("s", "t", [5, 4, 3])
    assert (one.n, one.mean, one.deviation) == (3, 4, 1)
    assert services.result_of("s", "t", []).mean is None


@pytest.mark.parametrize("typed", [{"item-0": "9"}, {"item-0": "0"}, {"item-0": "x"}])
def test_only_one_to_five_is_an_answer(world, survey, typed):
    assert vote(world.browser(), survey, **typed).status_code == 422
    assert world.count("service_request_survey_answer", f"survey_id = {survey.id}") == 0


def test_nothing_answered_is_no_answer(world, survey):
    empty = {f"item-{n}": "" for n in range(len(survey.items))}
    assert vote(world.browser(), survey, **empty).status_code == 422


def test_a_closed_survey_takes_none(world, survey):
    world.browser(f"supervisor.{HOME}").submit(f"/services/surveys/bulk/close?ids={survey.id}&back=record")
    stranger = world.browser()
    vote(stranger, survey)
    assert "แบบประเมินนี้ปิดแล้ว" in stranger.text
    assert world.count("service_request_survey_answer", f"survey_id = {survey.id}") == 0


def test_an_answer_to_a_survey_that_was_closed_meanwhile_stays_on_the_page(world, survey):
    stranger, address = world.browser(), f"/survey/{survey.link}"
    stranger.get(address)
    world.browser(f"supervisor.{HOME}").submit(f"/services/surveys/bulk/close?ids={survey.id}&back=record")
    typed = {"item-0": "4", "item-1": "2", "remark": "ขอเอกสารประกอบ"}
    assert stranger.resubmit(address, **typed).status_code == 422
    assert "แบบประเมินนี้ปิดแล้ว" in " ".join(stranger.errors())
    kept = stranger.fields()
    assert {name: kept[name] for name in typed} == {name: [value] for name, value in typed.items()}
    assert not stranger.tree.xpath("//main//button[@type='submit']"), "offers to send what is refused"
    assert world.count("service_request_survey_answer", f"survey_id = {survey.id}") == 0


def test_who_works_on_the_activity_closes_its_survey_and_opens_it_again(world, survey):
    bulk = f"/services/surveys/bulk/%s?ids={survey.id}&back=record"
    with world.session() as s:  # somebody else speaks there
        s.scalars(
            select(Nominee).filter_by(request_id=s.get_one(Activity, survey.activity_id).request_id)
        ).one().user_id = world.account(f"groupdirector.{HOME}").id
    supervisor, director = world.browser(f"supervisor.{HOME}"), world.browser(f"groupdirector.{HOME}")
    supervisor.get(f"/services/surveys/{survey.id}")
    assert not supervisor.tree.xpath("//a[contains(@href, '/bulk/')]"), "what would be refused is not offered"
    assert supervisor.sent_late(bulk % "close").status_code == 422
    assert director.submit(bulk % "close").status_code == 302
    assert supervisor.sent_late(bulk % "reopen", closes_on=near(3)).status_code == 422
    assert director.submit(bulk % "reopen", closes_on=near(-1)).status_code == 422
    assert director.submit(bulk % "reopen", closes_on=near(3)).status_code == 302
    director.get(f"/services/surveys/{survey.id}")
    assert "opened again" in director.text
    assert vote(world.browser(), survey).status_code == 200
    assert director.sent_late(bulk % "reopen", closes_on=near(3)).status_code == 422, "it is open"


def test_a_called_off_activity_asks_nobody_and_its_survey_says_so(world):
    number = preparing(world)
    activity = activity_of(world, number)
    with world.session() as s:
        template = s.scalars(select(SurveyTemplate.id)).first()
    director = world.browser(f"groupdirector.{HOME}")
    new = f"/services/surveys/new?activity={activity.id}"
    assert director.submit(new, template_id=str(template), closes_on=near(29)).status_code == 422
    assert "stays open until then" in " ".join(director.errors()), "nobody could answer"
    assert director.submit(new, template_id=str(template), closes_on=near(40)).status_code == 302
    later = {"start_on": near(45), "start_time": "09.00", "end_on": near(45), "end_time": "12.00"}
    moved = director.submit(f"/services/activities/{activity.id}/change", sort="moved", reason="น้ำท่วม", **later)
    assert moved.status_code == 302, director.errors()
    with world.session() as s:
        until = s.scalars(select(Survey.closes_on).filter_by(activity_id=activity.id)).one()
    assert until == today() + timedelta(days=55), "it takes answers for as long after the new day as after the former"
    assert step(world, number, "cancel", "school", reason="เลิกจัด").status_code == 302
    with world.session() as s:
        survey = s.scalars(select(Survey).filter_by(activity_id=activity.id)).one()
    stranger = world.browser()
    assert vote(stranger, survey).status_code == 200
    assert "กิจกรรมนี้ยกเลิกแล้ว" in stranger.text
    assert not stranger.tree.xpath("//form[@data-main]")
    director.get(f"/services/surveys/{survey.id}")
    assert "called off" in director.text
    reopen = f"/services/surveys/bulk/reopen?ids={survey.id}&back=record"
    assert not director.tree.xpath(f"//a[@href='{reopen}']")
    led = director.get(reopen)
    assert led.status_code == 302, "nor does its form open by the link"
    director.get(led.location)
    assert director.tree.xpath("//main//*[@role='alert']"), "the record says why"
    assert director.sent_late(reopen, closes_on=near(3)).status_code == 422
    assert world.count("service_request_survey_answer", f"survey_id = {survey.id}") == 0


def test_without_a_token_of_the_form_nothing_is_taken(world, survey):
    answer = world.browser().client.post(f"/survey/{survey.link}", data={"item-0": "5", "kind": "teacher"})
    assert answer.status_code == 400
    assert world.count("service_request_survey_answer", f"survey_id = {survey.id}") == 0


def test_the_qr_code_holds_the_link(world, survey):
    got = world.browser(f"supervisor.{HOME}").get(f"/services/surveys/{survey.id}/qr.svg")
    assert b"<svg" in got.data


def test_a_survey_that_is_out_keeps_its_questions(world, survey):
    browser = world.browser(f"groupdirector.{HOME}")
    with world.session() as s:
        template = s.scalars(select(SurveyTemplate.id)).first()
    typed = {"title": "แบบแก้", "items-0-section": "ใหม่", "items-0-text": "ข้อเดียว", "active": "y"}
    browser.get(f"/services/survey-templates/{template}/edit")
    kept = {k: v for k, v in browser.fields().items() if k in ("csrf_token", "form_key", "version")}
    browser.page = browser.client.post(f"/services/survey-templates/{template}/edit", data={**kept, **typed})
    assert browser.page.status_code == 302
    with world.session() as s:
        assert len(s.get_one(Survey, survey.id).items) == 7
        assert len(s.get_one(SurveyTemplate, template).items) == 1


def answered(world, survey, *counts: tuple[int, int]) -> None:
    """So many answers of a value to every question, laid down as they would be after the day."""
    with world.session() as s:
        facts = {"district_id": survey.district_id, "survey_id": survey.id, "kind": "teacher"}
        for value, times in counts:
            s.add_all(SurveyAnswer(**facts, values=[value] * len(survey.items)) for _n in range(times))


def report_file(world, name: str, kind: str) -> bytes:
    """A report of this school year as a file."""
    address = f"/reports/service_request.{name}/file?year={school_year(today())}"
    return world.browser(f"groupdirector.{HOME}").post(address, {"kind": kind}).data


def report_rows(world, name: str) -> list[list]:
    """What its Excel file holds."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(report_file(world, name, "xlsx")))
    return book.get_sheet_by_index(0).to_python()


@pytest.mark.parametrize(
    ("counts", "mean", "level"),
    [(((3, 3), (4, 5)), "3.63", "High"), (((3, 99), (4, 101)), "3.51", "High"), (((3, 3), (4, 2)), "3.40", "Middling")],
)
def test_a_mean_is_rounded_half_up_once_on_page_in_excel_and_as_indicator(world, survey, counts, mean, level):
    world.owner("delete from service_request_survey_answer")
    answered(world, survey, *counts)
    state(world, survey, "closed")
    browser = world.browser(f"groupdirector.{HOME}")
    rows = browser.get(f"/services/surveys/{survey.id}") and browser.tree.xpath("//table//tr[td]")
    said = [[" ".join(cell.text_content().split()) for cell in row.xpath("td")] for row in rows]
    assert {(row[3], row[5]) for row in said if len(row) == 6} == {(mean, level)}
    table = browser.get("/reports/service_request.satisfaction") and browser.tree.xpath(
        "//div[contains(@class,'list-table')]//tbody/tr"
    )
    assert {row.xpath("td")[3].text_content().strip() for row in table} == {mean}
    excel = {(row[3], row[5]) for row in report_rows(world, "satisfaction") if isinstance(row[2], int | float)}
    assert excel == {(float(mean), level)}
    pages = PdfDocument(report_file(world, "satisfaction", "pdf"))
    assert mean in "".join(page.get_textpage().get_text_bounded() for page in pages)
    reached = "Reached" if Decimal(mean) >= Decimal("3.51") else "Not reached"
    kpi = [(row[3], row[4]) for row in report_rows(world, "kpi") if row[2] == 3.51]
    assert kpi == [(float(mean), reached)], "the indicator whose target is a mean of 3.51"


def test_whoever_works_on_the_activity_hears_when_its_survey_is_over(world, survey):
    vote(world.browser(), survey)
    vote(world.browser(), survey)
    morning = datetime.combine(survey.closes_on, time(8), BANGKOK)
    user = world.account(f"supervisor.{HOME}")

    def heard(now: datetime) -> list[str]:
        with world.session() as session:
            ends.tell(Turn(session, world.khet.settings, now - timedelta(days=1), now))
            session.flush()
            return [one.label for one in notices.latest(session, user.id, topic=ends.TOPIC)]

    assert heard(morning) == [], "it takes answers to the end of its last day"
    said = heard(morning + timedelta(days=1))
    assert len(said) == 1
    assert " 2 " in said[0]
    assert len(heard(morning + timedelta(days=2))) == 1, "once"
