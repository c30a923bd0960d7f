"""Forms of work standards."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, validators

from core.base import permissions
from core.base.text.dates import shown_month
from core.domain.standards.models import Standard
from core.domain.standards.services import SORTS, VISIBILITIES
from core.platform.masterdata.models import Unit
from core.web.forms import (
    FigureField,
    FilesField,
    Finder,
    KhetForm,
    LineForm,
    LinesField,
    LookupField,
    ThaiDateField,
    WholeField,
    choice,
    paragraph,
    required,
    school_years,
    text,
)
from core.web.officers import OFFICERS
from core.web.unit_of_work import db

#: the rules of core/domain/standards/due_dates.py, as an office says them
_MONTHS = [LazyString(shown_month, n, short=False) for n in range(1, 13)]
TIMING_RULES: list[tuple[str, Any]] = [
    ("", _l("No fixed day")),
    ("ALL_YEAR", _l("The whole school year")),
    ("ONCE_A_YEAR", _l("Once a year")),
    ("EVERY_ACADEMIC_YEAR", _l("Every school year")),
    ("ACADEMIC_YEAR_END", _l("By the end of the school year")),
    ("EVERY_TERM", _l("Every term")),
    ("MIN_2_PER_TERM", _l("At least twice a term")),
    ("TERM_END", _l("By the end of each term")),
    *(
        (f"MONTH:{n}", _l("By the end of %(month)s", month=LazyString(shown_month, n, short=False)))
        for n in range(1, 13)
    ),
    *((f"LEAD_DAYS:{days}", _l("%(days)s days before", days=days)) for days in range(1, 61)),
    ("PER_EVENT", _l("Each time it happens")),
    *((f"PHASE:{phase}", _l("In phase %(phase)s", phase=phase)) for phase in range(1, 10)),
]


class StepLine(LineForm):
    """A step of a standard."""

    seq = text(_l("Place"), most=20)
    activity = text(_l("What is done"), most=1000)
    timing = text(_l("Time"), most=200, need=False)
    timing_rule = choice(_l("Due"), TIMING_RULES, need=False)  # the service says which rules there are
    quality = text(_l("Quality standard"), most=1000, need=False)
    responsible = text(_l("Responsible"), most=300, need=False)
    evidence = BooleanField(_l("Wants evidence"))


class StandardForm(KhetForm):
    """A work standard with its steps."""

    code = text(_l("Code"), most=40)
    title = text(_l("Name of the work"), most=300)
    doc_code = text(_l("Document code"), most=60, need=False)
    unit_title = text(_l("Unit in charge"), most=200, need=False)
    objectives = paragraph(_l("Objectives"), most=2000)
    scope = paragraph(_l("Scope of the work"), most=2000)
    definitions = paragraph(_l("Definitions"), most=2000)
    refs = paragraph(_l("References"), most=3000)
    active = BooleanField(_l("In use"), default=True)
    lines = LinesField(_l("Steps in order"), StepLine)
    groups = (
        (
            _l("The work"),
            ("code", "title", "doc_code", "unit_title", "objectives", "scope", "definitions", "refs", "active"),
        ),
        (_l("Steps in order"), ("lines",)),
    )
    sizes = {"code": "third", "doc_code": "third", "unit_title": "third"}


def _standard_label(standard: Any) -> str:
    return str(standard.label)


class RunForm(KhetForm):
    """A round of a standard."""

    standard_id = LookupField(_l("Work standard"), Finder(db, Standard, _standard_label), "StandardView.lookup")
    unit_id = LookupField(
        _l("Unit that answers for it"), Finder(db, Unit, lambda one: one.name), "UnitView.lookup",
        begin=lambda: g.actor.own_unit(permissions.RUN, "add"),
    )  # fmt: skip
    year = choice(_l("School year"), [], coerce=int)
    term = choice(_l("Term"), [(0, _l("Whole year")), (1, "1"), (2, "2")], coerce=int)
    scope_kind = choice(
        _l("For"), [("district", _l("The district")), ("group", _l("A school group")), ("school", _l("A school"))]
    )
    scope_name = text(
        _l("Which school or group"), need=False, help=_l("Its name as it stands in the list; empty for the district.")
    )
    assignee_id = LookupField(_l("Officer of every step"), OFFICERS, "PeopleView.lookup", need=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.year.choices = school_years()


class AssignForm(KhetForm):
    """Who does a step, and by when."""

    assignee_id = LookupField(_l("Officer"), OFFICERS, "PeopleView.lookup", need=False)
    due_on = ThaiDateField(_l("Due on"), need=False, help=_l("What is left empty stays as it is."))
    by_rule = BooleanField(_l("Due as the timing rule says"))


class NoteForm(KhetForm):
    """A word to a step."""

    note = paragraph(_l("Remark"))


class EvidenceForm(KhetForm):
    """หลักฐาน/ร่องรอย."""

    sort = choice(_l("Kind"), list(SORTS.items()))
    title = text(_l("Heading"), most=300)
    dated = ThaiDateField(_l("Dated"), need=False)
    url = text(_l("Link"), most=500, need=False, help=_l("A file or a link is needed."))
    files = FilesField(_l("Files"))
    visibility = choice(_l("Who may see it"), list(VISIBILITIES.items()))


class TakeBackForm(KhetForm):
    """Why evidence does not belong where it lies."""

    reason = text(_l("Reason"), most=300)


class TermForm(KhetForm):
    """A term of a school year."""

    school_year = WholeField(
        _l("School year"), [required(), validators.NumberRange(2500, 2700, _l("Type a year of the Buddhist era."))]
    )
    number = choice(_l("Term"), [(1, "1"), (2, "2")], coerce=int)
    starts_on = ThaiDateField(_l("First day"))
    ends_on = ThaiDateField(_l("Last day"))


class TargetForm(KhetForm):
    """Target of a year, and the actual value where people count it."""

    target = FigureField(_l("Target"), [validators.InputRequired(message=_l("Fill this in."))])
    typed = FigureField(_l("Actual"), [validators.Optional()])
    note = paragraph(_l("Remark"), most=500)
