"""Who works: accounts by name, and the acting user as the services need them."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy import or_, select

from core import permissions
from core.accounts.models import Account
from core.views import KhetView, expose, lookup_answer, right
from core.web.unit_of_work import db
from core.work import services


def who(view: KhetView) -> services.Who:
    """The acting user as a service needs them."""
    return services.Who(view.actor.user_id, view.actor.name)


class PeopleView(KhetView):
    """Accounts to whom a step can be given, by name."""

    route_base = "/standards/people"
    resource = permissions.RUN
    default_view = "lookup"

    @expose("/lookup")
    @right("add")
    def lookup(self) -> Any:
        """At most 20 accounts whose name holds what was typed."""
        return lookup_answer(accounts_named(request.args.get("q", "")))


def accounts_named(typed: str) -> list[tuple[int, str]]:
    """(id, name) of accounts in use whose name or user name holds every word typed."""
    name = Account.first_name + " " + Account.last_name
    found = select(Account.id, name).where(Account.active.is_(True))
    for word in typed.split()[:5]:
        found = found.where(or_(name.contains(word, autoescape=True), Account.username.contains(word, autoescape=True)))
    return [(row[0], row[1]) for row in db.execute(found.order_by(Account.first_name).limit(20))]


def find_account(account_id: int) -> tuple[int, str] | None:
    """An account in use as a lookup shows it."""
    account = db.get(Account, account_id)
    return (account.id, services.full_name(account)) if account is not None and account.active else None
