"""How the steps of a letter's life are called where they are told."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _


def step(key: str) -> str:
    """What somebody did, in the reader's language."""
    titles = {
        "proposed": _("proposed"), "directed": _("directed"), "assigned": _("given to"),
        "acknowledged": _("acknowledged"), "reported": _("reported"), "done": _("action taken"),
        "returned": _("sent back"), "passed": _("puts before another"),
    }  # fmt: skip
    return titles.get(key, key)


def said(one: Any) -> str:
    """Which step it was, by whom, to whom."""
    return " ".join(part for part in (one.signed, "·", step(one.step), one.addressed) if part)
