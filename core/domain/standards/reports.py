"""แบบฟอร์มสรุปมาตรฐานงาน in the manuals' layout, progress by standard and unit, gaps of evidence, indicators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, select

from core.base import permissions
from core.base.identity import Actor
from core.base.text import figures
from core.base.text.thai import today
from core.domain.standards import services
from core.domain.standards.models import CLOSED, DONE, NOT_APPLICABLE, Evidence, Progress, Run, Standard
from core.exchange.reports.parameters import YEAR
from core.exchange.reports.report import Column, Parameter, Report, ReportChart, size_of
from core.platform.masterdata.models import Unit
from core.storage.scope import KhetSession


def _standards(session: KhetSession, actor: Actor) -> list[tuple[int, str]]:
    found = session.scalars(select(Standard).filter_by(current=True).order_by(Standard.code).limit(500))
    return [(one.id, one.label) for one in found]


def _form_rows(session: KhetSession, standard_id: int) -> Iterable[tuple[Any, ...]]:
    standard = session.get(Standard, standard_id)
    assert standard is not None
    steps = services.steps(session, standard)
    for number, step in enumerate(steps):
        flow = _("Begin") if number == 0 else _("End") if number == len(steps) - 1 else "↓"
        yield step.seq, flow, step.activity, step.timing, step.quality, step.responsible
    if standard.refs:
        yield "", "", f"{_('References')}: {standard.refs}", "", "", ""


def _form_heading(session: KhetSession, standard_id: int) -> list[str]:
    standard = session.get(Standard, standard_id)
    assert standard is not None
    office = session.scalars(select(Unit.name).where(Unit.kind == "office").limit(1)).first() or ""
    place = " ".join(part for part in (office, standard.unit_title) if part)
    said = [
        str(FORM.title), f"{_('Name of the work')} {standard.title}", place,
        f"{_('Document code')}: {standard.doc_code or standard.code}", f"{_('Objectives')}: {standard.objectives}",
    ]  # fmt: skip
    if standard.scope:
        said.append(f"{_('Scope of the work')}: {standard.scope}")
    return said


FORM: Report = Report(
    key="core.standard_form", title=_l("Summary form of the standard"), resource=permissions.STANDARD,
    columns=(
        Column(_l("No."), width=8), Column(_l("Flow"), width=12), Column(_l("What is done"), width=52),
        Column(_l("Time taken"), width=18), Column(_l("Quality standard"), width=32),
        Column(_l("Responsible"), width=20),
    ),
    rows=_form_rows, heading=_form_heading,
    size=lambda session, standard_id: sum(1 for _row in _form_rows(session, standard_id)),
    parameters=(Parameter("standard_id", _l("Work standard"), _standards, int),),
)  # fmt: skip


def _summed(year: int) -> Any:
    late = case(((Progress.due_on < today()) & Progress.status.not_in(CLOSED), 1))
    return (
        select(
            Run.code, func.max(Run.title), Unit.name,
            func.count(case((Progress.status != NOT_APPLICABLE, 1))), func.count(case((Progress.status == DONE, 1))),
            func.count(late),
        )
        .join(Run, Run.id == Progress.run_id)
        .join(Unit, Unit.id == Run.unit_id)
        .where(Run.year == year)
        .group_by(Run.code, Unit.name)
        .order_by(Run.code, Unit.name)
    )  # fmt: skip


def _progress(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    for code, title, unit, wanted, done, late in session.execute(_summed(year)):
        share = figures.percent(done, wanted)
        yield code, title, unit, wanted, done, share, late


def _heading(title: Any, year: int) -> list[str]:
    return [str(title), _("School year %(year)s", year=year)]


PROGRESS: Report = Report(
    key="core.work_progress", title=_l("Progress by standard and group"), resource=permissions.WORK,
    columns=(
        Column(_l("Code"), width=14), Column(_l("Work"), width=46), Column(_l("Group"), width=34),
        Column(_l("Steps in order"), "number", 10), Column(_l("Done"), "number", 10),
        Column(_l("Per cent"), "number", 10), Column(_l("Overdue"), "number", 10),
    ),
    rows=_progress, heading=lambda session, year: _heading(PROGRESS.title, year),
    size=lambda session, year: size_of(session, _summed(year)), parameters=(YEAR,),
    charts=(
        ReportChart(
            _l("Which work is overdue?"),
            lambda session, year: [(row[1], row[6]) for row in _progress(session, year) if row[6]],
            names=_l("Work standard"),
            numbers=_l("Overdue"),
        ),
    ),
)  # fmt: skip


def _gaps(year: int) -> Any:
    proof = select(Evidence.id).where(
        Evidence.kind == Progress.__tablename__, Evidence.record_id == Progress.id,
        Evidence.district_id == Progress.district_id,
    )  # fmt: skip
    return (
        select(Progress, Run)
        .join(Run, Run.id == Progress.run_id)
        .where(
            Run.year == year, Progress.evidence.is_(True), Progress.status != NOT_APPLICABLE, ~proof.exists(),
        )
        .order_by(Run.code, Progress.id)
    )  # fmt: skip


def _gap_rows(session: KhetSession, year: int) -> Iterable[tuple[Any, ...]]:
    for one, run in session.execute(_gaps(year)):
        yield run.code, one.seq, one.title, one.assignee, one.due_on, str(services.WORKFLOW.states[one.status])


GAPS: Report = Report(
    key="core.work_gaps", title=_l("Steps without evidence"), resource=permissions.WORK,
    columns=(
        Column(_l("Code"), width=14), Column(_l("Step"), width=8), Column(_l("What is done"), width=60),
        Column(_l("Officer"), width=24), Column(_l("Due on"), "date", 14), Column(_l("State"), width=18),
    ),
    rows=_gap_rows, heading=lambda session, year: _heading(GAPS.title, year),
    size=lambda session, year: size_of(session, _gaps(year)), parameters=(YEAR,),
)  # fmt: skip

REPORTS = [FORM, PROGRESS, GAPS]
