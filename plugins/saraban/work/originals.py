"""The papers that lie with a numbered letter: the original, what was sealed, and which of them is handed out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from core.platform.masterdata.models import Unit
from core.platform.timeline import recorder
from core.platform.timeline.models import TimelineEntry
from core.records.files import store
from core.records.files.models import Attachment
from core.storage.scope import KhetSession
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.papers import paper

SEALED = "saraban.outgoing.sealed"
KEPT_BACK = "saraban.outgoing.kept_back"


def sealed(session: KhetSession, letter: OutgoingLetter) -> list[Attachment]:
    """Papers of a letter that were sealed here, oldest first: those whose checksum its timeline holds.

    The name of a file says nothing: anybody who may attach one chooses it.
    """
    noted = select(TimelineEntry.note, TimelineEntry.changes).where(*recorder.noted(letter, SEALED))
    # entries of former times have it at the end of their note
    sums = {changes.get("sha256", ["", note.rpartition(" ")[2]])[1] for note, changes in session.execute(noted)}
    return [file for file in store.attachments(session, letter) if file.sha256 in sums]


def handed_out(session: KhetSession, letter: OutgoingLetter) -> list[Attachment]:
    """What recipients get: the original and what was attached, never comments' files nor the house's copies."""
    return store.enclosures(session, letter)


def attached(session: KhetSession, letter: OutgoingLetter) -> list[Attachment]:
    """Those of them that somebody attached, and so may have attached by mistake: not the numbered paper itself."""
    files = handed_out(session, letter)
    papers = {file.id for file in sealed(session, letter)}
    if session.scalar(select(Draft.id).where(Draft.letter_id == letter.id).limit(1)) is not None:
        papers |= {file.id for file in files[:1]}
    return [file for file in files if file.id not in papers]


def keep_back(session: KhetSession, letter: OutgoingLetter, files: Sequence[Attachment]) -> None:
    """These stay in the house from now on, also where a link to the letter is out; its history names them."""
    for file in files:
        file.inside = True
    if files:
        recorder.note(session, letter, KEPT_BACK, ", ".join(file.name for file in files)[:500])
    session.flush()


def newest(session: KhetSession, letter: OutgoingLetter) -> Attachment | None:
    """The newest sealed paper, else the original, which is the first that numbering made."""
    files = [file for file in handed_out(session, letter) if file.content_type == "application/pdf"]
    done = sealed(session, letter)
    return done[-1] if done else files[0] if files else None


def present(session: KhetSession, root: Path, draft: Draft, unit: Unit, letter: OutgoingLetter | None) -> bytes:
    """A draft's paper as PDF in its present state: the words as they stand, or the numbered paper that lies with the
    letter. One whose file is gone is set again, with number and date."""
    kept = newest(session, letter) if letter is not None else None
    data = store.read(root, kept) if kept is not None else None
    return data or paper.pdf(session, root, draft, unit, letter, copy="draft" if letter is None else "original")
