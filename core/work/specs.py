"""A work standard as a plugin ships it, and an indicator with how it is counted. Plain data; no database."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.db.scope import KhetSession


@dataclass(frozen=True)
class StepSpec:
    """One step (ขั้นตอน). `seq` is a dotted place such as 2.10 or M.1, always text: as numbers 2.1 and 2.10 are one."""

    seq: str
    activity: str
    timing: str = ""
    timing_rule: str = ""
    quality: str = ""
    responsible: str = ""
    evidence: bool = False


@dataclass(frozen=True)
class StandardSpec:
    """A work standard (ชื่องาน/กระบวนงาน) of a manual, with its steps in order."""

    code: str
    title: str
    source: str
    objectives: str = ""
    steps: tuple[StepSpec, ...] = field(default=(), repr=False)


UP, DOWN = "up", "down"


@dataclass(frozen=True)
class KpiSpec:
    """An indicator (ตัวชี้วัด). `actual(session, year)` counts a district's value for a school year (พ.ศ.).

    It returns None where there is no data, which is never nought. Without `actual` people type the value.
    """

    code: str
    title: Any
    unit: Any
    target: float
    direction: str = UP
    actual: Callable[[KhetSession, int], float | None] | None = None


def read(path: Path, titles: dict[str, tuple[str, str]]) -> list[StandardSpec]:
    """The standards of a CSV file, one line a step; `titles` gives (title, objectives) by the topic's code."""
    lines: dict[str, list[dict[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            lines.setdefault(row["topic_code"], []).append(row)
    return [
        StandardSpec(
            code, titles[code][0], rows[0]["source"], titles[code][1],
            tuple(_step(row) for row in rows),
        )
        for code, rows in lines.items()
    ]  # fmt: skip


def _step(row: dict[str, str]) -> StepSpec:
    return StepSpec(
        row["seq"], row["activity_th"], row["timing_th"], row["timing_rule"], row["quality_th"],
        row["responsible_th"].replace(";", ", "), row["evidence"] == "1",
    )  # fmt: skip


def parents(seqs: Iterable[str]) -> frozenset[str]:
    """Those that have steps below them."""
    known = set(seqs)
    return frozenset(seq.rpartition(".")[0] for seq in known) & known
