"""Who can be asked: to direct a letter, to work on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from core.accounts import services as accounts
from core.accounts.models import Account
from core.db.scope import KhetSession
from core.masterdata.models import Unit
from core.permissions import RoleSpec
from plugins.saraban import permissions


def directors(session: KhetSession, roles: Iterable[RoleSpec], unit: Unit, on: date) -> list[Account]:
    """Who may direct the letters of a unit; the office's directors direct those of its groups too."""
    return accounts.who_may(session, roles, ("direct", permissions.INCOMING), unit, on)


def officers(session: KhetSession, roles: Iterable[RoleSpec], unit: Unit, on: date) -> list[Account]:
    """Who can be given a letter of a unit: a school's people for the school's, the whole office for the others."""
    return accounts.who_may(session, roles, ("edit", permissions.ASSIGNMENT), unit, on, whole_office=True)


def signers(session: KhetSession, roles: Iterable[RoleSpec], unit: Unit, on: date) -> list[Account]:
    """Who may sign the papers of a unit."""
    return accounts.who_may(session, roles, ("sign", permissions.DRAFT), unit, on)


def drafters(session: KhetSession, roles: Iterable[RoleSpec], unit: Unit, on: date) -> list[Account]:
    """Who can be asked to check a unit's draft."""
    return accounts.who_may(session, roles, ("edit", permissions.DRAFT), unit, on, whole_office=True)


def name(account: Account) -> str:
    """A user's name as colleagues know it."""
    return f"{account.first_name} {account.last_name}".strip()
