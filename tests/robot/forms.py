"""What a form declares of its fields, and what is typed into them: something fitting, and something that no such field takes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from flask import Flask, template_rendered
from PIL import Image
from wtforms import FieldList, FormField
from wtforms.validators import DataRequired, InputRequired
from xlsxwriter import Workbook

from core.web.officers import Officers
from tests.core import filling
from tests.core.filling import Typed
from tests.support import Browser

#: kind of field → what is no value of it
WRONG = {
    "ThaiDateField": ("31/2/70", "เมื่อวาน"),
    "ClockField": ("25.99", "เช้า"),
    "WholeField": ("ก", "9" * 30),
    "AmountField": ("ก", "9" * 30),
    "FigureField": ("ก", "nan"),
    "LookupField": ("999999999", "ก"),
    "SelectField": ("ไม่มี",),
    "SelectMultipleField": ("ไม่มี",),
}
NUMBERS = ("WholeField", "AmountField", "FigureField")
TEXTS = ("StringField", "TextAreaField")
#: what is typed first into a text is found again by this word
WORD = "ทดลอง"
TOKEN = re.compile(rf"{WORD}(\d+)")
#: pages of people to choose from
PEOPLE = ("PeopleView.lookup", "PersonView.lookup", "UserView.lookup")


@dataclass(frozen=True)
class Declared:
    """A field as its form declares it; `most` is the longest text, 0 where nothing says so."""

    name: str
    kind: str
    label: str = ""
    most: int = 0
    required: bool = False
    #: where a related record is looked up
    endpoint: str = ""
    #: whether what is looked up are people for a piece of work
    officers: bool = False
    #: what a choice calls its values
    titles: tuple[str, ...] = ()


def declared(form: Any) -> list[Declared]:
    """Every field of a form, those of its tables of lines under the names that the page gives them."""
    found: list[Declared] = []
    for field in form:
        if isinstance(field, FieldList):
            found += [one for entry in field.entries for one in declared(entry.form)]
        elif isinstance(field, FormField):
            found += declared(field.form)
        elif field.type not in ("HiddenField", "CSRFTokenField"):
            most = [one.max for one in field.validators if getattr(one, "max", -1) > 0 and field.type in TEXTS]
            needs = any(isinstance(one, DataRequired | InputRequired) for one in field.validators)
            titles = tuple(str(one[1]) for one in getattr(field, "choices", None) or () if isinstance(one, tuple))
            label, endpoint = str(field.label.text), getattr(field, "endpoint", "")
            officers = isinstance(getattr(field, "find", None), Officers)
            required = needs or bool(getattr(field, "need", False))
            found.append(
                Declared(field.name, field.type, label, most[0] if most else 0, required, endpoint, officers, titles)
            )
    return found


@contextmanager
def reading(app: Flask) -> Iterator[dict[str, Declared]]:
    """The declared fields of the form that was drawn last, by name."""
    known: dict[str, Declared] = {}

    def drawn(_app: Any, context: dict[str, Any], **_more: Any) -> None:
        if (form := context.get("form")) is not None and hasattr(form, "form_key"):
            known.clear()
            known.update({one.name: one for one in declared(form)})

    with template_rendered.connected_to(drawn, app):
        yield known


def fitting(browser: Browser, known: dict[str, Declared], rng: Random, number: int, turn: int = 0) -> Typed:
    """A value for every field that can take one: of every list one of what it offers, of every group of ticks two.

    `number` makes the texts of this form its own; `turn` asks for another value than the form has now.
    """
    typed = {**filling.others(browser, turn), **(filling.lines(browser, turn) if turn == 0 else {})}
    for name in list(typed):
        field = like(known, name)
        if field is None:
            if name.endswith("-text") and (of := like(known, name.removesuffix("-text"))) and of.kind == "LookupField":
                typed.pop(name)  # what is chosen there is the hidden field's
            continue
        if field.kind in TEXTS and typed[name][0].rstrip(" กข") == "":
            typed[name] = [_text(field, number)]
        elif field.kind in TEXTS and typed[name][0].startswith("http"):
            typed[name] = [typed[name][0].rstrip(" กข") + "x"]
        elif field.kind == "SelectMultipleField":
            typed[name] = _ticks(browser, name, rng)
        elif field.kind == "SelectField" and turn == 0:
            typed[name] = [rng.choice(options(browser, name) or typed[name])]
    for name in (one.name for one in known.values() if one.kind == "FilesField"):
        if (files := upload(browser, name)) and turn == 0:
            typed[name] = files
    return typed


def _papers() -> Iterator[tuple[str, bytes]]:
    """What an office has at hand: a page, a picture, a sheet."""
    for name in ("หน้าเดียว.pdf", "ภาพ.png"):
        with io.BytesIO() as made:
            Image.new("RGB", (620, 877), "white").save(made, name.rpartition(".")[2].upper())
            yield name, made.getvalue()
    with io.BytesIO() as made:
        with Workbook(made) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["รหัสสถานศึกษา", "ชื่อสถานศึกษา"])
            sheet.write_row(1, 0, ["99000001", f"โรงเรียน{WORD}"])
        yield "ตาราง.xlsx", made.getvalue()


PAPERS = tuple(_papers())


def upload(browser: Browser, name: str, attempt: int = 0) -> list[str]:
    """A file for a field that takes some, sent as its page sends it; another kind at each attempt."""
    title, data = PAPERS[attempt % len(PAPERS)]
    for place in browser.tree.xpath(f"{filling.MAIN}//*[@data-url][@data-name='{name}']/@data-url"):
        sent = {"csrf_token": filling.now(browser)["csrf_token"], "file": (io.BytesIO(data), title)}
        answer = browser.client.post(place, data=sent, content_type="multipart/form-data")
        if answer.status_code == 201:
            return [str(answer.get_json()["id"])]
    return []


def like(known: dict[str, Declared], name: str) -> Declared | None:
    """The declared field of a name; of a new line that of the first one."""
    return known.get(name) or known.get(re.sub(r"-\d+-", "-0-", name, count=1))


def _text(field: Declared, number: int) -> str:
    if "mail" in field.name:
        return f"kon{number}@example.go.th"
    if field.name.endswith("url"):
        return "https://example.go.th/"
    text = f"{WORD}{number}"
    return text if not field.most or len(text) <= field.most else str(number)[-field.most :]


def options(browser: Browser, name: str) -> list[str]:
    """What a select offers."""
    found = browser.tree.xpath(f"{filling.MAIN}//select[@name='{name}']//option/@value")
    return [one for one in found if one]


def _ticks(browser: Browser, name: str, rng: Random) -> list[str]:
    every = browser.tree.xpath(f"{filling.MAIN}//input[@type='checkbox'][@name='{name}']/@value")
    return sorted(rng.sample(every, min(len(every), 2)), key=every.index)


def wrong(field: Declared, rng: Random) -> str | None:
    """What no field of that kind takes; None where every text is one."""
    if field.kind in WRONG:
        return rng.choice(WRONG[field.kind])
    if field.kind in TEXTS and field.most:
        return "ก" * (field.most + 1)
    return "" if field.kind in TEXTS and field.required else None


def names_people(field: Declared, people: frozenset[str]) -> bool:
    """Whether somebody is chosen in that field."""
    return field.officers or field.endpoint in PEOPLE or any(name in title for title in field.titles for name in people)


__all__ = [
    "NUMBERS",
    "TOKEN",
    "WORD",
    "Declared",
    "declared",
    "fitting",
    "like",
    "names_people",
    "options",
    "reading",
    "upload",
    "wrong",
]
