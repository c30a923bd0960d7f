"""The password asked again before a step that changes who may do what.

A POST view says `reauthentication.require()` before it changes anything. Who proved their password a few minutes ago,
by signing in or by being asked, goes on. Anybody else is shown one page with a field for the password; it carries what
the form held and sends it to the same address, so the step happens with everything typed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from time import time
from typing import Any

from flask import Flask, abort, g, render_template, request, session
from flask_babel import gettext as _

from core.base.identity import Actor
from core.platform.accounts import services
from core.platform.users.models import Account
from core.web.security import failures, throttle
from core.web.unit_of_work import PROVED, khet

#: seconds for which a proven password counts
GOOD_FOR = 10 * 60
#: name of the page's field; begins with a line so that no form's own field has it
FIELD = "_password"
#: what the page does not carry on
_OWN = frozenset({"csrf_token", FIELD})


class PasswordNeeded(Exception):
    """The step was not taken: the password has to be given first. `message`: why the one given did not do."""

    def __init__(self, message: str = "") -> None:
        super().__init__("password needed")
        self.message = message


def proven() -> bool:
    """Whether this session's user gave the password within the last minutes."""
    proved: float = session.get(PROVED, 0)
    return 0 <= time() - proved <= GOOD_FOR


def require(*, always: bool = False) -> None:
    """Go on only when the user has just proven the password; else PasswordNeeded, which answers with the page.

    Call it in a POST before anything is written. `always`: an earlier proof does not count, the password is asked for
    this very step (break-glass). 401 for a stranger. Source: OWASP ASVS 5, 7.5.1 and 7.5.3.
    """
    actor: Actor | None = g.get("actor")
    if actor is None:
        abort(401)
    if g.get("password_given") or (proven() and not always):
        return
    if FIELD not in request.form:
        raise PasswordNeeded
    counts = throttle.of_password(actor.user_id)
    if seconds := throttle.wait(counts):
        raise PasswordNeeded(throttle.wait_text(seconds))
    with khet().database.system("password again") as own:
        account = own.get(Account, actor.user_id)
    if account is None or not services.is_password(account, request.form[FIELD]):
        for count in counts:
            count.add()
        failures.note(actor.username, failures.PASSWORD)
        raise PasswordNeeded(_("The password is not right."))
    session[PROVED] = int(time())
    g.password_given = True


def asks_password(method: Callable[..., Any]) -> Callable[..., Any]:
    """The same for a whole POST of a view, also an inherited one: `add = asks_password(CrudView.add)`.

    Whoever lacks the view's right is refused before being asked.
    """

    @functools.wraps(method)
    def asked(self: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method == "POST":
            if verb := getattr(method, "_permission_name", None):
                self.require(verb)
            require()
        return method(self, *args, **kwargs)

    return asked


def _page(needed: PasswordNeeded) -> Any:
    """The page that asks; nothing of the step is kept but in the page itself."""
    if (begun := g.get("db")) is not None:
        begun.rollback()
    carried = [(name, value) for name, value in request.form.items(multi=True) if name not in _OWN]
    page = render_template(
        "khet/reauthentication.html", carried=carried, field=FIELD, action=request.full_path.rstrip("?"),
        message=needed.message, minutes=GOOD_FOR // 60,
    )  # fmt: skip
    return page, 403


def attach(app: Flask) -> None:
    """Answer PasswordNeeded with the page."""
    app.register_error_handler(PasswordNeeded, _page)
