"""The errors that services raise. Views turn them into messages at fields; nobody sees a stack trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class RuleError(Exception):
    """An office rule was broken.

    `field` names the form field that the message belongs to (None: the form as a whole);
    `message` is a translated text, shown as it is.
    """

    def __init__(self, message: Any, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.field = field


class Missing(RuleError):
    """Several things are missing at once: each of `parts` is said at its own field, and all of them wherever one
    sentence is shown."""

    def __init__(self, parts: Sequence[RuleError]) -> None:
        super().__init__(" ".join(str(one.message) for one in parts), parts[0].field if len(parts) == 1 else None)
        self.parts = tuple(parts)


def parts_of(error: RuleError) -> Sequence[RuleError]:
    """All that one refusal says, each at its own field."""
    return error.parts if isinstance(error, Missing) else (error,)


def needs(*wanted: tuple[object, Any, str | None]) -> None:
    """The guard of a step that needs several things: (what has to be there or to hold, what is said where it does not,
    at which field). Raises Missing with all that is not, so that nobody learns of one after another."""
    if parts := [RuleError(said, field) for there, said, field in wanted if not there]:
        raise Missing(parts)


def refusal(*guards: Callable[[], object]) -> str:
    """What the first of these guards says that refuses; empty where all let one pass."""
    try:
        for guard in guards:
            guard()
    except RuleError as error:
        return str(error.message)
    return ""


class Doubt(RuleError):
    """What is asked once: the form keeps `mark` in its field `agreed`, and saving again says yes to it."""

    def __init__(self, message: Any, field: str | None = None, *, mark: str) -> None:
        super().__init__(message, field)
        self.mark = mark


class NotFound(Exception):
    """The row does not exist for this scope. Views answer 404, never 403: a 403 would tell it exists."""


class FileGone(NotFound):
    """A file has its row, and on disk it is missing or another than was saved. Views answer 410 and say so."""


class ScopeError(Exception):
    """Code tried to reach another district. A bug or an attack; views answer 404 and log it."""


class ConflictError(Exception):
    """Somebody saved the record between opening and saving the form (design: two clerks, one record)."""
