"""A numbered paper sealed with its signer's certificate: PAdES over the whole PDF (พ.ร.บ. ธุรกรรมทางอิเล็กทรอนิกส์).

The number is on the paper before it is sealed, so nothing of it can change afterwards. The key comes with the
signer, opened by their passphrase for this one paper; neither is kept. Both are opened in a child process.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select

from core.base.errors import RuleError
from core.platform import sandbox
from core.platform.timeline import recorder
from core.records.files import store
from core.records.files.models import Attachment
from core.storage.scope import KhetSession
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.papers import sealing
from plugins.saraban.work.originals import SEALED, newest

ENDING = " (ลงลายมือชื่อดิจิทัล).pdf"


@dataclass(frozen=True)
class Seal:
    """One certificate's signature on a paper. `intact`: the paper is byte for byte what was sealed."""

    subject: str
    issuer: str
    until: datetime
    at: datetime | None
    intact: bool


@dataclass(frozen=True)
class Sealed:
    """A paper that was sealed and is not kept yet; `of` and `key` are ids of the paper and the certificate."""

    of: int
    name: str
    key: int
    data: bytes
    subject: str


def seal(session: KhetSession, root: Path, letter: OutgoingLetter, file_ids: list[int], passphrase: str) -> Sealed:
    """Seal the letter's paper with a PKCS#12 certificate that was just uploaded, before anything is written.

    A paper may bear several. Raises RuleError for no certificate, a wrong passphrase, a certificate whose time is
    over, or a letter without a paper of its own; FileGone for a paper that is not the one that was kept.
    """
    keys = [file for file in store.staged(session, file_ids) if file.content_type == store.CERTIFICATE]
    if len(keys) != 1:
        raise RuleError(_("Choose one certificate, .p12 or .pfx."), field="files")
    paper = newest(session, letter)
    if paper is None:
        raise RuleError(_("This letter has no paper that was made here."))
    of, name, key = paper.id, paper.name, keys[0].id
    lies, opens = store.apart(session, root, [paper, keys[0]])
    try:
        made = sandbox.call(sandbox.FORM, sealing.seal, lies, opens, passphrase)
    except sandbox.Refused as error:
        raise _words(error) from error
    return Sealed(of, name, key, made["sealed"], made["subject"])


def _words(error: sandbox.Refused) -> RuleError:
    if error.reason == sealing.CLOSED:
        return RuleError(_("The passphrase does not open this certificate."), field="passphrase")
    if error.reason == sealing.OVER:
        return RuleError(_("The time of this certificate is over, or has not begun."), field="files")
    if error.reason == sealing.NOT_SEALED:
        return RuleError(_("This paper cannot be sealed."))
    return error


def keep(session: KhetSession, root: Path, letter: OutgoingLetter, made: Sealed) -> Attachment:
    """Keep a sealed paper with its letter, and forget the certificate.

    Raises RuleError where another seal was set meanwhile: this one lies on a paper that does not bear it.
    """
    # held to the end: two who keep at once come here one after the other
    session.execute(select(OutgoingLetter.id).where(OutgoingLetter.id == letter.id).with_for_update())
    now = newest(session, letter)
    if now is None or now.id != made.of:
        raise RuleError(_("This paper was sealed anew meanwhile. Seal it once more: your seal joins the others."))
    name = made.name if made.name.endswith(ENDING) else made.name.removesuffix(".pdf") + ENDING
    kept = store.keep(session, root, io.BytesIO(made.data), name, letter)
    for key in store.staged(session, [made.key]):
        store.discard(session, root, key)
    recorder.note(session, letter, SEALED, made.subject[:400], {"sha256": [None, kept.sha256]})
    session.flush()
    return kept


def seals(path: Path) -> list[Seal]:
    """Who sealed a PDF, and whether it is still what they sealed. Whom one trusts is for the reader to say.

    Raises sandbox.Refused.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return _known(digest, path)


@lru_cache(maxsize=200)
def _known(_digest: str, path: Path) -> list[Seal]:
    """Strangers may ask again and again; what was found of the same bytes stays true."""
    found = sandbox.call(sandbox.PAGE, sealing.seals, path)
    return [
        Seal(
            one["subject"], one["issuer"], datetime.fromisoformat(one["until"]),
            datetime.fromisoformat(one["at"]) if one["at"] else None, one["intact"],
        )
        for one in found
    ]  # fmt: skip
