"""Forms of asking for a grave right, of refusing it, and of the owner's new password."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField, ValidationError

from core.platform.dual_control.log import CLEARANCES
from core.web.forms import KhetForm, at_most, choice, paragraph, required


class AskForm(KhetForm):
    """Why."""

    drafts = False
    reason = paragraph(
        _l("Reason"), need=True, most=400, help=_l("Whoever consents reads it, and the account's owner.")
    )


class ClearanceForm(AskForm):
    """Up to what, and why."""

    level = choice(_l("Cleared for"), list(CLEARANCES.items())[1:], coerce=int)
    groups = (("", ("level", "reason")),)


class ConsentForm(KhetForm):
    """Nothing to fill: the page says what is consented to."""

    drafts = False


class RefuseForm(KhetForm):
    """Why not."""

    drafts = False
    answer = paragraph(_l("Reason"), need=True, most=400, help=_l("Whoever asked and the account's owner read it."))


class CodeForm(KhetForm):
    """The owner's new password, with the code in the place of the present one."""

    drafts = False
    username = StringField(_l("User name"), [required(), at_most(128)], render_kw={"autocomplete": "username"})
    code = StringField(
        _l("Code"), [required(), at_most(40)], description=_l("As it was handed to you, e.g. abcd-efgh-2345"),
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "off"},
    )  # fmt: skip
    password = PasswordField(
        _l("New password"), [required(), at_most(128)],
        description=_l("At least 10 characters. A short sentence is easy to remember and hard to guess."),
        render_kw={"autocomplete": "new-password"},
    )  # fmt: skip
    again = PasswordField(_l("New password, once more"), [required()], render_kw={"autocomplete": "new-password"})

    def validate_again(self, field: Any) -> None:
        if field.data != self.password.data:
            raise ValidationError(_l("The two are not the same."))
