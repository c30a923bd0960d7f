"""The plugin contract: loading, switching, and the hooks that CONTRIBUTING.md lists."""

from __future__ import annotations

import inspect
import re
from types import ModuleType

import pytest

from core.base.errors import NotFound, RuleError
from core.ops.application import ROOT, create_app
from core.plugins import hookspecs, switches
from core.plugins.hookspecs import hookimpl
from core.plugins.manifest import Manifest, NavItem
from core.plugins.registry import BUNDLED, CORE, PluginError, Registry
from core.plugins.switches import Switchboard
from core.storage.database import Database
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
        found = Registry([CORE, *(plugin(name) for name in order)], guests=False)
        assert "".join(found.manifests) == f"core{order}"


def test_a_line_of_the_navigation_to_no_page_stops_the_start(tmp_path):
    astray = plugin("a", khet_navigation=lambda: [NavItem("A", "NoSuchView.list", "")])
    with pytest.raises(PluginError, match="NoSuchView"):
        create_app(settings_for(tmp_path, "sqlite://"), [CORE, astray], guests=False)


def test_a_misspelt_hook_stops_the_start():
    with pytest.raises(PluginError, match="khet_vews"):
        Registry([CORE, plugin("a", khet_vews=lambda: [])], guests=False)


def test_a_missing_dependency_stops_the_start():
    with pytest.raises(PluginError, match="not installed"):
        Registry([CORE, plugin("a", depends=("b",))], guests=False)


def test_a_circle_of_dependencies_stops_the_start():
    with pytest.raises(PluginError, match="circle"):
        Registry([CORE, plugin("a", ("b",)), plugin("b", ("a",))], guests=False)


def test_two_plugins_of_one_name_stop_the_start():
    other = plugin("a")
    other.__name__ = "made_again"
    with pytest.raises(PluginError, match="two plugins"):
        Registry([CORE, plugin("a"), other], guests=False)


def test_dependencies_come_first():
    registry = Registry([CORE, plugin("a", ("b",)), plugin("b", ("c",)), plugin("c")], guests=False)
    assert list(registry.manifests) == ["core", "c", "b", "a"]
    assert registry.dependents("c") == ["b", "a"]


def test_the_list_of_built_ins_names_each_on_a_line_of_its_own():
    source = (ROOT / "core/plugins/registry.py").read_text(encoding="utf-8")
    listed = re.search(r'^BUNDLED = \(\n    CORE,\n((?:    "plugins\.\w+\.plugin",\n)*)\)$', source, re.MULTILINE)
    assert listed
    assert listed[1].count("\n") == len(BUNDLED) - 1
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
        [CORE, plugin("a", khet_navigation=lambda: asked.append("a") or []),
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
    assert "switched off" in page.lower(), "the first switch is told as what it was"
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

        from core.platform.timeline.models import TimelineEntry

        kinds = s.scalars(select(TimelineEntry.kind).order_by(TimelineEntry.id.desc()).limit(5)).all()
    assert "core_plugin_rule" in kinds, "the district sees head office's hand in its own timeline"


def test_what_depends_on_a_plugin_goes_off_with_it(world):
    board = board_of(world, plugin("minutes", ("saraban",)), plugin("archive", ("minutes",)))
    assert effective(world, board) == {"saraban", "minutes", "archive"}
    with world.session() as s:
        impact = switches.preview(s, board, "saraban")
        assert impact.dependents == ["minutes", "archive"]
        assert any(count > 0 for _title, count in impact.open_items)
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
