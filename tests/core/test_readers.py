"""Who reads which secret row: one criterion for all tables, in whatever shape a statement asks, whoever asked before."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import delete, func, inspect, select, text, update
from sqlalchemy.orm import aliased, joinedload

from core.base.text.thai import today
from core.records.files.models import SecretReader
from core.storage.base import Secret, mapped
from core.storage.database import WRITE
from core.storage.scope import RAW
from plugins.saraban.models.storage import Destruction, DestructionLine, Stored
from tests.core.rows import copy_row, many_rows
from tests.support import HOME, World

#: until when somebody is named: for good, today, yesterday, tomorrow
ENDS = (None, 0, -1, 1)


@pytest.fixture
def classified(world: World) -> tuple[World, list[int]]:
    """Many rows of every kind that may be secret, of every level, each naming some of these users, some until a day."""
    many_rows(world)
    users = [world.account(f"{name}.{HOME}").id for name in ("director", "secret", "clerk")]
    here, chance, named = world.district_id(), random.Random(15), set()
    with world.session(HOME) as session:
        given = session.scalars(select(DestructionLine.stored_id)).all()
        of = session.scalars(select(Destruction.id)).first()
        left = session.scalars(select(Stored.id).where(Stored.id.not_in(given)))
        session.add_all([DestructionLine(destruction_id=of, stored_id=one) for one in left.all()])
    engine = world.database.owner_engine()
    with engine.execution_options(**{WRITE: True}).begin() as connection:
        for cls in mapped(Secret):
            table = cls.__table__
            _may_be_altered(connection, table.name)
            copy_row(connection, table, connection.scalar(select(func.min(table.c.id))))
            level = text("id * 7 + id / 3 - 4 * ((id * 7 + id / 3) / 4)")
            connection.execute(update(table).values(secrecy=level))
            for row in connection.execute(select(table).where(table.c.district_id == here)).mappings():
                named.add((table.name, row["id"]))
                if "kind" in row and (whole := row.get("letter_id") or row.get("record_id")):
                    named.add((row["kind"], whole))
        connection.execute(delete(SecretReader.__table__))
        days = [None if one is None else today() + timedelta(days=one) for one in ENDS]
        readers = [
            {"district_id": here, "kind": kind, "record_id": number, "user_id": user, "ends_on": chance.choice(days)}
            for kind, number in sorted(named)
            for user in users
            if chance.random() < 0.5
        ]
        connection.execute(SecretReader.__table__.insert(), readers)
    engine.dispose()
    return world, users


def _may_be_altered(connection: Any, table: str) -> None:
    """What is append-only is given its levels here all the same."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"alter table {table} disable trigger user")
        return
    made = text("select name from sqlite_master where type = 'trigger' and tbl_name = :table")
    for name in connection.scalars(made, {"table": table}).all():
        connection.exec_driver_sql(f"drop trigger {name}")


def shapes(session: Any, cls: Any) -> Iterator[tuple[str, list[int]]]:
    """The ids of a class that a session finds, asked in every shape."""
    other = aliased(cls)
    asked = {
        "rows": select(cls.id),
        "alias": select(other.id),
        "exists": select(cls.id).where(select(other.id).where(other.id == cls.id).exists()),
        "in": select(other.id).where(other.id.in_(select(cls.id))),
        "join": select(cls.id).join(other, other.id == cls.id),
        "outer join": select(other.id).select_from(cls).outerjoin(other, other.id == cls.id),
        "union": select(cls.id).union(select(other.id)),
    }
    for name, statement in asked.items():
        yield name, sorted(one for one in session.scalars(statement) if one is not None)
    yield "objects", sorted(one.id for one in session.scalars(select(cls)).unique())


def test_whoever_asks_in_whatever_shape_finds_what_the_rule_of_its_kind_says(classified):
    world, users = classified
    here, told_apart = world.district_id(), set()
    for cls, clearance, user in product(mapped(Secret), (3, 0, 1), users):
        with world.session(HOME, user_id=user, user_name="ผู้อ่าน", clearance=clearance) as session:
            rule = (cls.readable_by(user, clearance), cls.district_id == here)
            wanted = sorted(session.scalars(select(cls.id).where(*rule).execution_options(**RAW)))
            told_apart.add((cls, tuple(wanted)))
            for name, found in shapes(session, cls):
                assert found == wanted, f"{cls.__name__} by {name}: user {user}, cleared to {clearance}"
            assert session.scalar(select(func.count()).select_from(cls)) == len(wanted)
            changed = update(cls).values(secrecy=cls.secrecy).execution_options(synchronize_session=False)
            assert session.execute(changed).rowcount == len(wanted), f"{cls.__name__}: an update reaches further"
            session.rollback()
    apart = {cls.__name__ for cls in mapped(Secret) if len([one for one, _ids in told_apart if one is cls]) > 3}
    assert apart >= {"IncomingLetter", "Dispatch", "Stored", "DestructionLine", "TimelineEntry", "Attachment"}


def test_what_hangs_on_a_row_comes_with_it_only_to_its_readers(classified):
    world, users = classified
    ways = [(cls, one) for cls in mapped(Secret) for one in inspect(cls).relationships]
    ways = [(cls, one) for cls, one in ways if issubclass(one.mapper.class_, Secret) and not one.uselist]
    assert ways
    for (cls, way), clearance, user in product(ways, (3, 1), users):
        with world.session(HOME, user_id=user, user_name="ผู้อ่าน", clearance=clearance) as session:
            theirs = set(session.scalars(select(way.mapper.class_.id)))
            for options in ((), (joinedload(getattr(cls, way.key)),)):
                session.expunge_all()
                for row in session.scalars(select(cls).options(*options)).unique():
                    there = getattr(row, way.key)
                    assert there is None or there.id in theirs, f"{cls.__name__}.{way.key}"
