"""Users and what they may do. The ab_* tables are Flask-AppBuilder's; core's migrations own them."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from flask_appbuilder.security.sqla.models import User as FabUser
from sqlalchemy import ColumnElement, Date, ForeignKey, Index, String, Text, UniqueConstraint, or_, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.platform.masterdata.models import District, Person, Post, School, Unit
from core.storage import cache
from core.storage.base import (
    DistrictOwned,
    Importable,
    InDistrict,
    Model,
    Tracked,
    UtcDateTime,
    belongs_to,
    imported,
    utc_now,
)


class Account(InDistrict, Importable, Tracked, FabUser):
    """A login. The username ends with the district's code, so no district learns another's names.

    Adds its columns to Flask-AppBuilder's ab_user table (single-table inheritance).
    """

    #: `email` is a key that Flask-AppBuilder wants and nobody reads: made with the account, and never changed
    untracked: ClassVar = frozenset(
        {"password", "last_login", "login_count", "fail_login_count", "changed_on", "epoch", "email"}
    )

    person_id: Mapped[int | None] = mapped_column(default=None)
    #: highest secrecy the user is cleared for (0–3); a secret paper also has to name its reader
    clearance: Mapped[int] = mapped_column(default=0)
    #: raised to end every session of the user (password change, lock, role removal)
    epoch: Mapped[int] = mapped_column(default=1)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    #: a demo account, refused when the server is not in demo mode
    demo: Mapped[bool] = mapped_column(default=False)
    locale: Mapped[str] = mapped_column(String(5), default="th")
    #: where e-mail to this user goes, "" for nowhere. FAB's own `email` is a key over all districts: a school whose
    #: accounts share one address could not have it, and who types one would learn that another district has it
    mail_address: Mapped[str] = mapped_column(String(254), default="")

    person: Mapped[Person | None] = relationship(
        primaryjoin="Account.person_id == Person.id", foreign_keys="Account.person_id", viewonly=True
    )

    @property
    def label(self) -> str:
        return self.username


FabUser.__table__.append_constraint(UniqueConstraint("district_id", "id"))
FabUser.__table__.append_constraint(belongs_to("person_id", "core_person"))
imported_accounts = Index(
    "ix_ab_user_import", FabUser.__table__.c.district_id, FabUser.__table__.c.import_id,
    sqlite_where=text("import_id is not null"), postgresql_where=text("import_id is not null"),
)  # fmt: skip


class RoleProfile(Model):
    """What Khet knows of a role beyond Flask-AppBuilder's ab_role; written by sync-roles from code."""

    __tablename__ = "core_role"

    id: Mapped[int] = mapped_column(ForeignKey("ab_role.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    plugin: Mapped[str] = mapped_column(String(40))
    reach: Mapped[str] = mapped_column(String(10))  #: unit, office, district or nation
    unit_kinds: Mapped[str] = mapped_column(String(60))  #: kinds of unit it can be given at, comma separated
    #: head office lets districts give it
    grantable: Mapped[bool] = mapped_column(default=True)
    #: head office asks for a second factor from whoever holds it
    second_factor: Mapped[bool] = mapped_column(default=False)


class Grant(DistrictOwned, Importable, Tracked, Model):
    """A role held by a user at a unit from one day to another; several may be in force."""

    __tablename__ = "core_grant"
    constraints: ClassVar = (
        belongs_to("user_id", "ab_user"),
        belongs_to("stands_in_for_id", "ab_user"),
        belongs_to("unit_id", "core_unit"),
        Index("ix_core_grant_user", "district_id", "user_id"),
        imported("core_grant"),
    )

    user_id: Mapped[int]
    role_id: Mapped[int] = mapped_column(ForeignKey("core_role.id"))
    unit_id: Mapped[int]
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)  #: the last day, as it was given
    #: when somebody ended it, before its last day: it was held until this moment and counts no more
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(200), default="")
    #: whose place the user takes meanwhile (รักษาราชการแทน): sees and signs what waits for them
    stands_in_for_id: Mapped[int | None]

    role: Mapped[RoleProfile] = relationship(viewonly=True)
    unit: Mapped[Unit] = relationship(
        primaryjoin="Grant.unit_id == Unit.id", foreign_keys="Grant.unit_id", viewonly=True
    )
    account: Mapped[Account] = relationship(
        primaryjoin="Grant.user_id == Account.id", foreign_keys="Grant.user_id", viewonly=True
    )

    @property
    def label(self) -> str:
        """The role's key (core/platform/timeline/labels.py says its title), whose and where."""
        return f"{self.role.key} · {self.account.get_full_name()} · {self.unit.name}"

    def over(self, on: date) -> bool:
        """Whether it counts neither on that day nor on a later one."""
        return self.ended_at is not None or (self.ends_on is not None and self.ends_on < on)

    def in_force(self, on: date) -> bool:
        """Whether the grant counts on that day."""
        return self.starts_on <= on and not self.over(on)

    @classmethod
    def lasts(cls, on: date, grant: type[Grant] | None = None) -> ColumnElement[bool]:
        """SQL: not over on that day, begun or not; of an alias with `grant`."""
        grant = grant or cls
        return grant.ended_at.is_(None) & or_(grant.ends_on.is_(None), grant.ends_on >= on)

    @classmethod
    def running(cls, on: date, grant: type[Grant] | None = None) -> ColumnElement[bool]:
        """SQL: in force on that day."""
        grant = grant or cls
        return (grant.starts_on <= on) & cls.lasts(on, grant)


class LoginSession(Model):
    """A signed-in user's session. Only the hash of its id is kept: a stolen database opens no session."""

    __tablename__ = "core_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  #: sha256 of the cookie's value
    data: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int | None] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(String(45), default="")  #: where it was last seen
    agent: Mapped[str] = mapped_column(String(300), default="")  #: what the browser said of itself at the sign-in
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)


class FailedLogin(DistrictOwned, Model):
    """A try at an account's password or second factor that was wrong. Shown to its owner; kept for KEPT_FAILURES."""

    __tablename__ = "core_failed_login"
    constraints: ClassVar = (
        belongs_to("user_id", "ab_user"),
        Index("ix_core_failed_login_user", "district_id", "user_id", "at"),
    )

    user_id: Mapped[int]
    what: Mapped[str] = mapped_column(String(12))  #: password, code or passkey
    address: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class InstallationSetting(Model):
    """One value of the whole installation, e.g. the hash of the first-run code."""

    __tablename__ = "core_setting"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(String(500))


# a login by itself changes nothing of what one may
cache.invalidates(
    cache.PEOPLE, Account, ignored=frozenset({"last_login", "login_count", "fail_login_count", "changed_on"})
)
cache.invalidates(cache.PEOPLE, Grant, RoleProfile, Unit, District, Post)
# where it was merged into its matters go on; nothing else of it says what anybody may
cache.invalidates(cache.PEOPLE, School, ignored=frozenset(School.__table__.columns.keys()) - {"merged_into_id"})
