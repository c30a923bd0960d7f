"""What pyHanko does with certificates and sealed papers. For functions that run in a child process (core/sandbox)."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from core.platform.sandbox.refusals import Refused

CLOSED, OVER, NOT_SEALED = "closed", "over", "not_sealed"


def seal(paper: Path, key: Path, passphrase: str) -> dict[str, Any]:
    """{sealed: the paper with one more signature, subject: of its certificate}. Raises Refused."""
    signer = _opened(key.read_bytes(), passphrase)
    data = paper.read_bytes()
    facts = signers.PdfSignatureMetadata(
        field_name=f"Signature{len(seals(paper)) + 1}", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    try:
        made = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data)), facts, signer=signer)
    except (SigningError, PdfReadError) as error:
        raise Refused(NOT_SEALED) from error
    sealed = bytes(made.getvalue())
    return {"sealed": sealed, "subject": _seals(sealed)[-1]["subject"]}


def _opened(data: bytes, passphrase: str) -> signers.SimpleSigner:
    try:
        signer: signers.SimpleSigner | None = signers.SimpleSigner.load_pkcs12_data(
            data, other_certs=[], passphrase=passphrase.encode()
        )
    except (SigningError, ValueError) as error:
        raise Refused(CLOSED) from error
    cert = signer.signing_cert if signer is not None else None
    if signer is None or cert is None:
        raise Refused(CLOSED)
    if not cert.not_valid_before <= datetime.now(UTC) <= cert.not_valid_after:
        raise Refused(OVER)
    return signer


def seals(paper: Path) -> list[dict[str, Any]]:
    """Facts of each signature of a paper, in their order; none for what cannot be read."""
    return _seals(paper.read_bytes())


def _seals(data: bytes) -> list[dict[str, Any]]:
    try:
        found = PdfFileReader(io.BytesIO(data)).embedded_signatures
    except PdfReadError:
        return []
    trusted = ValidationContext(trust_roots=[])
    made = []
    for one in found:
        status = validate_pdf_signature(one, signer_validation_context=trusted)
        cert, at = one.signer_cert, one.self_reported_timestamp
        made.append(
            {
                "subject": cert.subject.human_friendly, "issuer": cert.issuer.human_friendly,
                "until": cert.not_valid_after.isoformat(), "at": at.isoformat() if at is not None else None,
                "intact": bool(status.intact and status.valid),
            }
        )  # fmt: skip
    return made
