"""A work standard as a plugin ships it, and an indicator with how it is counted. Plain data; no database."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Select

    from core.storage.scope import KhetSession


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
    """An indicator (ตัวชี้วัด), counted for a district and a school year (พ.ศ.), or else typed by people.

    `actual(session, year)` counts it, None where there is no data, which is never nought. A share of so many in a
    hundred is better said as `share(session, year)`: two selects of one number each, the part and the whole; a page
    of indicators then asks for all of them in one statement.
    """

    code: str
    title: Any
    unit: Any
    target: float
    direction: str = UP
    actual: Callable[[KhetSession, int], float | None] | None = None
    share: Callable[[KhetSession, int], tuple[Select[Any], Select[Any]]] | None = None

    @property
    def counted(self) -> bool:
        """Whether its module counts it."""
        return self.actual is not None or self.share is not None


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
