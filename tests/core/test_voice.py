"""One voice: the words of docs/words.md, and none of those that it rules out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
WORDS = (ROOT / "docs" / "words.md").read_text(encoding="utf-8")
#: what a person reads besides the catalogues: templates, bundled pages and scripts, and what new-plugin writes
READ = (
    "core/**/*.html",
    "plugins/**/*.html",
    "docs/**/*.html",
    "core/web/static/khet/*.js",
    "plugins/**/*.js",
    "core/**/*.tmpl",
)
#: where catalogues lie; the folder of an environment may lie beside them, with catalogues of other projects
CATALOGUES = ("translations/**/*.po", "plugins/**/*.po", "docs/**/*.po")
PLACEHOLDER = re.compile(r"(%\(\w+\)s)(?=[ก-ฮเ-ไ])|(?<=[ก-๙])(%\(\w+\)s)")


def never() -> list[str]:
    rows = re.findall(r"^\| (?!Thai|---).*\| (.*?) ?\|$", WORDS, re.MULTILINE)
    return [word for cell in rows for word in cell.split(", ") if word]


def harmless() -> list[str]:
    return WORDS.rpartition(": ")[2].strip().split(", ")


def ruled_out(text: str) -> list[str]:
    for word in harmless():
        text = text.replace(word, "")
    return [word for word in never() if word in text]


def said() -> Iterator[tuple[str, str]]:
    """(where, Thai) of everything in Khet's catalogue and those of its guests."""
    for file in (file for pattern in CATALOGUES for file in sorted(ROOT.glob(pattern))):
        with file.open("rb") as opened:
            for message in read_po(opened):
                forms = message.string if isinstance(message.string, tuple) else (message.string,)
                yield from ((str(message.id), str(one)) for one in forms if message.id)


def test_no_text_uses_a_word_that_the_list_of_words_rules_out():
    assert len(never()) > 25
    assert {where: found for where, text in said() if (found := ruled_out(text))} == {}
    files = [file for pattern in READ for file in ROOT.glob(pattern)]
    assert len(files) > 60
    read = {str(file.relative_to(ROOT)): ruled_out(file.read_text(encoding="utf-8")) for file in files}
    assert {where: found for where, found in read.items() if found} == {}


def test_what_waits_for_one_is_named_so_as_the_name_of_its_list_alone():
    assert [where for where, text in said() if "รอฉัน" in text] == ["Waiting for me"]


def test_a_name_that_is_put_into_a_sentence_stands_apart_from_its_words():
    """“สมชายมอบขั้นตอน”: where a name ends nobody sees, since Thai has no spaces between words."""
    assert {where: text for where, text in said() if PLACEHOLDER.search(text)} == {}


def test_the_list_of_words_would_notice():
    assert ruled_out("ไม่มีงานรอท่าน") == ["ท่าน", "รอท่าน"]
    assert ruled_out("เลือกไฟล์เท่านั้น ขอบคุณ งานที่รอฉัน มาตรฐานคุณภาพ") == []
