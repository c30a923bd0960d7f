"""What the timeline calls the records, fields and steps of work standards."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.timeline import words
from core.work.services import LIFE, SORTS, VISIBILITIES

words.say(
    kinds={
        "core_work_standard": _l("Work standard"), "core_work_run": _l("Round of work"),
        "core_work_progress": _l("Step"),
        "core_evidence": _l("Evidence"), "core_kpi": _l("Indicator"), "core_kpi_target": _l("Indicator"),
        "core_term": _l("Term"), "core_cited_letter": _l("Cited letter"),
    },
    actions={
        "core.work.begin": _l("begun"), "core.work.hand_in": _l("handed in for verification"),
        "core.work.verify": _l("verified"), "core.work.back": _l("sent back"),
        "core.work.leave_out": _l("does not apply"),
        "core.work.take_up": _l("applies after all"),
    },
    fields={
        "term": _l("Term"), "seq": _l("Step"), "evidence": _l("Evidence"), "current": _l("In use"),
        "module": _l("Module"),
        "doc_code": _l("Document code"), "definitions": _l("Definitions"), "refs": _l("References"),
        "unit_title": _l("Unit in charge"), "edited": _l("Changed here"), "scope_kind": _l("For"),
        "scope_label": _l("Which school or group"), "view": _l("Of which record"), "label": _l("Heading"),
        "counted": _l("Counted by its module"), "letter_kind": _l("Kind"),
        "assignee": _l("Officer"), "done_on": _l("Handed in on"), "verified_by": _l("Verified by"),
        "verified_at": _l("Verified"), "target": _l("Target"), "typed": _l("Actual"), "edition": _l("Edition"),
        "school_year": _l("School year"), "visibility": _l("Who may see it"), "archived": _l("Archived"),
        "starts_on": _l("First day"), "number": _l("No."), "note": _l("Remark"), "due_on": _l("Due on"),
    },
    values={
        ("core_work_progress", "status"): LIFE.states, ("core_evidence", "sort"): SORTS,
        ("core_evidence", "visibility"): VISIBILITIES,
    },
    errands={"what modules ship": _l("Shipped data")},
)  # fmt: skip
