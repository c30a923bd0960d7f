"""รักษาราชการแทน: who takes the director's place has the director's work, signs in that capacity, and leaves it behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.accounts import services as accounts
from core.platform.masterdata.models import Post
from core.platform.notices.models import Notice
from core.platform.timeline.models import COMMENTS, TimelineEntry
from core.platform.users.models import Account, Grant, RoleProfile
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.endorsements import Assignment, Endorsement
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import registers
from tests.plugins.saraban.test_drafts import DRAFTS, WORDS, load, take, write
from tests.plugins.saraban.test_life import LIST, propose, register, step
from tests.plugins.service_request import world as services
from tests.support import HOME, letter, near

CAPACITY = "รักษาราชการแทน ผอ.เขต"


def stand_in(world, who: str = "supervisor") -> Account:
    """This user takes the director's place today."""
    account, director, unit = world.account(f"{who}.{HOME}"), world.account(f"director.{HOME}"), world.unit()
    with world.session() as s:
        role = s.scalars(select(RoleProfile).where(RoleProfile.key == "saraban.director")).one()
        s.add(
            Grant(
                user_id=account.id, role_id=role.id, unit_id=unit, starts_on=today() - timedelta(days=3),
                ends_on=today(), stands_in_for_id=director.id,
            )
        )  # fmt: skip
    return account


def runs_out(world) -> None:
    """The last day was yesterday."""
    with world.session() as s:
        for grant in s.scalars(select(Grant).where(Grant.stands_in_for_id.is_not(None))):
            grant.ends_on = today() - timedelta(days=1)


def is_ended(world) -> None:
    """The administrator's button."""
    with world.session() as s:
        number = s.scalars(select(Grant.id).where(Grant.stands_in_for_id.is_not(None))).one()
    account = world.account(f"supervisor.{HOME}")
    assert world.browser(f"admin.{HOME}").post(f"/users/{account.id}/grants/{number}/end").status_code == 302


def is_locked(world) -> None:
    number = world.account(f"supervisor.{HOME}").id
    with world.session() as s:
        account = s.get(Account, number)
        account.active = False
        accounts.end_sessions(account)


def chosen(browser, address: str) -> dict[str, str]:
    browser.get(address)
    return {
        option.get("value"): option.text_content().strip()
        for option in browser.tree.xpath("//select[@name='holder_id']/option[@value!='']")
    }  # fmt: skip


def waiting(browser) -> list[str]:
    browser.get("/")
    found = browser.tree.xpath("//section[contains(@class,'waiting')]//a/@href")
    return [str(address).partition("?")[0] for address in found]


def gives_work(world, acting) -> tuple[str, str]:
    """As the director does; returns the addresses of the assignment and of its letter."""
    number = register(world)
    clerk, officer = world.browser(f"clerk.{HOME}"), str(world.account(f"groupclerk.{HOME}").id)
    assert propose(world, clerk, number, "supervisor").status_code == 302
    assert step(acting, "direct", number, text="ดำเนินการ", officers=officer).status_code == 302
    with world.session() as s:
        given = s.scalars(select(Assignment.id).where(Assignment.letter_id == number)).one()
    return f"/saraban/assignments/{given}", f"{LIST}{number}"


def on_home(browser) -> list[str]:
    browser.get("/")
    return browser.tree.xpath(
        "//section[h2[text()='เปิดล่าสุด' or text()='เรื่องที่เริ่มไว้ รอผู้อื่นดำเนินการ']]//a[contains(@href,'/saraban/')]/@href"
    )


@pytest.mark.parametrize("picked", ["supervisor", "director"])
def test_the_capacity_under_a_paper_is_the_same_whose_name_the_clerk_picked(world, picked):
    acting = stand_in(world)
    clerk, signer = world.browser(f"clerk.{HOME}", "th"), world.browser(f"supervisor.{HOME}", "th")
    draft_id = write(world, clerk)
    offered = chosen(clerk, f"{DRAFTS}{draft_id}/step/propose")
    assert offered[str(acting.id)].endswith(CAPACITY)
    assert all("·" in one for one in offered.values()), "two of one name are told apart by what they are"
    assert "ศึกษานิเทศก์" in offered[str(acting.id)]
    assert CAPACITY not in offered[str(world.account(f"director.{HOME}").id)]
    holder = str(world.account(f"{picked}.{HOME}").id)
    assert take(clerk, draft_id, "propose", holder_id=holder).status_code == 302
    assert take(signer, draft_id, "sign").status_code == 302
    signed = load(world, draft_id)
    assert signed.content["position"] == f"ศึกษานิเทศก์\n{CAPACITY}"
    assert signed.signed_by.endswith(CAPACITY)
    assert take(clerk, draft_id, "issue").status_code == 302


def test_who_signs_by_a_right_of_their_own_signs_as_themselves(world):
    """The head of a group who takes the director's place signs the group's papers as before, and the office's acting."""
    stand_in(world, "groupdirector")
    signer = world.browser(f"groupdirector.{HOME}", "th")
    for clerk, position in (("groupclerk", False), ("clerk", True)):
        by = world.browser(f"{clerk}.{HOME}", "th")
        draft_id = write(world, by)
        holder = str(world.account(f"groupdirector.{HOME}").id)
        assert take(by, draft_id, "propose", holder_id=holder).status_code == 302, by.errors()
        assert take(signer, draft_id, "sign").status_code == 302
        assert (CAPACITY in load(world, draft_id).signed_by) is position


def test_an_order_and_who_is_to_do_it_bear_the_capacity_in_one_save(world):
    stand_in(world)
    number = register(world)
    clerk, acting = world.browser(f"clerk.{HOME}", "th"), world.browser(f"supervisor.{HOME}", "th")
    assert propose(world, clerk, number, "supervisor").status_code == 302
    officer = str(world.account(f"groupclerk.{HOME}").id)
    assert step(acting, "direct", number, text="ดำเนินการ", officers=officer).status_code == 302
    with world.session() as s:
        written = s.scalars(select(Endorsement).where(Endorsement.letter_id == number).order_by(Endorsement.id)).all()
    assert [(one.step, one.acting_for) for one in written] == [
        ("proposed", ""), ("directed", CAPACITY), ("assigned", CAPACITY)
    ]  # fmt: skip
    assert written[0].addressed.endswith(CAPACITY)


def test_who_takes_the_place_is_told_of_what_is_put_before_it_and_nobody_else_is(world):
    """Not before the first day, not after the last, and of nothing secret."""
    world.owner("update ab_user set locale = 'th'")
    clerk, director = world.browser(f"clerk.{HOME}", "th"), world.account(f"director.{HOME}")

    def told() -> list[str]:
        draft_id = write(world, clerk)
        assert take(clerk, draft_id, "propose", holder_id=str(director.id)).status_code == 302
        assert propose(world, clerk, register(world)).status_code == 302
        with world.session() as s:
            heard = s.scalars(select(Notice).where(Notice.user_id == world.account(f"supervisor.{HOME}").id)).all()
            said = [one.label for one in heard]
            for one in heard:
                s.delete(one)
        return said

    assert told() == []
    stand_in(world)
    draft, letter = told()
    assert "เสนอร่างหนังสือ" in draft
    assert "เสนอหนังสือ" in letter
    assert all(one.startswith(f"รักษาราชการแทน {director.first_name} {director.last_name}: ") for one in (draft, letter))
    secret = world.browser(f"secret.{HOME}", "th")
    with world.session(HOME, f"secret.{HOME}") as s:
        hidden = s.scalars(select(IncomingLetter.id).where(IncomingLetter.secrecy > 0)).first()
    assert step(secret, "propose", hidden, holder_id=str(director.id)).status_code == 302, secret.errors()
    assert world.count("core_notice", f"user_id = {world.account(f'supervisor.{HOME}').id}") == 0
    runs_out(world)
    assert told() == []


@pytest.mark.parametrize("ends", [runs_out, is_ended, is_locked])
def test_what_was_put_before_the_stand_in_waits_for_the_place_when_it_ends(world, ends):
    acting = stand_in(world)
    clerk = world.browser(f"clerk.{HOME}", "th")
    number, draft_id = register(world), write(world, clerk)
    assert propose(world, clerk, number, "supervisor").status_code == 302
    assert take(clerk, draft_id, "propose", holder_id=str(acting.id)).status_code == 302
    both = [f"{LIST}{number}", f"{DRAFTS}{draft_id}"]
    signer = world.browser(f"supervisor.{HOME}", "th")
    assert set(both) <= set(waiting(signer))
    given, letter = gives_work(world, signer)
    for view, record_id in (("IncomingView", number), ("DraftPaperView", draft_id)):
        assert signer.post("/recent/", {"view": view, "id": str(record_id)}).status_code == 201
    assert set(on_home(signer)) == {*both, given}
    assert signer.get(given).location == letter, "what another does stands on the letter"
    ends(world)
    if ends is not is_locked:
        gone = world.browser(f"supervisor.{HOME}", "th")
        assert not set(both) & set(waiting(gone))
        assert on_home(gone) == [], "neither what was opened lately nor what was started is offered or named"
        assert [gone.get(address).status_code for address in both] == [404, 404]
    director = world.browser(f"director.{HOME}", "th")
    assert set(both) <= set(waiting(director))
    assert step(director, "direct", number, text="ทราบ").status_code == 302
    assert take(director, draft_id, "sign").status_code == 302
    assert "รักษาราชการแทน" not in load(world, draft_id).signed_by


def test_the_next_stand_in_goes_on_where_the_last_one_left(world):
    acting = stand_in(world)
    clerk = world.browser(f"clerk.{HOME}", "th")
    draft_id = write(world, clerk)
    assert take(clerk, draft_id, "propose", holder_id=str(acting.id)).status_code == 302
    runs_out(world)
    stand_in(world, "groupdirector")
    following = world.browser(f"groupdirector.{HOME}", "th")
    assert f"{DRAFTS}{draft_id}" in waiting(following)
    assert take(following, draft_id, "sign").status_code == 302
    assert load(world, draft_id).signed_by.endswith(CAPACITY)


def test_nothing_is_listed_to_who_may_not_open_it(world):
    """A letter put before somebody whose role ended since: the clerks put it before another."""
    clerk, number = world.browser(f"clerk.{HOME}"), register(world)
    assert propose(world, clerk, number).status_code == 302
    director = world.account(f"director.{HOME}")
    assert f"{LIST}{number}" in waiting(world.browser(f"director.{HOME}"))
    world.owner(f"delete from core_grant where user_id = {director.id} and role_id in"
                " (select id from core_role where key = 'saraban.director')")  # fmt: skip
    world.owner("update core_stamp set version = version + 1")
    left = world.browser(f"director.{HOME}")
    assert f"{LIST}{number}" not in waiting(left)
    assert left.get(f"{LIST}{number}").status_code in (403, 404)
    with world.session() as s:
        assert s.get(IncomingLetter, number).holder_id == director.id


def test_who_takes_the_place_has_the_work_of_every_module(world):
    """A school's request that waits for the director: the stand-in finds it, decides it, and has it no more afterwards."""
    number = services.circulated(world, ("groupdirector",))
    services.answer(world, number, user="groupdirector")
    typed = {"met_on": near(0), "activity_decision": "เห็นควรให้บริการ"}
    assert services.step(world, number, "consider", "groupdirector", **typed).status_code == 302
    address = f"{services.BASE}{number}"
    assert address not in waiting(world.browser(f"supervisor.{HOME}", "th"))
    stand_in(world)
    acting = world.browser(f"supervisor.{HOME}", "th")
    assert address in waiting(acting)
    acting.get(address)
    assert acting.tree.xpath(f"//a[contains(@href,'bulk/approve') and contains(@href,'ids={number}')]")
    runs_out(world)
    assert address not in waiting(world.browser(f"supervisor.{HOME}", "th"))


def test_a_place_gives_no_right_that_a_second_person_gives_by_name(world):
    """Grave rights of whose place it is are not taken over: they are asked for one by one."""
    director, unit = world.account(f"director.{HOME}"), world.unit()
    with world.session() as s:
        role = s.scalars(select(RoleProfile).where(RoleProfile.key == "saraban.emergency")).one()
        s.add(Grant(user_id=director.id, role_id=role.id, unit_id=unit, starts_on=today()))
    acting = stand_in(world)
    rights = {right for role in world.khet.actor(acting.id).roles for right in role.rights}
    assert ("approve", "service_request.request") in rights
    assert ("add", "saraban.emergency") not in rights


def test_a_place_where_its_holder_does_nothing_opens_nothing_that_waits_for_them(world):
    """The director's place taken at the group, where the director has no role: the head of the group signs and directs
    what is put before themselves, and nothing that waits for the director elsewhere."""
    head, director = world.account(f"groupdirector.{HOME}"), world.account(f"director.{HOME}")
    with world.session() as s:
        own = select(Grant.unit_id).join(RoleProfile, RoleProfile.id == Grant.role_id)
        group = s.scalars(own.where(Grant.user_id == head.id, RoleProfile.key == "saraban.group_director")).one()
        staff = s.scalars(select(RoleProfile.id).where(RoleProfile.key == "core.staff")).one()
        days = {"starts_on": today(), "ends_on": today()}
        s.add(Grant(user_id=head.id, role_id=staff, unit_id=group, stands_in_for_id=director.id, **days))
    clerk, acting = world.browser(f"clerk.{HOME}"), world.browser(f"groupdirector.{HOME}")
    draft_id, number = write(world, clerk), register(world)
    assert take(clerk, draft_id, "propose", holder_id=str(director.id)).status_code == 302
    assert propose(world, clerk, number).status_code == 302
    assert acting.get(f"{DRAFTS}{draft_id}").status_code == 404
    for page in ("/", DRAFTS):
        acting.get(page)
        assert f"{DRAFTS}{draft_id}" not in acting.page.get_data(as_text=True), "nor is it listed"
    for key in ("sign", "back"):
        assert take(acting, draft_id, key, text="ก").status_code in (403, 404), key
    assert step(acting, "direct", number, text="ทราบ").status_code == 404
    with world.session() as s:  # the same of a letter of the group itself
        letter = s.get(IncomingLetter, number)
        letter.unit_id = group
    assert step(acting, "direct", number, late=True, text="ทราบ").status_code == 422
    with world.session() as s:
        assert s.get(IncomingLetter, number).status == "proposed"
    assert load(world, draft_id).status == "signing"


def test_its_own_unit_fetches_a_draft_back_from_whoever_has_it(world):
    clerk, director = world.browser(f"clerk.{HOME}"), world.account(f"director.{HOME}")
    draft_id = write(world, clerk)
    assert take(clerk, draft_id, "propose", holder_id=str(director.id)).status_code == 302
    assert take(clerk, draft_id, "fetch").status_code == 302
    with world.session() as s:
        draft = s.get(Draft, draft_id)
        assert (draft.status, draft.holder_id) == ("drafted", None)
    take(world.browser(f"director.{HOME}"), draft_id, "sign", late=True)
    assert load(world, draft_id).status == "drafted"


def test_after_a_step_that_takes_the_right_away_one_stands_in_the_list_with_what_was_done(world):
    """A checker from another unit sends the draft back; a stand-in's last step: saved, and never a page "not found"."""
    clerk, checker = world.browser(f"clerk.{HOME}"), world.browser(f"groupdirector.{HOME}")
    draft_id = write(world, clerk)
    to = str(world.account(f"groupdirector.{HOME}").id)
    assert take(clerk, draft_id, "check", holder_id=to).status_code == 302
    answer = take(checker, draft_id, "back", text="แก้วันที่")
    assert (answer.status_code, answer.location) == (302, DRAFTS)
    assert checker.get(answer.location).status_code == 200
    assert "Saved." in checker.text
    assert clerk.get(f"{DRAFTS}{draft_id}").status_code == 200


def test_while_a_draft_is_checked_its_words_are_the_checker_s(world):
    clerk, checker = world.browser(f"clerk.{HOME}"), world.browser(f"groupdirector.{HOME}")
    draft_id = write(world, clerk)
    clerk.get(f"{DRAFTS}{draft_id}/edit")
    typed = clerk.fields() | {"body": "ข้อความใหม่"}
    to = str(world.account(f"groupdirector.{HOME}").id)
    assert take(clerk, draft_id, "check", holder_id=to).status_code == 302
    for page in ("edit", "word"):
        assert clerk.get(f"{DRAFTS}{draft_id}/{page}").location == f"{DRAFTS}{draft_id}"
    late = clerk.client.post(f"{DRAFTS}{draft_id}/edit", data=typed)
    assert late.status_code == 422
    assert "ข้อความใหม่" in late.get_data(as_text=True), "what was typed before is kept on the page"
    assert load(world, draft_id).content["body"] == WORDS["body"]
    assert checker.submit(f"{DRAFTS}{draft_id}/edit", body="ตรวจแก้แล้ว").status_code == 302
    assert take(clerk, draft_id, "fetch").status_code == 302
    assert clerk.submit(f"{DRAFTS}{draft_id}/edit", body="แก้อีกครั้ง").status_code == 302


def test_before_signing_one_reads_as_whom(world):
    acting = stand_in(world)
    group = world.browser(f"groupclerk.{HOME}")
    made = group.submit("/saraban/drafts/new?kind=internal", subject="ขออนุมัติ", recipient="ผอ.", body="เรียน").location
    director = str(world.account(f"director.{HOME}").id)
    assert group.submit(f"{made}/step/propose", holder_id=director).status_code == 302
    for user, said in ((f"director.{HOME}", "ผอ.เขต"), (acting.username, "acting for ผอ.เขต")):
        browser = world.browser(user)
        browser.get(f"{made}/step/sign")
        (hint,) = browser.tree.xpath("//main//p[contains(@class,'alert')]")
        assert world.account(user).get_full_name() in hint.text_content()
        assert said in hint.text_content()
        assert "No picture of the signature" in hint.text_content()


def offered_in_order(browser, address: str) -> list[int]:
    """Before whom a form puts something, the first first."""
    browser.get(address)
    found = browser.tree.xpath("//select[@name='holder_id']/option/@value")
    return [int(one) for one in found if one.strip("0")]


def test_what_is_proposed_goes_up_step_by_step_the_own_group_s_director_first(world):
    """ผอ.กลุ่ม, then รอง ผอ.เขต, then ผอ.เขต: of a letter that came to a group, and of a draft that is to be signed."""
    group, office, deputy = world.unit("group"), world.unit(), world.account(f"supervisor2.{HOME}")
    with world.session() as s:
        role = s.scalars(select(RoleProfile).where(RoleProfile.key == "saraban.director")).one()
        s.add(Grant(user_id=deputy.id, role_id=role.id, unit_id=office, starts_on=today()))
        s.add(Post(person_id=deputy.person_id, unit_id=office, position="รอง ผอ.เขต", starts_on=today()))
    way_up = [world.account(f"{name}.{HOME}").id for name in ("groupdirector", "supervisor2", "director")]
    clerk = world.browser(f"groupclerk.{HOME}")
    writer = registers.Clerk(world.account(f"groupclerk.{HOME}").id, "เสมียน")
    with world.session(user=f"groupclerk.{HOME}") as s:
        number = registers.register_incoming(s, group, letter(), clerk=writer, today=today()).id
    assert offered_in_order(clerk, f"{LIST}bulk/propose?ids={number}") == way_up
    draft = write(world, clerk, unit_id=str(group))
    assert offered_in_order(clerk, f"{DRAFTS}{draft}/step/propose") == way_up
    there = offered_in_order(world.browser(f"clerk.{HOME}"), f"{LIST}bulk/propose?ids={register(world)}")
    assert there == way_up[1:], "at the office the deputy first"


def test_what_a_stand_in_says_of_a_record_names_the_place_in_which_they_read_it(world):
    """A comment is written in the first capacity in which its writer opens the record, as every change is."""
    stand_in(world, "school2")
    number = register(world)
    acting, own = world.browser(f"school2.{HOME}", "th"), world.browser(f"clerk.{HOME}", "th")
    assert acting.post(f"{LIST}{number}/comment", {"text": "ขอให้เร่งรัด"}).status_code == 302
    assert own.post(f"{LIST}{number}/comment", {"text": "รับทราบ"}).status_code == 302
    with world.session() as s:
        found = select(TimelineEntry.note, TimelineEntry.actor_name).where(TimelineEntry.action.in_(COMMENTS))
        said = dict(s.execute(found.where(TimelineEntry.record_id == number)).all())
    assert said["ขอให้เร่งรัด"].endswith(CAPACITY), said
    assert CAPACITY not in said["รับทราบ"], "who reads it by the own account says so in the own name"
    own.get(f"{LIST}{number}")
    assert any(
        CAPACITY in one.text_content() for one in own.tree.xpath("//*[@id='timeline']//*[contains(., 'ขอให้เร่งรัด')]")
    )
