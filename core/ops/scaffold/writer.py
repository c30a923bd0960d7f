"""Writes a new plugin: one table, its register page, its right and role, its migration and its tests.

Built-ins go to plugins/NAME and tests/plugins/NAME; a guest is a package of its own with an entry point.
"""

from __future__ import annotations

import keyword
import re
import shutil
from pathlib import Path
from string import Template

from core.base.config import ConfigError
from core.ops import catalogue
from core.ops.scaffold.formatting import formatted
from core.plugins.registry import Registry
from core.storage.base import Model

TEMPLATES = Path(__file__).parent / "templates"
#: Thai of the skeleton's own words
THAI = {
    "Mark as done": "ทำเครื่องหมายว่าเสร็จ",
    "Press n for a new one; it waits in the list until it is done.": "กด n เพื่อเพิ่ม รายการจะรออยู่จนกว่าจะเสร็จ",
}
REGISTRY = Path("core/plugins/registry.py")


def write(name: str, into: Path, *, guest: bool = False, thai: str = "") -> list[Path]:
    """Write plugin `name` below `into` (the project's root, or a folder for a guest); returns the files.

    `thai`: the title as the office says it; without it the title stays untranslated, and check.py or the guest's own
    tests name it. Everything is checked before anything is written, and a disk that fails midway keeps nothing: the
    second try works. Raises ConfigError for a name that is no plain lower-case word or is taken, for Thai without
    Thai letters, and where files of that plugin are there already.
    """
    package = f"khet_{name}" if guest else f"plugins.{name}"
    words = {"name": name, "package": package, "Class": "".join(part.title() for part in name.split("_"))}
    words["Title"] = name.replace("_", " ").capitalize()
    _refuse(words, thai)
    top = into / f"khet-{name}" if guest else into
    folder = top / package.replace(".", "/")
    tests = top / "tests" if guest else top / "tests" / "plugins" / name
    if standing := next((place for place in (top if guest else folder, folder, tests) if place.exists()), None):
        raise ConfigError(f"{standing} is there already.")

    places = {"plugin": folder, "tests": tests, **({"guest": top} if guest else {"built_in": tests})}
    files = {}
    for part, place in places.items():
        for source in sorted((TEMPLATES / part).glob("**/*.tmpl")):
            target = place / source.relative_to(TEMPLATES / part).with_suffix("")
            files[target] = Template(source.read_text(encoding="utf-8")).substitute(words)
    registry = into / REGISTRY
    listed = "" if guest else _registered(registry, package)

    try:
        for file, text in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        formatted(*files)
        if listed:
            registry.write_text(listed, encoding="utf-8")
    except OSError:
        for place in [top] if guest else [folder, tests]:
            shutil.rmtree(place, ignore_errors=True)
        raise
    catalogue.rewrite({**THAI, **({words["Title"]: thai} if thai else {})}, folder if guest else catalogue.ROOT)
    return list(files)


def _refuse(words: dict[str, str], thai: str) -> None:
    """Raise ConfigError for what cannot become a plugin beside those that are installed."""
    name = words["name"]
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", name) or keyword.iskeyword(name):
        raise ConfigError("A plugin's name is a word of a–z, 0–9 and _, beginning with a letter.")
    registry = Registry()
    views = [view for _plugin, made in registry.each("khet_views") for view in made]
    taken = name in registry.manifests or f"{name}_item" in Model.metadata.tables
    if taken or any(view.__name__ == f"{words['Class']}View" or view.route_base == f"/{name}" for view in views):
        raise ConfigError(f"Khet has a module, a page or a table called {name} already: choose another name.")
    if not thai:
        return
    if not re.search("[ก-๙]", thai):
        raise ConfigError(f"{thai!r} is not Thai: leave it out until somebody knows the office's word.")
    known = catalogue.read().get(words["Title"])
    if known and known.string and known.string != thai:
        raise ConfigError(f"Khet says {known.string} for {words['Title']!r} already: choose another name.")


def _registered(registry: Path, package: str) -> str:
    """The registry's text with the built-in on the last line of the tuple.

    Raises ConfigError where there is no such tuple.
    """
    text = registry.read_text(encoding="utf-8")
    changed = re.sub(r"^(BUNDLED = \(\n(?: {4}.*,\n)*)\)$", rf'\1    "{package}.plugin",\n)', text, flags=re.MULTILINE)
    if changed == text:
        raise ConfigError(f"{registry} has no BUNDLED tuple with a line for each plugin.")
    return changed
