"""How a test walks through the registers' POST doors."""

from __future__ import annotations

import hashlib
from typing import Any

from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.masterdata.models import Unit
from core.platform.numbering import engine
from core.platform.users.models import Account
from core.records.files.models import Attachment
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from plugins.saraban import kinds, settings
from plugins.saraban.models.dispatches import Arrival, Dispatch
from plugins.saraban.models.drafts import Draft, DraftVersion
from plugins.saraban.models.endorsements import Assignment
from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter, UnitSetting
from plugins.saraban.models.scans import Scan, ScanPage
from plugins.saraban.models.storage import Destruction, Folder, Loan, Retention, Stored
from plugins.saraban.work import registers
from plugins.saraban.work.exchange import token_hash
from tests.core.probes import DAY, cell, pdf
from tests.support import HOME, World, letter, near, real_pdf

#: who may break the glass
GRANTS: dict[str, list[str]] = {"director": ["saraban.emergency"]}


def prepare(world: World, code: str) -> dict[Any, Any]:
    """A secret paper that the director has opened in an emergency."""
    account, chief = world.account(f"secret.{code}"), world.account(f"director.{code}")
    unit = world.unit(code=code)
    with world.session(code, user=f"secret.{code}") as session:
        clerk = registers.Clerk(account.id, "นายทะเบียน", 3)
        made = registers.register_incoming(session, unit, letter(secrecy=1), clerk=clerk, today=today())
        sheet = Attachment(
            kind="saraban_incoming", record_id=made.id, name="ลับ.pdf", sha256=hashlib.sha256(real_pdf()).hexdigest(), stored_as=f"glass-{code}", content_type="application/pdf", size=len(real_pdf()), secrecy=1,
        )  # fmt: skip
        session.add(sheet)
        session.flush()
        place = world.khet.settings.files_dir / str(made.district_id) / sheet.stored_as[:2] / sheet.stored_as
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(real_pdf())
        signer = URLSafeTimedSerializer(world.khet.settings.secret_key, salt="break-glass")
        opened = [made.book, made.id, chief.id]
        return {"glass": lambda: signer.dumps(opened), ("file_id", "EmergencyView"): sheet.id}


def samples(session: KhetSession) -> dict[Any, Any]:
    """A letter of the office in each register."""
    office = select(Unit.id).where(Unit.kind == "office").scalar_subquery()
    found: dict[Any, Any] = {}
    for model in (IncomingLetter, OutgoingLetter):
        letter = session.scalars(
            select(model).where(model.unit_id == office, model.secrecy == 0).order_by(model.id)
        ).first()
        assert letter is not None
        found[model] = letter.id
    officer = session.scalars(select(Account).where(Account.username.startswith("supervisor."))).one()
    given = Assignment(
        letter_id=found[IncomingLetter], unit_id=session.scalar(select(office)), user_id=officer.id, lead=True, what="มอบ", given_by="ผอ.",
    )  # fmt: skip
    setting = UnitSetting(unit_id=session.scalar(select(office)), **settings.DEFAULTS)
    letter = session.get(IncomingLetter, found[IncomingLetter])
    letter.status, letter.action, letter.assignee_id = "assigned", "", officer.id
    unit_id = session.scalar(select(office))
    token = f"{session.scope.district_id}".rjust(30, "x")
    session.get(OutgoingLetter, found[OutgoingLetter]).verify = token_hash(token)
    sent = Dispatch(
        letter_id=found[OutgoingLetter], unit_id=unit_id, doc_no="1", subject="ส่ง", recipient="ผู้รับ", channel="post", state="sent", token=token_hash(token),
    )  # fmt: skip
    came = Arrival(
        unit_id=unit_id, from_district_id=session.scope.district_id, dispatch_id=0, sender="สพฐ.", doc_no="2", recipient="ผอ.", subject="มาถึง",
    )  # fmt: skip
    clerk = session.scalars(select(Account).where(Account.username.startswith("clerk."))).one()
    draft = Draft(
        unit_id=unit_id, kind="order", subject="แต่งตั้ง", content={"body": "ข้อความ"}, drafted_by_id=clerk.id, drafted_by="ก",
    )  # fmt: skip
    book = kinds.BY_KEY["order"].book
    number = engine.allocate(session, unit_id, book, today=today(), actor_name="t")[0]
    order = OutgoingLetter(
        unit_id=unit_id, book=book, kind="order", year=number.year, number=number.number, number_id=number.id, sender="ผอ.",
        recipient="", subject="คำสั่ง", doc_no="1", registered_on=today(), registered_by="t", search_text="",
    )  # fmt: skip
    session.add_all([given, setting, sent, came, draft, order])
    session.flush()
    draft.letter_id = order.id
    keeping = Retention(code="t", title="ทดสอบ", years=1)
    session.add(keeping)
    session.flush()
    folder = Folder(unit_id=unit_id, code="t", title="แฟ้ม", retention_id=keeping.id)
    session.add(folder)
    session.flush()
    kept = Stored(
        unit_id=unit_id, number=1, kind="saraban_outgoing", letter_id=order.id, folder_id=folder.id, stored_on=today(), register_no="1", subject="เก็บ",
    )  # fmt: skip
    session.add(kept)
    session.flush()
    loan = Loan(
        unit_id=unit_id, stored_id=kept.id, title="เก็บ", borrower="ก", purpose="ข", approved_by="ค", lent_on=today(), lent_by="ง",
        due_on=today(), due_at=utc_now(),
    )  # fmt: skip
    destruction = Destruction(unit_id=unit_id, year=2560, surveyed_by_id=clerk.id, surveyed_by="ก")
    stack = Scan(unit_id=unit_id, title="กอง", state="ready", made_by="ก")
    session.add_all([loan, destruction, stack])
    session.flush()
    sheet = Attachment(
        kind="saraban_scan", record_id=stack.id, name="กอง.pdf", sha256="0", stored_as=f"scan{session.scope.district_id}", content_type="application/pdf", size=3,
    )  # fmt: skip
    session.add(sheet)
    session.flush()
    session.add(
        ScanPage(scan_id=stack.id, place=1, file_id=sheet.id, number=0, begins=True, text="เรื่อง ขอเชิญ", how="layer")
    )
    session.add(DraftVersion(draft_id=draft.id, number=1, subject="แต่งตั้ง", content=draft.content, by="ก"))
    session.flush()
    return {
        **found, Assignment: given.id, UnitSetting: setting.id, Dispatch: sent.id, Arrival: came.id, "token": token, Draft: draft.id, "number": 1, "page": 1, "place": 1, Scan: stack.id, Retention: keeping.id, Folder: folder.id,
        Stored: kept.id, Loan: loan.id, Destruction: destruction.id,
        "IssuedView": order.id,
    }  # fmt: skip


def _staged(world: World) -> int:
    answer = world.browser(f"clerk.{HOME}").post("/uploads/", {"file": pdf()}, content_type="multipart/form-data")
    return answer.json["id"]


INLINE = {"IssuedView.cell": "remark", "IncomingView.cell": "action", "OutgoingView.cell": "remark"}
BULK = {
    "IncomingView.bulk": "assign",
    "OutgoingView.bulk": "act",
    "IssuedView.bulk": "act",
    "AssignmentView.bulk": "report",
    "DispatchView.bulk": "handed",
    "ArrivalView.bulk": "register",
    "DraftPaperView.step": "drop",
    "DestructionView.step": "drop",
    "LoanView.bulk": "returned",
    "StoredView.bulk": "lend",
}


_LIMITS = {"days_normal": "2", "days_urgent": "1"}
PROBES: dict[str, Any] = {
    "AssignmentView.bulk": ("supervisor", lambda w, i: {"report": "แล้วเสร็จ"}),
    "AssignmentView.download": ("supervisor", lambda w, i: {}),
    "ArrivalView.bulk": ("clerk", lambda w, i: {}),
    "DraftPaperView.add": ("clerk", lambda w, i: {"kind": "external", "unit_id": i["unit_id"], "subject": "ร่าง", "speed": "0", "salutation": "เรียน", "closing": "ขอแสดงความนับถือ"}),
    "DraftPaperView.comment": ("clerk", lambda w, i: {"text": "แก้คำผิด"}),
    "DraftPaperView.download": None,  # no role of the demo exports drafts
    "DraftPaperView.edit": ("clerk", lambda w, i: {"kind": "order", "unit_id": i["unit_id"], "subject": "ร่าง", "speed": "0"}),
    "DraftPaperView.from_word": None,  # wants a document of Khet's own; tests/plugins/saraban/test_drafts.py walks it
    "DraftPaperView.step": ("clerk", lambda w, i: {}),
    "IssuedView.add": ("clerk", lambda w, i: {"unit_id": i["unit_id"], "kind": "order", "sender": "ก", "subject": "ค", "speed": "0"}),
    "IssuedView.bulk": ("clerk", lambda w, i: {"action": "แจ้งแล้ว"}),
    "IssuedView.cancel": ("clerk", lambda w, i: {"reason": "ลงซ้ำ"}),
    "IssuedView.cell": ("clerk", cell(OutgoingLetter, "remark", "ปิดประกาศ", "IssuedView")),
    "IssuedView.correct": ("clerk", lambda w, i: {"doc_no": "1/2569", "doc_date": DAY, "sender": "ก", "recipient": "ข", "subject": "แก้", "reason": "พิมพ์ผิด"}),
    "IssuedView.edit": ("clerk", lambda w, i: {"action": "ทราบ", "speed": "0", "reserved": "0"}),
    "IssuedView.files": ("clerk", lambda w, i: {"files": _staged(w)}),
    "IssuedView.send": ("clerk", lambda w, i: {"others-0-name": "ห้างร้าน", "others-0-channel": "post"}),
    "ScanView.add": ("clerk", lambda w, i: {"unit_id": i["unit_id"], "files": _staged(w)}),
    "ScanView.again": None,  # only where the reading broke off; tests/plugins/saraban/test_scans.py walks it
    "ScanView.comment": ("clerk", lambda w, i: {"text": "สแกนใหม่"}),
    "ScanView.download": ("clerk", lambda w, i: {}),
    "ScanView.drop": ("clerk", lambda w, i: {}),
    "ScanView.register": None,  # needs the stack's file; tests/plugins/saraban/test_scans.py walks it
    "ScanView.split": ("clerk", lambda w, i: {"place": "1", "begins": "1"}),
    "DraftPaperView.seal": None,  # wants a certificate; tests/plugins/saraban/test_certificate.py walks it
    "TakingOverView.ask": None,  # of secret papers that nobody keeps; tests/plugins/saraban/test_secret.py walks it
    "EmergencyView.ask": None,  # names a secret paper; tests/plugins/saraban/test_secret.py walks it
    "SignatureView.mine": None,  # a picture; tests/plugins/saraban/test_drafts.py walks it
    "DestructionView.add": None,  # needs letters whose time is over; tests/plugins/saraban/test_storage.py walks it
    "DestructionView.comment": ("clerk", lambda w, i: {"text": "นัดประชุม"}),
    "DestructionView.download": ("clerk", lambda w, i: {}),
    "DestructionView.step": ("clerk", lambda w, i: {}),
    "DestructionView.vote": None,  # needs a committee; tests/plugins/saraban/test_storage.py walks it
    "FolderView.add": ("clerk", lambda w, i: {"unit_id": i["unit_id"], "code": "ก1", "title": "แฟ้มใหม่", "retention_id": i[Retention]}),
    "FolderView.edit": ("clerk", lambda w, i: {"unit_id": i["unit_id"], "code": "ก2", "title": "แฟ้ม", "retention_id": i[Retention]}),
    "LoanView.bulk": ("clerk", lambda w, i: {"returned_by": "นายคืน"}),
    "LoanView.comment": ("clerk", lambda w, i: {"text": "ทวงแล้ว"}),
    "LoanView.download": ("clerk", lambda w, i: {}),
    "RetentionView.add": ("clerk", lambda w, i: {"code": "x", "title": "ประเภทใหม่", "years": "3"}),
    "RetentionView.edit": ("clerk", lambda w, i: {"code": "y", "title": "ประเภท", "years": "4"}),
    "RetentionView.regulation": ("clerk", lambda w, i: {}),
    "StoredView.bulk": ("clerk", lambda w, i: {"borrower": "ก", "purpose": "ข", "approved_by": "ค", "due_on": near(3)}),
    "StoredView.comment": ("clerk", lambda w, i: {"text": "ย้ายตู้"}),
    "StoredView.download": ("clerk", lambda w, i: {}),
    "ArrivalView.comment": ("clerk", lambda w, i: {"text": "รับแล้ว"}),
    "AssignmentView.comment": ("supervisor", lambda w, i: {"text": "รับแล้ว"}),
    "ArrivalView.download": ("clerk", lambda w, i: {}),
    "DispatchView.bulk": ("clerk", lambda w, i: {"proof": "นายรับ"}),
    "DispatchView.comment": ("clerk", lambda w, i: {"text": "ส่งถึงแล้ว"}),
    "DispatchView.download": ("clerk", lambda w, i: {}),
    "OutgoingView.resend": None,  # needs a recipient who was not reached; tests/plugins/saraban/test_undelivered.py walks it
    "IssuedView.resend": None,  # the same
    "OutgoingView.send": ("clerk", lambda w, i: {"others-0-name": "ห้างร้าน", "others-0-channel": "post"}),
    "PublicLetterView.confirm": None,  # a stranger's door; tests/plugins/saraban/test_exchange.py walks it
    "SettingView.add": None,  # one set a unit; tests/plugins/saraban/test_life.py walks it
    "SettingView.edit": ("clerk", lambda w, i: {"unit_id": i["unit_id"], **_LIMITS}),
    "DispatchesApi.add": ("clerk", lambda w, i: {"letter_id": i[OutgoingLetter], "channel": "post", "recipient": "สพฐ."}),
    "IncomingLettersApi.add": ("clerk", lambda w, i: {"unit_id": i["unit_id"], "sender": "ก", "recipient": "ข", "subject": "ค"}),
    "OutgoingLettersApi.add": ("clerk", lambda w, i: {"unit_id": i["unit_id"], "sender": "ก", "recipient": "ข", "subject": "ค"}),
    "IncomingView.bulk": ("clerk", lambda w, i: {"officers": w.account(f"director.{HOME}").id, "lead_id": "0"}),
    "IncomingView.cell": ("clerk", cell(IncomingLetter, "action", "ทราบ")),
    "OutgoingView.bulk": ("clerk", lambda w, i: {"action": "ส่งแล้ว"}),
    "OutgoingView.cell": ("clerk", cell(OutgoingLetter, "remark", "ไปรษณีย์")),
    "IncomingView.add": ("clerk", lambda w, i: {"unit_id": i["unit_id"], "received_on": DAY, "sender": "ก", "recipient": "ข", "subject": "ค", "speed": "0", "reserved": "0"}),
    "IncomingView.cancel": ("clerk", lambda w, i: {"reason": "ลงซ้ำ"}),
    "IncomingView.correct": ("clerk", lambda w, i: {"received_on": DAY, "sender": "ก", "recipient": "ข", "subject": "แก้", "reason": "พิมพ์ผิด"}),
    "IncomingView.edit": ("clerk", lambda w, i: {"action": "ทราบ", "speed": "0", "reserved": "0"}),
    # a secret letter's own door; tests/plugins/saraban/test_secret.py walks it
    **dict.fromkeys(("IncomingView.readers", "OutgoingView.readers", "IssuedView.readers")),
    "IncomingView.files": ("clerk", lambda w, i: {"files": _staged(w)}),
    "OutgoingView.add": ("clerk", lambda w, i: {"kind": "external", "unit_id": i["unit_id"], "doc_date": DAY, "sender": "ก", "recipient": "ข", "subject": "ค", "speed": "0", "reserved": "0"}),
    "OutgoingView.cancel": ("clerk", lambda w, i: {"reason": "ลงซ้ำ"}),
    "OutgoingView.correct": ("clerk", lambda w, i: {"doc_no": "1", "doc_date": DAY, "sender": "ก", "recipient": "ข", "subject": "แก้", "reason": "พิมพ์ผิด"}),
    "OutgoingView.edit": ("clerk", lambda w, i: {"action": "ทราบ", "speed": "0", "reserved": "0"}),
    "OutgoingView.files": ("clerk", lambda w, i: {"files": _staged(w)}),
}  # fmt: skip
