"""How the steps of a letter's life are called where they are told."""

from __future__ import annotations

from flask_babel import gettext as _


def step(key: str) -> str:
    """What somebody did, in the reader's language."""
    titles = {
        "proposed": _("proposed"), "directed": _("directed"), "assigned": _("given to"),
        "acknowledged": _("acknowledged"), "reported": _("reported"), "done": _("action taken"),
        "returned": _("sent back"),
    }  # fmt: skip
    return titles.get(key, key)
