"""A word on the screen is one thing: a heading is no state, a button says what it does, and Thai is of the right meaning."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask_babel import force_locale, gettext

from core.ops import catalogue
from core.platform.timeline import labels
from core.platform.timeline.labels import VALUES
from core.storage.fields import said_by
from core.web.crud.workflow_view import WorkflowView
from tests.core.doors import APP, KHET
from tests.core.test_words import buttons

#: what a record's page puts under a heading (core/web/page_parts.py)
HEADED = ("Section", "Related", "related")
#: columns that say in which state a record is
STATES = ("status", "state")


def thai(words: Any) -> str:
    with APP.test_request_context(), force_locale("th"):
        return gettext(words) if isinstance(words, str) else str(words)


def states_of(view: Any) -> set[str]:
    """The states of a view's record as its page says them."""
    model, named = view.model, []
    for name in STATES:
        column = model.__table__.c.get(name)
        said = VALUES.get((model.__tablename__, name)) or getattr(
            column is not None and said_by(column), "choices", None
        )
        named += (said or {}).values()
    if isinstance(view, WorkflowView):
        named += view.workflow.states.values()
    return {thai(one) for one in named}


def headings_of(view: Any) -> set[str]:
    """Every heading that the view's own code puts on a record's page."""
    classes = [one for one in type(view).__mro__ if one.__module__.startswith(("core.", "plugins."))]
    return {thai(words) for one in classes for words in _headings(one.__module__, one.__name__)}


@functools.cache
def _headings(module: str, name: str) -> frozenset[str]:
    """Of one class, and of the functions beside it, which its pages call."""
    tree = ast.parse(Path(sys.modules[module].__file__ or "").read_text("utf-8"))
    parts = [one for one in tree.body if getattr(one, "name", name) == name or isinstance(one, ast.FunctionDef)]
    return frozenset(words for one in parts for words in _titles(one))


def _titles(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in HEADED and node.args:
            yield from (
                one.value
                for one in ast.walk(node.args[0])
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            )


def views() -> list[Any]:
    return [view for view in KHET.views.values() if hasattr(getattr(view, "model", None), "__table__")]


def test_no_heading_of_a_record_s_page_is_the_word_for_one_of_its_states():
    """Under “Planned” stood what is planned, of a record that had been held."""
    seen = {type(view).__name__: (headings_of(view), states_of(view)) for view in views()}
    assert sum(len(headings) > 1 for headings, _states in seen.values()) > 15
    assert sum(bool(states) for _headings, states in seen.values()) > 15
    assert {name: headings & states for name, (headings, states) in seen.items() if headings & states} == {}


#: steps that note what is so: the word is right on the button and beside the record (tests/core/test_words.py, NOTES)
NOTED = {"ไม่เกี่ยวข้อง", "นำไปใช้ในแผนแล้ว"}
#: buttons that begin with ไม่ and are acts all the same: decisions as an office writes them, and a choice of nothing
REFUSALS = {
    "Do not approve": "ไม่อนุมัติ", "Refuse": "ไม่เห็นชอบ", "Does not apply": "ไม่เกี่ยวข้อง", "Choose none": "ไม่เลือกเลย",
    "Not ours: send back": "ไม่ใช่ของหน่วยงานนี้ ส่งคืน",
}  # fmt: skip


def test_no_step_reads_as_the_state_it_leads_to():
    steps = {
        type(view).__name__: {thai(one.title) for one in view.workflow.transitions} & states_of(view) - NOTED
        for view in views()
        if isinstance(view, WorkflowView)
    }
    assert len(steps) > 5
    assert {name: same for name, same in steps.items() if same} == {}


def test_a_button_that_turns_something_off_says_what_it_does():
    """“ไม่อนุญาต” on a button reads as how it is, and is pressed by who wants it to be otherwise."""
    said = {words: thai(words) for words in buttons()}
    assert {words: text for words, text in said.items() if text.startswith(("ไม่", "ยังไม่"))} == REFUSALS


#: English words of two meanings, and the one that Khet means; where it needs the other too, that has a context or words
#: of its own
MEANT = {
    "Post": "ตำแหน่ง", "Posts": "ตำแหน่ง", "By post": "ไปรษณีย์", "New": "เพิ่ม", "Open": "เปิด", "Close": "ปิดหน้าต่าง", "Closed": "ปิด",
    "Held": "จัดแล้ว", "Order": "คำสั่ง", "Area": "ด้าน", "Term": "ภาคเรียน", "Due": "กำหนด", "State": "สถานะ", "Subject": "เรื่อง",
    "Letter": "หนังสือ", "Book": "สมุด", "Number": "เลขที่", "Present": "ผู้มาประชุม", "Speed": "ชั้นความเร็ว", "Sign": "ลงนาม",
    "Note": "หมายเหตุ", "Draft": "ร่าง", "Address": "ที่อยู่เว็บ", "Register": "ลงทะเบียน", "Allow": "อนุญาต", "Forbid": "เลิกอนุญาต",
}  # fmt: skip


def test_a_word_of_two_meanings_has_the_thai_of_the_one_that_is_meant():
    written = catalogue.read()
    assert {words: getattr(written.get(words), "string", None) for words in MEANT} == MEANT


def test_no_field_of_the_history_is_called_by_a_state_of_its_record():
    """“ส่งแล้ว: → 30 พ.ย.” stood beside a state of the same name: a day and a time have a word of their own."""
    seen, called = 0, {}
    for view in views():
        table, states = view.model.__table__, states_of(view)
        told = [one.name for one in table.c if labels.tells(table.name, one.name)]
        seen += len(told)
        named = {name: thai(labels.field_title(table.name, name)) for name in told}
        called |= {f"{table.name}.{name}": words for name, words in named.items() if words in states}
    assert seen > 100
    assert called == {}
