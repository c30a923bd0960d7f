"""A line of a table that is wrong says all that is wrong with it at once: whoever corrects it does so one time."""

from __future__ import annotations

import io

import pytest
from python_calamine import CalamineWorkbook

from core.exchange.imports.models import CHECKED
from core.platform.jobs import runner
from tests.core.test_imports import HEADING, lines, read, wrong
from tests.support import HOME


def admin_of(world):
    return world.browser(f"admin.{HOME}")


def test_a_line_with_faults_of_several_kinds_says_each_of_them(world):
    """No name (a cell), another area's amphoe and no level (rules), and a line that the file has already."""
    admin = admin_of(world)
    batch = read(
        world, admin,
        f"{HEADING}\n900001,บ้านหนึ่ง,,ด่านซ้าย,เลย,\n900001,,,เมืองเลย,เลย,undefined\n",
        amphoes="ด่านซ้าย",
    )  # fmt: skip
    assert (batch.state, batch.good, batch.bad) == (CHECKED, 1, 1)
    said = [
        "Fill this in.", "This amphoe does not belong to the area.", "Unknown level: undefined", "The same stands in line 2"
    ]  # fmt: skip
    admin.get(f"/imports/{batch.id}")
    assert all(one in admin.text for one in said), wrong(world, batch)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(admin.get(f"/imports/{batch.id}/refused").data))
    told = sheet.get_sheet_by_index(0).to_python()[-1][-1]
    assert all(one in told for one in said), told
    admin.get(f"/imports/{batch.id}/lines/{lines(world, batch)[3].id}")
    assert all(one in admin.text for one in said), "so does the form in which it is corrected"
    admin.post(f"/imports/{batch.id}/lines/{lines(world, batch)[3].id}", {"c-code": "900001", "c-amphoe": "เมืองเลย"})
    assert all(one in admin.text for one in (*said[:2], said[3]))
    assert said[2] not in admin.text


def test_a_user_s_unit_is_looked_for_whatever_is_wrong_with_the_role(world):
    heading = "ชื่อผู้ใช้,ชื่อ,นามสกุล,บทบาท,หน่วยงาน,อีเมล\n"
    batch = read(world, admin_of(world), f"{heading}a b!,,ใจดี,ไม่มีบทบาทนี้,หน่วยที่ไม่มี,x\n", what="core.users")
    assert set(lines(world, batch)[2].errors) == {"name", "first_name", "role_id", "unit", "mail_address"}


def test_what_a_form_has_no_field_for_is_said_above_it(world):
    """The names came in one cell; what is wrong is the first name that was made of it."""
    admin = admin_of(world)
    people = "ชื่อ-สกุล\nนายสมชาย ใจดีมาก\n"
    taken = read(world, admin, people, what="core.people")
    admin.post(f"/imports/{taken.id}/take")
    runner.run_all(world.app)
    batch = read(world, admin, f"{people}\n", "อีกครั้ง.csv", what="core.people")
    page, form = f"/imports/{batch.id}", f"/imports/{batch.id}/lines/{lines(world, batch)[2].id}"
    for address in (page, form):
        admin.get(address)
        assert "First name: The district has a person of this name already." in admin.text


@pytest.mark.parametrize("number", ["", "สิบสอง"])
def test_a_register_s_line_without_its_number_says_what_else_is_wrong(world, number):
    clerk = world.browser(f"clerk.{HOME}")
    text = f"เลขทะเบียนรับ,ปี,ที่,ลงวันที่,จาก,เรื่อง\n{number},2561,ที่ 1,14/6/55,,เรื่องหนึ่ง\n{number},ปีก่อน,ที่ 1,14/6/55,,เรื่อง\n"
    batch = read(world, clerk, text, "ทะเบียน.csv", "saraban.incoming", unit_id=world.unit(), year=2561)
    assert set(lines(world, batch)[2].errors) == {"number", "sender", "doc_date"}
    assert set(lines(world, batch)[3].errors) == {"number", "sender", "year"}, "no day is held against a year unread"


def test_a_secret_letter_s_words_are_not_kept_whatever_else_is_wrong_with_its_line(world):
    clerk = world.browser(f"clerk.{HOME}")
    text = "เลขทะเบียนรับ,ที่,ลงวันที่,จาก,เรื่อง,ชั้นความลับ\n,ที่ 1,วันวาน,จังหวัด,เรื่องปกปิด,ลับ\n"
    batch = read(world, clerk, text, "ทะเบียน.csv", "saraban.incoming", unit_id=world.unit(), year=2561)
    line = lines(world, batch)[2]
    assert (line.cells, line.values, list(line.errors)) == ([], {}, [""])
    assert "A secret letter is not taken in here" in line.errors[""]


TABLES = {
    "core.schools": ("admin", HEADING),
    "core.people": ("admin", "คำนำหน้า,ชื่อ,นามสกุล,ตำแหน่ง,หน่วยงาน,วันที่เริ่ม"),
    "core.users": ("admin", "ชื่อผู้ใช้,ชื่อ,นามสกุล,บทบาท,หน่วยงาน,อีเมล"),
    "saraban.incoming": ("clerk", "เลขทะเบียนรับ,ปี,ที่,ลงวันที่,วันที่รับ,จาก,เรื่อง"),
    "saraban.outgoing": ("clerk", "เลขทะเบียนส่ง,ปี,ที่,ลงวันที่,จาก,เรื่อง"),
}


@pytest.mark.parametrize("said", ["", "\ufffd", "ก" * 3000])
@pytest.mark.parametrize("key", TABLES)
def test_every_import_reads_a_line_of_which_no_cell_can_be_used(world, key, said):
    """Missing, damaged, too long: the rules of a module are asked all the same, and each cell is named."""
    who, heading = TABLES[key]
    more = {"unit_id": world.unit(), "year": 2561} if who == "clerk" else {}
    text = f"seen,{heading}\n1,{','.join([said] * len(heading.split(',')))}\n"
    batch = read(world, world.browser(f"{who}.{HOME}"), text, "ตาราง.csv", key, **more)
    assert (batch.state, batch.good, batch.bad) == (CHECKED, 0, 1)
    assert len(lines(world, batch)[2].errors) >= (2 if not said else 5)


def test_no_import_is_left_out_above(world):
    kinds = {one.key for _name, made in world.khet.registry.each("khet_importers") for one in made}
    assert kinds == set(TABLES)
