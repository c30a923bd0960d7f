"""The cookbook holds everything that a chapter can use, and its code runs."""

from __future__ import annotations

import dataclasses
import inspect
import subprocess
import sys

import pytest

from core.ops.application import ROOT
from core.plugins import hookspecs
from core.records import lists
from core.web import forms
from tests.core.cookbook import PAGE, files

TEXT = PAGE.read_text(encoding="utf-8")
HOOKS = [name for name in vars(hookspecs) if name.startswith("khet_")]
#: what forms.py has beside fields
NO_FIELDS = {"KhetForm", "LineForm", "at_most", "required", "school_years"}
FIELDS = [
    name
    for name, thing in vars(forms).items()
    if inspect.getmodule(thing) is forms and callable(thing) and not name.startswith("_") and name not in NO_FIELDS
]
OPTIONS = {
    f"{kind.__name__}.{option.name}": option.name
    for kind in (lists.Column, lists.Filter, lists.Dimension, lists.Measure, lists.Action, lists.Board)
    for option in dataclasses.fields(kind)
}


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_an_example(hook):
    assert f"def {hook}(" in files()["plugin.py"]


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_a_form_has_an_example(field):
    assert f"{field}(" in files()["forms.py"]


def test_its_script_has_the_form_of_ours():
    import check

    script = files()["static/keys.js"]
    assert check.shaped(script, ".js") == script


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_of_a_list_is_told(option):
    assert f"`{OPTIONS[option]}`" in TEXT or f"{OPTIONS[option]}=" in files()["views.py"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_its_chapter_runs(world, tmp_path):
    """Written as a guest, migrated, started, walked."""
    (tmp_path / "package").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.cookbook", str(tmp_path / "package"), str(world.khet.settings.data_dir)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
