"""What a plugin says about taking records in, and how a cell becomes a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from core.base.errors import RuleError
from core.base.text import thai
from core.base.text.thai import heading_key
from core.exchange.imports.parse import LOST
from core.storage import fields

if TYPE_CHECKING:
    from core.storage.scope import KhetSession

#: day 0 of Excel's calendar (its 1900 leap-year mistake included)
_EXCEL_DAY_0 = date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)
#: what registers write before a day, behind it, and where there is none
_LEAD = re.compile(r"^(?:ลงวันที่|ลว\.?|วัน(?:จันทร์|อังคาร|พุธ|พฤหัสบดี|ศุกร์|เสาร์|อาทิตย์)ที่|วันที่)\s*")
_CLOCK = re.compile(r"\s{1,9}\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s{0,9}น\.?)?$")
_NO_DAY = frozenset({"", "-", "–", "ไม่มี", "ไม่ปรากฏ", "0000-00-00"})
#: what people write into a cell to say that there is nothing
_NOTHING = frozenset({"-", "–", "ไม่มี"})
_WITHOUT_YEAR = re.compile(r"\d{1,2}\s*[/.-]\s*\d{1,2}")


#: a `check` that names this finds something that may not be read here: the line's words are not kept
WITHHELD = "withheld"


@dataclass(frozen=True)
class ImportColumn:
    """A column that the importer knows. `names` are headings under which offices keep it, besides the title.

    `kind`: text, code (digits become Arabic), number, date (พ.ศ. in every usual way), or choice.
    """

    key: str
    title: Any
    kind: str = "text"
    need: bool = False
    most: int = 200
    names: tuple[str, ...] = ()
    #: (value, title) of a choice; titles of either language are understood, and what `also` says
    choices: Sequence[tuple[Any, Any]] = ()
    also: dict[str, Any] = field(default_factory=dict)
    example: str = ""
    #: of a day: what is taken where the file has none, said before anything is taken in
    otherwise: Any = ""
    #: "-" and ไม่มี say that there is nothing
    dash: bool = False
    #: how a preview says what was understood; as it is where there is none
    shown: Callable[[Any], str] | None = None
    #: keys of other columns that are filled from this one where the file has them in one, by what `parts` makes of its
    #: text; it raises RuleError where that is not sure
    gives: tuple[str, ...] = ()
    parts: Callable[[str], dict[str, str]] | None = None


class Line(dict[str, Any]):
    """What was read of a line, by column key. The cells of `unread` cannot be used: their value is empty, or a text as
    it stands there."""

    def __init__(self, values: Mapping[str, Any], unread: Iterable[str] = ()) -> None:
        super().__init__(values)
        self.unread = frozenset(unread)


_KINDS = {"date": "date", "choice": "choice", "whole": "number"}


def column(attribute: fields.Attribute, **changes: Any) -> ImportColumn:
    """The column of a field that the model declares; `changes` are ImportColumn's own words."""
    spec = fields.spec_of(attribute)
    made = ImportColumn(
        attribute.key, spec.label, _KINDS.get(spec.kind, "text"), spec.required, spec.length or 200, spec.headings,
        [(value, title) for value, title in spec.choices.items() if value], example=spec.example,
    )  # fmt: skip
    return replace(made, **changes)


@dataclass(frozen=True)
class Unproven:
    """Numbers of a book that an import has left without a letter and without a word why."""

    unit_id: int
    book: str
    year: int
    numbers: Sequence[int]


@dataclass(frozen=True)
class Importer:
    """How lines of a table become records.

    `columns()` are asked per use. `start(session, options)` reads once what checks compare with and returns it;
    `check(known, values)` returns {column key: what is wrong} ({"": …} for the line as a whole), also of a line of
    which some cells cannot be read (`values.unread`) or needed ones are empty, so that all that is wrong is said;
    `unique_keys(values)` names what must not stand twice in a file, each in a form of its own.
    `prefetch(values)` does slow work before a transaction begins; `make(session, known, values, prefetched)` adds the
    records of one line, each with `import_id` of the session's scope, and returns the one that the line stands for.
    `before_commit(session, batch)` looks at all good lines together before the first is taken;
    `finish(session, batch, known)` runs with the flip and returns what to say about it, or nothing;
    `before_undo(session, batch)` is asked before the records go and says what `on_undo(session, batch, it)`, which runs
    at the end when they are gone, has to know (plain JSON).
    `models` are what it makes, in the order in which an undo deletes them.
    """

    key: str
    title: Any
    #: `("import", resource)` is the right to use it
    resource: str
    columns: Callable[[], Sequence[ImportColumn]]
    models: tuple[Any, ...]
    make: Callable[[KhetSession, Any, dict[str, Any], Any], Any]
    start: Callable[[KhetSession, dict[str, Any]], Any] = lambda session, options: None
    check: Callable[[Any, Line], dict[str, Any]] = lambda known, values: {}
    unique_keys: Callable[[dict[str, Any]], Iterable[Any]] = lambda values: ()
    prefetch: Callable[[dict[str, Any]], Any] = lambda values: None
    #: asked before anything is taken, with the import's lines at hand; raises RuleError
    before_commit: Callable[[KhetSession, Any], None] = lambda session, batch: None
    finish: Callable[[KhetSession, Any, Any], str | None] = lambda session, batch, known: None
    before_undo: Callable[[KhetSession, Any], Any] = lambda session, batch: None
    on_undo: Callable[[KhetSession, Any, Any], None] = lambda session, batch, facts: None
    #: of an import that was taken in: numbers of its books without a letter and a word why, but no refused line's
    unproven: Callable[[KhetSession, Any], Sequence[Unproven]] = lambda session, batch: ()
    #: names of its table in a MySQL dump, the likeliest first; none means that no dump is read
    tables: Sequence[str] = ()
    #: form class for what holds for the whole file (a unit, a book)
    options: Any = None
    #: checks the options before anything is taken: raises RuleError; gets the values of `options`
    allow: Callable[[KhetSession, dict[str, Any]], None] = lambda session, options: None
    #: rows of a sheet that only who started the import gets at the end, e.g. first passwords: (headings, row of a line)
    result_sheet: tuple[Sequence[Any], Callable[[Any, Any], Sequence[str]]] | None = None
    #: what it makes may do things: the password is asked again before it is taken
    asks_password: bool = False


def guess(columns: Sequence[ImportColumn], headings: Sequence[str]) -> dict[str, int]:
    """{column key: index of the heading that says it}."""
    found: dict[str, int] = {}
    for key_of in (_dashed, heading_key):  # ชื่อ-สกุล and ชื่อสกุล are two things where both are known
        at: dict[str, int] = {}
        for index, heading in enumerate(headings):
            at.setdefault(key_of(heading), index)
        for column in columns:
            for name in _said(column):
                place = at.get(key_of(name))
                if column.key not in found and place is not None and place not in found.values():
                    found[column.key] = place
    for column in columns:
        if not column.gives:
            continue
        place = next((at[key] for name in _said(column) if (key := heading_key(name)) in at), None)
        own = [one.key for one in columns if one.need and one.key in column.gives]
        if all(key in found for key in own):
            found.pop(column.key, None)
        elif place is not None:
            found = {key: taken for key, taken in found.items() if taken != place} | {column.key: place}
    return found


def _said(column: ImportColumn) -> tuple[str, ...]:
    return (str(column.title), f"{column.title} *", f"{column.title} (*)", column.key, *column.names)


def _dashed(heading: str) -> str:
    """A heading as it is compared first: with the signs between its words."""
    plain = re.sub("[‐‑‒–—―]", "-", thai.plain_text(heading))
    return re.sub(r"([-/])\s+", r"\1", re.sub(r"(?<!\s)\s+(?=[-/])", "", plain))


def wholes(columns: Sequence[ImportColumn]) -> list[ImportColumn]:
    """Columns that may stand in place of others that are needed: a full name for first and last name."""
    needed = {one.key for one in columns if one.need}
    return [one for one in columns if needed.intersection(one.gives)]


def headed(column: ImportColumn, columns: Sequence[ImportColumn]) -> str:
    """A column's title with what marks it: * is needed; (*) too, but either the whole or its parts do."""
    found = wholes(columns)
    if column in found or (column.need and any(column.key in one.gives for one in found)):
        return f"{column.title} (*)"
    return f"{column.title} *" if column.need else str(column.title)


def missing(columns: Sequence[ImportColumn], mapping: Container[str]) -> list[ImportColumn]:
    """Columns that are needed, and that the file has neither of their own nor as a part of another."""
    given = {key for column in columns if column.key in mapping for key in column.gives}
    return [one for one in columns if one.need and one.key not in mapping and one.key not in given]


def part(
    columns: Sequence[ImportColumn], mapping: Container[str], values: dict[str, Any], wrong: dict[str, str]
) -> None:
    """Fill what a line has as parts of one cell; what it says in a cell of its own holds."""
    by_key = {column.key: column for column in columns}
    for column in columns:
        lacks = [key for key in column.gives if not values[key] and by_key[key].need]
        if column.parts is None or column.key not in mapping or column.key in wrong or not lacks:
            continue
        for key in lacks:
            wrong.pop(key, None)
        try:
            if not values[column.key]:
                raise RuleError(_("Fill this in."))
            found = column.parts(values[column.key])
            for key, text in found.items():
                if len(text) > by_key[key].most:
                    raise RuleError(_("At most %(length)s characters.", length=by_key[key].most))
        except RuleError as error:
            wrong[column.key] = str(error.message)
            continue
        for key, text in found.items():
            values[key] = values[key] or text


def read_cell(column: ImportColumn, raw: Any, today: date) -> tuple[Any, str]:
    """(value, what is wrong or ""). A value that is not there is None, or "" for text."""
    if isinstance(raw, dict):
        raw = date.fromisoformat(raw["date"])
    if raw is None or (isinstance(raw, str) and _says_nothing(column, raw)):
        return _nothing(column), (_("Fill this in.") if column.need else "")
    if isinstance(raw, str) and LOST in raw:
        text = raw if column.kind in ("text", "code") else _nothing(column)
        return text, _("A letter of this cell was lost in the file (%(mark)s). Type it as it should be.", mark=LOST)
    if column.kind == "date":
        return _read_date(raw, today)
    if column.kind == "number":
        return _read_number(raw)
    text = _text(raw)
    if column.kind == "choice":
        return _read_choice(column, text)
    if column.kind == "code":
        text = thai.arabic_digits(text).replace(" ", "").removeprefix("'")  # which keeps zeros in a sheet
    if len(text) > column.most:
        return text, _("At most %(length)s characters.", length=column.most)
    return text, ""


def _says_nothing(column: ImportColumn, text: str) -> bool:
    said = thai.clean(text)
    return not said or (column.dash and said in _NOTHING)


def _nothing(column: ImportColumn) -> str | None:
    return "" if column.kind in ("text", "code") else None


def _text(raw: Any) -> str:
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, date):
        return thai.format_date(raw, "typed")
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))  # a code that was typed as a number
    return thai.clean(str(raw))


def _read_number(raw: Any) -> tuple[int | None, str]:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and float(raw).is_integer() and abs(raw) < 2**31:
        return int(raw), ""
    digits = thai.arabic_digits(str(raw)).replace(",", "").strip()
    if digits.isascii() and digits.isdigit() and len(digits) < 10:
        return int(digits), ""
    return None, _("This is not a whole number: %(text)s", text=str(raw)[:40])


def _read_date(raw: Any, today: date) -> tuple[date | None, str]:
    wrong = _("Type a date like 14/6/69 or 14 มิ.ย. 2569.")
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        if int(raw) not in _SERIALS:
            return None, wrong
        return _EXCEL_DAY_0 + timedelta(days=int(raw)), ""
    if isinstance(raw, date):
        if raw.year > 2400:  # typed in พ.ศ. into a cell that counts ค.ศ.
            try:
                return raw.replace(year=raw.year - thai.BUDDHIST_OFFSET), ""
            except ValueError:
                return None, _("There is no such day in the calendar.")
        return raw, ""
    text = _LEAD.sub("", thai.plain_text(str(raw)))
    if text in _NO_DAY:
        return None, ""
    if _WITHOUT_YEAR.fullmatch(text):
        return None, _("Which year? Type a date like 14/6/69.")
    text = _CLOCK.sub("", text)
    try:
        return thai.parse_date(text, today).day, ""
    except thai.DateError as error:
        return None, _("There is no such day in the calendar.") if error.reason == "no_such_day" else wrong


def _read_choice(column: ImportColumn, text: str) -> tuple[Any, str]:
    wanted = heading_key(text)
    for value, title in column.choices:
        if wanted in (heading_key(title), heading_key(value)):
            return value, ""
    for said, value in column.also.items():
        if wanted == heading_key(said):
            return value, ""
    known = ", ".join(str(title) for _value, title in column.choices)
    return None, _("Unknown: %(text)s. One of: %(known)s", text=text[:40], known=known[:200])


def to_json(value: Any) -> Any:
    """A value as a staged line keeps it."""
    return {"date": value.isoformat()} if isinstance(value, date) else value


def from_json(value: Any) -> Any:
    """The value of a staged line."""
    return date.fromisoformat(value["date"]) if isinstance(value, dict) else value


def staged(columns: Sequence[ImportColumn], values: dict[str, Any]) -> fields.Values:
    """The values of a staged line, by column key. A column that came after the line was checked is empty: an import
    may wait while Khet is brought up to date."""
    empty = {column.key: _nothing(column) for column in columns}
    return fields.Values(empty | {key: from_json(one) for key, one in values.items()})
