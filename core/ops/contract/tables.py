"""Tables: keys that stay in the district, histories, labels, versions."""

from __future__ import annotations

import inspect
from typing import Any

from sqlalchemy import UniqueConstraint

from core.ops.contract.house import (
    OF_FAB,
    House,
    Mistakes,
    unknown,
)
from core.platform.timeline import labels
from core.storage import fields
from core.storage.base import InDistrict, Tracked


def tables_are_sound(house: House) -> Mistakes:
    """Districts are kept apart by every key, and every change is told in words."""
    for model in house.models:
        module = house.owner(model)
        yield from of_model(model, module)
        if not house.registry.manifests[module].migrations:
            yield f"{model.__name__}: nothing makes its table; name the package in the manifest: migrations=…"


def of_model(model: Any, module: str) -> Mistakes:
    """What is wrong with a mapped class of a module."""
    name, table = model.__name__, model.__table__
    if module != "core":
        if not table.name.startswith(f"{module}_"):
            yield f"{name}: a table begins with its module's name; write '{module}_{table.name}'"
        if not issubclass(model, InDistrict):
            yield f"{name}: its rows would lie in no district, for every district to read; let it inherit DistrictOwned"
    if issubclass(model, InDistrict) and table.name != OF_FAB:
        yield from _keys(name, table)
    if issubclass(model, Tracked):
        if inspect.getattr_static(model, "label") is inspect.getattr_static(Tracked, "label"):
            yield f"{name}: the history would call it by its id; give it a property `label` that people read"
        if table.name not in labels.KINDS:
            yield f'{name}: the history has no word for it; write labels.register(kinds={{"{table.name}": _l("…")}})'
        own = model.untracked - Tracked.untracked
        yield from unknown(f"{name}.untracked", own, table.columns.keys(), "column of it")
    if any(one.search for one in fields.declared(model).values()) and "search_text" not in table.columns:
        yield f"{name}: a field is searched, and there is no place for its words; write search_text: Mapped[str]"

    kept = [one.columns.keys() for one in table.constraints if isinstance(one, UniqueConstraint)]
    for field in (name for name, one in fields.declared(model).items() if one.unique):
        if ["district_id", field] not in kept:
            yield f"{name}: two at once would both be the first; write UniqueConstraint('district_id', {field!r})"


def _keys(name: str, table: Any) -> Mistakes:
    for key in table.foreign_key_constraints:
        columns = key.columns.keys()
        target = table.metadata.tables.get(key.elements[0].target_fullname.rpartition(".")[0])
        if target is not None and "district_id" in target.columns and "district_id" not in columns:
            yield f"{name}: a key could leave the district; write belongs_to({columns[0]!r}, {target.name!r})"
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    for one in (*unique, *(index for index in table.indexes if index.unique)):
        columns = one.columns.keys()
        if "district_id" not in columns:
            written = ", ".join(map(repr, ("district_id", *columns)))
            yield f"{name}: one district would take another's name or number; write UniqueConstraint({written})"
