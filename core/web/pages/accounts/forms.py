"""Forms of login, accounts and grants."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField, ValidationError

from core.platform.dual_control import log
from core.platform.masterdata.models import Person
from core.platform.users.models import Account
from core.web.forms import Finder, KhetForm, LookupField, ThaiDateField, at_most, choice, mail_address, required, text
from core.web.pages.masterdata.forms import unit_lookup
from core.web.unit_of_work import db

CLEARANCES = list(log.CLEARANCES.items())


class LoginForm(KhetForm):
    """User name and password."""

    username = StringField(
        _l("User name"), [required(), at_most(128)], render_kw={"autocomplete": "username", "autofocus": True}
    )
    password = PasswordField(_l("Password"), [required(), at_most(128)], render_kw={"autocomplete": "current-password"})


class PasswordForm(KhetForm):
    """The user's own change of password."""

    drafts = False

    old_password = PasswordField(
        _l("Present password"), [required(), at_most(128)], render_kw={"autocomplete": "current-password"}
    )
    password = PasswordField(
        _l("New password"),
        [required(), at_most(128)],
        description=_l(
            "At least 10 characters. A short sentence is easy to remember and hard to guess; "
            "names, birthdays and common words are refused."
        ),
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(_l("New password, once more"), [required()], render_kw={"autocomplete": "new-password"})

    def validate_again(self, field: Any) -> None:
        if field.data != self.password.data:
            raise ValidationError(_l("The two are not the same."))


class AddressForm(KhetForm):
    """Where one's own e-mail goes."""

    drafts = False
    mail_address = mail_address(
        _l("E-mail"), most=254, help=_l("Notices go there as you choose. Leave it empty to have none sent."),
        render_kw={"autocomplete": "email"},
    )  # fmt: skip


def person_lookup(**kwargs: Any) -> LookupField:
    """A person of the district."""
    return LookupField(
        _l("Person"),
        lambda record_id: Finder(db, Person, lambda person: person.full_name)(record_id),
        "PersonView.lookup",
        **kwargs,
    )


class AccountForm(KhetForm):
    """A login. The district's code is added to the name."""

    name = text(_l("User name"), most=40, help=_l("a–z, 0–9, - and _; the district's code is added after a dot."))
    first_name = text(_l("First name"), most=64)
    last_name = text(_l("Last name"), most=64)
    person_id = person_lookup(need=False)
    mail_address = mail_address(_l("E-mail"), most=254, help=_l("The user is told there what concerns the account."))


class AccountEditForm(KhetForm):
    """What can change on a login."""

    first_name = AccountForm.first_name
    last_name = AccountForm.last_name
    person_id = AccountForm.person_id
    mail_address = AccountForm.mail_address
    clearance = choice(
        _l("Cleared for"),
        CLEARANCES,
        coerce=int,
        description=_l("Can be lowered here. A higher one is asked for on the user's page and wants a second person."),
    )


class GrantForm(KhetForm):
    """A role at a unit for a period."""

    role_id = choice(_l("Role"), [], coerce=int)
    unit_id = unit_lookup()
    starts_on = ThaiDateField(_l("Starts on"))
    ends_on = ThaiDateField(_l("Ends on"), need=False, help=_l("Leave empty when there is no end."))
    stands_in_for_id = LookupField(
        _l("Takes the place of (รักษาราชการแทน)"),
        lambda record_id: Finder(db, Account, lambda account: f"{account.first_name} {account.last_name}")(record_id),
        "UserView.lookup",
        need=False,
        help=_l(
            "Until the last day this user holds that person's roles at the unit too, of every module, and has what "
            "waits for them. Clearance and rights that a second person has to consent to are not taken over."
        ),
    )
    reason = text(
        _l("Reason"),
        need=False,
        help=_l(
            "e.g. acting for the director during leave (รักษาราชการแทน). Needed for a role that a second person has to "
            "consent to."
        ),
    )
