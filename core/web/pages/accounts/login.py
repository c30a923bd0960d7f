"""The pages before and after: sign in, sign out, language, one's own password."""

from __future__ import annotations

import logging
import re
from time import time
from typing import Any

from flask import flash, g, redirect, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import InternalError, OperationalError

from core.base.errors import NotFound, RuleError
from core.base.text.dates import shown_moment
from core.base.text.thai import clean
from core.platform.accounts import services
from core.platform.accounts.factors.services import known_of
from core.platform.masterdata.models import District
from core.platform.users.models import Account
from core.storage.outage import QueueFull, kind_of
from core.storage.writer_queue import BRIEFLY, at_most
from core.web.pages.accounts.forms import LoginForm, PasswordForm
from core.web.security import failures, throttle
from core.web.unit_of_work import after_answer, db, khet, sign_in
from core.web.views import KhetView, expose

log = logging.getLogger(__name__)

#: key of a session: who has given the right password and not yet the second factor
SECOND = "second"


def local_target(target: str | None) -> str:
    """A `next` address that stays on this site, else home.

    One slash and then none, no backslash and no control character: browsers read //, /\\ and a tab between as a host.
    """
    return target if target and re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", target) else url_for("HomeView.index")


class LoginView(KhetView):
    """Sign in and out."""

    route_base = ""
    anonymous = True
    before_password_change = True
    default_view = "login"

    @expose("/login/", methods=("GET", "POST"))
    def login(self) -> Any:
        """The login page."""
        if g.actor is not None:
            return redirect(local_target(request.args.get("next")))
        form = LoginForm()
        if request.method == "POST" and form.validate():
            return self._attempt(form)
        return self._page(form), 422 if request.method == "POST" else 200

    def _page(self, form: LoginForm) -> str:
        return self.render("khet/login.html", form=form, office=_only_office())

    def _attempt(self, form: LoginForm) -> Any:
        username = clean(form.username.data or "").lower()[:128]
        login = throttle.of_login(username)
        # Asked before the password is looked at, so that a guesser learns nothing from the refusal.
        if seconds := login.account.wait():
            log.warning("login refused: too many wrong tries, from %s", request.remote_addr)
            return self._refused(form, throttle.wait_text(seconds), 429)
        crowded = login.crowded()
        account = services.authenticate(khet().database, username, form.password.data or "", demo=khet().settings.demo)
        if account is None or not login.opens():
            login.wrong()
            failures.note(username, failures.PASSWORD, at_account=login.missed)
            if crowded:
                log.warning("login refused: too many wrong tries, from %s", request.remote_addr)
                return self._refused(form, throttle.crowded_text(crowded), 429)
            return self._refused(form, _("The user name or the password is not right."), 422)
        target = local_target(request.args.get("next"))
        return ask_second(account, target) if known_of(khet().database, account.id) else enter(account, target)

    def _refused(self, form: LoginForm, why: str, status: int) -> Any:
        """The page again with the name that was typed; one types in the field that is empty now."""
        form.refusals.append(why)
        for field, here in ((form.username, False), (form.password, True)):
            field.render_kw = {**(field.render_kw or {}), "autofocus": here}
        return self._page(form), status

    @expose("/logout/", methods=("POST",))
    def logout(self) -> Any:
        """End this session on the server, not only in the browser."""
        session.clear()
        return redirect(url_for("LoginView.login"))

    @expose("/language/<code>", methods=("POST",))
    def language(self, code: str) -> Any:
        """Choose a language: for the session, and for the account where there is one."""
        if code not in ("th", "en"):
            raise NotFound
        session["locale"] = code
        if g.actor is not None:
            services.set_locale(db, g.actor.user_id, code)
        return redirect(local_target(request.form.get("next")))


def _only_office() -> str:
    """The office whose administrator is asked for a forgotten password, where this installation serves one; else
    empty. Whose account it is, or whether there is one, is told to nobody who has not signed in."""
    with khet().database.system("who is asked for a forgotten password") as session:
        names = session.scalars(select(District.short_name).order_by(District.id).limit(2)).all()
    return names[0] if len(names) == 1 else ""


def ask_second(account: Account, target: str) -> Any:
    """The password was right: note it in the browser's own session and ask for the second factor."""
    locale = session.get("locale")
    session.clear()
    session[SECOND] = {"user": account.id, "epoch": account.epoch, "at": int(time()), "next": target}
    if locale:
        session["locale"] = locale
    return redirect(url_for("SecondStepView.second"))


def enter(account: Account, target: str) -> Any:
    """Sign this account in, tell its owner what went wrong meanwhile, and go on to `target`."""
    throttle.of_login(account.username).right()
    throttle.remember(account.username)
    found = failures.since(khet().database, account)
    database = khet().database
    try:
        with at_most(BRIEFLY):
            services.record_login(database, account.id)
    except (OperationalError, InternalError, QueueFull) as error:  # a full disk or a long writer keeps nobody out
        log.warning("a login could not be noted: %s", getattr(error, "orig", None) or "others write")
        if kind_of(error) == "busy":
            after_answer("login", lambda: services.record_login(database, account.id))
    sign_in(account.id, account.epoch)
    if found:
        flash(
            _(
                "Since you were here last, somebody tried to sign in as you and failed, times: %(count)s (last "
                "%(when)s). If it was not you, look at Security of my account.",
                count=len(found), when=shown_moment(found[0].at),
            ),
            "warning",
        )  # fmt: skip
    return redirect(target)


class PasswordView(KhetView):
    """One's own password."""

    route_base = "/password"
    before_password_change = True
    default_view = "change"
    requires_right = False

    @expose("/", methods=("GET", "POST"))
    def change(self) -> Any:
        """Change it; every other session of this user and every token of theirs ends."""
        form = PasswordForm()

        def save() -> Account:
            account = db.get(Account, self.actor.user_id)
            if account is None:
                raise NotFound
            self._check_old(account, form.old_password.data or "")
            services.change_password(db, account, form.password.data or "")
            sign_in(account.id, account.epoch)
            return account

        return self.submit(
            form,
            save,
            lambda account: url_for("HomeView.index"),
            lambda: self.render("khet/form.html", form=form, record=None, heading=_("Change password"), plain=True),
            done=_("The password is changed."),
        )

    def _check_old(self, account: Account, typed: str) -> None:
        counts = throttle.of_password(account.id)
        if seconds := throttle.wait(counts):
            raise RuleError(throttle.wait_text(seconds), field="old_password")
        if not services.is_password(account, typed):
            for count in counts:
                count.add()
            failures.note(account.username, failures.PASSWORD)
            raise RuleError(_("The present password is not right."), field="old_password")


VIEWS = [LoginView, PasswordView]
