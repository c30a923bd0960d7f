"""No text keeps a regular expression busy: every pattern of the house, against texts that make bad ones explode."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from datetime import date
from pathlib import Path

import pytest

import core
import plugins
from core.base.text import thai
from plugins.saraban.work import guess

LONG = 20_000
#: a pattern that looks at everything before each letter again takes minutes of the processor for such a text, not one
SECONDS = 2.0
PIECES = (
    " ", "\n", "a", "A", "1", "๑", "ก", "เ", "่", "ํ", ".", "/", "-", "(", ")", "'", '"', "\\", "`", "@", "a.", "@a", "1.",
    " 1", "ก ", "ที่ ", "เรื่อง ", "เรียน", "๑ มกราคม ", "พ.ศ.", "INSERT INTO t (", "CREATE TABLE t (", "''", "a-", "0 ",
)  # fmt: skip
TEXTS = [piece * (LONG // len(piece)) for piece in PIECES]


def patterns() -> dict[str, re.Pattern[str]]:
    """Every pattern that stands at the top of a module."""
    found = {}
    for package in (core, plugins):
        for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" in one.name or ".scaffold.template" in one.name:
                continue
            for name, value in vars(importlib.import_module(one.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    found[f"{one.name}:{name}"] = value
    return found


def busy(function, *arguments) -> float:
    """Seconds of the processor."""
    began = time.process_time()
    function(*arguments)
    return time.process_time() - began


def test_no_pattern_is_kept_busy():
    found = patterns()
    assert len(found) > 25
    slow = {}
    for name, pattern in found.items():
        for text in TEXTS:
            for end in ("", "!", "ๆ\n'"):
                took = busy(
                    lambda p=pattern, t=text + end: (sum(1 for _m in p.finditer(t)), p.match(t), p.fullmatch(t))
                )
                if took > SECONDS:
                    slow[name] = f"{took:.1f} s for {text[:12]!r}"
    assert slow == {}


def test_no_pattern_within_a_call_is_kept_busy_either():
    """The same for what is written into the call itself."""
    calls = {"match", "fullmatch", "search", "sub", "split", "findall", "finditer"}
    for path in [*Path(core.__path__[0]).rglob("*.py"), *Path(plugins.__path__[0]).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            of = node.func if isinstance(node, ast.Call) else None
            if not (isinstance(of, ast.Attribute) and isinstance(of.value, ast.Name) and of.value.id == "re"):
                continue
            first = node.args[0] if of.attr in calls and node.args else None
            if isinstance(first, ast.Constant):
                pattern = re.compile(first.value)
                run = getattr(pattern, of.attr if of.attr in ("match", "fullmatch") else "search")
                for text in TEXTS:
                    assert busy(run, text + "!") < SECONDS, (path, first.value)


@pytest.mark.parametrize(
    "read",
    [
        lambda text: guess.guess(text, "layer", ["สพฐ.", "สำนักงานเขตพื้นที่"], date(2026, 1, 1)), thai.clean,
        thai.search_text, thai.sort_key, lambda text: _date(text),
    ],
)  # fmt: skip
def test_no_text_keeps_its_reader_busy(read):
    assert [text[:12] for text in TEXTS if busy(read, text) > SECONDS] == []


def _date(text: str) -> object:
    try:
        return thai.parse_date(text, date(2026, 1, 1))
    except ValueError:
        return None
