"""In whose hands a record is, and how it is given on to somebody else."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, event, select
from sqlalchemy.orm import object_session

from core.base.errors import RuleError
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.storage import fields
from core.storage.scope import KhetSession

#: in the history; a kind of notice for who has it now and who had it
HANDED_OVER = "core.handed_over"


class Held:
    """A record in the hands of one user, who can give it on or whose work is given on when they leave.

    `HELD` names the columns of the account and of the name as of that day, `GIVEN_TO` the right (verb, resource) that
    whoever takes it needs at its unit, `ENDED` the states (in the column `STATE`) in which nothing is left to be given
    on.
    """

    HELD: ClassVar[tuple[str, str]]
    STATE: ClassVar[str] = "status"
    GIVEN_TO: ClassVar[tuple[str, str]]
    ENDED: ClassVar[tuple[str, ...]] = ()

    @property
    def holder_id(self) -> int | None:
        """The account that has it."""
        found: int | None = getattr(self, self.HELD[0])
        return found

    @property
    def given_on(self) -> bool:
        """Whether it can be given on in its state."""
        return getattr(self, self.STATE, None) not in self.ENDED

    @classmethod
    def held_by(cls, user_id: int) -> Select[Any]:
        """What a user has and can give on."""
        model: Any = cls
        found = select(model).where(getattr(model, cls.HELD[0]) == user_id)
        return found.where(getattr(model, cls.STATE).not_in(cls.ENDED)) if cls.ENDED else found

    def keeps_from(self, session: KhetSession, account: Account) -> bool:
        """Whether somebody who holds the right cannot take it all the same; nobody by default."""
        return False

    def put_into(self, account: Account) -> None:
        """Write down whose it is now."""
        user_id, name = self.HELD
        setattr(self, user_id, account.id)
        setattr(self, name, account.get_full_name()[:150])


class Owned(Held):
    """A record that somebody is responsible for: at first whoever begins it; nobody where Khet itself does.

    Its `constraints` hold `belongs_to("owner_id", "ab_user")`; its view is an OwnedView (core/web/crud/owned.py).
    """

    HELD = ("owner_id", "owner")
    owner_id = fields.reference(_l("Responsible"), tracked=False)
    owner = fields.text(_l("Responsible"), most=150, look="name")


@event.listens_for(Owned, "before_insert", propagate=True)
def _is_its_writer_s(mapper: Any, connection: Any, record: Any) -> None:
    session = object_session(record)
    if record.owner_id is not None or not isinstance(session, KhetSession):
        return
    if session.scope.district_id is not None and session.scope.user_id is not None:
        record.owner_id, record.owner = session.scope.user_id, session.scope.user_name[:150]


def give(session: KhetSession, record: Any, account: Account, field: str = "owner_id") -> None:
    """Put a record into another's hands; its history says so. Raises RuleError (`field`) where it is theirs already,
    and where its state leaves nothing to give on."""
    if not record.given_on:
        raise RuleError(_("Nothing of it is left to be given on."))
    if record.holder_id == account.id:
        raise RuleError(_("It is with them already."), field=field)
    recorder.describe(session, record, HANDED_OVER)
    record.put_into(account)
    session.flush()
