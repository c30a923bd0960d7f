"""What is said and asked before a letter leaves: who gets it, what goes along, whether it is a circular.

ระเบียบสำนักนายกรัฐมนตรีว่าด้วยงานสารบรรณ on หนังสือเวียน: one text to many bears ว and a number of its own run.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from core.records.files.models import Attachment
from core.storage.scope import KhetSession
from plugins.saraban.models.dispatches import KHET, MAIL
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.work import originals
from plugins.saraban.work.exchange import Recipient, unsent

#: more recipients than this of one text are a circular, or asked about
MANY = 10


@dataclass(frozen=True)
class Before:
    """A sending that was asked for and has not happened."""

    recipients: Sequence[Recipient]
    files: Sequence[str]
    circular: bool
    secret: bool
    district_id: int
    mail: bool = True  #: whether this server sends e-mail

    @property
    def count(self) -> int:
        """How many get it."""
        return len(self.recipients)

    @property
    def names(self) -> Sequence[str]:
        """All of them but the offices of other districts."""
        return [one.name for one in self.recipients if one.district_id in (None, self.district_id)]

    @property
    def elsewhere(self) -> Sequence[str]:
        """Those of other districts, where a slip of the hand does most harm."""
        return [one.name for one in self.recipients if one.district_id not in (None, self.district_id)]

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
        mails = sum(one.channel == MAIL for one in self.recipients)
        if mails and not self.mail:
            asked.append(
                _(
                    "This server sends no e-mail yet (no SMTP is set): %(count)s recipients would not get it.",
                    count=mails,
                )
            )
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


def look(
    session: KhetSession, letter: OutgoingLetter, recipients: Sequence[Recipient], *, mail: bool,
    without: Sequence[Attachment] = (),
) -> Before:  # fmt: skip
    """What would happen if the letter went to these recipients now. Raises RuleError as sending does.

    `mail`: whether the server sends e-mail. `without`: the files that would be kept back.
    """
    files = [file.name for file in originals.handed_out(session, letter) if file not in without]
    going = unsent(session, letter, recipients)
    return Before(going, files, letter.circular, bool(letter.secrecy), letter.district_id, mail)
