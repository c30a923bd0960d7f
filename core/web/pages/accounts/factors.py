"""Pages of the second factor: asked for at the sign-in, and one's own apps, passkeys and recovery codes."""

from __future__ import annotations

from time import time
from typing import Any

from flask import flash, g, jsonify, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from core.base.errors import NotFound, RuleError
from core.platform.accounts.factors import services, totp
from core.platform.users import sessions
from core.platform.users.factors import PASSKEY, Factor
from core.platform.users.models import Account
from core.web.forms import KhetForm, text
from core.web.pages.accounts.login import SECOND, enter, local_target
from core.web.personal import OwnView
from core.web.security import failures, passkeys, reauthentication, throttle
from core.web.unit_of_work import db, khet
from core.web.views import KhetView, expose

#: seconds between the password and the second factor
PATIENCE = 600
#: keys of a session: the secret of an app that is being added, recovery codes that are being shown
_NEW_SECRET, _SHOWN = "totp_secret", "recovery_codes"


class CodeForm(KhetForm):
    """A code of an app, or a recovery code."""

    drafts = False
    code = text(
        _l("Code"), most=40, help=_l("The 6 digits of your app, or one of your recovery codes."),
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "off", "autofocus": True},
    )  # fmt: skip


class PasskeyForm(KhetForm):
    """What the browser says for a passkey; the page's script fills it in."""

    drafts = False
    credential = HiddenField()


class AppForm(KhetForm):
    """A new authenticator app."""

    drafts = False
    name = text(_l("Name"), most=60, help=_l("e.g. my phone"))
    code = text(_l("The 6 digits that the app shows now"), most=10, render_kw={"autocomplete": "one-time-code"})


class NewPasskeyForm(PasskeyForm):
    """A new passkey."""

    name = text(_l("Name"), most=60, help=_l("e.g. my phone, key on the key ring"))


class SecondStepView(KhetView):
    """Between the right password and the house: the second factor. Also the door for passkeys alone."""

    route_base = "/login"
    anonymous = True
    before_password_change = True
    default_view = "second"

    def _pending(self) -> tuple[Account, str] | None:
        """Who has given the right password a moment ago in this browser, and where they were going."""
        found = session.get(SECOND)
        if g.actor is not None or not found or time() - found["at"] > PATIENCE:
            return None
        with khet().database.system("second factor") as own:
            account = own.get(Account, found["user"])
        if account is None or not account.active or account.epoch != found["epoch"]:
            return None
        return account, local_target(found["next"])

    @expose("/second/", methods=("GET", "POST"))
    def second(self) -> Any:
        """Ask for a code, or for a passkey; the wrong one counts against the account, not against the address."""
        if (pending := self._pending()) is None:
            return redirect(url_for("LoginView.login"))
        account, target = pending
        form, by_passkey = CodeForm(), PasskeyForm()
        known = services.known_of(khet().database, account.id)
        status = 200
        if request.method == "POST":
            counts, status = throttle.of_code(account.id), 422
            if seconds := throttle.wait(counts):
                form.refusals.append(throttle.wait_text(seconds))
                status = 429
            elif by_passkey.credential.data:
                if self._passkey(by_passkey.credential.data, account):
                    return enter(account, target)
                self._wrong(counts, account, failures.PASSKEY, form)
            elif form.validate():
                settings = khet().settings
                keys = settings.secret_key, settings.secret_key_old
                if services.take_code(khet().database, account, form.code.data or "", *keys):
                    for count in counts:
                        count.clear()
                    return self._entered(account, target, services.is_app_code(form.code.data or ""))
                self._wrong(counts, account, failures.CODE, form)
            form.code.data = ""
        passkey = any(one.kind == PASSKEY for one in known)
        return self.render("khet/second_step.html", form=form, by_passkey=by_passkey, passkey=passkey), status

    @staticmethod
    def _entered(account: Account, target: str, by_app: bool) -> Any:
        answer = enter(account, target)
        if not by_app:
            with khet().database.system("second factor") as own:
                left = services.codes_left(own, account.id)
            flash(
                _("A recovery code was used. Left: %(left)s. Is the phone lost? Remove its app.", left=left), "warning"
            )
        return answer

    @staticmethod
    def _wrong(counts: Any, account: Account, what: str, form: KhetForm) -> None:
        for count in counts:
            count.add()
        failures.note(account.username, what)
        if what == failures.CODE:
            form.refusals.append(
                _("The code is not right or was used already. Wait for the next one; the phone's clock must be right.")
            )
        else:
            form.refusals.append(_("The passkey was not accepted. Try again, or use a code."))

    @staticmethod
    def _passkey(answer: str, account: Account | None) -> Account | None:
        """The account whose passkey has answered; None for any other, or when it is not `account`'s."""
        found = services.passkey_called(khet().database, passkeys.named(answer))
        if found is None or (account is not None and found[1].id != account.id):
            return None
        factor, owner = found
        try:
            count = passkeys.proved(answer, factor)
        except passkeys.PasskeyRefused:
            failures.note(owner.username, failures.PASSKEY)
            return None
        services.passkey_used(khet().database, factor, count)
        return owner

    @expose("/second/options")
    def second_options(self) -> Any:
        """What the browser asks the account's passkeys."""
        if (pending := self._pending()) is None:
            raise NotFound
        known = services.known_of(khet().database, pending[0].id)
        return jsonify(passkeys.options_to_ask([one for one in known if one.kind == PASSKEY]))

    @expose("/passkey/options")
    def passkey_options(self) -> Any:
        """What the browser asks whatever passkeys it has for this site."""
        return jsonify(passkeys.options_to_ask([]))

    @expose("/passkey/", methods=("POST",))
    def passkey(self) -> Any:
        """Sign in with a passkey alone: nothing is guessed here, so no count of wrong passwords stands in the way."""
        target, form = local_target(request.args.get("next")), PasskeyForm()
        owner = self._passkey(form.credential.data or "", None) if form.validate() else None
        if owner is None or not owner.active or (owner.demo and not khet().settings.demo):
            flash(_("The passkey was not accepted. Try again, or sign in with your password."), "danger")
            return redirect(url_for("LoginView.login", next=request.args.get("next")))
        return enter(owner, target)


class FactorView(OwnView):
    """One's own apps, passkeys and recovery codes."""

    route_base = "/security/factors"
    model = Factor
    before_factor = True
    default_view = "list"

    def _account(self) -> Account:
        account = db.get(Account, self.own())
        if account is None:
            raise NotFound
        return account

    def _key(self) -> str:
        return khet().settings.secret_key

    @expose("/")
    def list(self) -> Any:
        """What one has, and what can be added. Who must have a second factor and has none is brought here."""
        account = self._account()
        return self.render(
            "khet/factors.html", factors=services.of_user(db, account.id), account=account, passkey=NewPasskeyForm(),
            codes=services.codes_left(db, account.id),
        )  # fmt: skip

    def _done(self, codes: Any) -> str:
        if codes:
            session[_SHOWN] = codes
            return self.url("codes")
        return self.url("list")

    @expose("/app", methods=("GET", "POST"))
    def app(self) -> Any:
        """Add an authenticator app: a picture for its camera, then its first code."""
        account, form = self._account(), AppForm()
        if account.demo:
            return redirect(self.url("list"))  # which says why there is nothing to add
        if request.method == "POST":
            reauthentication.require()
        secret = session.get(_NEW_SECRET) or totp.new_secret()
        if session.get(_NEW_SECRET) != secret:
            session[_NEW_SECRET] = secret

        def save() -> Any:
            code = form.code.data or ""
            made = services.add_app(
                db, account, form.name.data or "", secret, code, self._key(), here=sessions.own().key
            )
            del session[_NEW_SECRET]
            return made

        picture = totp.picture(totp.address(secret, account.username, self.actor.district_name))
        return self.submit(
            form, save, self._done,
            lambda: self.render("khet/factor_app.html", form=form, picture=picture, secret=secret),
            done=_("The app is added."),
        )  # fmt: skip

    @expose("/passkey/options")
    def passkey_options(self) -> Any:
        """What the browser is asked when a passkey is made."""
        account = self._account()
        there = [one for one in services.of_user(db, account.id) if one.kind == PASSKEY]
        return jsonify(passkeys.options_to_make(account, there))

    @expose("/passkey", methods=("POST",))
    def passkey(self) -> Any:
        """Add the passkey that the browser has made."""
        account, form = self._account(), NewPasskeyForm()
        reauthentication.require()

        def save() -> Any:
            try:
                columns = passkeys.made(form.credential.data or "")
            except passkeys.PasskeyRefused:
                raise RuleError(_("The passkey was not made. Try again.")) from None
            return services.add_passkey(db, account, form.name.data or "", columns, here=sessions.own().key)

        def page() -> str:
            return self.render(
                "khet/factors.html", factors=services.of_user(db, self.own()), account=self._account(), passkey=form,
                codes=services.codes_left(db, self.own()),
            )  # fmt: skip

        return self.submit(form, save, self._done, page, done=_("The passkey is added."))

    @expose("/codes")
    def codes(self) -> Any:
        """The recovery codes that were just made, until one says that they are kept."""
        self.own()
        shown = session.get(_SHOWN)
        return self.render("khet/recovery_codes.html", codes=shown) if shown else redirect(self.url("list"))

    @expose("/codes/new", methods=("GET", "POST"))
    def new_codes(self) -> Any:
        """Other recovery codes: the old ones open nothing any more."""
        account = self._account()
        if not services.of_user(db, account.id):
            raise NotFound
        if request.method == "GET":
            said = _("The codes that you have kept open nothing any more; new ones are shown once.")
            return self.sure(_("Make new recovery codes"), "", said, self.url("list"))
        reauthentication.require()
        return redirect(self._done(services.new_codes(db, account)))

    @expose("/codes/kept", methods=("POST",))
    def kept(self) -> Any:
        """Show them no more."""
        self.own()
        session.pop(_SHOWN, None)
        return redirect(url_for("SecurityView.show"))

    @expose("/<int:record_id>/remove", methods=("GET", "POST"))
    def remove(self, record_id: int) -> Any:
        """Take one away."""
        account = self._account()
        factor = next((one for one in services.of_user(db, account.id) if one.id == record_id), None)
        if factor is None:
            raise NotFound
        if request.method == "GET":
            said = _("It opens nothing any more; to use it again it is set up anew.")
            return self.sure(_("Remove"), factor.name, said, self.url("list"))
        reauthentication.require()
        try:
            services.remove(db, account, record_id, required=self.actor.must_have_factor)
            flash(_("It is removed."), "success")
        except RuleError as error:
            db.rollback()
            flash(str(error.message), "danger")
        return redirect(self.url("list"))


VIEWS = [SecondStepView, FactorView]
