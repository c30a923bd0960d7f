"""Writes a new plugin: one table, its register page, its right and role, its migration and its tests.

Built-ins go to plugins/NAME and tests/plugins/NAME; a guest is a package of its own with an entry point.
"""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template

from core import catalogue
from core.config import ConfigError

TEMPLATES = Path(__file__).parent / "templates"
#: Thai of the skeleton's own words
THAI = {
    "Due on": "กำหนดส่ง",
    "Mark as done": "ทำเครื่องหมายว่าเสร็จ",
    "Press n for a new one; it waits in the list until it is done.": "กด n เพื่อเพิ่ม รายการจะรออยู่จนกว่าจะเสร็จ",
}
REGISTRY = Path("core/plugins/registry.py")


def write(name: str, into: Path, *, guest: bool = False) -> list[Path]:
    """Write plugin `name` below `into` (the project's root, or a folder for a guest); returns the files.

    Raises ConfigError for a name that is no plain lower-case word, or a plugin that is there already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", name) or keyword.iskeyword(name):
        raise ConfigError("A plugin's name is a word of a–z, 0–9 and _, beginning with a letter.")
    package = f"khet_{name}" if guest else f"plugins.{name}"
    folder = into / (f"khet-{name}" if guest else ".") / package.replace(".", "/")
    if folder.exists():
        raise ConfigError(f"{folder} is there already.")
    words = {"name": name, "package": package, "Class": "".join(part.title() for part in name.split("_"))}
    words["Title"] = name.replace("_", " ").capitalize()
    written = []
    for source in sorted(TEMPLATES.glob("plugin/**/*.tmpl")):
        relative = source.relative_to(TEMPLATES / "plugin").with_suffix("")
        written.append(_write(source, folder / relative, words))
    tests = folder.parent / "tests" if guest else into / "tests" / "plugins" / name
    written.append(_write(TEMPLATES / "test_plugin.py.tmpl", tests / f"test_{name}.py", words))
    if guest:
        written.append(_write(TEMPLATES / "pyproject.toml.tmpl", folder.parent / "pyproject.toml", words))
    else:
        (tests / "__init__.py").touch()
        written.append(_write(TEMPLATES / "probes.py.tmpl", tests / "probes.py", words))
        _register(into / REGISTRY, package)
        # Until somebody finds the office's word, the Thai screen shows the plugin's own name.
        catalogue.rewrite({words["Title"]: words["Title"], **THAI})
    return written


def _write(source: Path, target: Path, words: dict[str, str]) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(Template(source.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
    return target


def _register(registry: Path, package: str) -> None:
    """Name the built-in in the one literal tuple."""
    text = registry.read_text(encoding="utf-8")
    changed = re.sub(r"^(BUNDLED = \(.*)\)$", rf'\1, "{package}.plugin")', text, count=1, flags=re.MULTILINE)
    if changed == text:
        raise ConfigError(f"{registry} has no BUNDLED tuple on one line; add {package}.plugin by hand.")
    registry.write_text(changed, encoding="utf-8")
