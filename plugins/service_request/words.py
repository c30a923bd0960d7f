"""What the timeline calls the records, fields and steps of academic services."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.timeline import words
from plugins.service_request.activities.services import CHANGES, EXPENSES, STATES, SUMMARIES
from plugins.service_request.feedback.services import CATEGORIES
from plugins.service_request.feedback.services import LIFE as FEEDBACK
from plugins.service_request.planning.services import LIFE as PLANS
from plugins.service_request.requests.life import ANSWERS, CHANNELS, DECISIONS, LIFE, REASONS, SORTS, TYPES

words.say(
    kinds={
        "service_request_request": _l("Request for service"), "service_request_nominee": _l("Speaker"),
        "service_request_review": _l("Meeting"), "service_request_activity": _l("Activity"),
        "service_request_expense": _l("Cost"), "service_request_summary": _l("Summary"),
        "service_request_survey": _l("Survey"), "service_request_survey_template": _l("Survey template"),
        "service_request_feedback": _l("Complaint or suggestion"), "service_request_plan": _l("Plan of service"),
        "service_request_analysis": _l("Analysis of an area"), "service_request_service": _l("Service"),
        "service_request_setting": _l("Settings of services"),
    },
    actions={
        "service_request.asked": _l("sent to the office"), "service_request.waiting_letter": _l("letter asked for"),
        "service_request.received": _l("received with its letter"),
        "service_request.offered": _l("another time offered"),
        "service_request.replied": _l("answered by letter"), "service_request.cancelled": _l("withdrawn"),
        "service_request.held": _l("held"), "service_request.summarised": _l("summarised"),
        "service_request.accepted": _l("accepted"), "service_request.refused": _l("refused"),
        "service_request.delegated": _l("sent a delegate"), "service_request.answered": _l("answered"),
        "service_request.made_up": _l("minutes made up"), "service_request.late": _l("began late"),
        "service_request.form": _l("another form"), "service_request.moved": _l("moved"),
        "service_request.venue": _l("another place"), "service_request.reminded": _l("reminded of the papers"),
    },
    fields={
        "area": _l("Area"), "approach": _l("Approach"), "schools": _l("School group or schools"), "team": _l("Team"),
        "secondary": _l("2 Secondary data"), "primary": _l("3 Primary data"), "synthesis": _l("4 Synthesis"),
        "draft_plan": _l("5 Draft plan"), "critique": _l("6 Critique by the schools"), "items": _l("Questions"),
        "closes_on": _l("Open until"), "network": _l("School group"), "checklist": _l("To get ready"),
        "minutes_planned": _l("Minutes planned"), "decision_days": _l("Working days to decide"),
        "closing_days": _l("Days before the budget year ends that warn"), "role": _l("Role"),
        "summary_days": _l("Days to write a summary"), "answer_days": _l("Days to answer a complaint"),
        "fee_hour": _l("Speaker's fee an hour (baht)"), "category": _l("Kind"), "anonymous": _l("Anonymous"),
        "met_on": _l("Met on"), "attendees": _l("Who was there"), "delegates": _l("Delegates"),
        "activity_decision": _l("Decided on the activity"), "budget_decision": _l("Decided on the budget"),
        "by": _l("By"), "suggestions": _l("Suggestions"), "lessons": _l("Lessons (KM)"), "themes": _l("Themes"),
        "targets": _l("Indicators and targets"), "requester_type": _l("Who asks"), "asked_on": _l("Asked on"),
        "audience": _l("For whom"), "alternatives": _l("Other days that fit"), "payer": _l("Who pays"),
        "speakers_wanted": _l("Speakers wanted"), "book": _l("Number book"),
        "topic": _l("Subject"), "starts_at": _l("Begins"), "ends_at": _l("Ends"), "venue": _l("Place"),
        "expected": _l("How many take part"), "requester": _l("Who asks"), "contact": _l("Contact person"),
        "phone": _l("Telephone"), "channel": _l("How it is asked"), "answer": _l("Answer"),
        "lead_days": _l("Days ahead"),
        "decision": _l("Decision"), "decided_by": _l("Decided by"), "decided_on": _l("Decided on"),
        "due_on": _l("Due on"),
        "urgent": _l("Urgent"), "urgent_reason": _l("Why it is urgent"), "received_on": _l("Letter received on"),
        "reason_text": _l("In words"), "told_on": _l("Told by word on"), "number": _l("No."), "year": _l("Year (B.E.)"),
        "amount": _l("Amount (baht)"), "evidence_due": _l("Papers due on"), "submitted_on": _l("Handed in on"),
        "sent_to": _l("To whom"), "sent_on": _l("Sent on"), "attendance": _l("How many took part"),
        "attended": _l("How many took part"), "minutes_delivered": _l("Minutes delivered"), "owner": _l("Who answers"),
        "actual_start": _l("Really began"), "actual_end": _l("Really ended"), "held_on": _l("Day held"),
        "agenda": _l("Agenda"),
        "answered_on": _l("Answered on"), "approved_by": _l("Approved by"), "approved_on": _l("Approved on"),
        "objectives": _l("Objectives"), "budget": _l("Budget (baht)"), "day": _l("Day"), "sort": _l("Form"),
        "cancel_reason": _l("Withdrawn because"), "note": _l("Remark"), "dated": _l("Dated"),
        "offered_start": _l("Another time offered"), "offered_end": _l("Another time until"),
    },
    values={
        ("service_request_request", "status"): LIFE.states, ("service_request_request", "channel"): CHANNELS,
        ("service_request_request", "sort"): SORTS, ("service_request_request", "decision"): DECISIONS,
        ("service_request_request", "reason"): REASONS, ("service_request_request", "requester_type"): TYPES,
        ("service_request_nominee", "answer"): ANSWERS, ("service_request_activity", "status"): STATES,
        ("service_request_expense", "status"): EXPENSES.states, ("service_request_summary", "status"): SUMMARIES.states,
        ("service_request_feedback", "status"): FEEDBACK.states, ("service_request_feedback", "category"): CATEGORIES,
        ("service_request_plan", "status"): PLANS.states, ("service_request_change", "sort"): CHANGES,
    },
    errands={"survey by link": _l("Survey"), "feedback box": _l("Public form")},
)  # fmt: skip
