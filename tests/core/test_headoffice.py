"""Head office makes districts and sets the rules; a district cannot."""

from __future__ import annotations

from sqlalchemy import select

from core.masterdata.models import District, Unit
from tests.support import HOME

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
