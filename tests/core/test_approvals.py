"""Approval chains (สายการอนุมัติ): set by the district, taken step by step, by nobody for their own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.masterdata.models import Post
from core.platform.users.models import Account, Grant, RoleProfile
from core.plugins import migrate
from core.records.approvals.models import RIGHT, Approval, ApprovalChain
from plugins.cooperation import models as cooperation
from plugins.cooperation.models import Case
from plugins.service_request.planning import services as planning
from tests.plugins.cooperation.test_cases import CASES, begin, load, take
from tests.plugins.service_request.test_planning import PLAN
from tests.plugins.service_request.test_planning import take as take_plan
from tests.support import HOME, OTHER, near

HEAD = "ผอ.กลุ่มนิเทศ ติดตามและประเมินผลฯ"
CASE, PLANS = "cooperation_case", "service_request_plan"


def line(who: str, from_amount: str | None = None, days: int | None = None) -> dict:
    return {"who": who, "from_amount": from_amount, "days": days}


def chained(world, *lines: dict, kind: str = CASE) -> None:
    """The district's chain for a kind of record."""
    with world.session() as s:
        s.add(ApprovalChain(kind=kind, steps=list(lines)))


def held(world, user: str, role: str, stands_in_for: str = "", ends_on=None, unit: int = 0) -> None:
    unit, account = unit or world.unit(), world.account(f"{user}.{HOME}").id
    place = world.account(f"{stands_in_for}.{HOME}").id if stands_in_for else None
    with world.session() as s:
        role_id = s.scalars(select(RoleProfile.id).where(RoleProfile.key == role)).one()
        dates = {"starts_on": today(), "ends_on": ends_on}
        s.add(Grant(user_id=account, role_id=role_id, unit_id=unit, stands_in_for_id=place, **dates))


def seat(world, position: str) -> int:
    """The unit at which a position is held."""
    with world.session() as s:
        return s.scalars(select(Post.unit_id).where(Post.position == position, Post.ends_on.is_(None))).one()


def way(world, number: int, kind: str = CASE) -> list[str]:
    """The states of a record's steps, over all its rounds."""
    with world.session() as s:
        mine = select(Approval.state).where(Approval.kind == kind, Approval.record_id == number)
        return list(s.scalars(mine.order_by(Approval.round, Approval.seq)))


def told(world, user: str, topic: str) -> int:
    return world.count("core_notice", f"topic = '{topic}' and user_id = {world.account(f'{user}.{HOME}').id}")


def waits_at_home(world, user: str, number: int) -> bool:
    browser = world.browser(f"{user}.{HOME}")
    browser.get("/")
    return bool(browser.tree.xpath(f"//section[contains(@class,'waiting')]//a[contains(@href, '{CASES}{number}')]"))


def offered(world, user: str, number: int) -> set[str]:
    """The steps that a user's page of the work offers."""
    browser = world.browser(f"{user}.{HOME}")
    browser.get(f"{CASES}{number}")
    links = browser.tree.xpath("//main//a[contains(@href, '/bulk/')]/@href")
    return {link.partition("/bulk/")[2].partition("?")[0] for link in links}


def test_the_administrator_sets_a_chain_and_a_work_goes_from_post_to_right(world):
    admin = world.browser(f"admin.{HOME}")
    lines = {
        "steps-0-who": RIGHT, "steps-0-place": "2", "steps-0-from_amount": "100,000",
        "steps-1-who": HEAD, "steps-1-place": "1", "steps-1-days": "3",
    }  # fmt: skip
    unproved = world.browser(f"admin.{HOME}", proved=False)
    unproved.submit("/approvals/new", kind=CASE, **lines)
    assert world.count("core_approval_chain") == 0, "who stands in a chain approves: the password is asked once more"
    made = admin.submit("/approvals/new", kind=CASE, **lines)
    assert made.status_code == 302, admin.errors()
    admin.get(made.location)
    assert HEAD in admin.text
    assert told(world, "director", "core.approval") == 1, "whoever approves by right knows that it goes another way"
    assert admin.submit("/approvals/new", kind=CASE, **lines).status_code == 422, "one chain a kind"

    number = begin(world, budget="500000")
    assert take(world, number, "propose").status_code == 302
    assert told(world, "groupdirector", "core.approval") == 1
    assert world.count("core_waiting", f"kind = '{CASE}' and record_id = {number} and post like '%{HEAD}'") == 1
    due = f"kind = '{CASE}' and record_id = {number} and state = 'waiting' and due_on is not null"
    assert world.count("core_approval", due) == 1, "three working days"
    assert waits_at_home(world, "groupdirector", number)
    assert not waits_at_home(world, "director", number)
    assert offered(world, "groupdirector", number) == {"approve", "back", "reject"}
    assert not offered(world, "director", number) & {"approve", "back", "reject"}
    assert take(world, number, "approve", "director", late=True).status_code == 422, "it is not at the director yet"
    assert take(world, number, "approve", "groupdirector", reason="เห็นควร").status_code == 302
    assert load(world, number).status == "proposed"
    assert told(world, "supervisor", "cooperation.decided") == 0
    assert told(world, "director", "core.approval") == 2
    assert waits_at_home(world, "director", number)
    assert not waits_at_home(world, "groupdirector", number)
    assert take(world, number, "approve", "groupdirector", late=True).status_code == 422, "once for each step"
    assert take(world, number, "approve", "director").status_code == 302
    assert (load(world, number).status, load(world, number).decided_by) != ("approved", "")
    assert told(world, "supervisor", "cooperation.decided") == 1
    browser = world.browser(f"supervisor.{HOME}")
    browser.get(f"{CASES}{number}")
    (panel,) = browser.tree.xpath("//section[h2[contains(., 'Approval')]]")
    said = " ".join(panel.text_content().split())
    for name in ("groupdirector", "director"):
        assert world.account(f"{name}.{HOME}").get_full_name() in said
    assert "เห็นควร" in said

    small = begin(world, budget="99999.99")
    take(world, small, "propose")
    assert take(world, small, "approve", "groupdirector").status_code == 302
    assert load(world, small).status == "approved", "the second step is for larger amounts alone"


def test_no_chain_leaves_small_amounts_to_nobody_and_other_districts_have_their_own(world):
    admin = world.browser(f"admin.{HOME}")
    wrong = {"kind": CASE, "steps-0-who": RIGHT, "steps-0-from_amount": "5000"}
    assert admin.submit("/approvals/new", **wrong).status_code == 422
    assert "every amount" in " ".join(admin.errors())
    negative = {"kind": CASE, "steps-0-who": RIGHT, "steps-0-days": "-1"}
    assert admin.submit("/approvals/new", **negative).status_code == 422
    assert world.browser(f"supervisor.{HOME}").get("/approvals/new").status_code == 403
    chained(world, line(HEAD))
    with world.session(OTHER) as s:
        assert s.scalars(select(ApprovalChain)).all() == []


def test_nobody_approves_their_own_neither_as_a_stand_in(world):
    held(world, "supervisor", "cooperation.director")
    number = begin(world)
    assert take(world, number, "propose").status_code == 302
    assert not offered(world, "supervisor", number) & {"approve", "back", "reject"}
    assert "withdraw" in offered(world, "supervisor", number)
    for key in ("approve", "back", "reject"):
        assert take(world, number, key, reason="ก", late=True).status_code == 422, key
    # who takes the place of the one who proposed it approves it no more than they do
    held(world, "clerk", "cooperation.director", stands_in_for="supervisor", ends_on=today())
    assert take(world, number, "approve", "clerk", late=True).status_code == 422
    # and whoever is responsible for it has no other account either
    twin = world.account(f"groupdirector.{HOME}").id
    person = world.account(f"supervisor.{HOME}").person_id
    held(world, "groupdirector", "cooperation.director")
    world.owner(f"update ab_user set person_id = {person} where id = {twin}")
    assert take(world, number, "approve", "groupdirector", late=True).status_code == 422
    assert take(world, number, "approve", "director").status_code == 302
    assert way(world, number) == ["approved"]


def test_nobody_puts_themselves_where_records_are_approved(world):
    """Who keeps people and accounts writes down no position for themselves by which something is approved."""
    admin, boss, post = world.browser(f"admin.{HOME}"), world.account(f"director.{HOME}"), "ผอ.เขต"
    me = world.account(f"admin.{HOME}")
    chained(world, line(post))
    held(world, "admin", "cooperation.officer")
    number = begin(world)
    take(world, number, "propose")
    new = {"unit_id": str(world.unit()), "starts_on": near(0)}
    refused = admin.submit(f"/persons/{me.person_id}/posts/new", position=f" {post} ", **new)
    assert refused.status_code == 422
    assert "another administrator" in " ".join(admin.errors())
    assert admin.submit(f"/users/{me.id}/edit", person_id=str(boss.person_id)).status_code == 422
    assert world.account(f"admin.{HOME}").person_id == me.person_id
    assert take(world, number, "approve", "admin").status_code in (404, 422)
    assert admin.submit(f"/persons/{me.person_id}/posts/new", position="นักวิชาการ", **new).status_code == 302
    other = world.account(f"clerk.{HOME}").person_id
    assert admin.submit(f"/persons/{other}/posts/new", position=post, **new).status_code == 302, "for somebody else"


def test_where_nobody_else_can_approve_the_proposal_says_so_and_who_can_help(world):
    admin = world.account(f"admin.{HOME}").get_full_name()
    number = begin(world)
    world.owner(f"update ab_user set active = false where id = {world.account(f'director.{HOME}').id}")
    refused = take(world, number, "propose")
    assert refused.status_code == 422
    assert admin in " ".join(refused.browser.errors())
    held(world, "supervisor", "cooperation.director")
    own = take(world, number, "propose")
    assert own.status_code == 422
    assert "their own" in " ".join(own.browser.errors())
    assert (load(world, number).status, way(world, number)) == ("analysing", [])
    chained(world, line("ตำแหน่งที่ว่าง"))
    vacant = take(world, number, "propose")
    assert vacant.status_code == 422
    assert "ตำแหน่งที่ว่าง" in " ".join(vacant.browser.errors())


def test_a_step_of_ones_own_is_left_out_where_another_follows(world):
    chained(world, line(HEAD), line(RIGHT))
    made = world.browser(f"groupdirector.{HOME}")
    number = int(made.submit("/services/plans/new", **PLAN).location.rpartition("/")[2])
    assert take_plan(world, number, "propose", "groupdirector").status_code == 302
    chained(world, line(HEAD), line(RIGHT), kind=PLANS)
    assert take_plan(world, number, "withdraw", "groupdirector").status_code == 302
    assert take_plan(world, number, "propose", "groupdirector").status_code == 302
    assert way(world, number, PLANS) == ["withdrawn", "left_out", "waiting"]
    assert take_plan(world, number, "approve", "director").status_code == 302
    assert way(world, number, PLANS)[1:] == ["left_out", "approved"]


def test_what_is_sent_back_or_taken_back_begins_a_further_round_and_changes_only_then(world):
    chained(world, line(HEAD), line(RIGHT))
    number = begin(world)
    take(world, number, "propose")
    browser = world.browser(f"supervisor.{HOME}")
    assert browser.get(f"{CASES}{number}/edit").status_code == 302, "what somebody reads to approve it does not change"
    take(world, number, "approve", "groupdirector")
    with world.session() as s:  # the chain is set anew meanwhile
        s.scalars(select(ApprovalChain)).one().steps = [line(RIGHT)]
    assert take(world, number, "back", "director").status_code == 422, "a reason is asked for"
    assert take(world, number, "back", "director", reason="ระบุงบประมาณ").status_code == 302
    assert (load(world, number).status, way(world, number)) == ("analysing", ["approved", "returned"])
    assert told(world, "supervisor", "cooperation.decided") == 1
    assert take(world, number, "propose").status_code == 302
    assert way(world, number) == ["approved", "returned", "waiting"], "the new chain has one step"
    asked = told(world, "director", "core.approval")
    assert take(world, number, "withdraw").status_code == 302
    assert told(world, "director", "core.approval") == asked + 1, "who was asked is asked no more"
    assert load(world, number).status == "analysing"
    take(world, number, "propose")
    assert take(world, number, "reject", "director", reason="ไม่มีงบประมาณ").status_code == 302
    assert load(world, number).status == "rejected"
    assert way(world, number)[-1] == "refused"


def test_who_takes_the_place_of_a_post_takes_its_step_and_that_is_written_down(world):
    chained(world, line(HEAD), line(RIGHT))
    number = begin(world)
    head = world.account(f"groupdirector.{HOME}").id
    until, group = today() + timedelta(days=3), seat(world, HEAD)
    held(world, "clerk", "cooperation.officer", stands_in_for="groupdirector", ends_on=until, unit=group)
    take(world, number, "propose")
    assert told(world, "clerk", "core.approval") == 1
    assert waits_at_home(world, "clerk", number)
    assert take(world, number, "approve", "clerk").status_code == 302
    with world.session() as s:
        first = s.scalars(select(Approval).where(Approval.record_id == number, Approval.seq == 1)).one()
        assert first.by_id != head
        assert HEAD in first.acting_for


def test_what_waits_for_another_says_whose_it_is_and_a_decision_in_their_place_names_both(world):
    """รักษาราชการแทน: in the list of who takes a place, on the record, in its facts and in what others are told."""
    chained(world, line(HEAD))
    chained(world, line(HEAD), kind=PLANS)
    number = begin(world)
    until, group = today() + timedelta(days=3), seat(world, HEAD)
    held(world, "clerk", "cooperation.officer", stands_in_for="groupdirector", ends_on=until, unit=group)
    take(world, number, "propose")
    supervisor, clerk = world.browser(f"supervisor.{HOME}"), world.browser(f"clerk.{HOME}")
    plan = int(supervisor.submit("/services/plans/new", **PLAN).location.rpartition("/")[2])
    take_plan(world, plan, "propose")
    clerk.get("/")
    (waits,) = clerk.tree.xpath(f"//section[contains(@class,'waiting')]//a[contains(@href, '{CASES}{number}')]")
    assert f"acting for {HEAD}" in waits.text_content()
    clerk.get(CASES)
    (row,) = clerk.tree.xpath(f"//main//tr[@data-id='{number}']")
    assert f"acting for {HEAD}" in row.text_content()
    clerk.get(f"{CASES}{number}")
    assert f"acting for {HEAD}" in clerk.tree.xpath("string(//div[contains(@class, 'page-head')])")
    head = world.browser(f"groupdirector.{HOME}")
    for page in ("/", CASES, f"{CASES}{number}"):
        head.get(page)
        assert "acting for" not in head.text, "it is their own"
    assert take(world, number, "approve", "clerk").status_code == 302
    assert take_plan(world, plan, "approve", "clerk").status_code == 302
    both = f"{world.account(f'clerk.{HOME}').get_full_name()} acting for {HEAD}"
    assert load(world, number).decided_by == both
    for topic, page in (
        ("cooperation.decided", f"{CASES}{number}"),
        ("service_request.plan", f"/services/plans/{plan}"),
    ):
        supervisor.get(page)
        assert both in supervisor.text, page
        owner = world.account(f"supervisor.{HOME}").id
        told_both = f"user_id = {owner} and topic = '{topic}' and label like '%{both}%'"
        assert world.count("core_notice", told_both) == 1, topic


def test_who_is_put_into_a_place_that_approves_stands_in_the_log_and_the_director_hears(world):
    """Nobody is put where records are approved behind the director's back, by whatever way."""
    admin, accomplice = world.browser(f"admin.{HOME}"), world.account(f"supervisor.{HOME}")
    person, new = accomplice.person_id, {"unit_id": str(seat(world, HEAD)), "starts_on": near(0)}
    assert admin.submit(f"/persons/{person}/posts/new", position=HEAD, **new).status_code == 302
    assert world.count("core_grave_log", "action = 'positioned'") == 0, "no chain names it yet"
    with world.session() as s:
        post = s.scalars(select(Post).where(Post.person_id == person, Post.position == HEAD)).one()
    admin.post(f"/persons/{person}/posts/{post.id}/end")
    chained(world, line(HEAD))
    assert admin.submit(f"/persons/{person}/posts/new", position=HEAD, **new).status_code == 302
    line_of = f"user_id = {accomplice.id} and action = 'positioned'"
    assert world.count("core_grave_log", line_of) == 1
    assert told(world, "director", "core.grave") == 1
    assert told(world, "supervisor", "core.grave") == 1, "and whom it concerns"
    head = world.account(f"groupdirector.{HOME}")
    with world.session() as s:
        own = s.scalars(select(Post).where(Post.person_id == head.person_id, Post.position == HEAD)).one()
    admin.post(f"/persons/{head.person_id}/posts/{own.id}/end")
    assert world.count("core_grave_log", f"user_id = {head.id} and action = 'unpositioned'") == 1
    clerk = world.account(f"clerk.{HOME}")
    typed = {"person_id": str(person), "first_name": "ก", "last_name": "ข", "clearance": "0"}
    assert admin.submit(f"/users/{clerk.id}/edit", **typed).status_code == 302, admin.errors()
    assert world.count("core_grave_log", f"user_id = {clerk.id} and action = 'positioned'") == 1, "another's person"
    director = world.browser(f"director.{HOME}")
    director.get("/grave-log/")
    assert HEAD in director.text


def test_a_chain_that_names_a_place_tells_who_sits_in_it_and_nobody_names_their_own(world):
    """The same the other way round: first the place, today or beforehand, then the chain."""
    admin, accomplice, next_ = (
        world.browser(f"admin.{HOME}"),
        *(world.account(f"{n}.{HOME}") for n in ("supervisor", "groupclerk")),
    )
    head, own = "หัวหน้าอนุมัติ", "หัวหน้าระบบ"
    for account, position, days in ((accomplice, head, 0), (next_, head, 1), (world.account(f"admin.{HOME}"), own, 0)):
        new = {"unit_id": str(world.unit()), "starts_on": near(days)}
        made = admin.submit(f"/persons/{account.person_id}/posts/new", position=position, **new)
        assert made.status_code == 302, admin.errors()
    refused = admin.submit("/approvals/new", kind=CASE, **{"steps-0-who": own})
    assert refused.status_code == 422
    assert "yourself" in " ".join(admin.errors())
    assert admin.submit("/approvals/new", kind=CASE, **{"steps-0-who": head}).status_code == 302
    for one in (accomplice, next_):
        assert world.count("core_grave_log", f"user_id = {one.id} and action = 'positioned'") == 1
    assert told(world, "director", "core.grave") == 2
    with world.session() as s:
        chain = s.scalars(select(ApprovalChain)).one().id
    assert admin.submit(f"/approvals/{chain}/edit", **{"steps-0-who": RIGHT}).status_code == 302, admin.errors()
    assert world.count("core_grave_log", f"user_id = {accomplice.id} and action = 'unpositioned'") == 1


def test_who_takes_a_place_at_one_unit_takes_no_step_of_a_post_at_another(world):
    """The head of the group is replaced at the office, where they work besides; the group is still theirs."""
    chained(world, line(HEAD))
    number = begin(world)
    held(world, "clerk", "cooperation.officer", stands_in_for="groupdirector", ends_on=today())
    held(world, "clerk", "cooperation.officer", unit=seat(world, HEAD))
    take(world, number, "propose")
    assert told(world, "clerk", "core.approval") == 0
    assert not waits_at_home(world, "clerk", number)
    assert not offered(world, "clerk", number) & {"approve", "back", "reject"}
    for key in ("approve", "back", "reject"):
        assert take(world, number, key, "clerk", reason="ก").status_code in (404, 422), key
    assert way(world, number) == ["waiting"]
    assert take(world, number, "approve", "groupdirector").status_code == 302


def test_whoever_comes_after_in_a_post_finds_what_waits_for_it(world):
    chained(world, line(HEAD))
    number = begin(world)
    take(world, number, "propose")
    with world.session() as s:
        former = s.scalars(select(Post).where(Post.position == HEAD, Post.ends_on.is_(None))).one()
        former.ends_on = today() - timedelta(days=1)
        heir = s.scalars(select(Account).where(Account.username == f"groupclerk.{HOME}")).one()
        s.add(Post(person_id=heir.person_id, unit_id=former.unit_id, position=HEAD, starts_on=today()))
    assert not waits_at_home(world, "groupdirector", number)
    assert waits_at_home(world, "groupclerk", number)
    assert take(world, number, "approve", "groupdirector").status_code in (404, 422)
    assert take(world, number, "approve", "groupclerk").status_code == 302
    assert load(world, number).status == "approved"


def test_a_step_for_many_takes_only_what_waits_for_its_user(world):
    chained(world, line(HEAD, "1000"), line(RIGHT))
    large, small = begin(world, budget="5000"), begin(world, budget="10")
    for number in (large, small):
        take(world, number, "propose")
    director = world.browser(f"director.{HOME}")
    assert director.sent_late(f"{CASES}bulk/approve?ids={large},{small}").status_code == 422, "all or nothing"
    assert {load(world, one).status for one in (large, small)} == {"proposed"}
    assert director.submit(f"{CASES}bulk/approve?ids={small}").status_code == 302
    assert (load(world, large).status, load(world, small).status) == ("proposed", "approved")


def test_what_was_proposed_before_there_were_chains_waits_for_its_step(world):
    """core0023, cooperation0004 and service_request0008, down and up with rows."""
    chained(world, line(HEAD), line(RIGHT))
    number = begin(world)
    take(world, number, "propose")
    made = world.browser(f"supervisor.{HOME}").submit("/services/plans/new", **PLAN)
    plan = int(made.location.rpartition("/")[2])
    take_plan(world, plan, "propose")
    engine, registry = world.database.owner_engine(), world.khet.registry
    migrate.downgrade(engine, registry, "cooperation", "cooperation0003")
    migrate.downgrade(engine, registry, "service_request", "service_request0007")
    assert world.count("core_approval") == 0
    waits = f"kind = '{CASE}' and record_id = {number} and verb = 'approve' and user_id is null"
    assert world.count("core_waiting", f"{waits} and post = ''") == 1, "whoever holds the right finds it"
    migrate.downgrade(engine, registry, "core", "core0022")
    assert world.count("core_waiting", waits) == 1
    migrate.upgrade(engine, registry)
    engine.dispose()
    assert world.count("core_waiting", waits) == 1
    assert (way(world, number), way(world, plan, PLANS)) == (["waiting"], ["waiting"])
    assert take(world, number, "approve").status_code == 404, "it is not its writer's"
    assert take(world, number, "approve", "director").status_code == 302
    assert take_plan(world, plan, "approve", "director").status_code == 302


@pytest.mark.parametrize("user", ["supervisor", "director"])
def test_a_state_without_a_running_step_has_a_way_on(world, user):
    number = begin(world)
    world.owner(f"update {CASE} set status = 'proposed' where id = {number}")
    assert take(world, number, "withdraw", user).status_code == (302 if user == "supervisor" else 404)
    with world.session() as s:
        assert s.get_one(Case, number).status == ("analysing" if user == "supervisor" else "proposed")


def test_it_stays_ones_own_when_it_is_given_on_after_it_was_proposed(world):
    """Whoever was responsible when it was proposed decides nothing of it, whose it is by now."""
    number = begin(world)
    assert take(world, number, "propose").status_code == 302
    supervisor, director = (world.account(f"{name}.{HOME}").id for name in ("supervisor", "director"))
    mine = f"kind = '{CASE}' and record_id = {number}"
    assert world.count("core_approval", f"{mine} and owned_by_id = {supervisor}") == 1
    world.owner(f"update core_approval set owned_by_id = {director}, proposed_by_id = {supervisor} where {mine}")
    assert "approve" not in offered(world, "director", number)
    assert take(world, number, "approve", "director", late=True).status_code in (404, 422)
    assert load(world, number).status == "proposed"


@pytest.mark.parametrize("workflow", [cooperation.WORKFLOW, planning.WORKFLOW])
def test_no_state_names_who_approves_since_the_chain_says_that(workflow):
    """While the group's director has it, it does not wait for the area's."""
    assert str(workflow.states["proposed"]) == "Proposed"
