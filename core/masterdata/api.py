"""Schools for other systems."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from core.api.declare import ApiResource, ApiSchema, fields, text, validate
from core.masterdata.forms import SIZES


class SchoolSchema(ApiSchema):
    """A school of the district."""

    id = fields.Integer(dump_only=True)
    code = text(20, required=True, metadata={"example": "42010099"})
    name = text(200, required=True, metadata={"example": "บ้านตัวอย่าง"})
    subdistrict = text(100)
    amphoe = text(100, required=True, metadata={"example": "นาแห้ว"})
    province = text(100, required=True, metadata={"example": "เลย"})
    levels = text(100)
    size = fields.String(validate=validate.OneOf([value for value, _title in SIZES]))
    letter_prefix = text(40, load_only=True)
    status = fields.String(dump_only=True)


def _create(view: Any, values: dict[str, Any]) -> Any:
    return view.save(None, values)


RESOURCES = [ApiResource("schools", _l("Schools"), "SchoolView", SchoolSchema, _create)]
