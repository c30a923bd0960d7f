"""Tenancy: a session that can see one district, and the filters that hold it there.

A session is opened for a scope and keeps it for life, so an object never travels between scopes.
`filter_tenant_reads` narrows every ORM statement; `check_tenant_writes` checks every row and foreign key at flush;
PostgreSQL's row-level security, told the district by `set_rls_district`, is the third. Each is a listener of its own,
so a test can take one away and watch the others hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ForeignKeyConstraint, event, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import Select

from core.base.errors import ScopeError
from core.storage.base import Importable, InDistrict, Model, Secret, mapped

#: execution option that lets a statement pass the filter of reads; the caller states the district itself
RAW = {"khet_raw": True}
#: in a session's info: what is done once its flush is over
_WAITING = "when_flushed"


@dataclass(frozen=True)
class Scope:
    """Who looks through a session, and how far.

    `district_id` None opens every district: only head office, login and jobs do that, by `name`.
    `clearance` is the highest secrecy the user may read (0–3); system scopes read no secret.
    """

    name: str
    district_id: int | None
    user_id: int | None = None
    user_name: str = ""
    clearance: int = 0
    #: the unfinished import whose records this session sees
    import_id: int | None = None
    #: the transaction will write; SQLite then begins IMMEDIATE and never fails half-way on a lock
    write: bool = False


class KhetSession(Session):
    """A SQLAlchemy session bound to one Scope. `Database` makes them; nothing else does."""

    @property
    def scope(self) -> Scope:
        scope: Scope | None = self.info.get("scope")
        if scope is None:
            raise ScopeError("a session without a scope")
        return scope

    def connection(self, *args: Any, **kwargs: Any) -> Any:
        """Refused in a district: plain SQL on the connection would pass the tenant filter unseen."""
        if self.scope.district_id is not None:
            raise ScopeError("a district session hands out no connection")
        return super().connection(*args, **kwargs)

    def when_flushed(self, work: Callable[[], None]) -> None:
        """Do it now, or as soon as the flush that is under way is over, inside which nothing can be written."""
        if self._flushing:
            self.info.setdefault(_WAITING, []).append(work)
        else:
            work()

    def flush(self, *args: Any, **kwargs: Any) -> None:
        super().flush(*args, **kwargs)
        for work in self.info.pop(_WAITING, ()):
            work()

    def _refuse_bulk(self, *args: Any, **kwargs: Any) -> Any:
        raise ScopeError("bulk methods pass the tenant filters; use add_all")

    bulk_save_objects = bulk_insert_mappings = bulk_update_mappings = _refuse_bulk


def secret_classes() -> list[type[Secret]]:
    """Every mapped class that may be classified."""
    return mapped(Secret)


def importable_classes() -> list[type[Importable]]:
    """Every mapped class that an import may bring."""
    return mapped(Importable)


@lru_cache(maxsize=2048)
def _options(
    imported: tuple[type[Importable], ...], district_id: int | None, user_id: int | None, clearance: int,
    import_id: int | None,
) -> tuple[Any, ...]:  # fmt: skip
    """Loader criteria of a scope. Kept, because making them costs as much as a statement.

    Every statement carries them all, and is found again by all that they hold: so each is one for all classes together,
    made for those that a statement names.
    """
    options: list[Any]
    if clearance:
        user = user_id or 0  # what a criterion names is bound to the statement: one that is made is another's too
        options = [with_loader_criteria(Secret, lambda cls: cls.readable_by(user, clearance), include_aliases=True)]
    else:
        options = [with_loader_criteria(Secret, lambda cls: cls.secrecy == 0, include_aliases=True)]
    if import_id is not None:
        options += [with_loader_criteria(c, c.shown_to(import_id), include_aliases=True) for c in imported]
    else:
        options.append(with_loader_criteria(Importable, lambda cls: cls.shown_to(None), include_aliases=True))
    if district_id is not None:
        options.append(
            with_loader_criteria(InDistrict, lambda cls: cls.district_id == district_id, include_aliases=True)
        )
    return tuple(options)


def _criteria(session: KhetSession) -> tuple[Any, ...]:
    """The loader criteria of a session's scope."""
    options = session.info.get("criteria")
    if options is None:
        scope = session.scope
        options = _options(
            tuple(importable_classes()) if scope.import_id is not None else (),
            scope.district_id, scope.user_id, scope.clearance, scope.import_id,
        )  # fmt: skip
        session.info["criteria"] = options
    return options


def filter_tenant_reads(state: ORMExecuteState) -> None:
    """The district, secrecy and import criteria on every ORM select, update and delete."""
    session = state.session
    if not isinstance(session, KhetSession) or state.execution_options.get("khet_raw"):
        return
    scope = session.scope  # raises when there is none
    if not state.is_orm_statement:
        raise ScopeError(f"not an ORM statement in scope {scope.name!r}")
    if state.is_insert or state.is_from_statement:
        raise ScopeError("insert() and from_statement() pass the tenant filters; use objects and select()")
    if state.is_update and scope.district_id is not None:
        named = {getattr(key, "key", key) for key in getattr(state.statement, "_values", None) or ()}
        if "district_id" in named or isinstance(state.parameters, list):
            raise ScopeError("a row does not move between districts")
    if isinstance(state.statement, Select | UpdateBase) or hasattr(state.statement, "options"):
        state.statement = state.statement.options(*_criteria(session))


def _foreign_keys(obj: Any) -> Iterable[tuple[ForeignKeyConstraint, str]]:
    """The composite keys of an object that point at a district's row, with the pointing attribute."""
    mapper = inspect(type(obj))
    for constraint in mapper.local_table.foreign_key_constraints:
        columns = [c.name for c in constraint.columns]
        if "district_id" in columns and len(columns) == 2:
            name = next(c for c in columns if c != "district_id")
            yield constraint, mapper.get_property_by_column(mapper.local_table.c[name]).key


def check_tenant_writes(session: Session, context: UOWTransaction, instances: Any) -> None:
    """Every written row, and every row it points at, lies in the session's district."""
    if not isinstance(session, KhetSession):
        return
    district_id = session.scope.district_id
    if district_id is None:
        return
    for obj in [*session.new, *session.dirty, *session.deleted]:
        if not isinstance(obj, InDistrict):
            continue
        if obj.district_id is None:
            obj.district_id = district_id
        if obj in session.new and isinstance(obj, Importable):
            obj.import_id = session.scope.import_id  # nobody else sees it before the import is finished
        if obj.district_id != district_id:
            raise ScopeError(f"{type(obj).__name__} of another district")
        state = inspect(obj)
        for constraint, name in _foreign_keys(obj):
            value = getattr(obj, name)
            if value is None or not (obj in session.new or state.attrs[name].history.has_changes()):
                continue
            target = _mapped(constraint.referred_table)
            inside: set[tuple[type[Any], Any]] = session.info.setdefault("inside", set())
            if (target, value) in inside or session.identity_key(target, value) in session.identity_map:
                inside.add((target, value))  # no row changes its district
                continue
            with session.no_autoflush:
                # Stated by hand, not left to the filter of reads: each has to hold alone.
                found = session.scalar(select(target.id).where(target.id == value, target.district_id == district_id))
            if found is None:
                raise ScopeError(f"{type(obj).__name__}.{name} points outside the district")
            inside.add((target, value))


def owned_classes() -> list[type[Any]]:
    """Every mapped class of district-owned rows."""
    return [cls for cls in mapped(InDistrict) if issubclass(cls, Model)]


@lru_cache(maxsize=512)
def _mapped(table: Any) -> type[Any]:
    return next(cls for cls in owned_classes() if cls.__tablename__ == table.name)


def set_rls_district(session: Session, transaction: Any, connection: Any) -> None:
    """PostgreSQL's policies compare every row with this setting; unset means no row."""
    if isinstance(session, KhetSession) and connection.dialect.name == "postgresql":
        district_id = session.scope.district_id
        connection.exec_driver_sql(
            "select set_config('khet.district_id', %s, true)",
            (str(district_id) if district_id is not None else "",),
        )


def drop_waiting(session: Session, previous: Any = None) -> None:
    """After a rollback nothing waits for a flush any more."""
    session.info.pop(_WAITING, None)


def install_tenancy() -> None:
    """Attach the tenant filters to the session class, once per process."""
    event.listen(KhetSession, "do_orm_execute", filter_tenant_reads)
    event.listen(KhetSession, "before_flush", check_tenant_writes)
    event.listen(KhetSession, "after_begin", set_rls_district)
    event.listen(KhetSession, "after_soft_rollback", drop_waiting)
