"""Security of one's own account: where one is signed in, and who tried in vain."""

from __future__ import annotations

import re
from typing import Any, cast

from flask import current_app, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy import select

from core.base.errors import NotFound
from core.base.text.thai import today
from core.platform.accounts import notify, services
from core.platform.accounts.factors import services as factors
from core.platform.notices import services as notices
from core.platform.users import sessions
from core.platform.users.models import Account, Grant
from core.web.pages.accounts import leaving
from core.web.pages.accounts.forms import AddressForm
from core.web.personal import OwnView
from core.web.security import failures, reauthentication
from core.web.unit_of_work import db, khet
from core.web.views import expose

#: (what a browser says, how people call it); the first that is found counts
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Line/", "LINE"),
            ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
           ("CrOS", "Chromebook"), ("Linux", "Linux"))  # fmt: skip


def device(agent: str) -> str:
    """What a browser's own description means to people, e.g. "Chrome · Windows"; its first word where it is unknown."""
    named = [next((name for sign, name in known if sign in agent), "") for known in (BROWSERS, SYSTEMS)]
    return " · ".join(filter(None, named)) or (re.split(r"[/ ]", agent)[0][:20] if agent else "")


class SecurityView(OwnView):
    """What everybody sees and ends of their own account."""

    route_base = "/security"
    default_view = "show"

    @expose("/")
    def show(self) -> Any:
        """Sessions, failed tries, and what happened to the account."""
        user_id = self.own()
        account = db.get(Account, user_id)
        if account is None:
            raise NotFound
        here = sessions.own().key
        store = cast(sessions.ServerSessions, current_app.session_interface)
        return self.render(
            "khet/security.html", sessions=store.of_user(db, user_id, account.epoch), here=here, device=device,
            account=account,
            failures=failures.latest(db, user_id), what=failures.TITLES, factors=factors.of_user(db, user_id),
            acts=notices.latest(db, user_id, 20, topic=notify.TOPIC),
        )  # fmt: skip

    @expose("/address", methods=("GET", "POST"))
    def address(self) -> Any:
        """Where one's own e-mail goes."""
        account = db.get(Account, self.own())
        if account is None:
            raise NotFound
        form: Any = AddressForm(obj=account)
        if request.method == "POST":
            reauthentication.require()

        def page() -> str:
            return self.render("khet/form.html", form=form, record=None, heading=_("My e-mail address"), plain=True)

        return self.submit(
            form, lambda: services.set_mail_address(db, account, form.mail_address.data or ""),
            lambda _saved: self.url("show"), page,
        )  # fmt: skip

    @expose("/sessions/end", methods=("POST",))
    def end(self) -> Any:
        """End one of one's own sessions (`session` is its id), or with `others` all but this one."""
        user_id = self.own()
        here = sessions.own().key
        only = None if request.form.get("others") == "1" else request.form.get("session", "")
        if sessions.end(db, user_id, only=only, keep=here) == 0 and only is not None:
            raise NotFound
        flash(_("Signed out there."), "success")
        return redirect(self.url("show"))


class InHandView(OwnView):
    """What somebody has in hand, of every module: whoever leaves finishes it, or knows what is to be given on."""

    route_base = "/in-hand"
    default_view = "show"

    @expose("/")
    def show(self) -> Any:
        """How much of each kind; those of one, `kind`, by name."""
        account, kind = db.get_one(Account, self.own()), request.args.get("kind", "")
        lots = leaving.counted(account)
        known = kind in {one for one, _title, _much in lots}
        listed = leaving.of_kind(account, kind) if known else []
        titles = {role.key: str(role.title) for role in khet().registry.roles()}
        return self.render(
            "khet/in_hand.html", lots=lots, listed=listed, kind=kind, titles=titles, stand_ins=self._stand_ins()
        )

    def _stand_ins(self) -> list[Grant]:
        """Who takes the place of this user now or will take it, by the first day."""
        given = select(Grant).where(Grant.stands_in_for_id == self.own()).order_by(Grant.starts_on, Grant.id)
        return [grant for grant in db.scalars(given) if not grant.over(today())]

    @expose("/stand-ins/<int:grant_id>/end", methods=("GET", "POST"))
    def end_stand_in(self, grant_id: int) -> Any:
        """Whose place it is has come back: it is taken no longer."""
        grant = next((one for one in self._stand_ins() if one.id == grant_id), None)
        if grant is None:
            raise NotFound
        name = grant.account.get_full_name()
        if request.method == "GET":
            said = _(
                "%(name)s takes your place no longer, at once. What waits for you is yours alone again; whoever is to "
                "take your place another time is entered anew by the administrator.", name=name,
            )  # fmt: skip
            return self.sure(_("I am back: end it"), name, said, self.url("show"))
        services.end_grant(db, grant, today(), self.actor)
        flash(_("%(name)s takes your place no longer.", name=name), "success")
        return redirect(self.url("show"))


VIEWS = [SecurityView, InHandView]
