"""A numbered paper sealed with its signer's certificate: PAdES over the whole PDF (พ.ร.บ. ธุรกรรมทางอิเล็กทรอนิกส์).

The number is on the paper before it is sealed, so nothing of it can change afterwards. The key comes with the
signer, opened by their passphrase for this one paper; neither is kept.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask_babel import gettext as _
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from core.db.base import utc_now
from core.db.scope import KhetSession
from core.errors import RuleError
from core.files import store
from core.files.models import Attachment
from core.timeline import recorder
from plugins.saraban.models import OutgoingLetter
from plugins.saraban.outgoing.papers import SEALED, newest

ENDING = " (ลงลายมือชื่อดิจิทัล).pdf"


@dataclass(frozen=True)
class Seal:
    """One certificate's signature on a paper. `intact`: the paper is byte for byte what was sealed."""

    subject: str
    issuer: str
    until: datetime
    at: datetime | None
    intact: bool


def seal(session: KhetSession, root: Path, letter: OutgoingLetter, file_ids: list[int], passphrase: str) -> Attachment:
    """Seal the letter's paper with a PKCS#12 certificate that was just uploaded, and forget the certificate.

    A paper may bear several. Raises RuleError for no certificate, a wrong passphrase, a certificate whose time is
    over, or a letter without a paper of its own.
    """
    keys = [file for file in store.staged(session, file_ids) if file.content_type == store.CERTIFICATE]
    if len(keys) != 1:
        raise RuleError(_("Choose one certificate, .p12 or .pfx."), field="files")
    signer = _opened(store.read(root, keys[0]) or b"", passphrase)
    paper = newest(session, letter)
    data = store.read(root, paper) if paper is not None else None
    if paper is None or data is None:
        raise RuleError(_("This letter has no paper that was made here."))
    made = _signed(data, signer, len(seals(data)) + 1)
    name = paper.name if paper.name.endswith(ENDING) else paper.name.removesuffix(".pdf") + ENDING
    kept = store.keep(session, root, io.BytesIO(made), name, letter)
    store.discard(session, root, keys[0])
    said = seals(made)[-1].subject
    recorder.note(session, letter, SEALED, f"{said[:400]} · {kept.sha256}")
    session.flush()
    return kept


def _opened(data: bytes, passphrase: str) -> signers.SimpleSigner:
    closed = RuleError(_("The passphrase does not open this certificate."), field="passphrase")
    try:
        signer = signers.SimpleSigner.load_pkcs12_data(data, other_certs=[], passphrase=passphrase.encode())
    except (SigningError, ValueError) as error:
        raise closed from error
    cert = signer.signing_cert if signer is not None else None
    if signer is None or cert is None:
        raise closed
    if not cert.not_valid_before <= utc_now() <= cert.not_valid_after:
        raise RuleError(_("The time of this certificate is over, or has not begun."), field="files")
    return signer


def _signed(data: bytes, signer: signers.SimpleSigner, number: int) -> bytes:
    facts = signers.PdfSignatureMetadata(
        field_name=f"Signature{number}", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    try:
        made = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data)), facts, signer=signer)
    except (SigningError, PdfReadError) as error:
        raise RuleError(_("This paper cannot be sealed.")) from error
    return bytes(made.getvalue())


def seals(data: bytes) -> list[Seal]:
    """Who sealed a PDF, and whether it is still what they sealed. Whom one trusts is for the reader to say."""
    try:
        found = PdfFileReader(io.BytesIO(data)).embedded_signatures
    except PdfReadError:
        return []
    trusted = ValidationContext(trust_roots=[])
    made = []
    for one in found:
        status = validate_pdf_signature(one, signer_validation_context=trusted)
        cert = one.signer_cert
        made.append(
            Seal(
                cert.subject.human_friendly, cert.issuer.human_friendly, cert.not_valid_after,
                one.self_reported_timestamp, status.intact and status.valid,
            )
        )  # fmt: skip
    return made
