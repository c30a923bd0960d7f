"""Mending a book whose check finds it incomplete: its registrar says why, and the reason stays legible."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date
from itertools import groupby
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.text.thai import arabic_digits
from core.exchange.imports.models import TAKING, UNDOING, Import
from core.platform.numbering import engine
from core.platform.numbering.engine import BookKey
from core.platform.numbering.models import CANCELLED, LedgerNumber
from core.platform.timeline import recorder
from core.storage.scope import KhetSession

#: numbers accounted for in one go: one line of the timeline each
MOST = 1_000


def _together(numbers: Iterable[int]) -> list[list[int]]:
    """[first, last] of numbers in order that stand beside one another."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def runs(numbers: Iterable[int], most: int = 20) -> str:
    """Numbers in order, those beside one another as one: "3, 786–899"; of many the first `most`, and an ellipsis."""
    found = _together(numbers)
    said = [str(first) if first == last else f"{first}–{last}" for first, last in found[:most]]
    return ", ".join(said) + (" …" if len(found) > len(said) else "")


def as_typed(numbers: Iterable[int], most: int) -> str:
    """Numbers in order as one would type them, the first that `read_runs` and a field of `most` characters take."""
    said = runs(list(numbers)[:MOST], MOST)
    return said if len(said) <= most else said[:most].rpartition(",")[0]


def read_runs(typed: str) -> set[int]:
    """Numbers as `runs` or people write them: 3, 7-9, ๑๒. Raises RuleError (numbers) for what is none, or too many."""
    found: set[int] = set()
    joined = "-".join(part.strip() for part in re.split(r"[-–—]", arabic_digits(typed)))
    for part in filter(None, re.split(r"[,;\s]+", joined)):
        match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not 1 <= first <= last:
            raise RuleError(
                _("These are no numbers: %(typed)s. Write them like 3, 7–9.", typed=part[:40]), field="numbers"
            )
        if len(found) + last - first + 1 > MOST:
            raise RuleError(_("At most %(most)s numbers at once.", most=MOST), field="numbers")
        found.update(range(first, last + 1))
    return found


def by_reason(rows: Iterable[LedgerNumber]) -> list[tuple[str, str]]:
    """(numbers, reason) of a book's cancelled numbers in order, neighbours of one reason together."""
    found: list[tuple[str, str]] = []
    for reason, some in groupby(rows, key=lambda row: row.reason):
        several = list(some)
        plain = runs(row.number for row in several if not row.suffix)
        found.append((", ".join(filter(None, [plain, *(row.text for row in several if row.suffix)])), reason))
    return found


def _at_rest(session: KhetSession, key: BookKey) -> None:
    """Raises RuleError while an import brings or takes away numbers of this unit, seen or not."""
    busy = select(Import.id).where(Import.unit_id == key.unit_id, Import.state.in_((TAKING, UNDOING)))
    if session.scalar(busy.limit(1)) is not None:
        raise RuleError(_("A register of this unit is being taken in or back. Let it end first."))


def account_for(
    session: KhetSession, key: BookKey, model: Any, numbers: Collection[int], *, reason: str, today: date,
    actor_name: str, unit_column: str = "unit_id",
) -> int:  # fmt: skip
    """Say why numbers have no letter: the missing among them and those without a record are cancelled.

    Returns how many. Raises RuleError without a reason, and where nothing is missing among them.
    """
    if not reason.strip():
        raise RuleError(_("Say why there is no letter for these numbers."), field="reason")
    _at_rest(session, key)
    found = engine.check(session, key, model, today, unit_column)
    missing = [number for number in found.missing if number in numbers]
    orphaned = [row for row in found.orphaned if row.number in numbers]
    if not missing and not orphaned:
        raise RuleError(_("None of these numbers is missing."), field="numbers")
    for row in orphaned:
        recorder.describe(session, row, "core.number.cancelled", reason)
        row.state, row.reason = CANCELLED, reason
    for first, last in _together(missing):
        engine.declare_gaps(
            session, key.unit_id, key.book, key.year, first, last, today=today, actor_name=actor_name,
            reason=reason,
        )  # fmt: skip
    done = sorted([*missing, *(row.number for row in orphaned)])
    recorder.note(session, engine.counter(session, key), "core.book.accounted", f"{runs(done)}: {reason}")
    session.flush()
    return len(missing) + len(orphaned)


def give_back(session: KhetSession, key: BookKey, *, reason: str) -> int:
    """Put the counter behind the last number that the book holds; returns the number that comes next.

    For a counter that ran away from its book: after an import that was taken back, or below numbers that are there.
    Raises RuleError without a reason, and where the two agree.
    """
    if not reason.strip():
        raise RuleError(_("Say why the counter is changed."), field="reason")
    _at_rest(session, key)
    before, now = engine.settle(session, key)
    if before == now:
        raise RuleError(_("The counter stands right behind the last number."))
    recorder.note(session, engine.counter(session, key), "core.book.settled", f"{before + 1} → {now + 1}: {reason}")
    session.flush()
    return now + 1
