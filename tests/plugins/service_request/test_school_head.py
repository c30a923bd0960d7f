"""Who directs a school asks for its services without a clerk, and reads what came of them once that is sent."""

from __future__ import annotations

from sqlalchemy import select

from plugins.service_request.models import Activity, Request, Summary
from tests.plugins.service_request.world import BASE, ask, load, step, values
from tests.support import HOME

SUMMARIES = "/services/summaries/"


def of_own_school(world, user: str = "schoolhead") -> Summary:
    """The summary of an activity that was held at this one's school."""
    (own,) = world.khet.actor(world.account(f"{user}.{HOME}").id).units("service_request.request", "list").ids
    with world.session() as s:
        return s.scalars(select(Summary).where(Summary.unit_id == own).order_by(Summary.id)).first()


def test_the_head_of_a_school_asks_for_it_sends_the_request_and_withdraws_it(world):
    number = ask(world, "schoolhead")
    assert step(world, number, "submit", "schoolhead").status_code == 302
    assert world.browser(f"school.{HOME}").get(f"{BASE}{number}").status_code == 200, "it is the school's"
    assert world.browser(f"school2.{HOME}").get(f"{BASE}{number}").status_code == 404
    assert step(world, number, "receive", "schoolhead").status_code == 404, "that is the office's"
    assert step(world, number, "cancel", "schoolhead", reason="เลื่อนโครงการ").status_code == 302
    assert load(world, number).status == "cancelled"


def test_a_school_s_head_asks_in_no_other_school_s_name(world):
    head = world.browser(f"schoolhead.{HOME}")
    with world.session() as s:
        other = s.scalars(select(Request.school_id).where(Request.school_id != world.school_id()).limit(1)).one()
    assert head.submit(f"{BASE}new", **values(world, school_id=other)).status_code == 422
    assert "You ask for your own school: choose it." in head.text


def test_a_summary_is_the_office_s_until_it_is_sent_then_the_school_s_head_is_told_and_reads_it(world):
    made = of_own_school(world)
    with world.session(user=f"supervisor.{HOME}") as s:
        written = s.get_one(Summary, made.id)
        written.status, written.sent_on, written.sent_to, written.result = "written", None, "", "ผลที่ยังไม่ส่ง"
        activity = s.get_one(Activity, written.activity_id)
    head, office = world.browser(f"schoolhead.{HOME}", "th"), world.browser(f"groupdirector.{HOME}")
    page, link = f"/services/activities/{activity.id}", f"{SUMMARIES}{made.id}"
    assert head.get(link).status_code == 404
    assert head.get(f"{link}/edit").status_code in (403, 404)
    head.get(SUMMARIES)
    assert link not in head.tree.xpath("//main//a/@href")
    head.get(page)
    assert link not in head.tree.xpath("//main//a/@href")
    assert office.submit(f"{SUMMARIES}bulk/send?ids={made.id}", sent_to="โรงเรียน").status_code == 302, office.errors()
    head.get("/notices/")
    assert "สรุปผลการดำเนินงานเปิดอ่านได้แล้ว" in head.text
    head.get(page)
    assert link in head.tree.xpath("//main//a/@href")
    head.get(link)
    assert "ผลที่ยังไม่ส่ง" in head.text
    assert not head.tree.xpath(f"//a[@href='{link}/edit']"), "what was sent stands"
    assert world.browser(f"school2.{HOME}").get(link).status_code == 403, "its clerk reads no summaries at all"
    for user in ("school", "school2"):
        assert "ผลที่ยังไม่ส่ง" not in world.browser(f"{user}.{HOME}").get(SUMMARIES).get_data(as_text=True)
