"""Base classes of the tables. A class says what it is by what it inherits; the tenant filters read that."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from flask_appbuilder import Model
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Select,
    SmallInteger,
    UniqueConstraint,
    and_,
    column,
    inspect,
    null,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

# Constraint names must be the same on both databases: migrations and messages refer to them.
Model.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# What the tenant filters ask of two tables whose classes stand above this file: both belong to the row's own district.
_IMPORTS = table("core_import", column("id"), column("visible", Boolean()))
_READERS = table(
    "core_secret_reader",
    column("id"),
    column("kind"),
    column("record_id"),
    column("user_id"),
    column("ends_on", Date()),
)

__all__ = [
    "DistrictOwned", "Importable", "InDistrict", "Model", "Secret", "SecretNote", "SecretPart", "Tracked",
    "UtcDateTime", "Versioned", "belongs_to", "imported", "utc_now",
]  # fmt: skip


class bangkok_today(FunctionElement[date]):  # noqa: N801 – reads as the SQL function it is
    """SQL: today's date in Bangkok, asked of the database's clock whenever the statement runs."""

    type = Date()
    inherit_cache = True


@compiles(bangkok_today, "postgresql")
def _today_on_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return "((now() AT TIME ZONE 'UTC') + interval '7 hours')::date"


@compiles(bangkok_today, "sqlite")
def _today_on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return "date('now', '+7 hours')"


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, stored as UTC without zone (SQLite has no zones)."""

    impl = DateTime
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def belongs_to(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key that cannot leave the district: (district_id, `column`) → `table`(district_id, id).

    Neither row-level security nor an ORM criterion stops a foreign row's id; this does.
    """
    return ForeignKeyConstraint(["district_id", column], [f"{table}.district_id", f"{table}.id"])


def imported(table: str) -> Index:
    """The index by which an import finds its own records of `table`; records that no import brought stay out."""
    brought = text("import_id is not null")
    return Index(f"ix_{table}_import", "district_id", "import_id", sqlite_where=brought, postgresql_where=brought)


def mapped(root: type[Any]) -> list[Any]:
    """Every class below `root` that has a table."""
    below = [found for cls in root.__subclasses__() for found in (cls, *mapped(cls))]
    return list(dict.fromkeys(cls for cls in below if inspect(cls, raiseerr=False) is not None))


class InDistrict:
    """What the tenant filters look for: a row that lies in one district."""

    district_id: Mapped[int] = mapped_column(ForeignKey("core_district.id"))


class DistrictOwned(InDistrict):
    """A row of one district. Read through a session of that district only (core/storage/scope.py).

    Subclasses list further constraints in `constraints`, each carrying district_id.
    """

    constraints: ClassVar[tuple[Any, ...]] = ()

    id: Mapped[int] = mapped_column(primary_key=True)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 – SQLAlchemy passes the class
        return (UniqueConstraint("district_id", "id"), *cls.constraints)


class Versioned:
    """A record that people edit: the version in the form must still be the version in the row."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.version}


class Tracked:
    """Every change of such a record is written to the timeline, in the same transaction.

    `untracked` names columns whose changes tell nobody anything (derived ones).
    """

    untracked: ClassVar[frozenset[str]] = frozenset({"version", "search_text", "file_text", "sort_key"})

    @property
    def timeline_begun(self) -> bool:
        """Whether its history has begun; what still waits to become part of something has none."""
        return True

    @property
    def timeline_secrecy(self) -> int:
        """Secrecy of the entries about this record: the record's own."""
        return getattr(self, "secrecy", 0) or 0

    @property
    def label(self) -> str:
        """How the record is called; never a secret's subject."""
        return f"#{getattr(self, 'id', '')}"

    @property
    def timeline_label(self) -> str:
        """How it is called in the timeline, which forgets nothing."""
        return self.label


class Importable:
    """A record that an import may bring: others see it from the moment in which the whole import is visible."""

    import_id: Mapped[int | None] = mapped_column(default=None)

    @classmethod
    def shown_to(cls, import_id: int | None) -> ColumnElement[bool]:
        """The criterion that hides what an import has not finished; the import itself (`import_id`) sees its own."""
        # an import of this district: `check_tenant_writes` alone sets import_id, from the session of the import itself
        finished = select(_IMPORTS.c.id).where(_IMPORTS.c.visible.is_(True))
        own = [cls.import_id == import_id] if import_id is not None else []
        return or_(cls.import_id.is_(None), cls.import_id.in_(finished), *own)


def _is_named(kind: Any, record_id: Any, user_id: int) -> ColumnElement[bool]:
    """SQL: whether this user is named today for the record of that kind and id."""
    found = select(_READERS.c.id).where(
        _READERS.c.kind == kind,
        _READERS.c.record_id == record_id,
        _READERS.c.user_id == user_id,
        or_(_READERS.c.ends_on.is_(None), _READERS.c.ends_on >= bangkok_today()),
    )
    return found.exists()


class Secret:
    """A record that may be classified: 0 ไม่ลับ, 1 ลับ, 2 ลับมาก, 3 ลับที่สุด.

    Above 0 it exists only for who is cleared to its level *and* named as its reader
    (ระเบียบว่าด้วยการรักษาความลับของทางราชการ พ.ศ. 2544; domain notes on saraban §7).
    """

    secrecy: Mapped[int] = mapped_column(SmallInteger, default=0)

    @classmethod
    def secret_reference(cls) -> tuple[Any, Any]:
        """SQL for (kind, record id) under which readers are named; the record itself by default."""
        # SQLAlchemy asks the mixin too, which is no table: for the values alone that a criterion binds
        return getattr(cls, "__tablename__", ""), getattr(cls, "id", null())

    @classmethod
    def readable_by(cls, user_id: int, clearance: int) -> ColumnElement[bool]:
        """The criterion that hides what this user is not cleared and named for."""
        return or_(cls.secrecy == 0, and_(cls.secrecy <= clearance, cls.names(user_id, clearance)))

    @classmethod
    def names(cls, user_id: int, clearance: int) -> ColumnElement[bool]:
        """SQL: whether this user, cleared so far, is named today for what the row belongs to."""
        return _is_named(*cls.secret_reference(), user_id)


class SecretPart(Secret):
    """A record that is part of a secret one, as its way or its place in the archive: `secret_reference` names that one.

    Who is named for the whole is so for the part, and for what is kept about the part (`SecretNote`).
    """

    @classmethod
    def ids_that_name(cls, user_id: int, clearance: int) -> Select[tuple[int]]:
        """The parts for which this user is named and cleared. A criterion of reads is not applied inside itself."""
        found = select(cls.id).where(cls.secrecy <= clearance, cls.names(user_id, clearance))  # type: ignore[attr-defined]
        return found.correlate(None)  # of its own table: the statement around it may be about such parts itself


class SecretNote(Secret):
    """What is kept about a record of any kind, by its `kind` and `record_id`: history, files, notices.

    Read by who may read that record, itself or as part of another.
    """

    @classmethod
    def secret_reference(cls) -> tuple[Any, Any]:
        return cls.kind, cls.record_id  # type: ignore[attr-defined]

    @classmethod
    def names(cls, user_id: int, clearance: int) -> ColumnElement[bool]:
        kind, record_id = cls.secret_reference()
        parts = mapped(SecretPart)
        of_parts = (
            and_(kind == part.__tablename__, record_id.in_(part.ids_that_name(user_id, clearance))) for part in parts
        )
        whole = kind.not_in([part.__tablename__ for part in parts])  # nobody is named for a part alone
        return or_(and_(whole, _is_named(kind, record_id, user_id)), *of_parts)
