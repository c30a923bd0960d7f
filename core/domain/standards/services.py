"""What decides and changes in work standards. Knows session, values and today; no Flask.

Rules: domain notes on the kernel, rules 1–6 (evidence before done, another person verifies, versions, idempotent
loading, no deleting of a run with evidence, progress over leaf steps).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from core.base.errors import NotFound, RuleError
from core.base.identity import Actor
from core.base.text import addresses, figures
from core.base.text.thai import clean
from core.base.workflow import Transition, Workflow
from core.domain.standards import due_dates
from core.domain.standards.models import (
    CHECKING,
    CLOSED,
    DOING,
    DONE,
    NOT_APPLICABLE,
    TODO,
    Evidence,
    Progress,
    Run,
    Standard,
    StandardStep,
    Term,
)
from core.domain.standards.specs import StandardSpec, StepSpec, parents
from core.platform.accounts import services as accounts
from core.platform.masterdata import services as masterdata
from core.platform.timeline import recorder
from core.platform.timeline.models import TimelineEntry
from core.platform.users.models import Account
from core.records.files import store
from core.storage.base import utc_now
from core.storage.scope import KhetSession

#: kind of notice about a step
TOLD = "core.step"
WORKFLOW = Workflow(
    states={
        TODO: _l("Not begun"),
        DOING: _l("Being done"),
        CHECKING: _l("Waits to be verified"),
        DONE: _l("Done"),
        NOT_APPLICABLE: _l("Does not apply"),
    },
    transitions=(
        Transition("begin", _l("Begin"), (TODO,), DOING, "edit", "play"),
        Transition("hand_in", _l("Hand in for verification"), (TODO, DOING), CHECKING, "edit", "send-check"),
        Transition("verify", _l("Verify"), (CHECKING,), DONE, "verify", "patch-check"),
        Transition("back", _l("Send back"), (CHECKING, DONE), DOING, "verify", "arrow-return-left"),
        Transition("fetch", _l("Fetch it back"), (CHECKING,), DOING, "edit", "arrow-return-left"),
        Transition("leave_out", _l("Does not apply"), (TODO, DOING), NOT_APPLICABLE, "verify", "slash-circle"),
        Transition("take_up", _l("Applies after all"), (NOT_APPLICABLE,), TODO, "verify", "arrow-clockwise"),
    ),
)
SORTS = {
    "document": _l("Document"), "photo": _l("Photograph"), "order": _l("Order"), "minutes": _l("Minutes of a meeting"),
    "link": _l("Link"), "letter": _l("Official letter"),
}  # fmt: skip
#: what a round is for besides a record of a module
PLACES = ("district", "group", "school")
INSIDE = "inside"
VISIBILITIES = {INSIDE: _l("Inside the office"), "school": _l("Schools too"), "public": _l("Everybody")}


@dataclass(frozen=True)
class Who:
    """The acting user, as a service needs them."""

    user_id: int
    name: str


# -- standards -----------------------------------------------------------------------------------------------------


def load(session: KhetSession, module: str, specs: Iterable[StandardSpec]) -> int:
    """Bring a district's standards in step with what a module ships; returns how many were added or renewed.

    The same specs twice change nothing. What the district edited stays as it is; what a run has begun with stays,
    and the new text becomes the next edition.
    """
    changed = 0
    for spec in specs:
        now = session.scalars(select(Standard).filter_by(code=spec.code, current=True)).first()
        if now is not None and (now.edited or _same(session, now, spec)):
            continue
        values = {"title": spec.title, "source": spec.source, "objectives": spec.objectives, "module": module}
        _renew(session, now, spec.code, values, spec.steps)
        changed += 1
    session.flush()
    return changed


def _same(session: KhetSession, standard: Standard, spec: StandardSpec) -> bool:
    known = tuple(as_spec(step) for step in steps(session, standard))
    return (standard.title, standard.source, standard.objectives) == (spec.title, spec.source, spec.objectives) and (
        known == spec.steps
    )


def as_spec(step: StandardStep) -> StepSpec:
    """A kept step as it would be shipped."""
    return StepSpec(
        step.seq, step.activity, step.timing, step.timing_rule, step.quality, step.responsible, step.evidence
    )  # fmt: skip


def current(session: KhetSession, code: str) -> Standard:
    """The edition of a standard that holds now. Raises NotFound."""
    found = session.scalars(select(Standard).filter_by(code=code, current=True)).first()
    if found is None:
        raise NotFound
    return found


def steps(session: KhetSession, standard: Standard) -> list[StandardStep]:
    """The steps of a standard in order."""
    return list(
        session.scalars(select(StandardStep).filter_by(standard_id=standard.id).order_by(StandardStep.position))
    )


def _has_runs(session: KhetSession, standard: Standard) -> bool:
    return session.scalar(select(Run.id).filter_by(standard_id=standard.id).limit(1)) is not None


def _renew(
    session: KhetSession, now: Standard | None, code: str, values: dict[str, Any], specs: Sequence[StepSpec]
) -> Standard:
    """Write a standard: in place where no run has begun with it, else as the next edition."""
    if now is not None and not _has_runs(session, now):
        standard = now
        for step in steps(session, now):
            session.delete(step)
        session.flush()
    else:
        facts = {} if now is None else {
            name: getattr(now, name) for name in ("doc_code", "scope", "definitions", "refs", "unit_title", "module")
        }  # fmt: skip
        standard = Standard(code=code, edition=1 if now is None else now.edition + 1, **facts)
        session.add(standard)
        if now is not None:
            now.current = False
    for name, value in values.items():
        setattr(standard, name, value)
    session.flush()
    above = parents(spec.seq for spec in specs)
    for position, spec in enumerate(specs):
        session.add(
            StandardStep(
                standard_id=standard.id, seq=spec.seq, position=position, leaf=spec.seq not in above,
                activity=spec.activity, timing=spec.timing, timing_rule=spec.timing_rule, quality=spec.quality,
                responsible=spec.responsible, evidence=spec.evidence,
            )
        )  # fmt: skip
    session.flush()
    return standard


def save_standard(
    session: KhetSession, standard: Standard | None, values: dict[str, Any], lines: Sequence[dict[str, Any]]
) -> Standard:
    """A district's own standard, or its change of a shipped one; a new edition where runs have begun (rule 2)."""
    specs = []
    seen: set[str] = set()
    for number, line in enumerate(lines):
        seq = clean(line["seq"]).strip(".")
        if not re.fullmatch(r"\w{1,4}(\.\w{1,4})*", seq):
            raise RuleError(_("Type a place like 1 or 2.10."), field=f"lines-{number}-seq")
        if seq in seen:
            raise RuleError(_("This place is there twice."), field=f"lines-{number}-seq")
        seen.add(seq)
        rule = clean(line.get("timing_rule") or "")
        try:
            due_dates.due(
                rule, 2569, 1, {1: (date(2026, 5, 16), date(2026, 10, 11)), 2: (date(2026, 11, 1), date(2027, 4, 1))}
            )
        except ValueError:
            raise RuleError(_("There is no such timing rule."), field=f"lines-{number}-timing_rule") from None
        specs.append(
            StepSpec(
                seq, clean(line["activity"]), clean(line.get("timing") or ""), rule, clean(line.get("quality") or ""),
                clean(line.get("responsible") or ""), bool(line.get("evidence")),
            )
        )  # fmt: skip
    code = standard.code if standard is not None else clean(values["code"])
    if standard is None and session.scalar(select(Standard.id).filter_by(code=code).limit(1)) is not None:
        raise RuleError(_("This code is used already."), field="code")
    names = ("title", "doc_code", "objectives", "scope", "definitions", "refs", "unit_title", "active")
    kept = {name: values[name] for name in names if name in values}
    return _renew(session, standard, code, {**kept, "edited": True}, specs)


# -- runs ------------------------------------------------------------------------------------------------------------


def start_run(
    session: KhetSession, standard: Standard, unit_id: int, year: int, *, term: int = 0, scope_kind: str = "district",
    scope_id: int = 0, scope_label: str = "", assignee: Account | None = None,
) -> Run:  # fmt: skip
    """Begin a round of a standard in a school year (พ.ศ.): one progress for each leaf step, per term where due so.

    Raises RuleError where that round is there already.
    """
    there = select(Run.id).filter_by(code=standard.code, year=year, term=term, scope_kind=scope_kind, scope_id=scope_id)
    if session.scalar(there) is not None:
        raise RuleError(_("This round has been begun already."), field="year")
    run = Run(
        standard_id=standard.id, code=standard.code, title=standard.title, unit_id=unit_id, year=year, term=term,
        scope_kind=scope_kind, scope_id=scope_id, scope_label=scope_label[:200],
    )  # fmt: skip
    session.add(run)
    session.flush()
    known = due_dates.terms(session, year)
    name = full_name(assignee) if assignee is not None else ""
    for step in steps(session, standard):
        if not step.leaf:
            continue
        for part in due_dates.rounds(step.timing_rule, term):
            day = _rule_day(session, step, year, part or term, known)
            session.add(
                Progress(
                    run_id=run.id, step_id=step.id, unit_id=unit_id, term=part, seq=step.seq,
                    title=step.activity[:300], due_on=day, evidence=step.evidence,
                    assignee_id=assignee.id if assignee is not None else None, assignee=name,
                )
            )  # fmt: skip
    session.flush()
    return run


def _rule_day(session: KhetSession, step: StandardStep, year: int, term: int, known: due_dates.Terms) -> date | None:
    """By when the step's timing rule wants it; None where no rule says a day."""
    return due_dates.workday(session, due_dates.due(step.timing_rule, year, term, known))


def full_name(account: Account) -> str:
    """How an account's person is called."""
    return f"{account.first_name} {account.last_name}".strip()


def _require_open(run: Run) -> None:
    if run.archived:
        raise RuleError(_("This round is put away already."))


def not_deleted_because(session: KhetSession, run: Run) -> str:
    """Why a round can only be archived, in words; empty where nobody has worked on it."""
    if run.scope_kind not in PLACES:
        return _("This round belongs to “%(record)s”: it can be archived, not deleted.", record=run.scope_label)
    begun = or_(Progress.status != TODO, Progress.done_by_id.is_not(None))
    if session.scalar(select(Progress.id).filter_by(run_id=run.id).where(begun).limit(1)) is not None:
        return _("Work on this round has begun: archive it instead.")
    ids = select(Progress.id).filter_by(run_id=run.id)
    proof = select(Evidence.id).where(Evidence.kind == Progress.__tablename__, Evidence.record_id.in_(ids)).limit(1)
    return "" if session.scalar(proof) is None else _("There is evidence in this round: archive it instead.")


def check_delete(session: KhetSession, run: Run) -> None:
    """Raises RuleError for a round on which somebody has worked, and for an archived one."""
    _require_open(run)
    if why := not_deleted_because(session, run):
        raise RuleError(why)


def delete_run(session: KhetSession, run: Run) -> None:
    """Take a round away that nobody has worked on. Raises RuleError for every other, and for an archived one."""
    check_delete(session, run)
    for one in session.scalars(select(Progress).filter_by(run_id=run.id)):
        session.delete(one)
    session.flush()
    session.delete(run)
    session.flush()


def check_archive(session: KhetSession, run: Run) -> None:
    """Raises RuleError for a round that is put away already, and where a step that was handed in is not verified."""
    _require_open(run)
    if handed_in := [one.label for one in of_run(session, run) if one.status == CHECKING]:
        raise RuleError(
            _("Verify what was handed in, or send it back, before you archive: %(steps)s", steps="; ".join(handed_in))
        )


def archive(session: KhetSession, run: Run) -> list[Progress]:
    """Put a round away; it stays readable and waits for nobody. Returns its steps that are not to be done any more.

    Raises RuleError as `check_archive` does.
    """
    check_archive(session, run)
    left = [one for one in of_run(session, run) if one.status not in CLOSED]
    run.archived = True
    for one in left:
        one.status = NOT_APPLICABLE
    session.flush()
    return left


def put_away(session: KhetSession, run: Run, rows: Sequence[Progress]) -> set[int]:
    """Of these steps of a round, those that were open when it was archived: nobody has said that they do not apply."""
    closed = {one.id for one in rows if one.status == NOT_APPLICABLE} if run.archived else set()
    if not closed:
        return set()
    told = select(TimelineEntry.record_id, TimelineEntry.action).where(
        TimelineEntry.kind == Progress.__tablename__, TimelineEntry.record_id.in_(closed),
        TimelineEntry.action.in_(("core.work.leave_out", "core.work.take_up")),
    )  # fmt: skip
    last: dict[int, str] = {}
    for record, action in session.execute(told.order_by(TimelineEntry.id)):
        last[record] = action
    return {one for one in closed if last.get(one) != "core.work.leave_out"}


@dataclass(frozen=True)
class Tally:
    """How far steps are: `done` of `wanted` (all but those that do not apply)."""

    done: int
    wanted: int

    @property
    def percent(self) -> Decimal | None:
        """0–100; None where nothing is wanted, which is not the same as nought."""
        return figures.percent(self.done, self.wanted)


def tally(rows: Iterable[Progress]) -> Tally:
    """Progress over leaf steps (rule 6)."""
    wanted = [one for one in rows if one.status != NOT_APPLICABLE]
    return Tally(sum(one.status == DONE for one in wanted), len(wanted))


def of_run(session: KhetSession, run: Run) -> list[Progress]:
    """The progress of a run in the order of its steps."""
    found = select(Progress).join(StandardStep, StandardStep.id == Progress.step_id).where(Progress.run_id == run.id)
    return list(session.scalars(found.order_by(StandardStep.position, Progress.term)))


# -- progress --------------------------------------------------------------------------------------------------------


def check_assign(one: Progress) -> None:
    """Raises RuleError for a closed step, which does not change hands, and for one that was handed in: who is given it
    would get the credit of who did it."""
    if one.status in CLOSED:
        raise RuleError(_("What is done or does not apply is given to nobody."))
    if one.status == CHECKING:
        raise RuleError(_("This step was handed in and waits to be verified: send it back first."))


def assign(
    session: KhetSession, one: Progress, account_id: int | None, due_on: date | None, *, by_rule: bool = False
) -> None:
    """Give a step to somebody, and set its day; who and what is not said stays as it is. `by_rule`: it is due on the
    day that its rule says, if one does.

    Raises RuleError for a day besides `by_rule`, and as `check_assign` does.
    """
    check_assign(one)
    if by_rule and due_on is not None:
        raise RuleError(_("Type a day, or take that of the timing rule."), field="due_on")
    if account_id:
        account: Account = masterdata.require(session, Account, account_id)
        one.assignee_id, one.assignee = account.id, full_name(account)
    if by_rule:
        step, run = session.get_one(StandardStep, one.step_id), session.get_one(Run, one.run_id)
        one.due_on = _rule_day(session, step, run.year, one.term or run.term, due_dates.terms(session, run.year))
    elif due_on is not None:
        one.due_on = due_on
    session.flush()


def apply(
    session: KhetSession, one: Progress, key: str, *, who: Who, today: date, note: str = "", orphaned: bool = False
) -> None:  # fmt: skip
    """A step of its way. `orphaned`: its officer can do no work here any more, so what is sent back is nobody's and
    waits to be given to somebody. Raises RuleError for no evidence (rule 1), for verifying one's own work, and in a
    round that was archived."""
    WORKFLOW.check(one, key)
    _require_open(session.get_one(Run, one.run_id))
    if key in ("hand_in", "verify") and one.evidence and not evidence_of(session, one):
        raise RuleError(_("This step wants evidence first."))
    if key == "hand_in":
        one.done_on, one.done_by_id = today, who.user_id
    if key == "verify":
        if not accounts.same_people(session, {who.user_id}).isdisjoint({one.assignee_id, one.done_by_id}):
            raise RuleError(_("Somebody else verifies what you have done."))
        one.verified_by_id, one.verified_by, one.verified_at = who.user_id, who.name, utc_now()
    if key in ("back", "leave_out") and not clean(note):
        raise RuleError(_("Say why."), field="note")
    if key == "fetch":
        one.done_on = one.done_by_id = None
    if key == "back":
        one.done_on = one.verified_by_id = one.verified_at = None
        one.verified_by = ""
        if orphaned:
            one.assignee_id, one.assignee = None, ""
    WORKFLOW.apply(one, key)
    if note or key in ("hand_in", "fetch", "take_up"):  # what was said before is answered by this
        one.note = clean(note)[:1000]
    recorder.describe(session, one, f"core.work.{key}", clean(note))
    session.flush()


# -- evidence --------------------------------------------------------------------------------------------------------


def evidence_of(session: KhetSession, record: Any) -> list[Evidence]:
    """Evidence that lies with a record, newest first."""
    found = select(Evidence).where(Evidence.kind == record.__tablename__, Evidence.record_id == record.id)
    return list(session.scalars(found.order_by(Evidence.id.desc()).limit(100)))


def visible(one: Evidence, actor: Actor) -> bool:
    """Whether who may open its record may see this evidence: what lies inside the office, who works there."""
    return one.visibility != INSIDE or actor.inside


def save_evidence(
    session: KhetSession, record: Any, view: str, values: dict[str, Any], *, who: Who, today: date, has_file: bool
) -> Evidence:
    """Lay evidence to a record: a file, a link, or a letter by its heading and date.

    Raises RuleError with neither of them, and for a link that is no address of the web.
    """
    url = clean(values.get("url") or "")
    try:
        url = url and addresses.web_address(url)
    except ValueError:
        raise RuleError(_("Type an address that begins with https://."), field="url") from None
    if not url and not has_file and values["sort"] != "letter":
        raise RuleError(_("Attach a file or type a link."), field="files")
    if not url and not has_file and not values.get("dated"):
        raise RuleError(_("Attach the letter, type its link, or say its date: by that it is found."), field="dated")
    if values.get("dated") and values["dated"] > today:
        raise RuleError(_("The date lies in the future."), field="dated")
    one = Evidence(
        sort=values["sort"], title=clean(values["title"]), url=url, dated=values.get("dated"), by=who.name,
        visibility=values.get("visibility") or "inside",
    )  # fmt: skip
    one.point_at(record, view)
    session.add(one)
    session.flush()
    return one


def take_evidence_back(session: KhetSession, one: Evidence, owner: Any, root: Path, reason: str) -> None:
    """What was laid to `owner` by mistake goes, with its files; the owner's history keeps its heading and why."""
    for file in [*store.attachments(session, one), *store.attachments(session, one, remarks=True)]:
        store.discard(session, root, file)
    said = f"{one.title}: {clean(reason)}"
    recorder.note(session, owner, "core.evidence.taken_back", said, inside=one.visibility == INSIDE)
    session.delete(one)
    session.flush()


# -- terms -----------------------------------------------------------------------------------------------------------


def save_term(session: KhetSession, term: Term | None, values: dict[str, Any]) -> Term:
    """A term's first and last day. Raises RuleError for days in the wrong order and for a term that is there."""
    if values["ends_on"] <= values["starts_on"]:
        raise RuleError(_("The end must lie after the beginning."), field="ends_on")
    there = select(Term.id).filter_by(school_year=values["school_year"], number=values["number"])
    if term is not None:
        there = there.where(Term.id != term.id)
    if session.scalar(there) is not None:
        raise RuleError(_("This term is there already."), field="number")
    if term is None:
        term = Term()
        session.add(term)
    for name in ("school_year", "number", "starts_on", "ends_on"):
        setattr(term, name, values[name])
    session.flush()
    return term
