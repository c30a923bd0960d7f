"""`new-plugin`: a chapter that passes everything on the first try, wherever it stands and however many there are."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.base.config import ConfigError
from core.ops import catalogue
from core.ops.application import ROOT
from core.ops.scaffold import writer
from core.plugins.registry import BUNDLED

LAST = "ledger"
#: writes plugins until there are twenty; the catalogue is brought in step once, at the end
TWENTY = f"""
from pathlib import Path
from core.ops.scaffold import writer
rewrite, thai = writer.catalogue.rewrite, {{}}
writer.catalogue.rewrite = lambda more, package: thai.update(more)
for name in [f"chapter_{{number}}" for number in range({len(BUNDLED) + 2}, 20)] + ["{LAST}"]:
    writer.write(name, Path(), thai="บทที่" if name == "{LAST}" else "บท")
rewrite(thai)
"""


def run(folder: Path, *words: str) -> str:
    """What a command says that must succeed."""
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project, with what the type checker remembers of it and without an installation's data."""
    left_out = shutil.ignore_patterns(
        ".git", ".uv", ".venv", "__pycache__", ".pytest_cache", ".ruff_cache", ".import_linter_cache"
    )

    def ignore(folder: str, names: list[str]) -> set[str]:
        return left_out(folder, names) | ({"data", "build"} if Path(folder) == ROOT else set())

    shutil.copytree(ROOT, tmp_path / "khet", ignore=ignore)
    return tmp_path / "khet"


def test_the_fifth_and_the_twentieth_plugin_pass_everything(copy):
    run(copy, "app.py", "new-plugin", "leave_book", "--thai", "สมุดลา")
    run(copy, "-c", TWENTY)
    assert (copy / "core/plugins/registry.py").read_text(encoding="utf-8").count('.plugin",\n') == 19
    assert f"plugins.{LAST}" in run(copy, "-c", "from core.plugins.registry import BUNDLED; print(BUNDLED[-1])")
    run(copy, "check.py")
    own = [f"tests/plugins/{LAST}", "tests/plugins/leave_book/test_plugin.py"]
    shared = [
        "tests/core/test_repository.py",
        "tests/core/test_plugins.py::test_the_list_of_built_ins_names_each_on_a_line_of_its_own",
    ]
    run(
        copy,
        "-m",
        "pytest",
        "-n",
        "0",
        "-q",
        "-x",
        *own,
        *shared,
        "-k",
        "not postgresql and not every_public_thing and not every_text",
    )


def test_a_guest_passes_everything(tmp_path):
    writer.write("tide", tmp_path, guest=True, thai="น้ำขึ้นน้ำลง")
    top = tmp_path / "khet-tide"
    run(ROOT, "-m", "pytest", "-n", "0", "-q", "-x", "-p", "no:cacheprovider", f"--rootdir={top}",
        "-o", f"pythonpath={top} {ROOT}", str(top), "-k", "not postgresql")  # fmt: skip


def test_the_worked_example_passes_everything():
    """docs/visitor_book, as a guest, by its own tests."""
    top = ROOT / "docs" / "visitor_book"
    run(ROOT, "-m", "pytest", "-n", "0", "-q", "-x", "-p", "no:cacheprovider", f"--rootdir={top}",
        "-o", f"pythonpath={top} {ROOT}", str(top), "-k", "not postgresql")  # fmt: skip


def test_the_worked_example_is_short():
    """A chapter of that size is decisions: its code without the migration that is written by a command."""
    files = (ROOT / "docs/visitor_book/khet_visitor_book").glob("*.py")
    assert sum(code_lines(file.read_text(encoding="utf-8")) for file in files) <= 180


def test_cooperation_is_its_own_decisions():
    """A chapter of a manual in full: what it has in common with others is core's."""
    assert sum(code_lines(source) for source in written_by_hand("cooperation")) < 900


def test_no_plugin_says_again_what_another_has_said():
    """Six lines of code that stand in two plugins are core's to say once; names that are imported are no code."""
    seen: dict[tuple[str, ...], str] = {}
    for plugin in sorted(path.parent.name for path in (ROOT / "plugins").glob("*/plugin.py")):
        for source in written_by_hand(plugin):
            lines = [line for line in code(source, imports=False) if len(line) > 1]
            for block in zip(*(lines[start:] for start in range(6)), strict=False):
                assert seen.setdefault(block, plugin) == plugin, f"{seen[block]} and {plugin}:\n" + "\n".join(block)


def written_by_hand(plugin: str) -> list[str]:
    """The modules of a built-in plugin, without the migrations that a command writes."""
    files = sorted((ROOT / "plugins" / plugin).rglob("*.py"))
    return [file.read_text(encoding="utf-8") for file in files if "migrations" not in file.parts]


def code_lines(source: str) -> int:
    """Lines that are neither empty nor a docstring nor a comment."""
    return len(code(source))


def code(source: str, *, imports: bool = True) -> list[str]:
    """These lines, without their indentation; `imports` among them."""
    texts = {
        number
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str))
        or (isinstance(node, ast.Import | ast.ImportFrom) and not imports)
        for number in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    return [
        line.strip()
        for number, line in enumerate(source.splitlines(), start=1)
        if number not in texts and line.strip() and not line.strip().startswith("#")
    ]


def test_a_guest_comes_in_by_its_entry_point_with_its_own_thai(tmp_path):
    """The metadata that pip writes is enough; no core file names the guest, and Khet's catalogue has none of its words."""
    writer.write("tide", tmp_path, guest=True, thai="น้ำขึ้นน้ำลง")
    package = tmp_path / "khet-tide"
    info = package / "khet_tide-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: khet-tide\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[khet.plugins]\ntide = khet_tide.plugin\n")
    plural = package / "khet_tide/plugin.py"
    plural.write_text(
        plural.read_text(encoding="utf-8")
        + "\nfrom flask_babel import lazy_pgettext\nOPEN = lazy_pgettext('tide', 'Open')\nFOREIGN = _l('Open')\n",
        encoding="utf-8",
    )
    assert catalogue.rewrite({"Open": "น้ำเปิด"}, package / "khet_tide") == []
    said = run(
        package, "-c",
        f"""
import sys; sys.path[:0] = [{str(package)!r}, {str(ROOT)!r}]
from pathlib import Path
from core.ops.application import create_app
from tests.installations import settings_for
app = create_app(settings_for(Path("."), "sqlite://"))
from khet_tide import plugin
with app.test_request_context():
    print(app.extensions["khet"].registry.manifests["tide"].title, plugin.OPEN, plugin.FOREIGN)
""",
    )  # fmt: skip
    assert said.split() == ["น้ำขึ้นน้ำลง", "น้ำเปิด", "เปิด"], "a context has its own Thai, any other text is Khet's"


@pytest.mark.parametrize(
    ("name", "thai", "why"),
    [
        ("9lives", "", "beginning with a letter"),
        ("class", "", "beginning with a letter"),
        ("saraban", "", "already"),
        ("school", "", "already"),  # core's page of schools is called so
        ("leave_book", "Leave book", "not Thai"),
        ("objective", "สมุดผู้มาติดต่อ", "วัตถุประสงค์"),
    ],
)
def test_what_cannot_be_a_plugin_is_refused_before_anything_is_written(tmp_path, name, thai, why):
    with pytest.raises(ConfigError, match=why):
        writer.write(name, tmp_path, guest=True, thai=thai)
    assert list(tmp_path.iterdir()) == []


def test_a_built_in_needs_the_list_of_built_ins(tmp_path):
    (tmp_path / "core/plugins").mkdir(parents=True)
    (tmp_path / writer.REGISTRY).write_text("BUNDLED = ()\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="BUNDLED"):
        writer.write("leave_book", tmp_path)
    assert not (tmp_path / "plugins").exists()


def test_the_second_try_works_where_the_disk_failed(tmp_path, monkeypatch):
    written = []

    def full(self: Path, text: str, **how: str) -> int:
        written.append(self)
        if len(written) == 5:
            raise OSError(28, "No space left on device")
        return Path.open(self, "w", **how).write(text)

    with monkeypatch.context() as patched, pytest.raises(OSError, match="No space"):
        patched.setattr(Path, "write_text", full)
        writer.write("tide", tmp_path, guest=True)
    assert not (tmp_path / "khet-tide").exists()
    files = writer.write("tide", tmp_path, guest=True)
    assert all(file.is_file() for file in files)


def test_a_title_without_thai_is_named_and_stays_empty(tmp_path):
    writer.write("tide", tmp_path, guest=True)
    package = tmp_path / "khet-tide/khet_tide"
    assert catalogue.missing(package) == ["Tide"]
    assert catalogue.rewrite({"Tide": "Tide"}, package) == ["Tide"], "English is no Thai"
    assert "Due on" in {text for text, _thai, _modules in catalogue.reused(package)}, "somebody else's Thai is shown"
