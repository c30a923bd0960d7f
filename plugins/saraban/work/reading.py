"""Reads the files of a letter after it is saved, so that search finds words that stand only in them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update

from core.base.errors import FileGone
from core.base.text.thai import search_text
from core.platform.documents import text_extraction
from core.platform.jobs import services as jobs
from core.platform.jobs.kind import LAST, JobKind
from core.platform.jobs.runner import Running
from core.platform.sandbox import Refused
from core.records.files import store
from core.records.files.models import Attachment
from core.storage.scope import KhetSession
from plugins.saraban.models.letters import IncomingLetter, Letter, OutgoingLetter
from plugins.saraban.work import back

log = logging.getLogger(__name__)

READ = "saraban.read_files"
MODELS: dict[str, Any] = {model.__tablename__: model for model in (IncomingLetter, OutgoingLetter)}


def ask(session: KhetSession, letter: Any) -> None:
    """Have the files of a letter of either register read. Secret papers are not: their words stay in the paper."""
    if not letter.secrecy and session.scope.user_id is not None:
        params = {"kind": letter.__tablename__, "letter": letter.id}
        jobs.enqueue(session, READ, _("Reading files"), params, quiet=True, rank=LAST)


def words_of(letter: Letter) -> str:
    """What a letter is found by."""
    said = (letter.number_text, letter.doc_no, letter.sender, letter.recipient, letter.subject, letter.file_text)
    return search_text(*said)


def forget(letter: Letter) -> None:
    """A letter whose files are withheld is not found by what stands in them."""
    letter.file_text = ""
    letter.search_text = words_of(letter)


def read(running: Running) -> None:
    """Read every file of a letter. Changes nothing but what it is found by, so it may run again."""
    model = MODELS[running.params["kind"]]
    with running.database.district(running.district_id, "reading files", write=False) as session:
        letter = session.get(model, running.params["letter"])
        if letter is None or letter.secrecy:
            return
        if isinstance(letter, IncomingLetter) and back.taken_back(session, letter):
            return
        files = store.attachments(session, letter)
    root = running.app.extensions["khet"].settings.files_dir
    text = "\n".join(_words(root, one) for one in files)[: text_extraction.LONGEST]
    with running.database.district(running.district_id, "reading files") as session:
        letter = session.scalars(select(model).where(model.id == running.params["letter"])).one()
        letter.file_text = text
        found_by = words_of(letter)
        session.expire(letter)  # a statement, not the object: nobody's open form becomes a conflict by this
        session.execute(update(model).where(model.id == letter.id).values(file_text=text, search_text=found_by))


def _words(root: Path, file: Attachment) -> str:
    """The words of one file; a file that cannot be read has none, and the others keep theirs."""
    try:
        return text_extraction.words(store.whole(root, file), file.content_type)
    except FileGone:
        return ""
    except Refused as error:
        log.info("a file was not read: %s", error.reason)
        return ""


KINDS = [JobKind(READ, read, repeatable=True, quiet=True, failed=None)]
