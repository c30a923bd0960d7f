"""The six areas of services as manual 004 บทที่ 2 ships them, and what districts set themselves."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.platform.masterdata.models import Unit
from core.storage import cache, fields
from core.storage.scope import KhetSession
from plugins.service_request.models import Service, Setting

#: moves when the settings of services are written
STAMP = "service.settings"
cache.invalidates(STAMP, Setting)

AREAS = {
    1: _l("Curriculum"),
    2: _l("Measurement and evaluation"),
    3: _l("Quality assurance"),
    4: _l("Supervision"),
    5: _l("Media, innovation and technology"),
    6: _l("Secretariat of the supervision committee (ก.ต.ป.น.)"),
}
#: code → (area, title): manual 004 บทที่ 2, งาน 1.1–6.2
SHIPPED = {
    "1.1": (1, "หลักสูตรแกนกลางการศึกษาขั้นพื้นฐาน พ.ศ. 2551"),
    "1.2": (1, "หลักสูตรการศึกษาปฐมวัย"),
    "1.3": (1, "หลักสูตรการศึกษาพิเศษ"),
    "1.4": (1, "กระบวนการเรียนการสอน"),
    "2.1": (2, "การวัดและประเมินผลระดับสถานศึกษา"),
    "2.2": (2, "การวัดและประเมินผลระดับเขตพื้นที่"),
    "2.3": (2, "การวัดและประเมินผลระดับชาติ"),
    "2.4": (2, "เครื่องมือวัดและประเมินผล"),
    "3.1": (3, "ส่งเสริมระบบประกันคุณภาพภายใน"),
    "3.2": (3, "ตรวจสอบคุณภาพการศึกษา"),
    "3.3": (3, "วิจัยเพื่อพัฒนาระบบประกันคุณภาพ"),
    "3.4": (3, "ประสานการประเมินคุณภาพภายนอก"),
    "4.1": (4, "ระบบการนิเทศ"),
    "4.2": (4, "เครือข่ายการนิเทศ"),
    "4.3": (4, "ติดตามและประเมินผลการจัดการศึกษา"),
    "5.1": (5, "ส่งเสริมและพัฒนาสื่อ นวัตกรรม และเทคโนโลยี"),
    "5.2": (5, "วิจัยและเผยแพร่สื่อ นวัตกรรม และเทคโนโลยี"),
    "6.1": (6, "ประสานงานเลขานุการ ก.ต.ป.น."),
    "6.2": (6, "ปฏิบัติงานร่วมกับหน่วยงานอื่น"),
}


def fill(session: KhetSession) -> int:
    """Write the shipped services that a district has not yet; returns how many."""
    there = set(session.scalars(select(Service.code)))
    missing = [(code, *one) for code, one in SHIPPED.items() if code not in there]
    session.add_all(Service(code=code, area=area, title=title) for code, area, title in missing)
    session.flush()
    return len(missing)


def save_service(session: KhetSession, service: Service | None, values: dict[str, Any]) -> Service:
    """Add or change a service. Raises RuleError for a code that is used."""
    fields.check_unique(session, Service, service, values)
    if service is None:
        service = Service()
        session.add(service)
    fields.assign(service, values)
    service.area = values["area"]
    session.flush()
    return service


def setting(session: KhetSession) -> Setting:
    """The district's settings, read once a session; the manual's where it has none."""
    kept: Setting | None = session.info.get(Setting)
    if kept is None:
        kept = session.info[Setting] = session.scalars(select(Setting)).first() or Setting(
            lead_days=14, decision_days=5, closing_days=30, summary_days=15, answer_days=15, fee_hour=600
        )
    return kept


def fee_hour(session: KhetSession) -> int:
    """What an hour of a speaker costs in baht, kept behind the settings' stamp."""
    return cache.cached(session, STAMP, "fee", lambda: setting(session).fee_hour)


def serving_unit(session: KhetSession) -> Unit:
    """The group that serves and keeps the book: as set, else the supervision group, else the office."""
    chosen = setting(session).served_by_id
    if chosen is not None and (unit := session.get(Unit, chosen)) is not None:
        return unit
    wanted = select(Unit).where(Unit.kind.in_(("office", "group")), Unit.active.is_(True))
    units = list(session.scalars(wanted.order_by(Unit.kind, Unit.id)))
    return next((unit for unit in units if unit.code == "sup" or "นิเทศ" in unit.name), units[-1])
