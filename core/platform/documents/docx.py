"""The paragraphs of a Word document, read from front to back. For functions that run in a child process."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from core.platform.sandbox.refusals import Refused

#: members, unpacked bytes of the text and of the styles
MOST_MEMBERS, LARGEST = 5000, 50 * 1024 * 1024
MOST_PARAGRAPHS = 20_000
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main "
#: what stands in a run and is not text
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_PIECE = 256 * 1024


def paragraphs(path: Path) -> Iterator[tuple[str, str]]:
    """(name of its style, text) of each paragraph of the body. Raises Refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MOST_MEMBERS:
                raise Refused("too_large")
            styles = _Styles()
            if "word/styles.xml" in archive.namelist():
                _read(archive, "word/styles.xml", styles)
            body = _Body()
            for _piece in _fed(archive, "word/document.xml", body):
                for style, text in body.next_paragraphs():
                    yield styles.names.get(style, style or styles.default), text
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, NotImplementedError, ValueError) as error:
        raise Refused("unreadable") from error
    except expat.ExpatError as error:
        raise Refused("unreadable") from error
    except RuntimeError as error:
        raise Refused("encrypted") from error


def texts(path: Path, style: str) -> list[str]:
    """The text of the paragraphs of one style. Raises Refused."""
    return [text for name, text in paragraphs(path) if name == style]


def _fed(archive: zipfile.ZipFile, name: str, reader: _Styles | _Body) -> Iterator[None]:
    """Feed a member to a reader, piece by piece."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _declared
    parser.StartElementHandler, parser.EndElementHandler = reader.open, reader.close
    parser.CharacterDataHandler = reader.text
    total = 0
    with archive.open(name) as file:
        while piece := file.read(_PIECE):
            total += len(piece)
            if total > LARGEST:
                raise Refused("too_large")
            parser.Parse(piece)
            yield
    parser.Parse(b"", True)
    yield


def _read(archive: zipfile.ZipFile, name: str, reader: _Styles) -> None:
    for _piece in _fed(archive, name, reader):
        pass


def _declared(*_: object) -> None:
    """No program that writes documents declares entities."""
    raise Refused("unreadable")


class _Styles:
    """Names of paragraph styles by their ids."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.default = ""
        self._id, self._default = "", False

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag begins."""
        if tag == f"{_W}style":
            self._id = attributes.get(f"{_W}styleId", "")
            self._default = (
                attributes.get(f"{_W}default") in ("1", "true") and attributes.get(f"{_W}type") == "paragraph"
            )
        elif tag == f"{_W}name" and self._id:
            self.names[self._id] = attributes.get(f"{_W}val", "")
            if self._default:
                self.default = self.names[self._id]

    def close(self, tag: str) -> None:
        """A tag ends."""
        if tag == f"{_W}style":
            self._id = ""

    def text(self, _said: str) -> None:
        """No text stands in styles."""


class _Body:
    """The paragraphs that are whole."""

    def __init__(self) -> None:
        self._open: list[tuple[str, list[str]]] = []
        self._done: list[tuple[str, str]] = []
        self._in_run = self._in_text = False
        self._count = 0

    def next_paragraphs(self) -> list[tuple[str, str]]:
        """Those since the last time."""
        done, self._done = self._done, []
        return done

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag begins."""
        if not tag.startswith(_W):
            return
        name = tag.removeprefix(_W)
        if name == "p":
            self._count += 1
            if self._count > MOST_PARAGRAPHS:
                raise Refused("too_large")
            self._open.append(("", []))
        elif not self._open:
            return
        elif name == "pStyle":
            self._open[-1] = attributes.get(f"{_W}val", ""), self._open[-1][1]
        elif name == "r":
            self._in_run = True
        elif name == "t":
            self._in_text = True
        elif name in _SIGNS and self._in_run:  # a paragraph's stops for tabs have the same name
            self._open[-1][1].append(_SIGNS[name])

    def close(self, tag: str) -> None:
        """A tag ends."""
        if tag == f"{_W}t":
            self._in_text = False
        elif tag == f"{_W}r":
            self._in_run = False
        elif tag == f"{_W}p" and self._open:
            style, parts = self._open.pop()
            self._done.append((style, "".join(parts)))

    def text(self, said: str) -> None:
        """Characters between tags."""
        if self._in_text and self._open:
            self._open[-1][1].append(said)
