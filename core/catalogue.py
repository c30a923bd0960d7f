"""The translation catalogue: gathers the texts of the code and checks that Thai has them all.

`python -m core.catalogue` rewrites translations/th/LC_MESSAGES/messages.po and .mo; new texts then stand
there empty, and a test fails until somebody translates them.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "translations" / "th" / "LC_MESSAGES"
#: texts of Flask-AppBuilder and WTForms, which ship no Thai; one per line
FOREIGN = ROOT / "translations" / "foreign.txt"

_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_OPTIONS = {"**/templates/**.html": {"extensions": "jinja2.ext.do", "silent": "false"}}
_KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def texts(*folders: str) -> list[str]:
    """Every text in the code of `folders` (default: core and plugins) and in the foreign list, sorted."""
    found = {line for line in FOREIGN.read_text(encoding="utf-8").splitlines() if line}
    for folder in folders or ("core", "plugins"):
        for _file, _line, message, _comments, _context in extract_from_dir(
            str(ROOT / folder), _METHODS, _OPTIONS, _KEYWORDS
        ):
            found.add(message if isinstance(message, str) else message[0])
        found |= _inside_f_strings(ROOT / folder)
    return sorted(found)


def _inside_f_strings(folder: Path) -> set[str]:
    """Texts that stand in an f-string, which Babel takes for one token on Python 3.11 and passes over."""
    found = set()
    for path in folder.rglob("*.py"):
        for outer in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for node in ast.walk(outer) if isinstance(outer, ast.JoinedStr) else ():
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _KEYWORDS:
                    first = node.args[0] if node.args else None
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        found.add(first.value)
    return found


def read() -> Catalog:
    """The Thai catalogue as it is in the repository."""
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file, locale="th")


def missing() -> list[str]:
    """Texts without a Thai translation."""
    catalogue = read()
    return [text for text in texts() if not (catalogue.get(text) and catalogue.get(text).string)]  # type: ignore[union-attr]


def rewrite(more: dict[str, str] | None = None) -> list[str]:
    """Bring the catalogue in step with the code; returns what is still untranslated.

    `more` gives Thai for new texts (new-plugin's own words).
    """
    old = read()
    new = Catalog(locale="th", project="Khet", fuzzy=False)
    new.header_comment = "# Thai texts of Khet. Rewritten by `python -m core.catalogue`."
    for text in texts():
        known = old.get(text)
        kept = known.string if known else ""
        new.add(text, kept or (more or {}).get(text, ""))
    new.creation_date = new.revision_date = old.creation_date
    with (FOLDER / "messages.po").open("wb") as file:
        write_po(file, new, width=110, sort_output=True)
    with (FOLDER / "messages.mo").open("wb") as file:
        write_mo(file, new)
    return missing()


if __name__ == "__main__":
    untranslated = rewrite()
    print("\n".join(untranslated) or "Every text has its Thai.")
    sys.exit(bool(untranslated))
