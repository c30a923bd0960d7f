"""What another system sends: JSON of a size and depth that a record has, with letters and dates that can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Request
from flask_babel import gettext as _
from marshmallow import ValidationError

from core.web.errors import ApiError

#: bytes of one record
MOST = 1024 * 1024
#: years (ค.ศ.) that an office writes; every time zone's midnight lies in them
YEARS = range(1900, 2301)


def sent_json(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises ApiError for anything else, for one too large and one nested too deeply."""
    if (request.content_length or 0) > MOST:
        raise ApiError(413, "too_large", _("A record is at most 1 MB of JSON."))
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        body = None
    if not isinstance(body, dict) or not all(map(_real, body)):  # the answer would name the field
        raise ApiError(400, "not_json", _("Send a JSON object, with Content-Type: application/json."))
    return body


def require_real(values: Mapping[str, Any]) -> None:
    """Raises ValidationError, by field, for half a letter (a lone surrogate), NUL, and days no calendar holds."""
    wrong = {name: [_("This cannot be read.")] for name, value in values.items() if not _real(value)}
    if wrong:
        raise ValidationError(wrong)


def _real(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, date):  # and datetime
        return value.year in YEARS
    if isinstance(value, Mapping):
        return all(_real(key) and _real(one) for key, one in value.items())
    if isinstance(value, list | tuple):
        return all(_real(one) for one in value)
    return True
