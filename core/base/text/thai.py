"""Thai dates, digits, search text and sort keys.

Dates are `datetime.date` in the Gregorian calendar inside the program and Buddhist era (พ.ศ. = ค.ศ. + 543)
on every screen. Source of the formats: domain notes on saraban, "Thai formatting".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BANGKOK = ZoneInfo("Asia/Bangkok")
BUDDHIST_OFFSET = 543

MONTHS = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
SHORT_MONTHS = (
    "ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.",
)  # fmt: skip

_TO_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
#: characters that nobody sees, and those that turn the direction of what follows: a name would read as another
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
#: what shows nothing without a letter: marks over and under one, blanks, controls
_NO_LETTER = frozenset({"Mn", "Mc", "Me", "Zs", "Zl", "Zp", "Cc", "Cf"})
_NIKHAHIT_AA = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")
_TONE_MARKS = re.compile("[\u0e48-\u0e4c]")
_SPACES = re.compile(r"\s+")


def today(now: datetime | None = None) -> date:
    """Today's date in Bangkok; a server on UTC would otherwise err from 00:00 to 07:00.

    `now` is an aware datetime (default: the present moment).
    """
    return (now or datetime.now(UTC)).astimezone(BANGKOK).date()


def buddhist_year(day: date) -> int:
    """Calendar year of `day` in พ.ศ.; letters and orders are numbered by it."""
    return day.year + BUDDHIST_OFFSET


def arabic_digits(text: str) -> str:
    """`text` with ๐–๙ as 0–9."""
    return text.translate(_TO_ARABIC)


_TO_THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


def thai_digits(text: str) -> str:
    """`text` with 0–9 as ๐–๙, as official papers are printed."""
    return text.translate(_TO_THAI)


def clean(text: str) -> str:
    """`text` as it is stored: no invisible characters, ํ+า as ำ, single spaces, trimmed.

    Line breaks survive as single line breaks. Marks without a letter to stand on are no text.
    """
    text = _NIKHAHIT_AA.sub("\\1\u0e33", _INVISIBLE.sub("", text))
    text = "".join(c for c in text if c in "\n\t" or c >= " ")
    if all(unicodedata.category(c) in _NO_LETTER for c in text):
        return ""
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in text.splitlines())
    return "\n".join(lines).strip()


def plain_text(*parts: str | None) -> str:
    """Text for comparing: cleaned, lower case, Arabic digits, one line."""
    joined = " ".join(part for part in parts if part)
    return _SPACES.sub(" ", arabic_digits(clean(joined)).lower()).strip()


def search_text(*parts: str | None) -> str:
    """What is indexed for search: plain text without tone marks and ์, which people mistype most.

    The same function prepares the words a person types, so ๑๒๓ finds 123, and ประชุ่ม finds ประชุม.
    """
    return _TONE_MARKS.sub("", plain_text(*parts))


_SORT_DROP = re.compile(r"[\s\u0e2f\u0e46\u0e4f\u0e5a\u0e5b.,;:()\[\]\-–—_/\"'“”‘’]+")
_LEADING_VOWEL = re.compile("([เแโใไ])([ก-ฮ])")
_TONES = "็์่้๊๋"


def sort_key(text: str) -> str:
    """A key that sorts Thai as the dictionary does, under plain code-point order.

    Leading vowels follow their consonant; tone marks decide only between words that are otherwise equal.
    """
    base: list[str] = []
    tones: list[str] = []
    for char in _SORT_DROP.sub("", plain_text(text)):
        rank = _TONES.find(char)
        if rank >= 0:
            # an earlier tone mark weighs more: count down from a large number
            tones.append(f"{999 - len(base):03d}{rank + 1}")
        else:
            base.append(char)
    ordered = _LEADING_VOWEL.sub(r"\2\1", "".join(base))
    return ordered + "\x01" + "".join(tones)


def office_name(name: str) -> str:
    """A file's name without the signs that parts of a path are told by."""
    return re.sub(r"[/\\:]+", "-", name)


def export_name(*parts: str, day: date, ending: str) -> str:
    """A file's name as an office writes it: its parts, each said once, and the day: … (29 พ.ย. 2569).xlsx."""
    said = ""
    for part in parts:
        if part and part not in said:
            said = f"{said} {part[:80].strip()}".strip()
    return office_name(f"{said} ({format_date(day, 'short')}).{ending}")


def format_date(day: date | None, style: str = "list") -> str:
    """`day` in พ.ศ.; styles: list (14 มิ.ย. 69), letter (14 มิถุนายน 2569), order (14 มิถุนายน พ.ศ. 2569),
    short (14 มิ.ย. 2569), typed (14/6/2569). None gives an empty string."""
    if day is None:
        return ""
    year = buddhist_year(day)
    match style:
        case "list":
            return f"{day.day} {SHORT_MONTHS[day.month - 1]} {year % 100:02d}"
        case "short":
            return f"{day.day} {SHORT_MONTHS[day.month - 1]} {year}"
        case "letter":
            return f"{day.day} {MONTHS[day.month - 1]} {year}"
        case "order":
            return f"{day.day} {MONTHS[day.month - 1]} พ.ศ. {year}"
        case "typed":
            return f"{day.day}/{day.month}/{year}"
    raise ValueError(style)


def local(moment: datetime) -> datetime:
    """A moment as the clocks of Bangkok show it. Naive values are taken as UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(BANGKOK)


def format_moment(moment: datetime | None) -> str:
    """A moment in Bangkok time: 14 มิ.ย. 69 09.30 น. Naive values are taken as UTC."""
    if moment is None:
        return ""
    local_time = local(moment)
    return f"{format_date(local_time.date())} {local_time:%H.%M} น."


class DateError(ValueError):
    """The text is no date; `reason` is one of: unreadable, no_such_day."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class TypedDate:
    """What a person typed: the day meant, and why it should be confirmed (ce, far or None)."""

    day: date
    doubt: str | None


_NUMERIC = re.compile(r"^(\d{1,2})\s*[/.\-]\s*(\d{1,2})(?:\s*[/.\-]\s*(\d{4}|\d{2}))?$")
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_NAMED = re.compile(r"^(?:วันที่\s*)?(\d{1,2})\s*([ก-๙.]+?)\s*(?:(?:พ\.?\s?ศ\.?|ค\.?\s?ศ\.?)\s*)?(\d{4}|\d{2})$")
_MONTH_NUMBER = {
    name.replace(".", ""): number for names in (MONTHS, SHORT_MONTHS) for number, name in enumerate(names, start=1)
}


def parse_date(text: str, today: date) -> TypedDate:
    """Read a date as an office types it: 14/6/69, 14-6-2569, 14 มิ.ย. 2569, ๑๔/๖/๒๕๖๙, 14/6.

    Two-digit years are พ.ศ.; a missing year is this year. The result carries a doubt when the year was
    typed in ค.ศ. ("ce") or lies more than a year from `today` ("far"): the page then asks to confirm.
    Raises DateError for text that is no date and for days that do not exist (31 เม.ย.).
    """
    text = plain_text(text)
    if match := _ISO.match(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _NUMERIC.match(text):
        day, month = int(match[1]), int(match[2])
        year = int(match[3]) if match[3] else buddhist_year(today)
        if match[3] and len(match[3]) == 2:
            year += 2500
    elif match := _NAMED.match(text):
        named = _MONTH_NUMBER.get(match[2].replace(".", ""))
        if named is None:
            raise DateError("unreadable")
        day, month, year = int(match[1]), named, int(match[3])
        if year < 100:
            year += 2500
    else:
        raise DateError("unreadable")
    doubt = None
    if year < 2400:  # no living record is from before พ.ศ. 2400: the year was typed in ค.ศ.
        doubt = "ce"
    else:
        year -= BUDDHIST_OFFSET
    try:
        result = date(year, month, day)
    except ValueError:
        raise DateError("no_such_day") from None
    if doubt is None and abs((result - today).days) > 366:
        doubt = "far"
    return TypedDate(result, doubt)


def heading_key(text: object) -> str:
    """A heading as it is compared: no spaces, marks or case."""
    return "".join(c for c in plain_text(str(text)) if c.isalnum() or "\u0e00" <= c <= "\u0e7f")
