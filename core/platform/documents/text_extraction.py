"""The words of a file, for search: a PDF's own text, a Word document's, or what OCR makes of a scan.

Reading happens in a child process whose memory and time are watched: files come from anywhere. OCR is Tesseract from
the system's packages with its Thai model; where it is missing, scans stay unread and `ocr_missing` says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from core.base.text.thai import clean
from core.platform import sandbox
from core.platform.documents import docx, pdf_pages

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PAGES, MOST_OCR_PAGES = 200, 10
LONGEST = 50_000
#: pixels per point: as `pages` found it to be read best
SCALE = 120 / 72


def ocr_missing() -> bool:
    """Whether scans cannot be read on this machine."""
    return shutil.which("tesseract") is None


def words(path: Path, content_type: str) -> str:
    """The text of a file, at most LONGEST characters; empty where there is none. Raises sandbox.Refused."""
    return clean(sandbox.call(sandbox.JOB, child, path, content_type))[:LONGEST]


def _of_pdf(path: Path) -> str:
    document = pdf_pages.pdf(path)
    found: list[str] = []
    for number in range(min(len(document), MOST_PAGES)):
        found.append(pdf_pages.text(pdf_pages.page(document, number))[:LONGEST])
        if sum(map(len, found)) > LONGEST:
            break
    text = "\n".join(found)
    if text.strip() or ocr_missing():
        return text
    pages = range(min(len(document), MOST_OCR_PAGES))
    return "\n".join(_ocr(pdf_pages.drawn(pdf_pages.page(document, n), SCALE, grey=True)) for n in pages)


def _ocr(image: Image) -> str:
    """What Tesseract reads on a page that goes in as a plain grey map."""
    return ocr(b"P5 %d %d 255\n" % image.size + image.tobytes())


def ocr(picture: bytes) -> str:
    """What Tesseract reads on a picture (PNG, JPEG, TIFF, PGM); empty where it fails."""
    command = ["tesseract", "stdin", "stdout", "-l", "tha+eng"]
    # one thread: a page's lines are too short for more, which only wait for each other
    alone = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(command, input=picture, capture_output=True, check=False, timeout=60, env=alone)  # noqa: S603
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def child(path: Path, content_type: str) -> str:
    """In the child: the text of one file."""
    if content_type == "application/pdf":
        return _of_pdf(path)[:LONGEST]
    if content_type.endswith("wordprocessingml.document"):
        return "\n".join(text for _style, text in docx.paragraphs(path))[:LONGEST]
    if content_type in ("image/png", "image/jpeg") and not ocr_missing():
        return _ocr(pdf_pages.picture(path, 3000).convert("L"))[:LONGEST]
    if content_type == "image/tiff" and not ocr_missing():
        return ocr(path.read_bytes())[:LONGEST]
    return ""
