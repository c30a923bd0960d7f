"""Breaks Thai text into lines at words, by the widths of the very font that prints it.

Thai has no spaces between words, and the typesetter's own guess breaks inside them; so lines are made here, with a
dictionary (words_th.txt) and the font's advances, and handed over as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from core.base.text import thai

if TYPE_CHECKING:
    import uharfbuzz as hb

HERE = Path(__file__).resolve().parent
FONTS = HERE / "fonts"
FAMILY = "Khet Sarabun"
REGULAR, BOLD = "Regular", "Bold"
_DICTIONARY = "khet"
_turn = Lock()
#: what belongs on one line: a date, a year with its era, เขต 1, ข้อ 5, a name with its title
_MONTHS = "|".join(re.escape(name) for name in (*thai.MONTHS, *thai.SHORT_MONTHS))
_TOGETHER = re.compile(
    rf"(?:วันที่ )?[0-9๐-๙]{{1,2}} (?:{_MONTHS})(?: (?:พ\.ศ\. )?[0-9๐-๙]{{2,4}})?|พ\.ศ\. ?[0-9๐-๙]{{4}}"
    r"|(?:เขต|ข้อ|ที่|ฉบับที่|ครั้งที่|มาตรา|ว) [0-9๐-๙]+(?:/[0-9๐-๙]+)?"
    r"|[0-9๐-๙][0-9๐-๙,.:/-]*[0-9๐-๙]|[A-Za-z0-9_@./:+-]+"
)
#: never at the beginning of a line, never at its end
_CLOSING, _OPENING = frozenset(")]}ๆฯ,.;:!?%”’»"), frozenset("([{“‘«")
#: what no typesetter draws: line breaks, joiners, which form of a sign is meant
_UNSEEN = frozenset("\n\r\t\u200b\u200c\u200d\u2060\ufe0e\ufe0f\ufeff")
#: letters that are looked at in one piece, and of which a width is kept
_PIECE = 300
_RUNS = re.compile(rf"\s+|\S{{1,{_PIECE}}}")
#: letters that may be read in more than one way before the breaker takes too long for them; no Thai that people write
#: has as many ("การทดสอบทางการศึกษา…" has 35)
_UNSURE = 40
#: what a letter costs that belongs to no word, in words
_NO_WORD = 5
#: texts that are remembered are no longer than what a list or a form repeats
_REMEMBERED = 1000
_MARKS = re.compile("[\u0e31\u0e33-\u0e3a\u0e47-\u0e4e]")


def _segmenter() -> Callable[[str, str], list[str]]:
    """The word breaker with its dictionary (about 20 MB), loaded when it is first needed: once, whoever prints then."""
    with _turn:
        return _loaded()


@lru_cache(maxsize=1)
def _loaded() -> Callable[[str, str], list[str]]:
    import nlpo3

    said, loaded = nlpo3.load_dict(str(HERE / "words_th.txt"), _DICTIONARY)
    if not loaded:
        raise RuntimeError(said)
    return nlpo3.segment


@lru_cache(maxsize=1)
def _dictionary() -> tuple[frozenset[str], dict[str, tuple[int, ...]]]:
    """The words, and how long those are that begin with two letters."""
    known = frozenset((HERE / "words_th.txt").read_text(encoding="utf-8").split())
    lengths: dict[str, set[int]] = {}
    for word in known:
        lengths.setdefault(word[:2], set()).add(len(word))
    return known, {begins: tuple(sorted(some)) for begins, some in lengths.items()}


@lru_cache(maxsize=2)
def _font(weight: str) -> tuple[hb.Font, int]:
    import uharfbuzz as hb  # loaded when the first paper is set: a server that prints nothing does without it

    face = hb.Face(hb.Blob.from_file_path(str(FONTS / f"KhetSarabun-{weight}.ttf")))
    return hb.Font(face), face.upem


def unprintable(text: str) -> str:
    """The letters of `text` that the papers' typeface does not have, each once: 😀, 中. Line breaks are no letters."""
    font, _upem = _font(REGULAR)
    letters = dict.fromkeys(c for c in text if c not in _UNSEEN)
    return "".join(c for c in letters if font.get_nominal_glyph(ord(c)) is None)


@lru_cache(maxsize=50_000)
def width(text: str, weight: str = REGULAR) -> float:
    """How wide `text` is set, in em."""
    import uharfbuzz as hb

    font, upem = _font(weight)
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    hb.shape(font, buffer)
    return sum(place.x_advance for place in buffer.glyph_positions) / upem


def words(text: str) -> tuple[str, ...]:
    """The pieces of a text between which a line may end; joined they are the text."""
    return _remembered(text) if len(text) <= _REMEMBERED else _words(text)


@lru_cache(maxsize=20_000)
def _remembered(text: str) -> tuple[str, ...]:
    return _words(text)


def _words(text: str) -> tuple[str, ...]:
    found: list[str] = []
    place = 0
    for kept in _TOGETHER.finditer(text):
        found += _segments(text[place : kept.start()])
        found += _RUNS.findall(kept.group()) if len(kept.group()) > _PIECE else [kept.group()]
        place = kept.end()
    found += _segments(text[place:])
    glued: list[str] = []
    for piece in found:
        opens = glued and glued[-1][-1] in _OPENING
        held = glued and len(glued[-1]) < _PIECE and not piece.isspace()
        if held and (opens or piece[0] in _CLOSING or _MARKS.match(piece)):
            glued[-1] += piece
        else:
            glued.append(piece)
    return tuple(glued)


def _segments(text: str) -> list[str]:
    """Words and spaces. The dictionary sees one run between spaces at a time, and none that it would take long for: its
    time grows with the square of the letters that can be read in more ways than one ("ออกรบออกรบ…"), and no other
    thread runs meanwhile. Its own safe mode repeats parts of a text and must not be used."""
    found: list[str] = []
    for run in _RUNS.findall(text):
        if run.isspace():
            found.append(run)
            continue
        fewest, unsure = _fewest(run) if len(run) > _UNSURE else ([], 0)
        found += fewest if unsure > _UNSURE else _segmenter()(run, _DICTIONARY)
    return found


def _fewest(run: str) -> tuple[list[str], int]:
    """The fewest words of the dictionary that a run can be read as, and how many letters of it at most lie between two
    places where a word ends in whatever way it is read."""
    known, lengths = _dictionary()
    cost: list[int | None] = [0, *[None] * len(run)]
    came, reached, sure, unsure = [0] * len(cost), 0, 0, 0
    for place in range(len(run)):
        so_far = cost[place]
        if so_far is None:
            continue
        if place >= reached:
            unsure, sure = max(unsure, place - sure), place
        ends = [end for end in (place + length for length in lengths.get(run[place : place + 2], ()))
                if end < len(cost) and run[place:end] in known]  # fmt: skip
        for end in ends or [place + 1]:
            reached, total = max(reached, end), so_far + (1 if ends else _NO_WORD)
            if (before := cost[end]) is None or total < before:
                cost[end], came[end] = total, place
    found, end = [], len(run)
    while end:
        found.append(run[came[end] : end])
        end = came[end]
    return found[::-1], max(unsure, len(run) - sure)


def lines(text: str, room: float, size: float, weight: str = REGULAR, indent: float = 0.0) -> list[str]:
    """`text` as lines of at most `room` points at `size` points; the first of each paragraph is `indent` shorter.

    A word wider than the room is broken where it must. Empty text is no line.
    """
    found: list[str] = []
    for paragraph in thai.clean(text).split("\n"):
        found += _paragraph(paragraph, room * 0.996, size, weight, indent)
    return found if any(found) else []


def _paragraph(text: str, room: float, size: float, weight: str, indent: float) -> list[str]:
    found: list[str] = []
    line, used, free = "", 0.0, room - indent
    for word in words(text):
        needs = width(word, weight) * size
        if word.isspace() and not line:
            continue
        if line and used + needs > free and not word.isspace():
            found.append(line.rstrip())
            line, used, free = "", 0.0, room
        while needs > free and not line:
            head, word = _cut(word, free, size, weight)
            if not word:
                word = head
                break
            found.append(head)
            needs, free = width(word, weight) * size, room
        line, used = line + word, used + needs
    if line.strip() or not found:
        found.append(line.rstrip())
    return found


def _cut(word: str, free: float, size: float, weight: str) -> tuple[str, str]:
    """The longest beginning that fits, at least one letter with its marks, and the rest."""
    end, over = 1, len(word)
    while over - end > 1:
        middle = (end + over) // 2
        end, over = (middle, over) if width(word[:middle], weight) * size <= free else (end, middle)
    while end > 1 and _MARKS.match(word[end]):
        end -= 1
    while end < len(word) and _MARKS.match(word[end]):
        end += 1
    return word[:end], word[end:]
