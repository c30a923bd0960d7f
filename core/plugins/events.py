"""Who follows up what happens in core (core/platform/events.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from core.platform.events import Event
from core.storage.scope import KhetSession

if TYPE_CHECKING:
    from core.plugins.registry import Registry
    from core.plugins.switches import Switchboard

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Handler(Generic[E]):
    """`do(session, registry, event)` follows up every event of this type, in the transaction that publishes it."""

    event: type[E]
    do: Callable[[KhetSession, Registry, E], None]


def publisher(registry: Registry, board: Switchboard) -> Callable[[KhetSession, Any], None]:
    """What a session publishes with: gives an event to the handlers of the modules that are on in its district."""

    def give(session: KhetSession, event: Any) -> None:
        wanted = [(name, one) for name, one in registry.handlers if one.event is type(event)]
        district_id = session.scope.district_id
        if not wanted or district_id is None:
            return
        on = board.effective(session, district_id)
        for name, one in wanted:
            if name in on:
                one.do(session, registry, event)

    return give
