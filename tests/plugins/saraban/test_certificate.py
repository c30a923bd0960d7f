"""A paper sealed with its signer's certificate (PAdES)."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from core.records.files.models import Attachment
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.papers import sealing
from plugins.saraban.work import certificate
from plugins.saraban.work.exchange import token_hash
from tests.plugins.saraban.test_drafts import DRAFTS, issue, papers
from tests.support import HOME, OTHER, on_disk, real_pdf

WORD = "ความลับ-1"


def key(name: str = "ผอ.สมมติ", until: timedelta = timedelta(days=30)) -> bytes:
    """A certificate of nobody's, with its key, behind WORD."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + until)
        .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)
        .sign(private, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(b"k", private, cert, None, BestAvailableEncryption(WORD.encode()))


@pytest.fixture
def clerk(world):
    return world.browser(f"clerk.{HOME}")


@pytest.fixture
def director(world):
    return world.browser(f"director.{HOME}")


def upload(browser, data: bytes) -> str:
    file = (io.BytesIO(data), "ใบรับรอง.p12")
    return str(browser.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"])


def seal(browser, draft: int, data: bytes, word: str = WORD):
    return browser.submit(f"{DRAFTS}{draft}/seal", files=upload(browser, data), passphrase=word)


def test_the_numbered_paper_is_sealed_and_a_changed_byte_shows(world, clerk, director):
    draft, letter = issue(world, clerk, director)
    assert seal(director, draft, key()).status_code == 302
    data = papers(world, letter.id)[-1][1]
    (one,) = certificate.seals(on_disk(data))
    assert one.intact
    assert "ผอ.สมมติ" in one.subject
    assert b"ETSI.CAdES.detached" in data, "PAdES"
    assert b"pdfaid:part" in data, "still PDF/A"
    place = data.index(b"/MediaBox") + 14
    changed = data[:place] + (b"1" if data[place : place + 1] != b"1" else b"2") + data[place + 1 :]
    assert not any(found.intact for found in certificate.seals(on_disk(changed)))


def test_two_may_seal_one_paper(world, clerk, director):
    draft, letter = issue(world, clerk, director)
    seal(director, draft, key("หนึ่ง"))
    seal(director, draft, key("สอง"))
    found = certificate.seals(on_disk(papers(world, letter.id)[-1][1]))
    assert [one.intact for one in found] == [True, True]


def test_neither_key_nor_passphrase_stays(world, clerk, director):
    draft, _letter = issue(world, clerk, director)
    seal(director, draft, key())
    assert world.count("core_attachment", "content_type = 'application/x-pkcs12'") == 0
    assert director.get(f"{DRAFTS}{draft}/seal").status_code == 200
    assert not director.tree.xpath("//form[@data-draft]"), "the passphrase is not kept as a draft either"


@pytest.mark.parametrize(
    ("data", "word", "said"),
    [
        (key, "ผิด", "does not open"),
        (lambda: key(until=timedelta(days=-1)), WORD, "time of this certificate"),
        (lambda: b"0 no key at all", WORD, "does not open"),
    ],
)
def test_a_wrong_passphrase_and_an_old_certificate_are_refused(world, clerk, director, data, word, said):
    draft, letter = issue(world, clerk, director)
    assert seal(director, draft, data(), word).status_code == 422
    assert said in " ".join(director.errors())
    assert len(papers(world, letter.id)) == 3


def test_only_who_may_sign_seals(world, clerk, director):
    draft, _letter = issue(world, clerk, director)
    assert clerk.get(f"{DRAFTS}{draft}/seal").status_code == 403
    assert world.browser(f"director.{OTHER}").get(f"{DRAFTS}{draft}/seal").status_code == 404


def test_a_certificate_is_attached_to_nothing(world, clerk):
    number, office = upload(clerk, key()), world.unit()
    with world.session() as s:
        mine = select(OutgoingLetter.id).where(OutgoingLetter.secrecy == 0, OutgoingLetter.unit_id == office)
        letter = s.scalars(mine.order_by(OutgoingLetter.id)).first()
    assert clerk.submit(f"/saraban/outgoing/{letter}/files", files=number).status_code == 422
    with world.session() as s:
        assert s.get(Attachment, int(number)).record_id is None


def test_a_pdf_without_a_seal_says_so():
    assert certificate.seals(on_disk(real_pdf())) == []
    assert certificate.seals(on_disk(b"%PDF-1.7 broken")) == []


def test_the_page_behind_the_qr_code_shows_the_seal_and_believes_no_file_s_name(world, clerk, director):
    draft, letter = issue(world, clerk, director)
    stranger = world.browser()
    token = "t" * 22
    world.owner(f"update saraban_outgoing set verify = '{token_hash(token)}' where id = {letter.id}")
    stranger.get(f"/verify/{token}")
    assert "Sealed with a certificate" not in stranger.text
    forged = sealing.seal(on_disk(real_pdf()), on_disk(key("คนอื่น")), WORD)["sealed"]
    file = (io.BytesIO(forged), f"1{certificate.ENDING}")
    staged = clerk.post("/uploads/", {"file": file}, content_type="multipart/form-data").json["id"]
    clerk.submit(f"/saraban/outgoing/{letter.id}/files", files=str(staged))
    stranger.get(f"/verify/{token}")
    assert "คนอื่น" not in stranger.text
    seal(director, draft, key())
    stranger.get(f"/verify/{token}?locale=en")
    assert "ผอ.สมมติ" in stranger.text
