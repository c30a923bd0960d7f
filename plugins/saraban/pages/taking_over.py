"""Who has become registrar of secret papers takes over those that no registrar in office may read any more.

The password is asked for, the director is told at once, and it stands in the log of grave rights and in the history of
each letter. Until then the letters are not shown: only how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.thai import today
from core.platform.dual_control import log
from core.platform.masterdata.models import Unit
from core.platform.users.models import Account
from core.storage.scope import KhetSession
from core.web.forms import KhetForm
from core.web.security import reauthentication
from core.web.unit_of_work import db, khet
from core.web.views import KhetView, expose, right
from plugins.saraban import permissions
from plugins.saraban.models.letters import Letter
from plugins.saraban.words import SECRET_TAKEN
from plugins.saraban.work import secret_registry


class TakeOverForm(KhetForm):
    """Nothing is asked: one takes over all of it, or none."""

    drafts = False


class TakingOverView(KhetView):
    """Take over the secret registry."""

    route_base = "/saraban/secret-registry"
    resource = permissions.SECRET
    default_view = "ask"
    title = _l("Take over the secret registry")
    icon = "shield-lock"

    @contextmanager
    def _session(self, *, write: bool = False) -> Iterator[KhetSession]:
        """A session of the own district in which RAW statements see what nobody named this person for."""
        with khet().database.district(
            self.actor.district_id, "secret registry", user_id=self.actor.user_id, user_name=self.actor.name,
            clearance=3, write=write,
        ) as own:  # fmt: skip
            yield own

    def _left(self, own: KhetSession) -> tuple[list[Unit], list[Letter]]:
        """The units whose secret registry is kept by who asks, and the letters there that nobody keeps."""
        held = self.actor.units(permissions.SECRET, "add")
        units = list(own.scalars(select(Unit).where(held.criterion(Unit.id), Unit.active.is_(True))))
        roles = khet().registry.roles()
        return units, secret_registry.left_alone(own, roles, units, self.actor.clearance, today())

    @expose("/", methods=("GET", "POST"))
    @right("add")
    def ask(self) -> Any:
        """How many there are, and the one step that takes them over."""
        form: Any = TakeOverForm()

        def save() -> str:
            reauthentication.require(always=True)  # whoever found the screen open is not the registrar
            db.rollback()  # nothing is written yet, and what follows needs SQLite's only writer
            with self._session(write=True) as own:
                units, letters = self._left(own)
                if not letters:
                    raise RuleError(_("Every letter of the secret books has a registrar: nothing is to be taken over."))
                keeper = own.get_one(Account, self.actor.user_id)
                count = secret_registry.take_over(own, letters, keeper)
                facts = {"what": SECRET_TAKEN, "count": count, "unit": ", ".join(unit.name for unit in units)}
                log.write(own, "saraban.taken_over", None, facts)
            flash(_("Secret letters taken over: %(count)d", count=count), "success")
            return "taken"

        return self.submit(form, save, lambda _taken: self.url("ask"), lambda: self._page(form))

    def _page(self, form: Any) -> str:
        with self._session() as own:
            count = len(self._left(own)[1])
        if not count:
            return self.render("saraban/no_letters_left.html", heading=self.title)
        found = _(
            "Letters of the secret books that no registrar in office may read, of classes up to your own clearance: "
            "%(count)d. Who takes them over is named as their reader, and the director is told.", count=count,
        )  # fmt: skip
        return self.render(
            "khet/form.html", form=form, record=None, heading=self.title, plain=True,
            hint=found, save_title=_("Take over"),
        )  # fmt: skip


VIEWS = [TakingOverView]
