"""What timeline actions, kinds and fields are called on screen. Plugins add theirs with `say`."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.text.thai import format_date, format_moment

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+\d\d:\d\d)?")

ACTIONS: dict[str, Any] = {
    "created": _l("added"),
    "changed": _l("changed"),
    "deleted": _l("removed"),
    "core.user.signed_in": _l("signed in"),
    "core.user.password_reset": _l("password reset"),
    "core.user.password_changed": _l("password changed"),
    "core.user.locked": _l("locked"),
    "core.user.unlocked": _l("unlocked"),
    "core.grant.ended": _l("role ended"),
    "core.post.ended": _l("post ended"),
    "core.school_group.left": _l("left the group"),
    "core.number.cancelled": _l("number cancelled"),
    "core.number.expired": _l("reservation expired"),
    "core.book.started": _l("start number set"),
    "core.book.accounted": _l("numbers accounted for"),
    "core.book.settled": _l("next number corrected"),
    "core.book.reopened": _l("book reopened"),
    "core.book.closed": _l("book closed"),
    "core.report.exported": _l("exported"),
    "core.comment.written": _l("comment"),
    "core.import.begun": _l("taking in began"),
    "core.import.done": _l("taken in"),
    "core.import.undone": _l("taken back"),
    "core.token.revoked": _l("token revoked"),
}

KINDS: dict[str, Any] = {
    "ab_user": _l("User"),
    "core_attachment": _l("File"),
    "core_counter": _l("Number book"),
    "core_district": _l("District"),
    "core_grant": _l("Role"),
    "core_api_token": _l("Access token"),
    "core_holiday": _l("Holiday"),
    "core_import": _l("Import"),
    "core_number": _l("Number"),
    "core_person": _l("Person"),
    "core_plugin_rule": _l("Module rule"),
    "core_plugin_switch": _l("Module switch"),
    "core_post": _l("Post"),
    "core_school": _l("School"),
    "core_school_group": _l("School group"),
    "core_school_group_member": _l("Group member"),
    "core_unit": _l("Unit"),
    "core_webhook": _l("Webhook"),
}

FIELDS: dict[str, Any] = {
    "active": _l("In use"),
    "topics": _l("Topics"),
    "url": _l("Address"),
    "amphoe": _l("District (amphoe)"),
    "clearance": _l("Cleared for"),
    "code": _l("Code"),
    "enabled": _l("Switched on"),
    "day": _l("Day"),
    "stands_in_for_id": _l("Takes the place of (รักษาราชการแทน)"),
    "ends_on": _l("Ends on"),
    "files": _l("Files"),
    "first_name": _l("First name"),
    "last_name": _l("Last name"),
    "letter_prefix": _l("Letter prefix"),
    "levels": _l("Levels taught"),
    "mode": _l("Rule"),
    "name": _l("Name"),
    "reason": _l("Reason"),
    "size": _l("Size"),
    "state": _l("State"),
    "status": _l("State"),
    "status_on": _l("Merged or closed on"),
    "subdistrict": _l("Subdistrict (tambon)"),
}


#: (kind, field) → what its values are called: states are words, not keys
VALUES: dict[tuple[str, str], Any] = {}


#: what Khet does by itself is signed by the name of the errand
ERRANDS: dict[str, Any] = {}


def say(
    *,
    actions: dict[str, Any] | None = None,
    kinds: dict[str, Any] | None = None,
    fields: dict[str, Any] | None = None,
    values: dict[tuple[str, str], Any] | None = None,
    errands: dict[str, Any] | None = None,
) -> None:
    """Name a plugin's actions, kinds, fields, the values of fields by (kind, field), and what it does by itself."""
    ERRANDS.update(errands or {})
    VALUES.update(values or {})
    ACTIONS.update(actions or {})
    KINDS.update(kinds or {})
    FIELDS.update(fields or {})


def action_title(action: str) -> Any:
    """The words for an action."""
    return ACTIONS.get(action, action)


def kind_title(kind: str) -> Any:
    """The words for a kind of record."""
    return KINDS.get(kind, kind)


def who(entry: Any) -> Any:
    """Who did it: a person by name, or the errand."""
    return entry.actor_name if entry.actor_id else ERRANDS.get(entry.actor_name, entry.actor_name)


def field_title(field: str) -> Any:
    """The words for a field."""
    return FIELDS.get(field, field)


def tells(field: str) -> bool:
    """Whether a field says something to a reader: the id of another record does only where somebody named it."""
    return field in FIELDS or not field.endswith("_id")


def value_title(kind: str, field: str, value: Any) -> Any:
    """How a value is called; a day or moment as an office writes it; itself where nobody named it."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    named = VALUES.get((kind, field), {})
    if value in named:
        return named[value]
    if isinstance(value, str) and _DAY.fullmatch(value):
        return format_date(date.fromisoformat(value), "short")
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return format_moment(datetime.fromisoformat(value))
    return value
