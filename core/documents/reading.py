"""The words of a file, for search: a PDF's own text, a Word document's, or what OCR makes of a scan.

Reading happens in a child process whose memory and time are watched: files come from anywhere. OCR is Tesseract from
the system's packages with its Thai model; where it is missing, scans stay unread and `ocr_missing` says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from core.imports.reader import watched
from core.text.thai import clean

MOST_PAGES, MOST_OCR_PAGES = 200, 10
LONGEST = 50_000
#: pixels per point: as `pages` found it to be read best
SCALE = 120 / 72


def ocr_missing() -> bool:
    """Whether scans cannot be read on this machine."""
    return shutil.which("tesseract") is None


def words(path: Path, content_type: str) -> str:
    """The text of a file, at most LONGEST characters; empty where there is none, or where it cannot be read."""
    said = watched("core.documents.reading", str(path.resolve()), content_type)
    return clean(said.decode("utf-8", "replace"))[:LONGEST] if said is not None else ""


def _of_pdf(path: Path) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    found = [document[n].get_textpage().get_text_range() for n in range(min(len(document), MOST_PAGES))]
    text = "\n".join(found)
    if text.strip() or ocr_missing():
        return text
    pages = range(min(len(document), MOST_OCR_PAGES))
    return "\n".join(_ocr(document[n].render(scale=SCALE, grayscale=True)) for n in pages)


def _ocr(bitmap: Any) -> str:
    """What Tesseract reads on a page that goes in as a plain grey map."""
    grey, wide, high, stride = bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride
    rows = b"".join(grey[row * stride : row * stride + wide] for row in range(high))
    return ocr(b"P5 %d %d 255\n" % (wide, high) + rows)


def ocr(picture: bytes) -> str:
    """What Tesseract reads on a picture (PNG, JPEG, TIFF, PGM); empty where it fails."""
    command = ["tesseract", "stdin", "stdout", "-l", "tha+eng"]
    # one thread: a page's lines are too short for more, which only wait for each other
    alone = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(command, input=picture, capture_output=True, check=False, timeout=60, env=alone)  # noqa: S603
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _of_word(path: Path) -> str:
    from docx import Document

    return "\n".join(one.text for one in Document(str(path)).paragraphs)


def main(path: Path, content_type: str) -> str:
    """In the child: the text of one file."""
    if content_type == "application/pdf":
        return _of_pdf(path)
    if content_type.endswith("wordprocessingml.document"):
        return _of_word(path)
    if content_type in ("image/png", "image/jpeg", "image/tiff") and not ocr_missing():
        return ocr(path.read_bytes())
    return ""


if __name__ == "__main__":
    sys.stdout.buffer.write(main(Path(sys.argv[1]), sys.argv[2])[:LONGEST].encode())
