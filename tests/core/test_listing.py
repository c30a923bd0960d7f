"""Lists: state in the address, sorting, chosen columns, groups, views, bulk steps, cells, sheets."""

from __future__ import annotations

import io
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from flask_babel import force_locale
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from core.base.text.thai import today
from core.platform.masterdata.models import District, Holiday, School, Unit
from core.platform.personal import services as personal
from core.platform.personal.models import SavedView
from core.platform.users.models import Grant
from core.records.lists import page
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import registers
from tests.support import HOME, OTHER, letter, near

LIST = "/saraban/incoming/"


def ids(browser) -> list[int]:
    return [int(value) for value in browser.tree.xpath("//tbody/tr/@data-id")]


def headings(browser) -> list[str]:
    return [
        " ".join(node.text_content().split())
        for node in browser.tree.xpath("//table[@data-list]/thead//th[@class!='pick']")
    ]


def sheet(answer) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.get_data())).get_sheet_by_index(0).to_python()


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


def register(world, number: int, **changes) -> list[int]:
    unit, made = world.unit(), []
    with world.session(HOME, f"clerk.{HOME}") as session:
        account = world.account(f"clerk.{HOME}")
        for index in range(number):
            values = letter(doc_no="", subject=f"เรื่อง {index:03d}", **changes)
            made.append(
                registers.register_incoming(
                    session, unit, values, clerk=registers.Clerk(account.id, "ธุรการ"), today=today()
                ).id
            )
    return made


def test_an_empty_register_has_the_button_for_its_first_only_for_who_may_press_it(world):
    head, clerk = world.browser(f"schoolhead.{HOME}"), world.browser(f"school.{HOME}")
    for browser, told in ((head, False), (clerk, True)):
        browser.get("/saraban/issued/")
        (empty,) = browser.tree.xpath("//div[@class='empty']")
        assert "No letter yet." in empty.text_content()
        assert ("Register an order or another paper" in empty.text_content()) is told
        assert bool(empty.xpath(".//a[contains(@class, 'btn-primary')]")) is told


def test_no_list_tells_everybody_to_press_a_button_that_some_do_not_have(world):
    with world.app.test_request_context(), force_locale("en"):
        for view in world.khet.views.values():
            assert "Press New" not in str(getattr(view, "empty_hint", "")), view


def test_a_column_s_heading_sorts_and_sorts_back(world, clerk):
    clerk.get(LIST + "?sort=subject")
    with world.session() as session:
        subjects = [session.get(IncomingLetter, number).subject for number in ids(clerk)]
    assert subjects == sorted(subjects)
    link = clerk.tree.xpath("//th[@aria-sort='ascending']/a/@href")[0]
    assert "sort=-subject" in link
    clerk.get(LIST + link)
    with world.session() as session:
        backwards = [session.get(IncomingLetter, number).subject for number in ids(clerk)]
    assert backwards == sorted(backwards, reverse=True)


@pytest.mark.parametrize("sort", ["", "sender", "-sender", "doc_date", "-doc_date", "received_on", "nonsense"])
def test_keyset_pages_show_every_letter_once_whatever_the_order(world, clerk, sort):
    register(world, 60, sender="สพฐ.")
    world.owner("update saraban_incoming set doc_date = null where id - (id / 3) * 3 = 0")
    seen, address = [], f"{LIST}?sort={sort}"
    for _page in range(9):
        clerk.get(address)
        seen += ids(clerk)
        more = clerk.tree.xpath("//a[@rel='next']/@href")
        if not more:
            break
        address = LIST + more[0]
    unit = world.unit()
    assert len(seen) == len(set(seen)) == world.count("saraban_incoming", f"unit_id = {unit} and secrecy = 0")


def test_a_list_counts_as_far_as_a_page_needs(world, clerk, monkeypatch):
    register(world, 60)
    monkeypatch.setattr(page, "LISTED", 50)
    clerk.get(LIST)
    assert "50+" in clerk.text
    clerk.get(LIST + "?q=ไม่มีคำนี้แน่นอน")
    assert "50+" not in clerk.text


def test_a_long_list_leaves_as_a_job_although_it_is_not_counted_to_its_end(world, clerk, monkeypatch):
    register(world, 60)
    monkeypatch.setattr(page, "LISTED", 50)
    clerk.post(LIST + "download")
    assert world.count("core_job", "kind = 'core.export'") == 1


@pytest.mark.parametrize(
    "address", [LIST + "?after=²", "/search/?q=นาแห้ว&part=²", "/reports/charts?part=²", "/books/?year=²²²²"]
)
def test_a_numeral_that_is_no_number_is_as_good_as_none(clerk, address):
    assert clerk.get(address).status_code == 200


def test_columns_are_chosen_and_ordered_and_the_link_is_never_lost(clerk):
    clerk.get(LIST + "?cols=subject&cols=speed&cols=sender")
    assert headings(clerk) == ["Receipt no.", "Subject", "Speed", "From"]
    clerk.get(LIST + "?cols=nonsense")
    assert "Subject" in headings(clerk)


def test_a_chip_names_its_filter_in_thai_years_and_takes_it_away(clerk):
    clerk.get(LIST + f"?from={near(-30)}&speed=1&when=budget_year")
    chips = [" ".join(node.text_content().split()) for node in clerk.tree.xpath("//ul[@class='chips']/li/span")]
    assert "Speed: Urgent" in chips
    assert "When: This budget year" in chips
    link = clerk.tree.xpath("//ul[@class='chips']/li[span[contains(.,'Speed')]]/a/@href")[0]
    assert "speed" not in parse_qs(urlsplit(link).query)
    assert "when" in parse_qs(urlsplit(link).query)


def test_groups_count_and_lead_to_their_letters(world, clerk):
    register(world, 3, sender="ผู้ส่งหายาก")
    clerk.get(LIST + "?group=sender")
    row = clerk.tree.xpath("//tr[td/a[text()='ผู้ส่งหายาก']]")[0]
    assert row.xpath("td[2]/text()") == ["3"]
    clerk.get(LIST + row.xpath("td/a/@href")[0])
    assert len(ids(clerk)) == 3


def test_pivot_adds_up_and_its_cells_lead_to_their_letters(world, clerk):
    register(world, 4, speed=3)
    clerk.get(LIST + "?as=pivot&rows=speed&columns=state")
    row = clerk.tree.xpath("//tbody/tr[th[text()='Most urgent']]")[0]
    cell = row.xpath("td/a")[0]
    clerk.get(LIST + cell.get("href"))
    assert len(ids(clerk)) == int(cell.text)
    answer = clerk.post(LIST + "download?as=pivot&rows=speed&columns=state")
    rows = sheet(answer)
    assert rows[-1][-1] == world.count("saraban_incoming", f"unit_id = {world.unit()} and secrecy = 0")


def test_a_chart_goes_out_as_a_native_excel_chart(clerk):
    import zipfile

    answer = clerk.post(LIST + "download?as=chart&group=sender")
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as book:
        assert any(name.startswith("xl/charts/chart") for name in book.namelist())


@pytest.mark.parametrize("shape", ["", "as=pivot&rows=speed&columns=state&", "as=chart&group=sender&"])
def test_every_sheet_of_a_list_says_whose_it_is_and_what_it_was_narrowed_to(world, shape):
    with world.session() as s:
        district = s.get_one(District, world.district_id()).short_name
        held = s.scalars(select(Grant.unit_id).where(Grant.user_id == world.account(f"school.{HOME}").id)).first()
        school = s.get_one(Unit, held).name
    for user, whose in (("school", school), ("schoolhead", school), ("clerk", district)):
        answer = world.browser(f"{user}.{HOME}").post(f"{LIST}download?{shape}speed=3&q=โครงการ")
        title, place, narrowed = (row[0] for row in sheet(answer)[:3])
        assert (title, place) == ("Incoming letters", whose)
        assert "Search: โครงการ" in narrowed
        assert "Most urgent" in narrowed
        assert whose in unquote(answer.headers["Content-Disposition"])


def test_kanban_and_calendar_show_the_same_letters(world, clerk):
    number = register(world, 1)[0]
    clerk.get(LIST + "?as=kanban")
    lane = clerk.tree.xpath("//section[@aria-label='Not proposed yet']//article/@data-id")
    assert str(number) in lane
    clerk.get(LIST + "?as=calendar")
    assert f"{LIST}{number}" in clerk.tree.xpath("//td[contains(@class,'today')]//a/@href")


def test_a_sheet_holds_exactly_what_the_list_shows(world, clerk):
    made = register(world, 3, sender="เฉพาะราย")
    answer = clerk.post(LIST + "download?q=เฉพาะราย&cols=subject,received_on&sort=subject")
    rows = sheet(answer)
    assert rows[2][0] == "Search: เฉพาะราย", "a cut sheet says so"
    table = rows[3:]
    assert table[0] == ["Receipt no.", "Subject", "Received"]
    assert [row[1] for row in table[1:]] == ["เรื่อง 000", "เรื่อง 001", "เรื่อง 002"]
    assert table[1][2] == today(), "a date is a date"
    assert len(made) == len(table) - 1
    assert world.count("core_timeline", "action = 'core.report.exported'") == 1


def test_no_right_to_export_no_sheet(world):
    reader = world.browser(f"supervisor.{HOME}")
    reader.get(LIST)
    assert "Excel of this list" not in reader.text
    assert reader.post(LIST + "download").status_code == 403


def test_a_grouped_list_goes_out_as_its_groups(world, clerk):
    register(world, 3, sender="ผู้ส่งหายาก")
    rows = sheet(clerk.post(LIST + "download?group=sender"))
    assert ["ผู้ส่งหายาก", 3] in [row[:2] for row in rows]


@pytest.mark.parametrize(
    "query",
    [
        "is-speed=99", "is-speed=-1", "is-speed=99999999999", "is-month=202613", "is-month=x", "is-state=nonsense",
        "is-sender=%00", "is-unit=0", "sort=-", "cols=,,,", "as=nonsense", "as=calendar&month=9999-99", "group=nonsense",
        "as=pivot&rows=x&columns=y&measure=z", "after=99999999999", "q=%00%01", "density=%00", "view=x", "when=never",
    ],
)  # fmt: skip
def test_an_address_typed_by_hand_breaks_nothing(clerk, query):
    assert clerk.get(LIST + "?" + query).status_code == 200
    assert clerk.post(LIST + "download?" + query).status_code == 200


# -- saved views ------------------------------------------------------------------------------------------------


def test_a_view_is_saved_opened_first_and_deleted(world, clerk):
    answer = clerk.post("/views/?speed=1&sort=subject", {"view": "IncomingView", "title": "ด่วนของฉัน", "default": "1"})
    assert answer.status_code == 302
    first = clerk.get(LIST)
    assert first.status_code == 302
    assert parse_qs(urlsplit(first.location).query) == {"speed": ["1"], "sort": ["subject"]}
    clerk.get(LIST + "?view=0")
    assert clerk.page.status_code == 200, "the way back to everything"
    saved = clerk.tree.xpath("//form[contains(@action,'/delete')]/@action")[0]
    assert clerk.post(saved).status_code == 302
    assert clerk.get(LIST).status_code == 200


def test_a_shared_view_is_seen_by_colleagues_and_changed_by_its_owner_alone(world, clerk):
    clerk.post("/views/?speed=2", {"view": "SchoolView", "title": "ร่วมกัน", "shared": "1"})
    clerk.post("/views/?speed=2", {"view": "SchoolView", "title": "ส่วนตัว"})
    admin = world.browser(f"admin.{HOME}")
    admin.get("/schools/?view=0")
    assert "ร่วมกัน" in admin.text
    assert "ส่วนตัว" not in admin.text
    with world.session() as session:
        shared, own = (
            session.scalars(select(SavedView.id).where(SavedView.title == t)).one() for t in ("ร่วมกัน", "ส่วนตัว")
        )
    assert admin.post(f"/views/{shared}/delete").status_code == 404
    assert admin.post(f"/views/{own}/default").status_code == 404
    assert admin.post(f"/views/{shared}/default").status_code == 302
    admin.post("/views/?q=a", {"view": "SchoolView", "title": "ฮ ของผู้ดูแล"})
    with world.session() as session:
        others = world.account(f"clerk.{HOME}").id
        session.add_all(
            SavedView(user_id=others, view="SchoolView", title=f"ก {number}", query="q=a", shared=True)
            for number in range(personal.MOST_VIEWS)
        )
    admin.get("/schools/?view=0")
    assert "ฮ ของผู้ดูแล" in admin.text, "one's own is not crowded out by what others share"
    assert admin.get("/schools/").status_code == 302, "a colleague may open the list with it"
    neighbour = world.browser(f"admin.{OTHER}")
    neighbour.get("/schools/?view=0")
    assert "ร่วมกัน" not in neighbour.text


# -- many at once ------------------------------------------------------------------------------------------------


def test_letters_are_given_to_an_officer_all_or_none(world, clerk):
    made = register(world, 3)
    officer = world.account(f"director.{HOME}")
    address = f"{LIST}bulk/assign?ids={','.join(map(str, made))}"
    assert clerk.submit(address, officers=str(officer.id)).status_code == 302
    with world.session() as session:
        assert {session.get(IncomingLetter, number).assignee_id for number in made} == {officer.id}
    foreign_unit = world.unit("group")
    with world.session(HOME, f"groupclerk.{HOME}") as session:
        elsewhere = registers.register_incoming(
            session, foreign_unit, letter(), clerk=registers.Clerk(officer.id, "ก"), today=today()
        ).id
    assert clerk.get(f"{LIST}bulk/assign?ids={made[0]},{elsewhere}").status_code == 404, (
        "one of them is not the clerk's"
    )
    assert clerk.get(f"{LIST}bulk/assign?ids=999999").status_code == 404
    assert clerk.get(f"{LIST}bulk/nonsense?ids={made[0]}").status_code == 404


def test_a_letter_is_given_to_nobody_who_may_not_read_it(world, clerk):
    number = register(world, 1)[0]
    stranger = world.account(f"school.{HOME}")
    assert clerk.submit(f"{LIST}bulk/assign?ids={number}", officers=str(stranger.id)).status_code == 422
    assert any("may not read" in error for error in clerk.errors())
    assert world.count("saraban_incoming", f"id = {number} and assignee_id is not null") == 0


def test_a_step_for_everything_that_fits_touches_nothing_else(world, clerk):
    register(world, 2, sender="เป้าหมาย")
    address = f"{LIST}bulk/act?all=1&q=เป้าหมาย"
    assert clerk.submit(address, action="เก็บเข้าแฟ้ม").status_code == 302
    assert world.count("saraban_incoming", "action = 'เก็บเข้าแฟ้ม' and sender = 'เป้าหมาย'") == 2
    assert world.count("saraban_incoming", "action = '' and sender = 'เป้าหมาย'") == 0


@pytest.mark.parametrize("many", [3, 12])
def test_one_record_that_refuses_stops_the_whole_step(world, clerk, many):
    """Before anything is typed, and for who had opened it before: however many were chosen."""
    made = register(world, many)
    clerk.submit(f"{LIST}{made[-1]}/cancel", reason="ซ้ำ")
    address = f"{LIST}bulk/act?ids={','.join(map(str, made))}"
    assert "Cancelled" in clerk.shut(address)
    assert clerk.sent_late(address, action="ทราบ").status_code == 422
    assert any("Cancelled" in error for error in clerk.errors())
    assert world.count("saraban_incoming", f"id in ({','.join(map(str, made))}) and action <> ''") == 0


def test_a_reader_has_no_bulk_step(world):
    reader = world.browser(f"supervisor.{HOME}")
    number = register(world, 1)[0]
    assert reader.get(f"{LIST}bulk/assign?ids={number}").status_code == 404
    assert reader.get(f"{LIST}bulk/assign?all=1").status_code == 404


# -- one cell ---------------------------------------------------------------------------------------------------


def test_a_cell_is_changed_checked_and_never_overwrites_a_colleague(world, clerk):
    number = register(world, 1)[0]
    url = f"{LIST}{number}/cell"
    now = clerk.get(url + "?column=action").json
    answer = clerk.post(url, {"column": "action", "value": "ทราบ", "version": now["version"]})
    assert answer.status_code == 201
    assert answer.json["shown"] == "ทราบ"
    stale = clerk.post(url, {"column": "action", "value": "อย่างอื่น", "version": now["version"]})
    assert stale.status_code == 409
    long = clerk.post(url, {"column": "action", "value": "ก" * 1001, "version": answer.json["version"]})
    assert long.status_code == 422
    assert "1000" in long.json["error"]
    assert clerk.post(url, {"column": "subject", "value": "x", "version": 1}).status_code == 404, "not declared"
    assert clerk.post(url.replace(str(number), "999999"), {"column": "action", "value": "x"}).status_code == 404
    with world.session() as session:
        assert session.get(IncomingLetter, number).action == "ทราบ"


def test_a_cell_keeps_the_other_fields_of_the_form(world):
    admin = world.browser(f"admin.{HOME}")
    school = world.school_id()
    with world.session() as session:
        before = session.get(School, school)
        kept = (before.name, before.amphoe, before.status, before.version)
    answer = admin.post(f"/schools/{school}/cell", {"column": "size", "value": "xlarge", "version": kept[3]})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    with world.session() as session:
        after = session.get(School, school)
        assert (after.name, after.amphoe, after.status) == kept[:3]
        assert after.size == "xlarge"
    bad = admin.post(f"/schools/{school}/cell", {"column": "size", "value": "huge", "version": kept[3] + 1})
    assert bad.status_code == 422


def test_a_list_leaves_as_csv_that_no_spreadsheet_takes_for_formulas(world):
    register(world, 1, sender="=HYPERLINK(1)")
    clerk = world.browser(f"clerk.{HOME}")
    answer = clerk.post(f"{LIST}download?cols=sender,received_on&q=HYPERLINK", {"kind": "csv"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    text = answer.get_data().decode("utf-8-sig").splitlines()
    assert text[0] == "Receipt no.,From,Received"
    assert "'=HYPERLINK(1)" in text[1]
    assert text[1].endswith(str(today().year + 543))


def test_a_list_without_any_condition_counts_its_own_district_s_rows(world):
    """A count that lost its table said one, whatever there was."""
    admin = world.browser(f"admin.{HOME}")
    for model, path in ((School, "/schools/"), (Holiday, "/holidays/")):
        with world.session() as session:
            there = session.scalar(select(func.count(model.id)))
        admin.get(path)
        shown = admin.tree.xpath("string(//div[@class='page-head']/span[contains(@class,'text-secondary')]/span)")
        assert (path, shown.replace(",", "")) == (path, str(there))
