"""The plugin contract: loading, switching, and the hooks that CONTRIBUTING.md lists."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from core.application import ROOT, create_app
from core.db.database import Database
from core.errors import NotFound, RuleError
from core.plugins import hookspecs, switches
from core.plugins.hookspecs import hookimpl
from core.plugins.manifest import Manifest, NavItem
from core.plugins.registry import BUNDLED, PluginError, Registry
from core.plugins.switches import Switchboard
from tests.installations import settings_for
from tests.support import HOME, OTHER

HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("khet_"))


def plugin(name: str, depends: tuple[str, ...] = (), **hooks) -> ModuleType:
    """A plugin made on the spot."""
    module = ModuleType(f"made_{name}")
    module.__file__ = __file__
    module.khet_manifest = hookimpl(lambda: Manifest(name=name, title=name.title(), depends=depends))
    for hook, function in hooks.items():
        setattr(module, hook, hookimpl(function))
    return module


# -- loading --


def test_plugins_stand_in_the_order_given_in_every_process():
    """Eight plugins made anew: a set of modules would come in another order nearly every time."""
    for order in ("abcdefgh", "hgfedcba", "badcfehg"):
        found = Registry(["core.plugin", *(plugin(name) for name in order)], guests=False)
        assert "".join(found.manifests) == f"core{order}"


def test_a_line_of_the_navigation_to_no_page_stops_the_start(tmp_path):
    astray = plugin("a", khet_navigation=lambda: [NavItem("A", "NoSuchView.list", "")])
    with pytest.raises(PluginError, match="NoSuchView"):
        create_app(settings_for(tmp_path, "sqlite://"), ["core.plugin", astray], guests=False)


def test_a_misspelt_hook_stops_the_start():
    with pytest.raises(PluginError, match="khet_vews"):
        Registry(["core.plugin", plugin("a", khet_vews=lambda: [])], guests=False)


def test_a_missing_dependency_stops_the_start():
    with pytest.raises(PluginError, match="not installed"):
        Registry(["core.plugin", plugin("a", depends=("b",))], guests=False)


def test_a_circle_of_dependencies_stops_the_start():
    with pytest.raises(PluginError, match="circle"):
        Registry(["core.plugin", plugin("a", ("b",)), plugin("b", ("a",))], guests=False)


def test_two_plugins_of_one_name_stop_the_start():
    other = plugin("a")
    other.__name__ = "made_again"
    with pytest.raises(PluginError, match="two plugins"):
        Registry(["core.plugin", plugin("a"), other], guests=False)


def test_dependencies_come_first():
    registry = Registry(["core.plugin", plugin("a", ("b",)), plugin("b", ("c",)), plugin("c")], guests=False)
    assert list(registry.manifests) == ["core", "c", "b", "a"]
    assert registry.dependents("c") == ["b", "a"]


def test_the_list_of_built_ins_is_one_literal_tuple():
    source = (ROOT / "core/plugins/registry.py").read_text(encoding="utf-8")
    assert re.search(r'^BUNDLED = \(".*"\)$', source, re.MULTILINE)
    built_in = {path.parent.name for path in (ROOT / "plugins").glob("*/plugin.py")}
    assert {name.split(".")[1] for name in BUNDLED if name.startswith("plugins.")} == built_in


# -- hooks --


def test_contributing_lists_every_hook_with_its_signature():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(khet_\w+)(\([^`]*\))`", text, re.MULTILINE)
    wanted = []
    for name in HOOKS:
        wanted.append((name, "(" + ", ".join(inspect.signature(getattr(hookspecs, name)).parameters) + ")"))
    assert sorted(listed) == sorted(wanted)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_says_when_it_is_called_what_comes_back_and_where_to_see_it(name):
    doc = inspect.getdoc(getattr(hookspecs, name)) or ""
    assert "Called" in doc
    example = re.search(r"Example: (\S+)", doc)
    assert example
    assert (ROOT / example[1]).is_file()
    users = [p for p in Registry(guests=False).pm.get_plugins() if hasattr(p, name)]
    assert users, "a hook arrives with its first user"


def test_only_plugins_that_are_on_are_asked():
    asked = []
    registry = Registry(
        ["core.plugin", plugin("a", khet_navigation=lambda: asked.append("a") or []),
         plugin("b", khet_navigation=lambda: asked.append("b") or [])],
        guests=False,
    )  # fmt: skip
    asked.clear()
    registry.each("khet_navigation", only={"core", "b"})
    assert asked == ["b"]


# -- switching --


def board_of(world, *extra):
    return Switchboard(Registry([*BUNDLED, *extra], guests=False))


def effective(world, board, code=HOME):
    with world.session(code) as s:
        return board.effective(s, world.district_id(code)) & {"saraban", "minutes", "archive"}


def test_a_switch_holds_for_one_district_and_is_recorded(world):
    board = world.khet.switchboard
    with world.session(user=f"admin.{HOME}") as s:
        switches.switch(s, board, "saraban", on=False)
    assert effective(world, board) == set()
    assert effective(world, board, OTHER) == {"saraban"}
    page = world.browser(f"admin.{HOME}").get("/modules/").get_data(as_text=True)
    assert f"admin.{HOME}" in page
    with world.session() as s:
        switches.switch(s, board, "saraban", on=True)
    assert effective(world, board) == {"saraban"}


def test_a_switch_reaches_every_worker_at_its_next_request(world):
    """Two applications on one database, as two workers are."""
    second = create_app(world.khet.settings, guests=False)
    other = second.extensions["khet"]
    assert effective(world, other.switchboard) == {"saraban"}
    with world.session() as s:
        switches.switch(s, world.khet.switchboard, "saraban", on=False)
    with Database(world.khet.settings).district(world.district_id(), "test") as s:
        assert "saraban" not in other.switchboard.effective(s, world.district_id())
    other.database.dispose()


@pytest.mark.parametrize(
    ("mode", "wish", "on"),
    [("allowed", None, False), ("allowed", True, True), ("default", None, True), ("default", False, False),
     ("required", False, True), ("hidden", True, False)],
)  # fmt: skip
def test_head_office_s_word_and_the_district_s_wish(world, mode, wish, on):
    board = world.khet.switchboard
    if wish is not None:
        with world.session() as s:
            switches.switch(s, board, "saraban", on=wish)
    with world.app.test_request_context(), world.database.system("test", write=True) as s:
        switches.set_rule(s, world.khet.registry, "saraban", mode, None)
    assert ("saraban" in effective(world, board)) == on
    if mode == "required":
        with pytest.raises(RuleError, match="requires"), world.session() as s:
            switches.switch(s, board, "saraban", on=False)
    if mode == "hidden":
        with pytest.raises(NotFound), world.session() as s:
            switches.switch(s, board, "saraban", on=True)


def test_an_exception_for_one_district_outweighs_the_rule(world):
    obec = world.browser("obec")
    obec.post("/head-office/modules/saraban", {"mode": "hidden"})
    obec.post("/head-office/modules/saraban", {"mode": "required", "district": str(world.district_id())})
    board = world.khet.switchboard
    assert effective(world, board) == {"saraban"}
    assert effective(world, board, OTHER) == set()
    obec.post("/head-office/modules/saraban", {"mode": "", "district": str(world.district_id())})
    assert effective(world, board) == set()
    with world.session() as s:
        from sqlalchemy import select

        from core.timeline.models import TimelineEntry

        kinds = s.scalars(select(TimelineEntry.kind).order_by(TimelineEntry.id.desc()).limit(5)).all()
    assert "core_plugin_rule" in kinds, "the district sees head office's hand in its own timeline"


def test_what_depends_on_a_plugin_goes_off_with_it(world):
    board = board_of(world, plugin("minutes", ("saraban",)), plugin("archive", ("minutes",)))
    assert effective(world, board) == {"saraban", "minutes", "archive"}
    with world.session() as s:
        impact = switches.preview(s, board, "saraban")
        assert impact.dependents == ["minutes", "archive"]
        assert any(item.count > 0 for item in impact.open_items)
        switches.switch(s, board, "saraban", on=False)
    assert effective(world, board) == set()
    with pytest.raises(RuleError, match="first"), world.session() as s:
        switches.switch(s, board, "minutes", on=True)


def test_the_preview_page_tells_what_is_open(world):
    page = world.browser(f"admin.{HOME}").get("/modules/saraban/off").get_data(as_text=True)
    assert "Incoming letters without an action taken" in page
    assert world.browser(f"admin.{HOME}").get("/modules/core/off").status_code == 404
    assert world.browser(f"admin.{HOME}").get("/modules/none/off").status_code == 404


def test_switching_off_deletes_nothing(world):
    before = world.count("saraban_incoming")
    with world.session() as s:
        switches.switch(s, world.khet.switchboard, "saraban", on=False)
    assert world.count("saraban_incoming") == before


def test_a_new_plugin_s_own_tests_pass(tmp_path):
    """A built-in and a guest, written by new-plugin into a copy of the project."""
    copy = tmp_path / "khet"
    by_name = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache")

    def ignore(folder: str, names: list[str]) -> set[str]:
        """Not the installation's own data either; a plugin's `data` is its own."""
        return by_name(folder, names) | ({"data", "build"} if Path(folder) == ROOT else set())

    shutil.copytree(ROOT, copy, ignore=ignore)
    run = {"cwd": copy, "capture_output": True, "text": True, "timeout": 300, "check": False}

    def command(*words: str) -> str:
        done = subprocess.run([sys.executable, *words], **run)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    command("app.py", "new-plugin", "leave_book")
    tests = ["tests/plugins/leave_book", "tests/core/test_repository.py", "tests/core/test_plugins.py"]
    command("-m", "pytest", "-n", "0", "-q", *tests, "-k", "not new_plugin")
    command("-m", "pytest", "-n", "0", "-q", "tests/core/test_doors.py", "-k", "LeaveBook and sqlite or probe")
    command("app.py", "new-plugin", "tide", "--guest", "--into", str(tmp_path))
    command("-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider", f"--rootdir={tmp_path / 'khet-tide'}",
            "-o", f"pythonpath={tmp_path / 'khet-tide'} {copy}", str(tmp_path / "khet-tide"))  # fmt: skip


def test_a_guest_comes_in_by_its_entry_point(tmp_path, monkeypatch):
    """The metadata that pip writes is enough; no core file names the guest."""
    from core.scaffold import writer

    files = writer.write("tide", tmp_path, guest=True)
    package = tmp_path / "khet-tide"
    info = package / "khet_tide-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: khet-tide\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[khet.plugins]\ntide = khet_tide.plugin\n")
    done = subprocess.run(
        [sys.executable, "-c", "from core.plugins.registry import Registry; print(list(Registry().manifests))"],
        env={"PYTHONPATH": f"{package}:{ROOT}", "PATH": ""}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "'tide'" in done.stdout, done.stderr[-1500:]
    assert all(Path(file).is_file() for file in files)
