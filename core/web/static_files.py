"""Bundled files: what browsers keep for ever, at addresses that change with every one of them.

The version stands in the path (/static/v-3f2a91c07d/khet/router.js), so that what a script imports and a style sheet
names beside itself has it too: a browser never runs a file of today beside one of yesterday. At the address of another
version is nothing.

They go out compressed. Pages do not: a secret and a stranger's words in one compressed answer leak.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast
from urllib.parse import quote

from flask import Flask, Response, abort, current_app, request, send_from_directory
from werkzeug.security import safe_join

KINDS = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
SMALLEST = 1000
#: what stands before a plugin's name in the path of its files
PLUGIN = "plugin"


class Bundle:
    """Core's files and those of every plugin that has a folder `static`, below the address `root`."""

    def __init__(self, own: Path, plugins: Mapping[str, Path], root: str = "/static") -> None:
        self.own = own
        self.plugins = {name: folder for name, folder in sorted(plugins.items()) if folder.is_dir()}
        found = hashlib.sha256()
        for name, folder in (("", own), *self.plugins.items()):
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                found.update(f"{name}/{file.relative_to(folder).as_posix()}\0".encode())
                found.update(hashlib.sha256(file.read_bytes()).digest())
        self.version = found.hexdigest()[:10]
        self.root = root
        self._addresses: dict[str, str] = {}  # a page asks for forty, each page for the same

    def address(self, path: str) -> str:
        """Address of a file; changes with the version of all, so browsers may keep it for ever."""
        if path not in self._addresses:
            self._addresses[path] = f"{self.root}/v-{self.version}/{quote(path)}"
        return self._addresses[path]

    def place(self, path: str) -> tuple[Path | None, str]:
        """The folder in which a file of this path lies, and its path there; no folder where there is no such plugin."""
        first, _slash, rest = path.partition("/")
        if first != PLUGIN:
            return self.own, path
        name, _slash, rest = rest.partition("/")
        return self.plugins.get(name), rest


def bundle() -> Bundle:
    """The running application's."""
    return cast(Bundle, current_app.extensions["khet.bundle"])


def versioned() -> bool:
    """Whether the request names a version, so that what it gets may be kept for ever."""
    return request.endpoint == "static" and "version" in (request.view_args or {})


@lru_cache(maxsize=64)
def _compressed(path: str, changed: float) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 9)


def _send(filename: str, version: str | None = None) -> Response:
    folder, path = bundle().place(filename)
    if folder is None or version not in (None, bundle().version):
        abort(404)
    return send_from_directory(folder, path)


def attach(app: Flask, plugins: Mapping[str, Path]) -> None:
    """Serve them under /static, in gzip where the browser takes it; compressed once per process."""
    mimetypes.add_type("text/javascript", ".js")  # Windows may call it a text, and a browser runs no such module
    app.extensions["khet.bundle"] = Bundle(Path(app.static_folder or ""), plugins, app.static_url_path or "")
    app.view_functions["static"] = _send
    app.add_url_rule(f"{app.static_url_path}/v-<string(length=10):version>/<path:filename>", endpoint="static")

    @app.after_request
    def compress(response: Response) -> Response:
        if request.endpoint != "static" or response.status_code != 200 or response.mimetype not in KINDS:
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings.quality("gzip") or request.range is not None:
            return response
        folder, path = bundle().place((request.view_args or {}).get("filename", ""))
        file = Path(safe_join(str(folder), path) or "")
        if not file.is_file() or file.stat().st_size < SMALLEST:
            return response
        response.direct_passthrough = False
        response.set_data(_compressed(str(file), file.stat().st_mtime))
        response.headers["Content-Encoding"] = "gzip"
        if etag := response.get_etag()[0]:
            response.set_etag(f"{etag}-gzip", weak=True)
        return response
