"""Values between the server and a child, as JSON: bytes and paths have a form of their own, tuples become lists."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any


def _out(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, Path):
        return {"$path": str(value.resolve())}
    raise TypeError(f"{type(value).__name__} does not go into a child process")


def _back(value: dict[str, Any]) -> Any:
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    if "$path" in value:
        return Path(value["$path"])
    return value


def dumps(value: Any) -> bytes:
    """One line of JSON."""
    return json.dumps(value, ensure_ascii=False, default=_out).encode("utf-8", "replace") + b"\n"


def loads(line: bytes) -> Any:
    """What `dumps` was given. Raises ValueError."""
    return json.loads(line, object_hook=_back)
