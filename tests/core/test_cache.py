"""What a process keeps behind a stamp: read once, and never shown after it has changed."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import event, select, text, update

from core.ops.application import create_app
from core.platform.masterdata.models import Holiday, Unit
from core.platform.users import sessions
from core.records.lists import page
from core.storage import cache, database
from plugins.saraban.models.letters import IncomingLetter
from tests.core.test_imports import HEADING, load, read, take
from tests.core.test_listing import LIST, register
from tests.support import HOME, OTHER, Browser, near


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


def said(world, browser, address: str) -> list[str]:
    """The statements of one page."""
    found: list[str] = []

    def note(connection, cursor, statement, *more):
        found.append(statement)

    event.listen(world.database.app_engine, "before_cursor_execute", note)
    try:
        assert browser.get(address).status_code == 200
    finally:
        event.remove(world.database.app_engine, "before_cursor_execute", note)
    return found


def test_a_list_asks_for_its_units_and_views_once(world, clerk):
    clerk.get(LIST)
    again = " ".join(said(world, clerk, LIST))
    assert "core_unit" not in again
    assert "core_saved_view" not in again


def test_a_unit_that_is_renamed_has_its_new_name_on_the_next_page_of_everybody(world):
    director = world.browser(f"director.{HOME}")
    director.get(LIST)
    old = director.tree.xpath("//select[@name='unit']/option/text()")
    with world.session() as session:
        unit = session.scalars(select(Unit).where(Unit.kind == "group")).first()
        before, unit.name = unit.name, "กลุ่มที่เพิ่งเปลี่ยนชื่อ"
    assert before in old
    director.get(LIST)
    names = director.tree.xpath("//select[@name='unit']/option/text()")
    assert "กลุ่มที่เพิ่งเปลี่ยนชื่อ" in names
    assert before not in names


def test_a_change_by_a_statement_moves_the_stamp_too(world):
    director = world.browser(f"director.{HOME}")
    director.get(LIST)
    with world.session() as session:
        session.execute(update(Unit).where(Unit.kind == "group").values(name="ชื่อจากคำสั่ง"))
    director.get(LIST)
    assert "ชื่อจากคำสั่ง" in director.text


def test_another_process_learns_of_it(world):
    """Two applications on one database: what one writes, the other reads at its next request."""
    other = create_app(world.khet.settings, guests=False)
    try:
        director = Browser(other)
        director.submit("/login/", username=f"director.{HOME}", password="khet-demo")
        director.get(LIST)
        with world.session() as session:
            session.scalars(select(Unit).where(Unit.kind == "group")).first().name = "กลุ่มของอีกโปรแกรม"
        director.get(LIST)
        assert "กลุ่มของอีกโปรแกรม" in director.text
    finally:
        other.extensions["khet"].database.dispose()


def test_what_is_kept_for_one_district_is_not_another_s(world, clerk):
    clerk.get(LIST)
    neighbour = world.browser(f"director.{OTHER}")
    neighbour.get(LIST)
    with world.session() as session:
        ours = {str(unit) for unit in session.scalars(select(Unit.id))}
    theirs = set(neighbour.tree.xpath("//select[@name='unit']/option/@value"))
    assert theirs
    assert not ours & theirs


def test_a_new_holiday_moves_the_limit_of_the_next_letter(world, clerk):
    first = register(world, 1)[0]
    clerk.submit(LIST + "new", sender="สพฐ.", subject="ก่อนวันหยุด", received_on=near())
    with world.session() as session:
        limit = session.scalars(select(IncomingLetter).where(IncomingLetter.subject == "ก่อนวันหยุด")).one().propose_by
        session.add(Holiday(day=limit.date(), name="หยุดกะทันหัน"))
    clerk.submit(LIST + "new", sender="สพฐ.", subject="หลังประกาศ", received_on=near())
    with world.session() as session:
        later = session.scalars(select(IncomingLetter).where(IncomingLetter.subject == "หลังประกาศ")).one().propose_by
    assert first
    assert later.date() > limit.date()


def test_a_unit_s_new_settings_hold_for_its_next_letter(world, clerk):
    clerk.submit(LIST + "new", sender="สพฐ.", subject="แบบเดิม", received_on=near())
    answer = clerk.submit("/saraban/settings/new", unit_id=str(world.unit()), days_normal="9", days_urgent="5")
    assert answer.status_code == 302
    clerk.submit(LIST + "new", sender="สพฐ.", subject="แบบใหม่", received_on=near())
    with world.session() as session:
        old, new = (
            session.scalars(select(IncomingLetter).where(IncomingLetter.subject == subject)).one().propose_by
            for subject in ("แบบเดิม", "แบบใหม่")
        )
    assert new > old


def test_schools_that_an_import_brings_are_there_with_its_end_and_gone_with_its_undo(world):
    """A school is a unit: who works for the whole district chooses among them."""
    admin = world.browser(f"admin.{HOME}")
    schools = "".join(f"9{number:05},บ้าน {number},,ด่านซ้าย,เลย,\n" for number in range(50))
    before = _version(world)
    batch = take(world, admin, read(world, admin, f"{HEADING}\n{schools}"))
    assert batch.visible
    after_taking = _version(world)
    assert after_taking == before + 1, "its end alone: nobody reads rights anew for what nobody sees"
    admin.post(f"/imports/{batch.id}/undo")
    assert load(world, batch.id).visible is False
    assert _version(world) > after_taking


def _version(world) -> int:
    with world.database.system_engine.connect() as connection:
        return connection.execute(
            text("select version from core_stamp where name = :n"), {"n": cache.PEOPLE}
        ).scalar_one()


def test_who_has_moved_a_stamp_reads_anew_in_the_same_request(world):
    with world.session() as session:
        session.info[cache.STAMPS] = {cache.PEOPLE: 1}
        read_now = lambda: session.scalars(select(Unit.name).where(Unit.kind == "office")).one()  # noqa: E731
        before = cache.cached(session, cache.PEOPLE, "name", read_now)
        session.scalars(select(Unit).where(Unit.kind == "office")).one().name = "ชื่อใหม่ในคำขอเดียวกัน"
        session.flush()
        assert cache.cached(session, cache.PEOPLE, "name", read_now) == "ชื่อใหม่ในคำขอเดียวกัน" != before


def test_what_is_not_committed_is_kept_for_nobody(world):
    """Reading flushes what the transaction holds back; if it then fails, nobody may have it in mind."""

    def names(session):
        return cache.cached(
            session,
            cache.PEOPLE,
            "office",
            lambda: session.scalars(select(Unit.name).where(Unit.kind == "office")).one(),
        )

    at = {cache.PEOPLE: 1}
    with pytest.raises(RuntimeError), world.session() as session:
        session.info[cache.STAMPS] = at
        session.scalars(select(Unit).where(Unit.kind == "office")).one().name = "ชื่อที่ไม่เคยบันทึก"
        assert names(session) == "ชื่อที่ไม่เคยบันทึก"
        raise RuntimeError
    with world.session() as session:
        session.info[cache.STAMPS] = at
        assert names(session) != "ชื่อที่ไม่เคยบันทึก"


# -- what else a page does without ---------------------------------------------------------------------------------


def test_a_search_counts_its_finds_as_far_as_people_read(world, clerk, monkeypatch):
    register(world, 60, sender="เป้าหมาย")
    monkeypatch.setattr(page, "FOUND", 51)
    clerk.get(LIST + "?q=เป้าหมาย")
    assert "51+" in clerk.text
    monkeypatch.setattr(page, "FOUND", 500)
    clerk.get(LIST + "?q=เป้าหมาย")
    assert "60 " in clerk.text
    assert "60+" not in clerk.text


def test_a_list_that_fits_a_page_is_not_counted_again(world, clerk):
    assert not [one for one in said(world, clerk, LIST + "?q=ไม่มีคำนี้แน่นอน") if one.startswith("SELECT count(*)")]


def test_a_refused_form_still_offers_the_reserved_numbers(world, clerk):
    clerk.submit(f"/books/{world.unit()}/saraban.outgoing/reserve", count="1", reason="คำสั่ง ผอ.")
    clerk.get("/saraban/outgoing/new")
    assert clerk.resubmit("/saraban/outgoing/new", recipient="ก", subject="").status_code == 422
    assert clerk.tree.xpath("//select[@name='reserved']/option[contains(., 'คำสั่ง')]")
    chosen = clerk.tree.xpath("//select[@name='reserved']/option[contains(., 'คำสั่ง')]/@value")[0]
    assert clerk.resubmit("/saraban/outgoing/new", subject="ข", reserved=chosen).status_code == 302
    assert world.count("core_number", f"id = {chosen} and state = 'used'") == 1


def test_messages_that_nobody_reads_do_not_pile_up_in_a_session(world, clerk):
    for number in range(sessions.MOST_FLASHES + 4):
        clerk.submit(LIST + "new", sender="สพฐ.", subject=f"เรื่อง {number}", received_on=near())
        clerk.page = None
    with world.database.system_engine.connect() as connection:
        kept = [json.loads(row[0]) for row in connection.execute(text("select data from core_session"))]
    assert max(len(one.get("_flashes", ())) for one in kept) <= sessions.MOST_FLASHES


def test_a_connection_that_was_cut_while_it_rested_is_replaced(world, clerk, monkeypatch):
    if world.backend != "postgresql":
        return
    monkeypatch.setattr(database, "TRUSTED_SECONDS", 0.0)
    clerk.get(LIST)
    colleague = database.make_engine(world.khet.settings.database_url)
    with colleague.connect() as connection:
        cut = connection.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
                "and pid <> pg_backend_pid() and usename = current_user"
            )
        ).all()
    colleague.dispose()
    assert cut
    assert clerk.get(LIST).status_code == 200
