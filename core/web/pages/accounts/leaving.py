"""What somebody who leaves has in hand, given to another in one act: the preview by kind, the act, who is told."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, func, inspect, literal, select, union_all
from wtforms import HiddenField

from core.base.errors import Doubt, RuleError
from core.platform import handover
from core.platform.accounts import services as accounts
from core.platform.handover import HANDED_OVER, Held
from core.platform.notices import services as notices
from core.platform.timeline import labels, recorder
from core.platform.users.models import Account
from core.platform.worklist import telling
from core.platform.worklist.models import WorklistRow
from core.records.integrations import Engagements
from core.web import page_context
from core.web.forms import KhetForm, LookupField, choice
from core.web.officers import Officers, called_among, who_hold, why_not
from core.web.unit_of_work import db, effective_plugins, integrations, khet

#: so many of a kind a page lists
MOST_LISTED = 100
MOST_NAMED = 5
TO_HEIR = _l("%(by)s gives over to you what %(name)s had in hand: %(work)s")
TO_FORMER = _l("%(by)s has given what you had in hand to %(heir)s: %(work)s")
TO_ENGAGED = _l("%(by)s has called off what you had agreed to do in person: %(work)s")


def _somebody(account_id: int) -> tuple[int, str] | None:
    account = db.get(Account, account_id)
    return (account.id, account.get_full_name()) if account is not None and account.active else None


#: what becomes of what they have agreed to do in person
STAYS, GIVEN_ON, CALLED_OFF = "stays", "given", "off"


class LeavingForm(KhetForm):
    """Who takes over."""

    drafts = False
    agreed = HiddenField()  # what stays was seen
    heir_id = LookupField(_l("Who takes it over"), _somebody, "UserView.heirs")
    engaged = choice(
        _l("What they have agreed to do in person"),
        [
            (STAYS, _l("It stays: they still come")), (GIVEN_ON, _l("Whoever takes over is asked in their place")),
            (CALLED_OFF, _l("They cannot come: somebody else is to be found")),
        ],
    )  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """Something that stays with them: how it is opened, what it is called, and why it stays."""

    kind: str
    record_id: int
    view: str
    label: str
    why: str = ""


@dataclass
class Lot:
    """One kind of record in somebody's hands: what can be given on, and what stays with them."""

    kind: str
    view: str
    given: list[Any] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    #: what keeps it, where it is something that they have agreed to do in person
    module: Engagements | None = None

    @property
    def title(self) -> str:
        """What such records are called."""
        title = str(labels.kind_title(self.kind))
        return title if self.module is None else _("%(kind)s: agreed to in person", kind=title)

    @property
    def stays(self) -> int:
        """How much stays."""
        return len(self.kept)

    def keep(self, record: Any, why: str) -> None:
        """It stays, and why."""
        self.kept.append(Kept(self.kind, record.id, self.view, str(record.label)[:300], why))


@dataclass
class Listed:
    """A kind as a page shows it, to somebody who may not open all of it: lines are (address, what it is called, why it
    stays)."""

    title: str
    given: int
    stays: int
    lines: list[tuple[str, str, str]]
    #: how many more there are, which the reader does not open or which are too many for a page
    more: int


def listed(lots: Sequence[Lot]) -> list[Listed]:
    """What somebody has in hand, of which whoever looks reads by name what they may open themselves."""
    shown: list[list[Kept]] = []
    for lot in lots:
        given = [Kept(lot.kind, one.id, lot.view, str(one.label)[:300]) for one in lot.given[:MOST_LISTED]]
        shown.append([*lot.kept[:MOST_LISTED], *given])
    open_ = {(one.view, one.record_id) for one in page_context.still_open([one for lines in shown for one in lines])}
    made = []
    for lot, lines in zip(lots, shown, strict=True):
        named = [
            (page_context.record_url(one), one.label, one.why) for one in lines if (one.view, one.record_id) in open_
        ]
        much = len(lot.given) + lot.stays
        made.append(Listed(lot.title, len(lot.given), lot.stays, named, much - len(named)))
    return made


def _kinds() -> dict[Any, Lot]:
    """Every kind of record, of the modules that are on, that can be in somebody's hands."""
    on = effective_plugins()
    return {
        view.model: Lot(vars(view.model)["__tablename__"], name)
        for name, view in khet().views.items()
        if view.plugin in on and isinstance(view.model, type) and issubclass(view.model, Held)
    }


def _held(account: Account, kind: str = "") -> list[tuple[Lot, list[Any]]]:
    """The kinds of which they hold something, and what; which those are is asked in one statement."""
    lots = _kinds()
    parts = [select(literal(lot.kind)).where(model.held_by(account.id).exists()) for model, lot in lots.items()]
    filled = {kind} if kind else set(db.scalars(union_all(*parts)))
    return [
        (lot, list(db.scalars(model.held_by(account.id).order_by(inspect(model).c.id)).unique()))
        for model, lot in lots.items()
        if lot.kind in filled
    ]


def counted(account: Account, *, agreed: bool = True) -> list[tuple[str, str, int]]:
    """(kind, what such records are called, how many) of all that a user has in hand, in one statement whatever it is;
    with what they have `agreed` to in person, which is asked of each module that knows any. What is secret is counted
    for who reads it."""
    lots, parts, on = _kinds(), [], effective_plugins()
    for model, lot in lots.items():
        has = model.held_by(account.id).subquery()
        parts.append(select(literal(lot.kind).label("kind"), has.c.id.label("id")))
    held = union_all(*parts).subquery()
    known = exists().where(held.c.kind == WorklistRow.kind, held.c.id == WorklistRow.record_id)
    alone = select(WorklistRow.kind, WorklistRow.view, func.count()).where(WorklistRow.user_id == account.id, ~known)
    both = union_all(
        select(held.c.kind, literal(""), func.count()).group_by(held.c.kind),
        alone.group_by(WorklistRow.kind, WorklistRow.view),
    )
    rows = sorted(tuple(row) for row in db.execute(both))
    numbers = {kind: much for kind, view, much in rows if not view}
    waiting = [row for row in rows if row[1]]
    return [
        *((lot.kind, lot.title, numbers[lot.kind]) for lot in lots.values() if lot.kind in numbers),
        *((kind, Lot(kind, view).title, much) for kind, view, much in waiting if khet().views[view].plugin in on),
        *((lot.kind, lot.title, len(lot.given)) for lot in (engaged(account) if agreed else ())),
    ]


def of_kind(account: Account, kind: str) -> list[Listed]:
    """What a user has in hand of one kind, by name."""
    found = [*in_hand(account, kind=kind), *(lot for lot in engaged(account) if lot.kind == kind)]
    return listed(found)


def engaged(account: Account) -> list[Lot]:
    """What a user has agreed to do in person and lies ahead, by kind: it waits for nobody, and would be forgotten."""
    lots: list[Lot] = []
    for module in integrations().of(Engagements):
        for record in module.engaged(db, account.id):
            kind = record.__tablename__
            if not lots or (lots[-1].kind, lots[-1].module) != (kind, module):
                view = next(name for name, one in khet().views.items() if getattr(one, "model", None) is type(record))
                lots.append(Lot(kind, view, module=module))
            lots[-1].given.append(record)
    return lots


def promised_by(account: Account, engagements: str) -> list[Lot]:
    """The same, as `engagements` says what becomes of it."""
    lots = engaged(account)
    for lot in lots if engagements == STAYS else ():
        for record in lot.given:
            lot.keep(record, _("They have agreed to it in person, and still come."))
        lot.given = []
    return lots


def in_hand(account: Account, heir: Account | None = None, kind: str = "") -> list[Lot]:
    """What a user has, by kind or of one, and what of it stays: what is secret, for its readers are named one by one,
    what waits for them to be answered, directed or signed, and what the heir, where one is named, cannot take."""
    held = _held(account, kind)
    for lot, records in held:
        whole_office = khet().views[lot.view].assignee_may_open
        for record in records:
            if getattr(record, "secrecy", 0):
                lot.keep(record, _("It is secret: its readers are named one by one."))
            elif heir is not None and (why := why_not(heir, record, whole_office=whole_office)):
                lot.keep(record, why)
            else:
                lot.given.append(record)
    known = {(lot.kind, record.id) for lot, records in held for record in records}
    return [*(lot for lot, _records in held), *_alone(account, known, kind)]


def _alone(account: Account, known: Collection[tuple[str, int]], kind: str = "") -> list[Lot]:
    """What waits for a user besides and is answered, directed or signed by them alone."""
    on, views, lots = effective_plugins(), khet().views, dict[tuple[str, str], Lot]()
    waiting = select(WorklistRow).where(WorklistRow.user_id == account.id)
    waiting = waiting.where(WorklistRow.kind == kind) if kind else waiting
    for row in db.scalars(waiting.order_by(WorklistRow.kind, WorklistRow.view, WorklistRow.id)):
        if views[row.view].plugin in on and (row.kind, row.record_id) not in known:
            lot = lots.setdefault((row.kind, row.view), Lot(row.kind, row.view))
            why = _("It is answered, directed or signed by this person alone.")
            lot.kept.append(Kept(row.kind, row.record_id, row.view, row.label, why))
    return list(lots.values())


def heirs(account: Account, by: int, typed: str = "") -> list[tuple[int, str, str]]:
    """(id, name, position or user name) of at most 20 whom some of it can be given to, found by every word of `typed`.
    Never the leaver, nor whoever gives it (account id `by`), by whatever account."""
    able: list[tuple[Collection[int], Sequence[Any]]] = []
    for lot, records in _held(account):
        whole_office, alike = khet().views[lot.view].assignee_may_open, defaultdict[int | None, list[Any]](list)
        for record in records:
            if not getattr(record, "secrecy", 0):
                alike[getattr(record, "unit_id", None)].append(record)
        for unit_id, some in alike.items():
            able.append((who_hold(some[0].GIVEN_TO, unit_id, whole_office=whole_office), some))
    for lot in engaged(account):
        able.append((_can_come(lot), ()))
    never = accounts.same_people(db, {account.id, by})
    found = called_among(frozenset().union(*(ids for ids, _records in able)) - never, typed)

    def takes(heir_id: int) -> bool:
        heir = db.get_one(Account, heir_id)
        some = (records for ids, records in able if heir_id in ids)
        return any(not records or any(not one.keeps_from(db, heir) for one in records) for records in some)

    return [one for one in found if takes(one[0])]


def _can_come(lot: Lot) -> frozenset[int]:
    """Who can answer, when they are asked to come in somebody's place: with the right, and a person of the district."""
    assert lot.module is not None
    ids = Officers(*lot.module.asks).ids()
    return frozenset(db.scalars(select(Account.id).where(Account.id.in_(ids), Account.person_id.is_not(None))))


def _who_could(found: Sequence[tuple[int, str, str]]) -> str:
    """A sentence on whom it could be given to."""
    names = ", ".join(one[1] for one in found[:MOST_NAMED])
    return _("It can be given to: %(names)s.", names=names) if names else _("Nobody else holds a role for it.")


def hand_over(account: Account, heir: Account, by: Account, agreed: str, engagements: str = STAYS) -> list[Lot]:
    """Give on all that can be given; returns what was in hand. Both are told once. `engagements`: what becomes of what
    they have agreed to do in person.

    Raises RuleError (field heir_id) where nobody else takes it, or nothing can be given to them; Doubt where some of
    it stays, until `agreed` says that this was seen.
    """
    if heir.id == account.id:
        raise RuleError(_("It is with them already."), field="heir_id")
    # or whoever keeps the accounts would open what others work on, unasked
    if heir.id in accounts.same_people(db, {by.id}):
        raise RuleError(_("Nobody gives it to themselves: let another administrator do it."), field="heir_id")
    lots, promised = in_hand(account, heir), promised_by(account, engagements)
    if engagements == STAYS:
        lots, promised = [*lots, *promised], []
    if engagements == GIVEN_ON:
        for lot in promised:
            _check_can_come(lot, account, heir, by)
    if not promised and not any(lot.given for lot in lots):
        if not any(lot.given for lot in in_hand(account)):
            raise RuleError(_("Nothing of it is left to be given on."))
        said = _("%(name)s holds no role for any of it. Give the role first.", name=heir.get_full_name())
        could = [one for one in heirs(account, by.id) if one[0] != heir.id]  # who may only come in person takes nothing
        raise RuleError(f"{said} {_who_could(could)}", field="heir_id")
    mark = hashlib.sha256(repr([(heir.id, lot.kind, lot.stays) for lot in lots if lot.stays]).encode()).hexdigest()[:20]
    if any(lot.stays for lot in lots) and mark not in agreed.split():
        left = "; ".join(f"{lot.title} ({lot.stays})" for lot in lots if lot.stays)
        raise Doubt(
            _("This stays with %(name)s: %(work)s. Save once more to give the rest.",
              name=account.get_full_name(), work=left),
            mark=mark,
        )  # fmt: skip
    for lot in lots:
        for record in lot.given:
            handover.give(db, record, heir, "heir_id")
    for lot in promised:
        _give_up(lot, account, heir if engagements == GIVEN_ON else None)
    telling.told(db, account.id)
    gone = [lot for lot in lots if lot.given] + (promised if engagements == GIVEN_ON else [])
    recorder.note(db, account, HANDED_OVER, f"{heir.get_full_name()} – {_work([*lots, *promised])}", inside=True)
    off = promised if engagements == CALLED_OFF else []
    for reader, words, gone_on in ((heir, TO_HEIR, gone), (account, TO_FORMER, gone), (account, TO_ENGAGED, off)):
        if gone_on and reader.active and reader.id != by.id:
            _tell(reader, words, gone_on, account, heir, by)
    return [*lots, *promised]


def _check_can_come(lot: Lot, account: Account, heir: Account, by: Account) -> None:
    """Raises RuleError (heir_id) for an heir who could not answer when asked: it would wait for nobody."""
    able = _can_come(lot)
    if heir.id not in able:
        said = _("%(name)s cannot be asked in their place: it wants a role that answers, and a person of the district.",
                 name=heir.get_full_name())  # fmt: skip
        could = called_among(able - accounts.same_people(db, {account.id, by.id}))
        raise RuleError(f"{lot.title}: {said} {_who_could(could)}", field="heir_id")


def _give_up(lot: Lot, account: Account, heir: Account | None) -> None:
    """Have the module ask the heir in their place, or call it off. Raises RuleError (heir_id) where it cannot."""
    assert lot.module is not None
    reason = _("%(name)s cannot come", name=account.get_full_name())
    for record in lot.given:
        try:
            lot.module.give_up(db, record, heir.person_id if heir is not None else None, reason)
        except RuleError as error:
            raise RuleError(f"{record.label}: {error.message}"[:300], field="heir_id") from None


def work_of(account: Account) -> str:
    """What a user has in hand, by kind and number, in one line; "" for nothing."""
    return "; ".join(f"{title} ({much})" for _kind, title, much in counted(account))


def _work(lots: Sequence[Lot]) -> str:
    return "; ".join(f"{lot.title} ({len(lot.given)})" for lot in lots if lot.given)


def _tell(reader: Account, said: Any, lots: Sequence[Lot], account: Account, heir: Account, by: Account) -> None:
    with force_locale(reader.locale):
        names = {"by": by.get_full_name(), "name": account.get_full_name(), "heir": heir.get_full_name()}
        names["work"] = _work(lots)
        text = str(said) % names
    notices.notify(db, reader, HANDED_OVER, text, lots[0].given[0], lots[0].view)
