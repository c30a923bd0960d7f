"""What timeline actions, kinds and fields are called on screen. Plugins add theirs with `register`; a field that its
column names (core/storage/fields.py) needs no further word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import Numeric

from core.base.text.dates import shown_date, shown_moment
from core.base.text.figures import amount
from core.platform.timeline.models import REMARK
from core.storage.base import Model, Tracked
from core.storage.fields import FieldSpec, said_by

_find: Callable[[type[Any], Any], Any] | None = None

_KEY = re.compile(r"[a-z_]+(\.[a-z_]+)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_AMOUNT = re.compile(r"-?\d+(\.\d+)?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+\d\d:\d\d)?")

#: a step that was taken after the last day that a rule gives it; its note is how many days after
LATE = "core.late"

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
    "core.grave.consented": _l("consented"),
    "core.grave.refused": _l("refused"),
    "core.grave.withdrawn": _l("taken back"),
    "core.grave.expired": _l("time over"),
    "core.grave.owned": _l("password set by the owner"),
    "core.module.on": _l("switched on"),
    "core.module.off": _l("switched off"),
    "core.follow_up.acknowledge": _l("acknowledged"),
    "core.follow_up.report": _l("reported"),
    "core.follow_up.verify": _l("verified"),
    "core.follow_up.back": _l("sent back"),
    "core.follow_up.reopen": _l("opened again"),
    "core.follow_up.hand_on": _l("given to another"),
    "core.follow_up.withdraw": _l("taken back"),
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
    LATE: _l("late"),
    "core.comment.written": _l("comment"),
    "core.comment.inside": _l("remark inside the office"),
    "core.handed_over": _l("given to somebody else"),
    "core.import.begun": _l("taking in began"),
    "core.import.done": _l("taken in"),
    "core.import.undone": _l("taken back"),
    "core.letter.dropped": _l("draft of a letter dropped"),
    "core.letter.cancelled": _l("cited letter cancelled"),
    "core.token.revoked": _l("token revoked"),
    "core.factor.added": _l("second factor added"),
    "core.factor.removed": _l("second factor removed"),
    "core.user.factors_reset": _l("second factor reset"),
    "core.user.recovery_codes": _l("new recovery codes"),
}

KINDS: dict[str, Any] = {
    "ab_user": _l("User"),
    "core_attachment": _l("File"),
    "core_counter": _l("Number book"),
    "core_district": _l("District"),
    "core_factor": _l("Second factor"),
    "core_grant": _l("Role"),
    "core_grave_act": _l("Request for a grave right"),
    "core_grave_log": _l("Log of grave rights"),
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
    "core_timeline": _l("Timeline"),
    "core_unit": _l("Unit"),
    "core_schedule": _l("Done by the system itself"),
    "core_webhook": _l("Webhook"),
}

#: What fields are called, by the kind of record; "" holds what every kind may have, and a plugin's name what all its
#: kinds share, so that no module's word is read under another's change.
FIELDS: dict[str, dict[str, Any]] = {
    "": {
        "active": _l("In use"),
        "ends_on": _l("Ends on"),
        "files": _l("Files"),
        "name": _l("Name"),
        "number": lazy_pgettext("record", "No."),
        "reason": _l("Reason"),
        "starts_on": _l("From (day)"),
        "state": _l("State"),
        "status": _l("State"),
        "year": _l("Year (B.E.)"),
    },
    "ab_user": {
        "clearance": _l("Cleared for"),
        "first_name": _l("First name"),
        "last_name": _l("Last name"),
        "locale": _l("Language"),
        "mail_address": _l("E-mail"),
        "must_change_password": _l("Must choose a new password"),
        "person_id": _l("Person"),
        "username": _l("User name"),
    },
    "core_attachment": {"size": _l("Size")},
    "core_district": {
        "code": _l("Code"),
        "level": _l("Kind"),
        "short_name": _l("Short name"),
    },
    "core_counter": {"first": _l("First number"), "reopened": _l("Book reopened")},
    "core_grant": {"ended_at": _l("Ended"), "stands_in_for_id": _l("Takes the place of (รักษาราชการแทน)")},
    "core_grave_act": {"answer": _l("Why it was refused")},
    "core_number": {"expires_on": _l("Valid until")},
    "core_plugin_rule": {"mode": _l("Rule")},
    "core_plugin_switch": {"enabled": _l("Switched on")},
    "core_webhook": {"topics": _l("Topics"), "url": _l("Address")},
}


#: (kind, field) → what its values are called: states are words, not keys
VALUES: dict[tuple[str, str], Any] = {
    ("core_grave_act", "state"): {
        "asked": _l("Waits for consent"),
        "handed": _l("Waits for the owner's password"),
        "done": _l("Consented to"),
        "refused": _l("Not consented to"),
        "withdrawn": _l("Request taken back"),
        "expired": _l("Time over"),
    },
}


#: what Khet does by itself is signed by the name of the errand
ERRANDS: dict[str, Any] = {}
#: actions whose entries only who works inside the office reads: a remark, why something went back to the group, a
#: draft that no letter became
INSIDE: set[str] = {REMARK, "core.letter.dropped"}


def register(
    *,
    actions: dict[str, Any] | None = None,
    kinds: dict[str, Any] | None = None,
    fields: dict[str, dict[str, Any]] | None = None,
    values: dict[tuple[str, str], Any] | None = None,
    errands: dict[str, Any] | None = None,
    inside: Iterable[str] = (),
) -> None:
    """Name a plugin's actions and kinds, its fields by kind (or by the plugin's name for all its kinds), the values
    of fields by (kind, field), what it does by itself, and the actions that nobody outside the office reads."""
    ERRANDS.update(errands or {})
    INSIDE.update(inside)
    VALUES.update(values or {})
    ACTIONS.update(actions or {})
    KINDS.update(kinds or {})
    for kind, named in (fields or {}).items():
        FIELDS.setdefault(kind, {}).update(named)


def step_of(kind: str, key: str) -> str:
    """The action by which the history calls a step of the workflow of a kind of record."""
    return f"{kind}.{key}"


def steps(kind: str, titles: Mapping[str, Any]) -> None:
    """Name the steps of a kind's workflow, by their keys: by what a module has registered for it, else as its button
    is called."""
    for key, title in titles.items():
        ACTIONS.setdefault(step_of(kind, key), title)


def action_title(action: str) -> Any:
    """The words for an action."""
    return ACTIONS.get(action, action)


def note_words(entry: Any) -> str:
    """What was noted with an entry, as its reader is told: what somebody wrote, or how late it was."""
    return _("late by %(count)s days", count=entry.note) if entry.action == LATE else entry.note


def kind_title(kind: str) -> Any:
    """The words for a kind of record."""
    return KINDS.get(kind, kind)


def who(entry: Any) -> Any:
    """Who did it: a person by name, the errand, or Khet itself where nobody named the errand (a code word of ours)."""
    return entry.actor_name if entry.actor_id else ERRANDS.get(entry.actor_name) or _("The system")


def _declared(kind: str, field: str) -> FieldSpec | None:
    """What the column says about itself."""
    table = Model.metadata.tables.get(kind)
    column = table.c.get(field) if table is not None else None
    return said_by(column) if column is not None else None


def _named(kind: str, field: str) -> Any:
    """The words for a field of a kind: its own, its column's, its module's, or those that every kind may have; None
    without."""
    spec, owner = _declared(kind, field), kind
    if spec is not None and field not in FIELDS.get(kind, {}):
        return spec.label if spec.tracked else None
    while True:
        found = FIELDS.get(owner, {}).get(field)
        if found is not None or not owner:
            return found
        owner = owner.rpartition("_")[0]


def field_title(kind: str, field: str) -> Any:
    """The words for a field of a kind of record."""
    return _named(kind, field) or field


def tells(kind: str, field: str) -> bool:
    """Whether a field says something to a reader: only what somebody named does."""
    return _named(kind, field) is not None


def value_title(kind: str, field: str, value: Any) -> Any:
    """How a value is called: of a list each part; a day or moment as an office writes it; itself where nobody named
    it."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, (str(value_title(kind, field, one)) for one in value)))
    if isinstance(value, dict):
        return " ".join(_part(kind, field, one) for one in value.values() if one not in (None, "", False))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    spec = _declared(kind, field)
    named = VALUES.get((kind, field)) or (spec.choices if spec is not None else {})
    if value in named:
        return named[value]
    if field.endswith("_id"):
        return _called(kind, field, value)
    if isinstance(value, str) and _AMOUNT.fullmatch(value) and _is_money(kind, field):
        return amount(Decimal(value))
    if isinstance(value, str) and _DAY.fullmatch(value):
        return shown_date(date.fromisoformat(value), "short")
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return shown_moment(datetime.fromisoformat(value))
    return value


def _tracked() -> dict[str, Any]:
    """The classes whose changes are recorded, by their kind."""
    models: list[Any] = [one.class_ for one in Model.registry.mappers]
    return {model.__tablename__: model for model in models if issubclass(model, Tracked)}


def _is_money(kind: str, field: str) -> bool:
    """Whether a field holds an amount: a column of so many places behind the point."""
    owner = _tracked().get(kind)
    column = owner.__table__.c.get(field) if owner is not None else None
    return column is not None and isinstance(column.type, Numeric) and column.type.scale == 2


def find_with(find: Callable[[type[Any], Any], Any]) -> None:
    """`find(class, id)` gives the record that the reader of the moment may see, or None; the pages say how."""
    global _find
    _find = find


def _called(kind: str, field: str, record_id: Any) -> str:
    """How the record is called whose id a field holds; nothing where the reader may not see it or it is gone."""
    models = _tracked()
    owner = models.get(kind)
    keys = owner.__table__.c[field].foreign_keys if owner is not None else ()
    target = next((models[key.column.table.name] for key in keys if key.column.table.name in models), None)
    record = _find(target, record_id) if target is not None and _find is not None else None
    if record is None:
        return ""
    return str(record.get_full_name() if hasattr(record, "get_full_name") else record.label)


def label_title(kind: str, label: str) -> str:
    """What a record is called in the history; the key that some labels begin with (of a book, of a module) in words."""
    key = _KEY.match(label)
    named = VALUES.get((kind, "label"), {})
    return f"{named[key[0]]}{label[key.end() :]}" if key and key[0] in named else label


def _part(kind: str, field: str, value: Any) -> str:
    """A cell of a line: a tick where it is ticked."""
    return "✓" if value is True else str(value_title(kind, field, value))
