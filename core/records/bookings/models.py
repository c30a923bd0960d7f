"""A time at which somebody or something is taken."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.base import DistrictOwned, Model, UtcDateTime, belongs_to
from core.storage.record_link import RecordLink


class Occupies:
    """A record that takes somebody's time. It has a unit_id, and a label that says of what it is.

    `occupies`: the page that opens it, and the resource on which "show" at its unit lets one read what it is.
    """

    occupies: ClassVar[tuple[str, str]]


class Booking(DistrictOwned, RecordLink, Model):
    """One resource (a person, by the table and the id) taken by one record, from a beginning up to an end.

    The end is the first moment that is free again. Firm ones of one resource never overlap: services.book sees to it
    under a lock, and PostgreSQL's constraint ex_core_booking_person besides, which the migration makes.
    """

    __tablename__ = "core_booking"
    constraints: ClassVar = (
        UniqueConstraint("district_id", "kind", "record_id", "resource", "resource_id"),
        belongs_to("unit_id", "core_unit"),
        CheckConstraint("starts_at < ends_at", name="times"),
        Index("ix_core_booking_resource", "district_id", "resource", "resource_id", "ends_at"),
    )

    resource: Mapped[str] = mapped_column(String(60))  #: the table of what is taken: core_person
    resource_id: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    firm: Mapped[bool]  #: agreed; otherwise only asked for, which keeps nobody else away
    unit_id: Mapped[int]
    #: the resource on which "show" at the unit lets one read what the booking is for
    permission: Mapped[str] = mapped_column(String(60))
