"""Small files that are made to hurt whoever reads them."""

from __future__ import annotations

import io
import zipfile
import zlib

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
WORD_STYLES = (
    f'<w:styles {W}><w:style w:type="paragraph" w:styleId="K"><w:name w:val="Khet Text"/></w:style></w:styles>'
)


def pdf(
    media: str = "0 0 595 842", content: bytes = b"", forms: dict[str, bytes] | None = None, count: int = 1
) -> bytes:
    """A PDF of one page, without a table of its objects: readers find them by themselves."""
    names = " ".join(f"/{name} {number} 0 R" for number, name in enumerate(forms or {}, start=10))
    parts = [
        b"1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj",
        b"2 0 obj <</Type/Pages/Kids[3 0 R]/Count %d>> endobj" % count,
        f"3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[{media}]/Contents 4 0 R/Resources<</XObject<<{names}>>>>>> endobj".encode(),
        _stream(4, b"", content),
    ]  # fmt: skip
    for number, body in enumerate((forms or {}).values(), start=10):
        facts = f"/Type/XObject/Subtype/Form/BBox[0 0 600 850]/Resources<</XObject<<{names}>>>>".encode()
        parts.append(_stream(number, facts, body))
    return b"%PDF-1.7\n" + b"\n".join(parts) + b"\ntrailer <</Root 1 0 R>>\n%%EOF"


def _stream(number: int, facts: bytes, body: bytes) -> bytes:
    packed = zlib.compress(body)
    return b"%d 0 obj <<%s/Filter/FlateDecode/Length %d>> stream\n%s\nendstream endobj" % (
        number, facts, len(packed), packed,
    )  # fmt: skip


def endless_pdf() -> bytes:
    """Drawings within drawings, ten of each: there is no end to them."""
    inner = {f"F{n}": f"/F{n + 1} Do ".encode() * 10 for n in range(9)}
    return pdf(content=b"/F0 Do", forms={**inner, "F9": b"0 0 m 600 850 l S " * 50})


def office(member: str, content: bytes, **more: bytes) -> bytes:
    """A document of Office with this entry."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in {member: content, **more}.items():
            archive.writestr(name, body)
    return file.getvalue()


def docx(body: str, head: str = "") -> bytes:
    """A Word document with this body."""
    text = f"{head}<w:document {W}><w:body>{body}</w:body></w:document>"
    return office("word/document.xml", text.encode(), **{"word/styles.xml": WORD_STYLES.encode()})


PDFS = {
    "a page of 5 m": pdf("0 0 14400 14400"),
    "a page of 10 m": pdf("0 0 30000 30000"),
    "a page without width": pdf("0 0 0.001 14400"),
    "a page that is nowhere": pdf("1e30 0 -1e30 nan"),
    "a billion pages": pdf(count=1_000_000_000),
    "drawings without end": endless_pdf(),
    "a drawing of itself": pdf(content=b"/F Do", forms={"F": b"/F Do /F Do"}),
    "words without end": pdf(content=b"BT (" + b"a" * 20_000_000 + b") Tj ET"),
    "brackets": pdf(content=b"[" * 1_000_000),
    "lists in lists": b"%PDF-1.7\n1 0 obj " + b"[" * 300_000,
    "pages of themselves": b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]"
    b"/Count 2>>endobj\ntrailer<</Root 1 0 R>>",
    "nothing": b"%PDF-1.7",
}  # fmt: skip
DOCX = {
    "a hundred thousand paragraphs": docx("<w:p/>" * 100_000),
    "paragraphs in paragraphs": docx("<w:p>" * 15_000),
    "entities": docx(
        "<w:p><w:r><w:t>&b;</w:t></w:r></w:p>", '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;">]>'
    ),
    "a bomb": docx("<w:p><w:r><w:t>" + "a" * 60_000_000 + "</w:t></w:r></w:p>"),
    "cut off": docx("<w:p><w:r><w:t>a</w:t>")[:-200],
    "no XML": office("word/document.xml", b"\xff\xfe\x00"),
    "many parts": office("word/document.xml", b"<a/>", **{f"x{n}": b"" for n in range(6_000)}),
    "attributes": docx("<w:p " + " ".join(f'a{n}="1"' for n in range(20_000)) + "/>"),
}
