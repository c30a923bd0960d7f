"""What the timeline calls the records, fields and steps of work standards."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.domain.standards.services import SORTS, VISIBILITIES, WORKFLOW
from core.platform.timeline import labels
from core.records.letter_links.services import ENDED

labels.register(
    kinds={
        "core_work_standard": _l("Work standard"), "core_work_run": _l("Round of work"),
        "core_work_progress": _l("Step"),
        "core_evidence": _l("Evidence"), "core_kpi": _l("Indicator"), "core_kpi_target": _l("Indicator"),
        "core_term": _l("Term"), "core_cited_letter": _l("Cited letter"),
    },
    actions={
        "core.work.begin": _l("begun"), "core.work.hand_in": _l("handed in for verification"),
        "core.work.verify": _l("verified"), "core.work.back": _l("sent back"),
        "core.work.fetch": _l("fetched back"),
        "core.work.leave_out": _l("does not apply"),
        "core.work.take_up": _l("applies after all"), "core.evidence.taken_back": _l("evidence taken back"),
    },
    fields={
        "core_work": {"code": _l("Code"), "title": _l("What is done"), "unit_title": _l("Unit in charge")},
        "core_work_standard": {
            "current": _l("In use"), "definitions": _l("Definitions"), "doc_code": _l("Document code"),
            "edited": _l("Changed here"), "edition": _l("Edition"), "module": _l("Module"),
            "objectives": _l("Objectives"), "refs": _l("References"), "scope": _l("Scope of the work"),
            "source": _l("Source"), "title": _l("Name of the work"),
        },
        "core_work_run": {
            "archived": _l("Archived"), "scope_kind": _l("For"), "scope_label": _l("Which school or group"),
            "term": _l("Term"), "title": _l("Work"), "year": _l("School year"),
        },
        "core_work_progress": {
            "assignee": _l("Officer"), "done_on": _l("Handed in on"), "due_on": _l("Due on"),
            "evidence": _l("Wants evidence"), "note": _l("Remark"), "seq": _l("Step"), "term": _l("Term"),
            "verified_at": _l("Verified"), "verified_by": _l("Verified by"),
        },
        "core_evidence": {
            "by": _l("By"), "dated": _l("Dated"), "label": _l("Heading"), "sort": _l("Kind"), "title": _l("Heading"),
            "url": _l("Link"), "visibility": _l("Who may see it"),
        },
        "core_kpi": {
            "code": _l("Code"), "counted": _l("Counted by its module"), "edited": _l("Changed here"),
            "module": _l("Module"), "title": _l("Indicator"), "unit_title": _l("Counted in"),
        },
        "core_kpi_target": {"note": _l("Remark"), "target": _l("Target"), "typed": _l("Actual")},
        "core_term": {"ends_on": _l("Last day"), "school_year": _l("School year"), "starts_on": _l("First day")},
        "core_cited_letter": {
            "dated": _l("Dated"), "ended": _l("State"), "letter_kind": _l("Kind"), "number": _l("Letter no."),
            "subject": _l("Subject"),
        },
    },
    values={
        ("core_cited_letter", "ended"): ENDED, ("core_work_progress", "status"): WORKFLOW.states,
        ("core_evidence", "sort"): SORTS, ("core_evidence", "visibility"): VISIBILITIES,
        ("core_work_run", "scope_kind"): {
            "district": _l("The district"), "group": _l("A school group"), "school": _l("A school"),
        },
    },
    errands={"what modules ship": _l("Shipped data")},
)  # fmt: skip
