"""Codes that a person reads off paper or a phone and types."""

from __future__ import annotations

from core.base.text.thai import arabic_digits, clean


def plain(typed: str) -> str:
    """A code as it was made, however it was typed: in capitals, with spaces, in Thai digits."""
    return arabic_digits(clean(typed)).lower().replace(" ", "")


def in_fours(typed: str) -> str:
    """A code of letters as it was made, abcd-efgh-2345, with or without its hyphens."""
    bare = plain(typed).replace("-", "")
    return "-".join(bare[at : at + 4] for at in range(0, len(bare), 4))
