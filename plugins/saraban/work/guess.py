"""What a letter's first page says about itself, and how sure that is. A clerk confirms every word of it.

Of a text layer everything is taken. Of OCR neither ที่ nor ลงวันที่: Tesseract's Thai model does not know five of the
ten Thai digits and writes others in their place, on clean pages too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from core.base.text.thai import DateError, arabic_digits, parse_date, search_text
from core.platform.documents.pages import LAYER

SURE, LIKELY = "sure", "likely"
#: head words as they are read, with the marks that OCR loses
_SUBJECT, _TO = r"เร[ืิี]?[่้]?อง", r"(?:เร[ีิื]?ยน|ถ[ึิี]ง)"
_NEXT = re.compile(rf"^\s*({_TO}|อ้?าง|สิ่?งที่?ส่?ง|ด้?วย|ตาม|ท[ีิ][่้]?\s|ว[ัี]นท)")
_DATE = re.compile(
    r"(\d{1,2})\s*(มกราคม|กุมภาพันธ์|มีนาคม|เมษายน|พฤษภาคม|มิถุนายน|กรกฎาคม|สิงหาคม|กันยายน|ตุลาคม|พฤศจิกายน|ธันวาคม)\s*(?:พ\.ศ\.)?\s*(\d{4})"
)
_SPEEDS = (("ด่วนที่สุด", 3), ("ด่วนมาก", 2), ("ด่วน", 1))
#: how alike a sender must be to one that is known, in hundredths
_ALIKE = 82
_HEAD_LINES = 14


@dataclass
class Guess:
    """Values by field of the intake form, and for each of them how sure it is."""

    values: dict[str, object] = field(default_factory=dict)
    sure: dict[str, str] = field(default_factory=dict)

    def say(self, name: str, value: object, sure: str) -> None:
        """Keep a value that says something."""
        if value:
            self.values[name], self.sure[name] = value, sure


def guess(text: str, how: str, senders: Iterable[str], today: date) -> Guess:
    """Fields of a letter from the words of its first page; `senders` are agencies that are known here."""
    found = Guess()
    lines = [line.strip() for line in text.replace("\r", "").split("\n") if line.strip()]
    if how != LAYER:
        lines = [line for line in lines if _is_thai(line)]
    level = SURE if how == LAYER else LIKELY
    subject = _after(_SUBJECT, lines, 3) or (_above(_TO, lines) if how != LAYER else "")
    found.say("subject", subject[:1000], level)
    found.say("recipient", _after(_TO, lines, 1)[:200], level)
    head = lines[:_HEAD_LINES]
    for word, speed in _SPEEDS:
        if any(line == word or line.startswith(f"{word} ") for line in head):
            found.say("speed", speed, LIKELY)
            break
    if how == LAYER:
        found.say("doc_no", _number(head), SURE)
        found.say("doc_date", _date(head, today), SURE)
    found.say("sender", _sender(head, senders), LIKELY)
    return found


def _is_thai(line: str) -> bool:
    """Whether most of a line is Thai: marks above and below a line come out of OCR as lines of Latin noise."""
    thai = sum("ก" <= letter <= "๙" for letter in line)
    return thai >= 3 and thai * 2 >= len(line.replace(" ", ""))


def _after(word: str, lines: list[str], most: int) -> str:
    """What follows a head word, with the lines that belong to it, `most` in all."""
    for place, line in enumerate(lines[:30]):
        match = re.match(rf"{word}\s*[:.]?\s*(.*)$", line)
        if match is None:
            continue
        said = [match[1]]
        for more in lines[place + 1 : place + most]:
            if _NEXT.match(more) or not said[0]:
                break
            said.append(more)
        return " ".join(" ".join(said).split())
    return ""


def _above(word: str, lines: list[str]) -> str:
    """The line above a head word without its own, which was misread as something Latin: the subject stands there."""
    for place, line in enumerate(lines[1:30], start=1):
        if re.match(word, line):
            match = re.match(r"[^ก-๙]{1,6}\s+([ก-ฮเ-ไ].{4,})$", lines[place - 1])
            return match[1] if match else ""
    return ""


def _number(head: list[str]) -> str:
    """ที่ ศธ 04001/77, in Arabic digits; what stands to its right is the sender's."""
    for line in head:
        match = re.match(r"ที่\s*((?:[ก-ฮ]{1,6}\s*)?[\d๐-๙]{2,6}(?:\.[\d๐-๙]+)*\s*/\s*(?:ว\s*)?[\d๐-๙]+)", line)
        if match:
            return re.sub(r"\s*/\s*", "/", " ".join(arabic_digits(match[1]).split()))
    return ""


def _date(head: list[str], today: date) -> date | None:
    match = _DATE.search(arabic_digits(" ".join(head)))
    if match is None:
        return None
    try:
        typed = parse_date(f"{match[1]} {match[2]} {match[3]}", today)
    except DateError:
        return None
    return typed.day if not typed.doubt and typed.day <= today else None


def _sender(head: list[str], senders: Iterable[str]) -> str:
    """The known agency that is most like something in the head; nothing where none is like it."""
    from rapidfuzz import fuzz, process  # loaded with the first scan

    known = {search_text(name).replace(" ", ""): name for name in senders if len(name) > 3}
    above = [line for line in head if not re.match(rf"{_SUBJECT}|{_TO}", line)]
    said = [
        search_text(line).replace(" ", "")
        for line in (*above, *(f"{a}{b}" for a, b in zip(above, above[1:], strict=False)))
    ]
    best, score = "", 0.0
    for line in said:
        if len(line) < 5:
            continue
        hit = process.extractOne(line, known.keys(), scorer=fuzz.partial_ratio, score_cutoff=_ALIKE)
        # a short name hides in many lines: the longer of two that fit equally well is meant
        if hit is not None and (hit[1] * min(len(hit[0]), len(line))) > score:
            best, score = known[hit[0]], hit[1] * min(len(hit[0]), len(line))
    return best
