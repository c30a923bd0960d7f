"""A year of made-up requests for a demo district, in every state. Schools are real, everybody else is made up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core.base.text.thai import buddhist_year, search_text
from core.platform.follow_ups.models import DONE, GIVEN
from core.platform.masterdata.models import Person
from core.platform.numbering import engine
from core.plugins.demo import DemoDistrict
from core.records.bookings.models import Booking
from core.records.letter_links.models import CitedLetter
from core.storage.scope import KhetSession
from plugins.service_request.models import (
    Activity,
    Expense,
    Feedback,
    Nominee,
    Preparation,
    Request,
    Review,
    Service,
    Summary,
    Survey,
    SurveyAnswer,
    SurveyTemplate,
    at,
    minutes,
)
from plugins.service_request.requests.services import INCOMING, REPLY, TRAVEL, token_hash

TOPICS = (
    "การจัดการเรียนรู้เชิงรุก (Active Learning)", "การวัดและประเมินผลตามหลักสูตรฐานสมรรถนะ", "การเขียนรายงานการประเมินตนเอง (SAR)",
    "การสร้างสื่อดิจิทัลเพื่อการเรียนรู้", "การนิเทศภายในโรงเรียน", "การอ่านออกเขียนได้ของนักเรียนชั้นประถมศึกษาปีที่ 1",
)  # fmt: skip
#: how far each of the last requests is
STATES = (
    "asked", "waiting_letter", "received", "proposed", "circulated", "considered", "approved", "declined", "preparing",
    "delivered", "closed", "closed", "closed", "closed",
)  # fmt: skip
_ORDER = (
    "received",
    "screened",
    "proposed",
    "circulated",
    "considered",
    "approved",
    "replied",
    "preparing",
    "delivered",
    "closed",
)


def fill(session: KhetSession, demo: DemoDistrict) -> None:
    """Requests, speakers, activities, costs, surveys, summaries and a few complaints."""
    services = list(session.scalars(select(Service).order_by(Service.code)))
    speaker = session.scalars(select(Person).where(Person.id == demo.accounts["supervisor"].person_id)).one()
    for index, state in enumerate(STATES):
        _request(session, demo, index, state, services[index % len(services)], speaker)
    unit_id = demo.group.id
    for text, category in (
        ("อยากให้เปิดช่องทางขอวิทยากรผ่านโทรศัพท์มือถือได้", "suggestion"),
        ("ส่งหนังสือขอวิทยากรแล้วยังไม่ได้รับคำตอบ", "complaint"),
    ):
        session.add(
            Feedback(
                unit_id=unit_id, received_on=demo.today - timedelta(days=3), category=category, text=text,
                anonymous=True,
                due_on=demo.today + timedelta(days=12), token=token_hash(f"{demo.district.code}{category}"),
            )
        )  # fmt: skip
    session.flush()


def _request(
    session: KhetSession, demo: DemoDistrict, index: int, state: str, service: Service, speaker: Person
) -> None:
    rng = demo.rng
    school = demo.schools[index % min(6, len(demo.schools))]
    over = state in ("delivered", "closed")
    day = demo.today - timedelta(days=15 + 6 * index) if over else demo.today + timedelta(days=10 + 3 * index)
    asked = day - timedelta(days=rng.randrange(12, 30)) if over else demo.today - timedelta(days=rng.randrange(0, 6))
    far = _ORDER.index(state) if state in _ORDER else -1
    if not over and (far >= 3 or state == "declined"):  # the meeting, the decision and the letters are behind it
        asked -= timedelta(days=4)
    topic = TOPICS[index % len(TOPICS)]
    request = Request(
        unit_id=school.unit_id, served_by_id=demo.group.id, status=state, requester_type="school", school_id=school.id,
        requester=school.name, network=f"กลุ่มโรงเรียน{school.amphoe}", contact="ครูผู้ประสานงาน", phone="0-0000-0000",
        channel="word" if state == "waiting_letter" else "smart", asked_on=asked, service_id=service.id,
        area=service.area,
        sort="speaker", topic=topic, audience="ครูและบุคลากรทางการศึกษา", expected=rng.randrange(10, 60), day=day,
        starts_at=at(day, 9), ends_at=at(day, 15, 30), venue=f"ห้องประชุม{school.name}",
        token=token_hash(f"{demo.district.code}-{index}"), search_text=search_text(school.name, topic),
    )  # fmt: skip
    session.add(request)
    session.flush()
    if far < 0 and state != "declined":
        return
    engine.give(session, request, demo.group.id, today=demo.today, by="demo")
    request.received_on, request.lead_days, request.due_on = asked, (day - asked).days, asked + timedelta(days=7)
    _letter(session, request, INCOMING, f"{school.code}/{index + 1}", asked, topic)
    if far >= 3 or state == "declined":
        times = {"starts_at": request.starts_at, "ends_at": request.ends_at}
        session.add(
            Nominee(
                request_id=request.id, unit_id=request.unit_id, person_id=speaker.id, name=speaker.full_name,
                topic=topic, user_id=demo.accounts["supervisor"].id, day=day, **times,
                answer="refused" if state == "declined" else "accepted" if far > 3 else "waiting",
            )
        )  # fmt: skip
        if state != "declined":
            view, permission = request.occupies
            taken = Booking(
                resource=Person.__tablename__, resource_id=speaker.id, firm=far > 3, unit_id=request.unit_id,
                permission=permission, **times,
            )  # fmt: skip
            taken.point_at(request, view)
            session.add(taken)
    if far >= 4:
        session.add(
            Review(
                request_id=request.id, met_on=asked + timedelta(days=2), activity_decision="เห็นควรให้บริการ", by="ผอ.กลุ่ม"
            )
        )
    if far >= 5 or state == "declined":
        request.decision = "declined" if state == "declined" else "approved"
        request.decided_by, request.decided_on = "ผอ.เขต", asked + timedelta(days=3)
        request.reason = "time" if state == "declined" else ""
        request.reason_text = "วิทยากรติดราชการในวันดังกล่าว" if state == "declined" else ""
    if far >= 7:
        for role, what in ((REPLY, "ตอบรับ"), (TRAVEL, "ขออนุมัติไปราชการ")):
            _letter(
                session,
                request,
                role,
                f"{demo.office.letter_prefix}/{900 + index}{len(role)}",
                asked + timedelta(days=4),
                what,
            )
        _activity(session, demo, request, over, state == "closed")
    session.flush()


def _letter(session: KhetSession, request: Request, role: str, number: str, dated: Any, subject: str) -> None:
    session.add(
        CitedLetter(
            kind=Request.__tablename__, record_id=request.id, role=role, number=number, dated=dated, subject=subject
        )
    )  # fmt: skip


def _activity(session: KhetSession, demo: DemoDistrict, request: Request, held: bool, closed: bool) -> None:
    rng, planned = demo.rng, minutes(request.starts_at, request.ends_at)
    activity = Activity(
        unit_id=request.unit_id, request_id=request.id, area=request.area, network=request.network, title=request.topic,
        day=request.day, starts_at=request.starts_at, ends_at=request.ends_at, venue=request.venue,
        minutes_planned=planned,
    )  # fmt: skip
    session.add(activity)
    session.flush()
    session.add(
        Preparation(
            activity_id=activity.id, unit_id=request.unit_id, what="เอกสารประกอบการอบรม", due_on=request.day,
            state=DONE if held else GIVEN,
        )
    )  # fmt: skip
    if not held:
        return
    activity.status, activity.held_on, activity.attendance = "held", request.day, request.expected
    activity.actual_start, activity.actual_end, activity.minutes_delivered = request.starts_at, request.ends_at, planned
    due = request.day + timedelta(days=15)
    session.add(
        Expense(
            unit_id=request.unit_id, activity_id=activity.id, title=activity.title, sort="travel", payer="office",
            amount=rng.randrange(200, 900), evidence_due=due, status="submitted" if closed else "open",
            submitted_on=request.day + timedelta(days=4) if closed else None,
        )
    )  # fmt: skip
    if not closed:
        return
    session.add(
        Summary(
            unit_id=request.unit_id, activity_id=activity.id, title=activity.title, held_on=request.day,
            attended=request.expected, result="บรรลุวัตถุประสงค์", status="sent", sent_to=request.requester,
            sent_on=request.day + timedelta(days=6), due_on=due,
        )
    )  # fmt: skip
    template = session.scalars(select(SurveyTemplate)).first()
    assert template is not None
    link = f"demo-{demo.district.code}-{buddhist_year(demo.today)}-{activity.id}"
    survey = Survey(
        unit_id=request.unit_id, activity_id=activity.id, title=activity.title, items=list(template.items), link=link,
        token=token_hash(link), closes_on=request.day + timedelta(days=7), status="closed",
    )  # fmt: skip
    session.add(survey)
    session.flush()
    session.add_all(
        SurveyAnswer(survey_id=survey.id, kind="teacher", values=[rng.choice((3, 4, 4, 5, 5)) for _ in template.items])
        for _ in range(8)
    )
