"""What head office allows and what a district switched on."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import DistrictOwned, Model, Tracked

ALLOWED, DEFAULT, REQUIRED, HIDDEN = "allowed", "default", "required", "hidden"
MODES = (ALLOWED, DEFAULT, REQUIRED, HIDDEN)


class PluginRule(Tracked, Model):
    """Head office's word on a plugin: for every district (district_id empty) or for one."""

    __tablename__ = "core_plugin_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    plugin: Mapped[str] = mapped_column(String(40))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("core_district.id"))
    mode: Mapped[str] = mapped_column(String(10))

    #: where the change is recorded; set by the service that makes it
    timeline_district_id: ClassVar[int | None] = None

    __table_args__ = (
        Index("uq_core_plugin_rule", "plugin", func.coalesce(text("district_id"), 0), unique=True),
        {"extend_existing": True},
    )

    @property
    def label(self) -> str:
        return self.plugin


class PluginSwitch(DistrictOwned, Tracked, Model):
    """A district's own switch for one plugin."""

    __tablename__ = "core_plugin_switch"
    constraints: ClassVar = (UniqueConstraint("district_id", "plugin"),)

    plugin: Mapped[str] = mapped_column(String(40))
    enabled: Mapped[bool]

    @property
    def label(self) -> str:
        return self.plugin
