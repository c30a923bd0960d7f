"""The secret registry changes hands: what no registrar in office may read any more is taken over by the one who is.

Rules: ระเบียบว่าด้วยการรักษาความลับของทางราชการ พ.ศ. 2544: the registrar keeps an office's secret papers, and who comes
takes them over from who goes. The role and the clearance were given by two people before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import select

from core.base.permissions import RoleSpec
from core.platform.accounts import services as accounts
from core.platform.masterdata.models import Unit
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.records.files.models import SecretReader
from core.storage.scope import RAW, KhetSession
from plugins.saraban import permissions
from plugins.saraban.models.letters import IncomingLetter, Letter, OutgoingLetter
from plugins.saraban.work import people

#: (verb, resource): who keeps the secret registry of a unit
KEEPS = ("add", permissions.SECRET)


def left_alone(
    session: KhetSession, roles: Iterable[RoleSpec], units: Iterable[Unit], clearance: int, on: date
) -> list[Letter]:
    """Secret letters of these units, of classes up to `clearance`, that nobody who keeps their registry may read.

    The session is one of `database.district` that is cleared for all; who asks has been asked whether they keep it.
    """
    roles = list(roles)
    return [
        letter
        for unit in units
        for letter in _of_unit(session, unit, accounts.who_hold(session, roles, KEEPS, unit, on), clearance, on)
    ]


def _of_unit(
    session: KhetSession, unit: Unit, registrars: Iterable[int], clearance: int, on: date
) -> Iterator[Letter]:  # fmt: skip
    keepers = list(registrars)
    for table in (IncomingLetter, OutgoingLetter):
        model: Any = table
        kept = (
            select(SecretReader.id)
            .join(Account, Account.id == SecretReader.user_id)
            .where(SecretReader.district_id == model.district_id, SecretReader.kind == model.__tablename__)
            .where(SecretReader.record_id == model.id, SecretReader.user_id.in_(keepers))
            .where((SecretReader.ends_on.is_(None)) | (SecretReader.ends_on >= on))
            .where(Account.active.is_(True), Account.clearance >= model.secrecy)
        )
        wanted = select(model).where(model.district_id == unit.district_id, model.unit_id == unit.id)
        wanted = wanted.where(model.secrecy.between(1, clearance), ~kept.exists()).order_by(model.id)
        yield from session.execute(wanted, execution_options=RAW).scalars()


def take_over(session: KhetSession, letters: Iterable[Letter], keeper: Account) -> int:
    """Name the registrar for each letter, for good; its history says so. Returns for how many."""
    count = 0
    for letter in letters:
        kind = type(letter).__tablename__  # type: ignore[attr-defined]
        own = select(SecretReader).where(
            SecretReader.kind == kind, SecretReader.record_id == letter.id, SecretReader.user_id == keeper.id
        )
        reader = session.scalars(own).one_or_none()
        if reader is None:
            session.add(SecretReader(kind=kind, record_id=letter.id, user_id=keeper.id))
        else:
            reader.ends_on = None
        recorder.note(session, letter, "saraban.secret.taken_over", people.name(keeper))
        count += 1
    session.flush()
    return count
