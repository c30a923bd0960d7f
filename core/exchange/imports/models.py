"""A file that is taken in, and its lines while they are checked and corrected."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import DistrictOwned, Model, Tracked, UtcDateTime, belongs_to, utc_now
from core.storage.succession import stays

#: how far an import is
READING, MAPPING, CHECKING, CHECKED, TAKING, DONE, UNDOING, UNDONE, REFUSED = (
    "reading", "mapping", "checking", "checked", "taking", "done", "undoing", "undone", "refused",
)  # fmt: skip
STATES = [
    (READING, _l("Being read")), (MAPPING, _l("Columns to be named")), (CHECKING, _l("Being checked")),
    (CHECKED, _l("Checked, not yet taken in")), (TAKING, _l("Being taken in")), (DONE, _l("Taken in")),
    (UNDOING, _l("Being taken back")), (UNDONE, _l("Taken back")), (REFUSED, _l("Refused")),
]  # fmt: skip
#: a job is at work on it
BUSY = (READING, CHECKING, TAKING, UNDOING)
NEW, GOOD, BAD, TAKEN, DROPPED = "new", "good", "bad", "taken", "dropped"


class Import(DistrictOwned, Tracked, Model):
    """One file. Its records exist for others from the moment in which `visible` turns true, all at once."""

    __tablename__ = "core_import"
    constraints: ClassVar = (
        belongs_to("user_id", "ab_user"),
        belongs_to("unit_id", "core_unit"),
        Index("ix_core_import_newest", "district_id", "id"),
    )
    #: what the steps between write; its beginning, its end and its undo are entries of their own
    untracked: ClassVar = frozenset(
        {
            "state",
            "sheet",
            "sheets",
            "heading_line",
            "headings",
            "mapping",
            "total",
            "good",
            "bad",
            "taken",
            "problem",
            "visible",
            "job_id",
        }
    )

    GOES_ON = stays()
    importer: Mapped[str] = mapped_column(String(60))
    user_id: Mapped[int]
    #: whose records it brings, where they belong to a unit: only who may take in there sees the import
    unit_id: Mapped[int | None]
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64), default="")
    sheet: Mapped[str] = mapped_column(String(100), default="")
    #: of a workbook, in its order: {"name": of the sheet, "read": whether its lines are taken}
    sheets: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(12), default=READING)
    heading_line: Mapped[int] = mapped_column(default=0)  #: 0: the file has none
    headings: Mapped[list[str]] = mapped_column(JSON, default=list)
    mapping: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)  #: {column key: place in the line}
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    total: Mapped[int] = mapped_column(default=0)
    good: Mapped[int] = mapped_column(default=0)
    bad: Mapped[int] = mapped_column(default=0)
    taken: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(500), default="")
    visible: Mapped[bool] = mapped_column(default=False)
    job_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    @property
    def label(self) -> str:
        return self.file_name


#: more lines than a sheet can have
SHEET = 10_000_000


class ImportLine(DistrictOwned, Model):
    """One line of the file: its cells as they came, what was read from them, and what is wrong."""

    __tablename__ = "core_import_line"
    constraints: ClassVar = (
        belongs_to("import_id", "core_import"),
        UniqueConstraint("district_id", "import_id", "line"),
        Index("ix_core_import_line_state", "district_id", "import_id", "state", "line"),
    )

    import_id: Mapped[int]
    #: its number in the file, as Excel shows it; SHEET more for each sheet before its own
    line: Mapped[int]
    cells: Mapped[list[Any]] = mapped_column(JSON, default=list)
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    errors: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(8), default=NEW)
    record_id: Mapped[int | None]
    #: its row of the sheet that is handed over at the end, sealed: the import may be stopped before
    handover: Mapped[str] = mapped_column(Text, default="")
