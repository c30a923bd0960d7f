"""A draft for Word and back: the words go out with Thai set right, and only the text comes back."""

from __future__ import annotations

import io
from copy import deepcopy
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from core.base.errors import RuleError
from core.base.text.thai import clean, format_date, thai_digits
from core.platform import sandbox
from core.platform.documents import docx
from plugins.saraban import kinds
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import OutgoingLetter

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FONT, SIZE = "TH SarabunPSK", 16
#: the style of the paragraphs that come back as the text
BODY = "Khet Text"


def _thai(style: Any, *, bold: bool = False) -> None:
    """Font and size for Thai too: Word takes those of complex scripts from other attributes."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    style.font.name, style.font.size = FONT, Pt(SIZE)
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for name in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{name}"), FONT)
    for tag, value in (("w:szCs", str(SIZE * 2)), ("w:lang", None)):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
        element = properties.makeelement(qn(tag), {})
        if value:
            element.set(qn("w:val"), value)
        else:
            element.set(qn("w:val"), "en-US")
            element.set(qn("w:bidi"), "th-TH")
        properties.append(element)


def write(draft: Draft, letter: OutgoingLetter | None = None) -> bytes:
    """The draft as a Word document, with number and date once it has them; the official PDF is Khet's own."""
    from docx import Document  # a fifth of a second that a start need not wait for
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm
    from docx.text.paragraph import Paragraph

    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin, page.right_margin, page.top_margin, page.bottom_margin = Cm(3), Cm(2), Cm(1.5), Cm(2)
    _thai(document.styles["Normal"])
    body = document.styles.add_style(BODY, 1)
    body.base_style = document.styles["Normal"]
    _thai(body)
    content = draft.content
    if words := kinds.BY_KEY[draft.kind].words:
        document.add_paragraph(words).alignment = WD_ALIGN_PARAGRAPH.CENTER
    if letter is not None:
        style = "order" if kinds.BY_KEY[draft.kind].dated else "letter"
        document.add_paragraph(f"ที่  {thai_digits(letter.doc_no)}")
        document.add_paragraph(thai_digits(format_date(letter.doc_date, style))).alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph(f"เรื่อง  {draft.subject}")
    if content.get("recipient"):
        document.add_paragraph(f"{content.get('salutation') or 'เรียน'}  {content['recipient']}")
    for label, name in (("อ้างถึง", "reference"), ("สิ่งที่ส่งมาด้วย", "enclosures")):
        if content.get(name):
            document.add_paragraph(f"{label}  {content[name]}")
    first, *others = (content.get("body") or "").split("\n")
    last = document.add_paragraph(first, style=BODY)
    last.paragraph_format.first_line_indent = Cm(2.5)
    last.alignment = WD_ALIGN_PARAGRAPH.THAI_JUSTIFY
    for text in others:  # beside the last one: to add a paragraph at the end walks over all of them
        one = Paragraph(deepcopy(last._p), last._parent)
        one.text = text
        last._p.addnext(one._p)
        last = one
    for text in (
        content.get("closing"),
        "",
        content.get("signer") and f"({content['signer']})",
        content.get("position"),
    ):
        if text is not None:
            document.add_paragraph(text).alignment = WD_ALIGN_PARAGRAPH.CENTER
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def read(path: Path) -> str:
    """The text of a document that Khet gave out and somebody wrote on. Raises RuleError (field files)."""
    said = sandbox.call(sandbox.FORM, docx.texts, path, BODY)
    if not any(text.strip() for text in said):
        raise RuleError(
            _("Take the document that Khet gave you, and leave the style of its text as it is."), field="files"
        )
    return clean("\n".join(said))
