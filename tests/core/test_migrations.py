"""Migrations: up and down with rows in every table, one version table a plugin, one upgrader at a time."""

from __future__ import annotations

import dataclasses
import io
import multiprocessing
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from core.base.config import Settings
from core.ops import application
from core.plugins import migrate
from core.plugins.registry import CORE, Registry
from core.records.files.models import Attachment
from core.storage.base import Model
from core.storage.database import WRITE, make_engine
from tests.support import HOME


def columns(engine) -> dict[str, set[str]]:
    found = inspect(engine)
    return {
        t: {c["name"] for c in found.get_columns(t)}
        for t in found.get_table_names()
        if not t.startswith("alembic") and "_fts" not in t  # SQLite's search index and its shadow tables
    }


def test_the_tables_are_what_the_models_say(world):
    engine = world.database.owner_engine()
    wanted = {table.name: set(table.columns.keys()) for table in Model.metadata.sorted_tables}
    assert columns(engine) == wanted
    engine.dispose()


def test_the_indexes_and_unique_keys_are_what_the_models_say(world):
    engine = world.database.owner_engine()
    found = inspect(engine)
    for table in Model.metadata.sorted_tables:
        if not table.name.startswith(("core_", "saraban_")):
            continue
        there = {index["name"] for index in found.get_indexes(table.name)}
        there |= {key["name"] for key in found.get_unique_constraints(table.name)}
        wanted = {index.name for index in table.indexes}
        assert wanted <= there | {"uq_core_plugin_rule"}, f"{table.name}: {wanted - there}"
    engine.dispose()


def test_a_plugin_goes_down_and_up_with_rows_in_every_other_table(world):
    engine = world.database.owner_engine()
    before = {table: world.count(table) for table in ("core_number", "core_timeline", "ab_user", "core_school")}
    migrate.downgrade(engine, world.khet.registry, "saraban")
    assert migrate.pending(engine, world.khet.registry) == ["saraban"]
    assert "saraban_incoming" not in inspect(engine).get_table_names()
    migrate.upgrade(engine, world.khet.registry)
    assert migrate.pending(engine, world.khet.registry) == []
    assert {table: world.count(table) for table in before} == before
    engine.dispose()


def test_everything_goes_down_to_nothing_and_up_again(world):
    engine = world.database.owner_engine()
    for name in reversed(list(world.khet.registry.manifests)):
        migrate.downgrade(engine, world.khet.registry, name)
    left = {name for name in inspect(engine).get_table_names() if not name.startswith("alembic")}
    assert left == set()
    migrate.upgrade(engine, world.khet.registry)
    assert migrate.pending(engine, world.khet.registry) == []
    engine.dispose()


def test_an_uninstalled_plugin_does_not_stop_the_next_upgrade(world):
    engine = world.database.owner_engine()
    smaller = Registry((CORE,), guests=False)
    migrate.upgrade(engine, smaller)
    assert migrate.pending(engine, smaller) == []
    assert "saraban_incoming" in inspect(engine).get_table_names(), "its data stays"
    engine.dispose()


def test_a_failing_migration_leaves_nothing(world, tmp_path, monkeypatch):
    engine = world.database.owner_engine()
    real = migrate._run

    def fail_after(connection, manifest, target):
        real(connection, manifest, target)
        connection.exec_driver_sql("create table half_made (id integer)")
        raise RuntimeError("power cut")

    monkeypatch.setattr(migrate, "_run", fail_after)
    with pytest.raises(RuntimeError):
        migrate.upgrade(engine, world.khet.registry)
    assert "half_made" not in inspect(engine).get_table_names()
    engine.dispose()


def _upgrade(settings: Settings) -> None:
    application._start_once()
    engine = make_engine(settings.owner_database_url)
    migrate.upgrade(engine, Registry(guests=False))
    engine.dispose()


def test_four_upgraders_at_once_are_safe(world, tmp_path: Path):
    settings = world.khet.settings
    engine = make_engine(settings.owner_database_url)
    for name in reversed(list(world.khet.registry.manifests)):
        migrate.downgrade(engine, world.khet.registry, name)
    world.database.dispose()
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_upgrade, args=(dataclasses.replace(settings),)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 4
    assert migrate.pending(engine, world.khet.registry) == []
    engine.dispose()


def test_broken_references_stop_a_migration_on_sqlite(world, monkeypatch):
    if world.backend != "sqlite":
        return
    engine = world.database.owner_engine()
    monkeypatch.setattr(migrate, "_run", lambda connection, *_: connection.exec_driver_sql("delete from core_unit"))
    with pytest.raises(RuntimeError, match="broken references"):
        migrate.upgrade(engine, world.khet.registry)
    monkeypatch.undo()
    assert world.count("core_unit") > 0
    engine.dispose()


def test_postgresql_knows_that_a_unit_lies_in_one_district(world):
    if world.backend != "postgresql":
        return
    engine = world.database.owner_engine()
    with engine.connect() as c:
        told = set(c.exec_driver_sql("select stxname from pg_statistic_ext").scalars())
    assert told >= {"stx_saraban_incoming", "stx_saraban_outgoing", "stx_service_request_request"}
    engine.dispose()


def test_an_append_only_table_refuses_even_its_owner(world):
    for statement in ("update core_timeline set note = 'x'", "delete from core_timeline"):
        with pytest.raises(Exception, match="append-only"):
            world.owner(statement)


def test_starting_the_application_writes_nothing(world):
    """No write at a worker's start: a read-only database is enough to build the application."""
    writes: list[str] = []
    from sqlalchemy import event

    def spy(connection, cursor, statement, *_):
        if not statement.lstrip().lower().startswith(("select", "begin", "pragma", "show", "rollback")):
            writes.append(statement)

    from sqlalchemy.engine import Engine

    event.listen(Engine, "before_cursor_execute", spy)
    try:
        application.create_app(world.khet.settings, guests=False)
    finally:
        event.remove(Engine, "before_cursor_execute", spy)
    assert writes == []


def test_serving_refuses_pending_migrations(world):
    from core.base.config import ConfigError
    from core.ops import serve

    serve.check_database(world.khet)
    engine = world.database.owner_engine()
    with engine.execution_options(**{WRITE: True}).begin() as connection:
        connection.execute(text("delete from alembic_version_saraban"))
    with pytest.raises(ConfigError, match="saraban"):
        serve.check_database(world.khet)
    assert world.browser().get("/health").status_code == 503
    engine.dispose()


def test_sessions_and_tokens_of_before_are_taken_along(world):
    """core0007: a session names its user, a stranger's is dropped, a token belongs to its account's present epoch."""
    clerk = world.account(f"clerk.{HOME}").id
    world.browser(f"clerk.{HOME}")
    world.token(f"clerk.{HOME}")
    world.owner(f"update ab_user set epoch = 7 where id = {clerk}")
    engine = world.database.owner_engine()
    migrate.downgrade(engine, world.khet.registry, "core", "core0006")
    world.owner("insert into core_session (id, data, seen_at) values ('stranger', '{}', '2026-01-01 00:00:00')")
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
    assert world.count("core_session", "id = 'stranger'") == 0
    assert world.count("core_session", f"user_id = {clerk} and began_at = seen_at") == 1
    assert world.count("core_api_token", "epoch = 7") == 1


def test_addresses_that_were_written_by_hand_are_taken_along(world):
    """core0018: what stood in Flask-AppBuilder's own column, but for the names that are no address."""
    engine = world.database.owner_engine()
    migrate.downgrade(engine, world.khet.registry, "core", "core0017")
    world.owner(f"update ab_user set email = 'a@example.go.th' where username = 'clerk.{HOME}'")
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
    assert world.account(f"clerk.{HOME}").mail_address == "a@example.go.th"
    assert world.count("ab_user", "mail_address <> ''") == 1


def test_a_role_that_was_ended_stays_ended_one_step_back(world):
    """core0020: the moment becomes the last day before it, as it was kept until then."""
    clerk = world.account(f"clerk.{HOME}").id
    world.owner(f"update core_grant set ended_at = '2026-11-20 18:30:00' where user_id = {clerk}")
    held = world.count("core_grant", f"user_id = {clerk}")
    engine = world.database.owner_engine()
    migrate.downgrade(engine, world.khet.registry, "core", "core0019")
    assert world.count("core_grant", f"user_id = {clerk} and ends_on = '2026-11-20'") == held > 0
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
    assert world.count("core_grant", f"user_id = {clerk} and ended_at is null") == held


def test_what_was_said_twice_stays_and_its_link_leads_to_the_answer(world):
    """service_request0004: doubles of a page that was sent twice."""
    engine = world.database.owner_engine()
    migrate.downgrade(engine, world.khet.registry, "service_request", "service_request0003")
    world.owner("update service_request_feedback set token = 'the same'")
    world.owner("update service_request_feedback set answer = 'yes' where category = 'complaint'")
    said = world.count("service_request_feedback")
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
    assert world.count("service_request_feedback") == said > 2
    assert world.count("service_request_feedback", "token = 'the same' and answer = 'yes'") == 2, "one a district"
    assert world.count("service_request_feedback", "token = 'the same'") == 2


def test_states_that_came_later_are_none_one_step_back(world):
    """service_request0004 and 0003: what the office called off was withdrawn, a no to an offer waits again."""
    engine, table = world.database.owner_engine(), "service_request_request"
    world.owner(f"update {table} set status = 'called_off' where status = 'approved'")
    world.owner(f"update {table} set status = 'unfit' where status = 'considered'")
    waiting = f"kind = '{table}' and verb = 'edit' and record_id in (select id from {table} where status = '%s')"
    migrate.downgrade(engine, world.khet.registry, "service_request", "service_request0003")
    assert world.count(table, "status = 'called_off'") == 0
    assert world.count(table, "status = 'cancelled'") > 0
    migrate.downgrade(engine, world.khet.registry, "service_request", "service_request0002")
    assert world.count(table, "status = 'unfit'") == 0
    offered = world.count(table, "status = 'rescheduling'")
    assert world.count("core_waiting", waiting % "rescheduling") == offered > 0
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
    assert world.count(table, "status = 'rescheduling'") == offered


def test_files_of_older_comments_go_out_with_no_letter(world):
    """saraban0012: of files called the same, the comment's came last before it, and from its writer."""
    clerk, director = world.browser(f"clerk.{HOME}"), world.browser(f"director.{HOME}")

    def upload(browser, name: str) -> str:
        sent = {"file": (io.BytesIO(b"%PDF-1.7 paper"), name)}
        return str(browser.post("/uploads/", sent, content_type="multipart/form-data").json["id"])

    files = [upload(clerk, "หนังสือ.pdf"), upload(clerk, "สาม, สี่.pdf")]
    answer = clerk.submit("/saraban/outgoing/new", recipient="สพฐ.", subject="ส่งรายงาน", files=files)
    number = int(answer.location.rpartition("/")[2])
    page = f"/saraban/outgoing/{number}"
    for browser, names in ((clerk, ("หนังสือ.pdf", "สอง.pdf")), (director, ("สาม, สี่.pdf",))):
        said = browser.post(f"{page}/comment", {"text": "", "files": [upload(browser, one) for one in names]})
        assert said.status_code == 302
    clerk.submit(f"{page}/files", files=[upload(clerk, "สอง.pdf")])
    marked = f"kind = 'saraban_outgoing' and record_id = {number} and inside"
    assert world.count("core_attachment", marked) == 3
    engine = world.database.owner_engine()
    with world.session(clearance=3) as s:
        wanted = set(
            s.scalars(select(Attachment.id).where(Attachment.inside.is_(True), Attachment.record_id == number))
        )
    migrate.downgrade(engine, world.khet.registry, "saraban", "saraban0011")
    assert world.count("core_attachment", marked) == 3, "what is marked stays so"
    world.owner("update core_attachment set inside = false")
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
    with world.session(clearance=3) as s:
        there = set(s.scalars(select(Attachment.id).where(Attachment.inside.is_(True), Attachment.record_id == number)))
    assert there == wanted


def test_what_was_not_spent_wants_no_papers_and_is_a_cost_again_one_step_back(world):
    """service_request0005: costs of activities that were called off before."""
    engine, table = world.database.owner_engine(), "service_request_expense"
    migrate.downgrade(engine, world.khet.registry, "service_request", "service_request0004")
    world.owner("update service_request_activity set status = 'called_off'")
    unspent, waiting = world.count(table, "status = 'open'"), f"kind = '{table}'"
    assert world.count("core_waiting", waiting) == unspent > 0
    migrate.upgrade(engine, world.khet.registry)
    assert world.count(table, "status = 'void'") == unspent
    assert world.count("core_waiting", waiting) == 0
    migrate.downgrade(engine, world.khet.registry, "service_request", "service_request0004")
    assert world.count(table, "status = 'open'") == unspent
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()


def test_what_a_request_claimed_is_taken_back(world):
    """service_request0006: a summary that nobody was sent, and what was said of a time that was settled since."""
    engine, table = world.database.owner_engine(), "service_request_request"
    migrate.downgrade(engine, world.khet.registry, "service_request", "service_request0005")
    held = f"select request_id from service_request_activity a where a.district_id = {table}.district_id"
    world.owner(f"update {table} set status = 'summarised' where status = 'closed' and id in ({held})")
    kept = world.count(table, "status = 'summarised'")
    unsent = "(select min(id) from service_request_summary)"
    world.owner(f"update service_request_summary set status = 'written' where id = {unsent}")
    world.owner(f"update {table} set offer_answer = 'x', reason = 'time' where status in ('approved', 'declined')")
    delivered = world.count(table, "status = 'delivered'")
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
    assert world.count(table, "status = 'summarised'") == kept - 1 > 0
    assert world.count(table, "status = 'delivered'") == delivered + 1
    assert world.count(table, "offer_answer <> ''") == 0
    assert world.count(table, "status = 'approved' and reason <> ''") == 0
    assert world.count(table, "status = 'declined' and reason = 'time'") > 0, "why it was declined holds"


def test_a_letter_that_was_sent_back_did_not_arrive_one_step_back(filled):
    """saraban0009: a recipient's sending back is not known before it."""
    world, *_samples = filled
    engine = world.database.owner_engine()
    for table in ("saraban_dispatch", "saraban_arrival"):
        world.owner(f"update {table} set state = 'returned'")
    sent, there = world.count("saraban_dispatch"), world.count("saraban_arrival")
    migrate.downgrade(engine, world.khet.registry, "saraban", "saraban0008")
    assert world.count("saraban_dispatch", "state = 'failed'") == sent > 0
    assert world.count("saraban_arrival", "state = 'recalled'") == there > 0
    migrate.upgrade(engine, world.khet.registry)
    engine.dispose()
