"""Rights and roles of correspondence (domain notes on saraban §7)."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.base.permissions import CONSENTS, IMPORTS, OFFICE_REACH, RoleSpec, approving, grants, grave

INCOMING = "saraban.incoming"
OUTGOING = "saraban.outgoing"
ASSIGNMENT = "saraban.assignment"
SETTING = "saraban.setting"
DRAFT = "saraban.draft"
STORAGE = "saraban.storage"
EMERGENCY = "saraban.emergency"
SECRET = "saraban.secret"  # noqa: S105 – a right, not a password

_READ = ("list", "show", "export")
_CLERK = (*_READ, "add", "edit", "cancel", "number", "import")
#: whoever works with letters can be given one
_GIVEN = grants(ASSIGNMENT, "list", "show", "edit", "export")
_SETS = grants(SETTING, "list", "show", "add", "edit", "export")
_DIRECTS = approving(INCOMING, "direct") | approving(DRAFT, "sign") | grants(DRAFT, "edit", "list", "show", "add")
_DRAFTS = grants(DRAFT, "list", "show", "add", "edit")
#: who keeps the book gives the numbers
_NUMBERS = grants(DRAFT, "issue")
_STORES = grants(STORAGE, "list", "show", "add", "edit", "export")
#: the list of what is destroyed is approved by another than its keeper
_APPROVES = grants(STORAGE, "list", "show", "export") | approving(STORAGE, "approve")
_IMPORTS = grants(IMPORTS, "list", "show", "add", "export")


def _registers(*verbs: str) -> frozenset[tuple[str, str]]:
    return grants(INCOMING, *verbs) | grants(OUTGOING, *verbs)


ROLES = (
    RoleSpec(
        key="saraban.registry_clerk",
        title=_l("Central registry clerk (สารบรรณกลาง)"),
        rights=_registers(*_CLERK) | _IMPORTS | _GIVEN | _SETS | _DRAFTS | _NUMBERS | _STORES,
        unit_kinds=("office",),
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.group_clerk",
        title=_l("Clerk of a group (ธุรการกลุ่ม)"),
        rights=_registers(*_CLERK) | _IMPORTS | _GIVEN | _SETS | _DRAFTS | _NUMBERS | _STORES,
        unit_kinds=("group",),
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.school_clerk",
        title=_l("Clerk of a school (ธุรการโรงเรียน)"),
        rights=_registers(*_CLERK) | _IMPORTS | _GIVEN | _SETS | _DRAFTS | _NUMBERS | _STORES,
        unit_kinds=("school",),
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.reader",
        title=_l("Reads the registers of one unit"),
        rights=_registers("list", "show") | _GIVEN | _DRAFTS,
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.group_director",
        title=_l("Director of a group (ผอ.กลุ่ม)"),
        rights=_registers(*_READ) | _GIVEN | _DIRECTS | _APPROVES,
        unit_kinds=("group",),
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.director",
        title=_l("Director of the area (ผอ.เขต)"),
        rights=_registers(*_READ) | _GIVEN | _DIRECTS | _APPROVES | CONSENTS,
        reach=OFFICE_REACH,
        unit_kinds=("office",),
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.school_head",
        title=_l("Head of a school (ผอ.โรงเรียน)"),
        rights=_registers(*_READ) | _GIVEN | _DIRECTS | _APPROVES,
        unit_kinds=("school",),
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.officer",
        title=_l("Officer (works on letters given to them)"),
        rights=_GIVEN | _DRAFTS,
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.secret_registrar",
        title=_l("Registrar of secret papers (นายทะเบียนข้อมูลข่าวสารลับ)"),
        rights=_registers("list", "show", "add", "edit", "cancel") | grave(SECRET, "add", "number") | _GIVEN,
        unit_kinds=("office",),
        plugin="saraban",
    ),
    RoleSpec(
        key="saraban.emergency",
        title=_l("Opens secret papers in an emergency (break-glass)"),
        rights=grave(EMERGENCY, "add"),
        reach=OFFICE_REACH,
        unit_kinds=("office",),
        plugin="saraban",
    ),
)
