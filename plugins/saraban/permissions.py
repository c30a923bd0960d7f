"""Rights and roles of correspondence (domain notes on saraban §7)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.permissions import IMPORTS, OFFICE_REACH, RoleSpec, grants

INCOMING = "saraban.incoming"
OUTGOING = "saraban.outgoing"
SECRET = "saraban.secret"  # noqa: S105 – a right, not a password

_READ = ("list", "show", "export")
_CLERK = (*_READ, "add", "edit", "cancel", "number", "import")
_IMPORTS = grants(IMPORTS, "list", "show", "add", "export")


def _registers(*verbs: str) -> frozenset[tuple[str, str]]:
    return grants(INCOMING, *verbs) | grants(OUTGOING, *verbs)


ROLES = (
    RoleSpec(
        key="saraban.registry_clerk",
        title=_l("Central registry clerk (สารบรรณกลาง)"),
        rights=_registers(*_CLERK) | _IMPORTS,
        unit_kinds=("office",),
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.group_clerk",
        title=_l("Clerk of a group (ธุรการกลุ่ม)"),
        rights=_registers(*_CLERK) | _IMPORTS,
        unit_kinds=("group",),
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.school_clerk",
        title=_l("Clerk of a school (ธุรการโรงเรียน)"),
        rights=_registers(*_CLERK) | _IMPORTS,
        unit_kinds=("school",),
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.reader",
        title=_l("Reads the registers of one unit"),
        rights=_registers("list", "show"),
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.group_director",
        title=_l("Director of a group (ผอ.กลุ่ม)"),
        rights=_registers(*_READ),
        unit_kinds=("group",),
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.director",
        title=_l("Director of the area (ผอ.เขต)"),
        rights=_registers(*_READ),
        reach=OFFICE_REACH,
        unit_kinds=("office",),
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.secret_registrar",
        title=_l("Registrar of secret papers (นายทะเบียนข้อมูลข่าวสารลับ)"),
        rights=_registers("list", "show", "add", "edit", "cancel") | grants(SECRET, "add", "number"),
        unit_kinds=("office",),
        plugin="saraban",
    ),
)
