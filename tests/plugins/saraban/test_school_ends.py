"""Letters that lie in the tray of a school that is merged or closed: nobody's letter is left lying."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from core.base.text.thai import today
from core.platform.jobs import runner
from core.platform.masterdata.models import School, Unit
from core.platform.users.models import Grant, RoleProfile
from core.plugins import switches
from core.records.files.models import Attachment
from plugins.saraban.models.dispatches import Arrival, Dispatch
from plugins.saraban.models.drafts import OPEN as ON_ITS_WAY
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import OPEN, IncomingLetter, OutgoingLetter
from plugins.saraban.work import exchange, registers
from tests.plugins.saraban.test_drafts import take, write
from tests.plugins.saraban.test_exchange import BOARD, OUT, TRAY, arrival_of, load, outgoing, send
from tests.support import HOME, letter, near

IN = "/saraban/incoming/"


@pytest.fixture
def admin(world):
    return world.browser(f"admin.{HOME}")


def schools(world) -> tuple[School, School]:
    """The school whose clerk the demo has, and another whose tray the supervisor keeps."""
    user, school = world.account(f"supervisor.{HOME}"), world.account(f"school.{HOME}")
    with world.session() as s:
        unit = s.scalars(select(Grant.unit_id).where(Grant.user_id == school.id)).first()
        mine = s.scalars(select(School).where(School.unit_id == unit)).one()
        other = s.scalars(select(School).where(School.id != mine.id).order_by(School.id)).first()
        held = s.scalars(select(Grant).where(Grant.user_id == user.id)).first()
        role = s.scalars(select(RoleProfile).where(RoleProfile.key == "saraban.school_clerk")).one()
        s.add(Grant(user_id=user.id, role_id=role.id, unit_id=other.unit_id, starts_on=held.starts_on))
    return mine, other


def sent_to(world, school: School) -> int:
    """A letter of the office that lies in the school's tray; the id of its line."""
    to = exchange.Recipient(school.name, "khet", world.district_id(), school.unit_id)
    (line,) = send(world, outgoing(world), [to])
    runner.run_all(world.app)
    assert load(world, Dispatch, line).state == "sent"
    return line


def end(admin, school: School, **how) -> None:
    answer = admin.submit(f"/schools/{school.id}/edit", status_on=near(0), **how)
    if answer.status_code == 422:
        answer = admin.resubmit(f"/schools/{school.id}/edit")
    assert answer.status_code == 302, admin.errors()


def test_the_tray_of_a_merged_school_is_the_other_school_s(world, admin):
    mine, other = schools(world)
    lines = [sent_to(world, mine) for _ in range(2)]
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    came = [arrival_of(world, line, HOME) for line in lines]
    assert {one.unit_id for one in came} == {other.unit_id}
    clerk = world.browser(f"supervisor.{HOME}")
    clerk.get("/notices/")
    said = f"{mine.name} ยุบรวมกับโรงเรียนนี้แล้ว งานที่ค้างอยู่ให้โรงเรียนนี้ทำต่อ"
    assert clerk.text.count(said) == 1, "one notice of all that goes on"
    clerk.get(f"{TRAY}{came[0].id}")
    assert f"{mine.name} → {other.name}" in clerk.text
    assert clerk.submit(f"{TRAY}bulk/register?ids={came[0].id}").status_code == 302, clerk.errors()
    runner.run_all(world.app)
    assert load(world, Dispatch, lines[0]).state == "registered", "the sender sees it"
    office = world.browser(f"clerk.{HOME}")
    office.get(f"{BOARD}{lines[1]}")
    assert f"{mine.name} → {other.name}" in office.text, "and where it lies"
    said = f"{mine.name} (received by {other.name})"
    for page in (f"{OUT}{load(world, Dispatch, lines[0]).letter_id}", f"{BOARD}{lines[0]}", BOARD):
        office.get(page)
        assert said in office.text, "the number that stands there is the other school's, and that is said"


def test_a_letter_on_its_way_to_a_merged_school_arrives_at_the_other(world, admin):
    mine, other = schools(world)
    to = exchange.Recipient(mine.name, "khet", world.district_id(), mine.unit_id)
    (line,) = send(world, outgoing(world), [to])
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    runner.run_all(world.app)
    assert arrival_of(world, line, HOME).unit_id == other.unit_id
    office = world.browser(f"clerk.{HOME}")
    office.get(f"{BOARD}{line}")
    assert f"{mine.name} (received by {other.name})" in office.text


def test_a_letter_is_sent_back_by_who_has_it_in_the_place_of_a_merged_school(world, admin):
    mine, other = schools(world)
    line = sent_to(world, mine)
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    clerk, back = world.browser(f"supervisor.{HOME}"), arrival_of(world, line, HOME).id
    assert clerk.submit(f"{TRAY}bulk/send_back?ids={back}", text="ไม่ใช่ของเรา").status_code == 302, clerk.errors()
    runner.run_all(world.app)
    office = world.browser(f"clerk.{HOME}")
    office.get("/notices/")
    by = world.account(f"supervisor.{HOME}").get_full_name()
    assert f"{mine.name} (รับโดย {other.name}) ({by}) ส่งหนังสือนี้คืน" in office.text, "a school that is no more does nothing"


def test_the_tray_of_a_closed_school_goes_back_to_its_senders(world, admin):
    mine, _other = schools(world)
    line = sent_to(world, mine)
    end(admin, mine, status="closed")
    came = arrival_of(world, line, HOME)
    assert (came.state, came.subject) == ("returned", "")
    with world.session() as s:
        files = select(Attachment.id).where(Attachment.kind == Arrival.__tablename__, Attachment.record_id == came.id)
        assert s.scalars(files).all() == []
    runner.run_all(world.app)
    back = load(world, Dispatch, line)
    assert back.state == "returned"
    assert mine.name in back.problem
    office = world.browser(f"clerk.{HOME}")
    office.get("/notices/")
    assert f"{mine.name} (" in office.text, "which unit, by whose hand"
    assert "ส่งหนังสือนี้คืน" in office.text
    assert back.problem in office.text, "and why"
    office.get(f"{OUT}{back.letter_id}")
    assert "Sent back by the recipient" in office.text
    office.get(f"{BOARD}{line}")
    assert not office.tree.xpath("//main//a[contains(@href, '/bulk/again')]"), "nobody takes letters there"
    office.sent_late(f"{BOARD}bulk/again?ids={line}")
    assert "is closed: nobody takes letters there" in office.text


def test_where_correspondence_is_off_the_tray_stays_as_it_is(world, admin):
    mine, other = schools(world)
    line = sent_to(world, mine)
    with world.session() as s:
        switches.switch(s, world.khet.switchboard, "saraban", on=False)
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    assert arrival_of(world, line, HOME).unit_id == mine.unit_id


def grant(world, user: str, role: str, unit_id: int) -> None:
    account = world.account(f"{user}.{HOME}")
    with world.session() as s:
        held = s.scalars(select(Grant).where(Grant.user_id == account.id)).first()
        found = s.scalars(select(RoleProfile).where(RoleProfile.key == role)).one()
        s.add(Grant(user_id=account.id, role_id=found.id, unit_id=unit_id, starts_on=held.starts_on))


def in_work(world, school: School) -> tuple[list[int], list[int]]:
    """Incoming letters and drafts of a school that are under way."""
    with world.session() as s:
        letters = select(IncomingLetter.id).where(
            IncomingLetter.unit_id == school.unit_id, IncomingLetter.status.in_(OPEN)
        )
        drafts = select(Draft.id).where(Draft.unit_id == school.unit_id, Draft.status.in_(ON_ITS_WAY))
        return list(s.scalars(letters.order_by(IncomingLetter.id))), list(s.scalars(drafts.order_by(Draft.id)))


def test_what_was_in_work_at_a_merged_school_is_finished_at_the_other(world, admin):
    mine, other = schools(world)
    head, clerk = world.browser(f"supervisor.{HOME}"), world.browser(f"school2.{HOME}")
    grant(world, "supervisor", "saraban.school_head", other.unit_id)
    with world.session() as s:
        third = s.scalars(select(School).where(School.id.not_in([mine.id, other.id])).order_by(School.id)).first()
    grant(world, "supervisor2", "saraban.school_clerk", third.unit_id)
    former, signs = world.browser(f"school.{HOME}"), world.browser(f"schoolhead.{HOME}")
    written = [write(world, former) for _ in range(2)]
    put_up = {"holder_id": str(world.account(f"schoolhead.{HOME}").id)}
    assert take(former, written[0], "propose", **put_up).status_code == 302, former.errors()
    assert take(signs, written[0], "sign").status_code == 302
    account = world.account(f"school.{HOME}")
    with world.session(user=f"school.{HOME}") as s:
        writer = registers.Clerk(account.id, "ธุรการ")
        over, last, _waits = (
            registers.register_incoming(s, mine.unit_id, letter(doc_no=no), clerk=writer, today=today()).id
            for no in ("ที่ 1", "ที่ 2", "ที่ 3")
        )
    assert former.submit(f"{IN}bulk/act?ids={over}", action="เสร็จแล้ว").status_code == 302, former.errors()
    given = former.submit(f"{IN}bulk/assign?ids={last}", officers=str(account.id))
    assert given.status_code == 302, former.errors()
    letters, drafts = in_work(world, mine)
    assert len(letters) > 2
    assert clerk.get(f"{IN}{letters[0]}").status_code == 404, "another school's"
    with world.session() as s:
        numbers = list(
            s.execute(
                select(IncomingLetter.id, IncomingLetter.number, IncomingLetter.unit_id).order_by(IncomingLetter.id)
            )
        )
    end(admin, mine, status="merged", merged_into_id=str(other.id))

    assert former.get(f"{IN}{letters[0]}").status_code == 403
    assert world.browser(f"supervisor2.{HOME}").get(f"{IN}{letters[0]}").status_code == 404, "a third school's clerk"
    clerk.get("/notices/")
    assert clerk.text.count("ยุบรวมกับโรงเรียนนี้แล้ว") == 1
    assert f"({len(letters)})" in clerk.text
    assert f"({len(drafts)})" in clerk.text
    with world.session() as s:
        assert (
            list(
                s.execute(
                    select(IncomingLetter.id, IncomingLetter.number, IncomingLetter.unit_id).order_by(IncomingLetter.id)
                )
            )
            == numbers
        )
        states = set(s.scalars(select(IncomingLetter.status).where(IncomingLetter.id.in_(letters))))
    assert states <= {"registered", "returned", "directed"}, "none lies with who works there no more"
    # found, put before their own head, directed, and done
    clerk.get(f"{IN}?unit={mine.unit_id}")
    assert clerk.tree.xpath(f"//main//a[contains(@href, '{IN}{letters[-1]}')]")
    assert clerk.get(f"{IN}{letters[0]}").status_code == 200
    assert f"{mine.name} → {other.name}" in clerk.text
    assert world.account(f"admin.{HOME}").get_full_name() in clerk.text, "and by whom"
    theirs = {"holder_id": str(world.account(f"supervisor.{HOME}").id)}
    taken = clerk.submit(f"{IN}bulk/propose?ids={letters[0]}", **theirs, text="เพื่อโปรดพิจารณา")
    assert taken.status_code == 302, clerk.errors()
    assert head.submit(f"{IN}bulk/direct?ids={letters[0]}", text="ทราบ").status_code == 302, head.errors()
    for number in letters:
        assert clerk.submit(f"{IN}bulk/act?ids={number}", action="เรียบร้อย").status_code == 302, clerk.errors()
    assert in_work(world, mine) == ([], [])
    # every draft goes its way from the start, and its number is of their book
    for number in (draft for draft in drafts if draft != written[1]):
        assert load(world, Draft, number).signed_by == ""
        assert take(clerk, number, "propose", **theirs).status_code == 302, clerk.errors()
        assert take(head, number, "sign").status_code == 302, head.errors()
        assert take(clerk, number, "issue").status_code == 302, clerk.errors()
        sent = load(world, OutgoingLetter, load(world, Draft, number).letter_id)
        assert sent.unit_id == other.unit_id
    assert take(clerk, written[1], "drop", text="ไม่ใช้").status_code == 302, clerk.errors()
    # what is finished is read there, and nothing begins in the old books
    assert clerk.get(f"{IN}{over}").status_code == 200
    assert clerk.submit(f"{IN}bulk/cancel?ids={over}", reason="ก").status_code in (403, 404, 422)
    clerk.submit(f"{IN}{over}/edit", subject="เขียนใหม่", reason="ก")
    assert load(world, IncomingLetter, over).subject != "เขียนใหม่", "what stands in an ended book changes no more"
    clerk.get(f"{IN}{over}")
    assert not [one for one in links(clerk) if one.endswith(("/correct", "/cancel"))], "and nothing that is refused"
    assert clerk.get(f"/books/{mine.unit_id}/saraban.incoming/").status_code == 200
    assert not [one for one in links(clerk) if "/reserve" in one or "/insert" in one]
    assert "its books give no number any more" in clerk.text
    last = {"base": str(load(world, IncomingLetter, over).number), "count": "1"}
    for step in ("reserve", "insert"):
        refused = clerk.submit(f"/books/{mine.unit_id}/saraban.incoming/{step}", reason="x", **last)
        assert refused.status_code == 422, step
        assert "its books give no number any more" in " ".join(clerk.errors())
    assert world.count("core_number", f"unit_id = {mine.unit_id} and state = 'reserved'") == 0


def notices_of(browser) -> list[tuple[str, str]]:
    """What somebody was told, and where it leads."""
    browser.get("/notices/")
    lines = browser.tree.xpath("//main//*[contains(@class, 'wait-line')]")
    return [(line.text_content(), line.get("href", "")) for line in lines]


def links(browser) -> set[str]:
    """Where the page leads."""
    return set(browser.tree.xpath("//main//a/@href"))


def waits(browser) -> set[str]:
    """What a person's home page says that waits for them."""
    browser.get("/")
    return {address.partition("?")[0] for address in links(browser)}


def test_a_draft_that_was_taken_over_waits_for_who_can_finish_it_and_each_hears_once_what_is_true(world, admin):
    mine, other = schools(world)
    grant(world, "supervisor", "saraban.school_head", other.unit_id)
    former, head = world.browser(f"school.{HOME}"), world.browser(f"schoolhead.{HOME}")
    begun = write(world, former, owner=mine.name, phone="0 4281 1111")
    before_the_head = write(world, former)
    put_up = {"holder_id": str(world.account(f"schoolhead.{HOME}").id)}
    assert take(former, before_the_head, "propose", **put_up).status_code == 302, former.errors()
    known = {user: len(notices_of(user)) for user in (former, head)}
    end(admin, mine, status="merged", merged_into_id=str(other.id))

    clerk = world.browser(f"supervisor.{HOME}")
    taken = {f"/saraban/drafts/{one}" for one in (begun, before_the_head)}
    assert taken <= waits(clerk), "in the list of who writes there"
    for user in (former, head):
        new = notices_of(user)[: len(notices_of(user)) - known[user]]
        assert len(new) == 1, "one notice"
        assert f"ให้ {other.name} ทำต่อ" in new[0][0]
    (told,) = [one for one in notices_of(clerk) if "ยุบรวมกับโรงเรียนนี้แล้ว" in one[0]]
    assert clerk.get(told[1]).status_code == 200
    assert taken <= links(clerk), "the notice opens all that went on"
    assert other.name in clerk.text
    assert former.get(told[1]).status_code == 200
    assert not taken & links(former), "who works there no more reads nothing of it"
    # who goes on with it has it from then on, and the paper names who sends it
    director = {"holder_id": str(world.account(f"supervisor.{HOME}").id)}
    assert take(clerk, begun, "propose", **director).status_code == 302, clerk.errors()
    draft = load(world, Draft, begun)
    assert draft.drafted_by_id == world.account(f"supervisor.{HOME}").id
    assert (draft.content["owner"], draft.content["phone"]) == (other.name, "")
    assert mine.name not in "".join(str(value) for value in draft.content.values())
    assert take(clerk, begun, "sign").status_code == 302, clerk.errors()
    assert take(clerk, begun, "issue").status_code == 302, clerk.errors()
    clerk.get(f"/saraban/drafts/{begun}/versions/2")
    assert mine.name in clerk.text, "what stood there is a version before"


def test_what_was_put_before_somebody_elsewhere_is_said_to_go_on_and_not_to_be_done(world, admin):
    """Who holds no role at the unit that ends hears it of what waited for them by name."""
    mine, other = schools(world)
    former = world.browser(f"school.{HOME}")
    number = write(world, former)
    with world.session() as s:
        draft = s.get(Draft, number)
        draft.status, draft.holder_id = "signing", world.account(f"school2.{HOME}").id
    outsider = world.browser(f"school2.{HOME}")
    known = len(notices_of(outsider))
    with world.session() as s:
        third = s.scalars(select(School).where(School.id.not_in([mine.id, other.id])).order_by(School.id)).first()
        s.execute(
            update(Grant).where(Grant.user_id == world.account(f"school2.{HOME}").id).values(unit_id=third.unit_id)
        )
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    new = notices_of(outsider)
    assert len(new) == known + 1
    assert f"{mine.name} → {other.name}" in new[0][0]


def test_a_circular_that_both_schools_got_lies_once_in_the_tray(world, admin):
    mine, other = schools(world)
    lines = []
    number = outgoing(world)
    for school in (mine, other):
        lines += send(world, number, [exchange.Recipient(school.name, "khet", world.district_id(), school.unit_id)])
    runner.run_all(world.app)
    late = outgoing(world, subject="ตามหลัง")
    late = [
        *send(world, late, [exchange.Recipient(other.name, "khet", world.district_id(), other.unit_id)]),
        *send(world, late, [exchange.Recipient(mine.name, "khet", world.district_id(), mine.unit_id)]),
    ]
    end(admin, mine, status="merged", merged_into_id=str(other.id))
    runner.run_all(world.app)
    for first, second in ((lines[1], lines[0]), (late[0], late[1])):
        assert (arrival_of(world, first, HOME).state, arrival_of(world, second, HOME).state) == ("sent", "passed_on")
        assert (load(world, Dispatch, first).state, load(world, Dispatch, second).state) == ("sent", "passed_on")
    clerk, office = world.browser(f"supervisor.{HOME}"), world.browser(f"clerk.{HOME}")
    came = arrival_of(world, lines[0], HOME).id
    clerk.get(f"{TRAY}{came}")
    assert not clerk.tree.xpath("//main//a[contains(@href, '/bulk/register')]")
    assert clerk.sent_late(f"{TRAY}bulk/register?ids={came}").status_code in (404, 422)
    office.get(f"{BOARD}{lines[0]}")
    assert f"{mine.name} → {other.name}" in office.text
    assert "Passed on to the school it was merged into" in office.text


def test_what_a_closed_school_had_in_work_is_the_office_s(world, admin):
    mine, _other = schools(world)
    letters, drafts = in_work(world, mine)
    sent_to(world, mine)
    admin.submit(f"/schools/{mine.id}/edit", status="closed", status_on=near(0))
    said, office = " ".join(admin.errors()), world.browser(f"clerk.{HOME}")
    with world.session() as s:
        place = s.get_one(Unit, world.unit()).name
    assert f"{place} takes over as its own: " in said
    assert f"Draft ({len(drafts)})" in said
    assert f"{place} finishes, under the old numbers: Incoming letter ({len(letters)})." in said
    assert "Letter in the tray (1): goes back to its sender." in said
    assert admin.resubmit(f"/schools/{mine.id}/edit").status_code == 302
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get("/notices/")
    assert clerk.text.count(f"{mine.name} ปิดแล้ว") == 1
    for number in letters:
        office.get(f"{IN}{number}")
        assert not [one for one in links(office) if one.endswith(("/correct", "/cancel"))], "nothing that is refused"
        refused = office.submit(f"{IN}{number}/cancel", reason="ปิด")
        assert load(world, IncomingLetter, number).status != "cancelled", refused.status_code
    director = {"holder_id": str(world.account(f"director.{HOME}").id)}
    taken = clerk.submit(f"{IN}bulk/propose?ids={letters[0]}", **director, text="เพื่อโปรดพิจารณา")
    assert taken.status_code == 302, clerk.errors()
    for number in letters:
        assert clerk.submit(f"{IN}bulk/act?ids={number}", action="เรียบร้อย").status_code == 302, clerk.errors()
    for number in drafts:
        assert load(world, Draft, number).unit_id == world.unit()
        assert take(clerk, number, "drop", text="โรงเรียนปิด").status_code == 302, clerk.errors()
    assert in_work(world, mine) == ([], [])
