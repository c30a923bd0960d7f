"""Moving in: what is in the file is said line by line, nothing is lost, nothing is half there, all of it can go again."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from werkzeug.security import check_password_hash

from core.base import permissions
from core.base.text.thai import buddhist_year, today
from core.exchange.imports.models import CHECKED, DONE, MAPPING, UNDONE, Import, ImportLine
from core.exchange.imports.services import sweep
from core.platform.jobs import runner
from core.platform.masterdata.models import Person, School
from core.platform.numbering import engine
from core.platform.numbering.models import LedgerNumber
from core.platform.users.models import Account
from core.records.files import store
from core.storage import writer_queue
from plugins.saraban.models import letters as saraban
from plugins.saraban.models.letters import IncomingLetter
from tests.core import stand_ins
from tests.core.old_workbook import old_workbook
from tests.support import HOME, OTHER

SCHOOLS = "core.schools"
HEADING = "รหัส,ชื่อโรงเรียน,ตำบล,อำเภอ,จังหวัด,ระดับ"


@pytest.fixture
def admin(world):
    return world.browser(f"admin.{HOME}")


def upload(browser, name: str, content: bytes) -> int:
    answer = browser.post("/uploads/", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer.get_json()["id"]


def read(world, browser, content, name="ข้อมูล.csv", what=SCHOOLS, **more) -> Import:
    """Hand a file in and let the worker read and check it."""
    content = content.encode() if isinstance(content, str) else content
    answer = browser.post(f"/imports/new?what={what}", {"files": upload(browser, name, content), **more})
    assert answer.status_code == 302, browser.text[-900:]
    runner.run_all(world.app)
    return load(world, int(answer.location.rpartition("/")[2]))


def load(world, number: int) -> Import:
    with world.database.system("test") as session:
        found = session.get(Import, number)
        assert found is not None
        return found


def lines(world, batch: Import) -> dict[int, ImportLine]:
    with world.database.system("test") as session:
        return {row.line: row for row in session.scalars(select(ImportLine).where(ImportLine.import_id == batch.id))}


def wrong(world, batch: Import) -> dict[int, str]:
    return {number: " ".join(line.errors.values()) for number, line in lines(world, batch).items() if line.errors}


def test_what_is_taken_in_in_another_s_place_says_so_in_the_history(world):
    stand_ins.everybody(world)
    right = {("import", permissions.SCHOOLS), ("add", permissions.IMPORTS)}
    stand_ins.hold(world, "clerk", stand_ins.READING, stand_ins.READING | right)
    acting = world.browser(f"{stand_ins.ACTING}.{HOME}")
    batch = read(world, acting, f"{HEADING}\n900001,บ้านหนึ่ง,,ด่านซ้าย,เลย,\n")
    assert take(world, acting, batch).state == DONE
    mine = f"actor_id = {world.account(f'{stand_ins.ACTING}.{HOME}').id} and kind = 'core_school'"
    assert world.count("core_timeline", mine) == 1
    assert world.count("core_timeline", f"{mine} and actor_name like '%acting for%'") == 1


def take(world, browser, batch: Import) -> Import:
    browser.post(f"/imports/{batch.id}/take")
    runner.run_all(world.app)
    return load(world, batch.id)


def workbook(rows, **merge) -> bytes:
    """A workbook of these rows; `merge` as merge="A1:B1"."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "d/m/yyyy"}) as book:
        sheet = book.add_worksheet("ข้อมูล")
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write(at, place, cell)
        if "merge" in merge:
            sheet.merge_range(merge["merge"], "รวม")
    return file.getvalue()


def test_every_line_is_checked_before_anything_is_taken_in(world, admin):
    before = world.count("core_school")
    batch = read(
        world, admin,
        f"{HEADING}\n900001,บ้านหนึ่ง,,ด่านซ้าย,เลย,อนุบาล-ประถมศึกษา\n900002,,,ด่านซ้าย,เลย,\n"
        "900003,บ้านสาม,,เมืองเลย,เลย,\n900004,บ้านสี่,,ด่านซ้าย,เลย,undefined\n900001,บ้านห้า,,ด่านซ้าย,เลย,\n",
        amphoes="ด่านซ้าย, ภูเรือ",
    )  # fmt: skip
    assert (batch.state, batch.good, batch.bad) == (CHECKED, 1, 4)
    said = wrong(world, batch)
    assert "Fill this in" in said[3]
    assert "does not belong to the area" in said[4]
    assert "Unknown level" in said[5]
    assert "อนุบาล, ประถมศึกษา, มัธยมศึกษาตอนต้น" in said[5], "with the words that are known"
    assert "line 2" in said[6], "the same code twice in the file"
    assert world.count("core_school") == before, "a dry run writes no school"


def test_the_good_lines_are_taken_and_the_others_come_back_as_a_workbook(world, admin):
    batch = read(world, admin, f"{HEADING}\n900001,บ้านหนึ่ง,,ด่านซ้าย,เลย,\n900002,,,ด่านซ้าย,เลย,\n")
    batch = take(world, admin, batch)
    assert (batch.state, batch.taken, batch.visible) == (DONE, 1, True)
    admin.get("/schools/?q=บ้านหนึ่ง")
    assert "900001" in admin.text
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(admin.get(f"/imports/{batch.id}/refused").data))
    rows = sheet.get_sheet_by_index(0).to_python()
    assert rows[-1][:1] == ["900002"]
    assert "Fill this in" in rows[-1][-1]


def test_nobody_waits_to_save_while_a_line_is_compared_with_the_others(world, admin, monkeypatch):
    from core.exchange.imports import services

    real, held = services._same_in_file, []

    def watched(*given):
        held.append(writer_queue.writing())
        return real(*given)

    monkeypatch.setattr(services, "_same_in_file", watched)
    batch = read(world, admin, f"{HEADING}\n900002,,,ด่านซ้าย,เลย,\n900003,บ้านสาม,,ด่านซ้าย,เลย,\n")
    line = lines(world, batch)[2]
    assert admin.submit(f"/imports/{batch.id}/lines/{line.id}", **{"c-name": "บ้านสอง"}).status_code == 302
    assert held == [False]


def test_an_import_reads_the_file_that_was_handed_in_whatever_else_lies_with_it(world, admin):
    other = upload(admin, "ก่อน.csv", f"{HEADING}\n42010201,โรงเรียนอื่น,ตาดข่า,หนองหิน,เลย,ประถมศึกษา".encode())
    content = f"{HEADING}\n42010202,โรงเรียนนี้,ตาดข่า,หนองหิน,เลย,ประถมศึกษา".encode()
    answer = admin.post(f"/imports/new?what={SCHOOLS}", {"files": upload(admin, "ข้อมูล.csv", content)})
    batch = load(world, int(answer.location.rpartition("/")[2]))
    with world.session(user=f"admin.{HOME}") as s:
        store.attach(s, s.get(Import, batch.id), [other])
    runner.run_all(world.app)
    assert [line.values["name"] for line in lines(world, batch).values() if line.values] == ["โรงเรียนนี้"]


def test_a_line_is_corrected_on_screen(world, admin):
    batch = read(world, admin, f"{HEADING}\n900002,,ก,ด่านซ้าย,เลย,\n900003,บ้านสาม,ก,ด่านซ้าย,เลย,\n")
    line = lines(world, batch)[2]
    still = admin.submit(f"/imports/{batch.id}/lines/{line.id}", **{"c-name": "บ้านสาม"})
    assert still.status_code == 422, "the same name of the same tambon stands in line 3"
    assert "line 3" in admin.text
    assert admin.submit(f"/imports/{batch.id}/lines/{line.id}", **{"c-name": "บ้านสอง"}).status_code == 302
    batch = load(world, batch.id)
    assert (batch.good, batch.bad) == (2, 0)
    assert take(world, admin, batch).taken == 2


def test_lines_that_were_checked_before_a_column_was_added_are_corrected_and_taken_in(world, admin):
    batch = read(world, admin, f"{HEADING}\n900002,,,ด่านซ้าย,เลย,\n,บ้านสาม,,ด่านซ้าย,เลย,\n")
    checked = lines(world, batch)
    with world.database.system("test", write=True) as session:
        older = session.get(ImportLine, checked[3].id)
        older.values = {key: value for key, value in older.values.items() if key not in ("subdistrict", "size")}
        assert len(older.values) == len(checked[3].values) - 2
    assert admin.submit(f"/imports/{batch.id}/lines/{checked[2].id}", **{"c-name": "บ้านสอง"}).status_code == 302
    assert take(world, admin, load(world, batch.id)).taken == 2


def test_an_office_s_own_headings_are_named_by_hand(world, admin):
    batch = read(world, admin, "สถานที่,ที่ตั้ง,จว.\nบ้านหนึ่ง,ด่านซ้าย,เลย\n")
    assert batch.state == MAPPING
    page = f"/imports/{batch.id}/columns"
    refused = admin.submit(page, **{"c-name": "0", "c-amphoe": "0", "c-province": "2", "heading": "1"})
    assert refused.status_code == 422
    assert "chosen twice" in admin.text
    assert admin.submit(page, **{"c-name": "0", "c-amphoe": "1", "c-province": "2", "heading": "1"}).status_code == 302
    runner.run_all(world.app)
    assert load(world, batch.id).good == 1


def test_whoever_is_told_that_a_step_has_ended_reads_how_far_the_import_is(world, admin):
    def told() -> str:
        return world.browser(f"admin.{HOME}").get("/notices/").get_data(as_text=True)

    read(world, admin, "สถานที่,ที่ตั้ง\nบ้านหนึ่ง,ด่านซ้าย\n", "ก.csv")
    assert "Ended: ก.csv – Columns to be named" in told()
    assert read(world, admin, 'ชื่อ,"เปิดไม่ปิด\nก,ข\n', "ข.csv").state == "refused"
    assert "Ended: ข.csv – Refused" in told()
    batch = read(world, admin, f"{HEADING}\n99000001,บ้านหนึ่ง,โคกงาม,ด่านซ้าย,เลย,ประถมศึกษา\n", "ค.csv")
    assert "Ended: ค.csv – Checked, not yet taken in" in told()
    take(world, admin, batch)
    assert "Ended: ค.csv – Taken in" in told()
    assert "Done: " not in told()


def test_a_file_without_a_heading_and_one_of_another_report_wait_for_a_person(world, admin):
    assert read(world, admin, "บ้านหนึ่ง,ด่านซ้าย,เลย\n").state == MAPPING
    assert read(world, admin, "ที่,เรื่อง,ลงวันที่\n1,ประชุม,1/1/69\n").state == MAPPING


def test_numbers_as_text_thai_digits_and_trailing_spaces_are_understood(world, admin):
    rows = [
        HEADING.split(","),
        [900001.0, "บ้านหนึ่ง  ", "", " ด่านซ้าย", "เลย", ""],
        ["๙๐๐๐๐๒", "บ้านสอง", "", "ด่านซ้าย", "เลย", ""],
        ["900003", "", date(2025, 12, 24), "ด่านซ้าย", "เลย", ""],
    ]
    batch = read(world, admin, workbook(rows), "ข้อมูล.xlsx")
    admin.get(f"/imports/{batch.id}")
    assert "24/12/2568" in admin.text, "a refused line's day as an office writes it"
    assert "2025" not in admin.text
    batch = take(world, admin, batch)
    assert batch.taken == 2
    with world.session(HOME) as session:
        found = {s.code: s.name for s in session.scalars(select(School).where(School.code.like("90000%")))}
    assert found == {"900001": "บ้านหนึ่ง", "900002": "บ้านสอง"}


def test_zeros_that_a_sheet_dropped_from_a_code_are_missed_and_not_taken_for_another_school(world, admin):
    school = {"subdistrict": "ก", "amphoe": "ด่านซ้าย", "province": "เลย"}
    assert admin.submit("/schools/new", code="01042998", name="บ้านศูนย์", **school).status_code == 302
    rows = [HEADING.split(",")]
    rows += [[code, f"บ้าน{n}", "", "ด่านซ้าย", "เลย", ""] for n, code in enumerate((1042998, 1042999, "'01042997"))]
    batch = read(world, admin, workbook(rows), "ข้อมูล.xlsx")
    assert "taken: 01042998" in wrong(world, batch)[2]
    assert "zero at the beginning" in wrong(world, batch)[3]
    page = admin.get(f"/imports/{batch.id}").get_data(as_text=True)
    assert ("1042999" in page, "1042999.0" in page) == (True, False), "a number as one types it"
    assert lines(world, batch)[4].values["code"] == "01042997"
    rows = [["ชื่อ", "นามสกุล", "ตำแหน่ง", "สังกัด"], ["สมมติ", "ใจดี", "ครู", 1042998]]
    assert read(world, admin, workbook(rows), "คน.xlsx", what="core.people").good == 1, "one known is found by it"
    template = admin.get(f"/imports/template?what={SCHOOLS}").data
    with zipfile.ZipFile(io.BytesIO(template)) as book:
        assert b'formatCode="@"' in book.read("xl/styles.xml"), "text, so that the zeros stay"


def test_a_place_is_one_however_its_word_is_written_and_what_is_no_code_is_refused(world, admin):
    places = [("", "", ""), ("ต.", "อ.", "จ."), ("ตำบล", "อำเภอ", "จังหวัด"), ("ต. ", "อ. ", "จ. ")]
    rows = [f"90000{n},บ้าน{n},{a}เขาแก้ว,{b}เชียงคาน,{c}เลย," for n, (a, b, c) in enumerate(places)]
    rows += [f"{code},บ้านผิด{code},,เชียงคาน,เลย," for code in ("42996", "1042993.0", "12345678901", "ไม่ทราบ")]
    batch = read(world, admin, "\n".join([HEADING, *rows]), amphoes="อำเภอเชียงคาน")
    assert list(wrong(world, batch)) == [6, 7, 8, 9], "no code of a school"
    assert "zero at the beginning" in wrong(world, batch)[6]
    assert all("6, 8 or 10 digits" in wrong(world, batch)[line] for line in (7, 8, 9))
    assert take(world, admin, batch).taken == 4
    typed = {"code": "900009", "name": "โรงเรียนบ้าน1", "subdistrict": "ตำบลเขาแก้ว", "province": "จังหวัดเลย"}
    assert admin.submit("/schools/new", **typed, amphoe="อ.เชียงคาน").status_code == 422
    assert "has this school already" in admin.text
    assert admin.submit("/schools/new", **typed | {"name": "บ้านห้า"}, amphoe="อ.เชียงคาน").status_code == 302
    with world.session(HOME) as session:
        made = select(School.subdistrict, School.amphoe, School.province).where(School.code.like("90000%"))
        assert set(map(tuple, session.execute(made))) == {("เขาแก้ว", "เชียงคาน", "เลย")}


def test_a_letter_that_was_lost_in_the_file_is_asked_for_and_spoils_no_other_line(world, admin):
    text = f"{HEADING}\n900001,บ้านหนึ่ง#,,ด่านซ้าย,เลย,\n900002,บ้านสอง,,ด่านซ้าย,เลย,\n"
    for encoding in ("cp874", "utf-8"):
        batch = read(world, admin, text.encode(encoding).replace(b"#", b"\xff"))
        assert (batch.good, list(wrong(world, batch))) == (1, [2])
        assert "letter of this cell was lost" in lines(world, batch)[2].errors["name"]
    line = lines(world, batch)[2]
    assert line.cells[1] == "บ้านหนึ่ง\ufffd", "what can be read of it stands there to be corrected"
    assert admin.submit(f"/imports/{batch.id}/lines/{line.id}").status_code == 422
    assert admin.submit(f"/imports/{batch.id}/lines/{line.id}", **{"c-name": "บ้านหนึ่ง"}).status_code == 302
    assert take(world, admin, load(world, batch.id)).taken == 2


def test_windows_874_and_a_tab_separated_file_are_read(world, admin):
    text = f"{HEADING}\n900001,บ้านหนึ่ง,,ด่านซ้าย,เลย,\n"
    assert read(world, admin, text.encode("cp874")).good == 1
    tabs = text.replace(",", "\t")
    again = tabs.replace("900001", "900002").replace("หนึ่ง", "สอง")
    assert read(world, admin, again, "ข้อมูล.tsv").good == 1
    again = tabs.replace("900001", "900003").replace("หนึ่ง", "สาม")
    assert read(world, admin, again.encode("utf-16"), "ข้อมูล.txt").good == 1


def test_a_merged_heading_is_asked_back(world, admin):
    rows = [["ชื่อโรงเรียน", "", "อำเภอ", "จังหวัด"], ["บ้านหนึ่ง", "", "ด่านซ้าย", "เลย"]]
    batch = read(world, admin, workbook(rows, merge="A1:B1"), "ข้อมูล.xlsx")
    assert batch.state == MAPPING


def test_a_formula_without_a_saved_value_is_said(world, admin):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["ชื่อโรงเรียน", "อำเภอ", "จังหวัด"])
        sheet.write_row(1, 0, ["บ้านหนึ่ง", "ด่านซ้าย", ""])
        sheet.write_formula(1, 2, '=CONCATENATE("เ","ลย")', None, "")
    batch = read(world, admin, file.getvalue(), "สูตร.xlsx")
    assert "C2" in batch.problem
    assert batch.bad == 1


def test_the_same_file_twice_is_asked_back(world, admin):
    text = f"{HEADING}\n900001,บ้านหนึ่ง,,ด่านซ้าย,เลย,\n"
    take(world, admin, read(world, admin, text))
    again = {"files": upload(admin, "ข้อมูล.csv", text.encode())}
    assert admin.post(f"/imports/new?what={SCHOOLS}", again).status_code == 422
    assert "taken in already" in admin.text
    assert admin.post(f"/imports/new?what={SCHOOLS}", {**again, "again": "y"}).status_code == 302
    runner.run_all(world.app)
    with world.database.system("test") as session:
        latest = session.scalars(select(Import).order_by(Import.id.desc())).first()
        assert (latest.good, latest.bad) == (0, 1), "every line says that the district has it already"


def test_one_import_of_a_kind_is_taken_at_a_time(world, admin):
    first = read(world, admin, f"{HEADING}\n900001,บ้านหนึ่ง,,ด่านซ้าย,เลย,\n")
    second = read(world, admin, f"{HEADING}\n900002,บ้านสอง,,ด่านซ้าย,เลย,\n")
    admin.post(f"/imports/{first.id}/take")
    admin.post(f"/imports/{second.id}/take")
    admin.get(f"/imports/{second.id}")
    assert "Another import of this kind is at work" in admin.text
    assert load(world, second.id).state == CHECKED


def test_nobody_sees_a_record_before_the_import_is_finished(world, admin, monkeypatch):
    many = "\n".join(f"91{n:04},บ้านที่ {n},,ด่านซ้าย,เลย," for n in range(60))
    batch = read(world, admin, f"{HEADING}\n{many}\n")
    from core.exchange.imports import tasks

    seen: list[int] = []
    whole = tasks._commit_some

    def watched(*args):
        more = whole(*args)
        with world.session(HOME) as session:
            seen.append(len(session.scalars(select(School).where(School.code.like("91%"))).all()))
        return more

    monkeypatch.setattr(tasks, "_commit_some", watched)
    take(world, admin, batch)
    assert seen == [0, 0, 0, 0]
    assert world.count("core_school", "code like '91%'") == 60
    with world.session(HOME) as session:
        assert len(session.scalars(select(School).where(School.code.like("91%"))).all()) == 60


def test_a_killed_worker_s_import_goes_on_and_doubles_nothing(world, admin, monkeypatch):
    many = "\n".join(f"91{n:04},บ้านที่ {n},,ด่านซ้าย,เลย," for n in range(50))
    batch = read(world, admin, f"{HEADING}\n{many}\n")
    from core.exchange.imports import tasks

    whole, turns = tasks._commit_some, []

    def dies(*args):
        turns.append(1)
        if len(turns) == 2:
            raise KeyboardInterrupt
        return whole(*args)

    monkeypatch.setattr(tasks, "_commit_some", dies)
    admin.post(f"/imports/{batch.id}/take")
    with pytest.raises(KeyboardInterrupt):
        runner.run_all(world.app)
    assert world.count("core_school", "code like '91%'") == 20
    monkeypatch.setattr(tasks, "_commit_some", whole)
    world.owner("update core_job set lease_until = '2020-01-01 00:00:00'")
    runner.run_all(world.app)
    assert load(world, batch.id).taken == 50
    assert world.count("core_school", "code like '91%'") == 50


def test_an_import_is_taken_back_whole(world, admin):
    units, schools = world.count("core_unit"), world.count("core_school")
    batch = take(
        world, admin, read(world, admin, f"{HEADING}\n900001,บ้านหนึ่ง,,ด่านซ้าย,เลย,\n900002,บ้านสอง,,ด่านซ้าย,เลย,\n")
    )
    assert world.count("core_school") == schools + 2
    admin.post(f"/imports/{batch.id}/undo")
    admin.get("/schools/?q=บ้านหนึ่ง")
    assert "900001" not in admin.text, "gone at once, before the worker deletes it"
    runner.run_all(world.app)
    assert load(world, batch.id).state == UNDONE
    assert (world.count("core_unit"), world.count("core_school")) == (units, schools)
    said = admin.get(f"/imports/{batch.id}").get_data(as_text=True)
    assert said.index('id="timeline"') < said.index("taken back", said.index('id="timeline"')), "by whom and when"


def test_what_was_changed_or_used_since_is_not_taken_back(world, admin):
    batch = take(world, admin, read(world, admin, f"{HEADING}\n900001,บ้านหนึ่ง,,ด่านซ้าย,เลย,\n"))
    school = lines(world, batch)[2].record_id
    admin.submit(f"/schools/{school}/edit", name="บ้านหนึ่งใหม่")
    admin.post(f"/imports/{batch.id}/undo")
    admin.get(f"/imports/{batch.id}")
    assert "Changed since" in admin.text
    assert load(world, batch.id).state == DONE


def test_another_district_finds_neither_import_nor_lines(world, admin):
    batch = read(world, admin, f"{HEADING}\n900002,,,ด่านซ้าย,เลย,\n")
    line = lines(world, batch)[2]
    stranger = world.browser(f"admin.{OTHER}")
    for path in ("", "/columns", "/refused", f"/lines/{line.id}"):
        assert stranger.get(f"/imports/{batch.id}{path}").status_code == 404
    assert stranger.post(f"/imports/{batch.id}/take").status_code == 404
    clerk = world.browser(f"clerk.{HOME}")
    assert clerk.get(f"/imports/{batch.id}").status_code == 404, "a clerk takes in letters, not schools"


# -- people and users ---------------------------------------------------------------------------------------------


def test_people_come_with_their_posts(world, admin):
    text = "คำนำหน้า,ชื่อ,นามสกุล,ตำแหน่ง,สังกัด,วันที่เริ่ม\nนาง,สมใจ,ทดสอบ,ครู,ไม่มีหน่วยนี้,1/10/68\nนาย,สมชาย,ทดสอบ,,,\n"
    batch = read(world, admin, text, what="core.people")
    assert "no unit called" in wrong(world, batch)[2]
    batch = take(world, admin, batch)
    with world.session(HOME) as session:
        assert session.scalars(select(Person.first_name).where(Person.last_name == "ทดสอบ")).all() == ["สมชาย"]


def test_users_get_first_passwords_that_only_who_took_them_in_can_fetch(world, admin):
    people = "newclerk,สมใจ,ใหม่,,,Somjai@Example.go.th\nclerk,ซ้ำ,ชื่อ,,,\nother,สมชาย,ใหม่,,,สมชาย ที่ เขต\n"
    batch = read(world, admin, f"ชื่อผู้ใช้,ชื่อ,นามสกุล,บทบาท,สังกัด,อีเมล\n{people}", what="core.users")
    assert list(wrong(world, batch)) == [3, 4], "the name is taken; that is no address"
    assert "no e-mail address: สมชาย ที่ เขต" in wrong(world, batch)[4]
    batch = take(world, admin, batch)
    result = CalamineWorkbook.from_filelike(io.BytesIO(admin.get(f"/jobs/{batch.job_id}/result").data))
    name, password = result.get_sheet_by_index(0).to_python()[-1][:2]
    assert name == f"newclerk.{HOME}"
    assert world.browser(f"clerk.{HOME}").get(f"/jobs/{batch.job_id}/result").status_code == 404
    with world.database.system("test") as session:
        account = session.scalars(select(Account).where(Account.username == name)).one()
    assert account.must_change_password
    assert account.mail_address == "Somjai@example.go.th", "what concerns the account can be told there"
    assert password not in (account.password or "")
    with world.session(HOME) as session:
        kept = session.scalars(select(ImportLine.cells)).all()
    assert not any(password in str(cells) for cells in kept), "no password is kept with the lines"


def test_a_dash_says_that_there_is_nothing_and_a_unit_is_shown_as_it_was_understood(world, admin):
    with world.session(HOME) as session:
        school = session.scalars(select(School).order_by(School.id)).first()
        role, code, name = "Clerk of a school (ธุรการโรงเรียน)", school.code, school.name
    rows = f"one,สมใจ,ใหม่,{role},{code},-\ntwo,สมชาย,ใหม่,-,ไม่มี,ไม่มี\nthree,สมปอง,ใหม่,–, - ,–\n"
    batch = read(world, admin, f"ชื่อผู้ใช้,ชื่อ,นามสกุล,บทบาท,สังกัด,อีเมล\n{rows}", what="core.users")
    assert (batch.good, wrong(world, batch)) == (3, {})
    assert [line.values["mail_address"] for line in lines(world, batch).values() if line.values] == ["", "", ""]
    assert f"{name} ({code})" in admin.get(f"/imports/{batch.id}").get_data(as_text=True)
    people = f"ชื่อ,นามสกุล,ตำแหน่ง,สังกัด\nสมใจ,ใหม่,ครู,{name}\nสมชาย,ใหม่,-,-\n"
    batch = read(world, admin, people, what="core.people")
    assert batch.good == 2
    assert f"{name} ({code})" in admin.get(f"/imports/{batch.id}").get_data(as_text=True)


# -- an old register ----------------------------------------------------------------------------------------------


def old_register(world, clerk, rows, year) -> Import:
    text = "เลขทะเบียนรับ,ที่,ลงวันที่,จาก,ถึง,เรื่อง,การปฏิบัติ\n" + "\n".join(rows)
    return read(world, clerk, text, "ทะเบียน.csv", "saraban.incoming", unit_id=world.unit(), year=year)


def test_an_old_register_keeps_its_numbers_and_declares_its_gaps(world):
    clerk, year = world.browser(f"clerk.{HOME}"), 2565
    rows = ["1,ศธ 1/1,14/6/65,สพฐ.,ผอ.,เรื่องที่หนึ่ง,ทราบ", "2,ศธ 1/2,๑๕/๖/๒๕๖๕,สพฐ.,ผอ.,เรื่องที่สอง,", "5,,,สพฐ.,,เรื่องที่ห้า,"]
    waiting = world.count("core_waiting")
    batch = take(world, clerk, old_register(world, clerk, rows, year))
    assert (batch.state, batch.taken) == (DONE, 3)
    assert world.count("core_waiting") == waiting, "a closed register asks nobody for anything"
    unit = world.unit()
    with world.session(HOME, f"clerk.{HOME}") as session:
        letters = session.scalars(
            select(IncomingLetter).where(IncomingLetter.year == year).order_by(IncomingLetter.number)
        ).all()
        assert [(row.number, row.subject) for row in letters] == [(1, "เรื่องที่หนึ่ง"), (2, "เรื่องที่สอง"), (5, "เรื่องที่ห้า")]
        assert letters[1].doc_date.isoformat() == "2022-06-15"
        book = engine.check(session, engine.BookKey(unit, saraban.INCOMING, year), IncomingLetter, today())
        assert book.missing == []
        assert [entry.number for entry in book.cancelled] == [3, 4]


def test_clerks_go_on_behind_the_numbers_that_are_taken_in(world):
    clerk, year = world.browser(f"clerk.{HOME}"), buddhist_year(today())
    last = world.count("core_number", f"unit_id = {world.unit()} and book = '{saraban.INCOMING}' and year = {year}")
    first = last + 100
    batch = old_register(world, clerk, [f"{first},,,สพฐ.,,หนึ่ง,", f"{first + 1},,,สพฐ.,,สอง,"], year)
    clerk.post(f"/imports/{batch.id}/take")
    clerk.submit(f"/saraban/incoming/new?unit_id={world.unit()}", sender="สพฐ.", subject="ระหว่างนั้น")
    with world.session(HOME, f"clerk.{HOME}") as session:
        number = session.scalars(select(IncomingLetter.number).where(IncomingLetter.subject == "ระหว่างนั้น")).one()
    assert number == first + 2
    runner.run_all(world.app)
    assert load(world, batch.id).taken == 2


def test_a_number_that_stands_in_the_book_is_not_taken_twice(world):
    clerk, year = world.browser(f"clerk.{HOME}"), world.fullest_year()
    batch = old_register(world, clerk, ["1,,,สพฐ.,,ซ้ำ,"], year)
    assert "is in the book already" in wrong(world, batch)[2]


def test_a_mistyped_number_does_not_declare_a_hundred_thousand_gaps(world):
    clerk, year = world.browser(f"clerk.{HOME}"), buddhist_year(today()) - 4
    batch = old_register(world, clerk, ["1,,,สพฐ.,,หนึ่ง,", "100000,,,สพฐ.,,พิมพ์ผิด,"], year)
    clerk.post(f"/imports/{batch.id}/take")
    clerk.get(f"/imports/{batch.id}")
    assert "look for a mistyped one" in clerk.text
    assert load(world, batch.id).state == CHECKED


# -- the command line ---------------------------------------------------------------------------------------------


def test_schools_are_taken_in_from_the_command_line_too(world, tmp_path):
    from core.exchange.imports import console

    path = tmp_path / "โรงเรียน.csv"
    path.write_text(f"{HEADING}\n900001,บ้านหนึ่ง,,ด่านซ้าย,เลย,\n900002,,,ด่านซ้าย,เลย,\n", encoding="utf-8")
    before, home = world.count("core_school"), world.district_id()
    dry, refused = console.run(world.app, home, SCHOOLS, path, {"amphoes": ""}, dry_run=True)
    assert (dry.state, dry.good, dry.bad) == (CHECKED, 1, 1)
    assert [number for number, _reason in refused] == [3]
    assert world.count("core_school") == before
    done, _refused = console.run(world.app, home, SCHOOLS, path, {"amphoes": ""})
    assert (done.state, done.taken) == (DONE, 1)
    assert world.count("core_school") == before + 1


def test_the_command_names_the_columns_that_it_does_not_find(world, tmp_path):
    from core.base.errors import RuleError
    from core.exchange.imports import console

    path = tmp_path / "โรงเรียน.csv"
    path.write_text("รหัส,สถานที่ตั้ง,อำเภอ,จว.\n900001,บ้านหนึ่ง,ด่านซ้าย,เลย\n", encoding="utf-8")
    with pytest.raises(RuleError) as refused:
        console.run(world.app, world.district_id(), SCHOOLS, path, {"amphoes": ""})
    said = str(refused.value)
    assert "no column Name (ชื่อโรงเรียน, โรงเรียน" in said
    assert "Province (จังหวัด)" in said
    assert "amphoe" not in said, "that one is there"
    assert "สถานที่ตั้ง, จว." in said, "and which of the file's it does not know"


def test_a_user_without_the_right_takes_nothing_in_there_either(world, tmp_path):
    from core.base.errors import RuleError
    from core.exchange.imports import console

    path = tmp_path / "โรงเรียน.csv"
    path.write_text(f"{HEADING}\n", encoding="utf-8")
    with pytest.raises(RuleError):
        console.run(world.app, world.district_id(), SCHOOLS, path, {}, user=f"clerk.{HOME}")


def test_lines_and_file_of_an_old_import_are_forgotten_and_its_records_stay(world, admin):
    from core.ops.serve import housekeeping

    batch = take(world, admin, read(world, admin, f"{HEADING}\n900001,บ้านหนึ่ง,,ด่านซ้าย,เลย,\n900002,,,ด่านซ้าย,เลย,\n"))
    housekeeping(world.app)
    assert world.count("core_import_line") > 0, "as long as somebody may correct the refused ones"
    world.owner("update core_import set at = '2020-01-01 00:00:00'")
    world.owner("update core_schedule set last_at = '2026-01-01 00:00:00.000000'")
    housekeeping(world.app)
    assert world.count("core_import_line") == 0
    assert world.count("core_attachment", "kind = 'core_import'") == 0
    assert world.count("core_school", "code = '900001'") == 1
    assert load(world, batch.id).taken == 1


def test_a_unit_s_import_is_seen_by_who_may_take_in_there_and_by_no_other_clerk(world):
    clerk = world.browser(f"clerk.{HOME}")
    batch = old_register(world, clerk, ["1,,,สพฐ.,,เรื่องของสำนักงาน,"], buddhist_year(today()) - 4)
    school = world.browser(f"school.{HOME}")
    school.get("/imports/")
    assert "ทะเบียน.csv" not in school.text
    line = next(iter(lines(world, batch).values()))
    for path in ("", "/columns", "/refused", f"/lines/{line.id}"):
        assert school.get(f"/imports/{batch.id}{path}").status_code == 404
    assert school.post(f"/imports/{batch.id}/take").status_code == 404
    stolen = {"files": upload(school, "a.csv", b"x"), "unit_id": world.unit(), "year": "2565"}
    assert school.post("/imports/new?what=saraban.incoming", stolen).status_code == 422, "a unit of one's own only"


def test_a_workbook_of_excel_97_is_read_too(world):
    clerk = world.browser(f"clerk.{HOME}")
    batch = read(world, clerk, old_workbook(), "ทะเบียน.xls", "saraban.incoming", unit_id=world.unit(), year="2560")
    assert (batch.total, batch.good) == (2, 2), batch.problem
    take(world, clerk, batch)
    with world.session() as s:
        found = s.scalars(
            select(IncomingLetter).where(IncomingLetter.import_id == batch.id).order_by(IncomingLetter.number)
        )
        assert [(one.number, one.year, one.doc_no, one.doc_date, one.subject) for one in found] == [
            (1, 2560, "ศธ 1", date(2017, 2, 1), "แจ้งเวียน"), (2, 2560, "ศธ 2", date(2017, 2, 2), "ขอข้อมูล"),
        ]  # fmt: skip


DUMP = """-- phpMyAdmin SQL Dump
CREATE TABLE `system_user` (
  `person_id` varchar(13) NOT NULL,
  `userpass` varchar(50) NOT NULL
) ENGINE=MyISAM;
INSERT INTO `system_user` VALUES ('1', 'secret');
CREATE TABLE IF NOT EXISTS `bookregister_receive` (
  `ms_id` int(11) NOT NULL auto_increment,
  `year` int(4) NOT NULL,
  `register_number` int(11) NOT NULL,
  `book_no` varchar(50) NOT NULL,
  `signdate` date NOT NULL,
  `book_from` varchar(200) NOT NULL,
  `book_to` varchar(200) NOT NULL,
  `subject` text NOT NULL,
  `operation` text,
  `register_date` date NOT NULL,
  `comment` text,
  PRIMARY KEY  (`ms_id`)
) ENGINE=MyISAM  DEFAULT CHARSET=utf8;
INSERT INTO `bookregister_receive` VALUES (1, 2558, 1, 'ศธ 04001/1', '2015-01-05', 'สพฐ.', 'ผอ.เขต', 'ประชุม; (ด่วน) ครู\\'ชาย', NULL, '2015-01-06', ''),
(2, 2558, 3, 'ศธ 04001/9', '0000-00-00', 'สพฐ.', 'ผอ.เขต', 'It''s\\nสองบรรทัด', 'ทราบ', '2015-01-07', 'x');
INSERT INTO `bookregister_send` (`year`, `register_number`, `book_from`, `subject`) VALUES (2558, 7, 'เขต', 'ส่ง');
"""


def test_the_register_comes_out_of_an_amss_dump_with_its_numbers_and_gaps(world):
    clerk = world.browser(f"clerk.{HOME}")
    unit = world.unit()
    batch = read(world, clerk, DUMP.encode(), "smartobec.sql", "saraban.incoming", unit_id=unit, year="2560")
    assert (batch.total, batch.good) == (2, 2), (batch.problem, wrong(world, batch))
    take(world, clerk, batch)
    with world.session() as s:
        first, second = s.scalars(
            select(IncomingLetter).where(IncomingLetter.import_id == batch.id).order_by(IncomingLetter.number)
        )
        gap = s.scalars(select(LedgerNumber).where(LedgerNumber.year == 2558, LedgerNumber.number == 2)).one()
    assert (first.number, first.year, first.doc_no, first.doc_date) == (1, 2558, "ศธ 04001/1", date(2015, 1, 5))
    assert (first.subject, first.received_on) == ("ประชุม; (ด่วน) ครู'ชาย", date(2015, 1, 6))
    assert (second.number, second.doc_date, second.action) == (3, None, "ทราบ")
    assert gap.state == "cancelled"
    sent = read(world, clerk, DUMP.encode(), "smartobec.sql", "saraban.outgoing", unit_id=unit, year="2560")
    assert (sent.total, sent.good) == (1, 1), "of a dump each importer takes its own table"


def test_a_dump_of_something_else_is_refused_and_schools_come_out_of_none(world, admin):
    clerk = world.browser(f"clerk.{HOME}")
    other = b"CREATE TABLE `x` (`a` int);\nINSERT INTO `x` VALUES (1);"
    batch = read(world, clerk, other, "x.sql", "saraban.incoming", unit_id=world.unit(), year="2560")
    assert (batch.state, "holds no lines of this register" in batch.problem) == ("refused", True)
    number = upload(admin, "x.sql", other)
    answer = admin.post(f"/imports/new?what={SCHOOLS}", {"files": number})
    assert answer.status_code == 422


@pytest.mark.parametrize("stopped", ["while it takes", "before the sheet is written"])
def test_first_passwords_survive_a_stop_of_the_import(world, admin, monkeypatch, stopped):
    people = "\n".join(f"new{n:02},ชื่อ{n},สกุล{n},," for n in range(30))
    batch = read(world, admin, f"ชื่อผู้ใช้,ชื่อ,นามสกุล,บทบาท,สังกัด\n{people}\n", what="core.users")
    from core.exchange.imports import tasks

    name = "_commit_some" if stopped == "while it takes" else "_forget_file"
    whole, turns = getattr(tasks, name), []

    def dies(*args):
        turns.append(1)
        if len(turns) == (2 if name == "_commit_some" else 1):
            raise KeyboardInterrupt
        return whole(*args)

    monkeypatch.setattr(tasks, name, dies)
    admin.post(f"/imports/{batch.id}/take")
    with pytest.raises(KeyboardInterrupt):
        runner.run_all(world.app)
    monkeypatch.setattr(tasks, name, whole)
    world.owner("update core_job set lease_until = '2020-01-01 00:00:00'")
    runner.run_all(world.app)
    job = load(world, batch.id).job_id
    result = CalamineWorkbook.from_filelike(io.BytesIO(admin.get(f"/jobs/{job}/result").data))
    handed = dict(row[:2] for row in result.get_sheet_by_index(0).to_python() if str(row[0]).startswith("new"))
    assert sorted(handed) == [f"new{n:02}.{HOME}" for n in range(30)]
    with world.database.system("test") as session:
        accounts = session.scalars(select(Account).where(Account.username.in_(handed))).all()
    assert all(check_password_hash(one.password, handed[one.username]) for one in accounts[:1] + accounts[-1:])
    kept = [line.handover for line in lines(world, batch).values() if line.handover]
    assert len(kept) == 30
    assert not any(handed[name] in row for name, row in zip(sorted(handed), kept, strict=True)), (
        "sealed while it lies here"
    )
    with world.session(HOME) as session:
        sweep(session, world.khet.settings.files_dir)
    assert world.count("core_import_line", "handover <> ''") == 0, "and wiped when the sheet is there"


def test_schools_of_one_name_are_told_apart_as_the_form_does(world, admin):
    one = "บ้านเดียวกัน,{tambon},นาแห้ว,เลย,ประถมศึกษา"
    admin.submit("/schools/new", code="910001", name="บ้านเดียวกัน", subdistrict="ก", amphoe="นาแห้ว", province="เลย")
    assert admin.page.status_code == 302
    batch = read(
        world, admin,
        f"{HEADING}\n910002,{one.format(tambon='ข')}\n910003,{one.format(tambon='ก')}\n910004,{one.format(tambon='')}"
        f"\n,{one.format(tambon='')}\n910006,{one.format(tambon='ข')}\n",
    )  # fmt: skip
    assert wrong(world, batch).keys() == {3, 5, 6}
    again = {"code": "910007", "name": "โรงเรียนบ้านเดียวกัน", "amphoe": "นาแห้ว", "province": "เลย"}
    assert admin.submit("/schools/new", **again, subdistrict="ก").status_code == 422
    assert "has this school already" in admin.text
    assert admin.submit("/schools/new", **again, subdistrict="ค").status_code == 302


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('1/2569,ศธ 1,"ประชุม,สพฐ.\n2/2569,ศธ 2,อบรม,สพฐ.\n3/2569,ศธ 3,แผน,สพฐ.\n', 2),
        ('1/2569,ศธ 1,ประชุม,สพฐ.\n2/2569,ศธ 2,"อบรม,สพฐ.\n3/2569,ศธ 3,แผน,สพฐ.\n4/2569,ศธ 4,"แผน",สพฐ.\n', 3),
        ('1/2569,ศธ 1,ประชุม,"สพฐ.', 2),
    ],
)
def test_a_quotation_mark_left_open_swallows_no_line(world, text, line):
    clerk = world.browser(f"clerk.{HOME}")
    more = {"unit_id": world.unit(), "year": "2569"}
    head = "เลขทะเบียนรับ,ที่,เรื่อง,จาก\n"
    batch = read(world, clerk, head + text, "ทะเบียน.csv", "saraban.incoming", **more)
    assert batch.state == "refused"
    assert f"In line {line} a quotation mark" in batch.problem
    good = '1/2569,ศธ 1,"ประชุม, ครั้งที่ 1\nณ ห้อง 1","สพฐ. ""กทม."""\n2/2569,ศธ 2,อบรม,สพฐ.\n'
    assert read(world, clerk, head + good, "ดี.csv", "saraban.incoming", **more).total == 2


def test_a_web_page_called_xls_says_how_to_save_it(world, admin):
    page = b"\xef\xbb\xbf\n<html><table><tr><td>1</td></tr></table></html>"
    answer = admin.post("/uploads/", {"file": (io.BytesIO(page), "19.xls")}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "save it as .xlsx" in answer.get_data(as_text=True)
