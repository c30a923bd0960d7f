"""Preparing a PostgreSQL, and refusing one that would not do."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.base.config import ConfigError, Settings
from core.storage import postgres
from core.storage.database import make_engine


@pytest.fixture
def superuser(postgres_server):
    return postgres_server.url


def url(address: str) -> str:
    return "postgresql+psycopg" + address.removeprefix("postgresql")


def run(superuser: str, *statements: str) -> None:
    engine = make_engine(superuser, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_a_prepared_database_is_fit_and_finds_thai(superuser):
    made = postgres.prepare(superuser, "fit_db", prefix="fit")
    engine = make_engine(url(made.app))
    postgres.check(engine)
    with engine.connect() as connection:
        assert connection.execute(text("select current_user")).scalar_one() == "fit_app"
        assert len(connection.execute(text("select show_trgm('ประชุม')")).scalar_one()) >= 6
    engine.dispose()
    again = postgres.prepare(superuser, "fit_db", prefix="fit")
    assert again != made, "run again, it gives new passwords"


def test_a_database_that_makes_no_trigrams_of_thai_is_refused(superuser):
    made = postgres.prepare(superuser, "other_db", prefix="cc")
    run(
        superuser,
        "drop database if exists c_type",
        "create database c_type owner cc_owner template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'",
    )
    broken = postgres.prepare(superuser, "c_type", prefix="cc")
    engine = make_engine(url(broken.app))
    with pytest.raises(postgres.DatabaseUnfit, match="LC_CTYPE"):
        postgres.check(engine)
    engine.dispose()
    assert made


def test_an_unprepared_database_and_a_superuser_are_refused(superuser):
    engine = make_engine(superuser)
    with pytest.raises(postgres.DatabaseUnfit, match="row-level security"):
        postgres.check(engine)
    engine.dispose()
    made = postgres.prepare(superuser, "bare_db", prefix="bare")
    run(superuser.replace("/postgres?", "/bare_db?"), "drop extension pg_trgm")
    engine = make_engine(url(made.app))
    with pytest.raises(postgres.DatabaseUnfit, match="prepare-postgres"):
        postgres.check(engine)
    engine.dispose()


def test_the_search_uses_its_index_under_row_level_security(world):
    """Without LEAKPROOF the planner would not: a page would take 150 times as long."""
    if world.backend != "postgresql":
        return
    district_id = world.district_id()
    world.owner(
        "insert into core_person (district_id, title, first_name, last_name, search_text, sort_key, version) "
        f"select {district_id}, '', 'x', 'x', md5(n::text) || 'ประชุม', '', 1 from generate_series(1, 20000) n"
    )
    world.owner("analyze core_person")
    with world.database.app_engine.connect() as connection:
        connection.execute(text("select set_config('khet.district_id', :id, false)"), {"id": str(district_id)})
        plan = connection.execute(
            text("explain select id from core_person where search_text like '%อุทกภัยฉุกเฉิน%'")
        ).scalars()
        assert "ix_core_person_search_text_trgm" in "\n".join(plan)


def test_three_addresses_are_needed(tmp_path):
    with pytest.raises(ConfigError, match="three roles"):
        Settings.from_environment(
            {"KHET_DATABASE_URL": "postgresql://a@b/c", "KHET_DATA_DIR": str(tmp_path)}, makes=True
        )
