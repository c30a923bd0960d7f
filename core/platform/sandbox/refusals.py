"""Why a file is not read. What a child may import without Flask; the words stand in words.py."""

from __future__ import annotations

from core.base.errors import RuleError

#: asked again a minute later, it may be read
BUSY = "busy"
#: the file is good, what was asked for is not in it
NO_SUCH_PAGE = "no_such_page"


class _Said:
    """The words of a reason, in the language of whoever reads them."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __str__(self) -> str:
        from core.platform.sandbox.messages import WORDS

        return str(WORDS.get(self.reason, WORDS["unreadable"]))


class Refused(RuleError):
    """A file is not read at all; `reason` is a key of core/platform/sandbox/words.py, `message` its words."""

    def __init__(self, reason: str, field: str | None = "files") -> None:
        Exception.__init__(self, reason)
        self.reason, self.field, self.message = reason, field, _Said(reason)
