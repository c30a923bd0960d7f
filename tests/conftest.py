"""Every test that takes `world` runs on SQLite and on a real PostgreSQL, through the application role."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.installations import Server, Standing, Template, build, temporary
from tests.support import World

BACKENDS = ("sqlite", "postgresql")
MEMORY = Path("/dev/shm")  # noqa: S108 - what lies there is made by mkdtemp
ROOM = 8 * 1024**3

# Each test gets a database of its own: copying one costs a tenth where the files lie in memory.
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ["TMPDIR"], tempfile.tempdir = str(MEMORY), None


# The collector of cycles walks a whole application and its models again and again, a sixth of a run's time: it comes
# less often, and what the application is made of is left out.
gc.set_threshold(50_000, 20, 20)


def pytest_configure(config: pytest.Config) -> None:
    if "KHET_TEST_TEMPLATES" not in os.environ:  # workers inherit it: the first of them fills, the others copy
        os.environ["KHET_TEST_TEMPLATES"] = str(temporary("khet-templates-"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-browser", action="store_true", help="Leave out the tests that need Chromium.")
    parser.addoption("--no-ocr", action="store_true", help="Leave out the tests that need Tesseract.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for name in ("browser", "ocr"):
        if config.getoption(f"--no-{name}"):
            left_out = [item for item in items if item.get_closest_marker(name)]
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]
    for item in items:
        said = item.callspec.params if hasattr(item, "callspec") else {}
        # one file stays with one worker: there one account's browser, here one database's standing installations
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group(f"{item.path.stem} {said.get('user', '')}"))
        elif "standing" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(f"{item.path.stem} {said.get('backend', '')}"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server of this worker."""
    server = Server()
    yield server
    server.stop()


_TEMPLATES: dict[tuple[str, str, str], Template] = {}
_STANDING: dict[tuple[str, str], Standing] = {}


def template_of(
    backend: str,
    day: str,
    request: pytest.FixtureRequest,
    name: str = "demo",
    fill: Callable[[World], Any] | None = None,
) -> Template:
    """The demo's template of this worker, or the one under `name` with what `fill(world)` adds; each made once."""
    demo = backend, day, "demo"
    if demo not in _TEMPLATES:
        _TEMPLATES[demo] = build(backend, lambda: request.getfixturevalue("postgres_server"))
        gc.collect()
        gc.freeze()
    if (backend, day, name) not in _TEMPLATES:
        assert fill is not None
        _TEMPLATES[backend, day, name] = _TEMPLATES[demo].derive(name, fill)
    return _TEMPLATES[backend, day, name]


@pytest.fixture
def day() -> str:
    """The day of whoever keeps one of its own, so that the demo is the same whenever the tests run; else empty."""
    return ""


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def world(backend: str, day: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """An installation with the demo's สพป.เลย เขต 3 and สพป.เชียงใหม่ เขต 5, fresh for this test."""
    template = template_of(backend, day, request)
    settings = template.copy(tmp_path)
    with template.entered(settings) as world:
        yield world
    template.drop(settings)


@pytest.fixture
def filled(backend: str, day: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[World, Any, Any]]:
    """The same with a sample of every kind of record: the installation, its home's ids and the other district's."""
    from tests.core.doors import samples_of_both

    template = template_of(backend, day, request, "samples", samples_of_both)
    settings = template.copy(tmp_path)
    with template.entered(settings) as world:
        yield world, *template.said
    template.drop(settings)


@pytest.fixture
def standing(backend: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., tuple[World, Any]]]:
    """standing("name", prepare) gives an installation that many tests look at, and what `prepare(world)` said of it.

    For tests that change nothing of what the others look for: it is made once a worker and database.
    """
    template = template_of(backend, "", request)
    with contextlib.ExitStack() as inside:

        def enter(name: str, prepare: Callable[[World], Any]) -> tuple[World, Any]:
            kept = _STANDING.get((backend, name))
            if kept is None:
                kept = Standing(template.copy(temporary("khet-standing-")))
                with template.entered(kept.settings) as fresh:
                    kept.said = prepare(fresh)
                _STANDING[backend, name] = kept
            return inside.enter_context(template.standing(kept)), kept.said

        yield enter
