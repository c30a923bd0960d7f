"""The translation catalogues: gather the texts of the code and check that Thai has them all.

`python -m core.ops.catalogue` rewrites translations/th/LC_MESSAGES/messages.po and .mo; new texts then stand
there empty, and a test fails until somebody translates them. With the folder of a guest's package it rewrites the
guest's own, which holds what Khet has no Thai for. `--reused FOLDER` lists texts whose Thai somebody else found.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
#: where a catalogue lies in Khet's folder and in a guest's package
PLACE = Path("translations") / "th" / "LC_MESSAGES"
FOLDER = ROOT / PLACE
#: texts of Flask-AppBuilder and WTForms, which ship no Thai; one per line
FOREIGN = ROOT / "translations" / "foreign.txt"
#: what an office writes in Latin letters; any other Thai has Thai letters
LATIN = frozenset({"LINE", "OpenID", "PDF", "S.D.", "Smart area", "Word", "n"})

_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_OPTIONS = {"**/templates/**.html": {"extensions": "jinja2.ext.do", "silent": "false"}}
_KEYWORDS: dict[str, Any] = {
    "_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2), "lazy_pgettext": ((1, "c"), 2),
}  # fmt: skip

#: a text and its context; empty but for `pgettext`, where one English word has two meanings
Text = tuple[str, str]


def texts(*folders: Path) -> list[Text]:
    """(text, context) of everything in the code of `folders`, sorted; without one Khet's own and the foreign list."""
    own = [(line, "") for line in FOREIGN.read_text(encoding="utf-8").splitlines() if line] if not folders else []
    found = set(own)
    for folder in folders or (ROOT / "core", ROOT / "plugins"):
        for _file, _line, message, _comments, context in extract_from_dir(str(folder), _METHODS, _OPTIONS, _KEYWORDS):
            found.add((message if isinstance(message, str) else message[0], context or ""))
        found |= set(_inside_f_strings(folder))
    return sorted(found)


def _inside_f_strings(folder: Path) -> Iterator[Text]:
    """Texts that stand in an f-string, which Babel takes for one token on Python 3.11 and passes over."""
    for path in folder.rglob("*.py"):
        for outer in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for node in ast.walk(outer) if isinstance(outer, ast.JoinedStr) else ():
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _KEYWORDS:
                    said = [one.value for one in node.args if isinstance(one, ast.Constant)]
                    if "pgettext" in node.func.id and len(said) > 1:
                        yield str(said[1]), str(said[0])
                    elif said and isinstance(said[0], str):
                        yield said[0], ""


def read(package: Path = ROOT) -> Catalog:
    """The Thai catalogue as it lies in Khet's folder, or in a guest's; empty where there is none."""
    file = package / PLACE / "messages.po"
    if not file.exists():
        return Catalog(locale="th")
    with file.open("rb") as opened:
        return read_po(opened, locale="th")


def key_of(message: Message) -> Text:
    """A catalogue's message as (text, context)."""
    return str(message.id if isinstance(message.id, str) else message.id[0]), message.context or ""


def _thai(catalogue: Catalog, text: Text) -> str:
    """The Thai of a text; nothing where there is none, or where English stands in its place."""
    known = catalogue.get(text[0], text[1] or None)
    said = str(known.string) if known and known.string else ""
    return said if re.search("[ก-๙]", said) or text[0] in LATIN or not re.search("[A-Za-z]{2}", said) else ""


def _own(package: Path) -> list[Text]:
    """Texts that must stand in this folder's catalogue: a guest uses Khet's Thai where Khet has it."""
    if package == ROOT:
        return texts()
    khet = read()
    return [text for text in texts(package) if not _thai(khet, text)]


def missing(package: Path = ROOT) -> list[str]:
    """Texts of Khet, or of a guest's package, without a Thai translation."""
    return _without_thai(read(package), _own(package))


def _without_thai(catalogue: Catalog, wanted: list[Text]) -> list[str]:
    return [text[0] for text in wanted if not _thai(catalogue, text)]


def reused(folder: Path) -> list[tuple[str, str, list[str]]]:
    """(text, its Thai, which other modules say it) of what `folder` shares with others, those of few modules first.

    The Thai was found for the others' meaning: where it is not meant here, `pgettext("module", "text")` gets its own.
    """
    khet = read()
    others = [
        place
        for place in (*(ROOT / "core").iterdir(), *(ROOT / "plugins").iterdir())
        if place.is_dir() and place != folder.resolve() and place.name != "__pycache__"
    ]
    said_by = {place.name: set(texts(place)) for place in others}
    shared = [
        (text[0], _thai(khet, text), [name for name, said in said_by.items() if text in said])
        for text in texts(folder)
        if not text[1]
    ]
    return sorted((one for one in shared if one[2]), key=lambda one: (len(one[2]), one[0]))


def rewrite(more: dict[str, str] | None = None, package: Path = ROOT) -> list[str]:
    """Bring the catalogue of Khet, or of a guest's package, in step with the code; returns what is untranslated.

    `more` gives Thai for new texts (new-plugin's own words).
    """
    old = read(package)
    new = Catalog(locale="th", project="Khet", fuzzy=False)
    new.header_comment = "# Thai texts of Khet. Rewritten by `python -m core.ops.catalogue`."
    own = _own(package)
    for text, context in own:
        known = old.get(text, context or None)
        kept = known.string if known else ""
        new.add(text, kept or (more or {}).get(text, ""), context=context or None)
    new.creation_date = new.revision_date = old.creation_date
    folder = package / PLACE
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "messages.po").open("wb") as file:
        write_po(file, new, width=110, sort_output=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, new)
    return _without_thai(new, own)


def main(*words: str) -> int:
    """What `python -m core.ops.catalogue` does; the exit status."""
    if words[:1] == ("--reused",):
        for text, thai, modules in reused(Path(words[1])):
            print(f"{text}  =  {thai}  ({', '.join(modules)})")
        return 0
    untranslated = rewrite(package=Path(words[0]).resolve() if words else ROOT)
    print("\n".join(untranslated) or "Every text has its Thai.")
    return bool(untranslated)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
