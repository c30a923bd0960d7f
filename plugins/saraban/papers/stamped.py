"""A registered letter as an office keeps it on paper: with its stamps, and what was written on it behind it.

Stamps: ตรารับหนังสือ (แบบที่ 12, upper right of page 1) and ตรากำหนดเก็บ (lower right, ข้อ 55); domain notes on
saraban §2.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.base.text.thai import BUDDHIST_OFFSET, format_date, format_moment, thai_digits
from core.platform.documents import stamp, typeset
from core.platform.documents.lines import BOLD, lines
from core.platform.masterdata.models import Unit
from core.platform.sandbox import Refused
from core.platform.sandbox.refusals import BUSY
from core.records.files import store
from core.records.files.models import Attachment
from core.storage.scope import KhetSession
from plugins.saraban.models.endorsements import Endorsement
from plugins.saraban.models.letters import IncomingLetter, Letter, OutgoingLetter
from plugins.saraban.models.storage import Stored
from plugins.saraban.papers import signatures
from plugins.saraban.papers.paper import CM
from plugins.saraban.steps import step

TEMPLATES = Path(__file__).resolve().parent / "templates"
PRINTABLE = ("application/pdf", "image/png", "image/jpeg")
WIDTH, SIGNED = 15.5 * CM, 7.6 * CM


def first_page_of(files: list[Attachment]) -> Attachment | None:
    """The file that bears the stamps: the letter's first that has pages."""
    return next((file for file in files if file.content_type in PRINTABLE), None)


def pdf(
    session: KhetSession, root: Path, letter: IncomingLetter | OutgoingLetter, written: Sequence[Endorsement]
) -> bytes:
    """The letter's first file, or an empty page where it has none that opens, stamped; then what was `written` on it.

    Raises FileGone.
    """
    file = first_page_of(store.enclosures(session, letter))
    path = store.whole(root, file) if file is not None else None
    sheets = [_sheet(session, root, letter, written)] if written else []
    try:
        return stamp.pdf(path, stamps(session, letter), sheets)
    except Refused as error:
        if error.reason == BUSY:
            raise
        # a damaged or locked file: its stamps go on a sheet of their own
        return stamp.pdf(None, stamps(session, letter), sheets)


def stamps(session: KhetSession, letter: IncomingLetter | OutgoingLetter) -> list[stamp.Stamp]:
    """Form 12 for what came in, and for what is stored how long it is kept."""
    found = []
    if isinstance(letter, IncomingLetter):
        unit = session.get(Unit, letter.unit_id)
        clock = f"{letter.received_time:%H.%M} น." if letter.received_time else "..............."
        said = [
            f"เลขรับ {letter.number_text}/{letter.year}", f"วันที่ {format_date(letter.received_on, 'letter')}",
            f"เวลา {clock}",
        ]  # fmt: skip
        name = lines(unit.name if unit is not None else "", stamp.WIDTH - 10, 13.0)
        found.append(stamp.Stamp([*name, *map(thai_digits, said)]))
    kept = select(Stored).where(Stored.kind == letter.__tablename__, Stored.letter_id == letter.id)
    if (stored := session.scalars(kept).first()) is not None:
        found.append(stamp.Stamp([until(stored), "ลงชื่อย่อ ....................."], "bottom", centred=True))
    return found


def until(stored: Stored) -> str:
    """The words of ตรากำหนดเก็บ."""
    if stored.keep_until is None:
        return "ห้ามทำลาย"
    return thai_digits(f"เก็บถึง พ.ศ. {stored.keep_until.year + BUDDHIST_OFFSET}")


def _sheet(session: KhetSession, root: Path, letter: Letter, written: Sequence[Endorsement]) -> bytes:
    def of(one: Endorsement) -> dict[str, Any]:
        picture = signatures.by_hash(session, one.signature)
        drawn = store.read(root, picture) if picture is not None else None
        return {
            "what": lines(" ".join(part for part in (step(one.step), one.addressed) if part), WIDTH, 16.0, BOLD),
            "text": lines(thai_digits(one.text), WIDTH, 16.0) if one.text else [],
            "signed": [line for part in (f"({one.name})", one.position, one.acting_for) if part
                       for line in lines(part, SIGNED, 16.0)],
            "at": thai_digits(format_moment(one.at)), "signature": typeset.picture(drawn),
        }  # fmt: skip

    said = f"{letter.number_text}/{letter.year}  {letter.doc_no}  {letter.subject}"
    data = {
        "title": letter.label,
        "head": lines(thai_digits(said), 16 * CM, 16.0),
        "written": [of(one) for one in written],
    }
    return typeset.pdf("sheet.typ", data, templates=TEMPLATES)
