"""What the timeline calls the records, fields and steps of academic services."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from core.platform.timeline import labels
from plugins.service_request.activities.services import BECAME, COSTS, EXPENSES, PAYERS, STATES, SUMMARIES
from plugins.service_request.catalogue import AREAS
from plugins.service_request.feedback.services import CATEGORIES
from plugins.service_request.feedback.services import CHANNELS as CAME_BY
from plugins.service_request.feedback.services import WORKFLOW as FEEDBACK
from plugins.service_request.planning.services import APPROACHES, THEMES
from plugins.service_request.planning.services import WORKFLOW as PLANS
from plugins.service_request.requests.life import ANSWERS, CHANNELS, DECISIONS, REASONS, ROLES, SORTS, TYPES, WORKFLOW

labels.register(
    inside=("service_request.sent_back",),
    kinds={
        "service_request_request": _l("Request for service"), "service_request_nominee": _l("Speaker"),
        "service_request_review": _l("Meeting"), "service_request_activity": _l("Activity"),
        "service_request_preparation": _l("Something to get ready"),
        "service_request_expense": _l("Cost"), "service_request_summary": _l("Summary"),
        "service_request_survey": _l("Survey"), "service_request_survey_template": _l("Survey template"),
        "service_request_feedback": _l("Complaint or suggestion"), "service_request_plan": _l("Plan of service"),
        "service_request_analysis": _l("Analysis of an area"), "service_request_service": _l("Service"),
        "service_request_setting": _l("Settings of services"),
    },
    actions={
        "service_request.asked": _l("sent to the office"), "service_request.waiting_letter": _l("letter asked for"),
        "service_request.received": _l("received with its letter"),
        "service_request.offered": _l("another time offered"), "service_request.sent_back": _l("sent back"),
        "service_request.unfit": _l("said that the offered time does not fit"),
        "service_request.replied": _l("answered by letter"), "service_request.cancelled": _l("withdrawn"),
        "service_request.called_off": _l("called off by the office"),
        "service_request.held": _l("held"), "service_request.summarised": _l("summarised"),
        "service_request.accepted": _l("accepted"), "service_request.refused": _l("refused"),
        "service_request.released": _l("not needed any more"),
        "service_request.asked_again": _l("asked for another time"),
        "service_request.delegated": _l("sent a delegate"), "service_request.answered": _l("answered"),
        "service_request.asker_closed": _l("who asked for it was closed"),
        "service_request.resumed": _l("taken up again"), "service_request.speakers": _l("speakers picked"),
        "service_request.corrected": _l("what was noted was put right"),
        "service_request.made_up": _l("minutes made up"), "service_request.late": _l("began late"),
        "service_request.form": _l("another form"), "service_request.moved": _l("moved"),
        "service_request.venue": _l("another place"), "service_request.reminded": _l("reminded of the papers"),
        "service_request.plan_back": _l("sent back"),
        "service_request.survey_closed": lazy_pgettext("survey", "closed"),
        "service_request.survey_reopened": _l("opened again"),
        "service_request_request.want_letter": _l("letter asked for"),
        "service_request_request.screen": _l("conditions checked"),
        "service_request_request.propose": _l("proposed"),
        "service_request_request.hurry": _l("put straight before who approves"),
        "service_request_request.circulate": _l("speakers asked"),
        "service_request_request.consider": _l("meeting noted"),
        "service_request_request.approve": _l("approved"),
        "service_request_request.accept": _l("new time accepted"),
        "service_request_request.decline": _l("declined"), "service_request_request.deny": _l("not approved"),
        "service_request_request.prepare": _l("preparation begun"),
        "service_request_request.end": _l("closed"), "service_request_request.close": _l("closed"),
        "service_request_plan.propose": _l("proposed"), "service_request_plan.close": _l("closed"),
        "service_request_expense.spend": _l("spent all the same"),
        "service_request_expense.back": _l("papers sent back"),
        "service_request_expense.take_out": _l("taken out"),
        "service_request_expense.submit": _l("papers handed in"), "service_request_summary.send": _l("summary sent"),
        "service_request_feedback.assign": _l("given to who answers"),
        "service_request_feedback.use": _l("taken up in a plan"), "service_request_feedback.close": _l("closed"),
    },
    fields={
        "service_request": {
            "area": _l("Area"), "day": _l("Day"), "due_on": _l("Due on"), "ends_at": _l("Ends"),
            "network": _l("School group"), "objective": _l("Objective"), "starts_at": _l("Begins"),
            "title": _l("Heading"), "topic": _l("Subject"), "venue": _l("Place"),
        },
        "service_request_request": {
            "alternatives": _l("Other days that fit"), "asked_on": _l("Asked on"), "audience": _l("For whom"),
            "budget": _l("Budget of who asks (baht)"), "cancel_reason": _l("Withdrawn or called off because"),
            "channel": _l("How it is asked"), "contact": _l("Contact person"), "decided_by": _l("Decided by"),
            "decided_on": _l("Decided on"), "decision": _l("Decision"), "due_on": _l("To be decided by"),
            "expected": _l("How many take part"), "lead_days": _l("Days ahead"),
            "note": _l("What was explained to the requester"), "offer_answer": _l("That time does not fit"),
            "offer_answered_by": _l("Answered by"), "offered_end": _l("Another time until"),
            "offered_start": _l("The other time that is offered"),
            "phone": _l("Telephone"), "reason_text": _l("In words"),
            "received_on": _l("Letter received on"), "requester": _l("Name of who asks"),
            "requester_type": _l("Who asks"), "sort": _l("Form"), "speakers_wanted": _l("Speakers wanted"),
            "told_on": _l("Told by word on"), "urgent": _l("Urgent"), "urgent_reason": _l("Why it is urgent"),
        },
        "service_request_nominee": {"answer": _l("Answer"), "role": _l("Role")},
        "service_request_review": {
            "activity_decision": _l("Decided on the activity"), "attendees": _l("Who was there"), "by": _l("By"),
            "budget_decision": _l("Decided on the budget"), "delegates": _l("Delegates"), "met_on": _l("Met on"),
            "told_on": _l("Told by word on"),
        },
        "service_request_activity": {
            "actual_end": _l("Really ended"), "actual_start": _l("Really began"), "agenda": _l("Agenda"),
            "attendance": _l("How many took part"), "held_on": _l("Day held"),
            "minutes_delivered": _l("Minutes delivered"), "minutes_planned": _l("Minutes planned"),
        },
        "service_request_expense": {
            "amount": _l("Amount (baht)"), "evidence_due": _l("Papers due on"), "payer": _l("Who pays"),
            "sort": _l("Kind"), "submitted_on": _l("Handed in on"), "title": _l("Activity"),
        },
        "service_request_summary": {
            "attended": _l("How many took part"), "held_on": _l("Day held"), "lessons": _l("Lessons (KM)"),
            "problems": _l("Problems"), "result": _l("Result against the objective"), "sent_on": _l("Sent on"),
            "sent_to": _l("To whom"), "suggestions": _l("Suggestions"), "title": _l("Activity"),
        },
        "service_request_survey_template": {"items": _l("Questions")},
        "service_request_survey": {"closes_on": _l("Open until"), "title": _l("Activity")},
        "service_request_feedback": {
            "anonymous": _l("Anonymous"), "answer": _l("Answer"), "answered_on": _l("Answered on"),
            "category": _l("Kind"), "channel": _l("How it came"), "owner": _l("Who answers"),
            "received_on": _l("Received on"),
        },
        "service_request_plan": {
            "approved_by": _l("Approved by"), "approved_on": _l("Approved on"), "budget": _l("Budget (baht)"),
            "objectives": _l("Objectives"), "targets": _l("Indicators and targets"), "themes": _l("Themes"),
            "year": _l("School year"),
        },
        "service_request_analysis": {
            "approach": _l("Approach"), "critique": _l("6 Critique by the schools"), "draft_plan": _l("5 Draft plan"),
            "objective": _l("1 Aim"), "primary": _l("3 Primary data"), "schools": _l("School group or schools"),
            "secondary": _l("2 Secondary data"), "synthesis": _l("4 Synthesis"), "team": _l("Team"),
            "year": _l("School year"),
        },
    },
    values={
        ("service_request_request", "status"): WORKFLOW.states, ("service_request_request", "channel"): CHANNELS,
        ("service_request_request", "sort"): SORTS, ("service_request_request", "decision"): DECISIONS,
        ("service_request_request", "reason"): REASONS, ("service_request_request", "requester_type"): TYPES,
        ("service_request_nominee", "answer"): ANSWERS, ("service_request_activity", "status"): STATES,
        ("service_request_expense", "status"): EXPENSES.states, ("service_request_summary", "status"): SUMMARIES.states,
        ("service_request_feedback", "status"): FEEDBACK.states, ("service_request_feedback", "category"): CATEGORIES,
        ("service_request_feedback", "channel"): CAME_BY, ("service_request_nominee", "role"): ROLES,
        ("service_request_expense", "sort"): COSTS, ("service_request_expense", "payer"): PAYERS,
        ("service_request_survey", "status"): {"open": _l("Open"), "closed": _l("Closed")},
        ("service_request_plan", "themes"): THEMES, ("service_request_analysis", "approach"): APPROACHES,
        ("service_request_request", "area"): AREAS, ("service_request_service", "area"): AREAS,
        ("service_request_activity", "area"): AREAS,
        ("service_request_setting", "label"): {"service_request": _l("Settings of services")},
        ("service_request_plan", "status"): PLANS.states, ("service_request_change", "sort"): BECAME,
    },
    errands={"survey by link": _l("Survey"), "feedback box": _l("Public form")},
)  # fmt: skip
