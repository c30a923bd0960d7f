"""Names of people as a table has them in one cell: title, first name, last name."""

from __future__ import annotations

import re
from typing import NamedTuple

#: ranks and learned titles, several of which may stand before one name
RANKS = (
    "ดร.", "ผู้ช่วยศาสตราจารย์", "รองศาสตราจารย์", "ศาสตราจารย์", "ผศ.", "รศ.", "ศ.", "หม่อมหลวง",
    "ม.ล.", "หม่อมราชวงศ์", "ม.ร.ว.", "ว่าที่", "สิบตรี", "สิบโท", "สิบเอก", "จ่าสิบตรี",
    "จ่าสิบโท", "จ่าสิบเอก", "ร้อยตรี", "ร้อยโท", "ร้อยเอก", "พันตรี", "พันโท", "พันเอก", "ส.ต.",
    "ส.ท.", "ส.อ.", "จ.ส.ต.", "จ.ส.ท.", "จ.ส.อ.", "ร.ต.", "ร.ท.", "ร.อ.", "พ.ต.", "พ.ท.", "พ.อ.",
    "หญิง",
)  # fmt: skip
#: one of them stands before a name
TITLES = ("นาย", "นางสาว", "นาง")
#: what else a table writes there
_SHORT = (
    "น.ส.", "ด.ช.", "ด.ญ.", "เด็กชาย", "เด็กหญิง", "ส.ต.ท.", "ส.ต.ต.", "ส.ต.อ.", "ด.ต.", "ร.ต.ต.", "ร.ต.ท.", "ร.ต.อ.",
    "พ.ต.ต.", "พ.ต.ท.", "พ.ต.อ.", "Mr.", "Mrs.", "Ms.", "Miss ",
)  # fmt: skip
#: only behind a rank: หญิง begins first names too
_BEHIND = "หญิง"


def _pattern(title: str) -> str:
    return re.escape(title).replace(r"\.", r"\.\s?")


#: the longest first, so that นางสาว is not read as นาง. A name begins with a letter: นายิกา has no title
_ONE = re.compile(
    rf"(?:{'|'.join(_pattern(one) for one in sorted({*RANKS, *TITLES, *_SHORT} - {_BEHIND}, key=len, reverse=True))})"
    rf"(?:{_BEHIND})?\s*(?=[ก-ฮเ-ไA-Za-z])",
    re.IGNORECASE,
)
#: before a family's place of origin: ณ อยุธยา is one last name
_OF = "ณ"


class Name(NamedTuple):
    """Title (or nothing), first and last name."""

    title: str
    first: str
    last: str


def untitled(said: str) -> tuple[str, str]:
    """(title or "", the rest) of a name that is cleaned: นายสมชาย is นาย and สมชาย."""
    at = 0
    while match := _ONE.match(said, at):
        at = match.end()
    return said[:at].strip(), said[at:]


def parted(said: str) -> Name:
    """The parts of a name that is cleaned. Raises ValueError where it does not say for sure which is which."""
    title, rest = untitled(said)
    words = rest.split()
    if len(words) == 3 and words[1] == _OF:
        words[1:] = [f"{_OF} {words[2]}"]
    if len(words) != 2 or any(word.isdecimal() for word in words):  # a table's last line: 10 คน
        raise ValueError(said)
    return Name(title, *words)
