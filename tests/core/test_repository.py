"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import hashlib
import re
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import flask_appbuilder
import grimp
import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from core.ops import catalogue
from core.ops.application import ROOT
from core.plugins.registry import Registry
from tests.module_check import icons_in
from tests.rules_out import RULES

SOURCES = sorted(p for folder in ("core", "plugins") for p in (ROOT / folder).rglob("*.py"))
ICONS = "core/web/static/vendor/bootstrap-icons/icons.svg"
SCRIPTS = [*SOURCES, ROOT / "app.py"]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_core_imports_no_plugin():
    guilty = [
        p for p in SOURCES if p.is_relative_to(ROOT / "core") and any(i.split(".")[0] == "plugins" for i in imports(p))
    ]
    assert guilty == []


def test_no_file_imports_in_a_circle():
    """Not within a function either. That folders do not is import-linter's to ask."""
    graph = grimp.build_graph("core", "plugins", cache_dir=None)
    TopologicalSorter({one: graph.find_modules_directly_imported_by(one) for one in graph.modules}).prepare()


def test_a_plugin_imports_core_and_its_depends_only():
    for name, manifest in Registry(guests=False).manifests.items():
        allowed = {name, *manifest.depends}
        for path in (ROOT / "plugins" / name).rglob("*.py"):
            others = {i.split(".")[1] for i in imports(path) if i.startswith("plugins.")}
            assert others <= allowed, f"{path} imports {others - allowed}"


@pytest.mark.parametrize(
    "path",
    [p for p in SOURCES if p.name in ("services.py", "queries.py", "models.py") or p.parent.name in ("work", "models")],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_services_know_no_flask(path):
    """Flask-Babel's gettext is allowed: a broken rule has words. FAB's tables are allowed in models."""
    web = {
        i
        for i in imports(path)
        if re.match(r"flask($|\.)|flask_login|flask_wtf|wtforms|core\.views|core\.web\.(?!models)", i)
    }
    assert web == set()


def test_every_text_of_the_code_is_translated():
    assert catalogue.missing() == []


def test_the_compiled_catalogue_is_current():
    with (catalogue.FOLDER / "messages.mo").open("rb") as file:
        compiled = {catalogue.key_of(m): m.string for m in read_mo(file) if m.id}
    written = {catalogue.key_of(m): m.string for m in catalogue.read() if m.id}
    assert compiled == written, "run: python -m core.ops.catalogue"
    assert set(catalogue.texts()) == written.keys(), "run: python -m core.ops.catalogue"


def test_placeholders_survive_translation():
    for message in catalogue.read():
        if message.id:
            wanted = sorted(re.findall(r"%\(\w+\)s", str(message.id)))
            assert sorted(re.findall(r"%\(\w+\)s", str(message.string))) == wanted, message.id


def test_flask_appbuilder_s_own_texts_are_translated():
    folder = Path(flask_appbuilder.__file__).parent / "translations" / "de" / "LC_MESSAGES"
    with (folder / "messages.po").open("rb") as file:
        theirs = {m.id for m in read_po(file) if m.id}
    ours = catalogue.read()
    assert [text for text in theirs if not (ours.get(text) and ours.get(text).string)] == []


def tracked() -> list[Path]:
    skipped = {".git", ".uv", ".venv", "data", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "build"}
    return [
        p
        for p in ROOT.rglob("*")
        if p.is_file() and not skipped & set(p.relative_to(ROOT).parts) and p.name != "uv.lock"
    ]


def test_no_registry_host_and_no_machine_path_is_named():
    hosts = "|".join(("pypi" + r"\.org", "files" + r"\.pythonhosted", "registry" + r"\.npmjs", "deb" + r"\.debian"))
    folders = "|".join(("work", "root", "home"))
    pattern = re.compile(rf"({hosts})|(^|[\s\"'=(])/({folders})/[a-z]")
    for path in tracked():
        if "vendor" in path.parts or path.suffix in (".woff2", ".mo", ".png"):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not pattern.search(text), f"{path.relative_to(ROOT)}: {pattern.search(text)}"


def test_bundled_files_are_what_their_checksums_say():
    vendor = ROOT / "core/web/static/vendor"
    listed = dict(reversed(line.split("  ./")) for line in (vendor / "SHA256SUMS").read_text().splitlines())
    there = {
        str(p.relative_to(vendor))
        for p in vendor.rglob("*")
        if p.is_file() and p.name not in ("SHA256SUMS", "README.md")
    }
    assert listed.keys() == there
    for name, digest in listed.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest, name


def test_versions_are_pinned_exactly():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    pins += project["tool"]["uv"]["constraint-dependencies"]
    assert [pin for pin in pins if "==" not in pin] == []


def test_a_script_out_of_form_is_named_and_mended(tmp_path):
    import check

    crooked, sheet = tmp_path / "crooked.js", tmp_path / "sheet.css"
    crooked.write_text("const a=()=>{b();return 1}\n// " + "long " * 30 + "\n", encoding="utf-8")
    sheet.write_text(".a{color:red;}\n", encoding="utf-8")
    assert [line.rpartition(": ")[0] for line in check.misshapen([crooked, sheet])] == [
        f"{crooked}: not formatted, say", f"{crooked}:2", f"{sheet}: not formatted, say",
    ]  # fmt: skip
    check.misshapen([crooked, sheet], fix=True)
    assert sheet.read_text(encoding="utf-8") == ".a {\n  color: red;\n}\n"
    assert len(check.misshapen([crooked, sheet])) == 1, "a line that is too wide is broken by whoever wrote it"
    ours = {path.name for path in check.scripts_and_styles()}
    assert {"khet.js", "khet.css"} <= ours
    assert "bootstrap.min.css" not in ours


def test_nothing_posix_only_is_imported():
    posix = {"fcntl", "grp", "pwd", "resource", "termios", "pty", "posix", "syslog"}
    for path in SCRIPTS:
        assert not posix & {i.split(".")[0] for i in imports(path)}, path


def test_templates_hold_no_inline_script_or_style():
    for path in [*ROOT.glob("core/**/*.html"), *ROOT.glob("plugins/**/*.html")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|javascript:|https?://", text), path


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_public_thing_has_a_docstring(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{path} has no docstring"
    if path.parent.name == "versions":
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith(("_", "khet_")):
            assert ast.get_docstring(node), f"{path}: {node.name}"


def test_every_test_that_the_coverage_page_names_is_there():
    page = (ROOT / "docs/coverage.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)
    assert len(named) > 40
    missing = [
        f"{file}::{name}" for file, name in named if f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_every_rule_of_the_coverage_page_can_be_taken_out():
    """`python -m tests.rules_out` takes them out one by one; here: each of them is still where it says."""
    page = (ROOT / "docs/coverage.md").read_text(encoding="utf-8")
    assert {f"{file}::{name}" for file, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page)} == {
        rule.test for rule in RULES
    }
    lost = [rule for rule in RULES if (ROOT / rule.file).read_text(encoding="utf-8").count(rule.text) != 1]
    assert lost == []


def test_every_icon_that_is_named_is_bundled():
    """An icon that is not among the symbols would be an empty square."""
    symbols = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / ICONS).read_text(encoding="utf-8")))
    registry = Registry(guests=False)
    named = {item.icon for _plugin, item in registry.navigation()}
    named |= {manifest.icon for manifest in registry.manifests.values() if manifest.name != "core"}
    for _plugin, views in registry.each("khet_views"):
        named |= {view.icon for view in views if getattr(view, "icon", "")}
    assert named - symbols - {"dot", "box"} == set()
    steps = icons_in(ROOT / "plugins/cooperation/models.py")
    assert "arrow-repeat" in steps, "steps name theirs without a word before it: every module's check sees them"


def test_the_map_of_the_house_names_every_folder_of_core():
    told = (
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Map of the house")[2].partition("\n## ")[0]
    )
    folders = [one for layer in (ROOT / "core").iterdir() if layer.is_dir() for one in (layer, *layer.iterdir())]
    named = {one.name for one in folders if one.is_dir() and (one / "__init__.py").exists() and one.name != "versions"}
    assert len(named) > 30
    assert not {name for name in named if not re.search(rf"\b{name}/", told)}
