"""Who follows up what happens in core (core/platform/events.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.platform.events import Event
from core.storage.scope import KhetSession

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Handler(Generic[E]):
    """`do(session, registry, event)` follows up every event of this type, in the transaction that publishes it.

    `registry` is the Registry of all modules.
    """

    event: type[E]
    do: Callable[[KhetSession, Any, E], None]
