"""What head office reads of academic services over every district, recomputed from the districts' own pages."""

from __future__ import annotations

import io
from decimal import Decimal

from python_calamine import CalamineWorkbook
from sqlalchemy import select

from core.base.text.calendars import school_year
from core.base.text.thai import today
from core.platform.jobs import runner
from plugins.service_request import tables
from plugins.service_request.models import Activity, SurveyAnswer
from tests.support import HOME, World


def sheets(world: World, report: str, year: int) -> list[list[list]]:
    """Both sheets of a report of the nation, as head office opens them."""
    obec = world.browser("obec")
    answer = obec.post("/head-office/reports/", {"report": report, "year": str(year)})
    assert answer.status_code == 302
    runner.run_all(world.app)
    content = obec.get(f"/jobs/{answer.location.rpartition('/')[2]}/result").data
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [book.get_sheet_by_index(place).to_python() for place in (0, 1)]


def busy_year(world: World) -> int:
    """The school year in which the demo's activities were held."""
    with world.session() as s:
        return school_year(s.scalars(select(Activity.day).where(Activity.status == "held")).first())


def test_people_are_counted_once_however_many_questions_they_answered(world):
    year = busy_year(world)
    overview, lines = sheets(world, "service_request.satisfaction", year)
    mine = next(row for row in overview if row[0] == HOME)
    assert overview[2][3:] == ["People who answered", "x̄", "S.D.", "Level"]
    assert mine[3] == world.count(SurveyAnswer.__tablename__, f"district_id = {world.district_id()}")
    with world.session() as s:
        said = list(tables.satisfaction(s, year))
    assert tuple(mine[4:6]) == tuple(float(figure) for figure in said[-1][3:5]), "and the mean is the district's own"
    assert {row[2] for row in lines if row[0] == HOME} == {float(row[2]) for row in said[:-1]}


def test_indicators_reached_are_said_of_how_many_are_known(world):
    year = busy_year(world)
    overview, lines = sheets(world, "service_request.kpi", year)
    mine = [row for row in lines if row[0] == HOME]
    known = [row for row in mine if row[6] != "No data"]
    assert 0 < len(known) < len(mine), "the demo has an indicator of which nothing is known"
    reached = sum(row[6] == "Reached" for row in known)
    assert next(row for row in overview if row[0] == HOME)[3:] == [reached, len(known)]


def test_a_year_is_called_as_it_is_counted(world):
    year, obec = busy_year(world), world.browser("obec")
    for report, said in (("service_request.by_area", "School year"), ("cooperation.cases", "School year")):
        assert sheets(world, report, year)[0][1][0] == f"{said} {year}"
    assert "(B.E.)" in sheets(world, "saraban.by_month", year)[0][1][0]
    obec.get("/head-office/reports/")
    titles = obec.tree.xpath("//select[@name='report']/option/text()")
    assert [title for title in titles if title.endswith(("School year", "Year (B.E.)"))] == titles != []
    assert world.count("core_job") == 3
    assert world.count("core_job", f"title like '%{year}%'") == 3, "two years of one report are told apart"


def test_costs_of_a_year_are_added_up_to_the_satang(world):
    with world.session() as s:
        found = list(tables.expenses(s, busy_year(world)))
    assert found[-1][4] == sum((row[4] for row in found[:-1]), Decimal(0)) > 0
    director = world.browser(f"director.{HOME}")
    director.get(f"/reports/service_request.expenses?year={busy_year(world)}")
    assert f"{found[-1][4]:,.2f}" in director.text
    with world.session() as s:
        assert not list(tables.expenses(s, school_year(today()) - 5)), "no total of nothing"
