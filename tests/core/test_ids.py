"""An id is given once: what is said of a record that is gone is never said of another."""

from __future__ import annotations

import pytest
from sqlalchemy import Integer, func, select, text

from core.exchange.imports.models import DONE
from core.ops import backup, restore
from core.platform.jobs import runner
from core.platform.timeline.models import TimelineEntry
from core.plugins import migrate
from core.storage import ids
from core.storage.base import Model
from core.storage.database import WRITE, make_engine
from plugins.saraban.models.letters import IncomingLetter
from tests.core.test_backup import alike  # noqa: F401 - an empty installation of the same kind
from tests.core.test_imports import load, old_register, take
from tests.support import HOME


def newest(world) -> int:
    with world.session(HOME, f"clerk.{HOME}") as session:
        return session.scalar(select(func.max(IncomingLetter.id)))


def imported(world, browser, words: str = "เรื่องเก่า"):
    """An import of one letter into a school's register; the import and the letter's id."""
    batch = take(world, browser, old_register(world, browser, [f"1,,,สพฐ.,,{words},"], 2560))
    assert batch.state == DONE
    return batch, newest(world)


def taken_back(world, browser, batch) -> None:
    browser.post(f"/imports/{batch.id}/undo")
    runner.run_all(world.app)


def registered(world, browser) -> int:
    made = browser.submit(f"/saraban/incoming/new?unit_id={world.unit()}", sender="สพฐ.", subject="ฉบับของเรา")
    assert made.status_code == 302, browser.errors()
    return newest(world)


def test_a_letter_has_no_history_of_one_that_was_taken_back(world):
    clerk = world.browser(f"clerk.{HOME}", "th")
    batch, gone = imported(world, clerk)
    taken_back(world, clerk, batch)
    mine = registered(world, clerk)
    assert mine > gone
    assert world.count("core_timeline", f"kind = 'saraban_incoming' and record_id = {mine}") == 1


def test_what_was_commented_on_since_is_not_taken_back(world):
    clerk = world.browser(f"clerk.{HOME}")
    batch, letter = imported(world, clerk)
    clerk.post(f"/saraban/incoming/{letter}/comment", {"text": "ครูถามถึงเรื่องนี้"})
    clerk.post(f"/imports/{batch.id}/undo")
    clerk.get(f"/imports/{batch.id}")
    assert "Commented on since" in clerk.text
    assert load(world, batch.id).state == DONE


@pytest.mark.parametrize("backend", ["sqlite"])  # PostgreSQL's sequences never go back by themselves
def test_every_table_of_an_office_s_file_gives_an_id_once(world):
    engine = world.database.owner_engine()
    with engine.connect() as connection:
        made = dict(connection.execute(text("select name, sql from sqlite_master where type = 'table'")).all())
    engine.dispose()
    numbered = [table for table in Model.metadata.tables.values() if "id" in table.c and table.name in made]
    tables = [table for table in numbered if isinstance(table.c.id.type, Integer)]
    assert len(tables) > 60
    assert not [table.name for table in tables if "PRIMARY KEY (id AUTOINCREMENT)" not in made[table.name]]


@pytest.mark.parametrize("backend", ["sqlite"])  # PostgreSQL's sequences never go back by themselves
def test_an_office_that_comes_from_an_older_release_gives_no_id_again(world):
    """Its tables said nothing, and its newest letter was deleted: the timeline knows of it."""
    engine = world.database.owner_engine()
    with engine.execution_options(**{WRITE: True}).connect() as connection, connection.begin():
        highest = connection.execute(text("select max(id) from saraban_outgoing")).scalar_one()
        version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
        connection.exec_driver_sql("PRAGMA writable_schema=ON")
        connection.execute(text("update sqlite_master set sql = replace(sql, ' AUTOINCREMENT', '')"))
        connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
        connection.exec_driver_sql("PRAGMA writable_schema=RESET")
        connection.execute(text("delete from sqlite_sequence"))
    with world.session(HOME, f"clerk.{HOME}") as session:
        session.add(
            TimelineEntry(
                actor_name="ผู้ทดสอบ", kind="saraban_outgoing", record_id=highest + 50, record_label="", action="deleted"
            )
        )
        session.commit()
    migrate.upgrade(engine, world.khet.registry)
    with engine.connect() as connection:
        assert ids.given(connection)["saraban_outgoing"] == highest + 50
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    engine.dispose()
    migrate.upgrade(world.database.owner_engine(), world.khet.registry)
    assert world.browser(f"clerk.{HOME}").get("/saraban/outgoing/").status_code == 200


def test_a_restored_office_gives_no_id_again(world, alike, tmp_path):  # noqa: F811
    clerk = world.browser(f"clerk.{HOME}")
    batch, gone = imported(world, clerk)
    taken_back(world, clerk, batch)
    backup.backup(world.khet.settings, world.khet.registry, tmp_path / "khet.zip")
    restore.restore(alike, world.khet.registry, tmp_path / "khet.zip", plain=True)
    engine = make_engine(alike.owner_database_url)
    with engine.connect() as connection:
        if world.backend == "sqlite":
            last = ids.given(connection)["saraban_incoming"]
        else:
            last = connection.execute(
                text("select last_value from pg_sequences where sequencename = 'saraban_incoming_id_seq'")
            ).scalar_one()
    engine.dispose()
    assert last >= gone
