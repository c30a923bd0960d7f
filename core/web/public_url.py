"""Where this installation is reached."""

from __future__ import annotations

from flask import request

from core.web.unit_of_work import khet


def base() -> str:
    """What links for outsiders begin with, without a slash: KHET_PUBLIC_URL, else what this browser has open."""
    return khet().settings.public_url or request.host_url.rstrip("/")
