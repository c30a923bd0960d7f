"""A year of made-up but plausible letters for a demo district."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from core.base.text.thai import BANGKOK, buddhist_year, search_text
from core.platform.masterdata import holidays
from core.platform.numbering.models import Counter, LedgerNumber
from core.plugins.demo import DemoDistrict
from core.records.files.models import SecretReader
from core.storage.scope import KhetSession
from plugins.saraban import kinds
from plugins.saraban.models.drafts import Draft, DraftVersion
from plugins.saraban.models.endorsements import Assignment, Endorsement
from plugins.saraban.models.letters import CIRCULAR, INCOMING, OUTGOING, SECRET_INCOMING, IncomingLetter, OutgoingLetter

SENDERS = (
    ("สพฐ.", "ศธ 04001"), ("สำนักงานศึกษาธิการจังหวัด", "ศธ 0266"), ("ศาลากลางจังหวัด", "มท 0018"),
    ("สำนักงานสาธารณสุขจังหวัด", "สธ 0032"), ("กรมบัญชีกลาง", "กค 0402"), ("สำนักทดสอบทางการศึกษา", "ศธ 04004"),
    ("ที่ว่าการอำเภอ", "มท 0718"), ("สำนักงาน ก.ค.ศ.", "ศธ 0206"), ("สมศ.", "สมศ 0101"),
)  # fmt: skip
OPENINGS = (
    "ขอเชิญประชุม", "ขอความอนุเคราะห์", "แจ้งแนวทางการดำเนินงาน", "รายงานผลการดำเนินงาน", "ขอส่งเอกสาร",
    "ซักซ้อมความเข้าใจ", "การจัดสรรงบประมาณ", "ขออนุญาตไปราชการ", "แจ้งปฏิทินการดำเนินงาน",
    "ขอเชิญส่งผลงานเข้าร่วม", "การตรวจติดตาม", "ประชาสัมพันธ์",
)  # fmt: skip
TOPICS = (
    "โครงการนิเทศบูรณาการโดยใช้พื้นที่เป็นฐาน", "การประกันคุณภาพภายในสถานศึกษา", "การแข่งขันงานศิลปหัตถกรรมนักเรียน",
    "การทดสอบทางการศึกษาระดับชาติ (O-NET)", "โครงการโรงเรียนสุจริต", "การจัดการเรียนรู้วิทยาการคำนวณ (Coding)",
    "โครงการอาหารกลางวัน", "การพัฒนาครูและบุคลากรทางการศึกษา", "โรงเรียนคุณภาพประจำตำบล", "การจัดซื้อหนังสือเรียน",
    "การจัดทำรายงานการประเมินตนเอง (SAR)", "การย้ายข้าราชการครู", "การศึกษาทางไกลผ่านดาวเทียม (DLTV)",
    "ทุนการศึกษาสำหรับนักเรียนยากจนพิเศษ", "การป้องกันโรคไข้เลือดออกในสถานศึกษา",
)  # fmt: skip
ACTIONS = ("", "", "ทราบ", "มอบกลุ่มนิเทศฯ", "แจ้งโรงเรียนในสังกัด", "ดำเนินการแล้ว", "เก็บเข้าแฟ้ม")
#: letters of the school that its head has to direct
TO_DIRECT = 3
SPEEDS = (0, 0, 0, 0, 0, 0, 1, 1, 2, 3)
#: letters of the school that wait for its head's signature: subject, addressee, text
TO_SIGN = (
    (
        "ขอความอนุเคราะห์วิทยากรนิเทศการจัดการเรียนรู้เชิงรุก", "ผอ.เขต",
        "ด้วยโรงเรียนมีความประสงค์จะพัฒนาครูด้านการจัดการเรียนรู้เชิงรุก\nในการนี้ จึงขอความอนุเคราะห์วิทยากรจากกลุ่มนิเทศฯ"
        "\nจึงเรียนมาเพื่อโปรดพิจารณาให้ความอนุเคราะห์",
    ),
    (
        "รายงานผลการดำเนินโครงการอาหารกลางวัน", "ผอ.เขต",
        "ตามที่ได้รับการจัดสรรงบประมาณโครงการอาหารกลางวัน นั้น\nบัดนี้ โรงเรียนได้ดำเนินการเรียบร้อยแล้ว\nจึงเรียนมาเพื่อโปรดทราบ",
    ),
)  # fmt: skip


class _Books:
    """Gives out numbers day by day as the engine would, without a statement per letter."""

    def __init__(self, session: KhetSession) -> None:
        self.session = session
        self.last: dict[tuple[int, str, int], int] = defaultdict(int)

    def allocate(self, unit_id: int, book: str, day: date, by: str) -> LedgerNumber:
        year = buddhist_year(day)
        self.last[unit_id, book, year] += 1
        return LedgerNumber(
            unit_id=unit_id, book=book, year=year, number=self.last[unit_id, book, year], suffix=0, state="used",
            taken_on=day, taken_by=by,
        )  # fmt: skip

    def close(self) -> None:
        self.session.add_all(
            Counter(unit_id=unit_id, book=book, year=year, last=last, first=1)
            for (unit_id, book, year), last in self.last.items()
        )


def fill(session: KhetSession, demo: DemoDistrict) -> None:
    """Letters of the past year in the books of the office (most), the supervision group and one school, and what waits
    for the signature of the school's head."""
    rng, books = demo.rng, _Books(session)
    school = demo.schools[0]
    places = [
        (demo.office.id, demo.district.short_name, demo.office.letter_prefix, demo.accounts["clerk"]),
        (demo.group.id, demo.group.name, demo.group.letter_prefix, demo.accounts["groupclerk"]),
        (school.unit_id, school.name, "", demo.accounts["school"]),
    ]
    first = demo.today - timedelta(days=364)
    planned: list[tuple[LedgerNumber, Any]] = []
    for index in range(demo.letters):
        day = first + timedelta(days=index * 365 // demo.letters)
        unit_id, name, prefix, account = places[rng.choices((0, 1, 2), (7, 2, 1))[0]]
        by = f"{account.first_name} {account.last_name}"
        letter, book = _letter(demo, rng, day, name, incoming=rng.random() < 0.6)
        number = books.allocate(unit_id, book, day, by)
        letter.unit_id, letter.book, letter.year = unit_id, book, number.year
        letter.number, letter.registered_on, letter.registered_by = number.number, day, by
        letter.registered_at = datetime(day.year, day.month, day.day, 9, index % 60, tzinfo=BANGKOK)
        if isinstance(letter, OutgoingLetter):
            circular = "ว " if letter.circular else ""
            letter.doc_no = f"{prefix}/{circular}{number.number}" if prefix else f"{circular}{number.number}"
        letter.search_text = search_text(
            str(letter.number), letter.doc_no, letter.sender, letter.recipient, letter.subject
        )
        _state(session, demo, letter, index)
        planned.append((number, letter))
    _before_the_head(session, demo, [letter for _number, letter in planned])
    _secrets(demo, books, planned)
    for start in range(0, len(planned), 500):
        chunk = planned[start : start + 500]
        session.add_all(number for number, _letter in chunk)
        session.flush()
        for number, letter in chunk:
            letter.number_id = number.id
            session.add(letter)
        session.flush()
    books.close()
    session.flush()
    _with_officers(session, demo, [letter for _number, letter in planned if letter.status == "assigned"])
    for _number, letter in planned:
        if letter.secrecy:
            for name in ("secret", "director"):
                session.add(
                    SecretReader(kind=letter.__tablename__, record_id=letter.id, user_id=demo.accounts[name].id)
                )
    _to_sign(session, demo)
    session.flush()


def _to_sign(session: KhetSession, demo: DemoDistrict) -> None:
    """What the school's clerk wrote and put before its head."""
    clerk, head, school = demo.accounts["school"], demo.accounts["schoolhead"], demo.schools[0]
    by = f"{clerk.first_name} {clerk.last_name}"
    for subject, recipient, body in TO_SIGN:
        words = dict.fromkeys(kinds.BY_KEY["external"].fields, "")
        words |= {
            "recipient": recipient, "salutation": "เรียน", "body": body, "closing": "ขอแสดงความนับถือ",
            "owner": school.name,
        }  # fmt: skip
        draft = Draft(
            unit_id=school.unit_id, kind="external", status="signing", subject=subject, content=words,
            holder_id=head.id, drafted_by_id=clerk.id, drafted_by=by, typed_by=by,
            search_text=search_text(subject, recipient),
        )  # fmt: skip
        session.add(draft)
        session.flush()
        session.add(DraftVersion(draft_id=draft.id, number=1, subject=subject, content=words, by=by))


def _state(session: KhetSession, demo: DemoDistrict, letter: Any, index: int) -> None:
    """How far it is: done where something is written; else waiting, before the director, or with an officer."""
    letter.status = "done" if letter.action else "registered"
    if not isinstance(letter, IncomingLetter) or letter.action:
        return
    _limit(session, letter)
    directors = {demo.office.id: "director", demo.schools[0].unit_id: "schoolhead"}
    director = directors.get(letter.unit_id)
    # a school has no officers but its clerk, who has the letters that are given to nobody
    if director is None or index % 3 == 0 or (director == "schoolhead" and index % 3 == 2):
        return
    letter.proposed_at = letter.registered_at + timedelta(hours=1)
    if index % 3 == 1:
        letter.status, letter.holder_id = "proposed", demo.accounts[director].id
    else:
        letter.status, letter.assignee_id = "assigned", demo.accounts["supervisor"].id


def _before_the_head(session: KhetSession, demo: DemoDistrict, letters: list[Any]) -> None:
    """The school's newest incoming letters lie before its head to be directed."""
    of_school = [one for one in letters if isinstance(one, IncomingLetter) and one.unit_id == demo.schools[0].unit_id]
    for letter in of_school[-TO_DIRECT:]:
        letter.status, letter.action, letter.holder_id = "proposed", "", demo.accounts["schoolhead"].id
        _limit(session, letter)
        letter.proposed_at = letter.registered_at + timedelta(hours=1)


def _limit(session: KhetSession, letter: IncomingLetter) -> None:
    days = (2, 1, 1, 0)[letter.speed]
    letter.propose_by = holidays.closing(holidays.after(session, letter.received_on, days))


def _with_officers(session: KhetSession, demo: DemoDistrict, letters: list[Any]) -> None:
    """What the director wrote on them, and in whose hands they are."""
    director, officer = demo.accounts["director"], demo.accounts["supervisor"]
    name = f"{director.first_name} {director.last_name}"
    for letter in letters:
        session.add(
            Endorsement(
                letter_id=letter.id, step="directed", text="มอบผู้รับผิดชอบดำเนินการ", name=name, position="ผอ.เขต",
                user_id=director.id, at=letter.proposed_at,
            )
        )  # fmt: skip
        session.add(
            Assignment(
                letter_id=letter.id, unit_id=letter.unit_id, user_id=officer.id, lead=True, what=letter.label,
                who=officer.get_full_name(), given_by_id=director.id,
                given_by=name, given_at=letter.proposed_at, urgency=letter.speed, due_at=letter.due_at,
                task="มอบผู้รับผิดชอบดำเนินการ",
            )
        )  # fmt: skip
    session.flush()


def _letter(demo: DemoDistrict, rng: Any, day: date, name: str, *, incoming: bool) -> tuple[Any, str]:
    subject = f"{rng.choice(OPENINGS)}{rng.choice(TOPICS)} ประจำปี {buddhist_year(day)}"
    action = rng.choice(ACTIONS)
    if not action and day < demo.today - timedelta(days=max(10, 8000 // demo.letters)):
        action = "เก็บเข้าแฟ้ม"  # only the last days' letters still wait
    common = {"subject": subject, "action": action, "speed": rng.choice(SPEEDS)}
    if incoming:
        if rng.random() < 0.4:
            school = rng.choice(demo.schools)
            sender, doc_no = (
                school.name,
                f"{demo.office.letter_prefix}.{int(school.code)}/{rng.randrange(1, 400)}",
            )
        else:
            sender, prefix = rng.choice(SENDERS)
            doc_no = f"{prefix}/{rng.randrange(1, 9000)}"
        letter: Any = IncomingLetter(
            received_on=day, doc_no=doc_no, doc_date=day - timedelta(days=rng.randrange(0, 12)), sender=sender,
            recipient=f"ผอ.{name}", **common,
        )  # fmt: skip
        return letter, INCOMING
    circular = rng.random() < 0.25
    recipient = "โรงเรียนในสังกัดทุกโรงเรียน" if circular else rng.choice([*(s.name for s in demo.schools[:20]), "สพฐ."])
    letter = OutgoingLetter(circular=circular, doc_date=day, sender=name, recipient=recipient, **common)
    return letter, CIRCULAR if circular else OUTGOING


def _secrets(demo: DemoDistrict, books: _Books, planned: list[tuple[LedgerNumber, Any]]) -> None:
    """Three secret letters of the office; the registrar and the director are named."""
    account = demo.accounts["secret"]
    by = f"{account.first_name} {account.last_name}"
    for index, subject in enumerate(("การสอบข้อเท็จจริงกรณีร้องเรียน", "การดำเนินการทางวินัย", "ข้อสอบคัดเลือกบุคลากร")):
        day = demo.today - timedelta(days=30 * (3 - index))
        number = books.allocate(demo.office.id, SECRET_INCOMING, day, by)
        letter = IncomingLetter(
            unit_id=demo.office.id, book=SECRET_INCOMING, year=number.year, number=number.number,
            secrecy=index + 1, received_on=day, doc_no=f"ลับ {index + 1}", doc_date=day, sender="สพฐ.",
            recipient="ผอ.เขต", subject=subject, registered_on=day, registered_by=by,
            search_text=search_text(subject),
        )  # fmt: skip
        planned.append((number, letter))
