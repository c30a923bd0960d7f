"""Takes each rule of docs/coverage.md out, in a copy of the project, and runs the test that holds it: it has to fail.

    uv run python -m tests.rules_out [part of a test's name]

A rule is taken out by changing one place in the code; pytest runs only that test, on SQLite. Prints a line a rule and
ends with 1 where a test stayed green. That every place is still there is a test of its own (test_repository.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Out:
    """One rule taken out: in `file`, `text` (which stands there once) becomes `instead`."""

    test: str
    file: str
    text: str
    instead: str


_COOP, _WORK = "plugins/cooperation/services.py", "core/domain/standards/services.py"
_INDICATORS = "core/domain/standards/indicators.py"
_REQUESTS = "plugins/service_request/requests/services.py"
_ACTIVITIES = "plugins/service_request/activities/services.py"
_PLANNING = "plugins/service_request/planning/services.py"
_FEEDBACK = "plugins/service_request/feedback/services.py"
_CATALOGUE = "plugins/service_request/catalogue.py"
_IN_COOP, _IN_WORK = "tests/plugins/cooperation/test_cases.py::", "tests/core/test_work.py::"
_IN_SVC = "tests/plugins/service_request/"
_TABLE = f"{_IN_SVC}test_table_5_1.py::"

RULES = (
    Out(f"{_IN_COOP}test_a_work_walks_from_its_analysis_to_what_was_published", "plugins/cooperation/models.py",
        '("reported",), "published", "edit", "megaphone"', '("doing",), "published", "edit", "megaphone"'),
    Out(f"{_IN_COOP}test_a_case_comes_from_each_of_its_sources", "plugins/cooperation/models.py",
        '"media": _l("Media (form 7)"),', ""),
    Out(f"{_IN_COOP}test_bad_input_is_refused_at_its_field", _COOP,
        '    if values[Case.ends_on] < starts_on:', "    if False:"),
    Out(f"{_IN_COOP}test_nothing_is_proposed_without_analysis_and_people", _COOP,
        "(case.analysis, _(", "(True, _("),
    Out(f"{_IN_COOP}test_work_begins_only_after_the_order_or_assignment", _COOP,
        'if task is None and case.status not in ("ordered", "doing"):', "if False:"),
    Out(f"{_IN_COOP}test_forms_7_1_and_7_2_are_drafted_with_the_work_s_facts", _COOP,
        'f"ขออนุมัติปฏิบัติงานร่วมเรื่อง{case.title}"', '"ขออนุมัติปฏิบัติงานร่วม"'),
    Out(f"{_IN_COOP}test_tasks_have_their_person_evidence_and_day", _COOP,
        'if key in ("publish", "close") and _open_task(session, case) is not None:', "if False:"),
    Out(f"{_IN_COOP}test_an_agreement_that_is_over_or_another_s_is_not_used", _COOP,
        'if agreement.ends_on < starts_on:', "if False:"),
    Out(f"{_IN_WORK}test_the_manuals_own_153_steps_are_there_in_every_district", "plugins/service_request/plugin.py",
        'answers(*specs.read(Path(__file__).parent / "data" / "steps.csv", TITLES))', "answers()"),
    Out(f"{_IN_WORK}test_target_against_actual_where_no_data_is_never_nought", _INDICATORS,
        "    if actual is None:\n        return NO_DATA\n", "    actual = actual or 0\n"),
    Out(f"{_IN_WORK}test_an_indicator_without_data_says_so_on_its_page", _INDICATORS,
        "return {one.id: known.get(one.id) if one.kpi.counted else one.typed for one in targets}",
        "return {one.id: known.get(one.id) or 0 for one in targets}"),
    Out(f"{_IN_WORK}test_references_stand_under_the_summary_form", "core/domain/standards/reports.py",
        "    if standard.refs:", "    if False:"),
    Out(f"{_IN_WORK}test_a_step_that_wants_evidence_is_not_done_without", _WORK,
        'if key in ("hand_in", "verify") and one.evidence and not evidence_of(session, one):', "if False:"),
    Out(f"{_IN_WORK}test_the_summary_form_has_the_manual_s_columns_in_their_order", "core/domain/standards/reports.py",
        'Column(_l("Flow"), width=12), Column(_l("What is done"), width=52),',
        'Column(_l("What is done"), width=52), Column(_l("Flow"), width=12),'),
    Out(f"{_IN_WORK}test_loading_indicators_again_keeps_the_district_s_target", _INDICATORS,
        "if session.scalar(select(KpiTarget.id).filter_by(kpi_id=kpi.id, year=year)) is None:",
        "for one in session.scalars(select(KpiTarget).filter_by(kpi_id=kpi.id, year=year)):\n"
        "            one.target = spec.target\n"
        "        if session.scalar(select(KpiTarget.id).filter_by(kpi_id=kpi.id, year=year)) is None:"),
    Out(f"{_IN_SVC}test_requests.py::test_the_six_areas_are_shipped", _CATALOGUE,
        "if code not in there]", "if code not in there and one[0] != 6]"),
    Out(f"{_IN_SVC}test_planning.py::test_the_seven_steps_begin_with_the_analysis", _PLANNING,
        "work.current(session, STANDARD)", 'work.current(session, "004-PLAN")'),
    Out(f"{_IN_SVC}test_planning.py::test_the_director_approves_it_or_sends_it_back_and_activities_follow",
        _ACTIVITIES, 'if why := not_in_force(made):', "if False:"),
    Out(f"{_IN_SVC}test_planning.py::test_a_plan_keeps_its_themes", _PLANNING,
        'plan.themes = [key for key in values.get("themes") or [] if key in THEMES]', "plan.themes = []"),
    Out(f"{_IN_SVC}test_planning.py::test_a_summary_keeps_its_lessons", _ACTIVITIES,
        '"suggestions", "lessons"):', '"suggestions"):'),
    Out(f"{_IN_SVC}test_planning.py::test_a_plan_is_proposed_when_the_steps_before_it_are_done", _PLANNING,
        "        if left > 1:", "        if False:"),
    Out(f"{_IN_SVC}test_feedback.py::test_a_stranger_writes_and_follows_the_answer_by_link", _FEEDBACK,
        "token=token_hash(token)", 'token=token_hash(token + "x")'),
    Out(f"{_IN_SVC}test_feedback.py::test_it_is_given_to_somebody_answered_used_and_closed", _FEEDBACK,
        '("answered", "used"), "closed"', '("new", "answered", "used"), "closed"'),
    Out(f"{_IN_SVC}test_feedback.py::test_anonymous_stays_anonymous_to_every_role_because_no_name_is_kept", _FEEDBACK,
        'name = "" if hidden else clean(values.get("name") or "")', 'name = clean(values.get("name") or "")'),
    Out(f"{_IN_SVC}test_surveys.py::test_a_stranger_answers_without_login_and_once",
        "plugins/service_request/surveys/services.py", 'f"{survey.token}:{ballot}"', 'f"{survey.token}:{secrets.token_hex()}"'),
    Out(f"{_TABLE}test_1_1_what_is_asked_by_word_waits_for_its_letter", _REQUESTS,
        "if request.channel in VERBAL:", "if False:"),
    Out(f"{_TABLE}test_1_2_an_event_that_closes_a_budget_wants_an_explanation", _REQUESTS,
        "not found.closes_budget or clean(note),", "True,"),
    Out(f"{_TABLE}test_2_1_thirteen_days_are_not_refused_but_urgent_with_a_reason", _REQUESTS,
        "not found.late or (urgent and clean(urgent_reason)),", "True,"),
    Out(f"{_TABLE}test_2_2_smart_area_stands_beside_the_letter_as_a_channel", "plugins/service_request/models.py",
        'VERBAL = ("word", "line", "phone")', 'VERBAL = ("word", "line", "phone", "smart")'),
    Out(f"{_TABLE}test_3_1_the_clerk_puts_it_up_never_the_speaker_who_is_invited", _REQUESTS,
        "if desk.person_id is not None and wanted:", "if False:"),
    Out(f"{_TABLE}test_3_2_what_is_urgent_goes_straight_to_who_approves", _REQUESTS,
        "if not clean(reason) and not request.urgent_reason:", "if True:"),
    Out(f"{_TABLE}test_4_1_speakers_are_told_by_word_and_may_send_a_delegate", _REQUESTS,
        "made = nominate(session, asked, desk, [(delegate_id, one.role)])[0]", "pass"),
    Out(f"{_TABLE}test_4_2_a_busy_speaker_cannot_accept_but_name_somebody",
        "core/records/bookings/services.py", "        raise RuleError(said(names[one.resource_id], one), field=field)\n", "        continue\n"),
    Out(f"{_TABLE}test_5_1_or_declined_by_word_at_once_and_then_by_letter", _REQUESTS,
        '(told_on or step != "decline", _(', "(True, _("),
    Out(f"{_TABLE}test_6_1_it_begins_when_it_begins_and_the_minutes_are_made_up", _ACTIVITIES,
        "return max(0, activity.minutes_planned - (activity.minutes_delivered or 0)) if activity.status == \"held\" else 0",
        "return 0"),
    Out(f"{_TABLE}test_6_2_rain_and_power_cuts_change_place_or_form", _ACTIVITIES,
        "was, activity.venue = activity.venue, now", "was = activity.venue"),
    Out(f"{_TABLE}test_7_1_money_papers_have_their_day_and_wait_for_the_clerk", "plugins/service_request/models.py",
        '        if self.status != "open":\n            return None\n        return WorkItem(\n            view="ExpenseView"',
        '        if self.status == "open":\n            return None\n        return WorkItem(\n            view="ExpenseView"'),
    Out("tests/browser/test_service.py::test_from_a_school_s_phone_to_the_closed_request_with_its_survey", _REQUESTS,
        '    WORKFLOW.apply(request, "close")', "    pass"),
)  # fmt: skip


def main() -> int:
    """Run every rule whose test's name holds the first argument; how many tests stayed green."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    green = 0
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "khet"
        left = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, copy, ignore=left)
        shutil.rmtree(copy / "data", ignore_errors=True)  # the installation's own
        for number, rule in enumerate((one for one in RULES if wanted in one.test), start=1):
            place = copy / rule.file
            before = place.read_text(encoding="utf-8")
            place.write_text(before.replace(rule.text, rule.instead), encoding="utf-8")
            command = [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-k", "not postgresql", rule.test]
            ran = subprocess.run(
                command, cwd=copy, capture_output=True, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
            )
            place.write_text(before, encoding="utf-8")
            failed = ran.returncode == 1 and "assert" in ran.stdout
            green += not failed
            if not failed:
                print(ran.stdout[-600:], ran.stderr[-600:])
            print(f"{number:3} {'fails, as it should' if failed else 'STAYED GREEN':20} {rule.test}", flush=True)
    return green


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
