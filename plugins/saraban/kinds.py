"""Kinds of official paper, as the regulation has them, each with its form, its book and its way of numbering.

Source: ระเบียบสำนักนายกรัฐมนตรีว่าด้วยงานสารบรรณ พ.ศ. 2526 and its amendments (domain notes on saraban §1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from plugins.saraban.models.letters import OUTGOING

#: ที่ is the unit's prefix and the register number; or the number over the year (195/2569)
PREFIXED, BY_YEAR = "prefixed", "by_year"


@dataclass(frozen=True)
class Kind:
    """A kind of paper. `words` is what stands at its head, `dated` what stands before its date."""

    key: str
    title: Any
    form: int | None  #: แบบที่
    book: str
    book_title: Any
    layout: str  #: letter, memo, stamped, decree or minutes
    fields: tuple[str, ...]
    number: str = BY_YEAR
    words: str = ""
    dated: str = ""


_SIGNED = ("signer", "position")
_OWNER = ("owner", "phone")

KINDS = (
    Kind(
        "external",
        _l("External letter"),
        1,
        OUTGOING,
        _l("Outgoing book"),
        "letter",
        ("recipient", "salutation", "reference", "enclosures", "body", "closing", *_SIGNED, *_OWNER, "copies"),
        PREFIXED,
    ),
    Kind(
        "internal",
        _l("Memorandum"),
        2,
        OUTGOING,
        _l("Outgoing book"),
        "memo",
        ("recipient", "salutation", "body", *_SIGNED, *_OWNER),
        PREFIXED,
        "บันทึกข้อความ",
    ),
    Kind(
        "stamped",
        _l("Stamped letter"),
        3,
        OUTGOING,
        _l("Outgoing book"),
        "stamped",
        ("recipient", "body", *_OWNER),
        PREFIXED,
    ),
    Kind(
        "order",
        _l("Order"),
        4,
        "saraban.order",
        _l("Book of orders"),
        "decree",
        ("body", *_SIGNED),
        BY_YEAR,
        "คำสั่ง",
        "สั่ง ณ วันที่",
    ),
    Kind(
        "regulation",
        _l("Regulation"),
        5,
        "saraban.regulation",
        _l("Book of regulations"),
        "decree",
        ("issue", "body", *_SIGNED),
        BY_YEAR,
        "ระเบียบ",
        "ประกาศ ณ วันที่",
    ),
    Kind(
        "bylaw",
        _l("By-law"),
        6,
        "saraban.bylaw",
        _l("Book of by-laws"),
        "decree",
        ("issue", "body", *_SIGNED),
        BY_YEAR,
        "ข้อบังคับ",
        "ประกาศ ณ วันที่",
    ),
    Kind(
        "announcement",
        _l("Announcement"),
        7,
        "saraban.announcement",
        _l("Book of announcements"),
        "decree",
        ("body", *_SIGNED),
        BY_YEAR,
        "ประกาศ",
        "ประกาศ ณ วันที่",
    ),
    Kind(
        "statement",
        _l("Statement"),
        8,
        "saraban.statement",
        _l("Book of statements"),
        "decree",
        ("issue", "body"),
        BY_YEAR,
        "แถลงการณ์",
        "",
    ),
    Kind("news", _l("News"), 9, "saraban.news", _l("Book of news"), "decree", ("issue", "body"), BY_YEAR, "ข่าว", ""),
    Kind(
        "certificate",
        _l("Letter of certification"),
        10,
        "saraban.certificate",
        _l("Book of certifications"),
        "decree",
        ("body", *_SIGNED),
        BY_YEAR,
        "หนังสือรับรอง",
        "ให้ไว้ ณ วันที่",
    ),
    Kind(
        "minutes",
        _l("Minutes of a meeting"),
        11,
        "saraban.minutes",
        _l("Book of minutes"),
        "minutes",
        ("issue", "held", "place", "present", "absent", "attending", "begun", "body", "ended", "writer", "checker"),
        BY_YEAR,
        "รายงานการประชุม",
        "",
    ),
    Kind(
        "record",
        _l("Record (บันทึก)"),
        None,
        "saraban.record",
        _l("Book of records"),
        "decree",
        ("recipient", "body", *_SIGNED),
        BY_YEAR,
        "บันทึก",
        "",
    ),
    Kind(
        "other",
        _l("Other paper"),
        None,
        "saraban.other",
        _l("Book of other papers"),
        "decree",
        ("body",),
        BY_YEAR,
        "",
        "",
    ),
)
BY_KEY = {kind.key: kind for kind in KINDS}
LETTERS = tuple(kind for kind in KINDS if kind.number == PREFIXED)
#: papers with books of their own: orders, announcements, certifications …
ISSUED = tuple(kind for kind in KINDS if kind.number == BY_YEAR)
ISSUED_BOOKS = {kind.book: kind.book_title for kind in ISSUED}
