"""How a test walks through the POST doors of academic services, and a sample of every kind of its records."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core.base.text.thai import today
from core.domain.standards import services as work
from core.platform.follow_ups import services as follow_ups
from core.platform.follow_ups.models import GIVEN
from core.platform.users.models import Account
from core.storage.scope import KhetSession
from plugins.service_request.models import (
    Activity,
    Analysis,
    Expense,
    Feedback,
    Nominee,
    Plan,
    Preparation,
    Request,
    Service,
    Setting,
    Summary,
    Survey,
    SurveyTemplate,
)
from plugins.service_request.requests.services import token_hash
from tests.support import HOME, near

GRANTS: dict[str, list[str]] = {}


def samples(session: KhetSession) -> dict[Any, Any]:
    """What the demo made, and the few kinds that it leaves out."""

    def first(model: Any, *where: Any) -> Any:
        found = session.scalars(select(model).where(*where).order_by(model.id)).first()
        assert found is not None, model
        return found

    asked = first(Request, Request.status == "asked")
    ready = first(Preparation, Preparation.state == GIVEN)
    supervisor = first(Account, Account.username.startswith("supervisor."))
    follow_ups.give(ready, supervisor, None, "")
    planned, held = first(Activity, Activity.status == "planned"), first(Activity, Activity.status == "held")
    token = f"{session.scope.district_id}".rjust(30, "x")
    asked.token = token_hash(token)
    survey, said = first(Survey), first(Feedback)
    survey.token = said.token = token_hash(token)
    survey.status, survey.closes_on = "open", today() + timedelta(days=5)
    plan = Plan(unit_id=said.unit_id, year=2569, title="แผน", objectives="วัตถุประสงค์", themes=[], status="written")
    analysis = Analysis(unit_id=said.unit_id, year=2569, title="วิเคราะห์", approach="area", schools="กลุ่ม", team="ศน.")
    for one in (plan, analysis):
        one.put_into(first(Account, Account.username.startswith("groupdirector.")))
    setting = Setting()
    # one that was held and has neither summary nor survey
    bare = Activity(
        unit_id=held.unit_id, area=1, title="จัดแล้ว", day=held.day, starts_at=held.starts_at, ends_at=held.ends_at, venue="ห้อง",
        status="held", held_on=held.day, minutes_planned=60, minutes_delivered=30, attendance=3,
    )  # fmt: skip
    written = Summary(
        unit_id=held.unit_id, activity_id=planned.id, title="สรุป", held_on=held.day, attended=3, result="ดี", due_on=today()
    )  # fmt: skip
    session.add_all([plan, analysis, setting, bare, written])
    session.flush()
    assert work.current(session, "004-AREA")
    return {
        Preparation: ready.id,
        Request: asked.id, Activity: planned.id, Expense: first(Expense, Expense.status == "open").id, Plan: plan.id,
        Nominee: first(Nominee, Nominee.answer == "waiting").id, Summary: written.id, Survey: survey.id, Setting: setting.id,
        SurveyTemplate: first(SurveyTemplate).id, Feedback: said.id, Analysis: analysis.id, Service: first(Service).id,
        ("role", "RequestView.draft"): "reply", "service_id": first(Service).id, "school_id": asked.school_id, "bare_activity": bare.id,
    }  # fmt: skip


BULK = {
    "RequestView.bulk": "cancel",
    "NomineeView.bulk": "answer",
    "ExpenseView.bulk": "submit",
    "PreparationView.bulk": "report",
    "SummaryView.bulk": "send",
    "SurveyView.bulk": "close",
    "FeedbackView.bulk": "answer",
    "PlanView.bulk": "propose",
    "AnalysisView.bulk": "hand_over",
    "SurveyTemplateView.bulk": "hand_over",
}
QUERIES = {
    "ExpenseView.add": lambda i: f"?activity={i['bare_activity']}",
    "SummaryView.add": lambda i: f"?activity={i['bare_activity']}",
    "SurveyView.add": lambda i: f"?activity={i['bare_activity']}",
}


def _request(w: Any, i: Any) -> dict[str, Any]:
    return {
        "requester_type": "school", "school_id": i["school_id"], "contact": "ครู", "phone": "0-0000-0000", "channel": "smart", "service_id": i["service_id"],
        "sort": "speaker", "topic": "หัวข้อ", "expected": "20", "start_on": near(30), "start_time": "09.00", "end_on": near(30),
        "end_time": "15.00", "venue": "ห้องประชุม",
    }  # fmt: skip


def _heir(w: Any, i: Any) -> dict[str, Any]:
    return {"owner_id": w.account(f"supervisor.{HOME}").id}


_PAST = {"start_on": near(-1), "start_time": "09.00", "end_on": near(-1), "end_time": "10.00"}
PROBES: dict[str, Any] = {
    "ActivityView.call_off": None,  # wants one of a plan; test_planning.py walks it
    "ActivityView.change": ("groupdirector", lambda w, i: {"sort": "venue", "now": "หอประชุม", "reason": "ฝนตก"}),
    "ActivityView.comment": ("supervisor", lambda w, i: {"text": "เตรียมแล้ว"}),
    "ActivityView.download": ("supervisor", lambda w, i: {}),
    "ActivityView.correct": None,  # wants one that was held; test_table_5_1.py walks it
    "ActivityView.hold": ("supervisor", lambda w, i: {**_PAST, "attendance": "10", "made_up": "0"}),
    "ActivityView.make_up": None,  # wants one that was held with minutes owed; test_activities.py walks it
    "ActivityView.prepare": ("supervisor", lambda w, i: {"agenda": "เปิด", "items-0-what": "เอกสาร"}),
    "ActivityView.speakers": None,  # wants one of a plan; test_bookings.py walks it
    "ActivityView.take_up": None,  # wants one of a plan that was called off; test_planning.py walks it
    "AnalysisView.bulk": ("groupdirector", _heir),
    "AnalysisView.add": ("supervisor", lambda w, i: {"title": "วิเคราะห์", "year": "2569", "approach": "area", "schools": "กลุ่ม", "team": "ศน."}),
    "AnalysisView.download": ("groupdirector", lambda w, i: {}),
    "AnalysisView.edit": ("groupdirector", lambda w, i: {"title": "วิเคราะห์", "approach": "area", "schools": "กลุ่ม", "team": "ศน."}),
    "ExpenseView.add": ("groupclerk", lambda w, i: {"sort": "travel", "payer": "office", "amount": "200", "evidence_due": near(10)}),
    "ExpenseView.bulk": ("groupclerk", lambda w, i: {"on": near(0)}),
    "ExpenseView.edit": ("groupclerk", lambda w, i: {"sort": "food", "payer": "asker", "amount": "300", "evidence_due": near(10)}),
    "FeedbackView.add": ("groupclerk", lambda w, i: {"channel": "phone", "category": "question", "text": "ถามเรื่องการขอวิทยากร", "anonymous": "y"}),
    "FeedbackView.bulk": ("groupclerk", lambda w, i: {"answer": "ดำเนินการแล้ว"}),
    "FeedbackView.comment": ("groupclerk", lambda w, i: {"text": "รับเรื่อง"}),
    "FeedbackView.download": ("groupclerk", lambda w, i: {}),
    "NomineeView.bulk": ("supervisor", lambda w, i: {"answer": "refused", "reason": "ติดราชการ"}),
    "NomineeView.comment": ("supervisor", lambda w, i: {"text": "ขอดูวัน"}),
    "NomineeView.download": ("groupdirector", lambda w, i: {}),
    "PlanView.activity": None,  # wants an approved plan; test_planning.py walks it
    "PlanView.add": ("supervisor", lambda w, i: {"title": "แผน", "year": "2569", "objectives": "พัฒนา"}),
    "PlanView.bulk": ("groupdirector", lambda w, i: {}),
    "PlanView.edit": ("groupdirector", lambda w, i: {"title": "แผน", "year": "2569", "objectives": "พัฒนา"}),
    "PreparationView.bulk": ("supervisor", lambda w, i: {"report": "พร้อมแล้ว"}),
    "PreparationView.edit": ("groupdirector", lambda w, i: {"what": "เอกสาร", "due_on": near(0)}),
    "PublicFeedbackView.write": None,  # a stranger's door; test_feedback.py walks it
    "PublicSurveyView.show": None,  # a stranger's door; test_surveys.py walks it
    "RequestView.add": ("groupclerk", _request),
    "RequestView.bulk": ("school", lambda w, i: {"reason": "เลื่อน"}),
    "RequestView.draft": None,  # wants a decision; test_letters.py walks it
    "RequestView.edit": ("groupclerk", _request),
    "ServiceSettingView.add": None,  # one set a district; test_requests.py walks it
    "ServiceSettingView.edit": ("groupclerk", lambda w, i: {"served_by_id": i["unit_id"], "lead_days": "14", "decision_days": "5", "closing_days": "30", "summary_days": "15", "answer_days": "15", "fee_hour": "600"}),
    "ServiceView.add": ("groupclerk", lambda w, i: {"code": "9.9", "area": "1", "title": "บริการใหม่", "active": "y"}),
    "ServiceView.edit": ("groupclerk", lambda w, i: {"code": "9.8", "area": "1", "title": "บริการ", "active": "y"}),
    "SummaryView.add": ("groupdirector", lambda w, i: {"attended": "10", "result": "บรรลุ"}),
    "SummaryView.bulk": ("supervisor", lambda w, i: {"sent_to": "โรงเรียน"}),
    "SummaryView.edit": None,  # an activity that was held has its own; test_activities.py walks it
    "SummaryView.comment": ("supervisor", lambda w, i: {"text": "แก้ตัวเลข"}),
    "SummaryView.download": ("supervisor", lambda w, i: {}),
    "SurveyTemplateView.bulk": ("groupdirector", _heir),
    "SurveyTemplateView.add": ("groupdirector", lambda w, i: {"title": "แบบใหม่", "items-0-text": "ดีไหม", "active": "y"}),
    "SurveyTemplateView.edit": ("groupdirector", lambda w, i: {"title": "แบบแก้", "items-0-text": "ดีไหม", "active": "y"}),
    "SurveyView.add": ("groupdirector", lambda w, i: {"template_id": i[SurveyTemplate], "closes_on": near(10)}),
    "SurveyView.bulk": ("supervisor", lambda w, i: {}),
    "SurveyView.comment": ("supervisor", lambda w, i: {"text": "ส่งลิงก์แล้ว"}),
    "SurveyView.download": ("supervisor", lambda w, i: {}),
}  # fmt: skip
