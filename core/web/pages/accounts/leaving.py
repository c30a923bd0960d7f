"""What somebody who leaves has in hand, given to another in one act: the preview by kind, the act, who is told."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, inspect, literal, not_, select, true, union_all
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
from core.web.forms import KhetForm, LookupField, choice
from core.web.officers import can_take
from core.web.unit_of_work import db, effective_plugins, integrations, khet

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
    heir_id = LookupField(_l("Who takes it over"), _somebody, "UserView.lookup")
    engaged = choice(
        _l("What they have agreed to do in person"),
        [
            (STAYS, _l("It stays: they still come")), (GIVEN_ON, _l("Whoever takes over is asked in their place")),
            (CALLED_OFF, _l("They cannot come: somebody else is to be found")),
        ],
    )  # fmt: skip


@dataclass
class Lot:
    """One kind of record in somebody's hands: what can be given on, and how much stays with them."""

    kind: str
    view: str
    given: list[Any] = field(default_factory=list)
    stays: int = 0
    #: what keeps it, where it is something that they have agreed to do in person
    module: Engagements | None = None

    @property
    def title(self) -> str:
        """What such records are called."""
        title = str(labels.kind_title(self.kind))
        return title if self.module is None else _("%(kind)s: agreed to in person", kind=title)


def _kinds() -> dict[Any, Lot]:
    """Every kind of record, of the modules that are on, that can be in somebody's hands."""
    on = effective_plugins()
    return {
        view.model: Lot(vars(view.model)["__tablename__"], name)
        for name, view in khet().views.items()
        if view.plugin in on and isinstance(view.model, type) and issubclass(view.model, Held)
    }


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


def counted(account: Account) -> list[tuple[str, int, int]]:
    """(title, how much could be given on, how much stays) of each kind that a user has in hand.

    What is secret is counted for who reads it, as something that stays: its readers are named one by one.
    """
    lots, parts = _kinds(), []
    for model, lot in lots.items():
        has = model.held_by(account.id).subquery()
        open_ = has.c.secrecy == 0 if "secrecy" in has.c else true()
        parts.append(
            select(literal(lot.kind), func.count(case((open_, 1))), func.count(case((not_(open_), 1)))).select_from(has)
        )
    found = {row[0]: (row[1], row[2]) for row in db.execute(union_all(*parts))}
    known = [(lot.title, *found[lot.kind]) for lot in lots.values()]
    alone = [(lot.title, 0, lot.stays) for lot in _alone(account, lots)]
    return [
        *(one for one in known if any(one[1:])),
        *alone,
        *((lot.title, len(lot.given), 0) for lot in engaged(account)),
    ]


def in_hand(account: Account, heir: Account) -> list[Lot]:
    """What a user has, by kind; only what the heir holds the right for is given, and nothing that is secret."""
    lots = _kinds()
    for model, lot in lots.items():
        whole_office = khet().views[lot.view].assignee_may_open
        for record in db.scalars(model.held_by(account.id).order_by(inspect(model).c.id)).unique():
            if can_take(heir, record, whole_office=whole_office) and not getattr(record, "secrecy", 0):
                lot.given.append(record)
            else:
                lot.stays += 1
    return [lot for lot in (*lots.values(), *_alone(account, lots)) if lot.given or lot.stays]


def _alone(account: Account, lots: dict[Any, Lot]) -> list[Lot]:
    """What waits for a user and is answered, directed or signed by them alone."""
    on, views = effective_plugins(), khet().views
    held = {lot.kind for lot in lots.values()}
    waiting = select(WorklistRow.kind, WorklistRow.view, func.count()).where(
        WorklistRow.user_id == account.id, WorklistRow.kind.not_in(held)
    )
    others = db.execute(waiting.group_by(WorklistRow.kind, WorklistRow.view).order_by(WorklistRow.kind))
    return [Lot(kind, name, stays=much) for kind, name, much in others if views[name].plugin in on]


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
    lots, promised = in_hand(account, heir), engaged(account)
    if engagements == STAYS:
        lots += [Lot(lot.kind, lot.view, stays=len(lot.given), module=lot.module) for lot in promised]
        promised = []
    if not promised and not any(lot.given for lot in lots):
        said = _("%(name)s holds no role for any of it. Give the role first.", name=heir.get_full_name())
        raise RuleError(said, field="heir_id")
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


def _give_up(lot: Lot, account: Account, heir: Account | None) -> None:
    """Have the module ask the heir in their place, or call it off. Raises RuleError (heir_id) where it cannot."""
    assert lot.module is not None
    if heir is not None and heir.person_id is None:
        name = heir.get_full_name()
        said = _("%(name)s belongs to no person of the district and cannot come in their place.", name=name)
        raise RuleError(said, field="heir_id")
    reason = _("%(name)s cannot come", name=account.get_full_name())
    for record in lot.given:
        try:
            lot.module.give_up(db, record, heir.person_id if heir is not None else None, reason)
        except RuleError as error:
            raise RuleError(f"{record.label}: {error.message}"[:300], field="heir_id") from None


def _work(lots: Sequence[Lot]) -> str:
    return "; ".join(f"{lot.title} ({len(lot.given)})" for lot in lots if lot.given)


def _tell(reader: Account, said: Any, lots: Sequence[Lot], account: Account, heir: Account, by: Account) -> None:
    with force_locale(reader.locale):
        names = {"by": by.get_full_name(), "name": account.get_full_name(), "heir": heir.get_full_name()}
        names["work"] = _work(lots)
        text = str(said) % names
    notices.notify(db, reader, HANDED_OVER, text, lots[0].given[0], lots[0].view)
