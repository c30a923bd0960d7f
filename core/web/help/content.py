"""What a plugin says for who opens it for the first time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Help:
    """First steps (heading, text) in the order one takes them, and the module's words (term, meaning)."""

    steps: tuple[tuple[Any, Any], ...]
    glossary: tuple[tuple[Any, Any], ...] = ()
