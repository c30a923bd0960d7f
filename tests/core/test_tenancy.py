"""One district cannot see another: three filters, each tested alone, each missed when it is gone."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import aliased

from core.base.errors import ScopeError
from core.platform.masterdata.models import Person, Post, School
from core.storage import scope
from core.storage.scope import KhetSession, owned_classes
from plugins.saraban.models.letters import IncomingLetter
from tests.support import HOME, OTHER


@pytest.fixture
def without_reads():
    """the tenant filter taken away."""
    event.remove(KhetSession, "do_orm_execute", scope.filter_tenant_reads)
    yield
    event.listen(KhetSession, "do_orm_execute", scope.filter_tenant_reads)


@pytest.fixture
def without_writes():
    """The check of writes taken away."""
    event.remove(KhetSession, "before_flush", scope.check_tenant_writes)
    yield
    event.listen(KhetSession, "before_flush", scope.check_tenant_writes)


def test_every_kind_of_read_stays_in_the_district(world):
    foreign = world.school_id(OTHER)
    with world.session(HOME) as session:
        mine = session.scalar(select(func.count()).select_from(School))
        assert 0 < mine < world.count("core_school")
        assert session.get(School, foreign) is None
        assert session.scalars(select(School).where(School.id == foreign)).all() == []
        assert session.query(School).filter_by(id=foreign).count() == 0
        other = aliased(School)
        assert session.scalars(select(other.name).where(other.id == foreign)).all() == []
        inner = select(School.id).where(School.id == foreign).subquery()
        assert session.scalar(select(func.count()).select_from(inner)) == 0
        cte = select(School.id).cte()
        assert session.scalar(select(func.count()).select_from(cte)) == mine
        union = select(School.id).union(select(School.id)).subquery()
        assert session.scalar(select(func.count()).select_from(union)) == mine
        assert session.scalar(select(select(School.id).where(School.id == foreign).exists())) in (False, 0)


def test_bulk_changes_stay_in_the_district(world):
    with world.session(HOME) as session:
        session.execute(update(Person).values(title="ดร."))
    foreign = world.district_id(OTHER)
    assert world.count("core_person", f"title = 'ดร.' and district_id = {foreign}") == 0
    assert world.count("core_person", "title = 'ดร.'") > 0


@pytest.mark.parametrize(
    "way",
    [
        lambda s: s.execute(text("select * from core_school")),
        lambda s: s.execute(select(School.__table__)),
        lambda s: s.execute(insert(Person).values(first_name="x", last_name="y", district_id=1)),
        lambda s: s.scalars(select(School).from_statement(text("select * from core_school"))).all(),
        lambda s: s.execute(update(School).values(district_id=2)),
        lambda s: s.bulk_save_objects([]),
        lambda s: s.connection(),
    ],
)
def test_ways_around_the_tenant_filters_are_refused(world, way):
    with pytest.raises(ScopeError), world.session(HOME) as session:
        way(session)


def test_a_session_without_a_scope_reads_nothing(world):
    with KhetSession(world.database.app_engine) as session, pytest.raises(ScopeError):
        session.scalars(select(School)).all()


def test_a_foreign_row_is_not_written(world):
    with world.database.system("test") as session:
        stolen = session.get(School, world.school_id(OTHER))
        session.expunge(stolen)
    with pytest.raises(ScopeError), world.session(HOME) as session:
        stolen.name = "ยึดแล้ว"
        session.add(stolen)
        session.flush()


def test_a_foreign_key_may_not_leave_the_district(world):
    person = _person(world)
    with pytest.raises(ScopeError), world.session(HOME) as session:
        session.add(Post(person_id=person, unit_id=world.unit("office", OTHER), position="x", starts_on=_today()))
        session.flush()


def test_the_check_of_writes_holds_without_the_filter_of_reads(world, without_reads):
    test_a_foreign_key_may_not_leave_the_district(world)


def test_the_composite_key_holds_without_any_filter(world, without_reads, without_writes):
    person, foreign = _person(world), world.unit("office", OTHER)
    district_id = world.district_id(HOME)
    with pytest.raises(IntegrityError), world.session(HOME) as session:
        session.add(Post(district_id=district_id, person_id=person, unit_id=foreign, position="x", starts_on=_today()))
        session.flush()


def test_the_leak_shows_when_the_filter_of_reads_is_gone(world, without_reads):
    """FairLock red if the probes could not tell a hole: SQLite leaks, PostgreSQL's row-level security holds."""
    with world.session(HOME) as session:
        found = session.get(School, world.school_id(OTHER))
    assert (found is not None) == (world.backend == "sqlite")


def test_row_level_security_holds_alone(world, without_reads, without_writes):
    if world.backend != "postgresql":
        assert world.database.sqlite  # SQLite has two filters; the leak above proves the probe
        return
    district_id = world.district_id(OTHER)
    with world.session(HOME) as session:
        assert session.scalar(select(func.count()).select_from(School)) < world.count("core_school")
    with pytest.raises(DBAPIError), world.session(HOME) as session:
        session.add(Person(district_id=district_id, first_name="x", last_name="y"))
        session.flush()
    for table in ("core_school", "ab_user", "saraban_incoming", "core_timeline"):
        world.owner(f"alter table {table} disable row level security")
    with world.session(HOME) as session:
        assert session.scalar(select(func.count()).select_from(School)) == world.count("core_school")


#: tables that belong to no district; everything else must be under row-level security
WITHOUT_WALL = {
    "ab_api_key", "ab_group", "ab_group_role", "ab_permission", "ab_permission_view", "ab_permission_view_role",
    "ab_register_user", "ab_role", "ab_user_group", "ab_user_role", "ab_view_menu", "core_district", "core_plugin_rule", "core_role", "core_session", "core_setting",
    "core_stamp",
}  # fmt: skip


def test_every_district_table_has_its_policy(world):
    if world.backend != "postgresql":
        assert {cls.__tablename__ for cls in owned_classes()}.isdisjoint(WITHOUT_WALL)
        return
    with world.database.system_engine.connect() as connection:
        rows = connection.execute(
            text(
                "select relname, relrowsecurity, relforcerowsecurity from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
            )
        ).all()
        role = connection.execute(text("select current_user")).scalar_one()
    versions = {f"alembic_version_{name}" for name in world.khet.registry.manifests}
    assert {row.relname for row in rows if not row.relrowsecurity} == WITHOUT_WALL | versions
    assert {row.relname for row in rows if row.relrowsecurity} == {cls.__tablename__ for cls in owned_classes()}
    assert not any(row.relforcerowsecurity for row in rows)
    assert role == "khet_system"


def test_the_serving_role_is_neither_owner_nor_superuser(world):
    if world.backend != "postgresql":
        return
    with world.database.app_engine.connect() as connection:
        row = connection.execute(
            text("select rolsuper, rolbypassrls, rolname from pg_roles where rolname = current_user")
        ).one()
        owner = connection.execute(
            text("select tableowner from pg_tables where tablename = 'core_school'")
        ).scalar_one()
        bare = connection.execute(text("select count(*) from core_school")).scalar_one()
    assert (row.rolsuper, row.rolbypassrls) == (False, False)
    assert owner != row.rolname
    assert bare == 0, "a connection that names no district sees no row"


def test_every_key_of_a_district_table_carries_the_district():
    """Unique and foreign keys between district-owned tables are composite."""
    owned = {cls.__tablename__ for cls in owned_classes()}
    for cls in owned_classes():
        for key in cls.__table__.foreign_key_constraints:
            columns = {column.name for column in key.columns}
            if key.referred_table.name in owned and cls.__tablename__ != "ab_user":
                assert "district_id" in columns, f"{cls.__tablename__}: {columns}"
        for index in [*cls.__table__.indexes, *cls.__table__.constraints]:
            unique = getattr(index, "unique", type(index).__name__ == "UniqueConstraint")
            # Flask-AppBuilder's own: user names end with the district's code instead
            if unique and cls.__tablename__ != "ab_user":
                assert "district_id" in {column.name for column in index.columns}, index


def test_two_threads_do_not_share_a_scope(world):
    from concurrent.futures import ThreadPoolExecutor

    ids = {code: world.district_id(code) for code in (HOME, OTHER)}

    def look(code: str) -> set[int]:
        found = set()
        for _ in range(20):
            with world.database.district(ids[code], "test", write=False) as session:
                found |= set(session.scalars(select(IncomingLetter.district_id)))
        return found

    with ThreadPoolExecutor(4) as pool:
        for code, found in zip([HOME, OTHER] * 4, pool.map(look, [HOME, OTHER] * 4), strict=True):
            assert found == {ids[code]}


def _person(world) -> int:
    with world.session(HOME) as session:
        return session.scalars(select(Person.id)).first()


def _today():
    from core.base.text.thai import today

    return today()
