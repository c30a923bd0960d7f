"""Files of a letter that its sender took back: nobody but the register's keepers has them, on whatever page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.base.errors import NotFound
from core.records.files.models import Attachment
from core.web.crud import CrudView
from core.web.unit_of_work import db
from plugins.saraban import permissions
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.work import back


class WithheldFiles(CrudView):
    """Pages that show an incoming letter's files and hand them out."""

    def letter_of(self, record: Any) -> IncomingLetter:
        """The letter that a record speaks of; itself by default."""
        letter: IncomingLetter = record
        return letter

    def is_withheld(self, record: Any) -> bool:
        """Whether the paper is its sender's again, and this actor does not keep the register."""
        letter = self.letter_of(record)
        return not self.actor.may(permissions.INCOMING, "edit", letter.unit_id) and back.taken_back(db, letter)

    def files_shown(self, record: Any) -> list[Attachment]:
        return [] if self.is_withheld(record) else super().files_shown(record)

    def locate(self, record: Any, file_id: int) -> tuple[Attachment, Path]:
        if self.is_withheld(record):
            raise NotFound
        return super().locate(record, file_id)
