"""สมุดผู้มาติดต่อ: everything that a module inherits, and a day at the gate."""

from __future__ import annotations

from pathlib import Path

import pytest
from khet_visitor_book import plugin
from khet_visitor_book.models import Visit
from visitor_book_probes import typed

from core.exchange.imports.models import CHECKED, DONE
from core.ops import catalogue
from core.platform.jobs import runner
from core.plugins import migrate
from tests.core.test_imports import read, take, wrong
from tests.module_check import ModuleCheck
from tests.support import HOME, near


class TestVisitorBook(ModuleCheck):
    module = "visitor_book"


@pytest.fixture
def world(filled):
    """The module is on, and its roles are held as the probes say."""
    return filled[0]


def test_a_day_at_the_gate(world):
    """Numbered without a gap, sent home, struck out for a reason, read by the director and by nobody of a school."""
    gate, unit = world.browser(f"clerk.{HOME}"), world.unit()
    made = []
    for name in ("สมหญิง", "สมชาย"):
        answer = gate.submit("/visitor_book/new", **typed(name=name, unit_id=unit))
        assert answer.status_code == 302, gate.errors()
        made.append(int(answer.location.rpartition("/")[2]))
    with world.session() as session:
        first, second = (session.get_one(Visit, one) for one in made)
        assert (second.number, second.year) == (first.number + 1, first.year)
    assert gate.submit(f"/visitor_book/bulk/leave?ids={made[0]}").status_code == 302
    assert gate.submit(f"/visitor_book/bulk/strike?ids={made[1]}").status_code == 422, "say why"
    assert gate.submit(f"/visitor_book/bulk/strike?ids={made[1]}", reason="จดซ้ำ").status_code == 302
    assert gate.get(f"/visitor_book/{made[0]}/edit").status_code != 200, "who left is not corrected"
    assert gate.submit("/visitor_book/new", **typed(came_on=near(1), unit_id=unit)).status_code == 422
    director = world.browser(f"director.{HOME}")
    director.get(f"/visitor_book/{made[1]}")
    assert "จดซ้ำ" in director.text
    assert world.browser(f"school.{HOME}").get("/visitor_book/").status_code == 403


def test_the_paper_book_comes_in_with_its_numbers_and_its_gaps(world):
    rows = "เลขทะเบียน,วันที่,ชื่อ,หน่วยงาน,matter,purpose\n11,2/1/67,นางสาวเขียว,อบต.,contact,ขอข้อมูล\n13,3/1/67,นายแดง,,meeting,ประชุม\n"
    gate = world.browser(f"clerk.{HOME}")
    batch = read(world, gate, rows, what="visitor_book.visits", unit_id=world.unit(), year=2567)
    assert (batch.state, batch.good, batch.bad) == (CHECKED, 2, 0), wrong(world, batch)
    batch = take(world, gate, batch)
    assert (batch.state, batch.taken) == (DONE, 2)
    assert world.count("visitor_book_visit", "year = 2567 and status = 'left' and number in (11, 13)") == 2
    assert world.count("core_number", "book = 'visitor_book.visits' and year = 2567 and state = 'cancelled'") == 1
    gate.post(f"/imports/{batch.id}/undo")
    runner.run_all(world.app)
    assert world.count("visitor_book_visit", "year = 2567") == 0


def test_it_is_counted_at_home_reported_and_read_by_other_systems(world):
    gate = world.browser(f"clerk.{HOME}")
    gate.get("/")
    assert "Visitors in the house" in gate.text
    for address in ("/reports/visitor_book.visits", "/books/", "/help/visitor_book", "/api/v1/visits/"):
        assert gate.get(address).status_code == 200, address
    for kind in ("kanban", "calendar", "pivot", "chart"):
        assert gate.get(f"/visitor_book/?view={kind}").status_code == 200, kind


def test_its_tables_come_and_go(world):
    engine, registry = world.database.owner_engine(), world.khet.registry
    migrate.downgrade(engine, registry, "visitor_book")
    assert migrate.pending(engine, registry) == ["visitor_book"]
    migrate.upgrade(engine, registry)
    engine.dispose()


def test_every_text_has_its_thai():
    assert catalogue.missing(Path(plugin.__file__).parent) == []
