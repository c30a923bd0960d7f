"""Bundled files go out compressed. Pages do not: a secret and a stranger's words in one compressed answer leak."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

KINDS = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
SMALLEST = 1000


@lru_cache(maxsize=64)
def _compressed(path: str, changed: float) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 9)


def attach(app: Flask) -> None:
    """Answer requests for static files in gzip where the browser takes it; compressed once per process."""

    @app.after_request
    def compress(response: Response) -> Response:
        if request.endpoint != "static" or response.status_code != 200 or response.mimetype not in KINDS:
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings.quality("gzip") or request.range is not None:
            return response
        file = Path(app.static_folder or "") / (request.view_args or {}).get("filename", "")
        if not file.is_file() or file.stat().st_size < SMALLEST:
            return response
        response.direct_passthrough = False
        response.set_data(_compressed(str(file), file.stat().st_mtime))
        response.headers["Content-Encoding"] = "gzip"
        if etag := response.get_etag()[0]:
            response.set_etag(f"{etag}-gzip", weak=True)
        return response
