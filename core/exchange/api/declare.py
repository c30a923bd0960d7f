"""What a plugin says about a kind of record that other systems reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from core.base.text.thai import clean
from core.storage import fields as storage_fields


def _lazily(text: LazyString) -> str:
    """marshmallow's types know only str; it takes whatever is read as one when it is said, in the caller's language."""
    return cast(str, text)


#: what marshmallow says, in the words that forms use
fields.Field.default_error_messages |= {
    "required": _lazily(_l("Fill this in.")),
    "null": _lazily(_l("Fill this in.")),
    "validator_failed": _lazily(_l("This cannot be read.")),
}
for _kind in (fields.String, fields.Integer, fields.Number, fields.Date, fields.DateTime, fields.Boolean):
    _kind.default_error_messages |= {"invalid": _lazily(_l("This cannot be read."))}
fields.Number.default_error_messages |= {"too_large": _lazily(_l("This cannot be read."))}
fields.Decimal.default_error_messages |= {"special": _lazily(_l("This cannot be read."))}
fields.DateTime.default_error_messages |= {
    "invalid_awareness": _lazily(_l("Give the time with its zone: 2026-06-14T16:30:00+07:00."))
}
validate.OneOf.default_message = _lazily(_l("One of: {choices}"))


class ApiSchema(Schema):
    """Fields of a record: `dump_only` ones are only answered, `load_only` ones only sent. Dates are ISO, in ค.ศ."""

    error_messages = {  # noqa: RUF012
        "unknown": _lazily(_l("There is no such field.")),
        "type": _lazily(_l("This cannot be read.")),
    }

    class Meta:
        unknown = RAISE


@dataclass(frozen=True)
class ApiResource:
    """/api/v1/`name`: the records of a list's view, behind the same checks and with the same filters.

    `view` names the CrudView; `create(view, values)` makes a record of loaded values by the services that the
    pages use, and raises RuleError with the name of a field of `schema`.
    """

    name: str
    title: Any
    view: str
    schema: type[ApiSchema]
    create: Callable[[Any, dict[str, Any]], Any] | None = None


def text(most: int, *, required: bool = False, **more: Any) -> fields.String:
    """A text of at most `most` characters; one that is required says something."""
    rules: list[Any] = [validate.Length(max=most, error=_lazily(_l("At most %(length)s characters.", length=most)))]
    if required:
        rules.append(_says_something)
    return fields.String(validate=rules, required=required, **more)


def _says_something(typed: str) -> None:
    """As in a form: spaces and what nobody sees are no text."""
    if not clean(typed):
        raise ValidationError([_l("Fill this in.")])


def field(attribute: storage_fields.Attribute) -> fields.Field[Any]:
    """The schema's field of what the model declares with `api`. Raises TypeError where it gives it to nobody."""
    spec = storage_fields.spec_of(attribute)
    if not spec.api:
        raise TypeError(f'{attribute} is declared for no other system: say api="read" or "write"')
    if spec.api == "read":
        return _KINDS[spec.kind](dump_only=True)
    more: dict[str, Any] = {"required": spec.required}
    if said := {name: said for name, said in (("example", spec.example), ("description", spec.help)) if said}:
        more["metadata"] = said
    if spec.kind == "choice":
        return fields.String(validate=validate.OneOf(list(spec.choices)), **more)
    if spec.length:
        return text(spec.length, **more)
    return _KINDS[spec.kind](allow_none=not spec.required, **more)


def schema(*attributes: storage_fields.Attribute, **more: fields.Field[Any]) -> type[ApiSchema]:
    """The schema of these columns with the record's id, and of what else is named."""
    asked = {"id": fields.Integer(dump_only=True), **{one.key: field(one) for one in attributes}, **more}
    return type(f"{attributes[0].class_.__name__}Schema", (ApiSchema,), {"__doc__": "Columns.", **asked})


def saved_at_unit(view: Any, values: dict[str, Any]) -> Any:
    """A `create` for records of a unit: `unit_id` is one where the token's user may add; the page's `save` saves."""
    view.require_at("add", values["unit_id"])
    return view.save(None, values)


_KINDS: dict[str, type[fields.Field[Any]]] = {
    "text": fields.String, "paragraph": fields.String, "choice": fields.String, "date": fields.Date,
    "amount": fields.Decimal, "whole": fields.Integer, "tick": fields.Boolean, "reference": fields.Integer,
}  # fmt: skip


__all__ = ["ApiResource", "ApiSchema", "field", "fields", "saved_at_unit", "schema", "text", "validate"]
