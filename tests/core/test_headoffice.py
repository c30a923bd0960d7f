"""Head office makes districts and sets the rules; a district cannot."""

from __future__ import annotations

import io
import zipfile

import pytest
from flask_babel import force_locale
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from core.exchange.reports import nation
from core.platform.jobs import runner
from core.platform.masterdata.models import District, Unit
from core.plugins import switches
from tests.core.doors import APP, KHET
from tests.support import HOME, OTHER

NEW = {"code": "nan1", "short_name": "สพป.น่าน เขต 1", "name": "สพป.น่าน เขต 1", "level": "primary"}


def test_head_office_makes_a_district_with_its_office(world):
    obec = world.browser("obec")
    obec.get("/head-office/districts/new")
    form = {**obec.fields(), **NEW}
    first = obec.client.post("/head-office/districts/new", data=form)
    second = obec.client.post("/head-office/districts/new", data=form)
    assert first.status_code == 302
    assert first.location == second.location, "the same form makes one district"
    assert "สพป.น่าน เขต 1" in obec.get(first.location).get_data(as_text=True)
    with world.database.system("test") as session:
        district = session.scalars(select(District).where(District.code == "nan1")).one()
        assert session.scalars(select(Unit.kind).where(Unit.district_id == district.id)).all() == ["office"]
    assert obec.submit("/head-office/districts/new", **NEW).status_code == 422
    assert any("taken" in error for error in obec.errors())
    assert obec.submit(f"{first.location}/edit", short_name="สพป.น่าน 1").status_code == 302


def test_head_office_sees_every_district_in_one_list(world):
    page = world.browser("obec").get("/head-office/districts/")
    assert "สพป.เลย เขต 3" in page.get_data(as_text=True)
    assert "สพป.เชียงใหม่ เขต 5" in page.get_data(as_text=True)


def test_a_district_reaches_no_page_of_head_office(world):
    for user in ("admin", "director", "clerk"):
        browser = world.browser(f"{user}.{HOME}")
        for path in ("/head-office/districts/", "/head-office/districts/new", "/head-office/modules/"):
            assert browser.get(path).status_code == 403
        assert browser.post("/head-office/modules/saraban", {"mode": "hidden"}).status_code == 403
        assert browser.post("/head-office/roles/1", {"on": "0"}).status_code == 403


def test_head_office_s_own_row_is_no_district_to_edit(world):
    with world.database.system("test") as session:
        own = session.scalars(select(District.id).where(District.level == "head_office")).one()
    assert world.browser("obec").get(f"/head-office/districts/{own}").status_code == 404
    data = {"mode": "hidden", "district": str(own)}
    assert world.browser("obec").post("/head-office/modules/saraban", data).status_code == 404


def test_head_office_takes_one_report_over_all_districts(world):
    with world.session(OTHER, f"admin.{OTHER}") as session:
        switches.switch(session, world.khet.switchboard, "saraban", on=False)
    obec, year = world.browser("obec"), world.fullest_year()
    answer = obec.post("/head-office/reports/", {"report": "saraban.by_month", "year": str(year)})
    assert answer.status_code == 302
    runner.run_all(world.app)
    number = answer.location.rpartition("/")[2]
    content = obec.get(f"/jobs/{number}/result").data
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    totals, lines = (book.get_sheet_by_index(place).to_python() for place in (0, 1))
    by_code = {row[0]: row for row in totals if row[0] in (HOME, OTHER)}
    assert by_code[OTHER][2:4] == ["Module off", ""], "a module that is off is listed as such"
    counted = world.count(
        "saraban_incoming",
        f"district_id = {world.district_id()} and secrecy = 0 and status <> 'cancelled' "
        f"and registered_on between '{year - 543}-01-01' and '{year - 543}-12-31'",
    )
    assert by_code[HOME][3] == counted > 0
    mine = [row for row in lines if row[0] == HOME]
    assert len(mine) == 12
    assert sum(row[3] for row in mine) == counted
    assert not [row for row in lines if row[0] == OTHER]
    assert any(name.startswith("xl/charts/") for name in zipfile.ZipFile(io.BytesIO(content)).namelist())


def test_a_district_takes_no_report_over_others(world):
    for user in ("admin", "director", "clerk"):
        browser = world.browser(f"{user}.{HOME}")
        sent = browser.post("/head-office/reports/", {"report": "saraban.by_month", "year": "2569"})
        assert sent.status_code == 403
    assert world.count("core_job") == 0


@pytest.mark.parametrize("locale", ["th", "en"])
def test_no_report_has_two_columns_of_one_heading(locale):
    """Neither an office's nor a sheet of the nation's, which has columns of its own before the report's."""
    registry = KHET.registry
    with APP.test_request_context("/"), force_locale(locale):
        headings = {
            report.key: [str(column.title) for column in report.columns]
            for _name, made in registry.each("khet_reports")
            for report in made
        }
        for report in registry.nation_reports.values():
            line, total = (
                tuple(0 if column.kind == "number" else "" for column in columns)
                for columns in (report.columns, report.summed)
            )
            with nation.workbook(report, 2569, [nation.Filled("loei3", "เลย เขต 3", [line], total)]) as file:
                book = CalamineWorkbook.from_filelike(io.BytesIO(file.read()))
            for sheet in book.sheet_names:
                headings[f"{report.key} · {sheet}"] = [
                    str(cell) for cell in book.get_sheet_by_name(sheet).to_python()[2]
                ]
    doubled = {name: titles for name, titles in headings.items() if len(set(titles)) < len(titles)}
    assert doubled == {}
    assert all(all(titles) for titles in headings.values()), "and none is empty"


def test_a_new_district_says_who_makes_its_first_administrator(world):
    obec = world.browser("obec")
    made = obec.submit("/head-office/districts/new", **NEW)
    assert made.status_code == 302, obec.errors()
    obec.get(made.location)
    assert "Whoever runs the server makes that account" in obec.text
    obec.get(f"/head-office/districts/{world.district_id()}")
    assert "First administrator" not in obec.text, "there is one"
