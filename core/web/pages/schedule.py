"""What Khet does by itself in the district: when it last did, and what failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import Select

from core.base import permissions
from core.base.text.dates import shown_moment
from core.platform.schedule.models import ScheduledWork
from core.platform.schedule.periodic import AGAIN, Periodic
from core.records import lists
from core.web.crud import CrudView
from core.web.unit_of_work import effective_plugins, khet


class ScheduleView(CrudView):
    """The works of the modules that are on; nobody starts or stops one."""

    route_base = "/schedule"
    resource = permissions.SCHEDULE
    model = ScheduledWork
    title = _l("Done by the system itself")
    icon = "arrow-clockwise"
    order = ("key", "id")
    descending = False
    empty_hint = _l("Nothing was done yet: the first round comes a minute after the start.")
    without = frozenset({"show", "add", "edit", "comment"})

    def statement(self) -> Select[Any]:
        on = effective_plugins()
        return super().statement().where(
            ScheduledWork.key.in_([work.key for name, work in khet().registry.schedule if name in on])
        )  # fmt: skip

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column(
                "key",
                lazy_pgettext("work", "What"),
                lambda row: self._of(row).title,
                wide=True,
                sort=False,
            ),
            lists.Column("last_at", _l("Last done"), kind="moment"),
            lists.Column("next", _l("Next"), self._next, "moment", sort=False),
            lists.Column("failed_at", _l("State"), _state, "label", sort=False),
        ]

    def _next(self, row: ScheduledWork) -> datetime:
        return row.failed_at + AGAIN if row.failed_at is not None else self._of(row).next(row.last_at)

    def _of(self, row: ScheduledWork) -> Periodic:
        return next(work for _name, work in khet().registry.schedule if work.key == row.key)


def _state(row: ScheduledWork) -> str:
    if row.failed_at is None:
        return _("As it should be")
    return _("Failed on %(moment)s and is tried again", moment=shown_moment(row.failed_at))


VIEWS = [ScheduleView]
