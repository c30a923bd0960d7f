"""A paper on the screen in parts: all of it can be read, and nobody takes a part for the whole."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

#: pages on one page of the screen
SHOWN = 200


@dataclass(frozen=True)
class Part:
    """Some pages of a paper that has `total`; `name` is what asks for another part in the address."""

    total: int
    first: int = 1
    name: str = "from"

    @classmethod
    def asked(cls, total: int, name: str = "from") -> Part:
        """The part that the address asks for; the first where it asks for none or for what is not there."""
        wanted = request.args.get(name, 1, type=int)
        return cls(total, (min(max(wanted, 1), max(total, 1)) - 1) // SHOWN * SHOWN + 1, name)

    @property
    def last(self) -> int:
        return min(self.first + SHOWN - 1, self.total)

    @property
    def whole(self) -> bool:
        return self.total <= SHOWN

    @property
    def before(self) -> dict[str, int] | None:
        """What the address says for the part before; None where this is the first."""
        return {self.name: self.first - SHOWN} if self.first > 1 else None

    @property
    def after(self) -> dict[str, int] | None:
        return {self.name: self.last + 1} if self.last < self.total else None
