"""Two works with other agencies for a demo district. Agencies are kinds of office; nobody is a real person."""

from __future__ import annotations

from datetime import timedelta

from core.plugins.demo import DemoDistrict
from core.storage.fields import Values
from core.storage.scope import KhetSession
from plugins.cooperation import services
from plugins.cooperation.models import Agency

AGENCIES = (
    ("สำนักงานสาธารณสุขจังหวัด", "state", "outside"),
    ("องค์การบริหารส่วนตำบล", "local", "outside"),
    ("กลุ่มส่งเสริมการจัดการศึกษา", "inside", "inside"),
)


def fill(session: KhetSession, demo: DemoDistrict) -> None:
    """Agencies, and a work inside and outside the area."""
    agencies = [Agency(name=name, kind=kind, scope=scope, contacts=[]) for name, kind, scope in AGENCIES]
    session.add_all(agencies)
    session.flush()
    for index, (title, agency) in enumerate(
        (("อบรมครูอนามัยโรงเรียน", agencies[0]), ("รับนักเรียนปีการศึกษาหน้า", agencies[2])), start=1
    ):
        values = Values(
            title=title, scope=agency.scope, direction="joint", source="letter", agencies=[{"agency_id": agency.id}],
            objective="ปฏิบัติงานร่วมกันให้บรรลุวัตถุประสงค์", analysis="ภารกิจตรงกับบทบาทของกลุ่มนิเทศฯ", budget=None,
            agreement_id=None, owner_id=demo.accounts["supervisor"].id,
            owner=demo.accounts["supervisor"].get_full_name(),
            starts_on=demo.today + timedelta(days=20), ends_on=demo.today + timedelta(days=25),
        )  # fmt: skip
        opened_on = demo.today - timedelta(days=10 * index)
        services.save_case(session, None, demo.group.id, values, today=opened_on, by="demo")
