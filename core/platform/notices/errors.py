"""How sending ends badly."""

from __future__ import annotations


class NotSent(Exception):
    """The message did not go out; it is tried again later."""


class Later(NotSent):
    """Nothing is wrong with it: others to the same place are on their way, and it waits its turn."""


class Refused(NotSent):
    """It will never go out as it is; the text says why, in words for who sent it."""
