"""Keeping, lending and destroying letters (ระเบียบงานสารบรรณ ข้อ 52–70)."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.thai import today
from core.records.files.models import Attachment
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.models.storage import Destruction, DestructionLine, Folder, Loan, Retention, Stored
from plugins.saraban.work import registers, storage
from plugins.saraban.work.life import Signer
from tests.support import HOME, OTHER, letter, near

STORED, LISTS = "/saraban/stored/", "/saraban/destructions/"
KEEPER = Signer(1, "ผู้เก็บ", names=frozenset({1}))
CHIEF = Signer(2, "ผู้อำนวยการ", names=frozenset({2}))


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


@pytest.fixture
def folder(world) -> int:
    """A folder of the office for papers that are kept one year."""
    unit = world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        storage.fill_classes(s)
        routine = s.scalars(select(Retention).where(Retention.code == "routine")).one()
        values = {"unit_id": unit, "code": "ศธ1", "title": "เรื่องประจำ", "location": "ตู้ 1", "retention_id": routine.id}
        return storage.save_folder(s, None, values).id


def done(world, count: int = 1, **changes) -> list[int]:
    unit, made = world.unit(), []
    with world.session(user=f"clerk.{HOME}") as s:
        for number in range(count):
            values = letter(subject=f"เก็บ {number}", doc_no=f"ก/{number}", action="ทราบ", **changes)
            made.append(
                registers.register_incoming(s, unit, values, clerk=registers.Clerk(1, "ส", 3), today=today()).id
            )
    return made


def store(world, folder: int, ids: list[int], on: date | None = None) -> list[int]:
    with world.session(user=f"clerk.{HOME}", clearance=3) as s:
        return [storage.put_away(s, s.get(IncomingLetter, one), folder, on=on or today()).id for one in ids]


LONG_AGO = date(today().year - 3, 5, 1)
LAST = today().year - 1 + 543


def surveyed(world, folder: int, count: int = 3) -> int:
    store(world, folder, done(world, count), LONG_AGO)
    unit = world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        return storage.survey(s, unit, LAST, by=KEEPER, today=today()).id


def committee(s, made: Destruction) -> None:
    people = [{"name": f"กรรมการ {n}", "position": "", "chair": n == 0} for n in range(3)]
    storage.appoint(s, made, "12/2569", people)


def lines(s, made: Destruction) -> list[int]:
    return [line.id for line, _stored in storage.lines(s, made)]


def decided(s, list_id: int) -> Destruction:
    made = s.get(Destruction, list_id)
    committee(s, made)
    storage.vote(s, made, lines(s, made), in_favour=3, against=0, dissent="", extend_until=None, today=today())
    storage.decide(s, made)
    return made


def test_only_what_is_done_is_stored_and_in_a_folder_of_its_own_unit(world, folder, clerk):
    group = world.unit("group")
    unit = world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        fresh = registers.register_incoming(s, unit, letter(), clerk=registers.Clerk(1, "ส"), today=today())
        with pytest.raises(RuleError, match="work is done"):
            storage.put_away(s, fresh, folder, on=today())
        other = registers.register_incoming(
            s, group, letter(action="ทราบ"), clerk=registers.Clerk(1, "ส"), today=today()
        )
        with pytest.raises(RuleError, match="own unit"):
            storage.put_away(s, other, folder, on=today())
    (number,) = done(world)
    assert clerk.submit(f"/saraban/incoming/bulk/store?ids={number}", folder_id=str(folder)).status_code == 302
    with world.session() as s:
        one = s.scalars(select(Stored).where(Stored.letter_id == number)).one()
        assert s.get(IncomingLetter, number).status == "stored"
        assert one.keep_until == date(today().year + 1, 12, 31), "until 31 December of its last year"


def test_a_letter_in_its_folder_is_sent_no_more_and_the_page_says_why(world, folder, clerk):
    answer = clerk.submit("/saraban/outgoing/new", recipient="สพฐ.", subject="รายงาน", action="ส่งแล้ว")
    assert answer.status_code == 302, clerk.errors()
    page, number = answer.location, answer.location.rpartition("/")[2]
    old_tab = world.browser(f"clerk.{HOME}")
    assert old_tab.get(f"{page}/send").status_code == 200
    stored = clerk.submit(f"/saraban/outgoing/bulk/store?ids={number}", folder_id=str(folder))
    assert stored.status_code == 302, clerk.errors()
    typed = {"others-0-name": "สพฐ.", "others-0-channel": "post"}
    for press in ("somebody saved it meanwhile", "and again"):
        assert old_tab.resubmit(f"{page}/send", **typed).status_code == 422, press
    assert [said for said in old_tab.errors() if "lies in its folder" in said], old_tab.errors()
    for step in ("send", "resend"):
        assert clerk.get(f"{page}/{step}").status_code == 302
        clerk.get(page)
        assert "This letter lies in its folder." in clerk.text
    assert world.count("saraban_dispatch", f"letter_id = {number}") == 0


def test_of_several_letters_the_one_that_was_changed_meanwhile_is_named_and_nothing_is_done(world, folder, clerk):
    here = done(world, 3, sender="ผู้ส่งหนึ่งเดียว")
    picked = f"/saraban/incoming/bulk/store?ids={','.join(map(str, here))}"
    clerk.get(picked)
    with world.session(user=f"admin.{HOME}") as s:
        s.get(IncomingLetter, here[1]).subject = "เปลี่ยนแล้ว"
    assert clerk.resubmit(picked, folder_id=str(folder)).status_code == 422
    said = " ".join(clerk.errors())
    assert "Nothing was done yet" in said
    assert "เปลี่ยนแล้ว" in said, "what it is now"
    assert "เก็บ 0" not in said
    assert not world.count("saraban_stored", f"letter_id in ({','.join(map(str, here))})")
    every = "/saraban/incoming/bulk/store?all=1&q=ผู้ส่งหนึ่งเดียว"
    other = world.browser(f"clerk.{HOME}")
    other.get(every)
    (late,) = done(world, 1, sender="ผู้ส่งหนึ่งเดียว")
    assert other.resubmit(every, folder_id=str(folder)).status_code == 422
    assert "เก็บ 0" in " ".join(other.errors()), "one that was not there when the page was drawn"
    assert clerk.resubmit(picked).status_code == 302, "pressed again, it is done"
    assert world.count("saraban_stored", f"letter_id in ({','.join(map(str, here))})") == 3
    assert other.resubmit(every).status_code == 422
    assert not world.count("saraban_stored", f"letter_id = {late}")


def test_the_regulation_s_classes_are_data_that_is_added_once(world, clerk):
    assert clerk.post("/saraban/retention/regulation").status_code == 302
    clerk.post("/saraban/retention/regulation")
    assert world.count("saraban_retention", f"district_id = {world.district_id()}") == len(storage.CLASSES)


def test_what_is_kept_for_ever_is_never_due(world, folder):
    unit = world.unit()
    with world.session() as s:
        history = s.scalars(select(Retention).where(Retention.code == "history")).one()
        s.get(Folder, folder).retention_id = history.id
    store(world, folder, done(world), LONG_AGO)
    with world.session(user=f"clerk.{HOME}") as s, pytest.raises(RuleError, match="come to its end"):
        storage.survey(s, unit, LAST, by=KEEPER, today=today())


def test_a_letter_is_lent_with_purpose_approver_and_due_date(world, folder, clerk):
    (one,) = store(world, folder, done(world))
    typed = {"borrower": "นายยืม", "purpose": "ตรวจสอบ", "approved_by": "ผอ.กลุ่ม"}
    assert clerk.submit(f"{STORED}bulk/lend?ids={one}", **typed, due_on=near(-1)).status_code == 422
    assert clerk.submit(f"{STORED}bulk/lend?ids={one}", borrower="นายยืม", due_on=near(7)).status_code == 422
    assert clerk.submit(f"{STORED}bulk/lend?ids={one}", **typed, due_on=near(7)).status_code == 302
    assert clerk.sent_late(f"{STORED}bulk/lend?ids={one}", **typed, due_on=near(7)).status_code == 422, "it is lent"
    with world.session() as s:
        loan = s.scalars(select(Loan)).one().id
    assert world.count("core_waiting", "kind = 'saraban_loan'") == 1, "until it is back it waits"
    assert clerk.submit(f"/saraban/loans/bulk/returned?ids={loan}", returned_by="นายคืน").status_code == 302
    assert world.count("core_waiting", "kind = 'saraban_loan'") == 0


def test_a_lent_letter_is_not_surveyed_and_not_destroyed(world, folder):
    list_id, unit = surveyed(world, folder), world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        made = decided(s, list_id)
        first = s.get(Stored, s.get(DestructionLine, lines(s, made)[0]).stored_id)
        values = {"borrower": "ก", "purpose": "ข", "approved_by": "ค", "due_on": today()}
        storage.lend(s, first, values, by=KEEPER, on=today())
        assert storage.approve(s, made, by=CHIEF, today=today()) == 1, "asked again when it is approved"
        assert s.get(DestructionLine, lines(s, made)[0]).decision == "left"
        assert first not in storage.due(s, unit, LAST)


def test_a_year_is_surveyed_once_and_when_it_is_over(world, folder):
    surveyed(world, folder)
    unit = world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        for year, said in ((LAST, "already"), (LAST + 1, "not over")):
            with pytest.raises(RuleError, match=said):
                storage.survey(s, unit, year, by=KEEPER, today=today())


def test_a_year_whose_list_was_dropped_is_surveyed_anew(world, folder):
    list_id = surveyed(world, folder, 2)
    unit = world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        storage.drop(s, decided(s, list_id))
    store(world, folder, done(world), LONG_AGO)
    with world.session(user=f"clerk.{HOME}") as s:
        made = storage.survey(s, unit, LAST, by=KEEPER, today=today())
        assert (made.id, made.status, len(lines(s, made)), made.order_no) == (list_id, "surveyed", 3, "")
        storage.approve(s, decided(s, list_id), by=CHIEF, today=today())
    with world.session(user=f"clerk.{HOME}") as s, pytest.raises(RuleError, match="already"):
        storage.survey(s, unit, LAST, by=KEEPER, today=today())


def test_a_committee_has_a_chair_and_two_members_by_an_order(world, folder):
    list_id = surveyed(world, folder)
    with world.session(user=f"clerk.{HOME}") as s:
        made = s.get(Destruction, list_id)
        two = [{"name": "ก", "position": "", "chair": True}, {"name": "ข", "position": "", "chair": False}]
        with pytest.raises(RuleError, match="one chair"):
            storage.appoint(s, made, "1/2569", two)
        with pytest.raises(RuleError, match="order"):
            storage.appoint(s, made, "", [*two, {"name": "ค", "position": "", "chair": False}])


def test_the_majority_decides_and_dissent_is_noted(world, folder):
    list_id = surveyed(world, folder)
    with world.session(user=f"clerk.{HOME}") as s:
        made = s.get(Destruction, list_id)
        committee(s, made)
        first, second, third = lines(s, made)

        def vote(line: int, yes: int, no: int, dissent: str = "", until: date | None = None) -> None:
            storage.vote(s, made, [line], in_favour=yes, against=no, dissent=dissent, extend_until=until, today=today())

        with pytest.raises(RuleError, match="one vote"):
            vote(first, 2, 0)
        with pytest.raises(RuleError, match="who disagreed"):
            vote(first, 2, 1)
        vote(first, 2, 1, "นายแย้ง: ยังใช้อยู่")
        with pytest.raises(RuleError, match="until when"):
            vote(second, 1, 2, "นายหนึ่ง")
        vote(second, 1, 2, "นายหนึ่ง", today() + timedelta(days=400))
        with pytest.raises(RuleError, match="every letter"):
            storage.decide(s, made)
        vote(third, 3, 0)
        storage.decide(s, made)
        assert [s.get(DestructionLine, n).decision for n in (first, second, third)] == ["destroy", "extend", "destroy"]
        storage.approve(s, made, by=CHIEF, today=today())
        kept = s.get(Stored, s.get(DestructionLine, second).stored_id)
        assert kept.keep_until == today() + timedelta(days=400)


def test_who_proposed_the_list_does_not_approve_it(world, folder):
    list_id = surveyed(world, folder)
    with world.session(user=f"clerk.{HOME}") as s:
        made = decided(s, list_id)
        with pytest.raises(RuleError, match="does not approve"):
            storage.approve(s, made, by=KEEPER, today=today())


def test_silence_of_the_archives_counts_after_60_days_and_not_before(world, folder, tmp_path):
    list_id = surveyed(world, folder)
    values = {"destroyed_on": today(), "method": "ย่อยทำลาย", "archives_answer": "", "wanted": []}
    with world.session(user=f"clerk.{HOME}") as s:
        made = decided(s, list_id)
        storage.approve(s, made, by=CHIEF, today=today())
        storage.to_archives(s, made, today() - timedelta(days=59))
        with pytest.raises(RuleError, match="60 days"):
            storage.destroy(s, made, values, root=tmp_path, today=today())
        made.archives_on = today() - timedelta(days=60)
        storage.destroy(s, made, values, root=tmp_path, today=today())
        assert made.status == "destroyed"


def test_rows_names_and_hashes_stay_and_the_file_goes(world, folder, clerk):
    file = (io.BytesIO(b"%PDF-1.7 old"), "เก่า.pdf")
    staged = clerk.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"]
    with world.session(user=f"clerk.{HOME}") as s:
        sha = s.get(Attachment, staged).sha256
        path = (
            world.khet.settings.files_dir
            / str(s.scope.district_id)
            / s.get(Attachment, staged).stored_as[:2]
            / s.get(Attachment, staged).stored_as
        )
    (number,) = done(world, files=[staged])
    store(world, folder, [number], LONG_AGO)
    unit = world.unit()
    with world.session(user=f"clerk.{HOME}") as s:
        made = storage.survey(s, unit, LAST, by=KEEPER, today=today())
        decided(s, made.id)
        storage.approve(s, made, by=CHIEF, today=today())
        storage.to_archives(s, made, today())
        list_id = made.id
    assert path.is_file()
    answer = clerk.submit(
        f"{LISTS}{list_id}/step/destroy", archives_answer="ไม่สงวน", destroyed_on=near(0), method="เผา"
    )
    assert answer.status_code == 302
    assert not path.exists()
    with world.session() as s:
        line = s.scalars(select(DestructionLine).where(DestructionLine.destruction_id == list_id)).one()
        assert line.kept == f"เก่า.pdf {sha}"
        assert s.get(Stored, line.stored_id).state == "destroyed"
        assert s.get(IncomingLetter, number).subject == "เก็บ 0", "the register's line stays for ever"


def test_what_the_archives_want_is_handed_over_and_not_destroyed(world, folder, tmp_path):
    list_id = surveyed(world, folder)
    with world.session(user=f"clerk.{HOME}") as s:
        made = decided(s, list_id)
        storage.approve(s, made, by=CHIEF, today=today())
        storage.to_archives(s, made, today())
        values = {"destroyed_on": today(), "method": "เผา", "archives_answer": "สงวนลำดับที่ 1", "wanted": [1]}
        storage.destroy(s, made, values, root=tmp_path, today=today())
        states = [stored.state for _line, stored in storage.lines(s, made)]
    assert states == ["archived", "destroyed", "destroyed"]


@pytest.mark.parametrize(
    ("form", "heads"),
    [
        ("20", ["ลำดับที่", "วันเก็บ", "เลขทะเบียน", "ที่", "เรื่อง", "แฟ้ม", "เก็บถึง", "หมายเหตุ"]),
        ("21", ["ลำดับที่", "แฟ้ม", "ที่", "ลงวันที่", "เลขทะเบียน", "เรื่อง", "หมายเหตุ"]),
        ("22", ["ลำดับที่", "แฟ้ม", "ที่", "ลงวันที่", "เรื่อง", "หมายเหตุ"]),
        ("25", ["ลำดับที่", "แฟ้ม", "ที่", "ลงวันที่", "เลขทะเบียน", "เรื่อง", "การพิจารณา", "หมายเหตุ"]),
    ],
)
def test_each_form_has_its_columns(world, folder, form, heads):
    surveyed(world, folder)
    world.owner("update saraban_stored set doc_date = '2000-01-01'")
    if form == "22":
        world.owner("update saraban_stored set keep_until = null")
    browser = world.browser(f"clerk.{HOME}", "th")
    browser.get(
        f"/reports/saraban.form{form}?unit_id={world.unit()}&year=0"
        if form != "21"
        else f"/reports/saraban.form21?unit_id={world.unit()}"
    )
    assert [th.text_content() for th in browser.tree.xpath("//table[contains(@class,'align-top')]//th")] == heads


def test_storage_of_another_district_is_not_there(world, folder):
    (one,) = store(world, folder, done(world))
    there = world.browser(f"clerk.{OTHER}")
    assert there.get(f"{STORED}{one}").status_code == 404
    assert there.get(f"/saraban/folders/{folder}").status_code == 404


def words(world, report: str, **asked) -> str:
    """A report as its page shows it."""
    browser = world.browser(f"clerk.{HOME}")
    browser.get(f"/reports/{report}?" + "&".join(f"{k}={v}" for k, v in asked.items()))
    return browser.text


def test_what_is_deposited_stands_in_form_23_and_is_neither_lent_nor_destroyed(world, clerk, folder):
    one, other = store(world, folder, done(world, 2), on=LONG_AGO)
    assert clerk.submit(f"{STORED}bulk/deposit?ids={one}", remark="ฝากปี 2569").status_code == 302
    page = words(world, "saraban.form23", unit_id=world.unit(), year=0)
    assert "เก็บ 0" in page
    assert "เก็บ 1" not in page
    assert clerk.sent_late(f"{STORED}bulk/lend?ids={one}", borrower="ก", purpose="ก", approved_by="ก", due_on=near(3)
        ).status_code == 422  # fmt: skip
    with world.session() as s:
        assert [stored.id for stored in storage.due(s, world.unit(), LAST)] == [other]
    assert clerk.submit(f"{STORED}bulk/fetch?ids={one}").status_code == 302
    with world.session() as s:
        assert len(storage.due(s, world.unit(), LAST)) == 2


def test_what_was_handed_in_stands_in_form_19_and_on_the_folder_s_search_card(world, folder):
    store(world, folder, done(world, 1))
    handed = words(world, "saraban.form19", unit_id=world.unit(), year=0)
    assert "เก็บ 0" in handed
    assert f"เก็บถึง พ.ศ. {today().year + 1 + 543}" in handed
    card = words(world, "saraban.form18", folder_id=folder)
    assert "เรื่องประจำ" in card
    assert "ทราบ" in card


def test_another_district_s_folder_has_no_card_here(world, folder):
    browser = world.browser(f"clerk.{OTHER}")
    browser.get(f"/reports/saraban.form18?folder_id={folder}")
    assert "เรื่องประจำ" not in browser.text
