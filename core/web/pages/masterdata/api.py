"""Schools for other systems."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from core.exchange.api.declare import ApiResource, ApiSchema, field, fields, text
from core.platform.masterdata.models import School


class SchoolSchema(ApiSchema):
    """A school of the district."""

    id = fields.Integer(dump_only=True)
    code = field(School.code)
    name = field(School.name)
    subdistrict = field(School.subdistrict)
    amphoe = field(School.amphoe)
    province = field(School.province)
    levels = field(School.levels)
    size = field(School.size)
    letter_prefix = text(40, load_only=True)
    status = field(School.status)


def _create(view: Any, values: dict[str, Any]) -> Any:
    return view.save(None, values)


RESOURCES = [ApiResource("schools", _l("Schools"), "SchoolView", SchoolSchema, _create)]
