"""Schools, groups, people, posts: what the district administrator may and may not do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.base.text.thai import today
from core.ops.demo.load import NA_HAEO
from core.platform.accounts import services as accounts
from core.platform.masterdata.models import Person, Post, School, SchoolGroup, SchoolGroupMember, Unit
from core.platform.users.models import Grant, RoleProfile
from core.platform.worklist.models import WorklistRow
from core.web.pages.home import roles_held
from tests.support import HOME, OTHER, iso, near

SCHOOL = {"code": "9001", "name": "บ้านทดสอบ", "amphoe": "ด่านซ้าย", "province": "เลย", "status": "open"}


@pytest.fixture
def admin(world):
    return world.browser(f"admin.{HOME}")


def test_the_group_of_na_haeo_has_the_fourteen_schools_of_the_manual(world):
    with world.session() as s:
        group = s.scalars(select(SchoolGroup).where(SchoolGroup.name == "กลุ่มโรงเรียนนาแห้ว")).one()
        names = s.scalars(
            select(School.name)
            .join(SchoolGroupMember, SchoolGroupMember.school_id == School.id)
            .where(SchoolGroupMember.group_id == group.id)
        ).all()
    assert {name.removeprefix("โรงเรียน") for name in names} == set(NA_HAEO)
    assert len(names) == 14


def test_a_new_school_brings_its_unit(world, admin):
    assert admin.submit("/schools/new", **SCHOOL).status_code == 302
    with world.session() as s:
        school = s.scalars(select(School).where(School.code == "9001")).one()
        unit = s.get(Unit, school.unit_id)
        assert unit is not None
        assert (unit.kind, unit.name, unit.active) == ("school", "บ้านทดสอบ", True)


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"code": "0001"}, "code", "taken"),
        ({"name": ""}, "name", "Fill this in"),
        ({"status": "closed"}, "status_on", "Give the date"),
        (
            {"status": "closed", "status_on": near(400), "status_on-confirm": iso(400)},
            "status_on",
            "future",
        ),
        ({"status": "merged", "status_on": near(-20)}, "merged_into_id", "Name the school"),
        (
            {"status": "merged", "status_on": near(-20), "merged_into_id": "999999"},
            "merged_into_id",
            "Choose one",
        ),
        (
            {"status": "merged", "status_on": near(-20), "merged_into_id": "x"},
            "merged_into_id",
            "Choose one",
        ),
    ],
)
def test_a_broken_school_is_refused_at_its_field(world, admin, typed, field, message):
    before = world.count("core_school")
    assert admin.submit("/schools/new", **{**SCHOOL, **typed}).status_code == 422
    assert message in " ".join(admin.errors())
    assert admin.tree.xpath(f"//*[@id='{field}-error']")
    assert world.count("core_school") == before


def test_a_closed_school_s_clerk_sees_nothing_any_more(world, admin):
    school = world.browser(f"school.{HOME}")
    assert school.get("/saraban/incoming/").status_code == 200
    with world.session() as s:
        unit = world.account(f"school.{HOME}")
        post = s.scalars(select(Post).where(Post.person_id == unit.person_id)).one()
        record = s.scalars(select(School).where(School.unit_id == post.unit_id)).one()
        other = s.scalars(select(School).where(School.id != record.id).order_by(School.id)).first()
        clerks = dict(roles_held(s, today()))["saraban.school_clerk"]
    admin.confirm(
        f"/schools/{record.id}/edit", status="merged", status_on=near(-20), merged_into_id=str(other.id)
    )  # fmt: skip
    assert admin.page.status_code == 302
    assert school.get("/saraban/incoming/").status_code == 403
    with world.session() as s:
        asked = accounts.holders(s, world.khet.registry.roles(), ("show", "saraban.incoming"), record.unit_id, today())
        assert unit.id not in set(s.scalars(asked)), "@ finds nobody by a role that opens nothing"
        assert world.account(f"school2.{HOME}").id in set(s.scalars(asked)), "but who goes on with its letters"
        assert dict(roles_held(s, today()))["saraban.school_clerk"] == clerks - 1
    school.get("/notices/")
    assert f"ปิดหรือยุบรวม {record.name} → {other.name} แล้ว" in school.text, "in their own language"
    admin.get(f"/users/{unit.id}")
    assert "Closed: the role opens nothing" in admin.text, "the role stands there, and is not said to be in force"
    assert admin.submit(f"/schools/{record.id}/edit", status="open").status_code == 422
    assert f"{other.name} keeps drafts" in " ".join(admin.errors()), "what is not undone is said first"
    assert admin.resubmit(f"/schools/{record.id}/edit").status_code == 302
    school.get("/notices/")
    assert f"เปิด {record.name} อีกครั้ง" in school.text
    assert school.get("/saraban/incoming/").status_code == 200


def test_a_unit_is_not_closed_before_one_has_seen_what_that_costs(world, admin):
    """Who holds roles there by name, and how much waits; what was seen and has changed since is asked again."""
    holder, group = world.account(f"groupclerk.{HOME}"), world.unit("group")
    with world.session() as s:
        name = f"{holder.first_name} {holder.last_name}"
        group = s.scalars(select(Grant.unit_id).where(Grant.user_id == holder.id)).first()
    page = f"/units/{group}/edit"
    assert admin.submit(page, active=None).status_code == 422
    assert admin.text.count("lose their roles") == 1, "said once"
    (said,) = [error for error in admin.errors() if "lose their roles" in error]
    assert name in said
    assert world.count("core_unit", f"id = {group} and active = true") == 1
    asked = admin.fields()
    world.owner(f"update ab_user set active = false where id = {holder.id}")
    admin.page = admin.client.post(page, data={**asked}, buffered=True)
    assert admin.page.status_code == 422, "another list than the one that was seen"
    assert admin.resubmit(page).status_code == 302
    assert world.count("core_unit", f"id = {group} and active = true") == 0


def test_the_office_and_the_place_of_one_s_own_role_are_not_closed(world, admin):
    assert admin.submit(f"/units/{world.unit()}/edit", active=None).status_code == 422
    assert "stays in use" in " ".join(admin.errors())
    with world.session() as s:
        own = world.account(f"admin.{HOME}").id
        group = s.scalars(select(Unit.id).where(Unit.kind == "group")).first()
        grant = s.scalars(select(Grant).where(Grant.user_id == own)).first()
        s.add(Grant(user_id=own, role_id=grant.role_id, unit_id=group, starts_on=grant.starts_on))
    for _once in range(2):
        assert admin.submit(f"/units/{group}/edit", active=None).status_code == 422
        assert "You hold a role here yourself" in " ".join(admin.errors())
    assert world.count("core_unit", "active = false") == 0


def test_nobody_opens_a_units_papers_to_themselves_by_ending_it(world, admin):
    """Whoever holds a role where its matters go on would read them from the next moment on."""
    own, office = world.account(f"admin.{HOME}").id, world.unit()
    with world.session() as s:
        group = s.scalars(select(Unit.id).where(Unit.kind == "group").order_by(Unit.id)).first()
        mine, other = s.scalars(select(School).order_by(School.id).limit(2)).all()
        roles = {role.key: role.id for role in s.scalars(select(RoleProfile))}
        s.add(Grant(user_id=own, role_id=roles["saraban.reader"], unit_id=office, starts_on=today()))
        s.add(Grant(user_id=own, role_id=roles["saraban.school_clerk"], unit_id=other.unit_id, starts_on=today()))
    into = {"status": "merged", "merged_into_id": str(other.id)}
    for page, typed in (
        (f"/units/{group}/edit", {"active": None}),
        (f"/schools/{mine.id}/edit", {"status": "closed", "status_on": near(0)}),
        (f"/schools/{mine.id}/edit", {**into, "status_on": near(0)}),
    ):
        assert admin.submit(page, **typed).status_code == 422, page
        assert "would open its papers to you" in " ".join(admin.errors())
    assert world.count("core_unit", "active = false") == 0


def test_what_ends_and_opens_stands_in_the_log_and_no_school_goes_on_with_one_that_has_ended(world, admin):
    with world.session() as s:
        mine, other, third = s.scalars(select(School).order_by(School.id).limit(3)).all()

    def ends(school, **how):
        admin.submit(f"/schools/{school.id}/edit", status_on=near(0), **how)
        return admin.page if admin.page.status_code == 302 else admin.resubmit(f"/schools/{school.id}/edit")

    assert ends(mine, status="merged", merged_into_id=str(other.id)).status_code == 302, admin.errors()
    assert world.count("core_grave_log", "action = 'unit_ended'") == 1
    director = world.browser(f"director.{HOME}")
    director.get("/grave-log/")
    assert f"{mine.name} → {other.name}" in director.text
    for school in (other, third):
        assert ends(school, status="merged", merged_into_id=str(mine.id)).status_code == 422, "in a circle, or nowhere"
        assert "has ended itself" in " ".join(admin.errors())
    assert ends(mine, status="closed").status_code == 422
    assert "its matters go on there" in " ".join(admin.errors())
    assert ends(third, status="closed").status_code == 302, admin.errors()
    assert admin.submit(f"/schools/{third.id}/edit", status="open").status_code == 422, "what stays is said first"
    assert admin.resubmit(f"/schools/{third.id}/edit").status_code == 302
    assert world.count("core_grave_log", "action = 'unit_opened'") == 1


@pytest.mark.parametrize("act", ["lock", "leave", "end"])
def test_who_ends_the_last_holder_of_a_role_reads_that_nobody_holds_it(world, admin, act):
    clerk = world.account(f"clerk.{HOME}")
    with world.session() as s:
        held = s.scalars(select(Grant).where(Grant.user_id == clerk.id)).all()
        for other in s.scalars(select(Grant).where(Grant.role_id == held[0].role_id, Grant.user_id != clerk.id)):
            other.ends_on = today() - timedelta(days=1)
    step = f"grants/{held[0].id}/end" if act == "end" else act
    assert admin.post(f"/users/{clerk.id}/{step}").status_code == 302
    admin.get(admin.page.location)
    said = [" ".join(node.text_content().split()) for node in admin.tree.xpath("//*[@role='status']")]
    assert len(said) == 1
    assert "Nobody holds these roles any more" in said[0]
    somebody = world.account(f"supervisor.{HOME}")
    with world.session() as s:
        grants = s.scalars(select(Grant).where(Grant.user_id == somebody.id)).all()
        facts = [(one.role_id, one.unit_id, one.starts_on) for one in grants]
        s.add_all(
            Grant(user_id=world.account(f"director.{HOME}").id, role_id=role, unit_id=unit, starts_on=begun)
            for role, unit, begun in facts
        )
    admin.get(f"/users/{somebody.id}")
    assert "What they have in hand" in admin.text
    assert "can take none of it" not in admin.text, "they can, until now"
    assert admin.post(f"/users/{somebody.id}/{'leave' if act == 'leave' else 'lock'}").status_code == 302
    admin.get(admin.page.location)
    assert "Nobody holds these roles" not in admin.text, "another one does"
    with world.session() as s:
        waiting = select(func.count(WorklistRow.id)).where(WorklistRow.user_id == somebody.id)
        letters = s.scalar(waiting.where(WorklistRow.view == "AssignmentView"))
    (said,) = [text for text in admin.tree.xpath("//*[@role='status']//text()") if "still waits for them" in text]
    assert f"{somebody.first_name} {somebody.last_name} can take none" in said
    assert f"({letters})" in said
    assert "This user can take none of it" in admin.text, "and so it stands there until it is given away"


def test_another_district_s_school_is_not_found_by_search(world, admin):
    with world.session(OTHER) as s:
        foreign = s.scalars(select(School).order_by(School.id)).first()
    answer = admin.get("/schools/lookup", query_string={"q": foreign.name})
    assert foreign.id not in [row["id"] for row in answer.json]
    mine = admin.get("/schools/lookup", query_string={"q": "นาแห้ว"}).json
    assert 0 < len(mine) <= 20


def test_a_membership_has_dates_and_does_not_overlap(world, admin):
    with world.session() as s:
        group = s.scalars(select(SchoolGroup.id).where(SchoolGroup.name == "กลุ่มโรงเรียนนาแห้ว")).one()
        member = s.scalars(select(SchoolGroupMember).where(SchoolGroupMember.group_id == group)).first()
    url = f"/school-groups/{group}/members/new"
    typed = {"schools-0-school_id": str(member.school_id), "starts_on": near(-20)}
    assert admin.submit(url, **typed).status_code == 422
    assert any("already" in error for error in admin.errors())
    admin.post(f"/school-groups/{group}/members/{member.id}/end")
    with world.session() as s:
        ended = s.get(SchoolGroupMember, member.id)
        assert ended.ends_on is not None
    backwards = {"schools-0-school_id": str(member.school_id), "starts_on": near(-10), "ends_on": near(-20)}
    assert admin.submit(url, **backwards).status_code == 422


def test_several_schools_join_a_group_at_once_and_a_wrong_line_keeps_the_others_typed(world, admin):
    with world.session() as s:
        group = s.scalars(select(SchoolGroup.id).where(SchoolGroup.name == "กลุ่มโรงเรียนนาแห้ว")).one()
        inside = s.scalars(select(SchoolGroupMember.school_id).where(SchoolGroupMember.group_id == group)).all()
        free = s.scalars(select(School.id).where(School.id.not_in(inside)).limit(2)).all()
    url, before = f"/school-groups/{group}/members/new", len(inside)
    typed = {
        "starts_on": near(-20), "schools-0-school_id": str(free[0]), "schools-1-school_id": str(inside[0]),
        "schools-2-school_id": "", "schools-3-school_id": str(free[1]), "schools-3-starts_on": near(-5),
    }  # fmt: skip
    assert admin.submit(url, **typed).status_code == 422
    assert any("already" in error for error in admin.errors())
    assert admin.fields()["schools-3-school_id"] == [str(free[1])], "the empty line is gone, the rest is there"
    assert world.count("core_school_group_member", f"group_id = {group}") == before, "nothing is half-written"
    emptied = {"schools-1-school_id": "", "schools-1-school_id-text": "", "schools-1-starts_on": ""}
    assert admin.resubmit(url, **emptied).status_code == 302
    with world.session() as s:
        dates = {
            m.school_id: m.starts_on
            for m in s.scalars(
                select(SchoolGroupMember).where(
                    SchoolGroupMember.school_id.in_(free), SchoolGroupMember.group_id == group
                )
            )
        }
    assert (dates[free[1]] - dates[free[0]]).days == 15, "a line's own date wins"
    assert admin.submit(url, starts_on=near(-20)).status_code == 422
    assert any("at least one line" in error for error in admin.errors())


def test_a_person_who_moves_keeps_the_row(world, admin):
    with world.session() as s:
        person = s.scalars(select(Person).order_by(Person.id)).first()
        post = s.scalars(select(Post).where(Post.person_id == person.id)).one()
    admin.post(f"/persons/{person.id}/posts/{post.id}/end")
    unit = world.unit("group")
    assert (
        admin.submit(
            f"/persons/{person.id}/posts/new", position="ผอ.กลุ่ม", unit_id=str(unit), starts_on=near(-20)
        ).status_code
        == 302
    )
    page = admin.get(f"/persons/{person.id}").get_data(as_text=True)
    assert "ผอ.กลุ่ม" in page
    assert post.position in page


def test_hundreds_of_schools_page_by_keyset_in_dictionary_order(world, admin):
    from core.base.text.thai import sort_key

    with world.session() as s:
        unit = [Unit(kind="school", code=f"x{n}", name=f"ร{n}") for n in range(300)]
        s.add_all(unit)
        s.flush()
        s.add_all(
            School(
                unit_id=u.id,
                code=u.code,
                name=u.name,
                amphoe="อ",
                province="จ",
                sort_key=sort_key(u.name),
                search_text=u.name,
            )
            for u in unit
        )
    seen: list[str] = []
    url = "/schools/"
    while url:
        admin.get(url)
        seen += [a.text for a in admin.tree.xpath("//td/a")]
        following = admin.tree.xpath("//a[@rel='next']/@href")
        url = f"/schools/{following[0]}" if following else ""
    with world.session() as s:
        wanted = s.scalars(select(School.name).order_by(School.sort_key, School.id)).all()
    assert seen == list(wanted)
