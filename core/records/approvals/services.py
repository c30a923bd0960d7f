"""What decides about approvals: who may take a step, where it goes next, and where it ends. No Flask.

Nobody approves their own: neither who proposed a record nor who is responsible for it, by no account of theirs, and
nobody in their place.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select
from sqlalchemy.orm import object_session

from core.base.errors import RuleError
from core.base.identity import Actor, HeldPost
from core.base.permissions import APPROVALS, RoleSpec
from core.base.text.thai import clean
from core.base.workflow import Transition
from core.platform.accounts import services as accounts
from core.platform.dual_control import log
from core.platform.dual_control.models import POSITION
from core.platform.events import PositionChanged
from core.platform.masterdata import holidays
from core.platform.masterdata.models import OFFICE, SCHOOL, Post, Unit
from core.platform.masterdata.services import positions_of
from core.platform.timeline import recorder
from core.platform.users.models import Account, Grant
from core.platform.worklist.sync import WorkItem
from core.records.approvals.models import AHEAD, DROPPED, LEFT_OUT, RIGHT, WAITING, Approval, ApprovalChain
from core.storage.base import utc_now
from core.storage.scope import KhetSession

TOPIC = "core.approval"
#: a decision: (state of its step, how the history names it)
DECISIONS = {
    "approve": ("approved", "core.approval.approved"), "back": ("returned", "core.approval.returned"),
    "reject": ("refused", "core.approval.refused"),
}  # fmt: skip
WITHDRAW = "withdraw"
MOST_STEPS = 9

#: how records are approved, by their table
KINDS: dict[str, Approving] = {}


@dataclass(frozen=True)
class Approving:
    """How a module's records of one kind (`table`) are approved: `verb` on `resource` is the right to it.

    `view` opens such a record, `topic` is the notice of how it ends, `amount` the record's attribute by which a step
    may be limited.
    """

    table: str
    view: str
    resource: str
    topic: str
    verb: str = "approve"
    amount: str = ""

    def __post_init__(self) -> None:
        KINDS[self.table] = self


@dataclass(frozen=True)
class Desk:
    """Who acts, the roles that there are (the registry's), and the day."""

    actor: Actor
    roles: Sequence[RoleSpec]
    today: date


@dataclass(frozen=True)
class Capacity:
    """A step that somebody may take: by themselves, or in whose `place`."""

    step: Approval
    place: int | None


def steps(written: str, proposed: str, approved: str, refused: str = "") -> tuple[Transition, ...]:
    """The part of a workflow that a chain decides: from `proposed` on, back to `written`, or to an end.

    The module states its own step `propose` from `written` to `proposed`.
    """
    at = (proposed,)
    ends = [Transition("reject", _l("Do not approve"), at, refused, "approve", "x-circle")] if refused else []
    return (
        Transition("approve", _l("Approve"), at, approved, "approve", "check-circle"),
        Transition("back", _l("Send back"), at, written, "approve", "arrow-return-left"),
        *ends,
        Transition(WITHDRAW, _l("Take it back"), at, written, "edit", "reply"),
    )


# -- a district's chain ------------------------------------------------------------------------------------------


def chain(session: KhetSession, table: str) -> list[dict[str, Any]]:
    """The steps of a kind of record, as the district has set them; one by right where it has not."""
    kept = session.scalar(select(ApprovalChain).filter_by(kind=table))
    return list(kept.steps) if kept is not None else [{"who": RIGHT, "from_amount": None, "days": None}]


def save_chain(
    session: KhetSession, kept: ApprovalChain | None, kind: str, lines: Sequence[dict[str, Any]], *, today: date
) -> ApprovalChain:  # fmt: skip
    """Set a chain: lines of place, who, from_amount (Decimal) and days. What is proposed already goes on as it began.

    Who decides by it from now on, or no longer, stands in the log of grave rights, as one put into the place does.
    Raises RuleError where there is one of that kind, where small amounts would be approved by nobody, and for a
    position of whoever sets it.
    """
    before = _deciding(session)
    if kept is None:
        if session.scalar(select(ApprovalChain.id).filter_by(kind=kind)) is not None:
            raise RuleError(_("There is one of this kind already: change it."), field="kind")
        kept = ApprovalChain(kind=kind)
        session.add(kept)
    if len(lines) > MOST_STEPS:
        raise RuleError(_("At most %(count)s steps.", count=MOST_STEPS), field="steps")
    for number, line in enumerate(lines):
        for name in ("from_amount", "days"):
            if line[name] is not None and line[name] < 0:
                raise RuleError(_("This cannot be negative."), field=f"steps-{number}-{name}")
    if all(line["from_amount"] for line in lines):
        raise RuleError(_("One step has to be for every amount, or small ones would be approved by nobody."), "steps")
    # where no place is typed a step stands where its line does
    placed = sorted(enumerate(lines, start=1), key=lambda pair: pair[1]["place"] or pair[0])
    kept.steps = [
        {
            "who": line["who"], "from_amount": f"{line['from_amount']:f}" if line["from_amount"] else None,
            "days": line["days"],
        }
        for _number, line in placed
    ]  # fmt: skip
    session.flush()
    after = _deciding(session)
    mine = session.get(Account, session.scope.user_id) if session.scope.user_id else None
    if mine is not None and not positions_of(session, mine.person_id, today).isdisjoint(after - before):
        said = _("You hold one of these positions yourself: let another administrator set the chain.")
        raise RuleError(said, field="steps")
    for named, held in ((after - before, True), (before - after, False)):
        posts = select(Post).where(Post.position.in_(sorted(named)), or_(Post.ends_on.is_(None), Post.ends_on >= today))
        for post in session.scalars(posts.order_by(Post.id)).all():
            _note(session, post, Account.person_id == post.person_id, held=held)
    return kept


def _note(session: KhetSession, post: Post, whose: Any, *, held: bool) -> None:
    """Write into the log of grave rights that these accounts decide by a post from now on, or from its first day, or no
    longer. Posts at schools decide nothing."""
    if post.unit.kind == SCHOOL or not post.unit.active:
        return
    facts: dict[str, Any] = {"what": POSITION, "position": post.position, "unit": post.unit.name}
    if held:
        facts |= {
            "starts_on": post.starts_on.isoformat(), "ends_on": post.ends_on.isoformat() if post.ends_on else None,
        }  # fmt: skip
    for account in session.scalars(select(Account).where(whose).order_by(Account.id)).all():
        log.write(session, "positioned" if held else "unpositioned", account, facts)


def positions(session: KhetSession, today: date) -> list[str]:
    """Positions that somebody holds at the office or a group of it, and those of the district's chains."""
    here = (Unit.kind != SCHOOL, Unit.active.is_(True))
    held = select(Post.position).join(Unit, Unit.id == Post.unit_id).where(*here, _held(today))
    named = {line["who"] for one in session.scalars(select(ApprovalChain)) for line in one.steps} - {RIGHT}
    return sorted(named | set(session.scalars(held.distinct())))


def check_own(session: KhetSession, positions: Collection[str], *, field: str) -> None:
    """Nobody puts themselves where records are approved: raises RuleError (`field`) for positions that they would hold
    and by which a step of the district's chains, or of what is proposed, is taken."""
    if not _deciding(session).isdisjoint(filter(None, positions)):
        raise RuleError(_("Records are approved by this position: another administrator writes it down."), field=field)


def _deciding(session: KhetSession) -> set[str]:
    """Positions by which a step of the district's chains, or of what is proposed, is taken; "" stands for none."""
    named = {line["who"] for one in session.scalars(select(ApprovalChain)) for line in one.steps} - {RIGHT}
    return named | set(session.scalars(select(Approval.position).where(Approval.state.in_((AHEAD, WAITING)))))


def position_changed(session: KhetSession, registry: Any, event: PositionChanged) -> None:
    """Who may decide by a position is the director's to know: whoever is put into one that a chain names, or taken out
    of it, stands in the log of grave rights, which tells them and the one whom it concerns."""
    if session.scope.import_id:
        return  # it brings people who are new here, and have no account yet
    post = session.get_one(Post, event.post_id)
    if post.position in _deciding(session):
        theirs = Account.id == event.user_id if event.user_id is not None else Account.person_id == post.person_id
        _note(session, post, theirs, held=event.held)


def _held(today: date) -> Any:
    return (Post.starts_on <= today) & or_(Post.ends_on.is_(None), Post.ends_on >= today)


def who(position: str) -> str:
    """Who takes a step, in words."""
    return position or _("Whoever holds the right to approve")


# -- a record's way ----------------------------------------------------------------------------------------------


def rounds(session: KhetSession, record: Any) -> list[Approval]:
    """The steps of a record's newest round, in order; none where it was never proposed."""
    mine = _of(record)
    newest = select(func.max(Approval.round)).where(*mine).scalar_subquery()
    return list(session.scalars(select(Approval).where(*mine, Approval.round == newest).order_by(Approval.seq)))


def running(session: KhetSession, record: Any) -> Approval | None:
    """The step that a record waits for."""
    return session.scalar(select(Approval).where(*_of(record), Approval.state == WAITING))


def _of(record: Any) -> tuple[Any, ...]:
    return Approval.kind == record.__tablename__, Approval.record_id == record.id


def work_item(record: Any, kind: Approving, *, due_at: datetime | None = None) -> WorkItem:
    """For whom a proposed record waits; `due_at` where its step has no day of its own."""
    session = object_session(record)
    assert isinstance(session, KhetSession)
    with session.no_autoflush:
        step = running(session, record)
    if step is not None and step.due_on is not None:
        due_at = holidays.closing(step.due_on)
    return WorkItem(
        view=kind.view, resource=kind.resource, verb=kind.verb, unit_id=record.unit_id, due_at=due_at,
        post=HeldPost(step.post_unit_id, step.position).key if step is not None and step.post_unit_id else "",
        since=step.since if step is not None else None,
    )  # fmt: skip


def begin(session: KhetSession, kind: Approving, record: Any, desk: Desk) -> Approval:
    """Begin a round of a record that is about to be proposed; returns the step that it waits for.

    A step that only whoever proposes it could take is left out, so that it goes on to the next one. Raises RuleError
    where nobody can take a step, with who can mend that.
    """
    amount = (getattr(record, kind.amount) if kind.amount else None) or Decimal(0)
    lines = [
        one for one in chain(session, kind.table) if not one["from_amount"] or amount >= Decimal(one["from_amount"])
    ]
    last = session.scalar(select(func.max(Approval.round)).where(*_of(record))) or 0
    made: list[Approval] = []
    for seq, line in enumerate(lines, start=1):
        position = "" if line["who"] == RIGHT else line["who"]
        step = Approval(
            round=last + 1, seq=seq, position=position, days=line["days"], state=AHEAD,
            post_unit_id=place_of(session, position, record.unit_id, desk.today) if position else None,
            proposed_by_id=desk.actor.user_id, proposed_by=desk.actor.name[:150],
            owned_by_id=getattr(record, "owner_id", None),
        )  # fmt: skip
        step.point_at(record, kind.view)
        if not takers(session, kind, record, step, desk.roles, desk.today):
            if seq == len(lines) or not takers(session, kind, record, step, desk.roles, desk.today, but=frozenset()):
                raise RuleError(_nobody(session, kind, record, step, desk))
            step.state = LEFT_OUT
        made.append(step)
    session.add_all(made)
    first = next(one for one in made if one.state == AHEAD)
    wait_for(session, first, desk.today)
    session.flush()
    return first


def wait_for(session: KhetSession, step: Approval, today: date) -> None:
    """A record waits for this step from now on."""
    step.state, step.since = WAITING, utc_now()
    step.due_on = holidays.after(session, today, step.days) if step.days is not None else None


def place_of(session: KhetSession, position: str, unit_id: int, today: date) -> int | None:
    """Where a position is held: at the record's unit if it is there, else at the office, else at a group."""
    found = (
        select(Unit.id)
        .join(Post, Post.unit_id == Unit.id)
        .where(Post.position == position, Unit.kind != SCHOOL, Unit.active.is_(True), _held(today))
        .order_by(Unit.id != unit_id, Unit.kind != OFFICE, Unit.id)
    )
    return session.scalar(found.limit(1))


def _own(session: KhetSession, record: Any, step: Approval) -> frozenset[int]:
    """Accounts to whom the record is their own, now or when it was proposed, with others of the same persons."""
    return accounts.same_people(session, {step.proposed_by_id, step.owned_by_id, getattr(record, "owner_id", None)})


def takers(
    session: KhetSession, kind: Approving, record: Any, step: Approval, roles: Sequence[RoleSpec], today: date, *,
    but: frozenset[int] | None = None,
) -> list[Account]:  # fmt: skip
    """Who may take a step on a day, by name: who stands in for one of them as well, and none of those whose own it is.

    `but`: others who are left out in their place.
    """
    own = _own(session, record, step) if but is None else but
    unit = session.get_one(Unit, record.unit_id)
    if not step.position:
        found = accounts.who_may_as(session, roles, (kind.verb, kind.resource), unit, today)
        return [one for one, place in found if one.id not in own and place not in own]
    of_post = (
        select(Account.id)
        .join(Post, Post.person_id == Account.person_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            Post.position == step.position, Post.unit_id == step.post_unit_id, Unit.active.is_(True), _held(today)
        )
    )  # fmt: skip
    theirs = set(session.scalars(of_post)) - own
    theirs |= set(
        session.scalars(
            select(Grant.user_id).where(
                Grant.stands_in_for_id.in_(theirs), Grant.unit_id == step.post_unit_id, Grant.running(today)
            )
        )
    ) - own  # fmt: skip
    readers = accounts.who_hold(session, roles, ("show", kind.resource), unit, today)
    named = select(Account).where(Account.id.in_(theirs & readers), Account.active.is_(True))
    return list(session.scalars(named.order_by(Account.first_name, Account.last_name, Account.id)))


def _nobody(session: KhetSession, kind: Approving, record: Any, step: Approval, desk: Desk) -> str:
    """Why a step stops a proposal, and who can mend it."""
    office = session.scalars(select(Unit).where(Unit.kind == OFFICE).order_by(Unit.id)).first()
    keepers = accounts.who_may(session, desk.roles, ("edit", APPROVALS), office, desk.today) if office else []
    facts = {"step": who(step.position), "names": ", ".join(one.get_full_name() for one in keepers[:3]) or "–"}
    if takers(session, kind, record, step, desk.roles, desk.today, but=frozenset()):
        return _(
            "Nobody else can approve this: “%(step)s”, and nobody approves their own. Ask who keeps the chain and "
            "gives roles: %(names)s.", **facts,
        )  # fmt: skip
    return _(
        "Nobody can approve this now: “%(step)s” is nobody who has an account in use and may read it. Ask who keeps "
        "the chain and gives roles: %(names)s.", **facts,
    )  # fmt: skip


def open_to(
    session: KhetSession, kind: Approving, record: Any, step: Approval | None, actor: Actor
) -> Capacity | None:  # fmt: skip
    """The `step` that a record waits for, where the actor may take it."""
    if step is None:
        return None
    if step.position:
        places = [
            one.stands_in_for
            for one in actor.posts
            if (one.unit_id, one.position) == (step.post_unit_id, step.position)
        ]
        places = places if actor.may(kind.resource, "show", record.unit_id) else []
    else:
        places = actor.capacities(kind.resource, kind.verb, record.unit_id)
    own = _own(session, record, step) if places else frozenset()
    free = [] if actor.user_id in own else [place for place in places if place not in own]
    return Capacity(step, None if None in free else free[0]) if free else None


def decide(session: KhetSession, kind: Approving, record: Any, key: str, remark: str, desk: Desk) -> Approval | None:
    """Take the step that a record waits for; returns the next one, None where its way ends and the module moves it on.

    Raises RuleError for who may not, and for a no without a reason.
    """
    found = open_to(session, kind, record, running(session, record), desk.actor)
    if found is None:
        raise RuleError(_("This step is not yours to take there."))
    remark = clean(remark)
    if key != "approve" and not remark:
        raise RuleError(_("Say why."), field="reason")
    step, (step.state, said) = found.step, DECISIONS[key]
    step.by_id, step.by, step.decided_at = desk.actor.user_id, desk.actor.name[:150], utc_now()
    step.remark, step.acting_for = remark[:500], acting_for(session, found.place, desk.today)
    ahead = [one for one in rounds(session, record) if one.state == AHEAD]
    goes_on = key == "approve" and ahead
    recorder.act_for(session, step.acting_for)
    recorder.describe(session, record, "core.approval.passed" if goes_on else said, remark)
    if goes_on:
        wait_for(session, ahead[0], desk.today)
        record.version += 1  # whoever has it open reads that it has gone on; its item and its history follow it
        session.flush()
        return ahead[0]
    for one in ahead:
        one.state = DROPPED
    return None


def withdraw(session: KhetSession, record: Any) -> None:
    """Take a proposal back; the module moves the record."""
    for one in rounds(session, record):
        if one.state == WAITING:
            one.state, one.decided_at = "withdrawn", utc_now()
        elif one.state == AHEAD:
            one.state = DROPPED
    recorder.describe(session, record, "core.approval.withdrawn")


def in_capacity(name: str, acting_for: str) -> str:
    """Who decided as facts, notices, papers and sheets name them: in another's place both, and in which capacity."""
    return " ".join(filter(None, (name, acting_for)))


def decided_by(session: KhetSession, record: Any) -> str:
    """Who took the newest decided step of a record, so named; empty where nobody did."""
    last = next((one for one in reversed(rounds(session, record)) if one.by), None)
    return in_capacity(last.by, last.acting_for) if last is not None else ""


def acting_for(session: KhetSession, place_id: int | None, today: date) -> str:
    """รักษาราชการแทน and the position, or the name, of whose place somebody acts in; empty in one's own."""
    return acting_for_each(session, [place_id] if place_id is not None else [], today).get(place_id or 0, "")


def acting_for_each(session: KhetSession, place_ids: Collection[int], today: date) -> dict[int, str]:
    """The same of several places, by the account whose place it is, in two statements."""
    if not place_ids:
        return {}
    places = session.scalars(select(Account).where(Account.id.in_(sorted(place_ids)))).all()
    people = [one.person_id for one in places if one.person_id is not None]
    held = select(Post.person_id, Post.position).where(Post.person_id.in_(people), _held(today))
    positions = {row[0]: row[1] for row in session.execute(held.order_by(Post.starts_on, Post.id))}
    return {
        one.id: str(_("acting for %(position)s", position=positions.get(one.person_id or 0) or one.get_full_name()))[
            :300
        ]
        for one in places
    }
