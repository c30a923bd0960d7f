"""Records that somebody is responsible for: others read them, and who is can be replaced."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.base.errors import RuleError
from core.base.workflow import Transition
from core.platform import handover
from core.platform.users.models import Account
from core.records import lists
from core.storage import fields
from core.web.crud import ActionLink, CrudView
from core.web.forms import KhetForm, LookupField
from core.web.notify import notify_user
from core.web.officers import Officers, why_not
from core.web.unit_of_work import db
from core.web.views import expose, lookup_answer, right

TITLE, ICON = _l("Name who is responsible"), "person-badge"
GIVEN = _l("%(who)s makes you responsible for: %(record)s")
TAKEN = _l("%(who)s has made somebody else responsible for what was yours: %(record)s")


@cache
def _form(view: Any, endpoint: str) -> type[KhetForm]:
    model = view.model

    class HandOverForm(KhetForm):
        """Who takes it over."""

        __module__ = view.__module__  # it is that module's, and there where that is installed
        owner_id = LookupField(fields.label(model.owner_id), Officers(*model.GIVEN_TO), f"{endpoint}.heirs")

    return HandOverForm


class OwnedView(CrudView):
    """Pages of an `Owned` record: changed and handed over by who is responsible for it and by who `administers` it."""

    def administers(self, record: Any) -> bool:
        """Whether the actor answers for all of them, this one among them; nobody by default."""
        return False

    def writes(self, record: Any) -> bool:
        """Whether the actor may change it, where their role lets them change such records at all."""
        return record.owner_id in self.actor.names or self.administers(record)

    def fits(self, record: Any, transition: Transition) -> bool:
        """Of a record with a workflow: its steps are taken by who may change it."""
        return self.writes(record)

    def find(self, record_id: int, verb: str = "show") -> Any:
        """As every view; nobody else finds it to edit: 403."""
        record = super().find(record_id, verb)
        if verb == "edit":
            self.require_in_one(verb, lambda: self.may(verb, getattr(record, "unit_id", None)) and self.writes(record))
        return record

    def _gives_on(self, record: Any) -> bool:
        return self.in_one(lambda: self.may("show", getattr(record, "unit_id", None)) and self.writes(record))

    def is_yours(self, step: lists.Action | Transition, record: Any) -> bool:
        return step.key != "hand_over" or self.writes(record)

    def actions(self) -> list[lists.Action]:
        kind: Any = type(self)
        form = _form(kind, self.endpoint or "")
        # "show": who is responsible and has lost the role can still give it on
        return [*super().actions(), lists.Action("hand_over", TITLE, "show", self._hand_over, form=form, icon=ICON)]

    def shut_step(self, key: str, record: Any) -> str:
        if key != "hand_over":
            return super().shut_step(key, record)
        if not self._gives_on(record):
            return _("This step is not yours to take there.")
        return "" if record.given_on else _("Nothing of it is left to be given on.")

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = list(super().action_links(record))
        if record.given_on and self._gives_on(record):
            address = self.url("bulk", key="hand_over", ids=record.id, back="record")
            found.append(ActionLink(TITLE, address, ICON))
        return found

    def _hand_over(self, record: Any, values: dict[str, Any]) -> None:
        if not self._gives_on(record):
            raise RuleError(_("This step is not yours to take there."))
        heir = db.get_one(Account, values["owner_id"])
        if said := why_not(heir, record):
            raise RuleError(said, field="owner_id")
        former = db.get(Account, record.owner_id) if record.owner_id is not None else None
        handover.give(db, record, heir)
        notify_user(heir, handover.HANDED_OVER, GIVEN, record, self.endpoint or "")
        if former is not None and former.active:
            notify_user(former, handover.HANDED_OVER, TAKEN, record, self.endpoint or "")

    @expose("/heirs")
    @right("list")
    def heirs(self) -> Any:
        """Accounts that can take such a record over."""
        return lookup_answer(Officers(*self.model.GIVEN_TO).named(request.args.get("q", "")))
