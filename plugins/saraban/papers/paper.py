"""A draft as the regulation lays it out, in PDF/A: what the template gets, every line broken at words.

Sizes: ครุฑ 3 cm (letters) or 1.5 cm (memoranda), margins 3 cm left and 2 cm right, TH-Sarabun 16 pt, speed in red at
least 32 pt (ระเบียบงานสารบรรณ ข้อ 28; domain notes on saraban §8).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.base.text.thai import format_date, thai_digits
from core.platform.documents import typeset
from core.platform.documents.lines import BOLD, lines
from core.platform.masterdata.models import Unit
from core.records.files import store
from core.records.files.models import Attachment
from core.storage.scope import KhetSession
from plugins.saraban import kinds, settings
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import OutgoingLetter, UnitSetting

TEMPLATES = Path(__file__).resolve().parent / "templates"
CM = 28.3465
WIDTH = 16 * CM  #: between the margins of 3 and 2 cm on A4
INDENT = 2.5 * CM
SIZE = 16.0
SPEEDS = ("", "ด่วน", "ด่วนมาก", "ด่วนที่สุด")
#: head words of the fields above the text, in the order in which they stand
HEADS = (("subject", "เรื่อง"), ("addressed", ""), ("reference", "อ้างถึง"), ("enclosures", "สิ่งที่ส่งมาด้วย"))
LABEL = {"เรื่อง": 1.35 * CM, "อ้างถึง": 1.6 * CM, "สิ่งที่ส่งมาด้วย": 3.0 * CM}


def pdf(
    session: KhetSession,
    root: Path,
    draft: Draft,
    unit: Unit,
    letter: OutgoingLetter | None,
    *,
    copy: str = "draft",
    verify_at: str = "",
) -> bytes:
    """The paper as PDF/A-2b. Without a letter it is a draft and says so; `copy`: original, owner or central.

    Raises typeset.Unprintable.
    """
    import segno

    data = content(session, draft, unit, letter, copy=copy)
    data["garuda"] = _picture(session, root, UnitSetting.__tablename__, settings.of_unit(session, unit.id).id)
    data["signature"] = _attachment(session, root, draft.signature_id) if draft.signed_at else None
    data["qr"] = segno.make(verify_at, error="m").svg_inline(border=0) if letter is not None and verify_at else None
    return typeset.pdf("paper.typ", data, templates=TEMPLATES, archive=True)


def content(
    session: KhetSession, draft: Draft, unit: Unit, letter: OutgoingLetter | None, *, copy: str = "draft"
) -> dict[str, Any]:
    """What the template sets: lines of text, Thai digits everywhere."""
    kind, words = kinds.BY_KEY[draft.kind], draft.content
    place = settings.of_unit(session, unit.id)
    day = letter.doc_date if letter is not None else None
    salutation = words.get("salutation") or ("ถึง" if kind.layout == "stamped" else "เรียน")
    heads = []
    for name, label in HEADS:
        said = {"subject": draft.subject, "addressed": words.get("recipient", "")}.get(name) or words.get(name, "")
        if said and not (name == "subject" and kind.layout in ("stamped", "decree", "minutes")):
            heads.append(_head(salutation if name == "addressed" else label, said))
    owner = [part for part in (words.get("owner") or place.owner, _phone(words.get("phone") or place.phone)) if part]
    return {
        "title": draft.subject,
        "layout": kind.layout,
        "words": kind.words,
        "unit": _set(unit.name, WIDTH),
        "number": thai_digits(letter.doc_no) if letter is not None else "",
        "draft": letter is None,
        "copy": copy,
        "place": _set("\n".join(part for part in (unit.name, place.address) if part), 8 * CM),
        "date": thai_digits(format_date(day, "order" if kind.dated else "letter")) if day is not None else "",
        "dated": kind.dated,
        "speed": SPEEDS[draft.speed],
        "heads": heads,
        "subject": _set(draft.subject, WIDTH, BOLD),
        "issue": thai_digits(words.get("issue", "")),
        "body": _paragraphs(words.get("body", "")),
        "closing": words.get("closing") or ("ขอแสดงความนับถือ" if kind.layout == "letter" else ""),
        "signer": words.get("signer", ""),
        "position": _set(words.get("position", ""), 8 * CM),
        "owner": [line for part in owner for line in _set(part, WIDTH)],
        "office": _set(" ".join([unit.name, *owner]), WIDTH - 2.6 * CM),
        "copies": _set(words.get("copies", ""), WIDTH - 2 * CM),
        "hands": _hands(draft) if copy in ("owner", "central") else [],
        "meeting": _meeting(words),
    }


def _phone(number: str) -> str:
    return f"โทร. {number}" if number else ""


def _set(text: str, room: float, weight: str = "Regular") -> list[str]:
    return lines(thai_digits(text), room, SIZE, weight) if text else []


def _head(label: str, said: str) -> dict[str, Any]:
    room = LABEL.get(label, 1.35 * CM)
    return {"label": label, "width": room, "lines": _set(said, WIDTH - room)}


def _paragraphs(body: str) -> list[list[str]]:
    """Each paragraph as lines, its first with the indent of 2.5 cm."""
    return [lines(thai_digits(text), WIDTH, SIZE, indent=INDENT) for text in body.split("\n") if text.strip()]


def _hands(draft: Draft) -> list[str]:
    """ผู้ร่าง ผู้พิมพ์ ผู้ตรวจ, which the file copies bear."""
    said = (("ร่าง", draft.drafted_by), ("พิมพ์", draft.typed_by), ("ตรวจ", draft.checked_by))
    return [f"{name} {word}" for name, word in said if word]


def _meeting(words: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of minutes (แบบที่ 11) before and behind their text."""
    parts = (
        ("present", "ผู้มาประชุม"),
        ("absent", "ผู้ไม่มาประชุม"),
        ("attending", "ผู้เข้าร่วมประชุม"),
        ("begun", "เริ่มประชุมเวลา"),
        ("ended", "เลิกประชุมเวลา"),
        ("writer", "ผู้จดรายงานการประชุม"),
        ("checker", "ผู้ตรวจรายงานการประชุม"),
        ("held", "เมื่อ"),
        ("place", "ณ"),
    )
    return [
        {"key": key, "label": label, "lines": _set(words[key], WIDTH - 1 * CM)}
        for key, label in parts
        if words.get(key)
    ]


def _picture(session: KhetSession, root: Path, kind: str, record_id: int | None) -> list[int] | None:
    """The picture of a record as bytes for the typesetter."""
    return _bytes(root, store.picture(session, kind, record_id)) if record_id is not None else None


def _attachment(session: KhetSession, root: Path, file_id: int | None) -> list[int] | None:
    return _bytes(root, session.get(Attachment, file_id)) if file_id else None


def _bytes(root: Path, file: Attachment | None) -> list[int] | None:
    return typeset.picture(store.read(root, file)) if file is not None and file.picture else None
