"""Every kind of paper as the regulation lays it out, held line by line.

`layout.json` keeps for each kind where every line of text stands. It was looked at when it was written; after a change
that is meant, look at the pages and write it anew:

    KHET_WRITE_LAYOUT=1 uv run pytest tests/plugins/saraban/test_layout.py
"""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from core.platform.masterdata.models import Unit
from core.storage.base import utc_now
from plugins.saraban import kinds
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.papers import paper
from tests.support import HOME

KEPT = Path(__file__).with_name("layout.json")
CM = 28.3465
#: A4, margins of 3 cm left and 2 cm right
HIGH, LEFT, RIGHT = 841.89, 3 * CM, 595.28 - 2 * CM
WORDS = {
    "recipient": "ผู้อำนวยการโรงเรียนในสังกัดทุกโรงเรียน", "salutation": "เรียน", "reference": "หนังสือ สพฐ. ที่ ศธ 04001/77",
    "enclosures": "กำหนดการ จำนวน 1 ฉบับ", "closing": "ขอแสดงความนับถือ", "signer": "นางสาวสมมติ ใจดี",
    "position": "ผู้อำนวยการสำนักงานเขตพื้นที่การศึกษา", "owner": "กลุ่มนิเทศ ติดตามและประเมินผล", "phone": "0 4281 0000",
    "copies": "ศึกษานิเทศก์ทุกคน", "issue": "2", "present": "1. นายหนึ่ง สมมติ ประธาน", "absent": "ไม่มี", "attending": "ไม่มี",
    "begun": "09.30 น.", "ended": "12.00 น.", "writer": "นายสอง สมมติ", "checker": "นางสาม สมมติ", "held": "14 มิถุนายน 2569",
    "place": "ห้องประชุมสำนักงาน",
    "body": (
        "ด้วยสำนักงานเขตพื้นที่การศึกษากำหนดจัดประชุมผู้บริหารสถานศึกษาเพื่อเตรียมความพร้อมในการเปิดภาคเรียน "
        "และมอบนโยบายการจัดการศึกษา รายละเอียดตามสิ่งที่ส่งมาด้วย\nจึงเรียนมาเพื่อโปรดทราบ"
    ),
}  # fmt: skip


@pytest.fixture(params=["sqlite"])
def backend(request):
    """A page does not know the database."""
    return request.param


def set_in_type(world, kind: kinds.Kind, speed: int = 0) -> Any:
    with world.session(user=f"clerk.{HOME}") as s:
        unit = s.get(Unit, world_unit(s))
        draft = Draft(
            unit_id=unit.id, kind=kind.key, subject="ขอเชิญประชุมผู้บริหารสถานศึกษา", speed=speed, circular=False,
            content={name: WORDS.get(name, "") for name in kind.fields}, drafted_by_id=1, drafted_by="ก", typed_by="",
            checked_by="", signed_at=utc_now(),
        )  # fmt: skip
        letter = OutgoingLetter(kind=kind.key, doc_no="ศธ 04143/12", doc_date=date(2026, 6, 14))
        data = paper.pdf(
            s, world.khet.settings.files_dir, draft, unit, letter, copy="original", verify_at="https://khet.example/v/1"
        )
    return pypdfium2.PdfDocument(data)


def world_unit(session: Any) -> int:
    return int(session.query(Unit.id).filter(Unit.kind == "office").scalar())


def lines(document: Any) -> list[list[Any]]:
    """[page, x from the left, y from the top, width, text] of every line of text, in points."""
    found = []
    for number, page in enumerate(document, start=1):
        text = page.get_textpage()
        line: list[int] = []
        for at in range(text.count_chars()):
            sign = text.get_text_range(at, 1)
            if sign in "\r\n":
                found += _line(number, text, line)
                line = []
            elif sign.strip():
                line.append(at)
        found += _line(number, text, line)
    return found


def _line(number: int, text: Any, signs: list[int]) -> list[list[Any]]:
    if not signs:
        return []
    boxes = [text.get_charbox(at) for at in signs]
    left, right, base = min(b[0] for b in boxes), max(b[2] for b in boxes), boxes[0][1]
    said = text.get_text_range(signs[0], signs[-1] - signs[0] + 1)
    return [[number, round(left), round(HIGH - base), round(right - left), said[:50]]]


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.key)
def test_a_paper_stands_where_it_stood(world, kind):
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    now = lines(set_in_type(world, kind))
    if os.environ.get("KHET_WRITE_LAYOUT"):
        kept[kind.key] = now
        said = {key: ",\n".join(json.dumps(one, ensure_ascii=False) for one in kept[key]) for key in sorted(kept)}
        rows = [f'"{key}": [\n' + said[key] + "\n]" for key in said]
        KEPT.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")
    before = kept[kind.key]
    assert [one[4] for one in now] == [one[4] for one in before]
    moved = [(a, b) for a, b in zip(before, now, strict=True) if any(abs(a[n] - b[n]) > 1 for n in (1, 2, 3))]
    assert moved == []


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.key)
def test_margins_are_three_and_two_centimetres(world, kind):
    for page in set_in_type(world, kind):
        text = page.get_textpage()
        for at in range(text.count_rects()):
            left, _low, right, _high = text.get_rect(at)
            assert left >= LEFT - 1.5
            assert right <= RIGHT + 1.5


@pytest.mark.parametrize(("kind", "high"), [("external", 3.0), ("internal", 1.5), ("order", 3.0)])
def test_the_garuda_is_three_centimetres_high_on_letters_and_one_and_a_half_on_memoranda(world, kind, high):
    """ข้อ 28 and domain notes on saraban §8; until the office uploads its own, its place is drawn."""
    page = set_in_type(world, kinds.BY_KEY[kind])[0]
    boxes = [one.get_bounds() for one in page.get_objects() if one.type == 2]
    heights = [round((top - low) / CM, 1) for _left, low, _right, top in boxes]
    assert high in heights


def test_urgency_stands_in_red_of_at_least_thirty_two_points(world):
    page = set_in_type(world, kinds.BY_KEY["external"], speed=3)[0]
    text = page.get_textpage()
    begins = text.get_text_range().index("ด่วน")
    left, low, right, high = text.get_charbox(begins)
    assert high - low > 10, "the letter itself: a 32 pt line has letters of half its height"
    picture = page.render(scale=1)
    data, stride = bytes(picture.buffer), picture.stride
    step = stride // picture.width
    reds = 0
    for y in range(int(HIGH - high), int(HIGH - low)):
        for x in range(int(left), int(right)):
            blue, green, red = data[y * stride + x * step : y * stride + x * step + 3]
            reds += red > 150 and green < 90 and blue < 90
    assert reds > 20
