"""What each unit's registry does its own way."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import BooleanField
from wtforms.validators import InputRequired, NumberRange

from core.base.text.thai import today
from core.platform.masterdata import services as masterdata
from core.records import lists
from core.records.files import store
from core.web.crud import CrudView
from core.web.forms import FilesField, KhetForm, WholeField, choice, text
from core.web.unit_of_work import db
from plugins.saraban import permissions, settings
from plugins.saraban.models.letters import UnitSetting


def _days(label: Any) -> WholeField:
    return WholeField(label, [InputRequired(), NumberRange(0, 30)], description=_l("Working days from receipt."))


class SettingForm(KhetForm):
    """A unit's settings."""

    empty = {"unit_id": _l("Every unit of which you keep the register has its settings already: change those.")}

    unit_id = choice(_l("Unit"), [], coerce=int)
    days_normal = _days(_l("A normal letter is proposed within"))
    days_urgent = _days(_l("An urgent letter is proposed within"))
    circular_shared = BooleanField(_l("Circulars are numbered in the general run"))
    address = text(_l("Address on letters"), most=300, need=False)
    owner = text(_l("Owner of the matter on letters"), need=False)
    phone = text(_l("Telephone on letters"), most=100, need=False)
    files = FilesField(
        _l("The office's own ครุฑ"), help=_l("PNG or JPEG; the newest stands on every paper."), pictures=True
    )


class SettingView(CrudView):
    """Limits, numbering of circulars, and what a unit's letters bear."""

    route_base = "/saraban/settings"
    resource = permissions.SETTING
    model = UnitSetting
    title = _l("Registry settings")
    new_title = _l("Settings of a unit")
    icon = "sliders"
    form_class = SettingForm
    empty_hint = _l("Every unit works with the usual limits until it has settings of its own.")

    def _names(self) -> dict[int, str]:
        return {unit.id: unit.name for unit in masterdata.units_of(db, self.units("list"))}

    def heading(self, record: Any) -> str:
        return self._names().get(record.unit_id, "")

    def columns(self) -> list[lists.Column]:
        names = self._names()
        return [
            lists.Column("unit", _l("Unit"), lambda row: names.get(row.unit_id, ""), link=True, sort=False),
            lists.Column("days_normal", _l("Normal, working days"), kind="number"),
            lists.Column("days_urgent", _l("Urgent, working days"), kind="number"),
            lists.Column(
                "circular_shared", _l("Circulars"),
                lambda row: _("in the general run") if row.circular_shared else _("a run of their own"), "label",
            ),
            lists.Column("address", _l("Address on letters"), wide=True),
            lists.Column("phone", _l("Telephone on letters"), wide=True),
        ]  # fmt: skip

    def form(self, record: Any = None) -> Any:
        form: Any = SettingForm(obj=record) if record is not None else SettingForm(data=settings.DEFAULTS)
        names = self._names() if record is not None or request.method == "POST" else self._open_names()
        form.unit_id.choices = (
            [(record.unit_id, names.get(record.unit_id, ""))] if record is not None else list(names.items())
        )
        return form

    def _open_names(self) -> dict[int, str]:
        """Units that have no settings of their own yet."""
        known = set(db.scalars(select(UnitSetting.unit_id)))
        return {unit_id: name for unit_id, name in self._names().items() if unit_id not in known}

    def offers_new(self) -> bool:
        return super().offers_new() and bool(self._open_names())

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        self.require_at("add" if record is None else "edit", values["unit_id"])
        pictures = values.pop("files") or []
        saved = settings.save(db, record, values, today())
        store.attach(db, saved, pictures, pictures=True)
        return saved


VIEWS = [SettingView]
