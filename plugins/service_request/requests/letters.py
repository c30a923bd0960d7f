"""The letters of a request, as the office words them (domain notes §7; table 5.1 ข้อ 1.1, 4.1, 5.1)."""

from __future__ import annotations

from flask_babel import gettext as _

from core.base.errors import RuleError
from core.base.text.thai import BANGKOK, format_date
from core.records.integrations import EXTERNAL, MEMO, LetterWanted
from core.records.letter_links import services as citing
from core.records.letter_links.models import CitedLetter
from core.storage.scope import KhetSession
from plugins.service_request.models import APPROVED, DECLINED, Request
from plugins.service_request.requests import services
from plugins.service_request.requests.services import CALLED_OFF, INCOMING, OFFER, REPLY, TRAVEL

#: in a letter's salutation and subject, by decision
SUBJECTS = {
    APPROVED: "ตอบรับการขอความอนุเคราะห์",
    DECLINED: "แจ้งผลการพิจารณาการขอความอนุเคราะห์",
    "rescheduling": "ขอเปลี่ยนช่วงเวลาการขอความอนุเคราะห์",
    CALLED_OFF: "ขอยกเลิกการให้ความอนุเคราะห์",
}


def when(request: Request) -> str:
    """วันที่ … เวลา … น. as a letter says it."""
    first, last = request.starts_at.astimezone(BANGKOK), request.ends_at.astimezone(BANGKOK)
    if first.date() == last.date():
        return f"วันที่ {format_date(first.date(), 'letter')} เวลา {first:%H.%M}–{last:%H.%M} น."
    return f"วันที่ {format_date(first.date(), 'letter')} ถึงวันที่ {format_date(last.date(), 'letter')}"


def _asked(incoming: CitedLetter | None) -> str:
    if incoming is None:
        return ""
    dated = f" ลงวันที่ {format_date(incoming.dated, 'letter')}" if incoming.dated else ""
    return f"ที่ {incoming.number}{dated}"


def answer_text(request: Request, speakers: list[str], asked: str) -> str:
    """The body of the answer: yes with who comes, no with the reason, another time, or that the office calls it off."""
    begun = f"ตามหนังสือที่อ้างถึง {request.requester} ขอความอนุเคราะห์เรื่อง{request.topic} {when(request)} ณ {request.venue}"
    if request.status == CALLED_OFF:
        return (
            f"{begun} นั้น\n\nสำนักงานเขตพื้นที่การศึกษามีความจำเป็นต้องขอยกเลิกการให้ความอนุเคราะห์ดังกล่าว "
            f"เนื่องจาก{request.cancel_reason}"
            "\n\nจึงเรียนมาเพื่อโปรดทราบ และขออภัยมา ณ โอกาสนี้"
        )
    if request.decision == APPROVED:
        who = f" โดยมอบหมาย {', '.join(speakers)} เป็นวิทยากร" if speakers else ""
        return f"{begun} นั้น\n\nสำนักงานเขตพื้นที่การศึกษาพิจารณาแล้ว ยินดีให้ความอนุเคราะห์{who}\n\nจึงเรียนมาเพื่อโปรดทราบ"
    if request.decision == DECLINED:
        return (
            f"{begun} นั้น\n\nสำนักงานเขตพื้นที่การศึกษาพิจารณาแล้ว ไม่สามารถให้ความอนุเคราะห์ได้ เนื่องจาก{request.reason_text}"
            "\n\nจึงเรียนมาเพื่อโปรดทราบ และขออภัยมา ณ โอกาสนี้"
        )
    start = request.offered_start.astimezone(BANGKOK) if request.offered_start else None
    offered = f"วันที่ {format_date(start.date(), 'letter')} เวลา {start:%H.%M} น." if start else ""
    return (
        f"{begun} นั้น\n\nเนื่องจาก{request.reason_text or 'มีภารกิจในวันเวลาดังกล่าว'} สำนักงานเขตพื้นที่การศึกษา"
        f"ขอเปลี่ยนช่วงเวลาเป็น{offered}\n\nจึงเรียนมาเพื่อโปรดพิจารณา และแจ้งผลให้ทราบด้วย"
    )


def wanted(session: KhetSession, request: Request, role: str) -> LetterWanted:
    """A letter of the request with its facts.

    Roles: INCOMING (by which the school asks), REPLY (answer or decline), OFFER (another time), TRAVEL
    (ขออนุมัติไปราชการ), INVITATION (to the meeting), CALLED_OFF (by the office). Raises RuleError before the decision,
    and for what does not fit it.
    """
    if role == REPLY and not request.decision:
        raise RuleError(_("It is not decided yet: an answer comes after the decision."))
    if role == OFFER and request.status != "rescheduling":
        raise RuleError(_("No other time is offered now."))
    unfit = role == INCOMING and request.status != "waiting_letter"
    if unfit or (request.status == CALLED_OFF) is not (role == CALLED_OFF):
        raise RuleError(_("This letter does not fit what has become of the request."))
    if role == INCOMING:
        said = sample_letter(request)
        to = "ผู้อำนวยการสำนักงานเขตพื้นที่การศึกษา"
        return LetterWanted(EXTERNAL, (request.unit_id,), to, said["subject"], said["body"])
    incoming = citing.cited(session, request).get(INCOMING)
    speakers = [one.name for one in services.accepted(session, request)]
    if role == TRAVEL and not speakers:
        raise RuleError(_("No speaker has accepted yet."))
    units = tuple(dict.fromkeys((request.served_by_id, request.unit_id)))
    if role in (REPLY, OFFER, CALLED_OFF):
        state = CALLED_OFF if role == CALLED_OFF else request.decision or request.status
        return LetterWanted(
            EXTERNAL, units, f"ผู้อำนวยการ{request.requester}" if request.school_id else request.requester,
            SUBJECTS[state], answer_text(request, speakers, _asked(incoming)),
            reference=f"หนังสือ{request.requester} {_asked(incoming)}".strip(),
            answers=(incoming.letter_kind, incoming.letter_id) if incoming is not None and incoming.letter_id else None,
        )  # fmt: skip
    if role == TRAVEL:
        body = (
            f"ด้วย{request.requester} ขอความอนุเคราะห์วิทยากรเรื่อง{request.topic} {when(request)} ณ {request.venue}\n\n"
            f"ข้าพเจ้าขออนุมัติให้ {', '.join(speakers)} ไปราชการตามวันเวลาและสถานที่ดังกล่าว\n\n"
            "จึงเรียนมาเพื่อโปรดพิจารณาอนุมัติ"
        )
        return LetterWanted(MEMO, units, "ผู้อำนวยการสำนักงานเขตพื้นที่การศึกษา", "ขออนุมัติไปราชการ", body)
    body = f"ด้วย{request.requester} ขอรับบริการเรื่อง{request.topic} {when(request)}\n\nจึงขอเชิญประชุมพิจารณากิจกรรมและงบประมาณ"
    return LetterWanted(MEMO, units, ", ".join(speakers) or "ศึกษานิเทศก์", "ขอเชิญประชุมพิจารณาการให้บริการ", body)


def sample_letter(request: Request) -> dict[str, str]:
    """หนังสือขอความอนุเคราะห์วิทยากร as the requester should send it, with the request's own facts."""
    return {
        "subject": "ขอความอนุเคราะห์วิทยากร",
        "body": (
            f"ด้วย{request.requester} กำหนดจัดกิจกรรมเรื่อง{request.topic} {when(request)} ณ {request.venue} "
            f"ผู้เข้าร่วม {request.audience or 'ครูและบุคลากรทางการศึกษา'} จำนวน {request.expected} คน\n\n"
            f"ในการนี้ จึงขอความอนุเคราะห์วิทยากร {request.speakers_wanted or 'จากสำนักงานเขตพื้นที่การศึกษา'}\n\n"
            f"ผู้ประสานงาน {request.contact} โทรศัพท์ {request.phone}\n\nจึงเรียนมาเพื่อโปรดพิจารณาให้ความอนุเคราะห์"
        ),
    }


#: เงื่อนไขการขอรับบริการ (manual 004 ตารางที่ 5.1)
CONDITIONS = (
    "ขอรับบริการเป็นหนังสือราชการ ส่งทางระบบ Smart area หรือสารบรรณอิเล็กทรอนิกส์",
    "ส่งหนังสือล่วงหน้าอย่างน้อย {days} วัน นับจากวันที่สำนักงานได้รับหนังสือ",
    "กรณีเร่งด่วน ระบุเหตุผล เสนอผู้มีอำนาจพิจารณาโดยตรง",
    "กิจกรรมที่จัดเพื่อปิดงบประมาณเมื่อใกล้สิ้นปีงบประมาณ เจ้าหน้าที่จะชี้แจงระเบียบให้ทราบก่อน",
    "ระบุโครงการ หัวข้อ วัน เวลา สถานที่ กลุ่มเป้าหมาย จำนวน วิทยากรที่ต้องการ และผู้ประสานงาน",
    "ส่งเอกสารหลักฐานการเบิกจ่ายภายในวันที่กำหนด",
)
