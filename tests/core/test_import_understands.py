"""An import shows what it understood, refuses what the form would refuse, reads every sheet, and keeps secrets."""

from __future__ import annotations

import io
from datetime import date

import pytest
import xlsxwriter
from sqlalchemy import select

from core.base.text import names
from core.base.text.thai import buddhist_year, today
from core.exchange.imports import services
from core.exchange.imports.declare import ImportColumn, read_cell
from core.exchange.imports.models import CHECKED, DONE, REFUSED, SHEET, Import
from core.platform.masterdata.models import Person, Unit
from core.records.files import store
from core.records.files.models import Attachment
from plugins.saraban.models.letters import IncomingLetter
from tests.core.test_imports import DUMP, lines, load, read, runner, take, wrong
from tests.support import HOME

HEAD = ("เลขทะเบียนรับ", "วันที่รับ", "ที่", "ลงวันที่", "จาก", "เรื่อง")
INCOMING, OUTGOING = "saraban.incoming", "saraban.outgoing"


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}", "th")


def line(number: int, received: str = "15/6/61", dated: str = "14/6/61") -> tuple[object, ...]:
    return (number, received, f"ศธ 1/{number}", dated, "สพฐ.", f"เรื่องที่ {number}")


def sheets(**named) -> bytes:
    """A workbook with these sheets; a name that ends in _hidden is hidden."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for name, rows in named.items():
            sheet = book.add_worksheet(name.removesuffix("_hidden"))
            if name.endswith("_hidden"):
                sheet.hide()
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
        next(sheet for sheet in book.worksheets() if not sheet.hidden).activate()
    return file.getvalue()


def of_register(world, clerk, content, name="ทะเบียน.xlsx"):
    return read(world, clerk, content, name, INCOMING, unit_id=world.unit(), year="2561")


def test_a_register_with_a_sheet_a_month_is_read_whole(world, clerk):
    book = sheets(
        ปก=[("ทะเบียนหนังสือรับ",)], เก่า_hidden=[HEAD, line(99)],
        มค=[HEAD, line(1), line(2)], กพ=[("เดือนกุมภาพันธ์",), HEAD, line(3)], สรุป=[("เดือน", "จำนวน"), ("ม.ค.", 2)],
    )  # fmt: skip
    batch = of_register(world, clerk, book)
    assert (batch.state, batch.total, batch.good) == (CHECKED, 3, 3), (batch.problem, wrong(world, batch))
    page = clerk.get(f"/imports/{batch.id}").get_data(as_text=True)
    assert "ปก" in batch.problem
    assert "สรุป" in batch.problem
    assert "14 มิ.ย. 2561" in page, "the days as they were understood"
    assert "อ่านแผ่น สรุป แทน" in " ".join(page.split())
    taken = take(world, clerk, batch)
    assert (taken.state, taken.taken) == (DONE, 3)


def test_a_fault_is_told_with_its_sheet(world, clerk):
    batch = of_register(world, clerk, sheets(มค=[HEAD, line(1)], กพ=[HEAD, line(1)]))
    assert (batch.good, batch.bad) == (1, 1)
    assert list(wrong(world, batch)) == [SHEET + 2]
    assert "มค 2" in wrong(world, batch)[SHEET + 2]
    assert "กพ 2" in clerk.get(f"/imports/{batch.id}").get_data(as_text=True)


def test_another_sheet_is_read_where_its_headings_are_others(world, clerk):
    other = ("เลขรับ", "รับวันที่", "ที่หนังสือ", "ลงวันที่", "ผู้ส่ง", "เรื่อง")
    batch = of_register(world, clerk, sheets(หนึ่ง=[HEAD, line(1)], สอง=[other, line(7), line(8)]))
    assert batch.total == 1
    clerk.post(f"/imports/{batch.id}/other_sheet", {"name": "สอง"})
    runner.run_all(world.app)
    again = load(world, batch.id)
    assert (again.state, again.sheet, again.good) == (CHECKED, "สอง", 2), wrong(world, again)
    assert clerk.post(f"/imports/{batch.id}/other_sheet", {"name": "ไม่มีแผ่นนี้"}).status_code == 404


@pytest.mark.parametrize(
    ("received", "dated", "said"),
    [
        ("15/6/61", "14/6/1961", "ไม่อยู่ในทะเบียนปี"),  # 14/6/61 typed into an English Excel
        ("15/6/61", "14/6", "ไม่มีปี"),
        ("15/6/61", "14/6/18", "ไม่อยู่ในทะเบียนปี"),  # two digits of ค.ศ.
        ("10/6/61", "14/6/61", "ก่อนวันที่ลงในหนังสือ"),
        ("15/6/60", "14/6/60", "ไม่อยู่ในทะเบียนปี"),
    ],
)
def test_a_day_that_the_form_would_refuse_is_refused_at_its_line(world, clerk, received, dated, said):
    batch = of_register(world, clerk, sheets(ก=[HEAD, line(1, received, dated), line(2)]))
    assert (batch.good, batch.bad) == (1, 1)
    page = clerk.get(f"/imports/{batch.id}").get_data(as_text=True)
    assert said in page, wrong(world, batch)


def test_a_day_of_a_sent_letter_is_in_its_books_year_and_not_to_come(world, clerk):
    """The register of what goes out has no day of receipt: the letter's own day is the day of its number."""
    head = ("เลขทะเบียนส่ง", "ที่", "ลงวันที่", "จาก", "ถึง", "เรื่อง")
    next_year = f"1/1/{buddhist_year(today()) + 1}"
    days = ("14/6/61", "", "31/12/60", "1/1/62", next_year)
    rows = [(n, f"ศธ 2/{n}", day, "สพป.", "สพฐ.", f"เรื่องที่ {n}") for n, day in enumerate(days, 1)]
    batch = read(world, clerk, sheets(ก=[head, *rows]), "ส่ง.xlsx", OUTGOING, unit_id=world.unit(), year="2561")
    said = {number: line.errors for number, line in lines(world, batch).items() if line.errors}
    assert (batch.good, list(said), {key for one in said.values() for key in one}) == (2, [4, 5, 6], {"doc_date"})
    assert all("ไม่อยู่ในทะเบียนปี" in one["doc_date"] for one in said.values()), "a letter of the year before too"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("ลว. 5 ม.ค. 60", date(2017, 1, 5)), ("ลงวันที่ 5 มกราคม 2560", date(2017, 1, 5)),
        ("วันพฤหัสบดีที่ 5 มกราคม 2560", date(2017, 1, 5)), ("05/01/2560 00:00:00", date(2017, 1, 5)),
        ("2017-01-05 00:00:00", date(2017, 1, 5)), ("5/1/2560 09:30", date(2017, 1, 5)), ("-", None), ("ไม่มี", None),
    ],
)  # fmt: skip
def test_days_are_read_as_registers_hold_them(world, typed, wanted):
    with world.app.test_request_context():
        assert read_cell(ImportColumn("d", "ลงวันที่", "date"), typed, date(2026, 11, 28)) == (wanted, "")


def test_a_secret_letter_of_a_dump_becomes_no_open_one_and_its_words_are_not_kept(world, clerk):
    dump = DUMP.replace("  `comment` text,\n", "  `comment` text,\n  `secret` int(1) NOT NULL,\n")
    dump = dump.replace("'2015-01-06', '')", "'2015-01-06', '', 0)").replace(
        "'2015-01-07', 'x')", "'2015-01-07', 'x', 1)"
    )
    batch = read(world, clerk, dump.encode(), "amss.sql", INCOMING, unit_id=world.unit(), year="2560")
    assert (batch.good, batch.bad) == (1, 1)
    secret = next(one for one in lines(world, batch).values() if one.errors)
    assert (secret.cells, secret.values) == ([], {})
    page = clerk.get(f"/imports/{batch.id}").get_data(as_text=True)
    assert "หนังสือลับนำเข้าทางนี้ไม่ได้" in page
    assert "สองบรรทัด" not in page
    taken = take(world, clerk, batch)
    assert taken.taken == 1
    assert world.count("saraban_incoming", "subject like '%สองบรรทัด%'") == 0


def test_the_number_of_a_refused_line_is_not_called_cancelled_and_can_be_taken_in_when_it_is_mended(world, clerk):
    rows = [HEAD, line(1), line(2, received="31/2/61"), line(3)]
    taken = take(world, clerk, of_register(world, clerk, sheets(ทะเบียน=rows)))
    assert (taken.state, taken.taken) == (DONE, 2)
    assert world.count("core_number", "year = 2561 and number = 2") == 0
    mended = take(world, clerk, of_register(world, clerk, sheets(แก้ไข=[HEAD, line(2)]), "แก้ไข.xlsx"))
    assert (mended.state, mended.taken) == (DONE, 1), wrong(world, mended)


def test_why_a_secret_line_was_refused_is_said_again_when_the_columns_are_named_anew(world, clerk):
    rows = [(*HEAD, "ชั้นความลับ"), (*line(1), ""), (*line(2), "ลับมาก")]
    batch = of_register(world, clerk, sheets(ทะเบียน=rows))
    again = {
        f"c-{key}": str(at)
        for at, key in enumerate(("number", "received_on", "doc_no", "doc_date", "sender", "subject"))
    }
    answer = clerk.submit(f"/imports/{batch.id}/columns", **again, **{"c-secrecy": "6", "heading": "1"})
    assert answer.status_code == 302
    runner.run_all(world.app)
    page = clerk.get(f"/imports/{batch.id}").get_data(as_text=True)
    assert "หนังสือลับนำเข้าทางนี้ไม่ได้" in page
    assert "กรุณากรอกช่องนี้" not in page


def test_a_day_of_receipt_that_the_file_does_not_say_is_asked_for_before_it_is_made_up(world, clerk):
    short = tuple(head for head in HEAD if head != "วันที่รับ")
    rows = [(line(n)[0], *line(n, dated=day)[2:]) for n, day in ((1, "14/6/61"), (2, "30/12/60"), (3, ""))]
    batch = of_register(world, clerk, sheets(ทะเบียน=[short, *rows]))
    page = clerk.get(f"/imports/{batch.id}").get_data(as_text=True)
    assert "ในไฟล์ไม่มี ใช้แทน: วันที่ของหนังสือ" in page
    assert take(world, clerk, batch).taken == 3
    with world.session() as s:
        found = select(IncomingLetter).where(IncomingLetter.import_id == batch.id).order_by(IncomingLetter.number)
        days = [(one.received_on, one.year) for one in s.scalars(found)]
    assert days == [(date(2018, 6, 14), 2561), (date(2018, 1, 1), 2561), (date(2018, 1, 1), 2561)]
    head = tuple("วันลงทะเบียน" if one == "วันที่รับ" else one for one in HEAD)
    batch = of_register(world, clerk, sheets(ทะเบียน=[head, line(4, received="15/6/61"), line(5, received="")]))
    page = clerk.get(f"/imports/{batch.id}").get_data(as_text=True)
    assert "15 มิ.ย. 2561" in page
    assert "ไม่ระบุ 1 รายการ ใช้แทน:" in page


def kept_files(world) -> int:
    return world.count("core_attachment", "kind = 'core_import'")


def test_the_file_goes_as_soon_as_its_lines_are_taken_in_or_it_is_refused(world, clerk):
    batch = of_register(world, clerk, sheets(ทะเบียน=[HEAD, line(1)]))
    with world.session() as s:
        (file,) = store.attachments(s, s.get(Import, batch.id))
        path = store.path_of(world.khet.settings.files_dir, file)
    assert clerk.get(f"/imports/{batch.id}/files/{file.id}").status_code == 404, "it has no address"
    assert take(world, clerk, batch).state == DONE
    assert (kept_files(world), path.exists()) == (0, False)
    assert of_register(world, clerk, b"\n \n", "ว่าง.csv").state == REFUSED
    assert kept_files(world) == 0
    runner.run_all(world.app)


def test_a_file_with_secret_lines_is_not_kept_beside_the_others(world, clerk):
    rows = [(*HEAD, "ชั้นความลับ"), (*line(1), ""), (*line(2), "ลับมาก")]
    batch = of_register(world, clerk, sheets(ทะเบียน=rows, อื่น=[("เดือน",), ("ม.ค.",)]))
    assert (batch.state, batch.good, batch.bad, kept_files(world)) == (CHECKED, 1, 1, 0)
    page = clerk.get(f"/imports/{batch.id}").get_data(as_text=True)
    assert "อ่านแผ่น" not in page
    assert clerk.post(f"/imports/{batch.id}/other_sheet", {"name": "อื่น"}).status_code == 302
    assert "กรุณาเลือกไฟล์อีกครั้ง" in clerk.get(f"/imports/{batch.id}").get_data(as_text=True)
    assert take(world, clerk, batch).taken == 1


def test_files_of_imports_from_before_go_with_the_next_sweep(world, clerk):
    batch = of_register(world, clerk, sheets(ทะเบียน=[HEAD, line(1)]))
    waits = of_register(world, clerk, sheets(ทะเบียน=[HEAD, line(2)]), "รอ.xlsx")
    world.owner(f"update core_import set state = '{DONE}' where id = {batch.id}")
    with world.session() as s:
        services.sweep(s, world.khet.settings.files_dir)
    with world.session() as s:
        assert [one.record_id for one in s.scalars(select(Attachment).where(Attachment.kind == "core_import"))] == [
            waits.id
        ]


# -- names of people ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("นายสมชาย ใจดี", ("นาย", "สมชาย", "ใจดี")), ("นางสาว สมใจ ใจดี", ("นางสาว", "สมใจ", "ใจดี")),
        ("น.ส.สมใจ ใจดี", ("น.ส.", "สมใจ", "ใจดี")), ("ว่าที่ ร.ต.หญิง สมใจ ใจดี", ("ว่าที่ ร.ต.หญิง", "สมใจ", "ใจดี")),
        ("ผศ. ดร. สมชาย ใจดี", ("ผศ. ดร.", "สมชาย", "ใจดี")), ("ด.ช.สมชาย ใจดี", ("ด.ช.", "สมชาย", "ใจดี")),
        ("นายิกา ใจดี", ("", "นายิกา", "ใจดี")), ("หญิง ใจดี", ("", "หญิง", "ใจดี")),
        ("นายสมชาย ณ อยุธยา", ("นาย", "สมชาย", "ณ อยุธยา")), ("นางเอื้อง ใจดี", ("นาง", "เอื้อง", "ใจดี")),
        ("นายสมชาย", None), ("นาย สมชาย", None), ("สมชาย ใจดี ทองดี", None), ("นาย", None),
        ("10 คน", None), ("รวม ๑๐", None), ("นายคน1 ที่2", ("นาย", "คน1", "ที่2")),
    ],
)  # fmt: skip
def test_a_name_in_one_cell_is_parted_where_it_says_for_sure_which_is_which(typed, wanted):
    if wanted is None:
        with pytest.raises(ValueError, match=typed):
            names.parted(typed)
    else:
        assert names.parted(typed) == wanted


@pytest.fixture
def admin(world):
    return world.browser(f"admin.{HOME}", "th")


def of_people(world, admin, *rows):
    return read(world, admin, "\n".join(rows), what="core.people")


def people(world, batch) -> list[tuple[str, str, str]]:
    with world.session() as s:
        found = select(Person).where(Person.import_id == batch.id).order_by(Person.id)
        return [(one.title, one.first_name, one.last_name) for one in s.scalars(found)]


@pytest.mark.parametrize("heading", ["ชื่อ-สกุล", "ชื่อ – นามสกุล", "ชื่อและนามสกุล", "ชื่อสกุล", "full name"])
def test_people_come_from_a_table_with_their_names_in_one_column(world, admin, heading):
    batch = of_people(world, admin, heading, "นายสมชาย ใจดีมาก", "นายสมปอง", "สมใจ ใจดี ทองดี", "นางสมใจ ใจดีมาก")
    assert (batch.state, batch.good, list(wrong(world, batch))) == (CHECKED, 2, [3, 4])
    page = admin.get(f"/imports/{batch.id}").get_data(as_text=True)
    assert "นาย | สมชาย | ใจดีมาก" in page, "as it was understood"
    assert "ไม่แน่ใจว่าคำใดเป็นชื่อ" in page
    taken = take(world, admin, batch)
    assert people(world, taken) == [("นาย", "สมชาย", "ใจดีมาก"), ("นาง", "สมใจ", "ใจดีมาก")]


def test_a_title_that_is_glued_to_a_first_name_is_parted_and_a_school_is_known_behind_its_letters(world, admin):
    with world.session() as s:
        school = s.scalars(select(Unit.name).where(Unit.kind == "school").order_by(Unit.id)).first()
    bare = school.removeprefix("โรงเรียน")
    rows = [f"น.ส.สมใจ,ลองดู,ครู,ร.ร.{bare}", f"นางนวล,ลองดู,ครู,รร. {bare}"]
    batch = of_people(world, admin, "ชื่อ,ชื่อสกุล,ตำแหน่ง,โรงเรียน", *rows)
    assert (batch.good, wrong(world, batch)) == (2, {}), "ชื่อสกุล beside ชื่อ is the last name"
    assert people(world, take(world, admin, batch)) == [("น.ส.", "สมใจ", "ลองดู"), ("นาง", "นวล", "ลองดู")]
    both = of_people(world, admin, "คำนำหน้า,ชื่อ,นามสกุล", "นาย,นายสมหมาย,ลองดู", "นาย,นางนวล,ลองดู")
    assert people(world, take(world, admin, both)) == [("นาย", "สมหมาย", "ลองดู"), ("นาย", "นางนวล", "ลองดู")]


def test_users_come_from_a_table_with_their_names_in_one_column(world, admin):
    batch = read(world, admin, "ชื่อผู้ใช้,ชื่อ-สกุล\none,นายสมชาย ใจดี\ntwo,สมชาย\n", what="core.users")
    assert (batch.good, list(wrong(world, batch))) == (1, [3])
    values = lines(world, batch)[2].values
    assert (values["first_name"], values["last_name"]) == ("สมชาย", "ใจดี")
