"""Somebody moves away: what they had in hand goes to another in one act."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.base.text.thai import today
from core.domain.standards import services as work
from core.domain.standards.models import Progress
from core.platform.follow_ups.models import KNOWN
from core.platform.timeline.models import TimelineEntry
from core.platform.users.models import Account, Grant, RoleProfile
from plugins.cooperation.models import Case, Task
from plugins.saraban.models.endorsements import Assignment
from plugins.saraban.models.letters import IncomingLetter
from plugins.service_request.models import Nominee, Plan
from tests.plugins.service_request.test_speakers_of_plans import OfAPlan
from tests.plugins.service_request.world import answer, circulated
from tests.support import HOME, OTHER, World

FIRST_GIVEN = datetime(2026, 1, 5, 3, tzinfo=UTC)
LETTERS, AGREED = "Letter given to an officer", "Speaker: agreed to in person"


def roles_like(world: World, heir: Account, account: Account) -> None:
    """The heir holds what the other holds."""
    with world.session() as s:
        for one in s.scalars(select(Grant).where(Grant.user_id == account.id, Grant.lasts(today()))).all():
            s.add(Grant(user_id=heir.id, role_id=one.role_id, unit_id=one.unit_id, starts_on=today()))


@pytest.fixture
def busy(world: World) -> dict[str, Any]:
    """A supervisor with one thing of every kind in hand, and a clerk without any."""
    leaver, group = world.account(f"supervisor.{HOME}"), world.unit("group")
    with world.session() as s:
        case = s.scalars(select(Case).where(Case.owner_id == leaver.id)).first()
        plan = Plan(unit_id=group, year=2569, title="แผน", objectives="x", owner_id=leaver.id, owner="x")
        task = Task(case_id=case.id, unit_id=group, what="ประสาน", user_id=leaver.id, who="x", due_on=today())
        s.add_all([plan, task])
        run = work.start_run(s, work.current(s, "004-AREA"), group, 2569, assignee=s.get_one(Account, leaver.id))
        letters = s.scalars(select(IncomingLetter).where(IncomingLetter.secrecy == 0).limit(1)).all()
        given = Assignment(
            letter_id=letters[0].id, unit_id=letters[0].unit_id, user_id=leaver.id, lead=True, what="เรื่องในมือ",
            given_by="ผอ.", given_at=FIRST_GIVEN, state=KNOWN,
        )  # fmt: skip
        s.add(given)
        s.flush()
        steps = [one.id for one in work.of_run(s, run)]
        found = {"case": case.id, "plan": plan.id, "task": task.id, "given": given.id, "letter": letters[0].id}
    return {**found, "steps": steps, "leaver": leaver, "page": f"/users/{leaver.id}/hand-over"}


def shown(browser: Any) -> dict[str, list[str]]:
    """What the page says: kind of record → how much can be given, and how much stays."""
    lines = [[cell.text_content() for cell in line] for line in browser.tree.xpath("//main//tbody/tr")]
    return {line[0]: line[1:] for line in lines}


def test_what_a_leaver_had_in_hand_goes_to_another_in_one_act(world, busy):
    leaver, heir, admin = busy["leaver"], world.account(f"groupclerk.{HOME}"), world.browser(f"admin.{HOME}")
    roles_like(world, heir, leaver)
    admin.get(f"/users/{leaver.id}")
    assert admin.tree.xpath(f"//a[@href='{busy['page']}']")
    admin.get(busy["page"])
    rows = shown(admin)
    assert rows["Plan of service"] == ["1", "0"]
    assert rows["Task"] == ["1", "0"]
    assert rows["Speaker"][0] == "0", "an answer is one's own"
    assert "เรื่องในมือ" not in admin.text, "to whom reads no letters: how much, and nothing of what it says"
    seen = admin.submit(busy["page"], heir_id=str(heir.id))
    assert seen.status_code == 422, "what stays is said first"
    assert "Speaker" in " ".join(admin.errors())
    assert admin.resubmit(busy["page"]).status_code == 302, admin.errors()
    with world.session() as s:
        assert s.get_one(Case, busy["case"]).owner_id == heir.id
        assert s.get_one(Plan, busy["plan"]).owner == heir.get_full_name()
        assert s.get_one(Task, busy["task"]).user_id == heir.id
        assert {s.get_one(Progress, one).assignee_id for one in busy["steps"]} == {heir.id}
        given = s.get_one(Assignment, busy["given"])
        assert (given.user_id, given.state, given.known_at) == (heir.id, "given", None), "new to whoever takes it over"
        assert (given.given_by, given.given_at) == ("ผอ.", FIRST_GIVEN), "by whom and when it was first given stays"
        assert s.get_one(IncomingLetter, busy["letter"]).assignee_id == heir.id
        assert s.scalars(select(Nominee).filter_by(user_id=heir.id)).first() is None
        said = select(TimelineEntry.kind).where(TimelineEntry.action == "core.handed_over")
        told = set(s.scalars(said))
        assert {"ab_user", "cooperation_case", "service_request_plan", "cooperation_task", "saraban_assignment"} <= told
    for account in (leaver, heir):
        assert world.count("core_notice", f"user_id = {account.id} and topic = 'core.handed_over'") == 1
        assert world.count("core_notice", f"user_id = {account.id} and topic = 'core.worklist'") == 0, "said once"
    again = admin.submit(busy["page"], heir_id=str(heir.id))
    assert again.status_code == 422
    assert "Nothing of it is left to be given on." in " ".join(admin.errors()), "not that the heir lacks a role"


def offered(browser: Any, page: str, typed: str = "") -> set[int]:
    """Whom the page's field finds for a word."""
    browser.get(page)
    (address,) = browser.tree.xpath("//div[@class='combo']/@data-url")
    return {one["id"] for one in browser.get(address, query_string={"q": typed}).json}


def lines(browser: Any) -> dict[str, list[tuple[str, str]]]:
    """What the page lists: kind → (what it is called, why it stays) of each that opens."""
    return {
        kind.xpath("string(summary)").rpartition(" (")[0]: [
            (line.xpath("string(span[@class='name'])"), line.xpath("string(span[@class='when'])"))
            for line in kind.xpath("a[@href]")
        ]
        for kind in browser.tree.xpath("//main//details[summary]")
    }


def test_the_page_offers_whom_something_can_be_given_to_and_names_them_to_who_chose_another(world, busy):
    leaver, heir, admin = busy["leaver"], world.account(f"groupclerk.{HOME}"), world.browser(f"admin.{HOME}")
    able = world.account(f"groupdirector.{HOME}")
    found = offered(admin, busy["page"])
    assert able.id in found, "the group's director keeps plans and tasks, too"
    school = world.account(f"school.{HOME}")
    assert not found & {leaver.id, school.id, world.account(f"admin.{HOME}").id, world.account("obec").id}
    for account_id in found:  # each of them takes something: what is offered is accepted
        with world.session() as s:
            name = s.get_one(Account, account_id).username
        seen = admin.submit(busy["page"], heir_id=str(account_id))
        assert seen.status_code == 302 or "holds no role" not in " ".join(admin.errors()), name
        if seen.status_code == 302:
            break
    assert offered(admin, busy["page"], "ไม่มีชื่อนี้") == set()
    seen = admin.submit(busy["page"], heir_id=str(school.id))
    assert seen.status_code == 422
    said = " ".join(admin.errors())
    assert "holds no role for any of it" in said
    assert "It can be given to: " in said
    assert heir.id in found or heir.get_full_name() not in said


def test_what_stays_is_listed_with_its_reason_and_what_a_leaver_has_is_listed_to_them(world, busy):
    leaver, heir = busy["leaver"], world.account(f"groupclerk.{HOME}")
    own, mine = world.browser(leaver.username), {}
    own.get("/in-hand/")
    kinds = own.tree.xpath("//main//a[contains(@href, '?kind=')]/@href")
    for kind in kinds:
        own.get(kind)
        mine |= lines(own)
        for address in own.tree.xpath("//main//details/a/@href"):
            assert world.reader(leaver.username).get(address).status_code == 200, address
    assert ("แผน", "") in [(name[:3], why) for name, why in mine["Plan of service"]]
    assert "ประสาน" in [name for name, _why in mine["Task"]]
    assert mine["Speaker"][0][1] == "It is answered, directed or signed by this person alone."
    admin, director = world.browser(f"admin.{HOME}"), world.account(f"director.{HOME}")
    roles_like(world, world.account(f"admin.{HOME}"), director)  # who opens them reads which they are
    admin.get(f"/users/{leaver.id}")
    assert "Task: " in admin.text
    admin.get(f"/users/{leaver.id}/leave")
    assert "Still in their hands: " in admin.text
    assert "Task (" in admin.text
    seen = admin.submit(busy["page"], heir_id=str(world.account(f"groupdirector.{HOME}").id))
    assert seen.status_code == 422, "what stays is said first"
    stays = [(name, why) for kind in lines(admin).values() for name, why in kind if why]
    assert stays
    assert heir.get_full_name() not in str(stays)
    why = world.account(f"groupdirector.{HOME}").get_full_name()
    assert {reason for _name, reason in stays} <= {
        "It is answered, directed or signed by this person alone.", f"{why} has no role for this at its unit.",
        f"{why} has, or had, a part in it already.", "They have agreed to it in person, and still come.",
    }  # fmt: skip


def test_nobody_takes_what_their_role_does_not_allow_nor_gives_it_to_themselves(world, busy):
    leaver, admin = busy["leaver"], world.browser(f"admin.{HOME}")
    own, stranger = world.account(f"admin.{HOME}"), world.account(f"supervisor.{OTHER}")
    school = world.account(f"school.{HOME}")
    for heir in (leaver, own, stranger, school):
        assert admin.submit(busy["page"], heir_id=str(heir.id)).status_code == 422, heir.username
    twin = world.account(f"groupclerk.{HOME}")  # nor to another account of their own
    roles_like(world, twin, leaver)
    world.owner(f"update ab_user set person_id = {own.person_id} where id = {twin.id}")
    assert admin.submit(busy["page"], heir_id=str(twin.id)).status_code == 422
    assert "Nobody gives it to themselves" in " ".join(admin.errors())
    assert world.count("core_timeline", "action = 'core.handed_over'") == 0
    for user in ("director", "supervisor", "school"):
        assert world.browser(f"{user}.{HOME}").get(busy["page"]).status_code == 403
    assert world.browser(f"admin.{OTHER}").get(busy["page"]).status_code == 404


def test_a_secret_letter_stays_and_is_not_even_counted_for_who_does_not_read_it(world, busy):
    leaver, heir, admin = busy["leaver"], world.account(f"groupclerk.{HOME}"), world.browser(f"admin.{HOME}")
    roles_like(world, heir, leaver)
    admin.get(busy["page"])
    before = shown(admin)[LETTERS]
    world.owner(f"update saraban_assignment set secrecy = 2 where id = {busy['given']}")
    world.owner(
        f"update core_waiting set secrecy = 2 where kind = 'saraban_assignment' and record_id = {busy['given']}"
    )
    admin.get(busy["page"])
    after = shown(admin).get(LETTERS, ["0", "0"])
    assert (int(before[0]) - int(after[0]), before[1]) == (1, after[1])
    admin.submit(busy["page"], heir_id=str(heir.id))
    assert admin.resubmit(busy["page"]).status_code == 302, admin.errors()
    assert world.count("saraban_assignment", f"id = {busy['given']} and user_id = {leaver.id}") == 1


def test_the_password_is_asked_before_anything_is_given(world, busy):
    heir = world.account(f"groupdirector.{HOME}")
    browser = world.browser(f"admin.{HOME}", proved=False)
    asked = browser.post(busy["page"], {"heir_id": str(heir.id)})
    assert asked.status_code == 403
    assert browser.tree.xpath("//input[@name='_password']")
    assert world.count("cooperation_task", f"id = {busy['task']} and user_id = {busy['leaver'].id}") == 1


def test_where_a_leaver_has_agreed_to_speak_another_is_asked_or_it_is_called_off(world):
    """An accepted engagement waits in nobody's list: it is counted, and given on by the step of speakers themselves."""
    leaver, heir = world.account(f"supervisor.{HOME}"), world.account(f"groupclerk.{HOME}")
    admin, page = world.browser(f"admin.{HOME}"), f"/users/{leaver.id}/hand-over"
    admin.get(page)
    before = int(shown(admin).get(AGREED, ["0"])[0])
    first, course = circulated(world), OfAPlan(world)
    answer(world, first)
    assert course.pick("supervisor").status_code == 302, "who picks themselves has agreed"
    roles_like(world, heir, leaver)
    admin.get(page)
    assert shown(admin)[AGREED] == [str(before + 2), "0"]
    stays = admin.submit(page, heir_id=str(heir.id))
    assert stays.status_code == 422
    assert f"{AGREED} ({before + 2})" in " ".join(admin.errors()), "what stays is said first"
    world.owner(f"update ab_user set person_id = null where id = {heir.id}")
    assert admin.submit(page, heir_id=str(heir.id), engaged="given").status_code == 422
    assert admin.resubmit(page, engaged="given").status_code == 422
    said = " ".join(admin.errors())
    assert "cannot be asked in their place" in said
    able = world.account(f"groupdirector.{HOME}").get_full_name()
    assert f"It can be given to: {able}" in said or f", {able}" in said, "who could is named"
    world.owner(f"update ab_user set person_id = {heir.person_id} where id = {heir.id}")
    assert admin.resubmit(page).status_code == 422, "what stays is said"
    assert admin.resubmit(page).status_code == 302, admin.errors()
    with world.session() as s:
        said = select(Nominee.answer).where(Nominee.request_id == first).order_by(Nominee.id)
        assert list(s.scalars(said)) == ["delegated", "waiting"]
    assert course.line("supervisor").answer == "delegated"
    assert course.line("groupclerk").answer == "waiting"
    assert course.booked("supervisor") == []
    for user in ("school", "groupclerk"):
        told = f"user_id = {world.account(f'{user}.{HOME}').id} and kind = 'service_request_request' and record_id = {first}"
        assert world.count("core_notice", f"{told} and label like 'วิทยากรไปไม่ได้%'") == 1, user


def test_what_a_leaver_agreed_to_is_called_off_where_nobody_comes_in_their_place(world):
    leaver, heir = world.account(f"supervisor.{HOME}"), world.account(f"groupclerk.{HOME}")
    number = circulated(world)
    answer(world, number)
    admin, page = world.browser(f"admin.{HOME}"), f"/users/{leaver.id}/hand-over"
    if admin.submit(page, heir_id=str(heir.id), engaged="off").status_code == 422:
        assert admin.resubmit(page).status_code == 302, admin.errors()
    with world.session() as s:
        assert s.scalars(select(Nominee.answer).filter_by(request_id=number)).one() == "refused"
    lost = f"kind = 'service_request_request' and record_id = {number}"
    for user in ("groupdirector", "school", "groupclerk"):
        told = f"user_id = {world.account(f'{user}.{HOME}').id} and {lost}"
        assert world.count("core_notice", f"{told} and label like '%วิทยากร%'"), user
    assert world.count("core_notice", f"user_id = {leaver.id} and topic = 'core.handed_over'")


def test_who_comes_back_before_the_last_day_ends_whose_place_is_taken(world):
    director, deputy = world.account(f"director.{HOME}"), world.account(f"groupdirector.{HOME}")
    unit = world.unit()
    with world.session() as s:
        role = s.scalars(select(RoleProfile.id).where(RoleProfile.key == "saraban.director")).one()
        s.add(
            Grant(
                user_id=deputy.id, role_id=role, unit_id=unit, starts_on=today(), ends_on=today() + timedelta(days=2),
                stands_in_for_id=director.id,
            )
        )  # fmt: skip
    back = world.browser(f"director.{HOME}")
    back.get("/in-hand/")
    assert deputy.get_full_name() in back.text
    (address,) = back.tree.xpath("//main//a[contains(@href,'/stand-ins/')]/@href")
    for other in ("groupdirector", "clerk"):
        assert world.browser(f"{other}.{HOME}").get(address).status_code == 404, "it is for whose place it is alone"
    assert back.get(address).status_code == 200, "what it does is said first"
    assert back.post(address).status_code == 302
    back.get("/in-hand/")
    assert not back.tree.xpath("//main//a[contains(@href,'/stand-ins/')]/@href")
    assert back.get(address).status_code == 404, "once"
    with world.session() as s:
        assert all(grant.over(today()) for grant in s.scalars(select(Grant).filter_by(stands_in_for_id=director.id)))
    told = f"user_id = {deputy.id} and topic = 'core.grave'"
    assert world.count("core_notice", told) == 1, "and the other hears of it"
