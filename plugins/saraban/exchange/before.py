"""What is said and asked before a letter leaves: who gets it, what goes along, whether it is a circular.

ระเบียบสำนักนายกรัฐมนตรีว่าด้วยงานสารบรรณ on หนังสือเวียน: one text to many bears ว and a number of its own run.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from core.db.scope import KhetSession
from core.files import store
from plugins.saraban.exchange.models import KHET, MAIL
from plugins.saraban.exchange.services import Recipient, unsent
from plugins.saraban.models import OutgoingLetter

#: more recipients than this of one text are a circular, or asked about
MANY = 10
SHOWN = 12


@dataclass(frozen=True)
class Before:
    """A sending that was asked for and has not happened."""

    recipients: Sequence[Recipient]
    files: Sequence[str]
    circular: bool
    secret: bool

    @property
    def count(self) -> int:
        """How many get it."""
        return len(self.recipients)

    @property
    def names(self) -> Sequence[str]:
        """The first of them."""
        return [one.name for one in self.recipients[:SHOWN]]

    @property
    def channels(self) -> list[tuple[str, int]]:
        """How many by each way."""
        return list(Counter(one.channel for one in self.recipients).items())

    @property
    def questions(self) -> list[str]:
        """What may be a mistake. Paper that goes by post or hand needs no file."""
        asked = []
        if not self.files and any(one.channel in (KHET, MAIL) for one in self.recipients):
            asked.append(_("No file is attached: the recipients get the facts of the letter and no paper."))
        if self.count > MANY and not self.circular and not self.secret:
            asked.append(_("It goes to %(count)s recipients and is not numbered as a circular (ว).", count=self.count))
        return asked

    @property
    def asks(self) -> bool:
        """Whether somebody has to look before it goes: to one recipient, with its file, it goes at once."""
        return self.count > 1 or bool(self.questions)

    @property
    def mark(self) -> str:
        """Changes with whatever was shown, so that a yes holds for what was seen."""
        seen = [sorted(map(repr, self.recipients)), sorted(self.files), self.circular]
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:20]


def look(session: KhetSession, letter: OutgoingLetter, recipients: Sequence[Recipient]) -> Before:
    """What would happen if the letter went to these recipients now. Raises RuleError as sending does."""
    files: Sequence[Any] = store.attachments(session, letter)
    going = unsent(session, letter, recipients)
    return Before(going, [file.name for file in files], letter.circular, bool(letter.secrecy))
