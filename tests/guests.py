"""Modules from outside that the tests are to know: a guest package's conftest.py brings itself before all else."""

from __future__ import annotations

from core.plugins.registry import BUNDLED

#: what a test's installation loads: the built-in modules, and the guests that were brought
MODULES: list[str] = list(BUNDLED)
#: the guests' test helpers by the module's name
PROBES: dict[str, str] = {}


def bring(plugin: str, name: str, probes: str) -> None:
    """Load the module `plugin`, called `name`, into every test's installation.

    `probes` is the module of its tests that says how its pages are walked (CONTRIBUTING.md, "A module's checks").
    """
    MODULES.append(plugin)
    PROBES[name] = probes
