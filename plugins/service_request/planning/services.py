"""The seven steps of analysis, and the plan that ผอ.เขต approves. No Flask.

Manual 004 บทที่ 3: approaches (พื้นที่, ปัญหา), steps 1–7, the five themes 7.1–7.5, plan steps 1.1–1.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.base.errors import RuleError
from core.base.text.thai import clean
from core.base.workflow import Transition, Workflow
from core.domain.standards import services as work
from core.domain.standards.models import Progress, Run
from core.platform.masterdata.models import Unit
from core.platform.users.models import Account
from core.records.approvals import services as approvals
from core.storage.scope import KhetSession
from plugins.service_request.models import Analysis, Plan

STANDARD = "004-AREA"
APPROACHES = {"area": _l("By area"), "problem": _l("By problem")}
THEMES = {
    "together": _l("Taking part"), "context": _l("Fits the context"), "learning": _l("A learning society"),
    "own": _l("Standing on one's own"), "lasting": _l("Lasting"),
}  # fmt: skip
WORKFLOW = Workflow(
    states={
        "written": _l("Being written"), "proposed": _l("Proposed"), "approved": _l("Approved"),
        "closed": _l("Closed"),
    },
    transitions=(
        Transition("propose", _l("Propose"), ("written",), "proposed", "edit", "send-check"),
        *approvals.steps("written", "proposed", "approved"),
        Transition("close", _l("Close it"), ("approved",), "closed", "edit", "archive"),
    ),
)  # fmt: skip
FIELDS = ("objective", "secondary", "primary", "synthesis", "draft_plan", "critique")


def save_analysis(
    session: KhetSession, analysis: Analysis | None, unit: Unit, values: dict[str, Any], officer: Account | None = None
) -> Analysis:
    """Begin an analysis (its seven steps are a round of the standard, given to `officer`) or write on."""
    if not clean(values.get("schools") or ""):
        raise RuleError(_("Name the school group or the schools."), field="schools")
    fresh = analysis is None
    if analysis is None:
        analysis = Analysis(unit_id=unit.id, year=values["year"])
        session.add(analysis)
    for name in ("title", "approach", "schools", "team", *FIELDS):
        setattr(analysis, name, clean(values.get(name) or ""))
    session.flush()
    if fresh:
        run = work.start_run(
            session, work.current(session, STANDARD), unit.id, analysis.year, scope_kind=Analysis.__tablename__,
            scope_id=analysis.id, scope_label=analysis.title, assignee=officer,
        )  # fmt: skip
        analysis.run_id = run.id
    session.flush()
    return analysis


def steps_of(session: KhetSession, analysis: Analysis) -> list[Progress]:
    """The seven steps in their order."""
    run = session.get(Run, analysis.run_id) if analysis.run_id else None
    return work.of_run(session, run) if run is not None else []


def put_away(session: KhetSession, analysis: Analysis, steps: Sequence[Progress]) -> set[int]:
    """Of the seven steps those that were open when their round was archived."""
    run = session.get(Run, analysis.run_id) if analysis.run_id else None
    return work.put_away(session, run, steps) if run is not None else set()


def steps_left(session: KhetSession, analysis: Analysis) -> int:
    """Steps of the seven that are neither done nor left out. Those that were open when their round was archived are not
    done, and are not taken for left out."""
    run = session.get(Run, analysis.run_id) if analysis.run_id else None
    if run is None:
        return 7
    steps = work.of_run(session, run)
    left = work.tally(steps)
    return left.wanted - left.done + len(work.put_away(session, run, steps))


def save_plan(session: KhetSession, plan: Plan | None, unit: Unit, values: dict[str, Any]) -> Plan:
    """Write a plan, of an analysis or by itself."""
    if plan is not None and plan.status != "written":
        raise RuleError(_("A plan that is proposed or approved does not change; have it sent back first."))
    if values.get("budget") is not None and values["budget"] < 0:
        raise RuleError(_("Money cannot be negative."), field="budget")
    if plan is None:
        plan = Plan(unit_id=unit.id, analysis_id=values.get("analysis_id"))
        session.add(plan)
    plan.year, plan.budget = values["year"], values.get("budget")
    for name in ("title", "objectives", "targets"):
        setattr(plan, name, clean(values.get(name) or ""))
    plan.themes = [key for key in values.get("themes") or [] if key in THEMES]
    session.flush()
    return plan


def apply(session: KhetSession, plan: Plan, key: str) -> None:
    """A step of a plan besides its approval. Proposing one that came of an analysis wants its seven steps done."""
    WORKFLOW.check(plan, key)
    if key == "propose" and plan.analysis_id is not None:
        analysis = session.get(Analysis, plan.analysis_id)
        left = steps_left(session, analysis) if analysis is not None else 0
        # the seventh step is this very proposal
        if left > 1:
            raise RuleError(_("%(count)s of the seven steps of the analysis are not done yet.", count=left))
    WORKFLOW.apply(plan, key)
    session.flush()
