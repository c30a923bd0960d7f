"""Rights and roles of cooperation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.base.permissions import DISTRICT_REACH, RoleSpec, approving, grants

CASE = "cooperation.case"
TASK = "cooperation.task"
AGENCY = "cooperation.agency"

_READ = ("list", "show", "export")

ROLES = (
    RoleSpec(
        key="cooperation.officer",
        title=_l("Works with other agencies"),
        rights=grants(CASE, *_READ, "add", "edit")
        | grants(TASK, *_READ, "add", "edit")
        | grants(AGENCY, *_READ, "add", "edit"),
        reach=DISTRICT_REACH,
        unit_kinds=("office", "group"),
        plugin="cooperation",
    ),
    # the book lies with the unit that works with others, and so does the role, which stands beside the officers'
    RoleSpec(
        key="cooperation.registrar",
        title=_l("Keeps the book of work with other agencies (นายทะเบียน)"),
        rights=grants(CASE, "number"),
        unit_kinds=("office", "group"),
        plugin="cooperation",
    ),
    RoleSpec(
        key="cooperation.director",
        title=_l("Approves work with other agencies"),
        rights=grants(CASE, *_READ)
        | approving(CASE, "approve")
        # who approves a work also gives its tasks on, where who coordinates it cannot
        | grants(TASK, *_READ, "add", "edit")
        | grants(AGENCY, *_READ),
        reach=DISTRICT_REACH,
        unit_kinds=("office", "group"),
        plugin="cooperation",
    ),
)
