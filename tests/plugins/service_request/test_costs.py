"""ค่าใช้จ่าย of an activity to their end: what was noted by mistake, and papers that were not in order."""

from __future__ import annotations

from sqlalchemy import select

from core.base.text.calendars import school_year
from plugins.service_request import calling_off, kpis, tables
from plugins.service_request.models import Activity, Expense
from tests.plugins.service_request.world import HOME, activity_of, hold, preparing
from tests.support import World, near


def held(world: World) -> int:
    """An activity that was held; its id."""
    number = preparing(world)
    assert hold(world, number).status_code == 302
    return activity_of(world, number).id


def cost(world: World, clerk, activity: int, amount: str) -> int:
    """A cost that the clerk has noted; its id."""
    told = {"sort": "travel", "payer": "office", "amount": amount, "evidence_due": near(-3)}
    assert clerk.submit(f"/services/costs/new?activity={activity}", **told).status_code == 302
    with world.session() as s:
        return s.scalars(select(Expense.id).order_by(Expense.id.desc())).first()


def test_a_cost_that_was_noted_twice_is_taken_out_with_its_reason_and_comes_back_where_it_was_none(world):
    activity, clerk = held(world), world.browser(f"groupclerk.{HOME}")
    cost(world, clerk, activity, "400")
    twice = cost(world, clerk, activity, "400")
    page, waits = f"/services/costs/{twice}", f"kind = 'service_request_expense' and record_id = {twice}"

    def counted() -> tuple[list[float], int]:
        """Amounts in the report, and how many indicators count."""
        with world.session() as s:
            of, due = s.get_one(Activity, activity), s.get_one(Expense, twice).evidence_due
            mine = [row[4] for row in tables.expenses(s, school_year(of.day)) if (row[0], row[4]) == (of.title, 400)]
            return mine, s.scalar(kpis._papers(s, school_year(due))[1])

    both, before = counted()
    assert both == [400, 400]
    address = f"/services/costs/bulk/take_out?ids={twice}&back=record"
    assert clerk.submit(address, reason="").status_code == 422, "why is asked"
    assert clerk.submit(address, reason="บันทึกซ้ำ").status_code == 302, clerk.errors()
    assert counted() == ([400], before - 1)
    assert world.count("core_waiting", waits) == 0, "nobody is asked for its papers"
    clerk.get(f"/services/activities/{activity}")
    assert "400.00" in clerk.text
    assert "800.00" not in clerk.text, "it is in no sum"
    clerk.get(page)
    assert "บันทึกซ้ำ" in clerk.text, "it stays readable, with its reason"
    assert not clerk.tree.xpath("//main//a[contains(@href, '/bulk/submit') or contains(@href, '/edit')]")
    assert clerk.submit(f"/services/costs/bulk/spend?ids={twice}").status_code == 302
    assert counted()[0] == [400, 400]
    assert world.count("core_waiting", waits) == 1


def test_what_was_taken_out_stays_out_where_its_activity_is_called_off_and_taken_up_again(world):
    activity, clerk = activity_of(world, preparing(world)).id, world.browser(f"groupclerk.{HOME}")
    spent, twice = cost(world, clerk, activity, "300"), cost(world, clerk, activity, "300")
    assert clerk.submit(f"/services/costs/bulk/take_out?ids={twice}", reason="บันทึกซ้ำ").status_code == 302
    with world.session() as s:
        calling_off.call_off(s, s.get_one(Activity, activity), "service_request.called_off", "ฝนตก")
        calling_off.take_up(s, s.get_one(Activity, activity), "ฝนหยุด")
    with world.session() as s:
        assert [s.get_one(Expense, one).status for one in (spent, twice)] == ["open", "taken_out"]


def test_papers_that_are_not_in_order_go_back_and_whoever_owes_them_hears_why(world):
    activity, clerk = held(world), world.browser(f"groupclerk.{HOME}")
    one = cost(world, clerk, activity, "500")
    hand_in = f"/services/costs/bulk/submit?ids={one}&back=record"
    assert clerk.submit(hand_in, on=near(0)).status_code == 302
    back = f"/services/costs/bulk/back?ids={one}&back=record"
    clerk.get(f"/services/costs/{one}")
    assert clerk.tree.xpath("//main//a[contains(@href, '/bulk/back')]"), "its page offers it"
    assert clerk.submit(back, reason="ใบเสร็จไม่มีลายมือชื่อผู้รับเงิน").status_code == 302, clerk.errors()
    with world.session() as s:
        kept = s.get_one(Expense, one)
        assert (kept.status, kept.submitted_on) == ("open", None)
    assert world.count("core_waiting", f"kind = 'service_request_expense' and record_id = {one}") == 1
    speaker = world.browser(f"supervisor.{HOME}")
    speaker.get("/notices/")
    assert "ใบเสร็จไม่มีลายมือชื่อผู้รับเงิน" in speaker.text
    assert clerk.submit(f"/services/costs/{one}/edit", amount="450").status_code == 302, "and is put right"
    assert clerk.submit(hand_in, on=near(0)).status_code == 302, "and handed in again"
